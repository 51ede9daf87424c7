from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from omstui.core.task import TaskRef, WatchedTask
from omstui.ui.dialogs.add import AddDialog
from omstui.ui.dialogs.task_lines import TaskLines
from tests.ui.dialogs.hosting import HOSTILE, IDS, SIZES, Host, paste, press, settled, type_text

pytestmark = pytest.mark.slow

PROFILES = ("prod", "lab")


def tasks(profile: str, *ids: str) -> tuple[WatchedTask, ...]:
    return tuple(WatchedTask(TaskRef(profile, sync_task_id)) for sync_task_id in ids)


def dialog(*, profiles: tuple[str, ...] = PROFILES, watched: tuple[str, ...] = ()) -> AddDialog:
    return AddDialog(profiles, "lab", frozenset(TaskRef("lab", sync_task_id) for sync_task_id in watched))


def text_in(app: Host[tuple[WatchedTask, ...] | None]) -> str:
    return app.dialog.query_one(TaskLines).text


async def test_one_typed_id_is_added_with_enter() -> None:
    app = Host(dialog())
    async with app.run_test() as pilot:
        await type_text(pilot, IDS[0])
        await press(pilot, "enter")
        assert app.results == [tasks("lab", IDS[0])]


async def test_what_does_not_look_like_an_id_is_warned_of_and_added_all_the_same() -> None:
    app = Host(dialog())
    async with app.run_test() as pilot:
        await type_text(pilot, "abc")
        assert "1 task to add · abc does not look like a task id, which is a UUID" in app.words
        assert app.dialog.query_one("#parsed").has_class("-warn")
        await press(pilot, "enter")
        assert app.results == [tasks("lab", "abc")]


async def test_many_pasted_lines_are_added_with_ctrl_s() -> None:
    app = Host(dialog())
    async with app.run_test() as pilot:
        await paste(pilot, f"{IDS[0]} logs\n\n# mine\n{IDS[1]}\n{IDS[0]}\n")
        assert "2 tasks to add" in app.shown
        await press(pilot, "ctrl+s")
        assert app.results == [(WatchedTask(TaskRef("lab", IDS[0]), "logs"), *tasks("lab", IDS[1]))]


@pytest.mark.parametrize("how", ["key", "click"])
async def test_the_button_adds(how: str) -> None:
    app = Host(dialog())
    async with app.run_test() as pilot:
        await paste(pilot, IDS[0])
        if how == "key":
            await press(pilot, "tab", "tab", "enter")
        else:
            await pilot.click("#add")
            await settled(pilot)
        assert app.results == [tasks("lab", IDS[0])]


async def test_escape_adds_nothing() -> None:
    app = Host(dialog())
    async with app.run_test() as pilot:
        await paste(pilot, IDS[0])
        await press(pilot, "escape")
        assert app.results == [None]


async def test_good_lines_are_taken_and_bad_ones_stay_to_be_corrected() -> None:
    app = Host(dialog())
    async with app.run_test() as pilot:
        await paste(pilot, f"{IDS[0]}\nfoo bar\n{IDS[1]}\nx/y")
        assert "2 tasks to add · line 2: 'foo bar' does not look like a task id · line 4 too" in app.words
        await press(pilot, "ctrl+s")
        assert app.is_open
        assert text_in(app) == "foo bar\nx/y"
        assert "2 accepted · line 1: 'foo bar' does not look like a task id" in app.words
        app.dialog.query_one(TaskLines).text = IDS[2]
        await press(pilot, "ctrl+s")
        assert app.results == [tasks("lab", IDS[0], IDS[1], IDS[2])]


async def test_what_was_taken_is_added_however_the_dialog_is_left() -> None:
    app = Host(dialog())
    async with app.run_test() as pilot:
        await paste(pilot, f"{IDS[0]}\nfoo bar")
        await press(pilot, "ctrl+s")
        assert "close, adding 1" in app.shown
        await press(pilot, "escape")
        assert app.results == [tasks("lab", IDS[0])]


