"""The workspace over the user's own files and keyring."""

import random
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from omstui.backend.alert_hook import AlertHook
from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import methods_of, open_authenticator
from omstui.backend.files.config import ConfigFile
from omstui.backend.files.logs import crash_file
from omstui.backend.files.watchlist import WatchListFile
from omstui.backend.history.history import History, MemoryHistory
from omstui.backend.history.writer import HistoryFile
from omstui.backend.profiles import Profiles
from omstui.backend.runtime.clock import Clock
from omstui.backend.screen_options import ScreenOptions
from omstui.backend.secrets.places import SecretStores
from omstui.backend.secrets.store import KeyringStore, SecretStore
from omstui.backend.workspace import Workspace
from omstui.core.profile import Profile
from omstui.core.watch.counters import longest_gap

if TYPE_CHECKING:
    import httpx

    from omstui.backend.oms.client import OmsClient


def user_workspace(
    options: ScreenOptions,
    clock: Clock,
    *,
    environ: Mapping[str, str],
    home: Path,
    keyring: SecretStore | None = None,
    transport: "httpx.AsyncBaseTransport | None" = None,
) -> Workspace:
    """Make the workspace over the user's own files and keyring; nothing is opened or asked yet but `config.toml`.

    Args:
        options: what the user asked for.
        clock: tells the time.
        environ: what commands and the program for alerts are given, and where the SDK's variables are looked for.
        home: the folder in which the SDK keeps its credentials.
        keyring: the keyring of the operating system; by default this machine's.
        transport: stands in for the network.

    Raises:
        FileError: `config.toml` cannot be read or understood.
    """
    config = ConfigFile(options.folders.config_file, environ)
    profiles = Profiles(config.load().profiles, config)
    stores = SecretStores(keyring or KeyringStore(), options.folders)
    authenticator = open_authenticator(environ=environ, home=home, clock=clock, transport=transport)

    def store_of(profile_name: str) -> SecretStore:
        profile = profiles.get(profile_name)
        return stores.of(profile) if profile is not None else stores.keyring

    def open_client(profile: Profile) -> "OmsClient":
        from omstui.backend.oms.client import OmsClient

        return OmsClient(profile, clock=clock, transport=transport)

    return Workspace(
        settings=options.settings,
        profiles=profiles,
        cache=CredentialCache(
            methods_of(profiles),
            authenticator=authenticator,
            read=lambda name: store_of(name).get(name),
            place_of=lambda name: store_of(name).place,
            clock=clock,
            environment=options.token,
            chance=random.random,
        ),
        authenticator=authenticator,
        stores=stores,
        watchlist_store=WatchListFile(options.folders.watchlist_file),
        open_client=open_client,
        clock=clock,
        history=_history(options, clock),
        alert_hook=AlertHook(options.settings.alerts.on_alert, environ=environ),
        crash_file=crash_file(options.folders.state),
        export_folders=(Path(), options.folders.state),
        own_folders=(options.folders.config, options.folders.state),
    )


def _history(options: ScreenOptions, clock: Clock) -> History:
    gap = longest_gap(options.settings.interval)
    if options.settings.history is None:
        return MemoryHistory(gap)
    return HistoryFile(options.folders.history_file, clock.now, keep=options.settings.history, longest_gap=gap)
