"""The smallest app that Textual can run, to compare with: ``python -m tests.bench.floor``; ctrl+q ends it."""

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static


class Floor(App[None]):
    """Says how many keys were pressed."""

    presses = 0

    def compose(self) -> ComposeResult:
        yield Static("floor 0", id="count")

    def on_key(self, _: events.Key) -> None:
        self.presses += 1
        self.query_one("#count", Static).update(f"floor {self.presses}")


if __name__ == "__main__":
    Floor().run()
