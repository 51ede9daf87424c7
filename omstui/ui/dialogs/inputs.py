"""The inputs of the dialogs: a line, a line with its label, a choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from omstui.core.text import NOT_KEPT, holds_token, tame
from omstui.ui.dialogs.dialog import Note
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.formats import clean
from omstui.ui.drawing.line import Line, Span, width_of
from omstui.ui.keys.type_ahead import Entered
from omstui.ui.terminal.compat import ran_own_action
from omstui.ui.terminal.token_rest import TokenRest


class LineInput(Input):
    """An `Input` whose cursor does not blink and which tames pasted text.

    With `is_proposal` its text is selected on focus, so that typing replaces it. A text that looks like a token is
    refused unless it is the initial value: such a paste changes nothing; such typing empties the field and is ignored
    until a key that edits.
    """

    @dataclass
    class TokenRefused(Message):
        """The typed or pasted text looks like a token."""

    posts_entered: ClassVar[bool] = True
    """Whether `Entered` is posted after enter was handled, for which `TypeAhead` waits."""

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        max_length: int = 0,
        suggester: Suggester | None = None,
        is_proposal: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        self._initial = tame(value)
        self._rest = TokenRest()
        super().__init__(
            self._initial,
            placeholder=placeholder,
            max_length=max_length,
            suggester=suggester,
            select_on_focus=is_proposal,
            id=id,
        )
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """Return the value; an empty one for what looks like a token, unless it is the initial value."""
        if value == self._initial or not holds_token(value):
            return value
        if self.is_attached:
            self._rest.begin()
            self.call_after_refresh(self.post_message, self.TokenRefused())  # after the message about the empty field
        return ""

    async def on_key(self, event: events.Key) -> None:
        """Run bound keys at once, before a paste that follows; ignore the rest of a token."""
        if self._rest.holds(event):
            event.stop()
            event.prevent_default()
        elif not event.is_printable:
            await ran_own_action(self, event)
        if event.key == "enter":
            self.post_message(Entered(self))

    def on_paste(self, event: events.Paste) -> None:
        """Turn pasted text into one tamed line that fits the field; refuse a token."""
        self._rest.end()
        text = tame(event.text)
        if holds_token(text):
            event.stop()
            event.prevent_default()
            self.post_message(self.TokenRefused())
            return
        if self.max_length:
            selected = abs(self.selection.end - self.selection.start)
            text = text[: max(self.max_length - len(self.value) + selected, 0)]
        event.text = text

    def action_copy(self) -> None:
        """Copy the selection, and pass the key on, since users also try to quit with ctrl+c.

        Raises:
            SkipAction: always, so that the app shows how to quit.
        """
        if self.selected_text:
            super().action_copy()
        raise SkipAction

    def action_paste(self) -> None:
        """Paste the program's own clipboard as a paste event, so that the same checks apply."""
        self.post_message(events.Paste(self.app.clipboard))


class Field(Vertical):
    """One labelled line for typing; an error is shown right below it."""

    @dataclass
    class Edited(Message):
        """The text of the field has changed."""

        field: "Field"

    def __init__(
        self,
        label: str,
        value: str = "",
        *,
        placeholder: str = "",
        suggester: Suggester | None = None,
        has_remark: bool = False,
        is_proposal: bool = False,
        id: str,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(id=id, classes="field")
        self._label = label
        self._has_remark = has_remark
        self._input = LineInput(value, placeholder=placeholder, suggester=suggester, is_proposal=is_proposal)

    def compose(self) -> ComposeResult:
        """Place label, field and remark; the remark is beside the field if it fits, else below."""
        with Horizontal(classes="row"):
            yield Static(self._label, classes="name", markup=False)
            yield self._input
            if self._has_remark:
                yield Note(classes="beside")
        yield Note(classes="below")

    @property
    def value(self) -> str:
        """The typed text, tamed."""
        return tame(self._input.value)

    def focus_input(self) -> None:
        """Focus the line."""
        self._input.focus()

    @property
    def is_focused(self) -> bool:
        """Whether the line has the focus."""
        return self._input.has_focus

    def show_remark(self, text: str) -> None:
        """Show a remark about the text, and clear an error."""
        for note in self.query(Note):
            note.say(text)
        self.remove_class("-wrong")

    def show_error(self, reason: str) -> None:
        """Show what is wrong with the text."""
        self.add_class("-wrong")
        self.query_one(".below", Note).say(reason, "bad")
        self.call_after_refresh(self.scroll_visible, animate=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Post `Edited` to the form."""
        event.stop()
        self.post_message(self.Edited(self))

    def on_line_input_token_refused(self, message: LineInput.TokenRefused) -> None:
        """Show why the field is empty."""
        message.stop()
        self.show_error(f"Refused: {NOT_KEPT}")


_LONGEST_NAME = 24


def choice_line(label: str, names: Sequence[str], chosen: int, width: int) -> Line:
    """Draw all names with the chosen one between arrows; if they do not fit, only that one and its place."""
    start = (Span(label, "dim"), Span("  "))
    spans: list[Span] = []
    for index, name in enumerate(names):
        is_chosen = index == chosen
        text = clean(name, _LONGEST_NAME)
        words = f"‹ {text} ›" if is_chosen else f"  {text}  "
        spans.append(Span(words, "strong accent" if is_chosen else "dim", f"choose({index})"))
    if width_of((*start, *spans)) <= width:
        return (*start, *spans)
    place = f" {chosen + 1} of {len(names)}"
    room = max(width - width_of(start) - len(place) - 4, 1)
    arrows = (
        Span("‹ ", "key", "step(-1)"),
        Span(clean(names[chosen], room), "strong accent"),
        Span(" ›", "key", "step(1)"),
    )
    return (*start, *arrows, Span(place, "dim"))


class Choice(Canvas, can_focus=True):
    """Lets the user choose a name with the left and right keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Previous choice", id="choice.previous"),
        Binding("right,space", "step(1)", "Next choice", id="choice.next"),
    ]

    @dataclass
    class Changed(Message):
        """Another name was chosen."""

        name: str

    def __init__(self, label: str, names: Sequence[str], chosen: str | None, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._label = label
        self._names = tuple(names)
        self._chosen = self._names.index(chosen) if chosen in self._names else 0

    @property
    def chosen(self) -> str:
        """The chosen name."""
        return self._names[self._chosen]

    def action_step(self, steps: int) -> None:
        """Choose the name so many steps further, and wrap around at the ends."""
        self.action_choose((self._chosen + steps) % len(self._names))

    def action_choose(self, index: int) -> None:
        """Choose the name at this place."""
        if index != self._chosen:
            self._chosen = index
            self._paint()
            self.post_message(self.Changed(self.chosen))

    def on_resize(self) -> None:
        """Repaint at the new size."""
        self._paint()

    def _paint(self) -> None:
        self.show_lines([choice_line(self._label, self._names, self._chosen, self.drawn_width)])
