"""The main screen, driven as a user drives it, over the pretend OMS and a stepped clock."""

import asyncio
import errno
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from textual import events
from textual.binding import Binding
from textual.widget import Widget

from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.settings import Settings
from omstui.core.task import Listing, TaskRef, WatchedTask
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.main.screen import MainScreen
from omstui.ui.main.task_table import TaskTable
from tests.ui.running import START, Running, running

pytestmark = pytest.mark.slow

NAMES = ("images-to-obs", "logs-archive", "backup-2025", "invoices", "cold-tier", "old-photos")
OCTOBER_MS = 1_792_065_600_000
"""12:00 UTC on 15 October 2026."""


def order(run: Running) -> list[str]:
    """Return the tasks' names in the order of their rows."""
    return [name for line in run.text().splitlines() for name in NAMES if line[3:].startswith(f"{name} ")]


async def shows_past(run: Running, name: str, month: Month) -> None:
    """Wait until a past month of a task has been answered, and painted."""
    await run.until(lambda: month in run.state(name).months, f"{month} of {name}")
    await run.advance(1)


@pytest.mark.promise(1)
async def test_six_tasks_show_six_conditions_with_their_figures() -> None:
    async with running() as run:
        states = [run.row(name).split()[2] for name in NAMES]
        assert states == ["failing", "syncing", "stopped", "server", "token", "gone"]
        assert "2,309,027" in run.row("images-to-obs")
        assert "14 +2" in run.row("images-to-obs")
        assert run.row("cold-tier").split()[3:8] == ["–"] * 5


@pytest.mark.parametrize(("keys", "name"), [
    (("j",), "logs-archive"), (("down", "down"), "backup-2025"), (("j", "k"), "images-to-obs"), (("G",), "old-photos"),
    (("end", "up"), "cold-tier"), (("G", "g"), "images-to-obs"),
    (("G", "home"), "images-to-obs"), (("up",), "images-to-obs"),
    (("pagedown",), "old-photos"), (("pagedown", "pageup"), "images-to-obs"), (("G", "down"), "old-photos"),
])  # fmt: skip
async def test_the_pane_follows_the_cursor(keys: tuple[str, ...], name: str) -> None:
    async with running() as run:
        await run.press(*keys)
        assert run.lines_of("#pane").startswith(name)


async def test_the_cursor_stays_on_its_task_whatever_the_refresh_brings() -> None:
    async with running() as run:
        await run.press("G", "k")
        await run.advance(300)
        assert run.lines_of("#pane").startswith("cold-tier")
        await run.press("s", "s")
        assert run.lines_of("#pane").startswith("cold-tier")


async def test_only_the_selected_row_is_highlighted() -> None:
    async with running() as run:
        await run.press("j")
        table = run.main.query_one(TaskTable)
        marked = [row for row in range(6) if any("cursor" in span.role for span in table.line_at(row))]
        assert marked == [1]


# Months


async def test_stepping_back_asks_inside_the_past_month_until_it_is_final_and_says_that_it_is_past() -> None:
    async with running() as run:
        await run.press("j")
        before = len(run.oms.seen)
        await run.press("left_square_bracket")
        assert "OCTOBER 2026" in run.lines_of("#pane")
        assert "PAST MONTH – not live" in run.lines_of("#pane")
        await shows_past(run, "logs-archive", Month(2026, 10))
        assert "137,604,539" in run.lines_of("#pane")
        await run.advance(600)
        past = [seen for seen in run.asked(before) if seen.query_time == OCTOBER_MS]
        assert len(past) == 2, "the second answer confirms what the month came to"
        await run.advance(1800)
        assert [seen for seen in run.asked(before) if seen.query_time == OCTOBER_MS] == past
        assert "OCTOBER 2026" in run.lines_of("#pane"), "it never drifts back by itself"


async def test_r_asks_again_for_the_past_month() -> None:
    async with running() as run:
        await run.press("j", "left_square_bracket")
        await shows_past(run, "logs-archive", Month(2026, 10))
        await run.advance(6)
        first = [seen.path for seen in run.oms.seen if seen.query_time == OCTOBER_MS]
        await run.press("r")
        await run.advance(1)
        assert [seen.path for seen in run.oms.seen if seen.query_time == OCTOBER_MS].count(first[-1]) == 2


@pytest.mark.promise(6)
async def test_the_list_shows_the_current_month_whatever_the_pane_shows() -> None:
    """Looking elsewhere hides no alarm."""
    async with running() as run:
        await run.press("j", "left_square_bracket", "left_square_bracket")
        await shows_past(run, "logs-archive", Month(2026, 9))
        figures = run.state("logs-archive").task
        assert figures is not None
        assert f"{figures.monthly_success_object:,}" in run.row("logs-archive")
        before = run.row("images-to-obs").split()[4:6]
        await run.advance(300)
        after = run.row("images-to-obs").split()[4:6]
        assert before != after
        assert "failing" in run.row("images-to-obs")
        assert "SEPTEMBER 2026" in run.lines_of("#pane")


