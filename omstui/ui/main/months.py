"""Shows another month of the selected task, and asks for its figures."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from omstui.backend.polling.poller import Asking
from omstui.core.month import Month, bar_reason
from omstui.core.task import TaskRef
from omstui.core.watch.past_month import PastMonth
from omstui.core.zone import offset_name
from omstui.ui.main.stage import Stage

_RESTING = 0.3
"""Seconds that a past month must stay in view before it is asked for."""


class Months:
    """Shows another month in the pane, and has a past one asked for that is not known."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "step_month(-1)", "Month back", id="month.previous"),
        Binding("right_square_bracket", "step_month(1)", "Month on", id="month.next"),
        Binding("m", "pick_month", "Pick a month", id="month.pick"),
    ]
    LATER_BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "current_month", "Current month", id="month.current", tooltip="when a past month is shown")
    ]
    """Those that stand below the history in the list of keys."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._followed: TaskRef | None = None
        """The selected task that the poller knows of."""

        stage.painters.append(self._follow)

    def _follow(self) -> None:
        """Tell the poller which task is selected, and look for its month."""
        if self._stage.view.selected != self._followed:
            self._followed = self._stage.view.selected
            self._stage.session.poller.select(self._followed)
            self._want_month()

    def begin(self) -> None:
        """Show the month that was asked for at the start, unless it is not over."""
        month, (current, _) = self._stage.month, self._stage.selected_bounds()
        if month is not None and month >= current:
            if month > current:
                self._stage.say(f"{month.title} is in the future", "warn")
            self._stage.month = None

    def action_step_month(self, steps: int) -> None:
        """Show an earlier or a later month in the pane."""
        current, _ = self._stage.selected_bounds()
        if (month := (self._stage.month or current).plus(steps)).can_be_asked_for:
            self.show_month(month)

    def action_current_month(self) -> None:
        """Show the current month again."""
        current, _ = self._stage.selected_bounds()
        self.show_month(current)

    def action_show_month(self, year: int, number: int) -> None:
        """Show the month that was clicked."""
        self.show_month(Month(year, number))

    def show_month(self, month: Month) -> None:
        """Show a month in the pane, unless it cannot be asked for."""
        stage = self._stage
        current, created = stage.selected_bounds()
        if (reason := bar_reason(month, current, created)) is not None:
            stage.say(f"{month.title} is {reason}", "warn")
            return
        stage.month = None if month == current else month
        stage.screen.refresh_bindings()
        stage.paint(is_move=True)
        self._want_month()

    def action_pick_month(self) -> None:
        """Open the year of months."""
        from omstui.ui.history.month_picker import MonthChoice, MonthPicker

        stage = self._stage
        state = stage.selected_state
        if state is None:
            return
        current, created = stage.selected_bounds()
        profile = stage.profile_of(state.ref)
        zone = offset_name(profile.zone if profile is not None else stage.zone(), stage.clock.now())
        choice = MonthChoice(state.name, stage.month or current, current, created, zone, state.known_months)
        stage.screen.app.push_screen(MonthPicker(choice), lambda month: self.show_month(month) if month else None)

    def _want_month(self) -> None:
        """Ask for the past month in view once it has been in view for a moment, unless it is known."""
        if self._stage.month is not None:
            wanted = (self._stage.view.selected, self._stage.month)
            self._stage.screen.set_timer(_RESTING, lambda: self.ask_month(*wanted))

    def ask_month(self, ref: TaskRef | None, month: Month | None, *, again: bool = False) -> Asking:
        """Ask for a past month of a task, as long as both are still in view; once, unless asked to do so again."""
        stage = self._stage
        if ref is None or month is None or (ref, month) != (stage.view.selected, stage.month):
            return Asking()
        state = stage.session.board.states.get(ref)
        if state is None or (not again and state.months.get(month, PastMonth()) != PastMonth()):
            return Asking()
        current, created = stage.selected_bounds()
        is_past = month != current and bar_reason(month, current, created) is None
        return stage.session.poller.ask_month(ref, month) if is_past else Asking()
