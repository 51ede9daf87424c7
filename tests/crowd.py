"""A workspace with many tasks, to measure what a full screen costs."""

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from omstui.backend.history.history import History, MemoryHistory
from omstui.backend.http.credential import Credential
from omstui.backend.runtime.clock import Clock
from omstui.backend.secrets.secret import Secret
from omstui.backend.workspace import Workspace
from omstui.core.profile import Profile
from omstui.core.settings import Settings
from omstui.core.task import SYNCHRONIZING, SyncTask, TaskRef, WatchedTask, WatchList
from omstui.core.zone import region_endpoint, region_zone
from omstui.demo.scenario import Project, Scenario
from omstui.demo.service import SimulatedOms
from omstui.demo.simulated_task import SimulatedTask, Traffic
from omstui.demo.workspace import workspace_over

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
    workspace = workspace_over(
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
