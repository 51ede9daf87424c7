"""The screen of the event log, newest events last."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Region

from omstui.core.alerts.event import Event
from omstui.core.task import TaskRef
from omstui.core.zone import offset_name
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.line import Line, Span, with_role
from omstui.ui.events.lines import event_in_full, event_line, matches, title_line
from omstui.ui.widgets.filter_line import FilterLine
from omstui.ui.widgets.key_hints import KeyHint, KeyHints
from omstui.ui.widgets.over_screen import OverScreen

_SHORT = 16
"""The event in full has fewer lines on a screen with fewer rows."""


def index_of(rows: Sequence[Event], selected: Event | None) -> int:
    """Return the index of an event; 0 when it is not among the rows."""
    return rows.index(selected) if selected in rows else 0


class EventLog(OverScreen[TaskRef | None]):
    """Lists events; closes with the task to go to, or with ``None``.

    The visible events do not move: new events are added below, and the title says how many are not visible.
    """

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Next event", id="event.down"),
        Binding("k,up", "move(-1)", "Previous event", id="event.up"),
        Binding("g,home", "move_to(0)", "First event", id="event.first"),
        Binding("G,end", "move_to(-1)", "Latest event", id="event.last"),
        Binding("pageup", "move_page(-1)", "Page up", id="event.page-up"),
        Binding("pagedown,space", "move_page(1)", "Page down", id="event.page-down"),
        Binding("slash", "filter", "Filter the events", id="event.filter"),
        Binding("enter", "jump", "Go to the task", id="event.jump"),
        Binding("escape,q", "back", "Back; first clears the filter", id="event.back"),
        Binding("l", "dismiss", "Back", id="event.close"),
        Binding("question_mark,f1", "help", "Help", id="help"),
    ]

    def __init__(self, events: Sequence[Event], zone: tzinfo, *, is_whole: bool = True) -> None:
        """Show these events, in order of time, with times in this zone; unless `is_whole`, `recall` adds older ones."""
        super().__init__()
        self.events_shown: tuple[Event, ...] = tuple(events)
        """All events, with those that the filter hides."""

        self._is_whole = is_whole
        self._zone = zone
        self._needle = ""
        self._rows: tuple[Event, ...] = self.events_shown
        self._selected: Event | None = self._rows[-1] if self._rows else None
        self._unseen: set[Event] = set()

    def compose(self) -> ComposeResult:
        """Place title, list, the selected event in full, and keys."""
        yield Canvas(id="log-title")
        yield Canvas(id="log")
        yield FilterLine(id="log-filter")
        yield Canvas(id="log-event")
        yield KeyHints(
            [
                KeyHint("↑ ↓", "move", ids="event.up event.down"),
                KeyHint("enter", "go to the task", "screen.jump", "event.jump"),
                KeyHint("/", "filter", "screen.filter", "event.filter"),
                KeyHint("esc", "back", "screen.back", "event.back"),
            ]
        )

    def on_mount(self) -> None:
        """Paint once the size is known, with the latest event visible."""
        self.call_after_refresh(self._paint)
        self.call_after_refresh(self._scroll_to_selected)

    def on_resize(self) -> None:
        """Repaint at the new size."""
        self.call_after_refresh(self._paint)
        self.call_after_refresh(self._scroll_to_selected)

    def show_events(self, events: Sequence[Event]) -> None:
        """Set the events; the selected one stays at its place."""
        known = set(self.events_shown)
        self._unseen |= {event for event in events if event not in known}
        self.events_shown = tuple(events)
        self._arrange()

    def recall(self, events: Sequence[Event]) -> None:
        """Set the events with older stored ones, which do not count as new; a cursor at the end stays at the end."""
        self._is_whole = True
        if self._rows and self._selected == self._rows[-1]:
            self._selected = None
        self.events_shown = tuple(events)
        self._arrange()

    # Keys

    def action_move(self, steps: int) -> None:
        """Select another event."""
        if not self._rows:
            return
        index = max(0, min(index_of(self._rows, self._selected) + steps, len(self._rows) - 1))
        self._selected = self._rows[index]
        self._paint()
        self._scroll_to_selected()

    def action_move_to(self, index: int) -> None:
        """Select the first event, or the latest one."""
        self.action_move(len(self._rows) if index < 0 else -len(self._rows))

    def action_move_page(self, pages: int) -> None:
        """Move by pages of visible events."""
        self.action_move(pages * max(self._list.scrollable_content_region.height - 1, 1))

    def action_filter(self) -> None:
        """Open the filter line."""
        self.query_one(FilterLine).open(self._needle)

    def on_filter_line_typed(self, message: FilterLine.Typed) -> None:
        """Filter while the user types."""
        self._needle = message.needle
        self._arrange()

    def action_jump(self) -> None:
        """Close with the task of the selected event, if it has one."""
        if self._selected is not None and self._selected.ref is not None:
            self.dismiss(self._selected.ref)

    def action_back(self) -> None:
        """Clear the filter; close if there is none."""
        if self._needle:
            self._needle = ""
            self._arrange()
        else:
            self.dismiss(None)

    # The picture

    @property
    def _list(self) -> Canvas:
        return self.query_one("#log", Canvas)

    def _arrange(self) -> None:
        """List the events that match the filter; the selected event stays selected and at its place on the screen."""
        before = index_of(self._rows, self._selected)
        self._rows = tuple(event for event in self.events_shown if matches(event, self._needle))
        if self._selected is None and self._rows:
            self._selected = self._rows[-1]
        elif self._selected not in self._rows:
            self._selected = self._rows[min(before, len(self._rows) - 1)] if self._rows else None
        moved = index_of(self._rows, self._selected) - before
        if not self._is_there:
            return
        top = self._list.scroll_offset.y
        self._paint()
        if moved:
            self._list.scroll_to(y=max(top + moved, 0), animate=False, force=True)
        self.call_after_refresh(self._scroll_to_selected)

    def _scroll_to_selected(self) -> None:
        if self._is_there and self._rows:
            row = Region(0, index_of(self._rows, self._selected), 1, 1)
            self._list.scroll_to_region(row, animate=False, force=True, x_axis=False)
            self._paint()

    @property
    def _is_there(self) -> bool:
        """Whether the widgets exist: a periodic update may come before and after that."""
        return self.is_attached and bool(self.children)

    @property
    def _why_empty(self) -> str:
        if not self._is_whole:
            return "Looking up what is remembered"
        return "No event matches the filter" if self.events_shown else "Nothing has happened yet"

    def _paint(self) -> None:
        if not self._is_there:
            return
        log = self._list
        width = log.drawn_width
        lines: list[Line] = [event_line(event, self._zone, width) for event in self._rows]
        if lines:
            selected = index_of(self._rows, self._selected)
            lines[selected] = with_role(lines[selected], "cursor")
        else:
            lines = [(Span(f" {self._why_empty}", "dim"),)]
        log.show_lines(lines)
        bottom = log.scroll_offset.y + log.scrollable_content_region.height
        self._unseen -= set(self._rows[:bottom])
        below = sum(event in self._unseen for event in self._rows[bottom:])
        offset = offset_name(self._zone, self._selected.at) if self._selected is not None else ""
        title = title_line(len(self._rows), len(self.events_shown), below, offset, self.size.width)
        self.query_one("#log-title", Canvas).show_lines([title])
        height = 3 if self.size.height < _SHORT else 4
        full = event_in_full(self._selected, self._zone, self.size.width, height)
        self.query_one("#log-event", Canvas).show_lines([*full, *[()] * (height - len(full))])
