"""The field for a secret."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from omstui.backend.secrets.secret import Secret
from omstui.ui.dialogs.typed_secret import TOKEN, SecretKind, TypedSecret
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.line import EMPTY, Line, Span, wrapped
from omstui.ui.terminal.compat import ran_own_action


class TokenField(Canvas, can_focus=True):
    """A field for a typed or pasted secret; it shows the length and, for a token, a fingerprint, never the value.

    The shown text is computed once for a burst of keys, since terminals without bracketed paste send a token as up to
    16,000 keys.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Check the token", id="token.check"),
        Binding("backspace,delete,ctrl+u", "clear", "Clear the token", id="token.clear"),
    ]

    @dataclass
    class Changed(Message):
        """The entered text has changed."""

        length: int
        """Characters of the secret, without blanks and quotes around it."""

        reason: str
        """Why it cannot be such a secret; empty when it can."""

    @dataclass
    class Submitted(Message):
        """Enter was pressed, and no more keys follow."""

    def __init__(self, kind: SecretKind = TOKEN, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._kind = kind
        self.typed = TypedSecret()
        """The entered text."""

        self._is_update_due = False
        self._is_submit_due = False
        self._shown = Span(kind.invitation, "dim")

    def expect(self, kind: SecretKind) -> None:
        """Clear the field for another kind of secret."""
        self._kind = kind
        self.action_clear()

    def take(self) -> Secret:
        """Return the secret, and keep it in the field.

        Raises:
            ValueError: the entered text cannot be one; the message says why, without the value.
        """
        return self.typed.read(self._kind)

    def action_clear(self) -> None:
        """Clear the field."""
        self.typed.clear()
        self._update_soon()

    def action_submit(self) -> None:
        """Post `Submitted`, unless the text changes at once: then enter was a line break within a paste."""
        self._is_submit_due = True
        self.call_after_refresh(self._submit)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Keep printable keys from the screen's bindings."""
        return character is not None and character.isprintable()

    async def on_key(self, event: events.Key) -> None:
        """Append a typed character; run a bound key at once, before a paste that follows."""
        if event.is_printable and event.character is not None:
            event.stop()
            event.prevent_default()
            self.typed.append(event.character)
            self._update_soon()
        else:
            await ran_own_action(self, event)

    def on_paste(self, event: events.Paste) -> None:
        """Append all lines of a paste."""
        event.stop()
        event.prevent_default()
        self.typed.append(event.text)
        self._update_soon()

    def on_resize(self) -> None:
        """Repaint at the new size."""
        self._paint()

    def _update_soon(self) -> None:
        """Show the changed text after a burst of keys; an enter right before the change does not submit."""
        self._is_submit_due = False
        if not self._is_update_due:
            self._is_update_due = True
            self.call_after_refresh(self._update)

    def _update(self) -> None:
        """Show what the entered text is, and post `Changed`."""
        self._is_update_due = False
        length, reason = len(self.typed), ""
        try:
            secret = self.typed.read(self._kind)
        except ValueError as error:
            reason = str(error)
            self._shown = Span(reason[:1].upper() + reason[1:], "bad")
        else:
            length = len(secret)
            fingerprint = f" · sha256 {secret.fingerprint[:8]}…" if self._kind.has_fingerprint else ""
            self._shown = Span(f"{length:,} character{'' if length == 1 else 's'}{fingerprint}", "strong")
        if not self.typed:
            self._shown = Span(self._kind.invitation, "dim")
        self._paint()
        self.post_message(self.Changed(length, reason))

    def _submit(self) -> None:
        if self._is_submit_due:
            self._is_submit_due = False
            self.post_message(self.Submitted())

    def _paint(self) -> None:
        width = self.drawn_width
        lines: list[Line] = wrapped(self._shown.text, width, self._shown.role) if width else []
        height = self.scrollable_content_region.height
        self.show_lines([*lines, *[EMPTY] * (height - len(lines))])
