"""What a slow line delivers in one piece is done in the order of the keys, in every field."""

from typing import ClassVar

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from omstui.ui.dialogs.inputs import LineInput
from omstui.ui.dialogs.task_lines import TaskLines
from omstui.ui.dialogs.token_field import TokenField
from omstui.ui.widgets.filter_line import FilterLine
from tests.ui.dialogs.hosting import settled


class FieldApp(App[None]):
    """Holds one field, and counts a key of its own."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("j", "step", "Step")]

    def __init__(self, field: Widget) -> None:
        super().__init__()
        self.field = field
        self.needles: list[str] = []
        self.steps = 0

    def compose(self) -> ComposeResult:
        yield self.field

    def on_mount(self) -> None:
        if isinstance(self.field, FilterLine):
            self.field.open("")
        self.field.focus()

    def on_filter_line_typed(self, message: FilterLine.Typed) -> None:
        self.needles.append(message.needle)

    def action_step(self) -> None:
        self.steps += 1

    @property
    def text(self) -> str:
        match self.field:
            case LineInput():
                return self.field.value
            case TaskLines():
                return self.field.text
            case TokenField():
                return self.field.take().reveal()
        return self.needles[-1]


@pytest.mark.parametrize("key", ["ctrl+u", "backspace"])
@pytest.mark.parametrize("make", [LineInput, TaskLines, TokenField, FilterLine])
async def test_what_is_pasted_right_after_a_key_comes_after_it(make: type[Widget], key: str) -> None:
    """It was cleared with what stood there before, or lost its own last character."""
    app = FieldApp(make())
    async with app.run_test() as pilot:
        await settled(pilot)
        for event in (events.Paste("first"), events.Key(key, None), events.Paste("second")):
            app.post_message(event)
        await settled(pilot)
        is_whole = key == "ctrl+u" or make is TokenField
        assert app.text == ("second" if is_whole else "firssecond")


@pytest.mark.parametrize(("key", "needle"), [("enter", "a"), ("escape", "")])
async def test_a_key_right_after_the_filter_was_closed_is_not_its_text(key: str, needle: str) -> None:
    app = FieldApp(FilterLine())
    async with app.run_test() as pilot:
        await settled(pilot)
        for event in (events.Key("a", "a"), events.Key(key, None), events.Key("j", "j"), events.Paste("x")):
            app.post_message(event)
        await settled(pilot)
        assert (app.needles[-1], app.steps) == (needle, 1)
