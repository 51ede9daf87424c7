"""The workspace: what the screen may ask of disk, keyring and service."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from omstui.backend.alert_hook import AlertHook
from omstui.backend.files.watchlist import WatchListFile
from omstui.backend.http.credential import Credential
from omstui.backend.workspace import WorkspaceError
from omstui.core.alerts.event import Event, Severity
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.settings import AlertSettings, Settings
from omstui.core.task import Listing, WatchList
from omstui.demo.clock import SteppedClock
from tests.backend.lab import ENTRY, LAB, TOKEN, stalled, workspace


async def test_the_list_is_edited_on_disk_and_reloaded_only_when_someone_else_changed_it(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    assert len(await made.load_watchlist()) == 0
    assert len(await made.edit_watchlist(lambda watchlist: watchlist.added([ENTRY]))) == 1
    assert await made.reload_watchlist() is None
    WatchListFile(tmp_path / "watchlist.toml").edit(lambda watchlist: watchlist.relabelled(ENTRY.ref, "another name"))
    reloaded = await made.reload_watchlist()
    assert reloaded is not None
    assert [task.label for task in reloaded] == ["another name"]


async def test_a_broken_list_is_told_once_and_never_overwritten(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    await made.edit_watchlist(lambda watchlist: watchlist.added([ENTRY]))
    path = tmp_path / "watchlist.toml"
    path.write_text("[[task]]\nid = \n")
    with pytest.raises(WorkspaceError, match=r"watchlist\.toml, line 2"):
        await made.reload_watchlist()
    assert await made.reload_watchlist() is None
    with pytest.raises(WorkspaceError):
        await made.edit_watchlist(lambda watchlist: watchlist.removed([ENTRY.ref]))
    assert path.read_text() == "[[task]]\nid = \n"


async def test_a_list_that_was_read_before_an_edit_does_not_come_back_after_it(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    (tmp_path / "watchlist.toml").write_text("# touched by somebody else\n")
    seen: list[WatchList | None] = []

    async def reload() -> None:
        seen.append(await made.reload_watchlist())

    async def edit() -> None:
        seen.append(await made.edit_watchlist(lambda watchlist: watchlist.added([ENTRY])))

    await stalled(reload, edit)
    assert [len(one) for one in seen if one is not None] == [0, 1], "the edit comes last"
    assert await made.reload_watchlist() is None


def test_a_crash_is_kept_masked_and_private(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    said = made.record_crash(f"Traceback\nValueError: {TOKEN.reveal()}\n")
    path = tmp_path / "state" / "crash.txt"
    assert str(path) in said
    assert "ValueError" in path.read_text()
    assert "b4Qz" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_crash_that_cannot_be_kept_says_so(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    (tmp_path / "state").write_text("in the way")
    assert "could not be written" in made.record_crash("Traceback")


class Told(AlertHook):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__((), environ={})
        self.kinds: list[str] = []

    def tell(self, event: Event) -> None:
        self.kinds.append(event.kind)


@pytest.mark.parametrize(
    ("profile", "alerts", "told"),
    [
        (LAB, AlertSettings(), ["gone", "stopped", "recovered"]),
        (LAB, AlertSettings(quiet=True), []),
        (replace(LAB, alerts=False), AlertSettings(), []),
    ],
)
def test_alerts_reach_the_users_program_and_whoever_hears_the_terminal(
    tmp_path: Path,
    stepped_clock: SteppedClock,
    profile: Profile,
    alerts: AlertSettings,
    told: list[str],
) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    hook = Told()
    made.profiles["lab"], made._alert_hook = profile, hook
    made.settings = Settings(alerts=alerts)
    severities = {"gone": Severity.ALARM, "stopped": Severity.WARNING}
    kinds = ("gone", "stopped", "recovered", "month closed")
    events = [Event(stepped_clock.now(), kind, "", severities.get(kind, Severity.NOTE), "lab", "id") for kind in kinds]
    assert [event.kind for event in made.raise_alerts(events)] == told[:2]
    assert hook.kinds == told


async def test_a_project_is_asked_for_its_tasks_with_the_profiles_credential(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    made, client, sign_ins = workspace(tmp_path, stepped_clock)
    sign_ins.replace("lab", Credential(TOKEN, "memory"))
    assert await made.list_tasks("lab") == Listing()
    assert (client.lists, client.closed) == (1, 1)


@pytest.mark.parametrize("name", ["lab", "gone"])
async def test_nothing_is_asked_without_a_profile_or_a_credential(
    tmp_path: Path, stepped_clock: SteppedClock, name: str
) -> None:
    made, client, _ = workspace(tmp_path, stepped_clock)
    outcome = await made.list_tasks(name)
    assert isinstance(outcome, Problem)
    assert name in outcome.text
    assert client.lists == 0


async def test_a_refused_token_that_cannot_be_renewed_is_sent_once(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    refused = Problem(ProblemKind.TOKEN, "token expires", "APIGW.0301", 401)
    made, client, sign_ins = workspace(tmp_path, stepped_clock, refused)
    sign_ins.replace("lab", Credential(TOKEN, "memory"))
    assert await made.list_tasks("lab") == refused
    assert client.lists == 1


async def test_a_listing_that_is_asked_for_patience_is_not_asked_for_again_before_that(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    busy = Problem(ProblemKind.SERVER, "busy", status=503, retry_after=120.0)
    made, client, sign_ins = workspace(tmp_path, stepped_clock, busy)
    sign_ins.replace("lab", Credential(TOKEN, "memory"))
    for _ in range(3):
        assert await made.list_tasks("lab") == busy
        await stepped_clock.advance(39)
    assert client.lists == 1
    client.outcome = None
    await stepped_clock.advance(3)
    assert await made.list_tasks("lab") == Listing()
    assert client.lists == 2
