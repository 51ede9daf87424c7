"""Writes only the cells that differ from what the terminal shows.

Textual writes each changed line from its widget's left edge. Over a slow line, and on a screen that is open for weeks,
that is most of the output. This module keeps the last picture, so that a change costs its own cells and little more.

It uses private names of Textual: those of `App` that say what is drawn, and the two updates of its compositor.
`is_supported` tells whether they are as expected; otherwise Textual paints by itself.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from inspect import signature
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS, RenderableType
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import App
from textual.driver import Driver
from textual.screen import Screen
from textual.strip import Strip

from omstui.ui.terminal.compat import driver_of, found, has

if TYPE_CHECKING:
    from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
else:
    ChopsUpdate, CompositorUpdate, LayoutUpdate = found(
        "textual._compositor", "ChopsUpdate", "CompositorUpdate", "LayoutUpdate"
    )

_SYNC_START, _SYNC_END = "\x1b[?2026h", "\x1b[?2026l"
"""Terminals that know these sequences show nothing between them."""

_ATTRIBUTES_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "6": "25", "7": "27", "8": "28", "9": "29"}
_QUICK = 512
"""Most bytes that a terminal takes in one piece, so that half a picture is never visible."""


class Look(NamedTuple):
    """A cell's colours and attributes, as codes of the terminal."""

    foreground: str = ""
    background: str = ""
    attributes: tuple[str, ...] = ()


class Cell(NamedTuple):
    """A character, empty for the second half of a wide one, and its look."""

    text: str
    look: Look


PLAIN = Look()
Row = list[Cell | None]


class LinkFound(Exception):  # noqa: N818 - not an error: Textual paints such a picture
    """The picture contains a hyperlink, which is not part of a cell's look."""


def is_supported() -> bool:
    """Return whether Textual's private names are as this module expects them, those of 8.2.

    The names are checked, not the version: reading the version takes ten times as long, and the version is pinned.
    """
    return (
        has(App, "_display", "_batch_count", "_closed", "_driver")
        and list(signature(App._display).parameters) == ["self", "screen", "renderable"]  # noqa: SLF001
        and list(signature(ChopsUpdate.__init__).parameters) == ["self", "chops", "spans", "chop_ends"]
        and list(signature(LayoutUpdate.__init__).parameters) == ["self", "strips", "region"]
    )


class Picture:
    """The picture on the terminal, as far as it is known; converts updates to the bytes that they need."""

    def __init__(self) -> None:
        self._rows: dict[int, Row] = {}
        self._size = (0, 0)

    def forget(self) -> None:
        """Forget what the terminal shows: the next updates are written in full."""
        self._rows.clear()

    def written(self, update: CompositorUpdate, size: tuple[int, int], color_system: ColorSystem) -> str | None:
        """Return the text to write for this update; ``None`` for an update that only Textual can paint.

        Args:
            update: from the compositor.
            size: the terminal's columns and rows; a changed size clears the picture.
            color_system: the terminal's colours.
        """
        if size != self._size:
            self._size = size
            self.forget()
        if isinstance(update, LayoutUpdate):
            runs = _runs_of_layout(update)
        elif isinstance(update, ChopsUpdate):
            runs = _runs_of_chops(update)
        else:
            self.forget()
            return None
        pen = _Pen()
        try:
            for x, y, segments in runs:
                self._paint(pen, x, y, list(_cells(segments, color_system)))
        except LinkFound:
            self.forget()
            return None
        return pen.finished()

    def _paint(self, pen: "_Pen", x: int, y: int, cells: list[Cell]) -> None:
        width, height = self._size
        if not 0 <= y < height or not 0 <= x < width:
            return
        cells = cells[: width - x]
        row = self._rows.setdefault(y, [None] * width)
        changed = [row[x + at] != cell for at, cell in enumerate(cells)]
        for at, cell in enumerate(cells):
            if changed[at] and not cell.text and at:  # one half of a wide character is never written alone
                changed[at - 1] = True
            if changed[at] and at + 1 < len(cells) and not cells[at + 1].text:
                changed[at + 1] = True
        for at, cell in enumerate(cells):
            if changed[at] and cell.text:
                pen.go_to(x + at, y, cells[pen.column - x : at] if pen.row == y and pen.column >= x else [])
                pen.put(cell)
        row[x : x + len(cells)] = cells


