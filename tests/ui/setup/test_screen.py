import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from textual import events
from textual.message import Message
from textual.pilot import Pilot

from omstui.backend.secrets.secret import Secret
from omstui.backend.workspace import WorkspaceError
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.task import ListedTask, Listing, SyncTask, TaskRef, WatchedTask
from omstui.ui.dialogs.task_lines import TaskLines
from omstui.ui.dialogs.token_field import TokenField
from omstui.ui.drawing.line import text_of
from omstui.ui.setup.screen import SetupScreen
from tests.ui.dialogs.hosting import HOSTILE, IDS, SIZES, Host, paste, press, settled, type_text

pytestmark = pytest.mark.slow

MARKER = "MIIFtokenMARKERtoken"
PROJECT = "0dd8cb413000906a2fcdc019b5a84546"


class Service:
    """Answers checks and saves with what it was told to, and keeps what it was asked."""

    def __init__(self, *problems: Problem | None, kept: str | WorkspaceError | None = None) -> None:
        self.problems = list(problems)
        self.kept = kept
        self.checked: list[tuple[Profile, Secret]] = []
        self.saved: list[tuple[Profile, Secret, tuple[WatchedTask, ...]]] = []
        self.has: Listing | Problem = Listing(tuple(ListedTask(one, SyncTask(src_bucket=one[-4:])) for one in IDS))
        self.listed: list[tuple[Profile, Secret]] = []
        self.limiter = asyncio.Event()
        self.limiter.set()

    async def check(self, profile: Profile, secret: Secret) -> Problem | None:
        self.checked.append((profile, secret))
        await self.limiter.wait()
        return self.problems.pop(0) if self.problems else None

    async def save(self, profile: Profile, secret: Secret, tasks: tuple[WatchedTask, ...]) -> str | None:
        self.saved.append((profile, secret, tasks))
        await self.limiter.wait()
        if isinstance(self.kept, WorkspaceError):
            raise self.kept
        return self.kept

    async def find(self, profile: Profile, secret: Secret) -> Listing | Problem:
        self.listed.append((profile, secret))
        return self.has


def host(service: Service) -> Host[bool]:
    return Host(SetupScreen(service.check, service.save, service.find))


async def fill_project(pilot: Pilot[None], region: str = "cn-north-4", project_id: str = PROJECT) -> None:
    """Fill in the first step, the profile's name left as it is."""
    await settled(pilot)
    await press(pilot, "enter")
    await type_text(pilot, region)
    await press(pilot, "enter")
    await paste(pilot, project_id)
    await press(pilot, "enter")


async def fill_credential(pilot: Pilot[None]) -> None:
    await paste(pilot, MARKER)
    await press(pilot, "enter")


@asynccontextmanager
async def at_the_tasks(service: Service) -> AsyncIterator[tuple[Host[bool], Pilot[None]]]:
    """Open the guided start, and fill in the steps before the last one."""
    app = host(service)
    async with app.run_test() as pilot:
        await fill_project(pilot)
        await fill_credential(pilot)
        yield app, pilot


@pytest.mark.parametrize(("project_id", "is_told"), [("short", True), (IDS[0], True), (PROJECT, False)])
async def test_what_does_not_look_like_a_project_id_is_warned_of_and_taken(project_id: str, is_told: bool) -> None:
    service = Service()
    app = host(service)
    async with app.run_test() as pilot:
        await fill_project(pilot, project_id=project_id)
        warning = "The project id does not look like one, which has 32 hex digits: compare it with My Credentials"
        assert (warning in app.words) is is_told
        assert app.dialog.query_one("#project-facts").has_class("-warn") is is_told
        await fill_credential(pilot)
        assert service.checked[0][0].project_id == project_id


async def test_the_whole_way_with_the_keys() -> None:
    service = Service()
    app = host(service)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert "It only reads" in app.shown
        assert "● Project" in app.shown
        await fill_project(pilot)
        assert "✓ Project   ● Credential" in app.shown
        assert "default at oms.cn-north-4.myhuaweicloud.com" in app.shown
        await fill_credential(pilot)
        assert "✓ Credential   ● Tasks" in app.shown
        await paste(pilot, f"{IDS[0]} logs\n{IDS[1]}")
        assert "2 tasks to watch" in app.shown
        await press(pilot, "ctrl+s")
        assert app.results == [True]
    profile, secret, tasks = service.saved[0]
    assert (profile.name, profile.endpoint) == ("default", "https://oms.cn-north-4.myhuaweicloud.com")
    assert (profile.project_id, profile.region, profile.auth) == (PROJECT, "cn-north-4", "token")
    assert profile.zone.utcoffset(None) == timedelta(hours=8)
    assert secret == Secret(MARKER)
    assert tasks == (
        WatchedTask(TaskRef("default", IDS[0]), "logs"),
        WatchedTask(TaskRef("default", IDS[1])),
    )
    assert service.checked == [(profile, secret)]


