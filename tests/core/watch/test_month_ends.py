from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import TaskRef, WatchedTask, WatchList
from omstui.core.watch.board import Board
from omstui.core.watch.month_ends import Closing
from omstui.core.watch.rollover import MonthEnd
from tests.making import NOVEMBER, REF, counting, sample

OCTOBER = NOVEMBER.plus(-1)
OTHER = TaskRef("dr-sg", "other")
WATCHLIST = WatchList((WatchedTask(REF), WatchedTask(OTHER)))
MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 10, 31, 16, 1, tzinfo=UTC)
"""October has just ended in UTC+08:00, and not yet elsewhere."""


ENDED = MonthEnd(OCTOBER, NOW)


def test_each_month_that_ended_is_asked_for_one_after_the_other() -> None:
    closing, board = Closing(60.0), Board().watching(WATCHLIST)
    assert closing.next_question(board, NOW) is None
    closing.add(REF, ENDED)
    closing.add(OTHER, ENDED)
    assert closing.next_question(board, NOW) == (REF, OCTOBER)
    closing.put((REF, OCTOBER), NOW)
    assert closing.next_question(board, NOW) == (OTHER, OCTOBER)
    closing.put((OTHER, OCTOBER), NOW)
    assert closing.next_question(board, NOW) is None


def test_a_question_that_came_to_nothing_is_put_again_five_minutes_later() -> None:
    closing, board = Closing(60.0), Board().watching(WATCHLIST)
    closing.add(REF, ENDED)
    closing.put((REF, OCTOBER), NOW)
    trouble = sample(Problem(ProblemKind.SERVER, "503"), at=NOW + MINUTE, month=OCTOBER)
    board = board.filed(trouble, 60.0)
    assert closing.next_question(board, NOW + 4.9 * MINUTE) is None
    assert closing.next_question(board, NOW + 5 * MINUTE) == (REF, OCTOBER)


def test_an_answer_from_before_the_end_is_not_the_last_word() -> None:
    closing = Closing(60.0)
    closing.add(REF, ENDED)
    before = Board().watching(WATCHLIST).filed(sample(at=NOW - MINUTE, month=OCTOBER), 60.0)
    assert closing.next_question(before, NOW) == (REF, OCTOBER)
    turned = replace(before.filed(sample(at=NOW), 60.0).states[REF], month_end=ENDED)
    board = replace(before, states={REF: turned})
    closing.put((REF, OCTOBER), NOW)
    once = board.filed(sample(at=NOW, month=OCTOBER), 60.0)
    assert closing.next_question(once, NOW + 0.9 * MINUTE) is None
    assert closing.next_question(once, NOW + MINUTE) == (REF, OCTOBER), "a second answer is to confirm it"
    closing.put((REF, OCTOBER), NOW + MINUTE)
    twice = once.filed(sample(at=NOW + MINUTE, month=OCTOBER), 60.0)
    assert closing.next_question(twice, NOW + 60 * MINUTE) is None
    assert closing.next_question(before, NOW + 60 * MINUTE) is None


def test_answers_that_do_not_agree_are_followed_by_another_one_five_minutes_later() -> None:
    closing, now = Closing(60.0), NOW
    closing.add(REF, ENDED)
    board = Board().watching(WATCHLIST).filed(sample(at=NOW), 60.0)
    board = replace(board, states={REF: replace(board.states[REF], month_end=ENDED)})
    for accepted, wait in ((1, 1), (2, 5), (3, 5)):
        assert closing.next_question(board, now) == (REF, OCTOBER)
        closing.put((REF, OCTOBER), now)
        board = board.filed(sample(counting(accepted=accepted), at=now, month=OCTOBER), 60.0)
        assert closing.next_question(board, now + (wait - 0.1) * MINUTE) is None
        now += wait * MINUTE
    assert closing.next_question(board, NOW - 60 * MINUTE) == (REF, OCTOBER), "the clock was set back"


def test_a_month_that_was_closed_before_is_not_asked_for_again() -> None:
    """The screen was closed for longer than the month: its last figures are known already."""
    closing = Closing(60.0)
    closing.add(REF, replace(ENDED, ended=OCTOBER.plus(-1)))
    board, over = Board().watching(WATCHLIST), OCTOBER.plus(-1).over_everywhere_at
    for at in (over, over + MINUTE):
        board = board.filed(sample(at=at, month=OCTOBER.plus(-1)), 60.0)
    assert closing.next_question(board, NOW) is None


def test_nothing_is_asked_for_a_task_that_left_the_list() -> None:
    closing = Closing(60.0)
    closing.add(REF, ENDED)
    assert closing.next_question(Board().watching(WatchList()), NOW) is None
    assert closing.next_question(Board().watching(WATCHLIST), NOW) is None
