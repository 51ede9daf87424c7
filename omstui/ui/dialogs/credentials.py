"""The dialog that lists the profiles' credentials and renews them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Region

from omstui.backend.credentials import CredentialState, Renewal
from omstui.backend.secrets.secret import Secret
from omstui.core.zone import offset_name
from omstui.ui.dialogs.dialog import Dialog, Note
from omstui.ui.dialogs.secret_form import SecretForm
from omstui.ui.dialogs.typed_secret import SecretKind, kind_of
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.formats import clean, span
from omstui.ui.drawing.line import Line, Span, fitted, joined, width_of, with_role, wrapped
from omstui.ui.widgets.key_hints import KeyHint, KeyHints

_NAME_COLUMN = 18
_LONGEST_NAME = 24
_LONGEST_WORDS = 60
_SOON = timedelta(hours=1)
_MARK = 2


def secret_kind(state: CredentialState) -> SecretKind | None:
    """Return the kind of secret that the user gives; ``None`` if a command or the server's agency gives it."""
    return kind_of(state.method) if state.needs_secret else None


def renewal_words(state: CredentialState) -> str:
    """Return what is done for a new credential: ``new token``, ``run the command``."""
    if (kind := secret_kind(state)) is not None:
        return f"new {kind.word}"
    return "ask the agency" if state.method == "ecs" else "run the command"


class Moment(Struct, frozen=True):
    """The time of the list, and the zone of its times."""

    now: datetime
    zone: tzinfo


def state_lines(state: CredentialState, moment: Moment, *, is_renewed: bool, width: int) -> list[Line]:
    """Draw one profile: name, sign-in method, place of the secret, expiry, and the last refusal."""
    name = Span(clean(state.profile, _LONGEST_NAME), "strong")
    storage = Span(clean(f"{state.method} · {state.place}", _LONGEST_WORDS), "dim")
    expiry = _expiry(state, moment, is_renewed=is_renewed)
    left: Line = (*fitted((name,), max(_NAME_COLUMN, width_of((name,)) + 2)), storage)
    if width_of(left) + 1 + width_of((expiry,)) <= width:
        lines: list[Line] = [joined(left, (expiry,), width)]
    else:
        lines = [joined((name,), (Span(" "), expiry), width) if width_of((name, expiry)) < width else (name,)]
        lines += [] if expiry in lines[0] else [(expiry,)]
        lines += wrapped(storage.text, width, "dim")
    if state.problem is not None and not is_renewed:
        code = f" ({clean(state.problem.code, 40)})" if state.problem.code else ""
        lines += wrapped(f"✗ {clean(state.problem.text, 300)}{code}", width, "bad")
    return lines


def _expiry(state: CredentialState, moment: Moment, *, is_renewed: bool) -> Span:
    if is_renewed:
        return Span("✓ accepted just now", "ok")
    if state.expires_at is None:
        return Span("refused" if state.problem is not None else "end not known", "bad" if state.problem else "dim")
    remaining = state.expires_at - moment.now
    at = f"{state.expires_at.astimezone(moment.zone):%d %b %H:%M}"
    if remaining <= timedelta():
        return Span(f"expired {at}", "bad")
    return Span(f"until {at} · {span(remaining)} left", "warn" if remaining < _SOON else "ok")


