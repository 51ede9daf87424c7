"""Draws the last known figures at once, before Textual, the network or the keyring is loaded.

It shows the watch list as the screen will show it a moment later, from the answers of the last run, each with its time.
"""

import shutil
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from types import FrameType, TracebackType
from typing import NoReturn, Self, TextIO

from rich.color import ColorSystem
from rich.style import Style

from omstui.backend.files.config import ConfigFile
from omstui.backend.files.watchlist import WatchListFile
from omstui.backend.history.last_answers import last_answers
from omstui.backend.runtime.files import FileError
from omstui.backend.screen_options import ScreenOptions
from omstui.core.task import TaskRef, WatchList
from omstui.core.watch.board import Board, TaskState
from omstui.core.watch.condition import ConditionIndex
from omstui.ui.drawing.colours import PALETTES, Palette
from omstui.ui.drawing.line import Line, Span, fitted, with_role
from omstui.ui.drawing.list_columns import Context, Layout
from omstui.ui.drawing.roles import role_style
from omstui.ui.terminal.ascii import to_ascii

_SMALLEST, _SIDE_BY_SIDE = (40, 12), 110
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l\x1b[H", "\x1b[m\x1b[?1049l\x1b[?25h"
_PANE_SHARE, _PANE_LEAST, _PANE_MOST = 0.37, 44, 84


def first_picture(options: ScreenOptions, now: datetime, columns: int, rows: int) -> list[Line]:
    """Return the lines of the picture; none when no figures are known, or when there is no room for it."""
    if options.demo or options.settings.history is None or columns < _SMALLEST[0] or rows < _SMALLEST[1]:
        return []
    recalled = last_answers(options.folders.history_file)
    if not recalled:
        return []
    try:
        profiles = ConfigFile(options.folders.config_file).load().profiles
        watchlist = WatchListFile(options.folders.watchlist_file).load()
    except FileError:  # the screen reports it
        return []
    wanted = WatchList(tuple(task for task in watchlist if options.profile in {None, task.ref.profile}))

    def zone_of(ref: TaskRef) -> tzinfo:
        return profiles[ref.profile].zone if ref.profile in profiles else UTC

    interval = options.settings.interval
    board = Board().watching(wanted).with_recalled(recalled, now, zone_of, interval)
    index = ConditionIndex.of(board, now, interval)
    states = list(board.states.values())
    if all(state.good is None for state in states):
        return []
    return _lines(states, Context(index, zone_of(states[0].ref)), columns, rows)


def _lines(states: list[TaskState], context: Context, columns: int, rows: int) -> list[Line]:
    width = columns
    if columns >= _SIDE_BY_SIDE:
        width -= min(max(int(columns * _PANE_SHARE), _PANE_LEAST), _PANE_MOST)
    layout = Layout.for_width(width)
    count = f"  {len(states)} task{'' if len(states) == 1 else 's'}"
    head = (Span(" omstui", "title"), Span(count, "strong"), Span("  last known figures; starting …", "dim"))
    list_rows = [fitted(layout.row(state, context), width) for state in states[: rows - 3]]
    list_rows[0] = with_role(list_rows[0], "cursor")
    lines = [with_role(fitted(head, columns), "panel"), layout.header(None, reverse=False), *list_rows]
    lines += [()] * (rows - 1 - len(lines)) + [with_role(fitted((), columns), "panel")]
    return [fitted(line, columns) for line in lines]


def written(lines: list[Line], palette: Palette | None, colors: ColorSystem, *, ascii_only: bool) -> str:
    """Return the lines with the terminal's escape sequences; without a palette, in the terminal's own colours."""
    base = Style(color=palette.foreground, bgcolor=palette.background) if palette is not None else Style()
    roles = {role for line in lines for _, role, _ in line}
    styles = {role: base + role_style(role, palette, is_ansi=palette is None) for role in roles}
    return "\r\n".join(
        "".join(
            styles[role].render(to_ascii(text) if ascii_only else text, color_system=colors) for text, role, _ in line
        )
        for line in lines
    )


class FirstPicture:
    """Holds the terminal from the first picture until the screen takes it over.

    If it is left earlier, by an error or a signal, it restores the terminal.
    """

    def __init__(self, screen: TextIO) -> None:
        self._screen = screen
        self._is_shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_shown:
            self._write(_LEAVE)

    def show(self, options: ScreenOptions, now: datetime, environ: Mapping[str, str], *, plain: bool) -> None:
        """Draw the picture, if there is anything to show.

        Args:
            options: of the screen.
            now: the current time.
            environ: tells the number of colours.
            plain: whether to use the terminal's own colours.
        """
        columns, rows = shutil.get_terminal_size()  # the same size as Textual's
        lines = first_picture(options, now, columns, rows)
        if not lines:
            return
        for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
            signal.signal(number, _leave)
        self._is_shown = True
        many = environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"}
        colors = ColorSystem.TRUECOLOR if many else ColorSystem.EIGHT_BIT
        palette = None if plain else PALETTES.get(options.settings.theme)
        self._write(_ENTER + written(lines, palette, colors, ascii_only=options.settings.ascii))

    def hand_over(self) -> None:
        """Leave the terminal to the screen, which draws over the picture and restores the terminal at its end."""
        self._is_shown = False

    def _write(self, text: str) -> None:
        self._screen.write(text)
        self._screen.flush()


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)