async def test_forward_and_t_come_back_to_the_current_month() -> None:
    async with running() as run:
        await run.press("left_square_bracket", "left_square_bracket", "right_square_bracket")
        assert "OCTOBER 2026" in run.lines_of("#pane")
        await run.press("right_square_bracket")
        assert "NOVEMBER 2026 · current" in run.lines_of("#pane")
        await run.press("left_square_bracket", "left_square_bracket", "t")
        assert "NOVEMBER 2026 · current" in run.lines_of("#pane")


async def test_the_future_and_the_time_before_the_task_are_barred() -> None:
    async with running() as run:
        await run.press("right_square_bracket")
        assert "December 2026 is in the future" in run.message()
        created = run.state("logs-archive").task
        assert created is not None
        assert created.created_at is not None
        await run.press("j", *["left_square_bracket"] * 37)
        assert "NOVEMBER 2023" in run.lines_of("#pane") or "is before the task was created" in run.message()
        asked = {seen.query_time for seen in run.oms.seen if seen.query_time is not None}
        assert min(asked) >= created.created_at.timestamp() * 1000 - 31 * 86_400_000


async def test_months_flown_over_are_not_asked_for() -> None:
    """On a terminal without room for the months side by side, which would want them all."""
    async with running((80, 24)) as run:
        await run.press("j", *["left_square_bracket"] * 8)
        await shows_past(run, "logs-archive", Month(2026, 3))
        await run.advance(5)
        assert len({seen.query_time for seen in run.oms.seen if (seen.query_time or 0) < 1_790_000_000_000}) == 1


async def test_the_picker_chooses_with_arrows_and_enter() -> None:
    async with running() as run:
        await run.press("j", "m")
        assert "months in" in run.text()
        assert "108,490,772" in run.text().split("months in")[1], "the figures already known stand in their cell"
        await run.press("left", "up", "enter")
        assert "JUNE 2026" in run.lines_of("#pane")


async def test_a_typed_month_jumps() -> None:
    async with running() as run:
        await run.press("j", "m", *"2025-07", "enter")
        assert "JULY 2025" in run.lines_of("#pane")
        await run.press("m", *"2026-13")
        assert "there is no month 13" in run.text()
        await run.press(*"2031-01", "enter")
        assert "is in the future" in run.text()
        await run.press("escape")
        assert "JULY 2025" in run.lines_of("#pane")


async def test_a_month_can_be_typed_shortly_in_the_year_that_is_shown() -> None:
    async with running() as run:
        await run.press("j", "m", "pageup", "3", "enter")
        assert "MARCH 2025" in run.lines_of("#pane")
        await run.press("m", *"202607", "enter")
        assert "JULY 2026" in run.lines_of("#pane")
        await run.press("m", *"2025", "slash", *"11", "enter")
        assert "NOVEMBER 2025" in run.lines_of("#pane")


async def test_a_wrong_month_keeps_the_picker_open_and_says_what_is_wrong() -> None:
    async with running() as run:
        await run.press("j", "m", *"2026-13")
        for _ in range(2):
            await run.press("enter")
            assert "there is no month 13: type 2026-03, 202603 or 3" in run.text()
            assert "NOVEMBER 2026 · current" in run.lines_of("#pane")
        await run.press("backspace", "0", "enter")
        assert "OCTOBER 2026" in run.lines_of("#pane"), "what was typed can be corrected"
        await run.press("m", "x")
        assert "Type a month: 2026-03, 202603 or 3" in run.text()
        await run.press("9", "enter")
        assert "SEPTEMBER 2026" in run.lines_of("#pane")


async def test_the_picker_moves_by_years_and_back_to_now() -> None:
    async with running() as run:
        await run.press("j", "m", "pageup", "enter")
        assert "NOVEMBER 2025" in run.lines_of("#pane")
        await run.press("m", "pagedown", "enter")
        assert "NOVEMBER 2026 · current" in run.lines_of("#pane")
        await run.press("left_square_bracket", "m", "t")
        assert "NOVEMBER 2026 · current" in run.lines_of("#pane")
        await run.press("m", "h", "l", "k", "j", "backspace", "enter")
        assert "NOVEMBER 2026 · current" in run.lines_of("#pane")


async def test_a_month_can_be_chosen_with_the_mouse() -> None:
    async with running() as run:
        await run.press("j")
        assert await run.pilot.click(
            "#pane",
            offset=(
                3,
                run.lines_of("#pane")
                .splitlines()
                .index(next(line for line in run.lines_of("#pane").splitlines() if "NOVEMBER" in line)),
            ),
        )
        await run.pilot.pause()
        assert "OCTOBER 2026" in run.lines_of("#pane")


async def test_the_month_of_the_command_line_is_shown_first_and_asked_for() -> None:
    async with running(month=Month(2026, 10)) as run:
        assert "OCTOBER 2026" in run.lines_of("#pane")
        await shows_past(run, "images-to-obs", Month(2026, 10))
        assert "No answer yet" not in run.lines_of("#pane")


@pytest.mark.parametrize("month", [Month(2026, 11), Month(2031, 1)])
async def test_the_command_line_cannot_make_the_present_a_past_month(month: Month) -> None:
    async with running(month=month) as run:
        assert "NOVEMBER 2026 · current" in run.lines_of("#pane")
        assert "PAST" not in run.lines_of("#pane")


