"""Head line, key line, list view and the ASCII filter."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.binding import Binding

from omstui.core.alerts.seen import Changes
from omstui.core.task import TaskRef, WatchedTask, WatchList
from omstui.core.watch.board import Board, TaskState
from omstui.core.watch.condition import Condition, ConditionIndex
from omstui.ui.drawing.api_words import explained, switch
from omstui.ui.drawing.condition_signs import GLYPHS, role_of
from omstui.ui.drawing.formats import clean
from omstui.ui.drawing.line import text_of, width_of
from omstui.ui.drawing.list_columns import STATE, Context
from omstui.ui.keys.names import key_name
from omstui.ui.main.list import ListView
from omstui.ui.main.screen import MainScreen
from omstui.ui.terminal.ascii import to_ascii
from omstui.ui.widgets.head_line import Head, clock_line, head_line
from omstui.ui.widgets.key_line import HINTS, KeyLine, key_line, message_lines
from tests.making import BEIJING, NOW, answered_board

COUNTS = Counter({Condition.SYNCING: 4, Condition.FAILING: 1, Condition.TOKEN: 1})


def head(width: int, **options: object) -> str:
    return text_of(head_line(Head(COUNTS, NOW, BEIJING, **options), width)).rstrip()  # type: ignore[arg-type]  # options of the head


def test_the_head_counts_tasks_by_condition_with_trouble_before_lesser_things() -> None:
    assert head(80) == " omstui  6 tasks  4 ok  1 token  1 failing"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(hours=25), ""),
        (timedelta(hours=21), "prod token 21 h"),
        (timedelta(minutes=40), "prod token 40 min"),
        (timedelta(0), "prod token expired"),
        (timedelta(days=-3), "prod token expired"),
    ],
)
def test_a_credential_shows_its_clock_when_under_a_day(left: timedelta, words: str) -> None:
    shown = head(100, expiries={"prod": NOW + left})
    assert shown.endswith(words) if words else "token " not in shown.replace("1 token ", "")


def test_with_little_room_clocks_of_lasting_credentials_go_first_and_words_become_glyphs() -> None:
    expiries = {"long-lived": NOW + timedelta(hours=20), "ending": NOW + timedelta(minutes=5), "gone": NOW}
    assert "long-lived token 20 h" in head(140, expiries=expiries)
    assert "long-lived" not in head(100, expiries=expiries)
    assert "ending token 5 min" in head(100, expiries=expiries)
    assert "gone token expired" in head(70, expiries=expiries)
    assert head(30) == " ✗ 1 ! 1 ✓ 4"


@pytest.mark.parametrize(("count", "words"), [(1, "token expired"), (2, "2 tokens expired"), (3, "3 tokens expired")])
def test_without_room_for_names_that_credentials_have_ended_is_still_told(count: int, words: str) -> None:
    expiries = {f"a-profile-with-a-long-name-{number}": NOW for number in range(count)}
    assert head(66, expiries=expiries).endswith(f"  {words}")


@pytest.mark.parametrize("width", range(1, 160))
def test_the_head_has_the_width(width: int) -> None:
    options = {"paused_at": NOW, "filtered": 2, "is_demo": True, "expiries": {"p": NOW}}
    assert width_of(head_line(Head(COUNTS, NOW, BEIJING, **options), width)) == width  # type: ignore[arg-type]  # as above
    assert width_of(clock_line(NOW, BEIJING, width)) == width


def test_the_clock_names_its_offset_where_there_is_room() -> None:
    assert text_of(clock_line(NOW, BEIJING, 19)) == "17:40:05 UTC+08:00 "
    assert text_of(clock_line(NOW, BEIJING, 13)) == "17:40:05 +08 "
    assert text_of(clock_line(NOW, BEIJING, 9)) == "17:40:05 "
    assert text_of(clock_line(NOW, BEIJING, 19, is_thin=True)) == "17:40 UTC+08:00    "


def test_a_paused_or_filtered_view_and_the_demo_say_so() -> None:
    shown = head(120, paused_at=NOW, filtered=2, is_demo=True)
    assert "DEMO" in shown
    assert "PAUSED since 17:40:05" in shown
    assert "(2 shown)" in shown
    assert "DEMO PAUSED" in head(40, paused_at=NOW, is_demo=True)


CHANGES = Changes(NOW - timedelta(hours=1), 2, Counter({Condition.STOPPED: 1, Condition.SYNCING: 3}))


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (120, " omstui  6 tasks  4 ok  1 token  1 failing  since 16:40: 2 new failures, 1 stopped, 3 ok again"),
        (66, " ✗ 1 ! 1 ✓ 4  since 16:40: 2 new failures, 1 stopped, 3 ok again"),
        (54, " ✗ 1 ! 1 ✓ 4  since 16:40: +2 failed, 1 stopped, 3 ok"),
        (45, " omstui  6 tasks  4 ok  1 token  1 failing"),
    ],
)
def test_what_has_changed_since_somebody_looked_is_said_as_far_as_there_is_room(width: int, words: str) -> None:
    text = head(width, changes=CHANGES)
    assert words in text


def test_changes_of_another_day_name_it_and_none_say_nothing() -> None:
    assert "since 21 Nov 17:40: 1 new failure" in head(120, changes=Changes(NOW - timedelta(days=1), 1))
    assert "since" not in head(120, changes=Changes(NOW))
    assert "since" not in head(120)


def bindings() -> list[Binding]:
    return [binding for binding in MainScreen.BINDINGS if isinstance(binding, Binding)]


@pytest.mark.parametrize("width", [12, 30, 60, 80, 120, 200])
def test_the_key_line_always_has_help_and_quit(width: int) -> None:
    line = key_line(bindings(), width)
    assert width_of(line) == width
    if width >= 20:
        assert "? help" in text_of(line).replace("question_mark,f1", "?")
        assert "q quit" in text_of(line)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("Asking for images", 40, [" Asking for images"]),
        ("Asking for images", 12, [" Asking for", " images"]),
        ("one two three four", 6, [" one", " two", " thre…"]),
        ("one two three four", 7, [" one", " two", " three…"]),
        ("one two three", 7, [" one", " two", " three"]),
        ("x" * 40, 11, [f" {'x' * 10}", f" {'x' * 10}", f" {'x' * 9}…"]),
    ],
)
def test_a_long_message_takes_up_to_three_lines_and_says_when_more_is_missing(
    text: str, width: int, lines: list[str]
) -> None:
    assert [text_of(line) for line in message_lines(text, "bad", width)] == lines


@given(st.text(max_size=200), st.integers(0, 60))
def test_a_message_stays_within_its_lines(text: str, width: int) -> None:
    lines = message_lines(clean(text, 500), "", width)
    assert 1 <= len(lines) <= 3
    assert all(width_of(line) <= max(width, 3) for line in lines)


class KeysApp(App[None]):
    CSS = "#keys { height: auto; max-height: 3; }"

    def compose(self) -> ComposeResult:
        yield KeyLine(id="keys")


async def test_the_key_line_grows_for_a_message_and_shrinks_again() -> None:
    app = KeysApp()
    async with app.run_test(size=(40, 12)) as pilot:
        keys = app.query_one(KeyLine)
        keys.show_keys(bindings())
        await pilot.pause()
        assert keys.size.height == 1
        keys.show_message("the disk is full and " * 30, "bad")
        await pilot.pause()
        assert keys.size.height == 3
        assert keys.message == "the disk is full and " * 30
        assert text_of(keys.lines[-1]).rstrip().endswith("…")
        keys.show_message("")
        await pilot.pause()
        assert keys.size.height == 1
        assert "quit" in text_of(keys.lines[0])


def test_every_hint_names_bindings_that_exist() -> None:
    ids = {binding.id for binding in bindings()}
    assert {name for hint in HINTS for name in hint.ids} <= ids


def test_keys_are_named_as_people_write_them() -> None:
    assert [key_name(key) for key in ("left_square_bracket", "slash", "pageup", "x")] == ["[", "/", "PgUp", "x"]


def board(*names: str) -> Board:
    return Board().watching(WatchList(tuple(WatchedTask(TaskRef("p", name), name) for name in names)))


def of(shown: Board) -> Context:
    return Context(ConditionIndex.of(shown, NOW, 60.0), BEIJING)


def test_the_selection_falls_to_the_row_that_takes_the_place_of_a_removed_one() -> None:
    view = ListView()
    rows = view.rows(of(board("a", "b", "c")))
    view = view.settled(rows).moved(rows, 1)
    assert view.selected == TaskRef("p", "b")
    fewer = view.rows(of(board("a", "c")))
    assert view.settled(fewer).selected == TaskRef("p", "c")
    assert view.settled([]).selected is None


class UnwalkedRows(list[TaskState]):
    """Rows of which single ones may be looked at, but not all of them."""

    def __iter__(self) -> Iterator[TaskState]:
        raise AssertionError("all rows are walked through")


def test_to_move_the_selection_looks_at_no_other_rows_than_the_old_and_the_new() -> None:
    rows = UnwalkedRows(answered_board(5000).states.values())
    view = ListView().moved(rows[:1], 0)
    for steps, number in ((70, 70), (1, 71), (9999, 4999), (-1, 4998)):
        view = view.moved(rows, steps).settled(rows)
        assert (view.selected, view.place) == (rows[number].ref, number)


@pytest.mark.parametrize("names", ["cab", "abc", "ab", "b", "xyzb"])
def test_the_selection_stays_with_its_task_wherever_the_row_goes(names: str) -> None:
    view = ListView()
    rows = view.rows(of(board("a", "b", "c")))
    view = view.settled(rows).moved(rows, 1).settled(view.rows(of(board(*names))))
    assert (view.selected, view.place) == (TaskRef("p", "b"), names.index("b"))


@given(st.integers(-50, 50))
def test_moving_stays_within_the_list(steps: int) -> None:
    rows = ListView().rows(of(board("a", "b", "c")))
    view = ListView().settled(rows).moved(rows, steps)
    assert view.selected == rows[max(0, min(steps, 2))].ref
    assert ListView().moved([], steps) == ListView()


@pytest.mark.parametrize(("needle", "names"), [("B", ["b"]), ("p", ["a", "b"]), ("asking", ["a", "b"]), ("x", [])])
def test_the_filter_looks_into_names_ids_profiles_and_states(needle: str, names: list[str]) -> None:
    assert [state.name for state in ListView(needle=needle).rows(of(board("a", "b")))] == names


def test_sorting_goes_round() -> None:
    view = ListView()
    seen = []
    for _ in range(9):
        view = view.sorted_by_next()
        seen.append(view.sort.name if view.sort is not None else None)
    assert seen[-1] is None
    assert seen[1] == STATE.name


@given(st.text(max_size=40))
def test_ascii_has_the_same_cells(text: str) -> None:
    plain = to_ascii(text)
    assert plain.isascii()
    assert cell_len(plain) == cell_len(text) or not text.isprintable()


def test_our_own_signs_keep_their_meaning_in_ascii() -> None:
    signs = [to_ascii(glyph) for glyph in ("✓", "✗", "■", "!", "~", "?", "…")]
    assert signs == ["+", "x", "#", "!", "~", "?", "."]
    assert to_ascii("数据") == "????"


def test_each_condition_has_a_glyph_and_a_colour_and_trouble_is_never_green() -> None:
    assert set(GLYPHS) == set(Condition)
    for condition in Condition:
        assert (role_of(condition) == "ok") == condition.is_well
        assert (GLYPHS[condition] == "✓") == condition.is_well


def test_words_of_the_service_are_explained_or_shown_as_they_came() -> None:
    assert explained(None, {}) == "–"
    assert explained("A", {"A": "always"}) == "always"
    assert explained("\x1bNEW", {"A": "always"}) == "\ufffdNEW (unknown value)"
    assert [switch(value) for value in (None, True, False)] == ["–", "on", "off"]
