"""The demo's workspace, over the pretend OMS."""

import random
from collections.abc import Callable, Mapping
from datetime import timedelta, tzinfo
from pathlib import Path

from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import TokenAuth, open_authenticator
from omstui.backend.files.watchlist import MemoryWatchList
from omstui.backend.history.history import History
from omstui.backend.http.credential import Credential
from omstui.backend.oms.client import OmsClient
from omstui.backend.profiles import Profiles
from omstui.backend.runtime.clock import Clock
from omstui.backend.runtime.files import Folders
from omstui.backend.secrets.places import SecretStores
from omstui.backend.secrets.store import MemoryStore
from omstui.backend.workspace import Workspace
from omstui.core.profile import Profile
from omstui.core.settings import Settings
from omstui.core.task import WatchList
from omstui.demo.past import DemoHistory
from omstui.demo.scenario import DR, PROD, demo_profiles, demo_scenario, demo_token, demo_watchlist
from omstui.demo.service import SimulatedOms

_LIVES = {PROD: timedelta(hours=21), DR: timedelta(minutes=-98)}
"""The time until the tokens of some profiles expire, at the start of the demo; negative for an expired one."""


def demo_workspace(
    clock: Clock,
    settings: Settings,
    oms: SimulatedOms | None = None,
    chance: Callable[[], float] = random.random,
    month_zone: tzinfo | None = None,
    *,
    history: History | None = None,
) -> Workspace:
    """Make the demo's workspace: the real client, decoder and poller over `SimulatedOms`.

    Args:
        clock: the clock of the workspace and the service.
        settings: the user's settings.
        oms: the pretend service; a new one by default.
        chance: returns a random number from 0 to 1.
        month_zone: names the months of all profiles, by default each region's zone; the service counts by its own zone.
        history: the history, by default with what omstui would have kept from the last year.
    """
    service = oms or SimulatedOms(demo_scenario(clock.now()), clock)
    profiles = demo_profiles(month_zone)
    credentials = {
        name: Credential(demo_token(name), "the demo", clock.now() + _LIVES[name] if name in _LIVES else None)
        for name in profiles
    }
    project_ids = {name: profile.project_id for name, profile in profiles.items()}
    return workspace_over(
        clock,
        settings,
        service=service,
        credentials=credentials,
        profiles=profiles,
        watchlist=demo_watchlist(),
        history=history or DemoHistory(service.scenario, demo_watchlist(), project_ids),
        chance=chance,
    )


def workspace_over(
    clock: Clock,
    settings: Settings,
    *,
    service: SimulatedOms,
    credentials: Mapping[str, Credential],
    profiles: Mapping[str, Profile],
    watchlist: WatchList,
    history: History,
    chance: Callable[[], float],
) -> Workspace:
    """Make a workspace over a pretend service, with the credentials that it takes; nothing of the user's is touched."""
    transport = service.transport()
    # No request to IAM is needed: the credentials hold their expiry.
    authenticator = open_authenticator(environ={}, home=Path(), clock=clock, transport=transport)
    cache = CredentialCache(
        {name: TokenAuth() for name in profiles}, authenticator=authenticator, read=lambda _: None, clock=clock
    )
    for name, credential in credentials.items():
        cache.replace(name, credential)

    def open_client(profile: Profile) -> OmsClient:
        return OmsClient(profile, clock=clock, transport=transport)

    return Workspace(
        settings=settings,
        profiles=Profiles(profiles),
        cache=cache,
        authenticator=authenticator,
        stores=SecretStores(MemoryStore(), Folders(Path(), Path())),
        watchlist_store=MemoryWatchList(watchlist),
        open_client=open_client,
        clock=clock,
        history=history,
        chance=chance,
        is_demo=True,
    )
