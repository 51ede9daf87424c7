"""The smallest Textual app that shows a clock, to compare an idle screen with: ``python -m tests.clock_app``."""

from datetime import UTC, datetime

from textual.app import App, ComposeResult
from textual.widgets import Static


class ClockApp(App[None]):
    """Shows the time, each second anew."""

    def compose(self) -> ComposeResult:
        yield Static("the clock")

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        self.query_one(Static).update(f"the clock {datetime.now(UTC):%H:%M:%S}")


if __name__ == "__main__":
    ClockApp().run()
