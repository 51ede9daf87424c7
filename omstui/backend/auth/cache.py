"""Caches the credentials of all profiles, and renews them in time."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from msgspec.structs import replace

from omstui.backend.auth.methods import (
    AgencyAuth,
    Authenticator,
    AuthMethod,
    CommandAuth,
    KeyAuth,
    KeyCommandAuth,
    Obtained,
    PasswordAuth,
    TokenAuth,
)
from omstui.backend.auth.sdk_credentials import ReadFile
from omstui.backend.http.credential import AnyCredential, Credential
from omstui.backend.runtime.clock import Clock
from omstui.backend.runtime.clock_jump import without_a_jump
from omstui.backend.runtime.threads import in_background, in_daemon_thread
from omstui.backend.secrets.calls import StoreError
from omstui.backend.secrets.redact import mask
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.settings import DEFAULT_INTERVAL
from omstui.core.text import tame
from omstui.core.watch.schedule import pause_after

log = logging.getLogger(__name__)

PROBE_PAUSE = 15.0
"""Shortest pause in seconds between two looks for another credential in place of a refused one."""

COMMAND_PAUSE = 300.0
"""Shortest pause in seconds before a command is run, or the agency asked, again after a failure or a refusal."""

LONGEST_MARGIN = 2400.0
"""A credential is renewed this many seconds before its end, or a tenth of its life before, whichever is less."""

_MARGIN = 0.1
_AGENCY_MARGIN = 0.5
"""The share for an agency's keys: the metadata service replaces them on its own schedule, so they may end soon."""

_UNATTENDED = CommandAuth | KeyCommandAuth | AgencyAuth
"""The methods that give another credential without the user, and do no harm when they fail."""

_FRESH = 60.0
"""Seconds; a token refused sooner than this after a renewal has never worked, and the next one would not either."""

_SECOND_PAUSE = 300.0
"""Shortest pause in seconds before a password is sent a third time or later, when its result is unknown.

That is four times within a quarter of an hour: five wrong passwords lock a user (API reference, Obtaining a User
Token).
"""

_LOOK_PAUSE = 900.0
"""Seconds until IAM is asked again when a token ends; doubled each time."""

_SECRET_OF = {TokenAuth: "token", PasswordAuth: "password", KeyAuth: "access keys"}


@dataclass(slots=True, eq=False)
class _Entry:
    """State of one profile's credential; a change by the user starts a new entry."""

    method: AuthMethod
    credential: AnyCredential | None = None
    is_from_environment: bool = False
    problem: Problem | None = None
    """Why there is no credential, or why the last renewal failed."""

    password: Secret | None = None
    """Used to sign in again, once it is known."""

    source: str | None = None
    """Where the password came from; `None` for the store."""

    sent_password: Secret | None = None
    due_at: datetime | None = None
    """When to renew."""

    ends_at: datetime | None = None
    """By this machine's clock, which may be wrong."""

    not_before: float = 0.0
    """When the next attempt may be made, in steady seconds; infinity for never without the user."""

    failures: int = 0
    is_refused: bool = False
    """Whether the service refused the credential and no other one could be obtained."""

    store_problem: Problem | None = None
    """Why the store cannot be read. Each further read might ask the user for something."""

    replaced_at: float = -inf
    """When a refused credential was last replaced, in steady seconds."""

    probed_at: float = -inf
    looks: int = 0
    """How many times IAM was asked when the credential ends."""

    look_not_before: float = 0.0
    file: ReadFile | None = None
    """The SDK's file that the credential was read from."""

    file_looked_at: float = -inf
    """When that file was last checked, in steady seconds."""

    running: asyncio.Task[None] | None = None

    @property
    def is_renewable(self) -> bool:
        """Whether another credential can be obtained without the user."""
        return isinstance(self.method, PasswordAuth | _UNATTENDED) and not self.is_from_environment

    def is_due(self, clock: Clock) -> bool:
        """Whether an attempt is needed and allowed now."""
        if self.running is None and clock.monotonic() < self.not_before:
            return False
        if self.credential is None:
            return True
        return self.due_at is not None and self.due_at <= clock.now()

    def has_ended(self, now: datetime) -> bool:
        """Whether the credential has expired, by this machine's clock."""
        return self.ends_at is not None and self.ends_at <= now

    def needs_help(self, now: datetime) -> bool:
        """Whether requests have stopped until there is another credential."""
        is_without = self.credential is None or self.has_ended(now)
        return self.is_refused or (is_without and self.problem is not None and self.problem.kind is ProblemKind.TOKEN)

    def pause_after(self, problem: Problem, chance: float) -> float:
        """Return the seconds until the next attempt; infinity when only the user can help."""
        if isinstance(self.method, _UNATTENDED):
            return COMMAND_PAUSE
        pause = pause_after(problem, self.failures, DEFAULT_INTERVAL, chance)
        return pause if self.failures == 1 else max(pause, _SECOND_PAUSE)

    def set_end(self, expires_at: datetime | None, now: datetime, life: float | None = None) -> None:
        """Compute when the credential ends by this machine's clock, and when to renew it.

        Where the issuer tells the whole life, it is counted from now: otherwise a clock that is hours wrong would renew
        always or never.
        """
        self.ends_at = self.due_at = None
        if expires_at is None or not self.is_renewable:
            return
        left = life if life is not None else (expires_at - now).total_seconds()
        if left > 0:
            self.ends_at = now + timedelta(seconds=left)
            share = _AGENCY_MARGIN if isinstance(self.method, AgencyAuth) else _MARGIN
            self.due_at = self.ends_at - timedelta(seconds=min(LONGEST_MARGIN, left * share))


