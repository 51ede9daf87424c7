"""The dialog that lists the profiles' credentials and renews them."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Region
from textual.worker import Worker

from omstui.backend.credentials import Renewal
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.zone import offset_name
from omstui.ui.dialogs.dialog import Dialog, Note
from omstui.ui.dialogs.token_field import SecretKind, TokenField, kind_of
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.line import Line, Span, fitted, joined, width_of, with_role, wrapped
from omstui.ui.drawing.text import clean, span
from omstui.ui.widgets.key_hints import KeyHint, KeyHints

_NAME_COLUMN = 18
_LONGEST_NAME = 24
_LONGEST_WORDS = 60
_SOON = timedelta(hours=1)
_MARK = 2


class CredentialReport(Struct, frozen=True):
    """The facts about a profile's credential, without the credential itself."""

    profile: str
    method: str
    """How the profile signs in: ``token``, ``password``, ``aksk``, ``command`` or ``ecs``."""

    place: str
    """Where the secret is stored, in words."""

    expires_at: datetime | None
    refusal: Problem | None
    """The last refusal, if there was one."""

    needs_secret: bool = True
    """Whether the user gives the secret; else the service or a command is asked for it."""


class Moment(Struct, frozen=True):
    """The time of the list, and the zone of its times."""

    now: datetime
    zone: tzinfo


def report_lines(report: CredentialReport, moment: Moment, *, is_renewed: bool, width: int) -> list[Line]:
    """Draw one profile: name, sign-in method, place of the secret, expiry, and the last refusal."""
    name = Span(clean(report.profile, _LONGEST_NAME), "strong")
    kept = Span(clean(f"{report.method} · {report.place}", _LONGEST_WORDS), "dim")
    until = _until(report, moment, is_renewed=is_renewed)
    left: Line = (*fitted((name,), max(_NAME_COLUMN, width_of((name,)) + 2)), kept)
    if width_of(left) + 1 + width_of((until,)) <= width:
        lines: list[Line] = [joined(left, (until,), width)]
    else:
        lines = [joined((name,), (Span(" "), until), width) if width_of((name, until)) < width else (name,)]
        lines += [] if until in lines[0] else [(until,)]
        lines += wrapped(kept.text, width, "dim")
    if report.refusal is not None and not is_renewed:
        code = f" ({clean(report.refusal.code, 40)})" if report.refusal.code else ""
        lines += wrapped(f"✗ {clean(report.refusal.text, 300)}{code}", width, "bad")
    return lines


def _until(report: CredentialReport, moment: Moment, *, is_renewed: bool) -> Span:
    if is_renewed:
        return Span("✓ accepted just now", "ok")
    if report.expires_at is None:
        return Span("refused" if report.refusal is not None else "end not known", "bad" if report.refusal else "dim")
    left = report.expires_at - moment.now
    at = f"{report.expires_at.astimezone(moment.zone):%d %b %H:%M}"
    if left <= timedelta():
        return Span(f"expired {at}", "bad")
    return Span(f"until {at} · {span(left)} left", "warn" if left < _SOON else "ok")