async def test_a_past_month_is_asked_for_whichever_way_its_task_came_into_view() -> None:
    async with running() as run:
        await run.press("left_square_bracket")
        await shows_past(run, "images-to-obs", Month(2026, 10))
        await run.press("slash", *"logs", "enter")
        await shows_past(run, "logs-archive", Month(2026, 10))
        assert "137,604,539" in run.lines_of("#pane")


async def test_a_past_month_can_be_looked_at_while_paused() -> None:
    async with running() as run:
        await run.press("p", "j", "left_square_bracket")
        await shows_past(run, "logs-archive", Month(2026, 10))
        assert "137,604,539" in run.lines_of("#pane")


@pytest.mark.promise(2)
async def test_the_current_month_is_asked_for_with_the_present_moment_about_once_a_minute() -> None:
    async with running((80, 24), seconds=0) as run:
        run.oms.seen.clear()
        await run.advance(600)
        by_path: dict[str, int] = {}
        for seen in run.oms.seen:
            assert seen.method == "GET"
            assert seen.has_token
            by_path[seen.path] = by_path.get(seen.path, 0) + 1
        assert max(by_path.values()) <= 11
        times = [seen.query_time for seen in run.oms.seen if seen.query_time is not None]
        assert times == sorted(times)


# Truth


@pytest.mark.promise(1)
async def test_with_every_poller_dead_each_row_turns_stale_after_twice_the_interval() -> None:
    """Freshness is judged while painting: silence shows too."""
    async with running() as run:
        for task in asyncio.all_tasks():
            if task.get_name() == "asking":
                task.cancel()
        await run.pilot.pause()
        await run.advance(180)
        for name in ("images-to-obs", "logs-archive", "backup-2025"):
            assert run.row(name).split()[2].startswith("stale"), run.row(name)
        assert " ok " not in run.text().splitlines()[0]
        assert "stale" in run.lines_of("#pane")


@pytest.mark.promise(1)
async def test_an_error_keeps_the_last_good_figures_with_their_time_in_sight() -> None:
    async with running(seconds=0) as run:
        await run.until(lambda: bool(run.main.session.board.states), "the list")
        for _ in range(900):
            await run.advance(1)
            state = run.state("invoices")
            if state.good is not None and state.problem is not None:
                break
        else:
            raise AssertionError("the demo's errors never came after an answer")
        assert state.problem.kind.value in run.row("invoices")
        await run.press("j", "j", "j")
        pane = run.lines_of("#pane")
        assert f"✗ {state.problem.kind.value}" in pane
        assert "Figures below: answered 2026-11-22" in pane
        assert f"{state.good.task.monthly_success_object:,}" in pane if state.good.task else False


@pytest.mark.promise(2)
async def test_a_refused_token_stops_its_profile_and_a_new_one_resumes_it() -> None:
    async with running() as run:

        def cold() -> int:
            present_ms = START.timestamp() * 1000
            return sum(
                "sync-tasks/e94c03d5" in one.path and (one.query_time or 0) >= present_ms for one in run.oms.seen
            )

        await run.advance(200)
        assert cold() == 1
        await run.press("G", "k", "r")
        said = " ".join(run.message().split())
        assert said == "Not asked: credential refused, next try 17:35:02; T gives a new one"
        assert "next try 17:35:02" in run.lines_of("#pane")
        from omstui.demo.scenario import DR, renewed_demo_token

        assert (await run.workspace.credentials.renew(DR, renewed_demo_token(DR))).is_accepted
        await run.advance(5)
        assert run.row("cold-tier").split()[2] == "syncing"
        assert cold() == 3, "once before, once to try the new token, once by the poller"


def let_in(run: Running, *, is_let_in: bool) -> None:
    """Have the service take the refused token of the demo, or refuse it again."""
    from omstui.demo.scenario import DR, demo_profiles, demo_token, renewed_demo_token

    dr = demo_profiles()[DR].project_id
    token = demo_token(DR) if is_let_in else renewed_demo_token(DR)
    projects = (
        replace(one, token=token, expired_token=None if is_let_in else demo_token(DR)) if one.project_id == dr else one
        for one in run.oms.scenario.projects
    )
    run.oms.scenario = replace(run.oms.scenario, projects=tuple(projects))


@pytest.mark.promise(2)
async def test_a_refused_token_that_is_let_in_again_recovers_without_a_key_and_alarms_once() -> None:
    """A try that is refused again changes nothing but the time of the next one."""
    async with running() as run:
        await run.press("G", "k")
        let_in(run, is_let_in=True)
        await run.advance(400)
        assert run.row("cold-tier").split()[2] == "syncing"
        let_in(run, is_let_in=False)
        await run.advance(120)
        row, pane = run.row("cold-tier"), run.lines_of("#pane").splitlines()
        assert row.split()[2] == "token"
        await run.advance(300)
        assert run.row("cold-tier") == row
        changed = [(old, new) for old, new in zip(pane, run.lines_of("#pane").splitlines(), strict=True) if old != new]
        assert ["next try" in old for old, _ in changed] == [True, False], "and how old the figures are"
        let_in(run, is_let_in=True)
        await run.advance(900)
        assert run.row("cold-tier").split()[2] == "syncing"
        await run.advance(300)
        kinds = [event.kind for event in await run.workspace.history.events() if event.at >= START]
        assert kinds.count("credential") == 1


