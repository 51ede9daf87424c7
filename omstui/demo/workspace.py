"""Workspaces over the pretend OMS: the demo's, and one with many tasks to measure what a full screen costs."""

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from msgspec import Struct

from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import TokenAuth, open_authenticator
from omstui.backend.files.watchlist import MemoryWatchList
from omstui.backend.history.history import History, MemoryHistory
from omstui.backend.http.credential import Credential
from omstui.backend.oms.client import OmsClient
from omstui.backend.profiles import Profiles
from omstui.backend.runtime.clock import Clock
from omstui.backend.runtime.files import Folders
from omstui.backend.secrets.places import SecretStores
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import MemoryStore
from omstui.backend.workspace import Workspace
from omstui.core.profile import Profile
from omstui.core.settings import Settings
from omstui.core.task import SYNCHRONIZING, SyncTask, TaskRef, WatchedTask, WatchList
from omstui.core.zone import region_endpoint, region_zone
from omstui.demo.past import DemoHistory
from omstui.demo.scenario import DR, PROD, Project, Scenario, demo_profiles, demo_scenario, demo_token, demo_watchlist
from omstui.demo.service import SimulatedOms
from omstui.demo.simulated_task import SimulatedTask, Traffic

_REGION = "cn-north-4"


class Crowd(Struct, frozen=True):
    """A number of tasks, spread over a number of profiles."""

    tasks: int
    profile_count: int = 1

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """The profiles by name, in one region, each with a project of its own."""
        return {
            self._profile(number): Profile(
                self._profile(number),
                region_endpoint(_REGION),
                f"{number:032x}",
                region=_REGION,
                zone=region_zone(_REGION),
            )
            for number in range(self.profile_count)
        }

    @property
    def watchlist(self) -> WatchList:
        """All tasks."""
        return WatchList(
            tuple(
                WatchedTask(TaskRef(self._profile(number % self.profile_count), _id(number)), f"task-{number:04}")
                for number in range(self.tasks)
            )
        )

    def token(self, profile: str) -> Secret:
        """Return the token of a profile's project; a made-up word that opens nothing else."""
        return Secret(f"crowd-token-for-{profile}")

    def scenario(self, started_at: datetime) -> Scenario:
        """Return the service's projects and tasks; the figures differ from answer to answer."""
        created = round((started_at - timedelta(days=2)).timestamp() * 1000)
        projects = (
            Project(
                profile.project_id,
                self.token(profile.name),
                tuple(_task(number, created) for number in range(place, self.tasks, self.profile_count)),
            )
            for place, profile in enumerate(self.profiles.values())
        )
        return Scenario(started_at, tuple(projects))

    def _profile(self, number: int) -> str:
        return f"crowd-{number}"


def _id(number: int) -> str:
    return f"0d146099-8cf4-437d-b6ef-{number:012x}"


def _task(number: int, created: int) -> SimulatedTask:
    return SimulatedTask(
        SyncTask(
            sync_task_id=_id(number),
            src_cloud_type="AWS",
            src_region="ap-southeast-1",
            src_bucket=f"source-{number:04}",
            create_time=created,
            last_start_time=created,
            dst_bucket=f"target-{number:04}",
            dst_region=_REGION,
            description="",
            status=SYNCHRONIZING,
            enable_kms=False,
            enable_metadata_migration=False,
            enable_restore=False,
            object_overwrite_mode="NO_OVERWRITE",
            dst_storage_policy="STANDARD",
            consistency_check="size_last_modified",
        ),
        Traffic(f"crowd {number}", 30_000_000, 300_000),
        failed_ppm=100,
        skipped_ppm=1000,
    )


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
    return _workspace(
        clock,
        settings,
        service=service,
        credentials=credentials,
        profiles=profiles,
        watchlist=demo_watchlist(),
        history=history or DemoHistory(service.scenario, demo_watchlist(), project_ids),
        chance=chance,
    )


def crowd_workspace(
    crowd: Crowd,
    clock: Clock,
    settings: Settings,
    chance: Callable[[], float] = random.random,
    *,
    oms: SimulatedOms | None = None,
    history: History | None = None,
) -> tuple[Workspace, SimulatedOms]:
    """Return a workspace that watches a crowd of tasks, and its service; its history holds only this run by default."""
    service = oms or SimulatedOms(crowd.scenario(clock.now()), clock)
    workspace = _workspace(
        clock,
        settings,
        service=service,
        credentials={name: Credential(crowd.token(name), "the crowd", None) for name in crowd.profiles},
        profiles=crowd.profiles,
        watchlist=crowd.watchlist,
        history=history or MemoryHistory(),
        chance=chance,
    )
    return workspace, service


def _workspace(
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
    transport = service.transport()
    # No request to IAM is needed: the credentials hold their expiry.
    authenticator = open_authenticator(environ={}, home=Path(), clock=clock, transport=transport)
    sign_ins = CredentialCache(
        {name: TokenAuth() for name in profiles}, authenticator=authenticator, read=lambda _: None, clock=clock
    )
    for name, credential in credentials.items():
        sign_ins.replace(name, credential)

    def open_client(profile: Profile) -> OmsClient:
        return OmsClient(profile, clock=clock, transport=transport)

    return Workspace(
        settings=settings,
        profiles=Profiles(profiles),
        sign_ins=sign_ins,
        authenticator=authenticator,
        stores=SecretStores(MemoryStore(), Folders(Path(), Path())),
        watchlist_store=MemoryWatchList(watchlist),
        open_client=open_client,
        clock=clock,
        history=history,
        chance=chance,
        is_demo=True,
    )
