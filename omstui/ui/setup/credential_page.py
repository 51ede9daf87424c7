"""The second page of the guided start: the credential of the project."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile, project_id_doubt
from omstui.ui.dialogs.dialog import Note
from omstui.ui.dialogs.secret_form import SecretForm
from omstui.ui.drawing.formats import clean
from omstui.ui.setup.project_form import likely_region
from omstui.ui.widgets.key_hints import KeyHint

CheckCredential = Callable[[Profile, Secret], Awaitable[Problem | None]]
"""Tests a credential; returns why it was not accepted, or ``None``."""

_ADVICE = "A token lives about a day. Where pasting is slow: leave, and run omstui login with --secret-stdin"
_GO_BACK = "Go back and check the region and the project id"
_TRY_AGAIN = "Enter tries again"
_FOREIGN = f"Check the network and the proxy, or go back and check the region; {_TRY_AGAIN.lower()}"
_ADVICE_BY_KIND = {
    ProblemKind.TOKEN: "Paste another token, or go back and check the region and the project id",
    ProblemKind.ENDPOINT: _GO_BACK,
    ProblemKind.REFUSED: _GO_BACK,
    ProblemKind.BAD_ANSWER: f"{_GO_BACK}: something else may be answering there",
    ProblemKind.THROTTLED: f"Wait a little; {_TRY_AGAIN.lower()}",
    ProblemKind.NETWORK: f"Check the region, the network and the proxy; {_TRY_AGAIN.lower()}",
    ProblemKind.SERVER: f"Trouble on the service's side; {_TRY_AGAIN.lower()}",
    ProblemKind.INTERNAL: _TRY_AGAIN,
}
"""Advice on problems for this page, if a problem's own advice is about tasks that are watched already."""


def refusal_text(problem: Problem, profile: Profile) -> str:
    """Return why a credential was not accepted, and what to do."""
    advice = _FOREIGN if problem.is_foreign else _ADVICE_BY_KIND.get(problem.kind, problem.advice_for(profile.name))
    if likely := likely_region(profile.region or ""):
        advice = f"Is the region {likely}? {advice}"
    code = f" ({problem.code})" if problem.code else ""
    return f"{problem.text}{code}. {advice}"


def project_text(profile: Profile) -> str:
    """Return the name and the endpoint of a profile, and what may be wrong with its region and project id."""
    text = f"{profile.name} at {clean(profile.endpoint.removeprefix('https://'), 200)}"
    if likely := likely_region(profile.region or ""):
        text += f" (not known here; is it {likely}?)"
    if doubt := project_id_doubt(profile.project_id):
        text += f". {doubt}: compare it with My Credentials in the console"
    return text


class CredentialPage(Vertical):
    """Asks for the token of a profile, and checks it with one request."""

    @dataclass
    class Accepted(Message):
        """The service accepted the credential."""

        profile: Profile
        secret: Secret

    def __init__(self, check: CheckCredential, escape: KeyHint, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._check = check
        self._profile: Profile | None = None
        self._accepted: tuple[Profile, Secret] | None = None
        self.form = SecretForm(self._submit, escape, _ADVICE)

    def compose(self) -> ComposeResult:
        """Place the facts about the project, and the form."""
        yield Note(id="project-facts")
        yield self.form

    def show_profile(self, profile: Profile) -> None:
        """Ask for the credential of this profile."""
        if profile != self._profile:
            self.form.say(_ADVICE)
        self._profile = profile
        tone = "warn" if project_id_doubt(profile.project_id) else ""
        self.query_one("#project-facts", Note).say(project_text(profile), tone)

    def forget(self) -> None:
        """Forget the secret, once it is saved."""
        self._accepted = None
        self.form.clear()

    def _submit(self, secret: Secret) -> None:
        """Check the secret, unless it was accepted for this profile already."""
        if self._profile is None:
            return
        if self._accepted == (self._profile, secret):
            self.post_message(self.Accepted(self._profile, secret))
        else:
            self.form.check(self._ask(self._profile, secret))

    async def _ask(self, profile: Profile, secret: Secret) -> None:
        problem = await self._check(profile, secret)
        if problem is None:
            self._accepted = (profile, secret)
            self.form.say("The credential was accepted", "ok")
            self.post_message(self.Accepted(profile, secret))
        else:
            self.form.show_refusal(refusal_text(problem, profile))