@dataclass
class _Pen:
    """Moves and writes with few bytes; keeps its position and look."""

    column: int = -1
    row: int = -1
    look: Look = PLAIN

    def __post_init__(self) -> None:
        self._pieces: list[str] = []

    def go_to(self, column: int, row: int, between: list[Cell]) -> None:
        """Move to a cell; `between` are the known cells on the way there."""
        if (column, row) == (self.column, self.row):
            return
        ways = [f"\x1b[{row + 1};{column + 1}H"]
        gap = column - self.column
        if row == self.row and self.column >= 0 < gap:
            ways.append(f"\x1b[{gap}C" if gap > 1 else "\x1b[C")
            if len(between) == gap and all(_is_simple(cell) and cell.look == self.look for cell in between):
                ways.append("".join(cell.text for cell in between))
        self._pieces.append(min(ways, key=lambda way: len(way.encode())))
        self.column, self.row = column, row

    def put(self, cell: Cell) -> None:
        """Write a cell at the current position."""
        if cell.look != self.look:
            self._pieces.append(_codes(self.look, cell.look))
            self.look = cell.look
        self._pieces.append(cell.text)
        # Terminals differ in the width of some characters: after those, the next position is absolute.
        self.column = self.column + 1 if _is_simple(cell) else -1

    def finished(self) -> str:
        """Return the written text, with the terminal's look reset at the end."""
        if self.look != PLAIN:
            self._pieces.append("\x1b[m")
        return "".join(self._pieces)


def _is_simple(cell: Cell) -> bool:
    """Whether every terminal draws the character in one cell."""
    return len(cell.text) == 1 and (cell.text.isascii() or cell_len(cell.text) == 1)


@lru_cache(maxsize=4096)
def _codes(old: Look, new: Look) -> str:
    """Return the sequence that changes one look to the other."""
    if old == new:
        return ""
    fresh = ";".join(part for part in (*new.attributes, new.foreground, new.background) if part)
    ways = [f"\x1b[0;{fresh}m" if fresh else "\x1b[m"]
    off = [_ATTRIBUTES_OFF.get(code) for code in old.attributes if code not in new.attributes]
    # One code ends both 1 and 2, so one of them cannot end while the other stays.
    shares_an_end = {"1", "2"} & set(old.attributes) and {"1", "2"} & set(new.attributes)
    if None not in off and not (off and shares_an_end):
        step = [code for code in off if code] + [code for code in new.attributes if code not in old.attributes]
        if new.foreground != old.foreground:
            step.append(new.foreground or "39")
        if new.background != old.background:
            step.append(new.background or "49")
        ways.append(f"\x1b[{';'.join(step)}m")
    return min(ways, key=len)


@lru_cache(maxsize=4096)
def _look(style: Style | None, color_system: ColorSystem) -> Look:
    """Return a style as the terminal's codes."""
    if style is None:
        return PLAIN
    if style.link:
        raise LinkFound
    foreground = ";".join(style.color.downgrade(color_system).get_ansi_codes()) if style.color else ""
    background = (
        ";".join(style.bgcolor.downgrade(color_system).get_ansi_codes(foreground=False)) if style.bgcolor else ""
    )
    bare = Style(**{name: getattr(style, name) for name in _ATTRIBUTE_NAMES})
    attributes = Strip.render_ansi(bare, color_system)
    return Look(foreground, background, tuple(attributes.split(";")) if attributes else ())


_ATTRIBUTE_NAMES = (
    "bold", "dim", "italic", "underline", "blink", "blink2", "reverse", "conceal", "strike", "underline2", "frame",
    "encircle", "overline",
)  # fmt: skip


_cell = lru_cache(maxsize=4096)(Cell)
"""Returns the same object for equal cells: a picture has thousands of cells, but few different ones."""


