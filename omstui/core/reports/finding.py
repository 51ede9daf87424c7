"""A finding of `omstui doctor`: the result of one check, its level, and advice."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    """Something is missing or wrong, but omstui works."""

    ERROR = "error"
    SKIPPED = "skipped"
    """The check did not run; the text says why."""


class RepairPlace(StrEnum):
    """Where an error can be fixed, which decides the exit code."""

    HERE = "here"
    """In the configuration, files or environment of this machine."""

    THERE = "there"
    """In the network, the service or a credential: omstui may work later without a change here."""


class Finding(Struct, frozen=True):
    """The result of one check."""

    check: str
    """The check, such as ``files.history``: a stable name for scripts."""

    level: Level
    text: str
    advice: str | None = None
    """What the user can run or change next."""

    profile: str | None = None
    """The profile, if the check is about one."""

    place: RepairPlace = RepairPlace.HERE


def ok(check: str, text: str, *, profile: str | None = None) -> Finding:
    """Return a finding that all is well."""
    return Finding(check, Level.OK, text, profile=profile)


def warning(check: str, text: str, advice: str | None = None, *, profile: str | None = None) -> Finding:
    """Return a finding that something is wrong but omstui works."""
    return Finding(check, Level.WARNING, text, advice, profile)


def error(
    check: str, text: str, advice: str, *, profile: str | None = None, place: RepairPlace = RepairPlace.HERE
) -> Finding:
    """Return a finding that something does not work."""
    return Finding(check, Level.ERROR, text, advice, profile, place)


def skipped(check: str, text: str, *, profile: str | None = None) -> Finding:
    """Return a finding that a check did not run."""
    return Finding(check, Level.SKIPPED, text, profile=profile)


def worst_place(findings: Iterable[Finding]) -> RepairPlace | None:
    """Return where to fix errors first: on this machine, then elsewhere; ``None`` when there are no errors."""
    places = {finding.place for finding in findings if finding.level is Level.ERROR}
    return next((place for place in RepairPlace if place in places), None)
