"""What sentences say of keys, also of those that the user has put elsewhere."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from textual.binding import Binding

from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.settings import Settings
from omstui.core.watch.board import TaskState
from omstui.core.watch.condition import assess
from omstui.demo.past import DemoHistory
from omstui.demo.scenario import demo_profiles, demo_scenario, demo_watchlist
from omstui.ui.detail.lines import detail_lines
from omstui.ui.detail.view import View
from omstui.ui.dialogs.task_lines import TaskLines
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.line import Span, text_of, width_of
from omstui.ui.keys.names import _USUAL, KeyNames
from omstui.ui.main.screen import MainScreen
from omstui.ui.widgets.filter_line import FilterLine
from omstui.ui.widgets.key_hints import KeyHints
from tests.making import BEIJING, NOW, counting, sample, state
from tests.ui.running import START, Running, running

MOVED = {
    "ask.now": "f5", "credentials": "ctrl+t", "list.acknowledge": "K,k", "list.remove": "delete",
    "month.current": "home", "month.next": "full_stop", "month.previous": "comma",
}  # fmt: skip


def drawn(one: TaskState, keys: KeyNames, month: Month | None = None) -> str:
    view = View(one, month, NOW, BEIJING, BEIJING, assess(one, NOW, 60.0), keys=keys)
    lines = detail_lines(view, 60)
    assert all(width_of(line) <= 60 for line in lines)
    return "\n".join(text_of(line) for line in lines)


def test_the_usual_keys_are_those_of_the_bindings() -> None:
    bound = {
        binding.id: binding.key
        for screen in MainScreen.__mro__
        for binding in screen.__dict__.get("BINDINGS", ())
        if isinstance(binding, Binding)
    }
    names = {name: KeyNames({name: bound[name]}).of(name) for name in _USUAL}
    assert names == _USUAL


@pytest.mark.parametrize(
    ("outcome", "month", "usual", "moved"),
    [
        (counting(failed=14), None, "+3 since seen (A: seen)", "+3 since seen (K: seen)"),
        (counting(failed=14), None, "‹ [", "‹ , "),
        (counting(failed=14), Month(2026, 9), "t current month · r ask again", "home current month · f5 ask again"),
        (counting(failed=14), Month(2026, 9), "] ›", " . ›"),
        (Problem(ProblemKind.TOKEN, "no"), None, "T, or omstui login", "ctrl+t, or omstui login"),
        (Problem(ProblemKind.GONE, "no"), None, "D takes it off", "delete takes it off"),
    ],
)
def test_the_pane_names_the_keys_that_lead_there(outcome: object, month: Month | None, usual: str, moved: str) -> None:
    one = state(sample(at=NOW - timedelta(minutes=1)), sample(outcome))  # type: ignore[arg-type]  # a task or a problem
    for keys, there, gone in ((KeyNames(), usual, moved), (KeyNames(MOVED), moved, usual)):
        text = " ".join(drawn(one, keys, month).split())
        assert " ".join(there.split()) in text
        assert " ".join(gone.split()) not in text


UI = Path(__file__).parents[3] / "omstui" / "ui"

# The keys that open it, what has been moved to where, and the line that names it then.
CASES = {
    "history": (
        ["h"],
        {"history.down": "comma", "history.choose": "ctrl+k", "history.range": "f5", "history.close": "x,escape"},
        ", ] month   ctrl+k to the pane   f5 7 days   r ask again   ? help   esc back",
    ),
    "event log": (
        ["l"],
        {"event.down": "n", "event.filter": "f", "event.back": "b"},
        "↑ n move   enter go to the task   f filter   b back",
    ),
    "its filter": (["l", "slash"], {"filter.keep": "ctrl+k"}, "ctrl+k keep · esc clear"),
    "wall": (["w"], {"wall.next": "n", "wall.close": "x"}, "← n task   ? help   x list"),
    "label": (["e"], {"label.close": "ctrl+b"}, "enter keep   ctrl+b back"),
    "a field's own enter": (["e"], {"label.keep": "ctrl+k"}, "enter keep   esc back"),
    "help": (["question_mark"], {"help.close": "x"}, "x back"),
    "months": (["m"], {"picker.close": "x", "picker.year-on": "n"}, "PgUp n year · type 2026-03 · enter · x"),
    "copying": (["Y"], {"copy.take": "t", "copy.show": "s"}, "t copy   s show the text   esc back"),
    "plain text": (["Y", "v"], {"plain.wrap": "b", "plain.right": "n"}, "b break long lines   ← n sideways   esc back"),
    "adding": (["a"], {"add.find": "f9", "add.close": "ctrl+b"}, "f9 list them   ctrl+j new line   ctrl+b back"),
    "credentials": (["T"], {"credentials.close": "x"}, "↑ ↓ select   x back"),
    "a token": (["T", "enter"], {"token.clear": "ctrl+d", "token.check": "f9"}, "f9 check   ctrl+d clear   esc back"),
    "how to quit": (["l", "ctrl+c"], {"quit": "Q"}, "esc, then Q quit"),
    "how to quit from a dialog": (["Y", "ctrl+c"], {"quit": "Q", "copy.close": "x"}, "x, then Q quit"),
    "how to quit from the months": (["m", "ctrl+c"], {"quit": "Q"}, "esc, then Q quits"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.slow
async def test_keys_are_named_where_the_user_has_put_them(case: str) -> None:
    opening, keys, said = CASES[case]
    projects = {name: profile.project_id for name, profile in demo_profiles().items()}
    history = DemoHistory(demo_scenario(START), demo_watchlist(), projects)
    async with running((120, 34), history=history, settings=Settings(keys=keys)) as run:
        await run.press(*opening)
        await run.until(lambda: said in run.text(), said)


@pytest.mark.slow
async def test_a_letter_that_a_field_keeps_to_itself_for_now_is_not_forgotten() -> None:
    """The filter takes letters as text, and the keys of the screen around it come back when it closes."""
    async with running((120, 34), settings=Settings(keys={"event.filter": "f"})) as run:
        await run.press("l", "f", "f")
        assert "f filter" in run.text()


@pytest.mark.slow
async def test_moved_keys_work_in_the_filter() -> None:
    """Which would take them for text, or for nothing."""
    async with running((120, 34), settings=Settings(keys={"filter.keep": "ctrl+k"})) as run:
        await run.press("l", "slash", "x", "ctrl+k")
        assert "keep" not in run.text()
        await run.press("escape", "escape")
        assert run.app.screen is run.main


def test_every_hint_names_bindings_that_there_are() -> None:
    source = "".join(path.read_text() for path in UI.rglob("*.py"))
    bound = set(re.findall(r'\bid="([a-z-]+\.[a-z-]+)"', source))
    hints = re.findall(r'KeyHint\((?:[^()]|\([^()]*\))*?"((?:[a-z-]+\.[a-z-]+ ?)+)",?\s*\)', source)
    named = {one for ids in hints for one in ids.split(" ") if not one.startswith("screen.")}
    assert len(named) > 30
    assert named <= bound


CLICKED = [["h"], ["l"], ["w"], ["e"], ["question_mark"], ["Y"], ["Y", "v"], ["a"], ["T"], ["T", "enter"], ["a", "f2"]]


@pytest.mark.parametrize("opening", CLICKED, ids=" ".join)
@pytest.mark.slow
async def test_every_key_that_is_named_in_a_line_of_keys_can_be_clicked(opening: list[str]) -> None:
    """Each of several keys does its own; the colour of keys stands for what can be clicked."""
    async with running((120, 34)) as run:
        await run.press(*opening)
        await run.until(lambda: bool(_keys_shown(run)), "the keys")
        await run.pilot.pause()
        for span in _keys_shown(run):
            assert span.role == "key", span
            assert span.action, span


def _keys_shown(run: Running) -> list[Span]:
    lines = [line for hints in run.app.screen.query(KeyHints) for line in hints.lines]
    lines += [history.lines[-1] for history in run.app.screen.query("#history").results(Canvas) if history.lines]
    return [span for line in lines for span in line if span.text.strip() and span.role != "dim"]


@pytest.mark.slow
async def test_a_click_on_each_of_two_keys_does_what_that_key_does() -> None:
    async with running((120, 34)) as run:
        await run.press("a")
        await _click(run, KeyHints, "new line")
        assert run.app.screen.query_one(TaskLines).text == "\n"
        await run.press("escape", "Y", "v", "w")
        text = run.text()
        await _click(run, KeyHints, "w let")
        assert run.text() != text
        await _click(run, KeyHints, "→")
        sideways = run.text()
        await _click(run, KeyHints, "←")
        assert run.text() != sideways
        await run.press("escape", "escape", "slash")
        await run.press("z")
        await _click(run, FilterLine, "clear")
        assert not run.main.query_one(FilterLine).display
        await run.press("m")
        await _click(run, Canvas, "PgUp", "#picker")
        assert "2025" in run.text()


async def _click(run: Running, kind: type[Canvas], words: str, selector: str | None = None) -> None:
    canvas = run.app.screen.query_one(selector, kind) if selector else run.app.screen.query(kind).last()
    row, text = next((row, text_of(line)) for row, line in enumerate(canvas.lines) if words in text_of(line))
    await run.pilot.click(canvas, offset=(canvas.gutter.left + text.index(words), canvas.gutter.top + row))
    await run.pilot.pause()
