"""What a terminal shows that gets every update of the picture, and nothing but those."""

import pyte
from rich.console import Console, RenderableType
from textual._compositor import CompositorUpdate
from textual.screen import Screen

from tests.ui.running import Running


class Glass:
    """Stands before a running app from now on; begins with its whole picture."""

    def __init__(self, run: Running) -> None:
        self._run = run
        self._screen = pyte.Screen(*run.app.size)
        self._stream = pyte.Stream(self._screen)
        self.updates = 0
        display = run.app._display

        def _display(screen: Screen[object], renderable: RenderableType | None) -> None:
            if isinstance(renderable, CompositorUpdate):
                self.updates += 1
                self._stream.feed(renderable.render_segments(Console(color_system="truecolor")))
            display(screen, renderable)

        run.app._display = _display  # type: ignore[method-assign]  # the headless driver gets nothing
        run.app.screen.refresh()

    @property
    def text(self) -> str:
        """The characters that stand there."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    async def after_drawing_all(self) -> str:
        """Have everything drawn once more, and return what stands there then."""
        for widget in self._run.app.screen.walk_children(with_self=True):
            widget.refresh()
        await self._run.pilot.pause()
        return self.text
