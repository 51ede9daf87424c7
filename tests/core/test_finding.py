"""What the doctor finds."""

from collections.abc import Sequence

import pytest

from omstui.core.finding import Finding, Level, Remedy, error, ok, skipped, warning, worst_remedy

HERE = error("files.config", "It is broken", "Mend it")
THERE = error("network.oms", "It is away", "Wait", remedy=Remedy.THERE)


@pytest.mark.parametrize(
    ("found", "finding"),
    [
        (ok("a.b", "x", profile="prod"), Finding(check="a.b", level=Level.OK, text="x", profile="prod")),
        (skipped("a.b", "x", profile="prod"), Finding(check="a.b", level=Level.SKIPPED, text="x", profile="prod")),
        (
            warning("a.b", "x", "y", profile="prod"),
            Finding(check="a.b", level=Level.WARNING, text="x", advice="y", profile="prod"),
        ),
        (warning("a.b", "x"), Finding(check="a.b", level=Level.WARNING, text="x")),
        (
            error("a.b", "x", "y", profile="prod", remedy=Remedy.THERE),
            Finding(check="a.b", level=Level.ERROR, text="x", advice="y", profile="prod", remedy=Remedy.THERE),
        ),
        (HERE, Finding("files.config", Level.ERROR, "It is broken", "Mend it", remedy=Remedy.HERE)),
    ],
)
def test_a_finding_keeps_what_it_is_about_how_bad_it_is_and_what_to_do(found: Finding, finding: Finding) -> None:
    assert found == finding


@pytest.mark.parametrize(
    ("findings", "remedy"),
    [
        ((), None),
        ((ok("a", "x"), warning("b", "x"), skipped("c", "x")), None),
        ((ok("a", "x"), THERE), Remedy.THERE),
        ((THERE, HERE, THERE), Remedy.HERE),
        ((THERE, warning("a", "x")), Remedy.THERE),
    ],
)
def test_errors_on_this_machine_are_put_right_first(findings: Sequence[Finding], remedy: Remedy | None) -> None:
    """And only errors decide: a warning is no reason for a script to stop."""
    assert worst_remedy(findings) is remedy