class CredentialList(Canvas):
    """Lists the profiles; the selected one is marked."""

    def __init__(self, states: Sequence[CredentialState], moment: Moment, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._states = tuple(states)
        self._moment = moment
        self._renewed: frozenset[str] = frozenset()
        self.selected_index = 0

    @property
    def selected(self) -> CredentialState | None:
        """The selected profile; ``None`` if there are no profiles."""
        return self._states[self.selected_index] if self._states else None

    def move(self, steps: int) -> None:
        """Select the profile so many places further down; at the ends, the last or the first one."""
        self.selected_index = max(0, min(self.selected_index + steps, len(self._states) - 1))
        self._paint()

    def show_renewed(self, profile: str) -> None:
        """Show that the credential of this profile was renewed here."""
        self._renewed |= {profile}
        self._paint()

    def on_resize(self) -> None:
        """Repaint at the new size."""
        self._paint()

    def _paint(self) -> None:
        width = max(self.drawn_width - _MARK, 1)
        lines: list[Line] = []
        if not self._states:
            lines = wrapped("There is no profile yet. Leave, and run: omstui login", width, "warn")
        top = height = 0
        for index, state in enumerate(self._states):
            is_renewed = state.profile in self._renewed
            drawn = state_lines(state, self._moment, is_renewed=is_renewed, width=width)
            is_selected = index == self.selected_index
            if is_selected:
                top, height = len(lines), len(drawn)
            for number, line in enumerate(drawn):
                is_marked = is_selected and number == 0
                marked = fitted((Span("› " if is_marked else "  ", "key"), *line), width + _MARK)
                marked = with_role(marked, "cursor") if is_marked else marked
                lines.append(tuple(part._replace(action=f"screen.pick({index})") for part in marked))
        self.show_lines(lines)
        self.scroll_to_region(Region(0, top, 1, max(height, 1)), animate=False, force=True, x_axis=False)


_BACK = KeyHint("esc", "back", "screen.back", "credentials.close")
_LONGEST_PROFILE = 40
_RUNNING = "Running the command …"
_ASKING = "Asking this server's agency …"


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
        states: Sequence[CredentialState],
        renew: Callable[[str, Secret | None, Callable[[], None]], Awaitable[Renewal]],
        *,
        now: datetime,
        zone: tzinfo,
    ) -> None:
        """Prepare the dialog.

        Args:
            states: one for each profile.
            renew: checks and stores a new credential: gets the profile's name, its new secret or ``None`` to run its
                command, and a function to call once the credential is accepted; returns the result.
            now: the present moment.
            zone: the zone in which times are shown.
        """
        super().__init__()
        self._renew = renew
        self._heading = f"Credentials, times in {offset_name(zone, now)}"
        self._list = CredentialList(states, Moment(now, zone), id="credential-list")
        self._form = SecretForm(self._check, _BACK)

    def compose(self) -> ComposeResult:
        """Place the list, the form that replaces it, and the keys."""
        with Vertical(classes="dialog"):
            yield Note(id="heading", classes="title")
            yield self._list
            yield self._form
            yield KeyHints()

    def on_mount(self) -> None:
        """Show the list."""
        self._show_list("")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the list's keys while the form is open."""
        return not (self._form.is_open and action in {"move", "renew", "pick"}) or None

    def _show_list(self, outcome: str, tone: str = "") -> None:
        self._form.close()
        self._list.display = True
        self.set_focus(None)
        self.query_one("#heading", Note).say(self._heading)
        self._form.say(outcome, tone)

    def on_secret_form_keys_changed(self) -> None:
        """Show the keys that work now."""
        if self._form.is_open or self._form.is_checking:
            hints = self._form.key_hints
        else:
            selected = self._list.selected
            renew = [KeyHint("enter", renewal_words(selected), "screen.renew", "credentials.renew")] if selected else []
            hints = [*renew, KeyHint("↑ ↓", "select", ids="credentials.up credentials.down"), _BACK]
        self.query_one(KeyHints).show_hints(*hints)

    def action_move(self, steps: int) -> None:
        """Select another profile; the sentence on a running check stays."""
        self._list.move(steps)
        if not self._form.is_checking:
            self._form.say("")

    def action_pick(self, index: int) -> None:
        """Select the clicked profile; open it if it is selected already."""
        if index == self._list.selected_index:
            self.action_renew()
        else:
            self.action_move(index - self._list.selected_index)

    def action_renew(self) -> None:
        """Open the form for the selected profile, or run its command."""
        selected = self._list.selected
        if selected is None:
            return
        kind = secret_kind(selected)
        if kind is None:
            self._form.check(self._ask(selected.profile, None), _ASKING if selected.method == "ecs" else _RUNNING)
            return
        profile = clean(selected.profile, _LONGEST_PROFILE)
        self.query_one("#heading", Note).say(f"New {kind.word} for {profile}")
        self._list.display = False
        self._form.open_for(kind, f"Where pasting is slow, leave this and run: omstui login {profile} --secret-stdin")

    def _check(self, secret: Secret) -> None:
        if (selected := self._list.selected) is not None:
            self._form.check(self._ask(selected.profile, secret))

    async def _ask(self, profile: str, secret: Secret | None) -> None:
        """Check and store a secret, or run a command, and show the result."""
        renewal = await self._renew(profile, secret, self._form.show_storing)
        if renewal.is_accepted:
            self._list.show_renewed(profile)
            accepted = f"New credential accepted for {clean(profile, _LONGEST_PROFILE)}"
            self._show_list(f"{accepted}. {renewal.words}" if renewal.words else accepted, "ok")
        elif self._form.is_open:
            self._form.show_refusal(renewal.words)
        else:
            self._show_list(renewal.words, "bad")

    def action_back(self) -> None:
        """Stop the check; without one close the form; without that close the dialog."""
        if self._form.is_checking:
            self._form.stop()
        elif self._form.is_open:
            self._show_list("")
        else:
            self.dismiss()