class CredentialList(Canvas):
    """Lists the profiles; the selected one is marked."""

    def __init__(self, reports: Sequence[CredentialReport], moment: Moment, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._reports = tuple(reports)
        self._moment = moment
        self._selected = 0
        self._renewed: Collection[str] = ()

    def show_selected(self, selected: int, renewed: Collection[str]) -> None:
        """Set the selected profile, and the profiles whose credential was renewed here."""
        self._selected, self._renewed = selected, renewed
        self._paint()

    def on_resize(self) -> None:
        """Repaint at the new size."""
        self._paint()

    def _paint(self) -> None:
        width = self.drawn_width - _MARK
        lines: list[Line] = []
        if not self._reports:
            lines = wrapped("There is no profile yet. Leave, and run: omstui login", max(width, 1), "warn")
        top = height = 0
        for index, report in enumerate(self._reports):
            is_renewed = report.profile in self._renewed
            drawn = report_lines(report, self._moment, is_renewed=is_renewed, width=max(width, 1))
            is_selected = index == self._selected
            if is_selected:
                top, height = len(lines), len(drawn)
            for number, line in enumerate(drawn):
                mark = Span("› " if is_selected and number == 0 else "  ", "key")
                whole = fitted((mark, *line), width + _MARK)
                whole = with_role(whole, "cursor") if is_selected and number == 0 else whole
                lines.append(tuple(piece._replace(action=f"screen.pick({index})") for piece in whole))
        self.show_lines(lines)
        self.scroll_to_region(Region(0, top, 1, max(height, 1)), animate=False, force=True, x_axis=False)


__all__ = ["CredentialReport", "CredentialsDialog"]

_LONGEST_PROFILE = 40
CHECKING = "Checking with one request …"
RUNNING = "Running the command …"
ASKING = "Asking this server's agency …"
KEEPING = "Accepted; it is being stored …"


class CredentialsDialog(Dialog[None]):
    """Shows how each profile signs in; enter asks for a new secret of the selected one and checks it."""

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
        """Prepare the dialog.

        Args:
            reports: one for each profile.
            renew: checks and stores a new credential: gets the profile's name, its new secret or ``None`` to run its
                command, and a function to call once the credential is accepted; returns the result.
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
        """Whether an accepted credential is being stored, which cannot be cancelled."""

    def compose(self) -> ComposeResult:
        """Place the list, the field that replaces it, the outcome, and the keys."""
        with Vertical(classes="dialog"):
            yield Note(id="heading", classes="title")
            yield CredentialList(self._reports, self._moment, id="credential-list")
            yield TokenField(id="token")
            yield Note(id="outcome")
            yield KeyHints()

    def on_mount(self) -> None:
        """Show the list."""
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
        """Disable the list's keys while the field is open."""
        return not (self.is_typing and action in {"move", "renew", "pick"}) or None

    # The list

    def action_move(self, steps: int) -> None:
        """Select another profile."""
        if self._reports:
            self._selected = max(0, min(self._selected + steps, len(self._reports) - 1))
            self._show_list("")

    def action_pick(self, index: int) -> None:
        """Select the clicked profile; open it if it is selected already."""
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
        asking = "ask the agency" if self._reports[self._selected].method == "ecs" else "run the command"
        return f"new {kind.word}" if kind is not None else asking

    @property
    def _kind(self) -> SecretKind | None:
        """The kind of secret of the selected profile; ``None`` if a command or the server's agency gives it."""
        report = self._reports[self._selected]
        return kind_of(report.method) if report.needs_secret else None

    # The field

    def action_renew(self) -> None:
        """Open the field for the selected profile, or run its command."""
        if not self._reports:
            return
        profile = clean(self._profile, _LONGEST_PROFILE)
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
        profile = clean(self._profile, _LONGEST_PROFILE)
        self._say(f"Where pasting is slow, leave this and run: omstui login {profile} --secret-stdin")

    def _say(self, text: str, tone: str = "") -> None:
        """Show a text below the field, and the keys that work now."""
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
        """Cancel the check of the earlier text."""
        if self.is_typing and not self._is_keeping and (self.is_checking or message.length):
            self._stop_check()
            self._invite()

    def on_token_field_submitted(self) -> None:
        """Check the token."""
        self.action_submit()

    def action_clear(self) -> None:
        """Clear the field."""
        self.query_one(TokenField).action_clear()

    def action_submit(self) -> None:
        """Check the entered secret, if it can be one."""
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
        running = ASKING if self._reports[self._selected].method == "ecs" else RUNNING
        self._say(CHECKING if secret is not None else running)

    async def _ask(self, profile: str, secret: Secret | None) -> None:
        """Check and store a secret, or run a command, and show the result."""
        try:
            renewal = await self._renew(profile, secret, self._keep)
        finally:
            self._is_keeping = False
        self._check = None
        if renewal.is_accepted:
            self.query_one(TokenField).action_clear()
            self._renewed |= {profile}
            accepted = f"New credential accepted for {clean(profile, _LONGEST_PROFILE)}"
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
        """Cancel the check; without one close the field; without that close the dialog."""
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
