"""The field for a secret, and the kinds of secrets by sign-in method."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from msgspec import Struct
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from omstui.backend.http.signing import AccessKeys
from omstui.backend.secrets.secret import LONGEST_TOKEN, Secret
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.line import Line, Span, wrapped
from omstui.ui.terminal.compat import did_own

_LONGEST_PASSWORD = 1024


class SecretKind(Struct, frozen=True):
    """One kind of secret that can be typed or pasted."""

    word: str
    """The name of the kind: ``token``."""

    invitation: str
    read: Callable[[str], Secret]
    """Returns the secret of the entered text; raises `ValueError` with the reason, without the value."""

    has_fingerprint: bool = False
    """Whether its hash may be shown: a password could be guessed from it."""


def _read_password(text: str) -> Secret:
    password = text.strip("\r\n")
    if not password:
        raise ValueError("the password is empty")
    if not password.isprintable():
        raise ValueError("a password has one line of printable characters")
    if len(password) > _LONGEST_PASSWORD:
        raise ValueError(f"the password has {len(password):,} characters, at most {_LONGEST_PASSWORD:,} are possible")
    return Secret(password)


def _read_keys(text: str) -> Secret:
    return AccessKeys.read("\n".join(text.split())).written


TOKEN = SecretKind("token", "Paste the token here; it is not shown", Secret.token, has_fingerprint=True)
PASSWORD = SecretKind("password", "Type the password here; it is not shown", _read_password)
KEYS = SecretKind("access keys", "Paste access key, blank, secret key; they are not shown", _read_keys)

_KINDS = {"token": TOKEN, "password": PASSWORD, "aksk": KEYS}


def kind_of(method: str) -> SecretKind | None:
    """Return the kind of secret of a sign-in method; ``None`` for a command or a server's agency, which need none."""
    return None if method in {"command", "ecs"} else _KINDS.get(method, TOKEN)


_KEPT_AT_MOST = 8 * LONGEST_TOKEN
"""The most characters, with blanks and line breaks; a longer text cannot be a token."""


class TokenField(Canvas, can_focus=True):
    """A field for a typed or pasted secret; it shows the length and, for a token, a fingerprint, never the value.

    Each typed or pasted piece is a `Secret`. The shown text is computed once for a burst of keys, since terminals
    without bracketed paste send a token as up to 16,000 keys.
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
        self._pieces: list[Secret] = []
        self._count = 0
        self._is_settling = False
        self._is_submitting = False
        self._is_tried = False
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
        return self._kind.read(self._joined().reveal())

    def expect_another(self) -> None:
        """Keep the secret for a retry; the next key or paste replaces it."""
        self._is_tried = True

    def action_clear(self) -> None:
        """Clear the field."""
        self._pieces, self._count, self._is_tried = [], 0, False
        self._settle_soon()

    def action_submit(self) -> None:
        """Post `Submitted`, unless more keys follow at once: then enter was a line break within a paste."""
        self._is_submitting = True
        self.call_after_refresh(self._submit)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Keep printable keys from the screen's bindings."""
        return character is not None and character.isprintable()

    async def on_key(self, event: events.Key) -> None:
        """Append a typed character; run a bound key at once, before a paste that follows."""
        if event.is_printable and event.character is not None:
            event.stop()
            event.prevent_default()
            self._append(event.character)
        else:
            await did_own(self, event)

    def on_paste(self, event: events.Paste) -> None:
        """Append all lines of a paste."""
        event.stop()
        event.prevent_default()
        self._append(event.text)

    def on_resize(self) -> None:
        """Repaint at the new size."""
        self._paint()

    def _append(self, text: str) -> None:
        if self._is_tried:
            self._pieces, self._count, self._is_tried = [], 0, False
        self._is_submitting = False
        if self._count < _KEPT_AT_MOST:
            self._pieces.append(Secret(text))
            self._count += len(text)
        self._settle_soon()

    def _joined(self) -> Secret:
        return Secret("".join(piece.reveal() for piece in self._pieces))

    def _settle_soon(self) -> None:
        if not self._is_settling:
            self._is_settling = True
            self.call_after_refresh(self._settle)

    def _settle(self) -> None:
        """Show the result for the entered text, and post `Changed`."""
        self._is_settling = False
        entered = self._joined()
        self._pieces = [entered] if entered else []
        length, reason = len(entered), ""
        try:
            token = self._kind.read(entered.reveal())
        except ValueError as error:
            reason = str(error)
            self._shown = Span(_sentence(reason), "bad")
        else:
            length = len(token)
            fingerprint = f" · sha256 {token.fingerprint[:8]}…" if self._kind.has_fingerprint else ""
            self._shown = Span(f"{length:,} character{'' if length == 1 else 's'}{fingerprint}", "strong")
        if not entered:
            self._shown = Span(self._kind.invitation, "dim")
        self._paint()
        self.post_message(self.Changed(length, reason))

    def _submit(self) -> None:
        if self._is_submitting:
            self._is_submitting = False
            self.post_message(self.Submitted())

    def _paint(self) -> None:
        width = self.drawn_width
        lines: list[Line] = wrapped(self._shown.text, width, self._shown.role) if width else []
        height = self.scrollable_content_region.height
        self.show_lines([*lines, *[()] * (height - len(lines))])


def _sentence(reason: str) -> str:
    return reason[:1].upper() + reason[1:]
