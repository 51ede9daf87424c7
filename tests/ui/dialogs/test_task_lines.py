from collections.abc import Callable

import pytest
from textual.app import App, ComposeResult

from omstui.core.task import TaskRef
from omstui.core.text import tame
from omstui.ui.dialogs.task_lines import ParsedTasks, TaskLines
from tests.steps import is_linear
from tests.ui.dialogs.hosting import HOSTILE, IDS, paste, press, type_text

WATCHED = {TaskRef("lab", IDS[5])}


ODD = ", ".join(map(str, range(3, 43, 2)))


@pytest.mark.parametrize(
    ("text", "new", "summary"),
    [
        ("", 0, "no tasks to add"),
        ("\n  \n# a comment\n", 0, "no tasks to add"),
        (IDS[0], 1, "1 task to add"),
        (f"{IDS[0]}\n{IDS[1]}\n{IDS[2]} logs", 3, "3 tasks to add"),
        (f"{IDS[0]}\n{IDS[0]}", 1, "1 task to add · line 2 repeats one"),
        (IDS[5], 0, "1 watched already"),
        (f"{IDS[5]}\n{IDS[5]}\n{IDS[1]}", 1, "1 task to add · 1 watched already · line 2 repeats one"),
        (f"{IDS[0]}\nfoo bar", 1, "1 task to add · line 2: 'foo bar' does not look like a task id"),
        ("a b\nc d\ne f", 0, "line 1: 'a b' does not look like a task id · lines 2 and 3 too"),
        ("a b\nc d", 0, "line 1: 'a b' does not look like a task id · line 2 too"),
        ("a b\n\n" * 9, 0, "line 1: 'a b' does not look like a task id · lines 3, 5, 7, 9, 11, 13, 15 and 17 too"),
        ("a b\n" * 19, 0, "line 1: 'a b' does not look like a task id · lines 2–19 too"),
        ("a b\n" * 4 + "\na b", 0, "line 1: 'a b' does not look like a task id · lines 2–4 and 6 too"),
        ("a b\n\n" * 22, 0, f"line 1: 'a b' does not look like a task id · lines {ODD} and more too"),
        ("abc", 1, "1 task to add · abc does not look like a task id, which is a UUID"),
        (
            f"{IDS[0]}\nx\nshort\n{IDS[1].replace('-', '')}\n/",
            4,
            "4 tasks to add · x and 2 others do not look like task ids, which are UUIDs · line 5: '/' is not a task id",
        ),
        (f"{IDS[5]}\na b", 0, "1 watched already · line 2: 'a b' does not look like a task id"),
    ],
)
def test_a_text_is_summed_up_in_one_sentence(text: str, new: int, summary: str) -> None:
    reading = ParsedTasks.of(text, "lab", WATCHED)
    assert len(reading.new) == new
    assert reading.summary("add") == summary


def test_whether_a_task_is_watched_depends_on_the_profile() -> None:
    assert ParsedTasks.of(IDS[5], "other", WATCHED).new[0].ref == TaskRef("other", IDS[5])


def test_labels_come_along_and_bad_lines_stay_as_they_were_written() -> None:
    reading = ParsedTasks.of(f"{IDS[0]},  the logs\n  foo   bar \n{IDS[1]}\nx/y", "lab", ())
    assert [task.label for task in reading.new] == ["the logs", ""]
    assert reading.bad_lines == ("  foo   bar ", "x/y")


def test_what_is_wrong_with_hostile_text_is_said_harmlessly() -> None:
    summary = ParsedTasks.of(HOSTILE, "lab", ()).summary("add")
    assert summary.startswith("line 1: ")
    assert summary.isprintable()


def test_a_line_may_name_another_profile_as_long_as_there_is_one() -> None:
    reading = ParsedTasks.of(f"prod/{IDS[0]}\nnone/{IDS[1]}\n{IDS[2]}", "lab", frozenset(), ["lab", "prod"])
    assert [task.ref for task in reading.new] == [TaskRef("prod", IDS[0]), TaskRef("lab", IDS[2])]
    assert reading.bad_lines == (f"none/{IDS[1]}",)
    assert reading.summary("add") == "2 tasks to add · line 2: there is no profile none"


