"""What one run of the screen works with: profiles, credentials, the watch list, and a poller over them."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import ParamSpec, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from omstui.backend.alert_hook import AlertHook
from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import Authenticator, Obtained, method_of, methods_of
from omstui.backend.files.config import ConfigFile
from omstui.backend.files.logs import record_crash
from omstui.backend.files.watchlist import WatchListStore
from omstui.backend.history.history import History, MemoryHistory
from omstui.backend.oms.client import Client
from omstui.backend.polling.channel import Channel, Channels
from omstui.backend.polling.credential_check import EXPIRY_LIMIT, channel_with, try_credential
from omstui.backend.polling.poller import Poller
from omstui.backend.runtime.clock import Clock
from omstui.backend.runtime.files import FileError, sweep, write_new
from omstui.backend.runtime.threads import in_background, in_daemon_thread
from omstui.backend.secrets.calls import StoreError
from omstui.backend.secrets.places import SecretStores
from omstui.backend.secrets.secret import Secret
from omstui.core.month import Month
from omstui.core.news.alerts import ENDS
from omstui.core.news.event import Event, Severity
from omstui.core.problem import Problem
from omstui.core.profile import Profile
from omstui.core.settings import Settings
from omstui.core.task import Listing, TaskRef, WatchedTask, WatchList
from omstui.core.watch.sample import Refusal, Sample, StatisticSample

_MEMORY = "memory"
_KEPT = {"token": "token is", "password": "password is", "aksk": "keys are", "command": "token is"}
_P = ParamSpec("_P")
_T = TypeVar("_T")


class WorkspaceError(Exception):
    """The stored lists cannot be read or kept; says which file and what to do."""


class CredentialState(Struct, frozen=True):
    """How a profile signs in, without the secret."""

    profile: str
    method: str
    place: str
    """Where the secret is kept, in words."""

    expires_at: datetime | None
    problem: Problem | None = None
    """Why there is no credential, or why the one that still serves could not be renewed."""

    needs_secret: bool = True
    """Whether a person gives the secret; else it is renewed by asking for it."""


class Renewal(Struct, frozen=True):
    """Result of giving a profile a new credential."""

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
        sign_ins: CredentialCache,
        authenticator: Authenticator,
        stores: SecretStores,
        watchlist_store: WatchListStore,
        open_client: Callable[[Profile], Client],
        clock: Clock,
        chance: Callable[[], float] = random.random,
        config: ConfigFile | None = None,
        history: History | None = None,
        alert_hook: AlertHook | None = None,
        crash_file: Path | None = None,
        export_folders: Sequence[Path] = (),
        own_folders: Sequence[Path] = (),
        is_demo: bool = False,
    ) -> None:
        self.settings = settings
        self.profiles: dict[str, Profile] = dict(profiles)
        self.clock = clock
        self.is_demo = is_demo
        self.history: History = history or MemoryHistory()
        self._alert_hook = alert_hook
        self._chance = chance
        self._sign_ins = sign_ins
        self._authenticator = authenticator
        self._stores = stores
        self._watchlist_store = watchlist_store
        self._open_client = open_client
        self._watchlist = WatchList()
        # One after another, each of them: what was read before something was written must not come back after it.
        self._watchlist_turn, self._config_turn = asyncio.Lock(), asyncio.Lock()
        self._has_new_profiles = False
        self._taking: set[asyncio.Task[Renewal]] = set()
        self._config = config
        self._crash_file = crash_file
        self._channels = Channels(
            profiles=self.profiles,
            credentials=sign_ins,
            open_client=open_client,
            clock=clock,
            interval=settings.interval,
            chance=chance,
        )
        self.export_folders: tuple[Path, ...] = tuple(export_folders)
        """Where the list may be written to as a file, in this order."""

        self._own_folders = tuple(own_folders)

    # The watch list

    async def load_watchlist(self) -> WatchList:
        """Return the list as it is stored.

        Raises:
            WorkspaceError: it cannot be read.
        """
        async with self._watchlist_turn:
            self._watchlist = await _on_disk(self._watchlist_store.load)
        return self._watchlist

    async def edit_watchlist(self, change: Callable[[WatchList], WatchList]) -> WatchList:
        """Apply a change to what is stored now, and return the list that holds it.

        Raises:
            WorkspaceError: it cannot be kept; the list is as it was.
        """
        async with self._watchlist_turn:
            self._watchlist = await _on_disk(self._watchlist_store.edit, change)
        return self._watchlist

    async def reload_watchlist(self) -> WatchList | None:
        """Return the list when someone else has changed it since it was last seen here.

        Raises:
            WorkspaceError: it has changed and cannot be read; told once for each such change.
        """
        async with self._watchlist_turn:
            if not await in_daemon_thread(self._watchlist_store.has_changed):
                return None
            self._watchlist = await _on_disk(self._watchlist_store.load)
        return self._watchlist

    async def reload_profiles(self) -> bool:
        """Take over profiles that `omstui login`, an editor or this screen changed; whether there may be any.

        Raises:
            WorkspaceError: the file has changed and cannot be read; the last good profiles stay.
        """
        if self._config is None:
            has_new, self._has_new_profiles = self._has_new_profiles, False
            return has_new
        async with self._config_turn:
            # What was put there stands beside what others may have changed.
            if not self._has_new_profiles and not await in_daemon_thread(self._config.has_changed):
                return False
            self.profiles = dict((await _on_disk(self._config.load)).profiles)
            self._has_new_profiles = False
        self._use_profiles()
        return True

    def month_zone_of(self, ref: TaskRef) -> tzinfo:
        """Return the zone that names the months of a task."""
        profile = self.profiles.get(ref.profile)
        return profile.zone if profile is not None else UTC

    # Asking

    def open_poller(
        self, deliver: Callable[[Sample | Refusal], None], deliver_statistic: Callable[[StatisticSample], None]
    ) -> Poller:
        """Make the poller that asks with these profiles and credentials."""
        return Poller(self._channels, deliver=deliver, deliver_statistic=deliver_statistic)

    async def ask_once(self, refs: Iterable[TaskRef], month: Month | None) -> dict[TaskRef, Sample]:
        """Ask for each task once: for its current month (``None``), or for one that is over.

        It is known then when the credentials end, as far as IAM tells in time.
        """
        samples = await self._channels.ask_each(refs, month)
        await self._sign_ins.looked_up(EXPIRY_LIMIT)
        return samples

    async def list_tasks(self, profile_name: str) -> Listing | Problem:
        """Ask what the profile's project has.

        While the service throttles, its answer is returned again, and nothing is sent.
        """
        async with self._channels.opened():
            return await self._channels.of(profile_name).list_tasks()

    async def list_before_keeping(self, profile: Profile, secret: Secret) -> Listing | Problem:
        """Ask what the project of a profile has that is not kept yet, with what a person has given to sign in."""
        asked = await self._asked(profile, secret, Channel.list_tasks)
        return asked if isinstance(asked, Problem) else asked[1]

    # Credentials

    def credential_states(self) -> list[CredentialState]:
        """Say of each profile how it signs in, as far as that is known by now."""
        states = []
        for name, profile in self.profiles.items():
            known = self._sign_ins.known(name)
            place = known.source if known is not None else self._place_of(profile)
            ends_at = known.expires_at if known is not None else None
            problem = self._sign_ins.problem(name)
            states.append(CredentialState(name, profile.auth, place, ends_at, problem, profile.needs_secret))
        return states

    def _place_of(self, profile: Profile) -> str:
        """Return where a credential comes from that is not known yet, in words."""
        if profile.needs_secret:
            return self._stores.of(profile).place
        return {"command": "token command", "ecs": "this server's agency"}.get(profile.auth, "key command")

    def expiries(self) -> dict[str, datetime]:
        """Return when the credentials end whose end is known."""
        known = {name: self._sign_ins.known(name) for name in self.profiles}
        return {name: one.expires_at for name, one in known.items() if one is not None and one.expires_at is not None}

    async def check(self, profile: Profile, secret: Secret | None) -> Problem | None:
        """Sign in once and try the credential with one request; ``None`` when it was accepted."""
        tried = await self._tried(profile, secret)
        return tried if isinstance(tried, Problem) else None

    async def _tried(self, profile: Profile, secret: Secret | None) -> Obtained | Problem:
        """Sign in once, and try what that brought."""
        task = next((task.ref.sync_task_id for task in self._watchlist if task.ref.profile == profile.name), None)
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
        """Sign in once with what a person has given, and ask the service once with what that brought."""
        profile = self._in_force(profile)
        obtained = await self._authenticator.obtain(method_of(profile), secret, _MEMORY)
        if isinstance(obtained, Problem):
            return obtained
        opened = channel_with(
            obtained.credential,
            _with_project(profile, obtained),
            authenticator=self._authenticator,
            open_client=self._open_client,
            clock=self.clock,
        )
        async with opened as channel:
            return obtained, await ask(channel)

    async def renew(
        self, profile_name: str, secret: Secret | None, accepted: Callable[[], None] = lambda: None
    ) -> Renewal:
        """Try a new credential once, and use it from now on when it is accepted.

        Args:
            profile_name: whose.
            secret: the token, the password or the access keys; ``None`` to run the profile's command again, to ask this
                server's agency, or to look into the SDK's places for keys.
            accepted: called once it is, and will be kept whether somebody waits for that or not.
        """
        profile = self.profiles.get(profile_name)
        if profile is None:
            return Renewal(is_accepted=False, words=f"There is no profile {profile_name!r} any more")
        tried = await self._tried(profile, secret)
        if isinstance(tried, Problem):
            facts = ", ".join(fact for fact in (tried.code, tried.request_id and f"request {tried.request_id}") if fact)
            said = tried.text.rstrip(".") + (f" ({facts})" if facts else "")
            return Renewal(is_accepted=False, words=f"{said}. {tried.advice_beside_field(profile_name)}".rstrip())
        # To the end, whoever leaves meanwhile: what is stored and what is used must be the same.
        accepted()
        return await asyncio.shield(in_background(self._taking, self._take(profile, secret, tried)))

    async def _take(self, profile: Profile, secret: Secret | None, tried: Obtained) -> Renewal:
        """Keep a credential that was accepted, and use it."""
        complete = _with_project(profile, tried)
        if complete != profile:
            try:
                await self._put(complete)
            except WorkspaceError as error:
                return Renewal(is_accepted=False, words=str(error))
        return Renewal(is_accepted=True, words=await self._keep(complete, secret, tried) or "")

    def _in_force(self, profile: Profile) -> Profile:
        """Return a profile that may not be kept yet, with the endpoints that variables of the SDK's name."""
        return self._config.in_force(profile) if self._config is not None else profile

    def _use_profiles(self) -> None:
        self._sign_ins.use_methods(methods_of(self.profiles))
        self._channels.use_profiles(self.profiles)

    async def _put(self, profile: Profile) -> None:
        """Keep a profile, and let `reload_profiles` tell of it."""
        if self._config is not None:
            async with self._config_turn:
                await _on_disk(self._config.put_profile, profile)
        self.profiles[profile.name] = profile
        self._use_profiles()
        self._has_new_profiles = True

    async def set_up(self, profile: Profile, secret: Secret, tasks: tuple[WatchedTask, ...]) -> str | None:
        """Keep a first profile with its credential and tasks; a warning in words when something was not kept.

        Raises:
            WorkspaceError: the profile or the list could not be kept.
        """
        profile = self._in_force(profile)
        await self._put(profile)
        obtained = await self._authenticator.obtain(method_of(profile), secret, _MEMORY)
        warning = None if isinstance(obtained, Problem) else await self._keep(profile, secret, obtained)
        if tasks:
            await self.edit_watchlist(lambda watchlist: watchlist.added(tasks))
        return warning

    async def _keep(self, profile: Profile, secret: Secret | None, obtained: Obtained) -> str | None:
        """Store a secret, or keep it in memory when no store takes it, and say so; use what it has brought."""
        warning, credential = None, obtained.credential
        if secret is not None:
            source = self._stores.of(profile).place
            try:
                await in_daemon_thread(self._stores.keep, profile, secret)
            except StoreError as error:
                source = _MEMORY
                warning = (
                    f"The {_KEPT[profile.auth]} kept in memory until omstui ends, since {error.fault.words}. "
                    "omstui login says what else can be done."
                )
            credential = replace(credential, source=source)  # type: ignore[type-var]  # each kind of credential is a dataclass
        password = secret if profile.auth == "password" else None
        self._sign_ins.replace(profile.name, credential, password, obtained.life, obtained.file)
        return warning

    # Alerts

    def raise_alerts(self, events: Iterable[Event]) -> tuple[Event, ...]:
        """Give the user's program what concerns it, and return what is to be heard at the terminal: nothing if quiet.

        The program also runs at the end of a problem, which needs no bell.
        """
        if self.settings.alerts.quiet:
            return ()
        profiles = self.profiles
        wanted = [event for event in events if event.profile not in profiles or profiles[event.profile].alerts]
        for event in wanted:
            if self._alert_hook is not None and (event.severity is not Severity.NOTE or event.kind in ENDS):
                self._alert_hook.tell(event)
        return tuple(event for event in wanted if event.severity is not Severity.NOTE)

    # Files

    async def sweep(self) -> None:
        """Remove what killed writers left beside the program's files: a secret may be in it."""
        for folder in self._own_folders:
            await _on_disk(sweep, folder, self.clock.now())

    async def export(self, stem: str, suffix: str, text: str) -> Path:
        """Write a new file where the user started omstui, else into the state folder, and return where it is.

        Raises:
            WorkspaceError: it cannot be written, or this is the demo, which leaves nothing behind.
        """
        if not self.export_folders:
            raise WorkspaceError("The demo writes no files")
        return await _on_disk(write_new, self.export_folders, stem, suffix, text)

    # The end

    def end_alerts(self) -> None:
        """End what the user's program for alerts still does."""
        if self._alert_hook is not None:
            self._alert_hook.close()

    def record_crash(self, text: str) -> str:
        """Keep a traceback, masked, and return where it is, in words."""
        return record_crash(self._crash_file, text) if self._crash_file is not None else ""


def _with_project(profile: Profile, obtained: Obtained) -> Profile:
    """Return the profile with the project that signing in has told, when it names none by its id."""
    return (
        profile
        if profile.project_id or obtained.project_id is None
        else replace(profile, project_id=obtained.project_id)
    )


async def _on_disk(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    try:
        return await in_daemon_thread(call, *args, **kwargs)
    except FileError as error:
        raise WorkspaceError(str(error)) from None