async def test_another_token_begins_anew_with_the_way_around_a_slow_terminal() -> None:
    app = host(Service(Problem(ProblemKind.TOKEN, "The token has expired", "APIGW.0301", 401)))
    async with app.run_test() as pilot:
        await fill_project(pilot)
        assert "run omstui login with --secret-stdin" in app.words
        await fill_credential(pilot)
        assert "The token has expired" in app.words
        assert "--secret-stdin" not in app.words
        await paste(pilot, "other")
        assert "run omstui login with --secret-stdin" in app.words
        assert "The token has expired" not in app.words


async def test_the_first_tasks_may_wait() -> None:
    service = Service()
    async with at_the_tasks(service) as (app, pilot):
        await press(pilot, "enter")
        assert app.results == [True]
    assert service.saved[0][2] == ()


async def test_the_first_tasks_can_be_chosen_from_what_the_project_has() -> None:
    """It is asked for then and not before, with the credential that was accepted; what was typed stays."""
    service = Service()
    app = host(service)
    async with app.run_test(size=(80, 24)) as pilot:
        await fill_project(pilot)
        await press(pilot, "f2")
        assert "● Credential" in app.shown
        await fill_credential(pilot)
        assert "F2 list them" in app.shown
        assert not service.listed
        await paste(pilot, f"{IDS[0]} logs")
        await press(pilot, "f2")
        assert " ✓  0000 → –" in app.shown
        await press(pilot, "down", "space", "down", "space", "enter")
        assert "3 tasks to watch" in app.shown
        await press(pilot, "ctrl+s")
        assert app.results == [True]
    profile, secret, tasks = service.saved[0]
    assert service.listed == [(profile, secret)]
    assert [(task.ref.sync_task_id, task.label) for task in tasks] == [(IDS[0], "logs"), (IDS[1], ""), (IDS[2], "")]


async def test_where_tasks_cannot_be_listed_they_can_still_be_pasted() -> None:
    service = Service()
    service.has = Problem(ProblemKind.FORBIDDEN, "denied", "OMS.0053", 403)
    async with at_the_tasks(service) as (app, pilot):
        await press(pilot, "f2")
        assert "oms:synctask:list" in app.words
        await press(pilot, "escape")
        await paste(pilot, IDS[0])
        await press(pilot, "enter")
        assert app.results == [True]
    assert [task.ref.sync_task_id for task in service.saved[0][2]] == [IDS[0]]


async def test_another_name_and_an_endpoint_of_ones_own() -> None:
    service = Service()
    app = host(service)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "ctrl+u")
        await type_text(pilot, "lab")
        await fill_project(pilot, "http://127.0.0.1:8000/")
        await fill_credential(pilot)
        await press(pilot, "enter")
    profile = service.saved[0][0]
    assert (profile.name, profile.endpoint, profile.region) == ("lab", "http://127.0.0.1:8000", None)


async def test_a_region_is_completed_and_its_place_named() -> None:
    app = host(Service())
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "tab")
        await type_text(pilot, "ap-southeast-3"[:10])
        assert "→ Hong Kong" in app.shown
        await press(pilot, "right")
        assert "ap-southeast-1" in app.shown
        assert "→" not in app.shown
        assert "Hong Kong" in app.shown


@pytest.mark.parametrize(
    ("name", "region", "project_id", "words"),
    [
        ("a b", "cn-north-4", PROJECT, "is not a profile name"),
        ("", "cn-north-4", PROJECT, "is not a profile name"),
        ("lab", "", PROJECT, "The region is missing"),
        ("lab", "cn north", PROJECT, "is not a region"),
        ("lab", "http://oms.example.com", PROJECT, "would send the token in clear"),
        ("lab", "cn-north-4", "", "The project id is empty"),
        ("lab", "cn-north-4", "a/b", "is not a project id"),
    ],
)
async def test_wrong_input_is_named_at_its_field_and_stays(name: str, region: str, project_id: str, words: str) -> None:
    app = host(Service())
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "ctrl+u")
        await type_text(pilot, name)
        await press(pilot, "tab")
        await type_text(pilot, region)
        await press(pilot, "tab")
        await type_text(pilot, project_id)
        await press(pilot, "ctrl+s")
        assert words in app.words
        assert "● Project" in app.shown
        for typed in (name, region, project_id):
            assert typed in app.shown