async def test_r_tries_a_refused_token_at_once_when_the_last_try_is_five_minutes_old() -> None:
    """Also when the pane shows a month that is over; it counts as the next try."""
    async with running() as run:
        await run.advance(620)
        await run.press("G", "k", "left_square_bracket", "r")
        assert "Trying the refused credential once more" in run.message()
        await run.advance(6)
        assert "next try 18:41:30" in run.lines_of("#pane")
        await run.press("r")
        assert "Not asked: credential refused, next try 18:41:30; T gives a new one" in run.message()


@pytest.mark.promise(1)
async def test_when_the_month_turns_the_pane_follows_and_no_rate_crosses_it() -> None:
    """23:58 to 00:03 in Beijing: the counters fall, and nothing negative or absurd is shown."""
    start = datetime(2026, 11, 30, 15, 58, tzinfo=UTC)
    async with running(start=start, seconds=60) as run:
        assert "NOVEMBER 2026 · current" in run.lines_of("#pane")
        for _ in range(30):
            await run.advance(10)
            assert "-" not in run.lines_of("#pane").split("Accepted")[1].split("Created")[0]
        assert "DECEMBER 2026 · current" in run.lines_of("#pane")
        assert run.state("images-to-obs").new_failures < 20
        assert "failing" in run.row("images-to-obs") or "syncing" in run.row("images-to-obs")


# Looking


async def test_the_filter_follows_each_key_and_escape_clears_it() -> None:
    async with running() as run:
        await run.press("slash", *"arch")
        assert order(run) == ["logs-archive"]
        assert "(1 shown)" in run.text()
        await run.press("enter", "j")
        assert order(run) == ["logs-archive"]
        await run.press("slash", "backspace", "ctrl+u", *"dr-sg")
        assert order(run) == ["cold-tier"]
        await run.press("escape")
        assert len(order(run)) == 6
        await run.press("slash", *"zzz", "enter")
        assert order(run) == []
        assert "No task matches the filter zzz" in run.lines_of("#pane")
        await run.press("escape")
        assert len(order(run)) == 6


async def test_letters_typed_into_the_filter_are_no_commands() -> None:
    async with running() as run:
        await run.press("slash", *"qDRt[]m?")
        assert "qDRt[]m?" in run.text()
        assert len(run.main.session.board.states) == 6
        assert run.app.is_running


async def test_the_filter_stays_while_rows_change() -> None:
    async with running() as run:
        await run.press("slash", *"ar", "enter")
        await run.advance(300)
        assert order(run) == ["logs-archive"]


async def test_sorting_and_reversing_keep_the_selection() -> None:
    async with running() as run:
        await run.press("s")
        assert order(run) == sorted(NAMES)
        assert "Task▲" in run.text()
        await run.press("S")
        assert order(run) == sorted(NAMES, reverse=True)
        await run.press("S", "s")
        assert order(run)[:2] == ["cold-tier", "old-photos"], "trouble first"
        assert run.lines_of("#pane").startswith("images-to-obs")
        await run.press(*["s"] * 7)
        assert order(run) == list(NAMES)


async def test_a_click_on_a_title_sorts_and_on_a_row_selects() -> None:
    async with running() as run:
        assert await run.pilot.click("#titles", offset=(5, 0))
        await run.pilot.pause()
        assert order(run) == sorted(NAMES)
        assert await run.pilot.click("#tasks", offset=(10, 1))
        await run.pilot.pause()
        assert run.lines_of("#pane").startswith(sorted(NAMES)[1])


@pytest.mark.promise(1)
async def test_a_paused_view_holds_still_and_says_so_while_asking_goes_on() -> None:
    async with running() as run:
        await run.press("p")
        rows = run.row("logs-archive")
        before = len(run.oms.seen)
        await run.advance(600)
        assert run.row("logs-archive") == rows
        assert "PAUSED since 17:31:10" in run.text()
        assert len(run.oms.seen) > before + 20
        await run.press("p")
        assert run.row("logs-archive") != rows
        assert "PAUSED" not in run.text()


async def test_times_are_the_services_local_or_utc() -> None:
    async with running() as run:
        assert "17:31:10 UTC+08:00" in run.text()
        await run.press("z")
        assert "Times are local: UTC" in run.message()
        await run.press("z")
        assert "09:31:10 UTC+00:00" in run.text().splitlines()[0]
        assert "NOVEMBER 2026 · current · UTC+08:00" in run.lines_of("#pane"), "months keep their own zone"
        await run.press("z")
        assert "17:31:10 UTC+08:00" in run.text()


@pytest.mark.promise(5)
async def test_the_moving_clock_is_the_only_thing_that_moves() -> None:
    """A second without answers changes nothing but the clock."""
    async with running() as run:
        before = run.text().splitlines()
        await run.advance(1)
        after = run.text().splitlines()
        assert before[1:] == after[1:]
        assert before[0] != after[0]


