"""What is asked for and shown of the past: the strip of months in the pane, and the history of one task."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct
from msgspec.structs import replace
from textual.binding import Binding, BindingType

from omstui.backend.session import SessionMessage, StatisticFiled
from omstui.core.month import FIRST_YEAR, Month, bar_reason, first_moment
from omstui.core.months.month_table import MonthRow, closed_months, missing_months, month_rows
from omstui.core.months.series import SYNCED, Bucket, Column, columns, renewed, shown_counter
from omstui.core.task import TaskRef
from omstui.core.watch.board import TaskState
from omstui.core.watch.counters import CounterSpan, longest_gap
from omstui.core.watch.sample import Statistic, StatisticSample
from omstui.ui.detail.pane import DetailPane
from omstui.ui.detail.view import View
from omstui.ui.main.stage import Stage

if TYPE_CHECKING:
    from omstui.ui.drawing.chart import Chart, Frame
    from omstui.ui.history.screen import HistoryScreen
    from omstui.ui.history.view import HistoryView

SELECTED_FOR = 1.0
"""Seconds that a task must stay selected before its months are asked for."""

_MOST_MONTHS = 36
_THINNED = timedelta(hours=1)
"""Of last month one span an hour is kept: what was known at a moment of it is that old at most."""

_OVERLAP = timedelta(minutes=30)
"""How far back counter spans are fetched again, since the last one may have grown."""


class _Gathered(Struct, frozen=True):
    """The counter spans of the task whose history is open."""

    ref: TaskRef
    answered_at: datetime | None = None
    """The last answer that they may hold."""

    spans: tuple[CounterSpan, ...] = ()


class _Drawn(Struct, frozen=True):
    """The columns of a chart, and what they were made of."""

    placed: "Frame"
    spans: tuple[CounterSpan, ...]
    statistic: Statistic | None
    buckets: tuple[Bucket, ...]
    counter: str
    columns: tuple[Column, ...]


class Past:
    """Keeps what is known of the past, opens the history, and tells the poller what is looked at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "history", "Months side by side, and the last days", id="month.history")
    ]

    def __init__(self, stage: Stage, show_month: Callable[[Month], None]) -> None:
        """Take part in the screen's life.

        Args:
            stage: what is looked at, and what is known.
            show_month: shows a month in the pane.
        """
        self._stage, self._session, self._show_month = stage, stage.session, show_month
        self._history: HistoryScreen | None = None
        self._gathered: _Gathered | None = None
        self._statistics: dict[tuple[TaskRef, timedelta], StatisticSample] = {}
        self._selected_since: tuple[TaskRef | None, float] = (None, 0.0)
        self._drawn: _Drawn | None = None
        self._rows_made: tuple[TaskState, Month, tuple[CounterSpan, ...], tuple[MonthRow, ...]] | None = None
        stage.painters.append(self.paint)
        self._session.listen(self._hear)

    # What is asked

    def paint(self) -> None:
        """Show what is known, and look for what is not."""
        stage = self._stage
        if self._history is not None:  # it shows the present, also while the view is paused
            self._show_history(stage.detail if self._session.paused is None else stage.detail_now())
        self._look_at_past()

    def _look_at_past(self) -> None:
        """Tell the poller which months and which statistic the user looks at."""
        selected, since = self._selected_since
        if selected != self._stage.view.selected:
            selected, since = self._selected_since = self._stage.view.selected, self._stage.clock.monotonic()
        wanted: list[tuple[TaskRef, Month]] = []
        state = self._session.board.states.get(selected) if selected is not None else None
        statistic = None
        if state is not None:
            if self._history is not None and self._stage.screen.app.screen is self._history:
                months: Sequence[Month] = self._history.months_in_view
                statistic = (state.ref, self._history.over.length)
            else:
                has_rested = self._stage.clock.monotonic() - since >= SELECTED_FOR
                months = (
                    (*self._month_known(state), *self._months_in_pane())
                    if has_rested and self._stage.screen.is_current
                    else ()
                )
            missing = missing_months(state, months, self._stage.clock.now(), self._stage.interval)
            wanted = [(state.ref, month) for month in missing]
        self._session.poller.look_at(wanted, statistic)

    def _month_known(self, state: TaskState) -> tuple[Month, ...]:
        """Return the past month that the pane shows, once it was answered: it may have to be asked for once more."""
        month = self._stage.month
        past = state.months.get(month) if month is not None else None
        return (month,) if month is not None and past is not None and past.good is not None else ()

    def _months_in_pane(self) -> tuple[Month, ...]:
        """Return the months of the strip, when it can be seen."""
        pane = self._stage.screen.query_one(DetailPane)
        return pane.strip.wanted if pane.strip is not None and pane.display and not self._stage.is_too_small else ()

    # What is shown

    def action_history(self) -> None:
        """Open the history of the selected task."""
        view = self._stage.detail_now()
        if view is None:
            return
        from omstui.ui.history.screen import HistoryScreen

        self._history = HistoryScreen()
        self._gathered = _Gathered(view.state.ref)
        self._stage.screen.app.push_screen(self._history, self._leave_history)
        self._stage.screen.call_after_refresh(self._stage.paint)

    def _leave_history(self, month: Month | None) -> None:
        self._history = self._gathered = self._drawn = self._rows_made = None
        self._statistics = {key: sample for key, sample in self._statistics.items() if sample.is_unsupported}
        if month is not None:
            self._show_month(month)

    def _hear(self, message: SessionMessage) -> None:
        """Keep what the service's own statistic says; after a temporary failure the last one stays."""
        if not isinstance(message, StatisticFiled):
            return
        sample = message.sample
        key = (sample.ref, sample.span)
        known = self._statistics.get(key)
        if sample.statistic is None and known is not None and known.statistic is not None:
            return
        self._statistics[key] = sample
        self._stage.paint()

    def _show_history(self, view: View | None) -> None:
        if view is None or self._history is None or self._gathered is None or not self._history.is_attached:
            return
        if view.state.ref != self._gathered.ref:  # taken off the list meanwhile, by another instance
            self._history.action_leave()
            return
        good = view.state.good
        if self._gathered.answered_at is None or (good and good.answered_at > self._gathered.answered_at):
            at = good.answered_at if good is not None else self._stage.clock.now()
            since = self._gather_since(view) if self._gathered.answered_at is None else at - _OVERLAP
            self._gathered = replace(self._gathered, answered_at=at)
            self._stage.screen.run_worker(self._gather(self._gathered.ref, since), name="spans", group="spans")
        self._history.show_view(self._history_view(view, self._history))

    def _gather_since(self, view: View) -> datetime:
        """Return how far back counter spans matter: for the same part of the month before, and for the chart."""
        begin = first_moment(view.current_month.plus(-1), view.month_zone)
        return min(begin, self._stage.clock.now() - timedelta(days=8))

    async def _gather(self, ref: TaskRef, since: datetime) -> None:
        """Fetch counter spans from the history."""
        fresh = await self._stage.workspace.history.spans(ref, since)
        if self._gathered is not None and self._gathered.ref == ref:
            older = tuple(one for one in self._gathered.spans if one.until < since)
            self._gathered = replace(self._gathered, spans=older + fresh)
            self._show_history(self._stage.detail_now())

    def _history_view(self, view: View, history: "HistoryScreen") -> "HistoryView":
        from omstui.ui.history.view import HistoryView

        state = view.state
        return HistoryView(
            name=state.name,
            profile=state.ref.profile,
            rows=self._rows_of(view),
            chart=self._chart(view, history),
            remark=self._remark(state, history.over.length),
        )

    def _rows_of(self, view: View) -> tuple[MonthRow, ...]:
        """Return the months back to the task's creation; without that as far as the screen asks."""
        state, current, created = view.state, view.current_month, view.created_month
        spans = self._gathered.spans if self._gathered is not None else ()
        made = self._rows_made
        if made is not None and made[0] is state and made[1] == current and made[2] is spans:
            return made[3]
        back = min(_MOST_MONTHS, (current.year - FIRST_YEAR) * 12 + current.number)
        months = [current.plus(-number) for number in range(back)]
        rows = month_rows(
            [month for month in months if bar_reason(month, current, created) is None],
            state.good,
            {month: one.good for month, one in state.months.items() if one.good is not None},
            closed=closed_months(state),
            spans=spans,
            longest_gap=max(longest_gap(self._stage.interval), _THINNED),
            zone=view.month_zone,
        )
        self._rows_made = (state, current, spans, rows)
        return rows

    def _chart(self, view: View, history: "HistoryScreen") -> "Chart | None":
        """Return the chart; its columns are computed again only when something that they are made of has changed."""
        from omstui.ui.drawing.chart import Chart, frame

        if self._gathered is None or self._gathered.answered_at is None:
            return None
        over, spans = history.over, self._gathered.spans
        placed = frame(over, view.now, view.zone, history.size.width)
        sample = self._statistics.get((view.state.ref, over.length))
        statistic = sample.statistic if sample is not None else None
        made = self._drawn
        if made is None or made.placed != placed or made.spans is not spans or made.statistic is not statistic:
            buckets = renewed(
                made.buckets if made is not None else (),
                made.spans if made is not None else (),
                spans,
                end_at=placed.end_at,
                width=placed.step,
                count=placed.count,
                longest_gap=longest_gap(self._stage.interval),
            )
            counter = shown_counter(buckets)
            made = _Drawn(placed, spans, statistic, buckets, counter, columns(buckets, statistic, counter))
            self._drawn = made
        word = "Synced" if made.counter == SYNCED else "Accepted"
        return Chart(made.columns, over, placed.cells, word, view.zone)

    def _remark(self, state: TaskState, span: timedelta) -> str:
        """Say why something of the past is not asked for."""
        if state.problem is not None:
            return f"Nothing of the past is asked for: {state.problem.kind.value}. {state.problem.text}"
        refused = next(
            (one for one in self._statistics.values() if one.is_unsupported and one.ref.profile == state.ref.profile),
            self._statistics.get((state.ref, span)),
        )
        if refused is None or refused.problem is None:
            return ""
        problem = refused.problem
        code = f" ({problem.status})" if problem.status is not None else ""
        if refused.is_unsupported:
            return f"The service's own statistic is off for {state.ref.profile}: {problem.text}{code}"
        return f"The service's own statistic has to wait: {problem.text}{code}"
