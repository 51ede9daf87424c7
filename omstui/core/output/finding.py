"""What `omstui doctor` finds: one fact about the surroundings, how bad it is, and what to do about it."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """Something is missing or not as it should be, and omstui works all the same."""

    ERROR = "error"
    SKIPPED = "skipped"
    """It was not tried; the text says why."""


class RepairPlace(StrEnum):
    """Where an error is put right, which decides the exit code."""

    HERE = "here"
    """In configuration, files or environment of this machine."""

    THERE = "there"
    """With the network, the service or a credential: it may work later as it is."""


class Finding(Struct, frozen=True):
    """One fact."""

    check: str
    """What was looked at, as ``files.history``: a stable name for scripts."""

    level: Level
    text: str
    advice: str | None = None
    """What to run or change next."""

    profile: str | None = None
    """Whose it is, where it is about one profile."""

    place: RepairPlace = RepairPlace.HERE


def ok(check: str, text: str, *, profile: str | None = None) -> Finding:
    """All is well."""
    return Finding(check, Level.OK, text, profile=profile)


def warning(check: str, text: str, advice: str | None = None, *, profile: str | None = None) -> Finding:
    """It works, but not as it should."""
    return Finding(check, Level.WARNING, text, advice, profile)


def error(
    check: str, text: str, advice: str, *, profile: str | None = None, place: RepairPlace = RepairPlace.HERE
) -> Finding:
    """It does not work."""
    return Finding(check, Level.ERROR, text, advice, profile, place)


def skipped(check: str, text: str, *, profile: str | None = None) -> Finding:
    """It was not tried."""
    return Finding(check, Level.SKIPPED, text, profile=profile)


def worst_place(findings: Iterable[Finding]) -> RepairPlace | None:
    """Return where to begin: what is wrong here goes before what is wrong elsewhere; ``None`` without an error."""
    places = {finding.place for finding in findings if finding.level is Level.ERROR}
    return next((place for place in RepairPlace if place in places), None)
