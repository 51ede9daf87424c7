"""What one run of the screen works with: profiles, credentials, the watch list, and a poller over them."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

from omstui.backend.auth import Credential, Credentials
from omstui.backend.clock import Clock
from omstui.backend.config_file import ConfigFile
from omstui.backend.files import FileTrouble, write_atomically
from omstui.backend.options import ScreenOptions
from omstui.backend.poller import Client, Poller
from omstui.backend.redact import mask_traceback
from omstui.backend.secret import Secret
from omstui.backend.secret_store import KeyringStore, SecretStore
from omstui.backend.store_error import StoreError
from omstui.backend.threads import in_daemon_thread
from omstui.backend.watchlist_file import WatchListFile, WatchListStore
from omstui.core.month import query_time_ms
from omstui.core.problem import Problem
from omstui.core.profile import Profile
from omstui.core.sample import Refusal, Sample
from omstui.core.settings import Settings
from omstui.core.watchlist import WatchedTask, WatchList

NO_TASK = "00000000-0000-0000-0000-000000000000"
"""An id that no task has: when the service says so, the credential has been accepted."""

_MEMORY = "memory"
_P = ParamSpec("_P")
_T = TypeVar("_T")


class WorkspaceTrouble(Exception):  # noqa: N818 - trouble is expected; an error would be ours
    """The stored lists cannot be read or kept; says which file and what to do."""


@dataclass(frozen=True, slots=True)
class CredentialState:
    """How a profile signs in, without the secret."""

    profile: str
    way: str
    place: str
    """Where the secret is kept, in words."""

    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Renewal:
    """What came of giving a profile a new credential."""

    is_accepted: bool
    words: str = ""
    """Why it was refused, or what else there is to know of it."""


class Workspace:
    """Everything that the screen needs and must not do itself: disk, keyring and sockets stay behind it."""

    def __init__(
        self,
        *,
        settings: Settings,
        profiles: Mapping[str, Profile],
        credentials: Credentials,
        watchlist_store: WatchListStore,
        secret_store: SecretStore,
        open_client: Callable[[Profile], Client],
        clock: Clock,
        chance: Callable[[], float] = random.random,
        config: ConfigFile | None = None,
        crash_file: Path | None = None,
        is_demo: bool = False,
    ) -> None:
        self.settings = settings
        self.profiles: dict[str, Profile] = dict(profiles)
        self.clock = clock
        self.is_demo = is_demo
        self._chance = chance
        self._credentials = credentials
        self._watchlist_store = watchlist_store
        self._secret_store = secret_store
        self._open_client = open_client
        self._config = config
        self._crash_file = crash_file

    # The watch list

    async def load_watchlist(self) -> WatchList:
        """Return the list as it is stored.

        Raises:
            WorkspaceTrouble: it cannot be read.
        """
        return await _on_disk(self._watchlist_store.load)

    async def edit_watchlist(self, change: Callable[[WatchList], WatchList]) -> WatchList:
        """Apply a change to what is stored now, and return the list that holds it.

        Raises:
            WorkspaceTrouble: it cannot be kept; the list is as it was.
        """
        return await _on_disk(self._watchlist_store.edit, change)

    async def reload_watchlist(self) -> WatchList | None:
        """Return the list when someone else has changed it since it was last seen here.

        Raises:
            WorkspaceTrouble: it has changed and cannot be read; told once for each such change.
        """
        if not await in_daemon_thread(self._watchlist_store.has_changed):
            return None
        return await self.load_watchlist()

    async def reload_profiles(self) -> bool:
        """Take over profiles that `omstui login` or an editor changed; whether there were any.

        Raises:
            WorkspaceTrouble: the file has changed and cannot be read; the last good profiles stay.
        """
        if self._config is None or not await in_daemon_thread(self._config.has_changed):
            return False
        profiles = dict((await _on_disk(self._config.load)).profiles)
        if profiles == self.profiles:
            return False
        self.profiles = profiles
        return True

    # Asking

    def open_poller(self, deliver: Callable[[Sample | Refusal], None]) -> Poller:
        """Make the poller that asks with these profiles and credentials."""
        return Poller(
            profiles=self.profiles,
            credentials=self._credentials,
            open_client=self._open_client,
            clock=self.clock,
            interval=self.settings.interval,
            deliver=deliver,
            chance=self._chance,
        )

    # Credentials

    def credential_states(self) -> list[CredentialState]:
        """Say of each profile how it signs in, as far as that is known by now."""
        states = []
        for name, profile in self.profiles.items():
            known = self._credentials.known(name)
            place = known.source if known is not None else self._secret_store.place
            states.append(CredentialState(name, profile.auth, place, known.expires_at if known is not None else None))
        return states

    def expiries(self) -> dict[str, datetime]:
        """Return when the credentials end whose end is known."""
        return {state.profile: state.expires_at for state in self.credential_states() if state.expires_at is not None}

    async def check(self, profile: Profile, secret: Secret) -> Problem | None:
        """Try a credential with one request; ``None`` when it was accepted."""
        client = self._open_client(profile)
        try:
            credential = Credential(secret=secret, source=_MEMORY, expires_at=None)
            answer = await client.show_sync_task(NO_TASK, query_time_ms(None, self.clock.now()), credential)
        finally:
            await client.aclose()
        return answer if isinstance(answer, Problem) and not answer.proves_credential else None

    async def renew(self, profile_name: str, secret: Secret) -> Renewal:
        """Try a new credential with one request, and use it from now on when it is accepted."""
        profile = self.profiles.get(profile_name)
        if profile is None:
            return Renewal(is_accepted=False, words=f"There is no profile {profile_name!r} any more")
        problem = await self.check(profile, secret)
        if problem is not None:
            return Renewal(is_accepted=False, words=f"{problem.text}. {problem.advice_for(profile_name)}")
        return Renewal(is_accepted=True, words=await self._keep(profile_name, secret) or "")

    async def set_up(self, profile: Profile, secret: Secret, tasks: tuple[WatchedTask, ...]) -> str | None:
        """Keep a first profile with its credential and tasks; a warning in words when something was not kept.

        Raises:
            WorkspaceTrouble: the profile or the list could not be kept.
        """
        if self._config is not None:
            await _on_disk(self._config.put_profile, profile)
        self.profiles[profile.name] = profile
        warning = await self._keep(profile.name, secret)
        if tasks:
            await self.edit_watchlist(lambda watchlist: watchlist.added(tasks))
        return warning

    async def _keep(self, profile_name: str, secret: Secret) -> str | None:
        """Store a credential, or keep it in memory when no store takes it, and say so."""
        source, warning = self._secret_store.place, None
        try:
            await in_daemon_thread(self._secret_store.set, profile_name, secret)
        except StoreError as error:
            source = _MEMORY
            warning = (
                f"The token is kept in memory until omstui ends, since {error.fault.words}. "
                "OMSTUI_TOKEN serves the next start; omstui login says more."
            )
        self._credentials.replace(profile_name, Credential(secret=secret, source=source, expires_at=None))
        return warning

    # The end

    def record_crash(self, text: str) -> str:
        """Keep a traceback, masked, and return where it is, in words."""
        if self._crash_file is None:
            return ""
        try:
            write_atomically(self._crash_file, mask_traceback(text) + "\n")
        except FileTrouble:
            return "Its details could not be written."
        return f"Details: {self._crash_file}"


async def _on_disk(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    try:
        return await in_daemon_thread(call, *args, **kwargs)
    except FileTrouble as trouble:
        raise WorkspaceTrouble(str(trouble)) from None


def user_workspace(options: ScreenOptions, clock: Clock) -> Workspace:
    """Make the workspace over the user's own files and keyring; nothing is opened or asked yet but `config.toml`.

    Raises:
        FileTrouble: `config.toml` cannot be read or understood.
    """
    config = ConfigFile(options.folders.config_file)
    store = KeyringStore()

    def open_client(profile: Profile) -> Client:
        from omstui.backend.client import OmsClient

        return OmsClient(profile, clock=clock)

    return Workspace(
        settings=options.settings,
        profiles=config.load().profiles,
        credentials=Credentials(store.get, options.token),
        watchlist_store=WatchListFile(options.folders.watchlist_file),
        secret_store=store,
        open_client=open_client,
        clock=clock,
        config=config,
        crash_file=options.folders.state / "crash.txt",
    )