async def test_enter_gives_the_pane_the_whole_screen_and_escape_gives_it_back() -> None:
    async with running((80, 24)) as run:
        await run.press("enter")
        assert "Task " not in run.text()
        assert "Description" in run.text()
        await run.press("j")
        assert run.lines_of("#pane").startswith("images-to-obs")
        await run.press("escape")
        assert "Task " in run.text()
        await run.press("escape")
        assert run.app.is_running, "escape never quits"


async def test_in_a_small_window_the_list_stands_alone_and_enter_opens_the_pane() -> None:
    async with running((40, 12)) as run:
        assert "SYNCHRONIZING" not in run.text()
        assert order(run) == list(NAMES)
        await run.press("down", "enter")
        assert "logs-archive" in run.text()
        await run.press(*["down"] * 30)
        assert "Description" in run.text()
        assert "esc back" in run.text()


@pytest.mark.parametrize("size", [(39, 30), (100, 11), (20, 5), (1, 1), (3, 2)])
async def test_smaller_still_says_so_and_goes_on(size: tuple[int, int]) -> None:
    async with running(size) as run:
        if size[0] >= 20:
            assert f"{size[0]}×{size[1]} is too sm" in run.text()
        before = len(run.oms.seen)
        await run.advance(120)
        assert len(run.oms.seen) > before
        await run.pilot.resize_terminal(120, 34)
        await run.pilot.pause()
        assert order(run) == list(NAMES)


@pytest.mark.parametrize("size", [(40, 12), (59, 15), (60, 16), (80, 24), (109, 30), (110, 30), (200, 60), (300, 20)])
async def test_every_size_fits_its_screen(size: tuple[int, int]) -> None:
    async with running(size) as run:
        await run.press("m", "escape", "enter", "escape", "j", "left_square_bracket")
        assert order(run) == list(NAMES)
        assert "quit" in run.text().splitlines()[-1]


async def test_a_resized_screen_equals_a_fresh_one() -> None:
    async with running((80, 24)) as fresh:
        wanted = fresh.text()
    async with running((200, 50)) as run:
        for width, height in ((30, 8), (110, 20), (60, 60), (1, 1), (80, 24)):
            await run.pilot.resize_terminal(width, height)
            await run.pilot.pause()
        assert run.text() == wanted


# Asking


async def test_r_asks_now_for_the_selected_task_alone() -> None:
    async with running() as run:
        await run.advance(5)
        before = len(run.oms.seen)
        await run.press("j", "r")
        await run.advance(0.5)
        (seen,) = run.asked(before)
        assert seen.path.endswith("0d146099-8cf4-437d-b6ef-88e043771c8b")
        assert "Asking for logs-archive" in run.message()


@pytest.mark.promise(2)
async def test_a_held_r_asks_once_and_says_so() -> None:
    async with running() as run:
        await run.advance(6)
        before = len(run.oms.seen)
        await run.press(*["r"] * 30, *["R"] * 30)
        await run.advance(0.5)
        assert len(run.asked(before)) <= 6
        assert "Asked a moment ago" in run.message() or "Asking" in run.message() or "refused" in run.message()


async def test_behind_too_small_a_window_no_key_changes_the_list() -> None:
    async with running((30, 8)) as run:
        await run.press("D", "A", "a", "e")
        await run.advance(1)
        assert len(run.main.session.board.states) == 6
        assert run.app.screen is run.main


@pytest.mark.promise(2)
async def test_the_list_of_a_project_is_not_asked_for_while_the_service_wants_patience() -> None:
    """What the tasks were told is not overstepped."""
    busy = Problem(ProblemKind.THROTTLED, "limit", retry_after=600.0)
    async with running() as run:
        profile = run.state("images-to-obs").ref.profile
        assert isinstance(await run.main.editing.found(profile), Listing)
        run.workspace._channels.of(profile)._throttle(busy, 0)
        before = len(run.asked())
        found = await run.main.editing.found(profile)
        assert isinstance(found, Problem)
        assert found.kind is ProblemKind.THROTTLED
        assert "as the service asked" in found.text
        await run.press("a", "f2")
        await run.until(lambda: "as the service asked" in run.text(), "the reason")
        assert len(run.asked()) == before


@pytest.mark.parametrize(
    ("told", "whose"),
    [
        (1.0, "the service asked for 1 s, omstui chose the rest"),
        (220.0, ", as the service asked"),
        (None, "the service throttles and named no time, omst"),
    ],
)
async def test_while_a_profile_is_held_its_panes_and_the_last_line_name_one_time_and_whose_wish_it_is(
    told: float | None, whose: str
) -> None:
    """The service throttled another request of the profile after these tasks had their answers."""
    async with running() as run:
        channel = run.workspace._channels.of(run.state("images-to-obs").ref.profile)
        channel.limiter.throttle(240.0, Problem(ProblemKind.THROTTLED, "limit", retry_after=told))
        await run.advance(12)
        for key in ("", "j"):
            await run.press(*key)
            await run.advance(6)
            await run.press("r")
            message = run.message()
            assert whose in message
            until = message.removeprefix(" ").removeprefix("Waiting until ")[:8]
            assert f"next {until}" in run.lines_of("#pane")