async def test_a_wrong_field_keeps_the_cursor_and_its_complaint_goes_when_it_is_edited() -> None:
    app = host(Service())
    async with app.run_test() as pilot:
        await settled(pilot)
        await type_text(pilot, "a x")
        await press(pilot, "enter")
        assert "is not a profile name" in app.words
        await press(pilot, "backspace", "backspace")
        assert "is not a profile name" not in app.words
        await press(pilot, "enter")
        await type_text(pilot, "cn-n")
        assert "→ Beijing 1" in app.shown


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (
            Problem(ProblemKind.TOKEN, "The token has expired", "APIGW.0307", 401),
            "The token has expired (APIGW.0307). Paste another token",
        ),
        (
            Problem(ProblemKind.FORBIDDEN, "Not allowed", None, 403),
            "Not allowed. Ask the administrator for oms:synctask:get",
        ),
        (Problem(ProblemKind.NETWORK, "No answer within 30 s"), "No answer within 30 s. Check the region"),
        (Problem(ProblemKind.ENDPOINT, "Nobody there"), "Nobody there. Go back and check the region"),
        (
            Problem(ProblemKind.TOKEN, "Somebody else", status=401, is_foreign=True),
            "Somebody else. Check the network and the proxy",
        ),
        (Problem(ProblemKind.BAD_ANSWER, HOSTILE), "something else may be answering there"),
        *((Problem(kind, "Trouble", "X.1"), "Trouble (X.1). ") for kind in ProblemKind),
    ],
)
async def test_a_refused_credential_is_told_in_plain_sentences(problem: Problem, words: str) -> None:
    service = Service(problem)
    async with at_the_tasks(service) as (app, pilot):
        assert words in app.words
        assert "{profile}" not in app.shown
        assert app.shown.replace("\n", "").isprintable()
        assert "● Credential" in app.shown
        await press(pilot, "enter")
        assert "● Tasks" in app.shown
    assert service.checked[0] == service.checked[1]


@pytest.mark.parametrize("pasted", ["", "a\x1bb"])
async def test_what_cannot_be_a_token_is_not_sent(pasted: str) -> None:
    service = Service()
    app = host(service)
    async with app.run_test() as pilot:
        await fill_project(pilot)
        await paste(pilot, pasted)
        await press(pilot, "enter")
        assert "Not checked: the token" in app.words
    assert service.checked == []


async def test_escape_stops_a_check() -> None:
    service = Service()
    service.limiter.clear()
    async with at_the_tasks(service) as (app, pilot):
        assert "Checking with one request …" in app.shown
        await press(pilot, "enter", "shift+tab")
        assert "Checking with one request …" in app.shown
        await press(pilot, "escape")
        assert "The check was stopped" in app.shown
        service.limiter.set()
        await press(pilot, "enter")
        assert "● Tasks" in app.shown
    assert len(service.checked) == 2


async def test_clearing_the_token_stops_its_check_and_says_so_no_longer() -> None:
    service = Service()
    service.limiter.clear()
    async with at_the_tasks(service) as (app, pilot):
        assert "Checking with one request …" in app.shown
        await press(pilot, "ctrl+u")
        assert "Checking" not in app.shown
        assert "enter check" in app.shown


async def test_each_step_can_be_gone_back_to_and_nothing_is_lost() -> None:
    service = Service()
    async with at_the_tasks(service) as (app, pilot):
        await paste(pilot, IDS[0])
        await press(pilot, "shift+tab")
        assert "● Credential" in app.shown
        assert "20 characters" in app.shown
        await press(pilot, "shift+tab")
        assert "● Project" in app.shown
        assert PROJECT in app.shown
        await press(pilot, "shift+tab", "shift+tab", "shift+tab")
        assert "● Project" in app.shown
        await press(pilot, "ctrl+s")
        await press(pilot, "enter")
        assert len(service.checked) == 1
        assert app.dialog.query_one(TaskLines).text == IDS[0]
        await press(pilot, "enter")
    assert [len(tasks) for _, _, tasks in service.saved] == [1]


