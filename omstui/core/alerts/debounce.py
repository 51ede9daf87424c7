"""Debounced states: a change is reported only after it has lasted, and not too often."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Self

from msgspec import Struct, field
from msgspec.structs import replace

WELL = ""
"""The normal state, which needs no action."""

_LONGEST_QUIET = timedelta(hours=24)
_MOST_STRETCHED = 4
"""The largest factor for a quiet time that is long from the beginning."""


class Cooldown(Struct, frozen=True):
    """When a state was last reported, and how often lately: each report doubles the quiet time after it."""

    at: datetime
    times: int = 1

    def is_quiet(self, now: datetime, least: timedelta) -> bool:
        """Whether it is too early to report the state again; a clock that was set back ends the quiet time."""
        return timedelta() <= now - self.at < self._quiet(least)

    def again(self, now: datetime, least: timedelta) -> Self:
        """Return the cooldown after one more report; after twice the quiet time the count restarts at 1."""
        is_lately = timedelta() <= now - self.at < 2 * self._quiet(least)
        return replace(self, at=now, times=self.times + 1 if is_lately else 1)

    def _quiet(self, least: timedelta) -> timedelta:
        return min(least * (1 << min(self.times - 1, 10)), max(_LONGEST_QUIET, _MOST_STRETCHED * least))


def told_again(said: Cooldown | None, now: datetime, least: timedelta) -> Cooldown:
    """Return the cooldown after a report, the first one or another."""
    return Cooldown(now) if said is None else said.again(now, least)


class Change(Struct, frozen=True):
    """A change to report."""

    before: str
    after: str
    was_told: bool
    """Whether the state before was reported; the first state of all never is."""


class DebouncedState(Struct, frozen=True):
    """Debounced state: reports a change that lasted `hold`, and the same state at most once per `quiet`."""

    known: str | None = None
    """The last reported state; ``None`` before the first one, which is not reported."""

    was_told: bool = False
    coming: str | None = None
    since: datetime | None = None
    """Since when `coming`, the state that is held back, has lasted."""

    said: Mapping[str, Cooldown] = field(default_factory=lambda: MappingProxyType({}))

    def seen(self, state: str, now: datetime, *, hold: timedelta, quiet: timedelta) -> tuple[Self, Change | None]:
        """Return the debounced state after an observation, and the change to report, if there is one now.

        Args:
            state: the observed state; `WELL` is the normal one.
            now: when it was observed.
            hold: how long a state must last before it is reported.
            quiet: the shortest time between two reports of the same state.
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