class _Source:
    """Where the credentials come from: the secret store, then the authenticator."""

    def __init__(
        self, authenticator: Authenticator, read: Callable[[str], Secret | None], place_of: Callable[[str], str]
    ) -> None:
        self._authenticator = authenticator
        self._read = read
        self._place_of = place_of

    async def obtain(self, profile_name: str, entry: _Entry) -> Obtained | Problem:
        """Sign in once, by the profile's method."""
        method = entry.method
        if isinstance(method, _UNATTENDED):
            return await self._authenticator.obtain(method, None, "")
        secret = entry.password or await self.stored(profile_name, entry)
        if isinstance(secret, Secret):
            if isinstance(method, PasswordAuth):
                # Kept, so that a store that is locked or lost weeks later changes nothing.
                entry.password = entry.sent_password = secret
            return await self._authenticator.obtain(method, secret, entry.source or self._place_of(profile_name))
        if not isinstance(method, KeyAuth):
            return secret
        found = await self._authenticator.obtain(method, None, self._place_of(profile_name))
        return replace(found, text=f"{secret.text}. {found.text}") if isinstance(found, Problem) else found

    async def stored(self, profile_name: str, entry: _Entry) -> Secret | Problem:
        """Return what the store holds for the profile."""
        if entry.store_problem is not None:
            return entry.store_problem
        try:
            secret = await in_daemon_thread(self._read, profile_name)
        except StoreError as error:
            entry.store_problem = Problem(ProblemKind.TOKEN, tame(mask(str(error))))
            return entry.store_problem
        if secret is not None:
            return secret
        what = _SECRET_OF[type(entry.method)]
        verb = "are" if what.endswith("s") else "is"
        text = f"No {what} {verb} stored for profile {profile_name}: run omstui login {profile_name}"
        return Problem(ProblemKind.TOKEN, text)


