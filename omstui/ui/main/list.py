"""How the user looks at the list: which row, which rows, in which order."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from omstui.core.task import TaskRef
from omstui.core.task_input import CSV_COLUMNS
from omstui.core.text import tame
from omstui.core.watch.board import Board, TaskState
from omstui.ui.drawing.condition_signs import state_words
from omstui.ui.drawing.formats import clean
from omstui.ui.drawing.list_columns import COLUMNS, Column, Context, arranged
from omstui.ui.keys.names import KeyNames

_LONGEST_NAME = 16
_LONGEST_NEEDLE = 40


class ListView(Struct, frozen=True):
    """Selection, filter and order; kept by task, so that no refresh moves them."""

    selected: TaskRef | None = None
    place: int = 0
    """Where the selected row stood when the rows were last settled."""

    needle: str = ""
    """The filter's text: rows that hold it in name, id, profile or state are shown."""

    sort: Column | None = None
    """The column that orders the rows; ``None`` for the user's own order."""

    reverse: bool = False
    profile: str | None = None
    """The profile whose rows alone are shown."""

    @property
    def is_filtering(self) -> bool:
        """Whether there may be rows that are not shown."""
        return bool(self.needle) or self.profile is not None

    def rows(self, context: Context) -> list[TaskState]:
        """Return the tasks to show, in order."""
        states = list(context.index.board.states.values())
        if self.is_filtering:
            states = [state for state in states if self._lets_through(state, context)]
        return arranged(states, self.sort, reverse=self.reverse, context=context)

    def _lets_through(self, state: TaskState, context: Context) -> bool:
        if self.profile not in {None, state.ref.profile}:
            return False
        if not self.needle:
            return True
        needle = self.needle.casefold()
        if any(needle in word.casefold() for word in (state.name, state.ref.sync_task_id, state.ref.profile)):
            return True
        return needle in state_words(state, context.assessment(state), context.now).casefold()

    def nothing_words(self, board: Board, keys: KeyNames, *, presses: int = 1) -> str:
        """Say why no task is selected, and which key helps.

        Args:
            board: all tasks of the list.
            keys: how keys are written.
            presses: how often the key has to be pressed that takes the filter away.
        """
        if not board.states or not self.is_filtering:
            return f"No task selected. {keys.of('list.add')} adds tasks to the list."
        back = f"{keys.of('pane.back')}{' twice' * (presses > 1)}"
        owned = f" of {clean(self.profile, _LONGEST_NAME)}" if self.profile is not None else ""
        if not self.needle:
            return f"No task{owned} is on the list. {back} shows all profiles."
        return f"No task{owned} matches the filter {clean(self.needle, _LONGEST_NEEDLE)}. {back} clears the filter."

    def settled(self, rows: Sequence[TaskState]) -> Self:
        """Return the view with a row selected that is there: the same one, else the one now in its place."""
        place = self._place_in(rows)
        return self._at(rows, self.place if place is None else place)

    def moved(self, rows: Sequence[TaskState], steps: int) -> Self:
        """Return the view with the selection this many rows further down, within the list."""
        return self._at(rows, (self._place_in(rows) or 0) + steps)

    def _at(self, rows: Sequence[TaskState], place: int) -> Self:
        """Return the view with the row in this place selected, or the one nearest to it."""
        place = max(0, min(place, len(rows) - 1))
        return replace(self, selected=rows[place].ref if rows else None, place=place)

    def _place_in(self, rows: Sequence[TaskState]) -> int | None:
        """Return the place of the selected row; the others are looked at only when it has moved."""
        if self.place < len(rows) and rows[self.place].ref == self.selected:
            return self.place
        return next((place for place, state in enumerate(rows) if state.ref == self.selected), None)

    def sorted_by_next(self) -> Self:
        """Return the view ordered by the next column; after the last, by the user's own order."""
        order: list[Column | None] = [None, *COLUMNS]
        return replace(self, sort=order[(order.index(self.sort) + 1) % len(order)])


EXPORT_COLUMNS = (
    *CSV_COLUMNS,
    "name",
    "state",
    "month",
    "answered_at",
    "accepted",
    "synced",
    "failed",
    "new_failures",
    "skipped",
    "pending",
    "size_bytes",
    "status",
    "problem",
)
_FORMULA = ("=", "+", "-", "@")


def list_csv(rows: Sequence[TaskState], context: Context) -> str:
    """Write the rows in their order; what is not known is empty, and times are UTC.

    The figures are those of the last good answer, as on the screen: `answered_at` tells when, `state` how the task is.
    `omstui add -` takes the tasks back.
    """
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(EXPORT_COLUMNS)
    for state in rows:
        writer.writerow([_cell(value) for value in _values(state, context)])
    return out.getvalue()


def _values(state: TaskState, context: Context) -> Sequence[object]:
    task, good, problem = state.task, state.good, state.problem
    words = state_words(state, context.assessment(state), context.now)
    figures = (
        (
            task.monthly_acceptance_request,
            task.monthly_success_object,
            task.monthly_failure_object,
            state.new_failures,
            task.monthly_skip_object,
            task.pending,
            task.monthly_size,
            task.status,
        )
        if task is not None
        else (None,) * 8
    )
    answered_at = _utc(good.answered_at) if good is not None else None
    month = str(good.month) if good is not None else None
    ref = state.ref
    named = (ref.profile, ref.sync_task_id, state.watched.label, state.name)
    return (*named, words, month, answered_at, *figures, problem.text if problem is not None else None)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _cell(value: object) -> object:
    """Tame a text, and keep a spreadsheet from taking it for a formula."""
    if not isinstance(value, str):
        return "" if value is None else value
    text = tame(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
