"""A widget that draws lines and repaints only those that changed."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from omstui.ui.drawing.colours import PALETTES, SIXTEEN_COLOURS
from omstui.ui.drawing.line import EMPTY, Line, fitted
from omstui.ui.drawing.roles import role_style


class Canvas(ScrollView, can_focus=False):
    """Shows lines of spans; text is drawn unchanged and never parsed as markup.

    Equal lines cost only a comparison.
    """

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes)
        self.lines: list[Line] = []
        self._given: list[Line] = []
        """The lines before they were cut or padded to the width."""

        self._room = Size()
        """The size for which they were cut or padded."""

        self._styles_by_role: dict[str, Style] = {}

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Set the lines, and repaint those that differ from the shown ones."""
        room = self.scrollable_content_region.size
        given, is_known = list(lines), room == self._room
        if is_known and given == self._given:
            return
        old, width = self.lines, room.width
        kept = old if is_known else []
        self.lines = [
            kept[y] if y < len(kept) and self._given[y] == line else fitted(line, width) if width else line
            for y, line in enumerate(given)
        ]
        self._given, self._room = given, room
        if not self._has_room_told(len(given), room):
            self.refresh(layout=self._is_as_high_as_its_lines)
            return
        self._refresh_changes(old, self.lines, room.height)

    def _has_room_told(self, count: int, room: Size) -> bool:
        """Set Textual's scroll size; return whether it was the same, so that no new layout is needed.

        Lines that fit count as one line: else each step between months with different numbers of lines would lay out
        the screen again, which takes longer than drawing it.
        """
        fits = not self._is_as_high_as_its_lines and count <= room.height
        size = Size(room.width, 1 if fits else count)
        is_known = size == self.virtual_size
        self.virtual_size = size
        return is_known

    @property
    def _is_as_high_as_its_lines(self) -> bool:
        return self.styles.height is not None and self.styles.height.is_auto

    @property
    def drawn_width(self) -> int:
        """The width of a line in cells."""
        return self.scrollable_content_region.width

    def _refresh_changes(self, old: Sequence[Line], new: Sequence[Line], height: int) -> None:
        top = self.scroll_offset.y
        bottom = top + height
        self._repaint(
            y
            for y, (before, after) in enumerate(zip_longest(old[top:bottom], new[top:bottom], fillvalue=EMPTY))
            if before is not after and before != after
        )

    def _repaint(self, lines: Iterable[int]) -> None:
        """Repaint these lines of the visible part, in ascending order; the painter writes only cells that differ."""
        regions: list[Region] = []
        for y in lines:
            if regions and regions[-1].bottom == y:
                regions[-1] = regions[-1].grow((0, 0, 1, 0))
            else:
                regions.append(Region(0, y, self.drawn_width, 1))
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """Return one line of the visible part."""
        width = self.drawn_width
        line = fitted(self.line_at(y + self.scroll_offset.y), width)
        return Strip([Segment(text, self.role_style(role)) for text, role, _ in line], width)

    def line_at(self, row: int) -> Line:
        """Return a line of the whole picture; an empty line below its end."""
        return self.lines[row] if row < len(self.lines) else EMPTY

    def role_style(self, role: str) -> Style:
        """Return the style of a role."""
        style = self._styles_by_role.get(role)
        if style is None:
            palette = PALETTES.get(self.app.theme, SIXTEEN_COLOURS)
            style = self.rich_style + role_style(role, palette, is_ansi=self.app.native_ansi_color)
            self._styles_by_role[role] = style
        return style

    def notify_style_update(self) -> None:
        """Clear the cached styles when the theme or a class changes them."""
        self._styles_by_role.clear()
        super().notify_style_update()

    async def on_click(self, event: events.Click) -> None:
        """Run the action of the span under the mouse."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        action = self.action_at(offset.x, offset.y)
        if action:
            event.stop()
            await self.run_action(action)

    def action_at(self, x: int, y: int) -> str:
        """Return the action of the span at this place of the visible part; empty when there is none."""
        at = 0
        for span in self.line_at(y + self.scroll_offset.y):
            at += cell_len(span.text)
            if x < at:
                return span.action
        return ""