def _cells(segments: Iterable[Segment], color_system: ColorSystem) -> Iterator[Cell]:
    """Split segments into cells; characters without a width are added to the character before them."""
    last: Cell | None = None
    for text, style, control in segments:
        if control:
            continue
        look = _look(style, color_system)
        if text.isascii():
            if last is not None:
                yield from _and_its_shadow(last)
                last = None
            for char in text:
                yield _cell(char, look)
            continue
        for char in text:
            if cell_len(char) == 0 and last is not None:
                last = Cell(last.text + char, last.look)
                continue
            if last is not None:
                yield from _and_its_shadow(last)
            last = Cell(char, look)
    if last is not None:
        yield from _and_its_shadow(last)


def _and_its_shadow(cell: Cell) -> Iterator[Cell]:
    yield cell
    if cell_len(cell.text) == 2:
        yield Cell("", cell.look)


def _runs_of_layout(update: LayoutUpdate) -> Iterator[tuple[int, int, Iterable[Segment]]]:
    region = update.region
    for y, strips in enumerate(update.strips, region.y):
        yield region.x, y, [segment for strip in strips for segment in strip]


def _runs_of_chops(update: ChopsUpdate) -> Iterator[tuple[int, int, Iterable[Segment]]]:
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x >= x2 or end <= x1:
                continue
            start, stop = max(x, x1), min(end, x2)
            yield start, y, strip.crop(start - x, stop - x)


class CellPainter:
    """Paints an app in place of Textual: writes only the cells that have changed."""

    def __init__(self, app: App[Any]) -> None:
        """Take over the painting when `is_supported`; otherwise Textual paints."""
        self._app = app
        self._picture = Picture()
        self._paints = is_supported()
        self.is_holding = False
        """Whether nothing is written, so that the terminal keeps what it shows."""

        self.once_released: Callable[[], None] = lambda: None
        """Called when the picture has been written after `release`."""

        if self._paints:
            self._display_plainly = app._display  # noqa: SLF001
            app._display = self._display  # type: ignore[method-assign]  # noqa: SLF001

    def hold(self) -> None:
        """Write nothing until `release`: the terminal keeps what it shows."""
        self.is_holding = self._paints

    def release(self) -> None:
        """Write the current picture, and later its changes; do nothing once the app has closed its screens."""
        if not self._app.screen_stack:
            return
        if self.is_holding:
            self.is_holding = False
            self.redraw()
        self._app.screen.call_after_refresh(self.once_released)

    def hear(self, event: events.Event) -> None:
        """Forget the picture when the terminal may show something else."""
        if isinstance(event, events.Resize):
            self._picture.forget()
        elif isinstance(event, Driver.SignalResume):
            self.redraw()

    def redraw(self) -> None:
        """Write the whole picture again."""
        self._picture.forget()
        self._app.screen.refresh()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        app, driver = self._app, driver_of(self._app)
        if (
            renderable is None
            or driver is None
            or driver.is_inline
            or not app.is_running
            or app.is_headless
            or app._batch_count  # noqa: SLF001
            or app._closed  # noqa: SLF001
        ):
            self._display_plainly(screen, renderable)
            return
        if self.is_holding:
            app.post_display_hook()
            return
        size = (app.console.width, app.console.height)
        colors = COLOR_SYSTEMS.get(app.console.color_system or "", ColorSystem.TRUECOLOR)
        written = self._picture.written(renderable, size, colors) if isinstance(renderable, CompositorUpdate) else None
        if written is None:
            self._picture.forget()
            self._display_plainly(screen, renderable)
            return
        if written:
            # An input method shows its text at the cursor, and a last message appears there.
            column, row = screen.outer_size.clamp_offset(app.cursor_position)
            written += f"\x1b[{row + 1};{column + 1}H" if row or column else "\x1b[H"
            if len(written) > _QUICK and getattr(app, "_sync_available", False):
                written = f"{_SYNC_START}{written}{_SYNC_END}"
            driver.write(written)
            driver.flush()
        app.post_display_hook()
