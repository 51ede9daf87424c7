"""The dialog that lists the keys."""

from collections.abc import Container, Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen

from omstui.ui.dialogs.dialog import Dialog, Note
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.formats import clean
from omstui.ui.drawing.line import Line, Span, fitted, joined, width_of, wrapped
from omstui.ui.keys.names import key_name
from omstui.ui.widgets.key_hints import KeyHint, KeyHints


class HelpEntry(NamedTuple):
    """One line of the help."""

    keys: str
    description: str
    binding_id: str = ""
    """The id for remapping the keys."""

    when: str = ""
    """When the keys work, if they have no effect now."""


Groups = Sequence[tuple[str, Sequence[HelpEntry]]]
"""Titles with their entries."""

_TWO_COLUMNS = 84
_GUTTER = 4
_WIDEST_KEYS = 16
_OTHER = "Screen"
_NOT_NOW = "not now"


def help_groups(bindings: Iterable[Binding], disabled: Container[str] = ()) -> list[tuple[str, list[HelpEntry]]]:
    """Return the bindings grouped by the first part of their ids; ids without a dot form the last group.

    A binding without an id or a description is left out. Bindings with the same id are one entry with all its keys.

    Args:
        bindings: the active bindings.
        disabled: the ids of those that have no effect now; their tooltips say when they work.
    """
    entries: dict[str, tuple[list[str], Binding]] = {}
    for binding in bindings:
        if not binding.id or not binding.description:
            continue
        keys, _ = entries.setdefault(binding.id, ([], binding))
        keys.extend(name for key in binding.key.split(",") if (name := key_name(key.strip())) not in keys)
    groups: dict[str, list[HelpEntry]] = {}
    for binding_id, (keys, binding) in entries.items():
        part, dot, _ = binding_id.partition(".")
        title = part[:1].upper() + part[1:] if dot else _OTHER
        when = (binding.tooltip or _NOT_NOW) if binding_id in disabled else ""
        groups.setdefault(title, []).append(HelpEntry(" ".join(keys), binding.description, binding_id, when))
    return sorted(groups.items(), key=lambda group: group[0] == _OTHER)


def help_lines(groups: Groups, width: int) -> list[Line]:
    """Draw the groups, in two columns if the width allows."""
    keys_width = min(max((cell_len(entry.keys) for _, entries in groups for entry in entries), default=0), _WIDEST_KEYS)
    if width < _TWO_COLUMNS:
        return _column(groups, keys_width, width)
    column_width = (width - _GUTTER) // 2
    blocks = [_column([group], keys_width, column_width) for group in groups]
    middle = sum(len(block) + 1 for block in blocks) / 2
    columns: tuple[list[Line], list[Line]] = ([], [])
    drawn = 0
    for block in blocks:
        column = columns[0] if not columns[1] and drawn + len(block) / 2 <= middle else columns[1]
        column.extend([*([()] if column else []), *block])
        drawn += len(block) + 1
    left, right = columns
    rows = max(len(left), len(right))
    gutter = Span(" " * _GUTTER)
    return [
        (*fitted(left[row] if row < len(left) else (), column_width), gutter, *(right[row] if row < len(right) else ()))
        for row in range(rows)
    ]


def _column(groups: Groups, keys_width: int, width: int) -> list[Line]:
    lines: list[Line] = []
    for title, entries in groups:
        if lines:
            lines.append(())
        lines.append((Span(clean(title, width), "title"),))
        for keys, description, binding_id, when in entries:
            name = clean(keys, keys_width)
            start = Span(name + " " * (keys_width - cell_len(name)), "dim" if when else "key")
            room = max(width - keys_width - 2, 1)
            text = clean(f"{description}, {when}" if when else description, 200)
            rows = [*wrapped(text, room, "dim" if when else "")]
            id_span = Span(clean(binding_id, room), "dim")
            if width_of(rows[-1]) + 2 + width_of((id_span,)) <= room:
                rows[-1] = joined(rows[-1], (id_span,), room)
            elif binding_id:
                rows.append((id_span,))
            lines.append((start, Span("  "), *rows[0]))
            lines.extend((Span(" " * (keys_width + 2)), *row) for row in rows[1:])
    return lines


def open_help(screen: Screen[Any]) -> None:
    """Show the current keys of this screen and of its focused widget."""
    bound = screen.active_bindings.values()
    disabled = {active.binding.id or "" for active in bound if not active.enabled}
    groups = help_groups((active.binding for active in bound), disabled)
    screen.app.push_screen(HelpScreen("Keys", groups))


class HelpScreen(Dialog[None]):
    """Shows the keys of a screen, and scrolls if they do not fit."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "dismiss", "Back", id="help.close"),
        Binding("down,j", "move(1)", "Down", id="help.down"),
        Binding("up,k", "move(-1)", "Up", id="help.up"),
        Binding("pagedown,space", "move_page(1)", "Page down", id="help.page-down"),
        Binding("pageup", "move_page(-1)", "Page up", id="help.page-up"),
        Binding("home,g", "move_edge(-1)", "First line", id="help.first"),
        Binding("end,G", "move_edge(1)", "Last line", id="help.last"),
    ]

    SCROLLED = ("#help-keys", 0)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable `help`: the help has no help."""
        return action != "help"

    def __init__(self, title: str, groups: Groups) -> None:
        super().__init__()
        self._heading = title
        self._groups = groups

    def compose(self) -> ComposeResult:
        """Place title, list and keys."""
        with Vertical(classes="dialog"):
            yield Note(clean(self._heading, 60), classes="title")
            yield Canvas(id="help-keys")
            yield KeyHints(
                [
                    KeyHint("↑ ↓ PgUp PgDn", "scroll", ids="help.up help.down help.page-up help.page-down"),
                    KeyHint("esc", "back", "screen.dismiss", "help.close"),
                ]
            )

    def on_mount(self) -> None:
        """Paint once the size is known."""
        self.call_after_refresh(self._paint)

    def on_resize(self, event: events.Resize) -> None:
        """Repaint after the dialog has set the height (Textual calls both handlers)."""
        self.call_after_refresh(self._paint)

    def _paint(self) -> None:
        canvas = self.query_one("#help-keys", Canvas)
        canvas.show_lines(help_lines(self._groups, canvas.drawn_width))

    def action_move(self, rows: int) -> None:
        """Scroll by rows."""
        self.query_one("#help-keys", Canvas).scroll_relative(y=rows, animate=False)

    def action_move_page(self, pages: int) -> None:
        """Scroll by visible pages."""
        self.action_move(pages * max(self.query_one("#help-keys", Canvas).size.height - 1, 1))

    def action_move_edge(self, direction: int) -> None:
        """Scroll to the first or the last line."""
        self.action_move(direction * len(self.query_one("#help-keys", Canvas).lines))
