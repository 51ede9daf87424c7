"""The screen on a wall: tasks take turns, and a passer-by changes nothing."""

import pytest

from omstui.core.settings import KioskPolicy
from omstui.ui.main.kiosk import HARMLESS
from omstui.ui.main.screen import MainScreen
from omstui.ui.wall.screen import WallScreen
from tests.ui.running import Running, running

pytestmark = pytest.mark.slow


KIOSK = KioskPolicy(kiosk=True)
WALL = KioskPolicy(kiosk=True, cycle=20.0)
KEPT_OUT = {
    "acknowledge", "acknowledge_all", "add", "credentials", "export", "label", "quit", "remove", "undo",
}  # fmt: skip
"""What changes lists, credentials or what counts as seen, writes a file, or ends the run."""


def shown_on(run: Running) -> str:
    wall = run.app.screen
    assert isinstance(wall, WallScreen)
    assert wall.cycle.current is not None
    return run.main.session.board.states[wall.cycle.current].name


def test_each_action_of_the_main_screen_is_either_harmless_or_kept_out() -> None:
    """Whoever adds a key decides here which it is."""
    classes = [one for one in MainScreen.__mro__ if one.__module__.startswith("omstui")]
    bindings = [binding for one in classes for binding in vars(one).get("BINDINGS", ())]
    actions = {binding.action.partition("(")[0] for binding in bindings}
    assert "next_profile" in actions
    assert actions - HARMLESS == KEPT_OUT


async def test_keys_that_change_something_do_nothing_and_are_told_nowhere() -> None:
    async with running(display=KIOSK) as run:
        before = run.main.session.board
        await run.press("D", "a", "e", "A", "X", "T", "u", "q")
        assert run.app.screen is run.main
        assert run.app.is_running
        assert list(run.main.session.board.states) == list(before.states)
        line = run.message()
        assert "add" not in line
        assert "quit" not in line
        await run.press("question_mark")
        text = run.text()
        for words in ("Add tasks", "Remove the task", "Credentials", "Mark the task"):
            assert words not in text
        assert "Quit: press it twice" in text


async def test_the_palette_offers_no_changes() -> None:
    async with running(display=KIOSK) as run:
        await run.press("ctrl+p")
        await run.press(*"mark all")
        await run.pilot.pause(0.5)
        assert "Mark" not in run.text().replace("mark all", "")


@pytest.mark.parametrize("display", [KIOSK, WALL])
async def test_the_chord_is_told_at_the_start_and_ends_the_run(display: KioskPolicy) -> None:
    async with running(display=display, seconds=3) as run:
        assert "ctrl+q twice quits" in run.message()
        await run.press("ctrl+q")
        assert run.app.is_running
        assert "once more" in run.message()
        await run.press("ctrl+q")
        assert run.app.return_code == 0


async def test_one_press_of_the_chord_is_forgotten_after_a_moment() -> None:
    async with running(display=KIOSK) as run:
        await run.press("ctrl+q")
        await run.advance(4)
        await run.press("ctrl+q")
        assert run.app.return_code is None


async def test_ctrl_c_tells_the_chord() -> None:
    async with running(display=WALL) as run:
        await run.press("j")
        assert "ctrl+q" not in run.message()
        await run.press("ctrl+c")
        assert "ctrl+q twice quits" in run.message()


async def test_without_a_kiosk_one_press_of_ctrl_q_quits() -> None:
    async with running() as run:
        await run.press("ctrl+q")
        assert run.app.return_code == 0


async def test_every_task_has_its_turn() -> None:
    async with running(display=WALL, seconds=300) as run:
        seen: list[str] = []
        for _ in range(24):
            await run.advance(10)
            if not seen or seen[-1] != shown_on(run):
                seen.append(shown_on(run))
        assert set(seen) == {state.name for state in run.main.session.board.states.values()}


async def test_on_the_wall_of_a_kiosk_nobody_gets_stuck_in_the_list() -> None:
    async with running(display=WALL) as run:
        await run.press("escape", "w", "enter")
        assert isinstance(run.app.screen, WallScreen)
        assert "list" not in run.message()


async def test_w_shows_the_selected_task_and_esc_selects_the_one_that_was_shown_last() -> None:
    async with running() as run:
        await run.press("j", "w")
        assert shown_on(run) == "logs-archive"
        await run.advance(300)
        assert shown_on(run) == "logs-archive", "nobody moves on but a person"
        await run.press("j")
        name = shown_on(run)
        await run.press("escape")
        assert run.app.screen is run.main
        assert run.state(name).ref == run.main.stage.view.selected


async def test_held_it_stays_with_the_task() -> None:
    async with running(display=KioskPolicy(cycle=20.0), seconds=300) as run:
        await run.press("p")
        name = shown_on(run)
        await run.advance(300)
        assert shown_on(run) == name
        assert "go on" in run.message()
        await run.press("p")
        await run.advance(60)
        assert shown_on(run) != name


async def test_the_filter_decides_which_tasks_take_turns() -> None:
    async with running() as run:
        await run.press("slash", *"logs", "enter", "w")
        assert shown_on(run) == "logs-archive"
        await run.press("j")
        assert shown_on(run) == "logs-archive"
        assert "cold-tier" in run.text() or "█" in run.text()


async def test_a_new_size_draws_again() -> None:
    async with running(display=WALL, seconds=300) as run:
        await run.pilot.resize_terminal(80, 24)
        await run.pilot.pause()
        await run.advance(1)
        assert "Synced" in run.text()
