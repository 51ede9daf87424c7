"""The credentials of one run's profiles: their state, and the renewal with what a person enters."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import Authenticator, Obtained, method_of
from omstui.backend.oms.client import Client
from omstui.backend.polling.channel import Channel
from omstui.backend.polling.try_credential import channel_with, try_credential
from omstui.backend.profiles import Profiles
from omstui.backend.runtime.clock import Clock
from omstui.backend.runtime.files import FileError
from omstui.backend.runtime.threads import in_background, in_daemon_thread
from omstui.backend.secrets.calls import StoreError
from omstui.backend.secrets.places import SecretStores
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.profile import Profile
from omstui.core.task import Listing, WatchList

_MEMORY = "memory"
_KEPT = {"token": "token is", "password": "password is", "aksk": "keys are", "command": "token is"}
_T = TypeVar("_T")


class CredentialState(Struct, frozen=True):
    """How a profile signs in, without the secret."""

    profile: str
    method: str
    """One of `SIGN_IN_METHODS`."""

    place: str
    """Where the secret is kept, in words."""

    expires_at: datetime | None
    problem: Problem | None = None
    """Why it was refused, why there is none, or why the one that still serves could not be renewed."""

    needs_secret: bool = True
    """Whether a person gives the secret; else it is renewed by asking for it."""


class Renewal(Struct, frozen=True):
    """Result of trying a new credential for a profile."""

    is_accepted: bool
    words: str = ""
    """Why it was refused, or a warning about an accepted one."""


class Credentials:
    """Reports how each profile signs in; tries what a person enters, and stores what is accepted."""

    def __init__(
        self,
        profiles: Profiles,
        *,
        cache: CredentialCache,
        authenticator: Authenticator,
        stores: SecretStores,
        open_client: Callable[[Profile], Client],
        clock: Clock,
        watched: Callable[[], WatchList],
    ) -> None:
        """Prepare; nothing is read or sent yet.

        Args:
            profiles: the profiles of the credentials.
            cache: holds the credentials that requests are sent with.
            authenticator: signs in.
            stores: keep the secrets.
            open_client: makes a client for a profile.
            clock: tells the time.
            watched: returns the watched tasks; a credential is tried with one of them.
        """
        self._profiles = profiles
        self._cache = cache
        self._authenticator = authenticator
        self._stores = stores
        self._open_client = open_client
        self._clock = clock
        self._watched = watched
        self._taking: set[asyncio.Task[Renewal]] = set()

    # What is known

    def states(self) -> list[CredentialState]:
        """Return how each profile signs in, as far as that is known now."""
        states = []
        for name, profile in self._profiles.items():
            known = self._cache.known(name)
            place = known.source if known is not None else self._place_of(profile)
            ends_at = known.expires_at if known is not None else None
            problem = self._cache.problem(name)
            states.append(CredentialState(name, profile.auth, place, ends_at, problem, profile.needs_secret))
        return states

    def _place_of(self, profile: Profile) -> str:
        """Return the place, in words, from which a credential will come that is not known yet."""
        if profile.needs_secret:
            return self._stores.of(profile).place
        return {"command": "token command", "ecs": "this server's agency"}.get(profile.auth, "key command")

    def expiries(self) -> dict[str, datetime]:
        """Return when credentials end, by profile; only those whose end is known."""
        known = {name: self._cache.known(name) for name in self._profiles}
        return {name: one.expires_at for name, one in known.items() if one is not None and one.expires_at is not None}

    # Requests before anything is stored

    async def check(self, profile: Profile, secret: Secret | None) -> Problem | None:
        """Sign in once and try the credential with one request; ``None`` when it was accepted."""
        tried = await self._tried(profile, secret)
        return tried if isinstance(tried, Problem) else None

    async def list_tasks(self, profile: Profile, secret: Secret) -> Listing | Problem:
        """Ask for the tasks of a profile that is not stored yet, with the secret that a person has entered."""
        asked = await self._asked(profile, secret, Channel.list_tasks)
        return asked if isinstance(asked, Problem) else asked[1]

    async def _tried(self, profile: Profile, secret: Secret | None) -> Obtained | Problem:
        """Sign in once, and try the credential."""
        task = self._watched().first_of(profile.name)
        asked = await self._asked(profile, secret, lambda channel: try_credential(channel, task))
        if isinstance(asked, Problem):
            return asked
        obtained, problem = asked
        return obtained if problem is None or problem.proves_credential else problem

    async def _asked(
        self,
        profile: Profile,
        secret: Secret | None,
        ask: Callable[[Channel], Awaitable[_T]],
    ) -> tuple[Obtained, _T] | Problem:
        """Sign in once with what a person has entered, and ask the service once with the credential."""
        profile = self._profiles.in_force(profile)
        obtained = await self._authenticator.obtain(method_of(profile), secret, _MEMORY)
        if isinstance(obtained, Problem):
            return obtained
        opened = channel_with(
            obtained.credential,
            _with_project(profile, obtained),
            authenticator=self._authenticator,
            open_client=self._open_client,
            clock=self._clock,
        )
        async with opened as channel:
            return obtained, await ask(channel)

    # Storing what was accepted

    async def renew(
        self, profile_name: str, secret: Secret | None, accepted: Callable[[], None] = lambda: None
    ) -> Renewal:
        """Try a new credential once; when it is accepted, store it and use it from now on.

        Args:
            profile_name: the profile of the credential.
            secret: the token, the password or the access keys; ``None`` to run the profile's command again, to ask this
                server's agency, or to look into the SDK's places for keys.
            accepted: called when it is accepted; it is then stored even if the caller stops waiting.
        """
        profile = self._profiles.get(profile_name)
        if profile is None:
            return Renewal(is_accepted=False, words=f"There is no profile {profile_name!r} any more")
        tried = await self._tried(profile, secret)
        if isinstance(tried, Problem):
            facts = ", ".join(fact for fact in (tried.code, tried.request_id and f"request {tried.request_id}") if fact)
            said = tried.text.rstrip(".") + (f" ({facts})" if facts else "")
            return Renewal(is_accepted=False, words=f"{said}. {tried.advice_beside_field(profile_name)}".rstrip())
        # Not cancelled with the caller: the stored and the used credential must be the same.
        accepted()
        return await asyncio.shield(in_background(self._taking, self._take(profile, secret, tried)))

    async def _take(self, profile: Profile, secret: Secret | None, tried: Obtained) -> Renewal:
        """Store an accepted credential, and use it."""
        complete = _with_project(profile, tried)
        if complete != profile:
            try:
                await self._profiles.put(complete)
            except FileError as error:
                return Renewal(is_accepted=False, words=str(error))
        return Renewal(is_accepted=True, words=await self._keep(complete, secret, tried) or "")

    async def sign_in_first(self, profile: Profile, secret: Secret) -> str | None:
        """Sign in to a profile that was just stored, and store its secret; return a warning when that failed."""
        obtained = await self._authenticator.obtain(method_of(profile), secret, _MEMORY)
        return obtained.text if isinstance(obtained, Problem) else await self._keep(profile, secret, obtained)

    async def _keep(self, profile: Profile, secret: Secret | None, obtained: Obtained) -> str | None:
        """Store a secret, or keep it in memory and return a warning when no store takes it; use its credential."""
        warning, credential = None, obtained.credential
        if secret is not None:
            source = self._stores.of(profile).place
            try:
                await in_daemon_thread(self._stores.keep, profile, secret)
            except StoreError as error:
                source = _MEMORY
                warning = (
                    f"The {_KEPT[profile.auth]} kept in memory until omstui ends, since {error.kind.words}. "
                    "omstui login says what else can be done."
                )
            credential = replace(credential, source=source)  # type: ignore[type-var]  # each kind of credential is a dataclass
        password = secret if profile.auth == "password" else None
        self._cache.replace(profile.name, credential, password, obtained.life, obtained.file)
        return warning


def _with_project(profile: Profile, obtained: Obtained) -> Profile:
    """Return the profile with the project id from the sign-in, if it has none itself."""
    return (
        profile
        if profile.project_id or obtained.project_id is None
        else replace(profile, project_id=obtained.project_id)
    )
