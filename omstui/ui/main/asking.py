"""Asks at once, by key, and says why something has to wait."""

from datetime import datetime, timedelta
from typing import ClassVar

from textual.binding import Binding, BindingType

from omstui.backend.polling.poller import Asking
from omstui.core.month import Month, bar_reason
from omstui.core.watch.schedule import Hold
from omstui.ui.drawing.formats import clean, clock, seen_at
from omstui.ui.main.months import Months
from omstui.ui.main.stage import Stage

_LABEL_WIDTH = 40


class AskingNow:
    """Asks at once, and says what is asked for and why other things are not."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "ask_now", "Ask for this task now", id="ask.now"),
        Binding("R", "ask_all", "Ask for all tasks now", id="ask.all"),
    ]

    def __init__(self, stage: Stage, months: Months) -> None:
        self._stage, self._months = stage, months

    def action_ask_now(self) -> None:
        """Ask for what the pane shows, now."""
        stage = self._stage
        state = stage.selected_state
        if state is None:
            return
        name = clean(state.name, _LABEL_WIDTH)
        if stage.month is None or state.ref.profile in stage.session.board.refusals:
            self._say_asking(stage.session.poller.ask_now([state.ref]), name)
        else:
            asking = self._months.ask_month(state.ref, stage.month, again=True)
            self._say_asking(asking, f"{stage.month.title} of {name}")

    def ask_again(self, month: Month) -> None:
        """Ask for a month of the selected task again, in silence."""
        stage = self._stage
        state = stage.selected_state
        current, created = stage.selected_bounds()
        if state is None or bar_reason(month, current, created) is not None:
            return
        if month == current:
            stage.session.poller.ask_now([state.ref])
        elif state.ref.profile not in stage.session.board.refusals:
            stage.session.poller.ask_month(state.ref, month)

    def action_ask_all(self) -> None:
        """Ask for every task's current month, now."""
        asking = self._stage.session.poller.ask_now(self._stage.session.board.states)
        self._say_asking(asking, f"{asking.asked} task{'' if asking.asked == 1 else 's'}")

    def _say_asking(self, asking: Asking, what: str) -> None:
        """Say what is asked for, and why other things are not."""
        stage = self._stage
        parts = [f"Asking for {what}"] if asking.asked else []
        if asking.tried:
            parts.append(f"Trying the refused credential{'' if asking.tried == 1 else 's'} once more")
        if asking.refused:
            who = f"{asking.refused} not asked" if asking.asked or asking.tried else "Not asked"
            at, now = asking.try_at, stage.clock.now()
            again = f", next try {seen_at(at, now, stage.zone())}" if at is not None else ""
            key = stage.key_names.of("credentials")
            parts.append(f"{who}: credential refused{again}; {key} gives a new one")
        if asking.hold is not None:
            parts.append(waiting_words(stage, asking.hold, asking.next_at))
        if asking.recent:
            parts.append(f"{asking.recent} asked a moment ago" if asking.asked else "Asked a moment ago")
        stage.say(" · ".join(parts) or "Nothing to ask for", "warn" if asking.refused or asking.held_for else "")


def waiting_words(stage: Stage, hold: Hold, next_at: datetime | None = None) -> str:
    """Say until when nothing is asked, and whose wish that is."""
    until = clock(next_at or stage.clock.now() + timedelta(seconds=hold.seconds), stage.zone())
    if not hold.is_ours:
        return f"Waiting until {until}, as the service asked"
    if hold.told is None:
        return f"Waiting until {until}: the service throttles and named no time, omstui chose it"
    return f"Waiting until {until}: the service asked for {hold.told:g} s, omstui chose the rest"
