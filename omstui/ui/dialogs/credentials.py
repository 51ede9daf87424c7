"""The dialog that lists credentials and takes new ones."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, tzinfo
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.worker import Worker

from omstui.backend.secrets.secret import Secret
from omstui.backend.workspace import Renewal
from omstui.core.zone import offset_name
from omstui.ui.dialogs.credential_list import CredentialList, CredentialReport, Moment
from omstui.ui.dialogs.dialog import Dialog
from omstui.ui.dialogs.key_hints import KeyHint, KeyHints
from omstui.ui.dialogs.note import Note
from omstui.ui.dialogs.secret_kind import SecretKind, kind_of
from omstui.ui.dialogs.token_field import TokenField
from omstui.ui.text import clean

__all__ = ["CredentialReport", "CredentialsDialog"]

_LONGEST_NAME = 40
CHECKING = "Checking with one request …"
RUNNING = "Running the command …"
ASKING = "Asking this server's agency …"
KEEPING = "Accepted; it is being stored …"


class CredentialsDialog(Dialog[None]):
    """Shows how each profile signs in; enter takes a new secret for the selected one and has it checked."""

    AUTO_FOCUS = ""
    SCROLLED = ("#credential-list", 3)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Next profile", id="credentials.down"),
        Binding("up,k", "move(-1)", "Previous profile", id="credentials.up"),
        Binding("enter", "renew", "Give a new credential", id="credentials.renew"),
        Binding("escape,q", "back", "Back", id="credentials.close"),
    ]

    def __init__(
        self,
        reports: Sequence[CredentialReport],
        renew: Callable[[str, Secret | None, Callable[[], None]], Awaitable[Renewal]],
        *,
        now: datetime,
        zone: tzinfo,
    ) -> None:
        """Take what is shown, and the call that has a new credential checked and kept.

        Args:
            reports: one for each profile.
            renew: takes a profile's name and its new secret, or nothing to run its command, and what to call once it is
                accepted; returns what came of it.
            now: the present moment.
            zone: the zone in which times are shown.
        """
        super().__init__()
        self._reports = tuple(reports)
        self._renew = renew
        self._moment = Moment(now, zone)
        self._selected = 0
        self._renewed: frozenset[str] = frozenset()
        self._check: Worker[None] | None = None
        self._is_keeping = False
        """Whether what was accepted is being stored, which nobody stops any more."""

    def compose(self) -> ComposeResult:
        """Place the list, the field that takes its place, what there is to say, and the keys."""
        with Vertical(classes="dialog"):
            yield Note(id="heading", classes="title")
            yield CredentialList(self._reports, self._moment, id="credential-list")
            yield TokenField(id="token")
            yield Note(id="outcome")
            yield KeyHints()

    def on_mount(self) -> None:
        """Begin with the list."""
        self._show_list("")

    @property
    def is_typing(self) -> bool:
        """Whether the field is open."""
        return self.has_class("-typing")

    @property
    def is_checking(self) -> bool:
        """Whether a token is being checked."""
        return self._check is not None and not self._check.is_finished

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keep the list's keys to the list."""
        return not (self.is_typing and action in {"move", "renew", "pick"}) or None

    # The list

    def action_move(self, steps: int) -> None:
        """Select another profile."""
        if self._reports:
            self._selected = max(0, min(self._selected + steps, len(self._reports) - 1))
            self._show_list("")

    def action_pick(self, index: int) -> None:
        """Select the clicked profile, or open it when it is selected already."""
        if index == self._selected:
            self.action_renew()
        else:
            self._selected = index
            self._show_list("")

    def _show_list(self, outcome: str, tone: str = "") -> None:
        self.remove_class("-typing")
        self.set_focus(None)
        zone = offset_name(self._moment.zone, self._moment.now)
        self.query_one("#heading", Note).say(f"Credentials, times in {zone}")
        self.query_one("#outcome", Note).say(outcome, tone)
        self.query_one(CredentialList).show_selected(self._selected, self._renewed)
        renewing = [KeyHint("enter", self._renewing, "screen.renew", "credentials.renew")] if self._reports else []
        self.query_one(KeyHints).show_hints(
            *renewing,
            KeyHint("↑ ↓", "select", ids="credentials.up credentials.down"),
            KeyHint("esc", "back", "screen.back", "credentials.close"),
        )

    @property
    def _renewing(self) -> str:
        kind = self._kind
        asking = "ask the agency" if self._reports[self._selected].way == "ecs" else "run the command"
        return f"new {kind.word}" if kind is not None else asking

    @property
    def _kind(self) -> SecretKind | None:
        """What the selected profile is given; nothing where a command or the server's agency gives it."""
        report = self._reports[self._selected]
        return kind_of(report.way) if report.needs_secret else None

    # The field

    def action_renew(self) -> None:
        """Open the field for the selected profile."""
        if not self._reports:
            return
        profile = clean(self._profile, _LONGEST_NAME)
        kind = self._kind
        if kind is None:
            self._start_check(None)
            return
        self.add_class("-typing")
        field = self.query_one(TokenField)
        field.expect(kind)
        field.focus()
        self.query_one("#heading", Note).say(f"New {kind.word} for {profile}")
        self._invite()

    @property
    def _profile(self) -> str:
        return self._reports[self._selected].profile

    def _invite(self) -> None:
        profile = clean(self._profile, _LONGEST_NAME)
        self._say(f"Where pasting is slow, leave this and run: omstui login {profile} --secret-stdin")

    def _say(self, text: str, tone: str = "") -> None:
        """Say something below the field, with the keys that are good for something now."""
        self.query_one("#outcome", Note).say(text, tone)
        if self._is_keeping:
            self.query_one(KeyHints).show_hints()
        elif self.is_checking:
            self.query_one(KeyHints).show_hints(KeyHint("esc", "stop checking", "screen.back", "credentials.close"))
        else:
            self.query_one(KeyHints).show_hints(
                KeyHint("enter", "check", "screen.submit", "token.check"),
                KeyHint("ctrl+u", "clear", "screen.clear", "token.clear"),
                KeyHint("esc", "back", "screen.back", "credentials.close"),
            )

    def on_token_field_changed(self, message: TokenField.Changed) -> None:
        """Stop a check of what was there before."""
        if self.is_typing and not self._is_keeping and (self.is_checking or message.length):
            self._stop_check()
            self._invite()

    def on_token_field_submitted(self) -> None:
        """Have the token checked."""
        self.action_submit()

    def action_clear(self) -> None:
        """Empty the field."""
        self.query_one(TokenField).action_clear()

    def action_submit(self) -> None:
        """Have the token checked, when it can be one."""
        if not self.is_typing or self.is_checking:
            return
        try:
            secret = self.query_one(TokenField).take()
        except ValueError as error:
            reason = str(error)
            self._say(f"Not checked: {reason}", "bad")
            return
        self._start_check(secret)

    def _start_check(self, secret: Secret | None) -> None:
        self._check = self.run_worker(self._ask(self._profile, secret), group="renew", exclusive=True)
        running = ASKING if self._reports[self._selected].way == "ecs" else RUNNING
        self._say(CHECKING if secret is not None else running)

    async def _ask(self, profile: str, secret: Secret | None) -> None:
        """Have a secret checked and kept, or a command run, and tell what came of it."""
        try:
            renewal = await self._renew(profile, secret, self._keep)
        finally:
            self._is_keeping = False
        self._check = None
        if renewal.is_accepted:
            self.query_one(TokenField).action_clear()
            self._renewed |= {profile}
            accepted = f"New credential accepted for {clean(profile, _LONGEST_NAME)}"
            self._show_list(f"{accepted}. {renewal.words}" if renewal.words else accepted, "ok")
        elif self.is_typing:
            self.query_one(TokenField).expect_another()
            self._say(renewal.words, "bad")
        else:
            self._show_list(renewal.words, "bad")

    def _keep(self) -> None:
        self._is_keeping = True
        self._say(KEEPING)

    def _stop_check(self) -> None:
        if self._check is not None:
            self._check.cancel()
            self._check = None

    def action_back(self) -> None:
        """Stop the check, else close the field, else close the dialog."""
        if self._is_keeping:
            return
        if self.is_checking:
            self._stop_check()
            if self.is_typing:
                self._say("The check was stopped. Enter checks again")
            else:
                self._show_list("The check was stopped")
        elif self.is_typing:
            self.query_one(TokenField).action_clear()
            self._show_list("")
        else:
            self.dismiss()