async def test_a_task_that_the_service_does_not_know_is_missing_at_first_and_gone_when_that_is_said_again() -> None:
    """The row says what is wrong at once, and the alarm waits for the second answer."""
    async with running() as run:
        profile = run.state("old-photos").ref.profile
        other = WatchedTask(TaskRef(profile, "11111111-2222-3333-4444-555555555555"), "elsewhere")
        run.main.editing.add_tasks([other])
        await run.until(lambda: len(run.main.session.board.states) == 7, "the new task")
        await run.advance(6)
        assert "missing" in run.row("elsewhere")
        await run.press("G")
        assert "asked for once more" in run.lines_of("#pane")
        await run.press("r")
        await run.advance(10)
        assert "missing" in run.row("elsewhere"), "a key does not make it two"
        await run.advance(80)
        assert "gone" in run.row("elsewhere")


async def test_shift_r_asks_now_for_all_but_those_with_a_refused_credential() -> None:
    async with running() as run:
        await run.advance(12)
        before = len(run.oms.seen)
        await run.press("R")
        await run.advance(0.5)
        asked = {seen.path.rpartition("/")[2] for seen in run.asked(before)}
        assert len(asked) >= 4, "all but one that may have been asked a moment ago"
        assert run.state("cold-tier").ref.sync_task_id not in asked


async def test_shift_r_says_of_each_task_what_becomes_of_it() -> None:
    async with running() as run:
        await run.advance(12)
        await run.press("r")
        await run.advance(0.5)
        await run.press("R")
        refused = "credential refused, next try 17:35:02; T gives a new one"
        said = f"Asking for 4 tasks · 1 not asked: {refused} · 1 asked a moment ago"
        assert " ".join(run.message().split()) == said
        await run.press("R")
        assert f"Not asked: {refused} · Asked a moment ago" in " ".join(run.message().split())


async def test_a_marks_failures_as_seen() -> None:
    async with running() as run:
        assert "failing" in run.row("images-to-obs")
        await run.press("A")
        assert "syncing" in run.row("images-to-obs")
        assert "+2" not in run.row("images-to-obs")


async def test_y_copies_the_id_to_the_clipboard() -> None:
    async with running() as run:
        await run.press("j", "y")
        assert run.app.clipboard == "0d146099-8cf4-437d-b6ef-88e043771c8b"
        assert "Copied the id" in run.message()


# The list


async def test_removed_is_gone_at_once_and_undone_comes_back_to_its_place() -> None:
    async with running() as run:
        await run.press("j", "D")
        await run.until(lambda: len(run.main.session.board.states) == 5, "the removal")
        assert "Removed logs-archive; u puts it back" in run.message()
        assert run.lines_of("#pane").startswith("backup-2025")
        assert len(await run.workspace.load_watchlist()) == 5
        await run.press("D", "u", "u")
        await run.until(lambda: len(run.main.session.board.states) == 6, "the undo")
        await run.advance(6)
        assert order(run) == list(NAMES)
        assert "syncing" in run.row("logs-archive")


async def test_removed_and_undone_in_one_breath_is_still_there() -> None:
    """The two changes happen in the order of the keys, however long the first takes."""
    async with running() as run:
        for _ in range(5):
            await run.press("j", "D", "u")
            await run.until(lambda: " is back" in run.message(), "the undo")
            assert [task.ref for task in await run.workspace.load_watchlist()] == list(run.main.session.board.states)
            assert len(run.main.session.board.states) == 6
            await run.press("g")


@pytest.mark.parametrize("has_filter", [False, True])
async def test_undo_names_the_task_as_the_list_does_and_goes_to_it(has_filter: bool) -> None:
    """A task without a label is shown by its bucket; a filter that would hide it is cleared."""
    async with running() as run:
        logs = next(ref for ref, state in run.main.session.board.states.items() if state.name == "logs-archive")
        await run.workspace.edit_watchlist(lambda watchlist: watchlist.relabelled(logs, ""))
        await run.main.session.load()
        name = run.main.session.board.states[logs].name
        await run.press("j", "D")
        await run.until(lambda: len(run.main.session.board.states) == 5, "the removal")
        assert f"Removed {name}; u puts it back" in run.message()
        await run.press("G")
        if has_filter:
            await run.press("slash", *"invoices", "enter")
            assert "1 shown" in run.lines_of("#head")
        await run.press("u")
        await run.until(lambda: f"{name} is back" in run.message(), "the undo")
        assert name != logs.sync_task_id
        await run.advance(6)
        assert run.lines_of("#pane").startswith(name)
        assert len(run.main.stage.rows) == 6


async def test_times_and_labels_are_told_in_plain_words() -> None:
    async with running() as run:
        for words in ("Times are local: UTC", "Times are UTC\n", "Times are the service's: UTC+08:00"):
            await run.press("z")
            assert words in f"{run.message()}\n"
        await run.press("e", *["backspace"] * 13, "enter")
        await run.until(lambda: run.message() == "Label removed", "the change")
        await run.press("e", *"photos", "enter")
        await run.until(lambda: run.message() == "Labelled photos", "the change")


