"""What is known of a task from before the screen was opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType

from omstui.core.month import Month
from omstui.core.rates import has_same_counters
from omstui.core.reading import Reading
from omstui.core.sample import Sample


class SeenHow(Enum):
    """How failures came to count as seen."""

    MARKED = "marked"
    """A person marked them: the figure never falls within its month."""

    FIRST = "first"
    """They were there when a screen showed the month for the first time: what is kept for that month stays."""

    RESTART = "restart"
    """The service has started to count again: what was seen before does not hold."""


def seen_after(known: tuple[Month, int] | None, month: Month, failures: int, how: SeenHow) -> tuple[Month, int]:
    """Return the failures that count as seen after one more word on them; an earlier month says nothing."""
    if known is None or month > known[0] or (month == known[0] and how is SeenHow.RESTART):
        return month, failures
    return (month, max(failures, known[1])) if month == known[0] and how is SeenHow.MARKED else known


def month_after(known: Sample | None, new: Sample) -> Sample:
    """Return which good answer for a month that is over is kept: none replaces final figures before it is confirmed.

    Args:
        known: what is kept.
        new: another one, asked for later.
    """
    if known is None or known.task is None or new.task is None or new.agreed or known.agreed is False:
        return new
    if known.told_at < known.month.over_everywhere_at and not known.agreed:
        return new
    return replace(new, agreed=known.agreed) if has_same_counters(known.task, new.task) else known


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the history holds of one task; empty when there is nothing."""

    last: Sample | None = None
    """The last good answer for a month that was current at that time, with the times of that answer."""

    acknowledged: tuple[Month, int] | None = None
    """The failures that the user had seen, and of which month."""

    months: Mapping[Month, Sample] = field(default_factory=lambda: MappingProxyType({}))
    """The last good answer for each month that was asked for when it was over."""

    readings: tuple[Reading, ...] = ()
    """The latest of them, in order of time: `RECALLED_READINGS` at most."""


RECALLED_READINGS = 300
"""How many readings of a task are recalled at once; `History.readings` has the rest."""