async def test_deleting_the_last_bad_line_is_enough() -> None:
    app = Host(dialog())
    async with app.run_test() as pilot:
        await paste(pilot, f"{IDS[0]}\nfoo bar")
        await press(pilot, "ctrl+s", "ctrl+u", "enter")
        assert app.results == [tasks("lab", IDS[0])]


@pytest.mark.parametrize("text", ["", "foo bar", HOSTILE, "a/b\nc d"])
async def test_without_a_task_nothing_happens_and_nothing_is_lost(text: str) -> None:
    app = Host(dialog())
    async with app.run_test() as pilot:
        await paste(pilot, text)
        before = text_in(app)
        await press(pilot, "ctrl+s")
        assert app.is_open
        assert text_in(app) == before


async def test_watched_tasks_are_not_added_again() -> None:
    app = Host(dialog(watched=(IDS[0],)))
    async with app.run_test() as pilot:
        await paste(pilot, f"{IDS[0]}\n{IDS[1]}")
        assert "1 task to add · 1 watched already" in app.shown
        await press(pilot, "ctrl+s")
        assert app.results == [tasks("lab", IDS[1])]


async def test_another_profile_can_be_chosen_with_the_keys() -> None:
    app = Host(dialog(watched=(IDS[0],)))
    async with app.run_test() as pilot:
        await paste(pilot, IDS[0])
        assert "1 watched already" in app.shown
        await press(pilot, "tab", "left")
        assert "‹ prod ›" in app.shown
        assert "1 task to add" in app.shown
        await press(pilot, "enter")
        assert app.results == [tasks("prod", IDS[0])]


async def test_a_single_profile_is_not_asked_for() -> None:
    app = Host(dialog(profiles=("only",)))
    async with app.run_test() as pilot:
        assert "Profile" not in app.shown
        await type_text(pilot, IDS[0])
        await press(pilot, "enter")
        assert app.results == [tasks("only", IDS[0])]


async def test_without_a_profile_it_says_what_to_run() -> None:
    app = Host(dialog(profiles=()))
    async with app.run_test() as pilot:
        await paste(pilot, IDS[0])
        await press(pilot, "ctrl+s")
        assert "omstui login" in app.shown
        assert app.is_open


async def test_lines_that_come_as_keys_end_in_the_field_and_nowhere_else() -> None:
    app = Host(dialog())
    async with app.run_test() as pilot:
        await type_text(pilot, "\r".join(IDS))
        assert app.is_open
        assert text_in(app).splitlines() == IDS


@pytest.mark.parametrize("size", SIZES)
async def test_what_was_read_is_visible_at_every_size(size: tuple[int, int]) -> None:
    app = Host(dialog())
    async with app.run_test(size=size) as pilot:
        await paste(pilot, "\n".join([*IDS, HOSTILE]))
        assert "6 tasks to add · line 7" in app.words
        assert "ctrl+s add" in app.shown
        assert "‹ lab ›" in app.shown
        assert "esc back" in app.shown


TOKEN = "MIIFdQYJKoZIhvcNAQcCoIIFZjCCBWICAQMxDTALBglghkgBZQMEAgEwggNDBgkqAbCdEf"


@pytest.mark.parametrize("enter", [paste, type_text])
async def test_a_token_is_refused_and_shown_nowhere(enter: Callable[[Pilot[None], str], Awaitable[None]]) -> None:
    """With what is left of it when its keys came one by one; ids are taken as before."""
    app = Host(dialog())
    async with app.run_test() as pilot:
        await enter(pilot, f"{TOKEN}ab7")
        await press(pilot, "enter")
        assert app.is_open
        assert "this looks like a token and is not kept" in app.words
        assert TOKEN[:12] not in app.shown
        app.dialog.query_one(TaskLines).text = ""
        await paste(pilot, IDS[0])
        await press(pilot, "enter")
        assert app.results == [tasks("lab", IDS[0])]