async def test_a_held_removal_key_removes_one_task_after_the_other_and_each_can_be_undone() -> None:
    async with running() as run:
        for left in (5, 4, 3):
            await run.press("D", "D", "D")
            await run.until(lambda left=left: len(run.main.session.board.states) <= left, "a removal")  # type: ignore[misc]  # a default
        gone = 6 - len(run.main.session.board.states)
        for back in range(1, gone + 1):
            await run.press("u")
            await run.until(lambda back=back: len(run.main.session.board.states) == 6 - gone + back, "an undo")  # type: ignore[misc]  # as above
        assert order(run) == list(NAMES)


@pytest.mark.parametrize("keys", [("D", "r"), ("D", "e"), ("D", "D"), ("D", "A"), ("D", "y"), ("D", "m"), ("D", "u")])
async def test_while_paused_no_key_falls_over_a_task_that_is_gone(keys: tuple[str, ...]) -> None:
    async with running() as run:
        await run.press("p", keys[0])
        await run.until(lambda: len(run.main.session.board.states) == 5, "the removal")
        await run.press(*keys[1:], "escape")
        await run.advance(2)
        assert run.app.is_running
        assert "PAUSED" in run.text()


async def test_tasks_that_someone_else_adds_appear_by_themselves() -> None:
    async with running() as run:
        other = WatchedTask(TaskRef("lab-gy", "11111111-2222-3333-4444-555555555555"), "elsewhere")
        run.main.editing.add_tasks([other])
        await run.until(lambda: len(run.main.session.board.states) == 7, "the new task")
        await run.advance(6)
        assert "missing" in run.row("elsewhere")
        await run.advance(75)
        assert "gone" in run.row("elsewhere")


async def test_an_empty_list_says_what_to_do() -> None:
    async with running() as run:
        for _ in NAMES:
            count = len(run.main.session.board.states)
            await run.press("D")
            await run.until(lambda: len(run.main.session.board.states) < count, "the removal")  # noqa: B023 - awaited at once
        assert "a adds tasks" in run.lines_of("#pane")
        await run.press("enter", "m", "r", "e", "D", "y", "A", "left_square_bracket", "j", "G")
        await run.advance(120)


@pytest.mark.promise(6)
async def test_one_profile_alone_can_be_watched() -> None:
    async with running(profile="lab-gy") as run:
        assert "old-photos" in run.text()
        assert "logs-archive" not in run.text()


async def test_hostile_names_reach_no_cell() -> None:
    async with running() as run:
        hostile = WatchedTask(TaskRef("lab-gy", "x"), "\x1b]52;c;eA==\x07[bold]x[/]\u202e\nend")
        run.main.editing.add_tasks([hostile])
        await run.until(lambda: len(run.main.session.board.states) == 7, "the new task")
        await run.press("G")
        for text in (run.text(), run.lines_of("#pane")):
            assert not {"\x1b", "\x07", "\u202e"} & set(text)
        assert "[bold]x[/]" in run.text()


# Keys


def bound() -> list[Binding]:
    return [binding for binding in MainScreen.BINDINGS if isinstance(binding, Binding)]


def test_every_key_has_an_id_and_a_description() -> None:
    assert all(binding.id and binding.description for binding in bound())
    assert len({binding.id for binding in bound()}) == len(bound())


@pytest.mark.parametrize("key", sorted({key for binding in bound() for key in binding.key.split(",")} - {"q"}))
async def test_every_bound_key_can_be_pressed(key: str) -> None:
    """No key ends the app or breaks the next second."""
    async with running((100, 30)) as run:
        await run.press(key)
        await run.advance(2)
        await run.press("escape", "escape")
        await run.advance(61)
        assert order(run)[:1] or run.app.screen is not run.main
        assert run.app.is_running


async def test_q_quits() -> None:
    async with running() as run:
        await run.press("q")
        assert run.app.return_code == 0


@pytest.mark.parametrize("opened_by", ["enter", "h", "l", "m", "w", "Y", "T", "question_mark", "l question_mark"])
async def test_q_goes_back_from_whatever_stands_over_the_list(opened_by: str) -> None:
    """Only at the list it quits, so that it means one thing on each screen, and never more than one step."""
    async with running() as run:
        await run.press(*opened_by.split())
        await run.until(lambda: run.app.screen is not run.main or run.main.has_class("-pane-full"), "what was opened")
        for _ in opened_by.split():
            await run.press("q")
        assert run.app.screen is run.main
        assert not run.main.has_class("-pane-full")
        assert run.app.is_running
        await run.press("q")
        assert run.app.return_code == 0


@pytest.mark.parametrize("opened_by", ["a", "e", "slash"])
async def test_q_is_a_letter_where_something_is_typed(opened_by: str) -> None:
    async with running() as run:
        await run.press(opened_by, "q", "u", "q")
        assert "quq" in run.text()
        assert run.app.is_running


async def test_the_hints_of_the_pane_alone_name_no_key_that_quits() -> None:
    async with running() as run:
        assert "q quit" in run.message()
        await run.press("enter")
        assert "esc back" in run.message()
        assert "quit" not in run.message()
        await run.press("ctrl+c")
        assert run.message() == "q twice quits"


