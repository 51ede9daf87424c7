"""What the demo shows: three profiles, and six watched tasks in different conditions."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from types import MappingProxyType

from msgspec import Struct

from omstui.backend.secrets.secret import Secret
from omstui.core.month import Month, first_moment
from omstui.core.profile import Profile
from omstui.core.task import STOPPED, SYNCHRONIZING, SyncTask, TaskRef, WatchedTask, WatchList
from omstui.core.zone import region_endpoint, region_zone
from omstui.demo.simulated_task import Accident, Failures, SimulatedTask, Spell, Traffic

PROD, DR, LAB = "prod-bj4", "dr-sg", "lab-gy"
SERVICE_ZONE = timezone(timedelta(hours=8))

_REGIONS = {PROD: "cn-north-4", DR: "ap-southeast-3", LAB: "cn-southwest-2"}
_PROJECTS = {
    PROD: "0a8f3c5e7b914d26a1c0e5d49b73f801",
    DR: "1b907d4f8ca25e37b2d1f6e5ac84f902",
    LAB: "2ca18e509db36f48c3e207f6bd950a03",
}

IMAGES = "5c1e7c1d-9f2e-4a55-8a0b-7d3c5f7a1e01"
LOGS = "0d146099-8cf4-437d-b6ef-88e043771c8b"
BACKUP = "8f4f2b7e-63a1-4c0c-9d57-2e8a90b4c603"
INVOICES = "b7d2a4c8-1e35-4f6b-a9c0-5d81f2e36704"
COLD_TIER = "e94c03d5-7b68-4d12-8f3a-c6a7509b1d05"
OLD_PHOTOS = "31f8b6a0-d42c-4e97-b5e1-0a9c7d64f206"
READINGS = "c2a95e7f-08d3-4b41-96fa-e17b3c5d8007"

_REPEAT = 540
"""Seconds after which the proxy fails again."""


class Opening(Struct, frozen=True):
    """The start of a scenario, and the service's zone."""

    at: datetime
    zone: tzinfo

    @property
    def month(self) -> Month:
        """The month of the start."""
        return Month.containing(self.at, self.zone)

    @property
    def stopped_at(self) -> datetime:
        """When a user stopped a task: on a Sunday or a first of a month, so that most starts of the demo agree."""
        latest = (self.at - timedelta(hours=5)).astimezone(self.zone)
        at = latest.replace(hour=12, minute=30, second=0, microsecond=0)
        while at > latest or not (at.day == 1 or at.isoweekday() == 7):
            at -= timedelta(days=1)
        return at

    def batch(self, key: str, at: datetime, most: int, traffic: Traffic, share: int) -> Failures:
        """Return failures at one moment: at most `most`, and one in `share` of the month's objects up to then."""
        begin = first_moment(Month.containing(at, self.zone), self.zone)
        objects, _ = traffic.between(int(begin.timestamp()), int(at.timestamp()))
        number = min(most, objects // share)
        return Failures(key, at, number, number)

    def ago_ms(self, months: int, day: int, hour: int, odd_ms: int) -> int:
        """Return a moment in a month before this one, in epoch milliseconds."""
        month = self.month.plus(-months)
        at = datetime(month.year, month.number, day, hour, 52, 40, tzinfo=self.zone)
        return round(at.timestamp()) * 1000 + odd_ms


def images(opening: Opening) -> SimulatedTask:
    """Return a task for the pictures of a shop, whose failures have begun to rise."""
    traffic = Traffic("images", 86_000, 3_100_000)
    return SimulatedTask(
        SyncTask(
            sync_task_id=IMAGES,
            src_cloud_type="Aliyun",
            src_region="cn-hangzhou",
            src_bucket="shop-images",
            create_time=opening.ago_ms(26, 22, 15, 751),
            last_start_time=opening.ago_ms(26, 22, 15, 751),
            dst_bucket="shop-images-obs",
            dst_region="cn-north-4",
            description="product pictures, follows the shop",
            status=SYNCHRONIZING,
            enable_kms=False,
            enable_metadata_migration=True,
            enable_restore=False,
            object_overwrite_mode="SIZE_LAST_MODIFIED_COMPARISON_OVERWRITE",
            dst_storage_policy="STANDARD",
            consistency_check="size_last_modified",
        ),
        traffic,
        failed_ppm=2,
        skipped_ppm=1_900,
        failures=(
            opening.batch("images old", opening.at - timedelta(hours=3), 8, traffic, share=50),
            Failures("images new", opening.at + timedelta(seconds=30), 1, 4, every=180),
        ),
    )


def logs(opening: Opening) -> SimulatedTask:
    """Return a task for a huge archive, which is well."""
    return SimulatedTask(
        SyncTask(
            sync_task_id=LOGS,
            src_cloud_type="AWS",
            src_region="ap-southeast-1",
            src_bucket="audit-logs/2020-onwards",
            create_time=opening.ago_ms(36, 3, 9, 118),
            last_start_time=opening.ago_ms(7, 19, 22, 604),
            dst_bucket="logs-archive",
            dst_region="cn-north-4",
            description="日志归档同步任务, 2020 onwards",
            status=SYNCHRONIZING,
            enable_kms=True,
            enable_metadata_migration=False,
            enable_restore=False,
            object_overwrite_mode="NO_OVERWRITE",
            dst_storage_policy="ARCHIVE",
            consistency_check="size_last_modified",
        ),
        Traffic("logs", 4_100_000, 12_400_000, season_shift=4),
        skipped_ppm=310,
    )


def backup(opening: Opening) -> SimulatedTask:
    """Return a task that was stopped after a batch of failures."""
    stopped_at = opening.stopped_at
    traffic = Traffic("backup", 21_000, 24_000_000, season_shift=9)
    return SimulatedTask(
        SyncTask(
            sync_task_id=BACKUP,
            src_cloud_type="HuaweiCloud",
            src_region="cn-north-7",
            src_bucket="oms-backup-src",
            create_time=opening.ago_ms(22, 6, 11, 90),
            last_start_time=opening.ago_ms(13, 14, 8, 377),
            dst_bucket="oms-backup-dst",
            dst_region="cn-north-4",
            description="nightly backups; stopped for the key change",
            status=STOPPED,
            enable_kms=False,
            enable_metadata_migration=False,
            enable_restore=False,
            object_overwrite_mode="CRC64_COMPARISON_OVERWRITE",
            consistency_check="crc64",
        ),
        traffic,
        skipped_ppm=42_000,
        failures=(opening.batch("backup", stopped_at - timedelta(minutes=10), 2_931, traffic, share=5),),
        stopped_at=stopped_at,
    )


def invoices(opening: Opening) -> SimulatedTask:
    """Return a task that is well, behind a proxy that fails and a gateway that throttles at times."""
    return SimulatedTask(
        SyncTask(
            sync_task_id=INVOICES,
            src_cloud_type="Tencent",
            src_region="ap-guangzhou",
            src_bucket="invoices-1250000000",
            create_time=opening.ago_ms(5, 9, 10, 220),
            last_start_time=opening.ago_ms(5, 9, 10, 220),
            dst_bucket="invoices",
            dst_region="cn-north-4",
            description="",
            status=SYNCHRONIZING,
            enable_kms=False,
            enable_metadata_migration=False,
            enable_restore=True,
            app_id="1250000000",
            object_overwrite_mode="FULL_OVERWRITE",
            dst_storage_policy="IA",
            consistency_check="crc64",
        ),
        Traffic("invoices", 44_000, 380_000, season_shift=2),
        spells=(
            Spell(Accident.PROXY, begins=0, lasts=120, every=_REPEAT),
            Spell(Accident.THROTTLED, begins=300, lasts=60, every=3 * _REPEAT),
        ),
    )


def cold_tier(opening: Opening) -> SimulatedTask:
    """Return a task that is well, but the demo's token for it has expired."""
    return SimulatedTask(
        SyncTask(
            sync_task_id=COLD_TIER,
            src_cloud_type="Azure",
            src_region="southeastasia",
            src_bucket="tapes",
            create_time=opening.ago_ms(17, 2, 18, 5),
            last_start_time=opening.ago_ms(17, 2, 18, 5),
            dst_bucket="cold-tier",
            dst_region="ap-southeast-3",
            description="second copy in Singapore",
            status=SYNCHRONIZING,
            enable_kms=True,
            enable_metadata_migration=True,
            enable_restore=True,
            object_overwrite_mode="SIZE_LAST_MODIFIED_COMPARISON_OVERWRITE",
            dst_storage_policy="DEEP_ARCHIVE",
            consistency_check="size_last_modified",
        ),
        Traffic("cold", 31_000, 240_000_000, season_shift=6),
        failed_ppm=4,
    )


def readings(opening: Opening) -> SimulatedTask:
    """Return a task that is well and not watched yet."""
    return SimulatedTask(
        SyncTask(
            sync_task_id=READINGS,
            src_cloud_type="Qiniu",
            src_region="z2",
            src_bucket="sensor-readings",
            create_time=opening.ago_ms(14, 27, 6, 812),
            last_start_time=opening.ago_ms(2, 1, 0, 433),
            dst_bucket="readings",
            dst_region="cn-southwest-2",
            description="",
            status=SYNCHRONIZING,
            enable_kms=False,
            enable_metadata_migration=False,
            enable_restore=False,
            object_overwrite_mode="SIZE_LAST_MODIFIED_COMPARISON_OVERWRITE",
            dst_storage_policy="SRC_STORAGE_MAPPING",
            consistency_check="no_check",
        ),
        Traffic("readings", 260_000, 21_000, season_shift=5),
    )


class Project(Struct, frozen=True):
    """One project of the pretend service."""

    project_id: str
    token: Secret
    """The token that opens it."""

    tasks: tuple[SimulatedTask, ...]
    expired_token: Secret | None = None
    name: str = ""
    """The project's name in IAM."""

    has_statistics: bool = False
    """Whether the region offers ListSyncTaskStatistic; few do."""


class Scenario(Struct, frozen=True):
    """The projects and tasks of the pretend service."""

    started_at: datetime
    """When the scenario starts; its changes are timed from here."""

    projects: tuple[Project, ...]
    zone: tzinfo = SERVICE_ZONE
    """Decides where a month begins."""


def demo_profiles(month_zone: tzinfo | None = None) -> Mapping[str, Profile]:
    """Return the demo's profiles by name, with months named in `month_zone` or else in their regions' zones."""
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
                (PROD, IMAGES, "images-to-obs"),
                (PROD, LOGS, "logs-archive"),
                (PROD, BACKUP, "backup-2025"),
                (PROD, INVOICES, "invoices"),
                (DR, COLD_TIER, "cold-tier"),
                (LAB, OLD_PHOTOS, "old-photos"),
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
    """Return the demo's scenario with its start at this moment.

    From the first answers on the tasks show: rising failures (the first batch after half a minute), all well, stopped,
    a server error that passes, a refused token, and a task that is gone.

    Args:
        started_at: an aware time; use the clock's present time.
        zone: decides where the service's months begin.
    """
    opening = Opening(started_at, zone)
    return Scenario(
        started_at,
        (
            Project(
                _PROJECTS[PROD],
                renewed_demo_token(PROD),
                tuple(task(opening) for task in (images, logs, backup, invoices)),
                name=_REGIONS[PROD],
                has_statistics=True,
            ),
            Project(_PROJECTS[DR], renewed_demo_token(DR), (cold_tier(opening),), demo_token(DR), _REGIONS[DR]),
            Project(_PROJECTS[LAB], renewed_demo_token(LAB), (readings(opening),), name=_REGIONS[LAB]),
        ),
        zone,
    )
