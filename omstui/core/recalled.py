"""What is known of a task from before the screen was opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from omstui.core.month import Month
from omstui.core.reading import Reading
from omstui.core.sample import Sample


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
