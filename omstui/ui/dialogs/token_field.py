"""What a person is asked for, by the way a profile signs in."""

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
    """What it is called: ``token``."""

    invitation: str
    read: Callable[[str], Secret]
    """Makes a secret of what was entered; raises a `ValueError` that says why not, without the value."""

    has_fingerprint: bool = False
    """Whether a hash of it may be shown: a password could be guessed from one."""


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


def kind_of(way: str) -> SecretKind | None:
    """Return what is entered for a way to sign in; nothing for a command or a server's agency, which is asked again."""
    return None if way in {"command", "ecs"} else _KINDS.get(way, TOKEN)


_KEPT_AT_MOST = 8 * LONGEST_TOKEN
"""Characters, blanks and line breaks included; what is longer cannot be a token anyway."""


class TokenField(Canvas, can_focus=True):
    """Takes a token by typing or pasting, and shows its length and a fingerprint of it, never the token.

    Whatever comes in is a `Secret` from the first key on. What is shown is worked out once for a burst of keys, since
    terminals without bracketed paste deliver a token as sixteen thousand of them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Check the token", id="token.check"),
        Binding("backspace,delete,ctrl+u", "clear", "Clear the token", id="token.clear"),
    ]

    @dataclass
    class Changed(Message):
        """What was entered has changed."""

        length: int
        """Characters of the token, without the blanks and quotes round it."""

        reason: str
        """Why it cannot be a token; empty when it can."""

    @dataclass
    class Submitted(Message):
        """Enter was pressed, and no more keys are under way."""

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
        """Begin anew, for another kind of secret."""
        self._kind = kind
        self.action_clear()

    def take(self) -> Secret:
        """Return the secret, which also stays in the field.

        Raises:
            ValueError: what was entered cannot be one; the message says why, without the value.
        """
        return self._kind.read(self._joined().reveal())

    def expect_another(self) -> None:
        """Keep the token for another try, but begin anew with the next key or paste."""
        self._is_tried = True

    def action_clear(self) -> None:
        """Forget what was entered."""
        self._pieces, self._count, self._is_tried = [], 0, False
        self._settle_soon()

    def action_submit(self) -> None:
        """Say that the token is complete, unless more keys follow: then it was a line break within a paste."""
        self._is_submitting = True
        self.call_after_refresh(self._submit)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Keep printable keys from the screen's bindings."""
        return character is not None and character.isprintable()

    async def on_key(self, event: events.Key) -> None:
        """Take a typed character, and do at once what is bound here, before what is pasted next."""
        if event.is_printable and event.character is not None:
            event.stop()
            event.prevent_default()
            self._append(event.character)
        else:
            await did_own(self, event)

    def on_paste(self, event: events.Paste) -> None:
        """Take a paste, all lines of it."""
        event.stop()
        event.prevent_default()
        self._append(event.text)

    def on_resize(self) -> None:
        """Draw at the new size."""
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
        """Show and tell what has been entered by now."""
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