async def test_a_changed_project_has_the_credential_checked_again() -> None:
    service = Service()
    async with at_the_tasks(service) as (app, pilot):
        await press(pilot, "shift+tab", "shift+tab", "backspace", "enter", "enter")
        assert "● Tasks" in app.shown
        await press(pilot, "enter")
    assert [profile.project_id for profile, _ in service.checked] == [PROJECT, PROJECT[:-1]]
    assert service.saved[0][0].project_id == PROJECT[:-1]


async def test_steps_that_are_done_can_be_clicked() -> None:
    app = host(Service())
    async with app.run_test() as pilot:
        await fill_project(pilot)
        await pilot.click("#steps", offset=(3, 0))
        await settled(pilot)
        assert "● Project" in app.shown


async def test_bad_task_lines_are_named_and_stay() -> None:
    service = Service()
    async with at_the_tasks(service) as (app, pilot):
        await paste(pilot, f"{IDS[0]}\nfoo bar")
        await press(pilot, "ctrl+s")
        assert "line 2: 'foo bar' does not look like a task id: correct or delete it" in app.words
        assert service.saved == []
        await press(pilot, "ctrl+u", "ctrl+s")
        assert app.results == [True]
    assert len(service.saved[0][2]) == 1


async def test_what_was_not_kept_is_told_before_the_screen_opens() -> None:
    app = host(Service(kept="Kept in memory until omstui ends: no keyring. omstui doctor says more"))
    async with app.run_test() as pilot:
        await fill_project(pilot)
        await fill_credential(pilot)
        await press(pilot, "enter")
        assert app.is_open
        assert "Kept in memory until omstui ends" in app.shown
        await press(pilot, "q")
        assert app.is_open
        await press(pilot, "enter")
        assert app.results == [True]


async def test_saving_is_neither_stopped_nor_done_twice() -> None:
    service = Service()
    async with at_the_tasks(service) as (app, pilot):
        service.limiter.clear()
        await press(pilot, "enter")
        assert "Saving" in app.shown
        assert "esc" not in app.shown
        await press(pilot, "enter", "escape", "shift+tab")
        assert "Saving" in app.shown
        service.limiter.set()
        await settled(pilot)
        assert app.results == [True]
    assert len(service.saved) == 1


async def test_when_nothing_can_be_kept_the_reason_is_told_and_it_can_be_tried_again() -> None:
    service = Service(kept=WorkspaceError("config.toml cannot be written: the disk is full"))
    async with at_the_tasks(service) as (app, pilot):
        await press(pilot, "enter")
        assert "the disk is full" in app.shown
        service.kept = None
        await press(pilot, "enter")
        assert app.results == [True]
    assert len(service.saved) == 2


@pytest.mark.parametrize("key", ["enter", "escape"])
async def test_leaving_says_what_to_run_instead(key: str) -> None:
    """Before the first step; from there `q` alone quits, and all other keys lead back."""
    app = host(Service())
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "escape")
        assert "omstui login NAME --region REGION --project-id ID" in app.words
        assert "omstui --demo" in app.shown
        await press(pilot, key)
        assert "Project id" in app.shown
        await press(pilot, "q")
        assert app.is_open
        await press(pilot, "escape", "q")
        assert app.results == [False]


async def test_escape_goes_one_step_back_and_loses_nothing_that_was_checked() -> None:
    """From the third step to the first, however often it is pressed; the checked token is there on the way on."""
    service = Service()
    async with at_the_tasks(service) as (app, pilot):
        await paste(pilot, IDS[0])
        await press(pilot, "escape")
        assert "● Credential" in app.shown
        assert "20 characters" in app.shown
        await press(pilot, "escape")
        assert "● Project" in app.shown
        assert PROJECT in app.shown
        await press(pilot, "escape", "escape", "escape", "escape")
        assert app.is_open
        await press(pilot, "enter", "enter")
        assert "● Tasks" in app.shown
        await press(pilot, "enter")
        assert app.results == [True]
    assert len(service.checked) == 1
    assert service.saved[0][1:] == (Secret(MARKER), (WatchedTask(TaskRef("default", IDS[0])),))


@pytest.mark.parametrize(
    ("step", "words"), [(0, "esc, then q"), (1, "esc twice, then q"), (2, "esc three times, then q")]
)
async def test_how_to_quit_counts_the_steps_back(step: int, words: str) -> None:
    app = host(Service())
    async with app.run_test() as pilot:
        await settled(pilot)
        for fill in (fill_project, fill_credential)[:step]:
            await fill(pilot)
        await press(pilot, "ctrl+c")
        assert f"{words} quit" in app.words
        await press(pilot, *["escape"] * (step + 1), "q")
        assert app.results == [False]


