"""What one run of omstui works with: profiles, credentials, the watch list, and a poller over them."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TypeVar

from omstui.backend.alert_hook import AlertHook
from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import Authenticator, methods_of
from omstui.backend.credentials import Credentials
from omstui.backend.files.logs import record_crash
from omstui.backend.files.watchlist import WatchListStore
from omstui.backend.history.history import History, MemoryHistory
from omstui.backend.oms.client import Client
from omstui.backend.polling.channel import Channels
from omstui.backend.polling.poller import Poller
from omstui.backend.polling.try_credential import EXPIRY_LIMIT
from omstui.backend.profiles import Profiles
from omstui.backend.runtime.clock import Clock
from omstui.backend.runtime.files import FileError, sweep, write_new
from omstui.backend.runtime.threads import in_daemon_thread
from omstui.backend.secrets.places import SecretStores
from omstui.backend.secrets.secret import Secret
from omstui.core.alerts.alerts import ENDS
from omstui.core.alerts.event import Event, Severity
from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.profile import Profile
from omstui.core.settings import Settings
from omstui.core.task import Listing, TaskRef, WatchedTask, WatchList
from omstui.core.watch.sample import Refusal, Sample, StatisticSample

_T = TypeVar("_T")


class WorkspaceError(Exception):
    """The stored lists cannot be read or kept; says which file and what to do."""


class Workspace:
    """Everything that the screen and the commands need and must not do themselves: disk, keyring and sockets."""

    def __init__(
        self,
        *,
        settings: Settings,
        profiles: Profiles,
        cache: CredentialCache,
        authenticator: Authenticator,
        stores: SecretStores,
        watchlist_store: WatchListStore,
        open_client: Callable[[Profile], Client],
        clock: Clock,
        chance: Callable[[], float] = random.random,
        history: History | None = None,
        alert_hook: AlertHook | None = None,
        crash_file: Path | None = None,
        export_folders: Sequence[Path] = (),
        own_folders: Sequence[Path] = (),
        is_demo: bool = False,
    ) -> None:
        self.settings = settings
        self.profiles = profiles
        self.clock = clock
        self.is_demo = is_demo
        self.history: History = history or MemoryHistory()
        self.credentials = Credentials(
            profiles,
            cache=cache,
            authenticator=authenticator,
            stores=stores,
            open_client=open_client,
            clock=clock,
            watched=lambda: self._watchlist,
        )
        self._alert_hook = alert_hook
        self._cache = cache
        self._watchlist_store = watchlist_store
        self._watchlist = WatchList()
        # One after another: what was read before something was written must not come back after it.
        self._watchlist_turn = asyncio.Lock()
        self._crash_file = crash_file
        self._channels = Channels(
            profiles=profiles,
            credentials=cache,
            open_client=open_client,
            clock=clock,
            interval=settings.interval,
            chance=chance,
        )
        profiles.on_change = self._use_profiles
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
            self._watchlist = await _on_disk(in_daemon_thread(self._watchlist_store.load))
        return self._watchlist

    async def edit_watchlist(self, change: Callable[[WatchList], WatchList]) -> WatchList:
        """Apply a change to what is stored now, and return the list that holds it.

        Raises:
            WorkspaceError: it cannot be kept; the list is as it was.
        """
        async with self._watchlist_turn:
            self._watchlist = await _on_disk(in_daemon_thread(self._watchlist_store.edit, change))
        return self._watchlist

    async def reload_watchlist(self) -> WatchList | None:
        """Return the list when someone else has changed it since it was last seen here.

        Raises:
            WorkspaceError: it has changed and cannot be read; told once for each such change.
        """
        async with self._watchlist_turn:
            if not await in_daemon_thread(self._watchlist_store.has_changed):
                return None
            self._watchlist = await _on_disk(in_daemon_thread(self._watchlist_store.load))
        return self._watchlist

    # Profiles

    async def reload_profiles(self) -> bool:
        """Take over profiles that `omstui login`, an editor or this screen changed; whether there may be any.

        Raises:
            WorkspaceError: the file has changed and cannot be read; the last good profiles stay.
        """
        return await _on_disk(self.profiles.reload())

    def _use_profiles(self) -> None:
        self._cache.use_methods(methods_of(self.profiles))
        self._channels.use_profiles(self.profiles)

    async def set_up(self, profile: Profile, secret: Secret, tasks: tuple[WatchedTask, ...]) -> str | None:
        """Keep a first profile with its credential and tasks; a warning in words when something was not kept.

        Raises:
            WorkspaceError: the profile or the list could not be kept.
        """
        profile = self.profiles.in_force(profile)
        await _on_disk(self.profiles.put(profile))
        warning = await self.credentials.sign_in_first(profile, secret)
        if tasks:
            await self.edit_watchlist(lambda watchlist: watchlist.added(tasks))
        return warning

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
        await self._cache.looked_up(EXPIRY_LIMIT)
        return samples

    async def list_tasks(self, profile_name: str) -> Listing | Problem:
        """Ask what the profile's project has.

        While the service throttles, its answer is returned again, and nothing is sent.
        """
        async with self._channels.opened():
            return await self._channels.of(profile_name).list_tasks()

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
            await _on_disk(in_daemon_thread(sweep, folder, self.clock.now()))

    async def export(self, stem: str, suffix: str, text: str) -> Path:
        """Write a new file where the user started omstui, else into the state folder, and return where it is.

        Raises:
            WorkspaceError: it cannot be written, or this is the demo, which leaves nothing behind.
        """
        if not self.export_folders:
            raise WorkspaceError("The demo writes no files")
        return await _on_disk(in_daemon_thread(write_new, self.export_folders, stem, suffix, text))

    # The end

    def end_alerts(self) -> None:
        """End what the user's program for alerts still does."""
        if self._alert_hook is not None:
            self._alert_hook.close()

    def record_crash(self, text: str) -> str:
        """Keep a traceback, masked, and return where it is, in words."""
        return record_crash(self._crash_file, text) if self._crash_file is not None else ""


async def _on_disk(work: Awaitable[_T]) -> _T:
    try:
        return await work
    except FileError as error:
        raise WorkspaceError(str(error)) from None
