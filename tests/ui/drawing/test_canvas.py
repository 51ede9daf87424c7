"""How a canvas draws what it is told."""

from pathlib import Path
from typing import ClassVar

import pytest
from textual.app import App, ComposeResult

from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.colours import PALETTES, SIXTEEN
from omstui.ui.terminal.themes import THEMES

ROLES = ("", "strong", "dim", "ok", "warn", "bad strong", "accent", "off")


class OneCanvas(App[None]):
    """Holds a canvas alone."""

    CSS_PATH: ClassVar = [Path(__file__).parents[3] / "omstui/ui/omstui.tcss"]

    def __init__(self, theme: str) -> None:
        super().__init__(ansi_color=theme == SIXTEEN)
        for known in THEMES:
            self.register_theme(known)
        self.theme = theme

    def compose(self) -> ComposeResult:
        yield Canvas(id="one")


@pytest.mark.parametrize("theme", [*PALETTES, SIXTEEN])
async def test_the_selected_line_has_one_ground_from_end_to_end(theme: str) -> None:
    """Turned round, a coloured word would be a block of its colour, and a dim one could hardly be read."""
    app = OneCanvas(theme)
    async with app.run_test():
        canvas = app.query_one(Canvas)
        styles = [canvas.role_style(f"{role} cursor".strip()) for role in ROLES]
        assert all(style.reverse for style in styles) is (theme == SIXTEEN)
        assert len({style.color if style.reverse else style.bgcolor for style in styles}) == 1
        assert not any(style.reverse and style.dim for style in styles)
        assert canvas.role_style("tag-red cursor").color != styles[0].color, "a profile's mark keeps its colour"
