"""What the demo shows: three profiles and six watched tasks, each in a condition of its own."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from types import MappingProxyType

from msgspec import Struct

from omstui.backend.secrets.secret import Secret
from omstui.core.profile import Profile
from omstui.core.task import TaskRef, WatchedTask, WatchList
from omstui.core.zone import region_endpoint, region_zone
from omstui.demo import cast
from omstui.demo.cast import Opening
from omstui.demo.simulated_task import SimulatedTask

PROD, DR, LAB = "prod-bj4", "dr-sg", "lab-gy"
SERVICE_ZONE = timezone(timedelta(hours=8))

_REGIONS = {PROD: "cn-north-4", DR: "ap-southeast-3", LAB: "cn-southwest-2"}
_PROJECTS = {
    PROD: "0a8f3c5e7b914d26a1c0e5d49b73f801",
    DR: "1b907d4f8ca25e37b2d1f6e5ac84f902",
    LAB: "2ca18e509db36f48c3e207f6bd950a03",
}


class Project(Struct, frozen=True):
    """One project of the pretend service."""

    project_id: str
    token: Secret
    """The token that opens it."""

    tasks: tuple[SimulatedTask, ...]
    expired_token: Secret | None = None
    name: str = ""
    """As IAM has it."""

    has_statistics: bool = False
    """Whether the region offers ListSyncTaskStatistic; few do."""


class Scenario(Struct, frozen=True):
    """What the pretend service holds."""

    started_at: datetime
    """When it begins; what changes in the course of it counts from here."""

    projects: tuple[Project, ...]
    zone: tzinfo = SERVICE_ZONE
    """Decides where a month begins."""


def demo_profiles(month_zone: tzinfo | None = None) -> Mapping[str, Profile]:
    """Return the demo's profiles by name, with months named in their regions' zones, or all in another one."""
    return MappingProxyType(
        {
            name: Profile(
                name, region_endpoint(region), _PROJECTS[name], region=region, zone=month_zone or region_zone(region)
            )
            for name, region in _REGIONS.items()
        }
    )


def demo_watchlist() -> WatchList:
    """Return the six tasks that the demo watches."""
    return WatchList(
        tuple(
            WatchedTask(TaskRef(profile, sync_task_id), label)
            for profile, sync_task_id, label in (
                (PROD, cast.IMAGES, "images-to-obs"),
                (PROD, cast.LOGS, "logs-archive"),
                (PROD, cast.BACKUP, "backup-2025"),
                (PROD, cast.INVOICES, "invoices"),
                (DR, cast.COLD_TIER, "cold-tier"),
                (LAB, cast.OLD_PHOTOS, "old-photos"),
            )
        )
    )


def demo_token(profile: str) -> Secret:
    """Return the token that the demo has for a profile; the one for `dr-sg` has expired."""
    return Secret(f"expired-demo-token-for-{profile}" if profile == DR else f"demo-token-for-{profile}")


def renewed_demo_token(profile: str) -> Secret:
    """Return a token that opens the profile's project, for `dr-sg` too."""
    return Secret(f"demo-token-for-{profile}")


def demo_scenario(started_at: datetime, zone: tzinfo = SERVICE_ZONE) -> Scenario:
    """Return the demo as it begins at this moment.

    From the first answers on the tasks show: failures that rise (a first batch after half a minute), all well, stopped,
    an error of the server that passes, a refused token, and a task that is gone.

    Args:
        started_at: aware; use the clock's present time.
        zone: decides where the service's months begin.
    """
    opening = Opening(started_at, zone)
    return Scenario(
        started_at,
        (
            Project(
                _PROJECTS[PROD],
                renewed_demo_token(PROD),
                tuple(task(opening) for task in (cast.images, cast.logs, cast.backup, cast.invoices)),
                name=_REGIONS[PROD],
                has_statistics=True,
            ),
            Project(_PROJECTS[DR], renewed_demo_token(DR), (cast.cold_tier(opening),), demo_token(DR), _REGIONS[DR]),
            Project(_PROJECTS[LAB], renewed_demo_token(LAB), (cast.readings(opening),), name=_REGIONS[LAB]),
        ),
        zone,
    )
