"""A state of which a change is news once it has lasted, and not too often."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Self

from msgspec import Struct, field
from msgspec.structs import replace

WELL = ""
"""The state that asks nothing of anybody."""

_LONGEST_QUIET = timedelta(hours=24)
_MOST_STRETCHED = 4
"""How many times a quiet that is long from the beginning may become as long."""


class Cooldown(Struct, frozen=True):
    """When something was told last, and how often lately: each time it is told, the quiet after it is twice as long."""

    at: datetime
    times: int = 1

    def is_quiet(self, now: datetime, least: timedelta) -> bool:
        """Whether it is too early to tell the same again; a clock that was set back does not make it later."""
        return timedelta() <= now - self.at < self._quiet(least)

    def again(self, now: datetime, least: timedelta) -> Self:
        """Return this with one more telling; after twice the quiet time it counts from the beginning."""
        is_lately = timedelta() <= now - self.at < 2 * self._quiet(least)
        return replace(self, at=now, times=self.times + 1 if is_lately else 1)

    def _quiet(self, least: timedelta) -> timedelta:
        return min(least * (1 << min(self.times - 1, 10)), max(_LONGEST_QUIET, _MOST_STRETCHED * least))


def told_again(said: Cooldown | None, now: datetime, least: timedelta) -> Cooldown:
    """Return what is to be remembered when something is told, for the first time or again."""
    return Cooldown(now) if said is None else said.again(now, least)


class Change(Struct, frozen=True):
    """A change that is to be told."""

    before: str
    after: str
    was_told: bool
    """Whether people have heard of the state before; one that was there from the beginning is known to nobody."""


class DebouncedState(Struct, frozen=True):
    """The state that people know of, and the one that may take its place."""

    known: str | None = None
    """``None`` until there is a first one, which is no news."""

    was_told: bool = False
    coming: str | None = None
    since: datetime | None = None
    """Since when the coming state has lasted."""

    said: Mapping[str, Cooldown] = field(default_factory=lambda: MappingProxyType({}))

    def seen(self, state: str, now: datetime, *, hold: timedelta, quiet: timedelta) -> tuple[Self, Change | None]:
        """Return the standing after a look at the state, and the change to tell, if it is time for one.

        Args:
            state: what it is now; `WELL` for nothing to tell.
            now: when that was seen.
            hold: how long it must last to be told.
            quiet: how much time must pass between two tellings of the same state, at least.
        """
        if self.known is None:
            return replace(self, known=state), None
        if state == self.known:
            return (self if self.coming is None else replace(self, coming=None, since=None)), None
        since = self.since if self.coming == state and self.since is not None and self.since <= now else now
        said = self.said.get(state)
        is_early = now - since < hold or (state != WELL and said is not None and said.is_quiet(now, quiet))
        if is_early:
            return replace(self, coming=state, since=since), None
        told = replace(self, known=state, was_told=state != WELL, coming=None, since=None)
        if state != WELL:
            told = replace(told, said=MappingProxyType({**self.said, state: told_again(said, now, quiet)}))
        return told, Change(self.known, state, self.was_told)
