"""The tasks that a project has, as lines to choose from."""

from collections.abc import Collection, Sequence

from textual.geometry import Region

from omstui.core.task import ListedTask
from omstui.ui.canvas import Canvas
from omstui.ui.line import Line, Span, fitted, with_role
from omstui.ui.text import clean

_MARK = 4
_STATE = 14
_LEAST_ROUTE = 16


def found_line(task: ListedTask, width: int, *, is_watched: bool, is_chosen: bool) -> Line:
    """Draw one task: whether it is watched or chosen, where it moves things, and its state where there is room."""
    mark = Span(" ✓  ", "dim") if is_watched else Span("[x] " if is_chosen else "[ ] ", "key")
    has_state = width >= _MARK + _LEAST_ROUTE + _STATE
    room = max(width - _MARK - (_STATE if has_state else 0), 1)
    route = Span(clean(_named(task), room - 1 if room > 1 else 1), "dim" if is_watched else "")
    state = clean((task.settings.status or "–").lower(), _STATE)
    return (mark, *fitted((route,), room), *((Span(state, "dim"),) if has_state else ()))


def _named(task: ListedTask) -> str:
    """Return what tells a task from its neighbours: its buckets, else its id."""
    source, target = task.settings.src_bucket, task.settings.dst_bucket
    return f"{source or '–'} → {target or '–'}" if source or target else task.sync_task_id


def matches(task: ListedTask, needle: str) -> bool:
    """Whether a filter lets a task through, by what is known of it."""
    facts = (task.sync_task_id, task.route, task.settings.status or "", task.settings.description or "")
    return any(needle.casefold() in fact.casefold() for fact in facts)


class FoundList(Canvas):
    """Draws the tasks that the filter lets through, with a cursor."""

    def show_found(
        self, tasks: Sequence[ListedTask], cursor: int, watched: Collection[str], chosen: Collection[str]
    ) -> None:
        """Take over the tasks, where the cursor is, and the ids that are watched or chosen."""
        width = self.drawn_width
        lines: list[Line] = []
        for index, task in enumerate(tasks):
            one = task.sync_task_id
            line = fitted(found_line(task, width, is_watched=one in watched, is_chosen=one in chosen), width)
            line = with_role(line, "cursor") if index == cursor else line
            lines.append(tuple(span._replace(action=f"screen.pick({index})") for span in line))
        self.show_lines(lines)
        self.scroll_to_region(Region(0, cursor, 1, 1), animate=False, force=True, x_axis=False)