async def test_keys_scroll_the_pane_beside_the_list_and_the_task_s_name_stays() -> None:
    async with running((120, 20)) as run:
        pane = run.main.query_one("#pane", Canvas)
        before, selected = pane.region, run.main.stage.view.selected

        def seen() -> list[str]:
            lines = run.text().splitlines()
            return [line[before.x : before.right] for line in lines[before.y : before.bottom]]

        first, *rest = seen()
        assert "images-to-obs" in first
        for down, up in (("J", "K"), ("ctrl+d", "ctrl+u")):
            await run.press(down)
            assert pane.scroll_offset.y > 0
            assert seen()[0] == first
            assert seen()[1:] != rest
            assert run.main.stage.view.selected == selected
            await run.press(up)
            assert seen() == [first, *rest]


async def test_a_new_name_of_a_task_is_seen_while_its_pane_is_scrolled() -> None:
    async with running((120, 20)) as run:
        pane = run.main.query_one("#pane", Canvas)
        await run.press("J", "e", *["backspace"] * 20, *"frosty", "enter")
        await run.until(lambda: "frosty" in run.row("frosty"), "the new label")
        assert pane.scroll_offset.y > 0
        assert "frosty" in run.text().splitlines()[pane.region.y][pane.region.x :]


async def test_ctrl_c_says_how_to_quit() -> None:
    async with running() as run:
        await run.press("ctrl+c")
        assert run.message() == "q quits"
        assert run.app.is_running
        await run.press("j")
        assert "help" in run.message()


async def test_keys_can_be_remapped_by_their_ids() -> None:
    async with running(settings=Settings(keys={"month.previous": "comma", "list.remove": "X"})) as run:
        await run.press("comma")
        assert "OCTOBER 2026" in run.lines_of("#pane")
        await run.press("left_square_bracket", "D")
        assert "OCTOBER 2026" in run.lines_of("#pane")
        assert len(run.main.session.board.states) == 6


async def test_the_palette_finds_actions_by_words() -> None:
    async with running() as run:
        await run.press("ctrl+p", *"month back")
        await run.until(lambda: "Month back" in run.text(), "the palette's answer")
        await run.press("enter")
        await run.until(lambda: "OCTOBER 2026" in run.lines_of("#pane"), "the chosen action")


@pytest.mark.promise(1)
async def test_figures_of_two_seconds_never_disagree_with_the_board() -> None:
    """What is painted is what is known, for each row, after a long run."""
    async with running(settings=replace(Settings(), interval=10.0)) as run:
        for _ in range(20):
            await run.advance(7)
            for name in NAMES[:3]:
                task = run.state(name).task
                assert task is not None
                assert f"{task.monthly_success_object:,}" in run.row(name)


async def test_the_heartbeat_shows_each_second() -> None:
    async with running() as run:
        shown = []
        for _ in range(5):
            await run.advance(1)
            shown.append(run.text().splitlines()[0].split()[-2])
        first = datetime.strptime(shown[0], "%H:%M:%S").replace(tzinfo=UTC)
        assert shown == [(first + timedelta(seconds=n)).strftime("%H:%M:%S") for n in range(5)]


async def test_in_january_1970_the_screen_stands_and_no_key_ends_it() -> None:
    """Months before are there to be reckoned with, and none of them is asked for."""
    async with running(start=datetime(1970, 1, 2, tzinfo=UTC)) as run:
        await run.press("left_square_bracket", "t", "m", "left", "pageup", "escape", "h", "escape")
        assert "JANUARY 1970" in run.text()
        assert all(seen.query_time is None or seen.query_time >= 0 for seen in run.asked())


@pytest.mark.promise(4)
async def test_a_token_is_no_filter() -> None:
    """Pasted or typed, it is neither shown nor kept."""
    token = "MIIFdQYJKoZIhvcNAQcCoIIFZjCCBWICAQMxDTALBglghkgBZQMEAgEwggNDBgkqAbCdEf"
    async with running((120, 34)) as run:
        await run.press("slash")
        run.app.post_message(events.Paste(token))
        await run.until(lambda: "this looks like a token" in run.text(), "the refusal")
        assert token[:12] not in run.text()
        assert len(run.main.stage.rows) == len(run.main.session.board.states)
        await run.press(*"inv")
        assert "this looks like a token" not in run.text()
        assert len(run.main.stage.rows) == 1
        await run.press("ctrl+u", *token, "enter")
        assert "this looks like a token" in run.text()
        assert len(run.main.stage.rows) == len(run.main.session.board.states)
        await run.press("backspace", *"inv")
        assert len(run.main.stage.rows) == 1


class Failing(Widget):
    """Has an action that cannot be done."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def action_open(self) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ModuleNotFoundError("No module named 'omstui.ui.events.log'"), "omstui was upgraded or removed"),
        (ModuleNotFoundError("No module named 'omstui.ui.events.log'"), "q quits, then start it again"),
        (OSError(errno.EMFILE, "Too many open files"), "this process has no free file descriptor: ulimit -n 1024"),
    ],
)
async def test_an_action_that_cannot_read_its_module_says_why_and_the_screen_lives(
    error: Exception, words: str
) -> None:
    """The files of the program may be replaced while it runs, and there may be no descriptor to read one."""
    async with running((120, 34)) as run:
        await run.app.run_action("open", Failing(error))
        await run.pilot.pause()
        assert words in run.message()
        await run.advance(60)
        assert run.app.is_running