class CredentialCache:
    """The credentials of all profiles: from the user's last input, else the environment, else each profile's method.

    Slow work happens once for all that wait for it. A password is sent about once in a token's life, and never again
    after a refusal until the user changes something. All methods belong to the event loop's thread.
    """

    def __init__(
        self,
        methods: Mapping[str, AuthMethod],
        *,
        authenticator: Authenticator,
        read: Callable[[str], Secret | None],
        clock: Clock,
        environment: Secret | None = None,
        place_of: Callable[[str], str] = lambda _: "keyring",
        chance: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Create the cache; nothing is read or asked yet.

        Args:
            methods: the sign-in method of each profile, by its name; a name that is missing has a stored token.
            authenticator: makes the credentials.
            read: returns a profile's secret from the secret store, ``None`` when it has none; raises `StoreError`.
            clock: tells when to renew.
            environment: the token of `OMSTUI_TOKEN`, which serves every profile and is never stored.
            place_of: returns where a profile's secret is stored; called after `read`, since some stores know it only
                then.
            chance: returns a random number from 0 to 1, which spreads the attempts of many programs.
        """
        self._methods = dict(methods)
        self._authenticator = authenticator
        self._source = _Source(authenticator, read, place_of)
        self._clock = clock
        self._environment = Credential(environment, "environment") if environment is not None else None
        self._chance = chance
        self._entries: dict[str, _Entry] = {}
        self._revisions: dict[str, int] = {}
        self.on_change: Callable[[str], None] = lambda _: None
        """Called with the name of the profile whose credential has changed."""

        self._looks: set[asyncio.Task[None]] = set()

    async def get(self, profile_name: str) -> AnyCredential | Problem:
        """Return the profile's credential, renewed if that was due, or why there is none.

        A credential whose renewal failed is returned until it ends. A problem of the kind TOKEN stays until something
        changes; after others, a later call tries again.
        """
        while True:
            entry = self._entry(profile_name)
            if entry.is_due(self._clock):
                await self._attempt(profile_name, entry)
            if self._entries.get(profile_name) is not entry:
                continue  # the user changed something meanwhile
            has_ended = entry.has_ended(self._clock.now())
            if entry.credential is not None and not (has_ended and entry.problem is not None):
                self._look_up(profile_name, entry)
                self._look_at_file(profile_name, entry)
                return entry.credential
            if entry.problem is not None:
                return entry.problem

    def known(self, profile_name: str) -> AnyCredential | None:
        """Return the credential if it is known already, without looking for one."""
        return self._entry(profile_name).credential

    def problem(self, profile_name: str) -> Problem | None:
        """Return why there is no credential, or why the present one could not be renewed."""
        return self._entry(profile_name).problem

    def revision(self, profile_name: str) -> int:
        """Return how many times the profile's credential has changed."""
        return self._revisions.get(profile_name, 0)

    def replace(
        self,
        profile_name: str,
        credential: AnyCredential,
        password: Secret | None = None,
        life: float | None = None,
        file: ReadFile | None = None,
    ) -> None:
        """Use this credential from now on.

        Args:
            profile_name: the profile.
            credential: the new one.
            password: the password that gave this credential, to obtain the next one; without it the store is read.
            life: how many seconds it lasts in all, as in `Obtained`.
            file: the SDK's file that it was read from.
        """
        entry = _Entry(self._methods.get(profile_name, TokenAuth()), password=password)
        entry.source = credential.source if password is not None else None
        self._entries[profile_name] = entry
        self._adopt(profile_name, entry, Obtained(credential, life, file=file))

    def forget(self, profile_name: str) -> None:
        """Forget the profile's credential; the next `get` starts with the environment and the store."""
        self._entries.pop(profile_name, None)
        self._rise(profile_name)

    def use_methods(self, methods: Mapping[str, AuthMethod]) -> None:
        """Use changed sign-in methods, and forget the credentials of the old ones."""
        changed = [name for name in {*methods, *self._methods} if methods.get(name) != self._methods.get(name)]
        self._methods = dict(methods)
        for name in changed:
            self.forget(name)

    async def renew_after(self, profile_name: str, revision: int, problem: Problem) -> bool:
        """Handle a refusal of the credential with this revision; return whether to ask again at once.

        That is so when there is a new credential by now, or a better reason why there is none, which `get` then
        returns.
        """
        entry = self._entry(profile_name)
        if revision != self.revision(profile_name):
            return True
        if entry.credential is None:  # there was no credential that could be refused
            return False
        now = self._clock.monotonic()
        # Reading the SDK's file is cheap, and a user who has changed it need not be told that the old keys are refused.
        if entry.file is not None and await self._reread(profile_name, entry):
            return True
        if entry.is_refused:
            return False
        if not (entry.is_renewable and problem.is_renewable) or now - entry.replaced_at < _FRESH:
            entry.is_refused = True
            # A command or an agency may give a new credential each time, which the service would refuse as well.
            entry.not_before = max(entry.not_before, now + COMMAND_PAUSE)
            return False
        # A pause after a failure holds. A pause because a command printed the same token again does not: the token was
        # still good then, and now it is refused.
        if entry.running is not None or entry.problem is None or now >= entry.not_before:
            await self._attempt(profile_name, entry)
        if revision != self.revision(profile_name):
            entry.replaced_at = self._clock.monotonic()
            return True
        entry.is_refused = True
        if entry.problem is None:
            return False
        # Without the refused credential, the next `get` returns the problem.
        entry.credential = entry.ends_at = entry.due_at = None
        entry.is_refused = False
        self._rise(profile_name)
        return True

    def accepted(self, profile_name: str) -> None:
        """Note that the service accepted the refused credential after all, so that it is renewed in time again."""
        self._entry(profile_name).is_refused = False

    async def probe(self, profile_name: str) -> bool:
        """Look for another credential in place of a refused one, at most every 15 s; return whether there is one.

        Another process may have stored one. A command is run, and the agency asked, again after five minutes.
        """
        entry, now = self._entry(profile_name), self._clock.monotonic()
        is_resting = entry.running is not None or now - entry.probed_at < PROBE_PAUSE
        if is_resting or not entry.needs_help(self._clock.now()):
            return False
        entry.probed_at = now
        revision = self.revision(profile_name)
        if isinstance(entry.method, _UNATTENDED):
            if now >= entry.not_before:
                await self._attempt(profile_name, entry)
        else:
            await self._look_into_store(profile_name, entry)
        if revision == self.revision(profile_name):
            return False
        entry.replaced_at = self._clock.monotonic()
        return True

    def _entry(self, profile_name: str) -> _Entry:
        entry = self._entries.get(profile_name)
        if entry is None:
            given = self._environment
            entry = _Entry(self._methods.get(profile_name, TokenAuth()), given, is_from_environment=given is not None)
            self._entries[profile_name] = entry
        return entry

    def _rise(self, profile_name: str) -> None:
        """Count a change of the credential, and report it."""
        self._revisions[profile_name] = self.revision(profile_name) + 1
        self.on_change(profile_name)

    async def _attempt(self, profile_name: str, entry: _Entry) -> None:
        """Sign in. Concurrent callers wait for the same attempt; a cancelled caller does not cancel it."""
        if entry.running is None:
            entry.running = asyncio.create_task(self._sign_in(profile_name, entry))
        await asyncio.shield(entry.running)

    async def _sign_in(self, profile_name: str, entry: _Entry) -> None:
        try:
            outcome, is_timely = await without_a_jump(self._clock, self._source.obtain(profile_name, entry))
            if not is_timely and isinstance(outcome, Problem) and outcome.status is None:
                # A timeout while the process was suspended is not a failure: retry. An answer from IAM is kept.
                outcome = await self._source.obtain(profile_name, entry)
        finally:
            entry.running = None
        if self._entries.get(profile_name) is entry:
            self._file(profile_name, entry, outcome)

    def _file(self, profile_name: str, entry: _Entry, outcome: Obtained | Problem) -> None:
        """Record the outcome of an attempt."""
        now = self._clock.monotonic()
        if isinstance(outcome, Problem):
            entry.failures += 1
            entry.problem = outcome
            entry.not_before = now + entry.pause_after(outcome, self._chance())
        elif entry.credential is not None and entry.credential.secrets == outcome.credential.secrets:
            entry.problem, entry.failures = None, 0
            entry.not_before = now + COMMAND_PAUSE
        else:
            self._adopt(profile_name, entry, outcome)

    def _adopt(self, profile_name: str, entry: _Entry, obtained: Obtained) -> None:
        """Use a credential that was just obtained."""
        if entry.is_refused:
            entry.replaced_at = self._clock.monotonic()
        entry.credential, entry.problem = obtained.credential, None
        entry.file, entry.file_looked_at = obtained.file, self._clock.monotonic()
        entry.is_refused = entry.is_from_environment = False
        entry.failures = entry.looks = 0
        entry.not_before = entry.look_not_before = 0.0
        if isinstance(entry.method, KeyCommandAuth | AgencyAuth):  # even if they say that they end sooner
            entry.not_before = self._clock.monotonic() + _FRESH
        entry.set_end(obtained.credential.expires_at, self._clock.now(), obtained.life)
        self._rise(profile_name)

    async def _look_into_store(self, profile_name: str, entry: _Entry) -> None:
        """Use what the store holds when it differs from what was refused."""
        if isinstance(entry.method, PasswordAuth):
            stored = await self._source.stored(profile_name, entry)
            is_mine = self._entries.get(profile_name) is entry
            if is_mine and isinstance(stored, Secret) and stored != entry.sent_password:
                self.forget(profile_name)
                # not the environment's token again, which was refused
                self._entries[profile_name] = _Entry(entry.method, password=stored)
            return
        self._take_over(profile_name, entry, await self._source.obtain(profile_name, entry))

    def _take_over(self, profile_name: str, entry: _Entry, outcome: Obtained | Problem) -> None:
        """Use a credential that was found, when it differs."""
        if self._entries.get(profile_name) is not entry or isinstance(outcome, Problem):
            return
        if entry.credential is None or outcome.credential.secrets != entry.credential.secrets:
            self._adopt(profile_name, entry, outcome)
        else:
            entry.file = outcome.file

    def _look_at_file(self, profile_name: str, entry: _Entry) -> None:
        """Check in the background, at most every 15 seconds, whether the SDK's file has changed."""
        now = self._clock.monotonic()
        if entry.file is not None and now - entry.file_looked_at >= PROBE_PAUSE:
            entry.file_looked_at = now
            in_background(self._looks, self._follow_file(profile_name, entry, entry.file))

    async def _follow_file(self, profile_name: str, entry: _Entry, file: ReadFile) -> None:
        try:
            if await in_daemon_thread(file.has_changed):
                await self._reread(profile_name, entry)
        except Exception:  # a bug in the background must not stay unseen
            log.exception("internal error while looking at the access keys of %s", profile_name)

    async def _reread(self, profile_name: str, entry: _Entry) -> bool:
        """Read the SDK's credentials again, and return whether they changed."""
        revision = self.revision(profile_name)
        self._take_over(profile_name, entry, await self._authenticator.obtain(entry.method, None, ""))
        return revision != self.revision(profile_name)

    def _look_up(self, profile_name: str, entry: _Entry) -> None:
        """Ask in the background when a token ends that does not say so."""
        credential, now = entry.credential, self._clock.monotonic()
        if entry.is_refused or now < entry.look_not_before:
            return
        if isinstance(credential, Credential) and credential.expires_at is None:
            entry.look_not_before = now + _LOOK_PAUSE * 2.0 ** min(entry.looks, 10)
            entry.looks += 1
            in_background(self._looks, self._look(profile_name, entry, credential))

    async def looked_up(self, limit: float) -> None:
        """Wait until the questions about the ends of tokens are answered, or for `limit` seconds."""
        if self._looks:
            await asyncio.wait(self._looks, timeout=limit)

    async def _look(self, profile_name: str, entry: _Entry, credential: Credential) -> None:
        try:
            dated = await self._authenticator.dated(entry.method, credential)
        except Exception:  # a bug in this optional question must not stay unseen
            log.exception("internal error while asking when the token of %s ends", profile_name)
            return
        if dated is not None and entry.credential is credential:
            entry.credential = dated
            entry.set_end(dated.expires_at, self._clock.now())