async def test_enter_means_the_same_in_each_field() -> None:
    """This step is complete: what is missing or wrong gets the cursor, and without that the next step comes."""
    app = host(Service())
    async with app.run_test() as pilot:
        await settled(pilot)
        assert "enter next step   tab next field" in app.shown
        await press(pilot, "enter")
        assert "The region is missing" in app.words
        assert "The project id is empty" not in app.words
        await type_text(pilot, "cn-north-4")
        await press(pilot, "tab")
        await paste(pilot, PROJECT)
        await press(pilot, "shift+tab", "shift+tab", "enter")
        assert "● Credential" in app.shown


async def test_for_a_mistyped_region_the_likeliest_one_is_offered() -> None:
    """While it is typed, where the token is asked for, and when the service does not accept that."""
    app = host(Service(Problem(ProblemKind.NETWORK, "The name is not known")))
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "tab")
        await type_text(pilot, "cn-nort-4")
        assert "is it cn-north-4?" in app.words
        await press(pilot, "tab")
        await paste(pilot, PROJECT)
        await press(pilot, "enter")
        assert "(not known here; is it cn-north-4?)" in app.words
        await fill_credential(pilot)
        assert "The name is not known. Is the region cn-north-4?" in app.words


async def test_the_letter_that_quits_can_be_typed_everywhere_else() -> None:
    app = host(Service())
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "end")
        await type_text(pilot, "q")
        assert "defaultq" in app.shown


async def test_the_proposed_name_is_replaced_by_typing() -> None:
    app = host(Service())
    async with app.run_test() as pilot:
        await settled(pilot)
        await type_text(pilot, "lab")
        assert "lab" in app.shown
        assert "default" not in app.shown
        await press(pilot, "tab")
        await type_text(pilot, "cn-north-4")
        await press(pilot, "shift+tab", "tab")
        await type_text(pilot, "x")
        assert "cn-north-4x" in app.shown, "what was typed is no proposal"


@pytest.mark.parametrize("size", SIZES)
async def test_what_matters_is_visible_at_every_size(size: tuple[int, int]) -> None:
    problem = Problem(ProblemKind.NETWORK, "The name oms.cn-north-4.myhuaweicloud.com is not known to this machine")
    app = host(Service(problem))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert "It only reads" in app.shown
        assert "enter next" in app.shown
        await press(pilot, "enter")
        await type_text(pilot, "http://oms.example.com")
        await press(pilot, "enter")
        assert "would send the token in clear" in app.words
        await press(pilot, "ctrl+u")
        await type_text(pilot, "cn-north-4")
        assert "Beijing 4" in app.shown
        await press(pilot, "enter")
        await paste(pilot, "a/b")
        await press(pilot, "enter")
        assert "is not a project id" in app.words
        await press(pilot, "ctrl+u")
        await paste(pilot, PROJECT)
        await press(pilot, "enter")
        await fill_credential(pilot)
        assert "is not known to this machine" in app.words
        assert "20 characters" in app.shown
        assert "enter check" in app.shown
        await press(pilot, "escape", "escape")
        assert "omstui --demo" in app.shown
        assert "q quit" in app.shown


async def test_the_token_shows_nowhere() -> None:
    messages: list[Message] = []
    service = Service(kept="Kept in memory")
    app = host(service)
    async with app.run_test(message_hook=messages.append) as pilot:
        await fill_project(pilot)
        messages.clear()
        app.dialog.query_one(TokenField).on_paste(events.Paste(MARKER))
        await settled(pilot)
        seen = [app.export_screenshot()]
        await press(pilot, "enter")
        seen += [repr(vars(app.dialog)), *(repr(vars(node)) for node in app.dialog.walk_children())]
        await press(pilot, "enter")
        assert service.saved[0][1] == Secret(MARKER)
        seen += [app.export_screenshot(), repr(vars(app.dialog)), *map(repr, messages)]
        seen += [repr(vars(message)) for message in messages]
        seen += ["\n".join(text_of(line) for line in app.dialog.query_one(TokenField).lines)]
    for piece in (MARKER[at : at + 8] for at in range(len(MARKER) - 8)):
        assert not any(piece in text for text in seen)
