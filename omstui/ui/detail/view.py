"""What the detail pane shows: one task, one month, and the time at which it was seen."""

from datetime import datetime, tzinfo

from msgspec import Struct, field

from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.watch.board import TaskState
from omstui.core.watch.condition import Assessment
from omstui.core.watch.month_zone import MonthZone
from omstui.core.watch.past_month import PastMonth
from omstui.core.watch.rollover import current_month
from omstui.core.watch.sample import Sample
from omstui.ui.drawing.line import Span
from omstui.ui.drawing.month_strip import Strip
from omstui.ui.keys.names import KeyNames


def month_bounds(state: TaskState, now: datetime, zone: tzinfo) -> tuple[Month, Month | None]:
    """Return the month that the service counts now, and the month in which the task was created, if known.

    Args:
        state: the task; without an answer `zone` tells the current month.
        now: the present moment.
        zone: names the profile's months.
    """
    created = state.task.created_at if state.task is not None else None
    return current_month(state.good, now, zone), Month.containing(created, zone) if created is not None else None


class View(Struct, frozen=True):
    """What the pane is asked to show."""

    state: TaskState
    month: Month | None
    """The month to show; ``None`` for the current one, whichever that is in the task's own zone."""

    now: datetime
    zone: tzinfo
    """The zone in which times are shown."""

    month_zone: tzinfo
    """The zone that names the profile's months."""

    assessment: Assessment
    """How the task is doing."""

    learned_zone: MonthZone | None = None
    """In which zone months begin, as far as the service's answers show."""

    since_looked: int = 0
    """Objects of the current month that have failed since the user last looked."""

    mark: Span | None = None
    """What the profile's rows are marked with, where they are."""

    profile_role: str = "dim"
    """What the profile's name is drawn in."""

    next_at: datetime | None = None
    """When the task is asked for next, as the poller has it at this moment."""

    keys: KeyNames = field(default_factory=KeyNames)
    """How the keys are written that the pane names."""

    @property
    def current_month(self) -> Month:
        """The month that the service counts now; by the profile's own zone where answers do not tell."""
        return month_bounds(self.state, self.now, self.month_zone)[0]

    @property
    def created_month(self) -> Month | None:
        """The month in which the task was created, where that is known."""
        return month_bounds(self.state, self.now, self.month_zone)[1]

    @property
    def is_past(self) -> bool:
        """Whether the month is over, by the profile's own zone: history, asked for once."""
        return self.month is not None and self.month < self.current_month

    @property
    def is_current(self) -> bool:
        """Whether the month is the present one, named or not."""
        return self.month is None or self.month == self.current_month

    @property
    def past(self) -> PastMonth:
        """What is known of the past month that is shown."""
        return self.state.months.get(self.month, PastMonth()) if self.month is not None else PastMonth()

    @property
    def good(self) -> Sample | None:
        """The answer whose figures are shown; there is none for a month in the future."""
        if self.is_current:
            return self.state.good
        return self.past.good if self.is_past else None

    @property
    def problem(self) -> Problem | None:
        """What is wrong with asking for what is shown."""
        if self.is_current or (self.is_past and self.state.refusal is not None):
            return self.state.problem
        return self.past.failure.problem if self.is_past and self.past.failure is not None else None

    @property
    def strip(self) -> Strip:
        """The twelve months round the shown one, with what is known of them."""
        return Strip(self.shown_month, self.current_month, self.created_month, self.state.known_months)

    @property
    def shown_month(self) -> Month:
        """The month that the figures belong to."""
        if self.month is not None and not self.is_current:
            return self.month
        return self.state.good.month if self.state.good is not None else self.current_month
