"""The form for a secret: the field, the check of what was entered, and a sentence on both."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.worker import Worker

from omstui.backend.secrets.secret import Secret
from omstui.ui.dialogs.dialog import Note
from omstui.ui.dialogs.token_field import TokenField
from omstui.ui.dialogs.typed_secret import SecretKind
from omstui.ui.widgets.key_hints import KeyHint

CHECKING = "Checking with one request …"
_STORING = "Accepted; it is being stored …"


class SecretForm(Vertical):
    """Asks for a secret, and runs one check at a time; a change of the text stops the check."""

    @dataclass
    class KeysChanged(Message):
        """`key_hints` may have changed."""

    def __init__(self, submit: Callable[[Secret], None], escape: KeyHint, advice: str = "") -> None:
        """Prepare the form.

        Args:
            submit: gets the entered secret, and calls `check` if it has to be checked.
            escape: the hint for the key that stops the check or leaves the form.
            advice: the sentence below the field before anything was checked.
        """
        super().__init__()
        self._submit = submit
        self._escape = escape
        self._advice = advice
        self._field = TokenField(id="token")
        self._note = Note(advice, id="outcome")
        self._check: Worker[None] | None = None
        self._can_stop = True

    def compose(self) -> ComposeResult:
        """Place the field, and the sentence below it."""
        yield self._field
        yield self._note

    @property
    def is_open(self) -> bool:
        """Whether the field is shown; the sentence always is."""
        return self._field.display

    def open(self) -> None:
        """Show the field, and focus it."""
        self._field.display = True
        self._field.focus()

    def open_for(self, kind: SecretKind, advice: str) -> None:
        """Show an empty field for a secret of this kind, with advice below it."""
        self._field.expect(kind)
        self._advice = advice
        self.open()
        self.say(advice)

    def close(self) -> None:
        """Hide the field, and clear it."""
        if self.is_open:
            self._field.display = False
            self.clear()

    def clear(self) -> None:
        """Clear the field."""
        self._field.action_clear()

    def say(self, text: str, tone: str = "") -> None:
        """Show a sentence below the field."""
        self._note.say(text, tone)
        self.post_message(self.KeysChanged())

    @property
    def key_hints(self) -> list[KeyHint]:
        """The keys that work now."""
        if not self.is_checking:
            check = KeyHint("enter", "check", ids="token.check")
            return [check, KeyHint("ctrl+u", "clear", ids="token.clear"), self._escape]
        return [self._escape._replace(words="stop checking")] if self._can_stop else []

    def on_token_field_changed(self, message: TokenField.Changed) -> None:
        """Stop the check of the earlier text."""
        message.stop()
        if self.is_open and (self.is_checking or message.length) and self._cancel():
            self.say(self._advice)

    def on_token_field_submitted(self, message: TokenField.Submitted) -> None:
        """Submit the entered text."""
        message.stop()
        self.submit()

    def submit(self) -> None:
        """Hand over the entered secret, or say why the text cannot be one; do nothing during a check."""
        if not self.is_open or self.is_checking:
            return
        try:
            secret = self._field.take()
        except ValueError as error:
            reason = str(error)
            self.say(f"Not checked: {reason}", "bad")
        else:
            self._submit(secret)

    # The check

    @property
    def is_checking(self) -> bool:
        """Whether a check is running."""
        return self._check is not None and not self._check.is_finished

    def check(self, work: Coroutine[None, None, None], words: str = CHECKING) -> None:
        """Run a check, which shows its result itself, and show these words meanwhile."""
        self._check = self.run_worker(work, group="check", exclusive=True)
        self._can_stop = True
        self.say(words)

    def show_storing(self) -> None:
        """Say that the checked secret was accepted and is being stored, which cannot be stopped."""
        self._can_stop = False
        self.say(_STORING)

    def show_refusal(self, reason: str) -> None:
        """Show why the secret was not accepted; it stays for a retry, and the next key or paste replaces it."""
        self._field.typed.replace_next()
        self.say(reason, "bad")

    def stop(self) -> None:
        """Stop the check if it can be stopped, and say so."""
        if self._cancel():
            self.say("The check was stopped. Enter checks again" if self.is_open else "The check was stopped")

    def _cancel(self) -> bool:
        """Cancel the check; return ``False`` if one is running that cannot be stopped."""
        if self.is_checking and not self._can_stop:
            return False
        if self._check is not None:
            self._check.cancel()
            self._check = None
        return True
