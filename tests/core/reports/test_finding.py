"""What the doctor finds."""

from collections.abc import Sequence

import pytest

from omstui.core.reports.finding import Finding, Level, RepairPlace, error, ok, skipped, warning, worst_place

PROD = "prod"


def test_a_finding_keeps_what_it_is_about_how_bad_it_is_and_what_to_do() -> None:
    """And a finding about no profile, with nothing to do, says neither."""
    assert ok("a.b", "x", profile=PROD) == Finding(check="a.b", level=Level.OK, text="x", profile=PROD)
    assert skipped("a.b", "x", profile=PROD) == Finding(check="a.b", level=Level.SKIPPED, text="x", profile=PROD)
    warned = Finding(check="a.b", level=Level.WARNING, text="x", advice="y", profile=PROD)
    assert warning("a.b", "x", "y", profile=PROD) == warned
    assert warning("a.b", "x") == Finding(check="a.b", level=Level.WARNING, text="x", advice=None, profile=None)
    broken = Finding(check="a.b", level=Level.ERROR, text="x", advice="y", profile=PROD, place=RepairPlace.THERE)
    assert error("a.b", "x", "y", profile=PROD, place=RepairPlace.THERE) == broken
    assert error("a.b", "x", "y").place is RepairPlace.HERE


HERE = Finding("files.config", Level.ERROR, "It is broken", place=RepairPlace.HERE)
THERE = Finding("network.oms", Level.ERROR, "It is away", place=RepairPlace.THERE)
WELL, WARNED, SKIPPED = (Finding("a", level, "x") for level in (Level.OK, Level.WARNING, Level.SKIPPED))


@pytest.mark.parametrize(
    ("findings", "place"),
    [
        ((), None),
        ((WELL, WARNED, SKIPPED), None),
        ((WELL, THERE), RepairPlace.THERE),
        ((THERE, HERE, THERE), RepairPlace.HERE),
        ((THERE, WARNED), RepairPlace.THERE),
    ],
)
def test_errors_on_this_machine_are_put_right_first(findings: Sequence[Finding], place: RepairPlace | None) -> None:
    """And only errors decide: a warning is no reason for a script to stop."""
    assert worst_place(findings) is place