def test_repeated_lines_are_told() -> None:
    reading = ParsedTasks.of(f"{IDS[0]}\n\n{IDS[0]} x", "lab", frozenset())
    assert reading.summary("add") == "1 task to add · line 3 repeats one"
    assert "2 lines repeat others" in ParsedTasks.of(f"{IDS[0]}\n" * 3, "lab", frozenset()).summary("add")


@pytest.mark.parametrize("line", ["{id}", "{id}\n{id}", "none/{id}", "a b {id}"])
def test_the_work_grows_with_the_lines_and_not_with_their_square(line: str) -> None:
    """Someone pastes 20,000 lines, and the screen lives on."""

    def read(count: int) -> Callable[[], object]:
        text = "\n".join(line.format(id=f"{number:032x}") for number in range(count))
        return lambda: ParsedTasks.of(text, "lab", WATCHED).summary("add")

    assert is_linear(read)


class LinesApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.confirmed = 0

    def compose(self) -> ComposeResult:
        yield TaskLines()

    def on_task_lines_confirmed(self) -> None:
        self.confirmed += 1

    @property
    def text(self) -> str:
        return self.query_one(TaskLines).text


async def test_enter_on_the_only_line_confirms_it() -> None:
    app = LinesApp()
    async with app.run_test() as pilot:
        await type_text(pilot, "abc")
        await press(pilot, "enter")
        assert (app.text, app.confirmed) == ("abc", 1)


async def test_enter_among_several_lines_begins_another() -> None:
    app = LinesApp()
    async with app.run_test() as pilot:
        await paste(pilot, "a\nb\n")
        assert app.text == "a\nb"
        await press(pilot, "enter", "c")
        assert (app.text, app.confirmed) == ("a\nb\nc", 0)


async def test_ctrl_j_begins_a_second_line() -> None:
    app = LinesApp()
    async with app.run_test() as pilot:
        await press(pilot, "a", "ctrl+j", "b")
        assert (app.text, app.confirmed) == ("a\nb", 0)


@pytest.mark.parametrize("line_end", ["\r", "\r\n", "\r\r"])
async def test_a_paste_that_comes_as_keys_is_not_confirmed_in_its_middle(line_end: str) -> None:
    """A terminal without bracketed paste sends line ends as enter; the rest must not become commands."""
    app = LinesApp()
    async with app.run_test() as pilot:
        await type_text(pilot, line_end.join(IDS[:3]))
        assert [line for line in app.text.splitlines() if line] == IDS[:3]
        assert app.confirmed == 0


async def test_enter_at_the_end_of_keys_that_come_at_once_confirms() -> None:
    app = LinesApp()
    async with app.run_test() as pilot:
        await type_text(pilot, f"{IDS[0]}\r")
        assert (app.text, app.confirmed) == (IDS[0], 1)


@pytest.mark.parametrize(
    ("before", "pasted", "text"),
    [
        ("", f"{IDS[0]}\tlogs\r\n\r\n{IDS[1]}\r\n", f"{IDS[0]} logs\n\n{IDS[1]}"),
        ("", HOSTILE, tame(HOSTILE)),
        ("", "a\x0bb\u2028c", "a\nb\nc"),
        (IDS[0], IDS[1], f"{IDS[0]}\n{IDS[1]}"),
        (IDS[0], " logs", f"{IDS[0]} logs"),
        (IDS[0], f" {IDS[1]}", f"{IDS[0]}\n{IDS[1]}"),
        (f"{IDS[0]} ", "logs", f"{IDS[0]} logs"),
        ("0d146099-", IDS[0][9:], IDS[0]),
        ("", "", ""),
    ],
)
async def test_a_paste_is_tamed_line_by_line(before: str, pasted: str, text: str) -> None:
    app = LinesApp()
    async with app.run_test() as pilot:
        await type_text(pilot, before)
        await paste(pilot, pasted)
        assert app.text == text


async def test_the_programs_own_clipboard_is_tamed_too() -> None:
    app = LinesApp()
    async with app.run_test() as pilot:
        app.copy_to_clipboard(HOSTILE)
        await press(pilot, "ctrl+v")
        assert app.text == tame(HOSTILE)


async def test_the_cursor_stands_still() -> None:
    app = LinesApp()
    async with app.run_test():
        assert not app.query_one(TaskLines).cursor_blink
