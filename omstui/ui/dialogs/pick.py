"""The dialog that lists the tasks of a project to choose from."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Region

from omstui.core.problem import Problem
from omstui.core.problem_kind import USUAL_KEYS
from omstui.core.task import ListedTask, Listing, TaskRef, WatchedTask, listing_advice
from omstui.ui.dialogs.dialog import Dialog, Note
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.formats import clean
from omstui.ui.drawing.line import Line, Span, fitted, with_role
from omstui.ui.widgets.filter_line import FilterLine
from omstui.ui.widgets.key_hints import KeyHint, KeyHints

_MARK = 4
_STATE = 14
_LEAST_ROUTE = 16


def found_line(task: ListedTask, width: int, *, is_watched: bool, is_chosen: bool) -> Line:
    """Draw one task: whether it is watched or chosen, its buckets or id, and its state if it fits."""
    mark = Span(" ✓  ", "dim") if is_watched else Span("[x] " if is_chosen else "[ ] ", "key")
    has_state = width >= _MARK + _LEAST_ROUTE + _STATE
    room = max(width - _MARK - (_STATE if has_state else 0), 1)
    route = Span(clean(_route_or_id(task), room - 1 if room > 1 else 1), "dim" if is_watched else "")
    state = clean((task.settings.status or "–").lower(), _STATE)
    return (mark, *fitted((route,), room), *((Span(state, "dim"),) if has_state else ()))


def _route_or_id(task: ListedTask) -> str:
    """Return the buckets of a task, or its id if none are known."""
    source, target = task.settings.src_bucket, task.settings.dst_bucket
    return f"{source or '–'} → {target or '–'}" if source or target else task.sync_task_id


def matches(task: ListedTask, needle: str) -> bool:
    """Return whether a task matches the filter by id, route, status or description."""
    facts = (task.sync_task_id, task.route, task.settings.status or "", task.settings.description or "")
    return any(needle.casefold() in fact.casefold() for fact in facts)


class FoundList(Canvas):
    """Draws the tasks that match the filter, with a cursor."""

    def show_found(
        self, tasks: Sequence[ListedTask], cursor: int, watched: Collection[str], chosen: Collection[str]
    ) -> None:
        """Set the tasks, the cursor, and the ids that are watched or chosen."""
        width = self.drawn_width
        lines: list[Line] = []
        for index, task in enumerate(tasks):
            task_id = task.sync_task_id
            line = fitted(found_line(task, width, is_watched=task_id in watched, is_chosen=task_id in chosen), width)
            line = with_role(line, "cursor") if index == cursor else line
            lines.append(tuple(span._replace(action=f"screen.pick({index})") for span in line))
        self.show_lines(lines)
        self.scroll_to_region(Region(0, cursor, 1, 1), animate=False, force=True, x_axis=False)


_LONGEST_NAME = 40
_LONGEST_FACTS = 400
_PASTE = "one step back, ids can be pasted"

Find = Callable[[str], Awaitable[Listing | Problem]]
"""Requests the tasks of a profile's project, by the profile's name."""


class PickDialog(Dialog[tuple[WatchedTask, ...] | None]):
    """Requests the tasks of a project once; closes with the chosen tasks, or with ``None``."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Next task", id="pick.down"),
        Binding("up,k", "move(-1)", "Previous task", id="pick.up"),
        Binding("pagedown", "move(10)", "Ten tasks down", id="pick.page-down"),
        Binding("pageup", "move(-10)", "Ten tasks up", id="pick.page-up"),
        Binding("space", "choose", "Choose the task", id="pick.choose"),
        Binding("a", "toggle_all", "Choose all that are shown, or none", id="pick.all"),
        Binding("slash", "filter", "Filter the tasks", id="pick.filter"),
        Binding("r", "ask", "Ask again", id="pick.ask"),
        Binding("enter,ctrl+s", "add", "Add what is chosen", id="pick.add"),
        Binding("escape,q", "back", "Back", id="pick.back"),
    ]
    AUTO_FOCUS = ""
    SCROLLED = ("#found", 6)

    def __init__(self, profile: str, find: Find, watched: frozenset[TaskRef]) -> None:
        """Prepare the dialog.

        Args:
            profile: the profile of the project.
            find: requests the tasks of the project.
            watched: the watched tasks, which are marked and cannot be chosen.
        """
        super().__init__()
        self._profile = profile
        self._find = find
        self._watched = frozenset(ref.sync_task_id for ref in watched if ref.profile == profile)
        self._outcome: Listing | Problem | None = None
        self._chosen: set[str] = set()
        self._needle = ""
        self._cursor = 0

    def compose(self) -> ComposeResult:
        """Place the list, the filter line, the facts of the task under the cursor, and the keys."""
        with Vertical(classes="dialog"):
            yield Note(f"Tasks of {clean(self._profile, _LONGEST_NAME)}", classes="title")
            yield FoundList(id="found")
            yield FilterLine(id="found-filter")
            yield Note(id="outcome")
            yield KeyHints()

    def on_mount(self) -> None:
        """Request the tasks."""
        self.action_ask()

    def action_ask(self) -> None:
        """Request the tasks of the project."""
        self._outcome = None
        self._paint()
        self.run_worker(self._ask(), group="find", exclusive=True)

    async def _ask(self) -> None:
        self._outcome = await self._find(self._profile)
        self.call_after_refresh(self._paint)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable keys that have no effect before the answer."""
        needs_answer = {"ask", "move", "choose", "toggle_all", "filter", "add"}
        return self._outcome is not None or action not in needs_answer or None

    # Choosing

    def action_move(self, steps: int) -> None:
        """Move the cursor."""
        self._cursor = max(0, min(self._cursor + steps, len(self._shown) - 1))
        self._paint()

    def action_pick(self, index: int) -> None:
        """Move the cursor to the clicked task, and toggle its choice."""
        self._cursor = index
        self.action_choose()

    def action_choose(self) -> None:
        """Toggle the choice of the task under the cursor."""
        for task in self._shown[self._cursor : self._cursor + 1]:
            if task.sync_task_id not in self._watched:
                self._chosen ^= {task.sync_task_id}
        self._paint()

    def action_toggle_all(self) -> None:
        """Choose all shown tasks, or none of them if all are chosen."""
        selectable = {task.sync_task_id for task in self._shown} - self._watched
        self._chosen = self._chosen - selectable if selectable <= self._chosen else self._chosen | selectable
        self._paint()

    def action_filter(self) -> None:
        """Open the filter line."""
        self.query_one(FilterLine).open(self._needle)

    def on_filter_line_typed(self, message: FilterLine.Typed) -> None:
        """Filter while the user types; chosen tasks stay chosen."""
        self._needle = message.needle
        self._cursor = 0
        self._paint()

    def action_add(self) -> None:
        """Close with the chosen tasks, or with the task under the cursor if none are chosen."""
        chosen = [task for task in self._listed if task.sync_task_id in self._chosen]
        if not chosen:
            under_cursor = self._shown[self._cursor : self._cursor + 1]
            chosen = [task for task in under_cursor if task.sync_task_id not in self._watched]
        if chosen:
            self.dismiss(tuple(WatchedTask(TaskRef(self._profile, task.sync_task_id)) for task in chosen))

    def action_back(self) -> None:
        """Clear the filter; close if there is none."""
        if self._needle:
            self._needle = ""
            self._paint()
        else:
            self.dismiss(None)

    # The picture

    def on_resize(self, event: events.Resize) -> None:
        """Repaint at the new size."""
        super().on_resize(event)
        self.call_after_refresh(self._paint)

    @property
    def _listed(self) -> tuple[ListedTask, ...]:
        return self._outcome.tasks if isinstance(self._outcome, Listing) else ()

    @property
    def _shown(self) -> list[ListedTask]:
        """The tasks that match the filter."""
        return [task for task in self._listed if matches(task, self._needle)]

    def _paint(self) -> None:
        if not self.is_attached:
            return
        shown = self._shown
        self._cursor = max(0, min(self._cursor, len(shown) - 1))
        self.query_one(FoundList).show_found(shown, self._cursor, self._watched, self._chosen)
        self.query_one("#outcome", Note).say(*self._facts(shown))
        count = len(self._chosen)
        hints = [
            KeyHint("enter", f"add {count}" if count else "add", "screen.add", "pick.add"),
            KeyHint("space", "choose", ids="pick.choose"),
        ]
        hints += [
            KeyHint("a", "all", "screen.toggle_all", "pick.all"),
            KeyHint("/", "filter", "screen.filter", "pick.filter"),
        ]
        ask_again = [KeyHint("r", "ask again", "screen.ask", "pick.ask")] if self._outcome is not None else []
        back = KeyHint("esc", "clear" if self._needle else "back", "screen.back", "pick.back")
        self.query_one(KeyHints).show_hints(*(hints if self._listed else ask_again), back)
        self.refresh_bindings()

    def _facts(self, shown: list[ListedTask]) -> tuple[str, str]:
        """Return the facts of the task under the cursor, or why there is none, and the tone of the text."""
        match self._outcome:
            case None:
                return f"Asking what {clean(self._profile, _LONGEST_NAME)} has; {_PASTE}", ""
            case Problem() as problem:
                code = f" ({problem.code})" if problem.code else ""
                advice = listing_advice(problem, self._profile, USUAL_KEYS)
                return f"{clean(problem.text.rstrip('.'), 300)}{code}. {advice}. {_PASTE}", "bad"
            case Listing(tasks=()) as listing:
                return listing.remark or f"The project has no tasks in this region; {_PASTE}", "warn"
        if not shown:
            return "No task matches the filter", "warn"
        task = shown[self._cursor]
        watched = "watched already · " if task.sync_task_id in self._watched else ""
        facts = f"{watched}{task.sync_task_id} · {task.route}"
        facts += f" · {task.settings.description}" if task.settings.description else ""
        remark = f"{self._outcome.remark}. " if self._outcome.remark else ""
        return f"{remark}{clean(facts, _LONGEST_FACTS)}", "warn" if remark else ""
