"""Calls of a store end in time, whatever becomes of those before them."""

import os
import threading

import pytest

from omstui.backend.secrets.calls import Attempt, StoreCalls, StoreError, StoreErrorKind
from tests.standstill import after_a_standstill


def stuck(seconds: float) -> StoreError:
    return StoreError(StoreErrorKind.STUCK, f"nothing within {seconds:g} s")


def failed(error: BaseException) -> StoreError:
    return StoreError(StoreErrorKind.FAILED, type(error).__name__)


def test_who_waits_for_a_turn_waits_no_longer_than_for_an_answer() -> None:
    """Else many who ask one after another would each wait for all before them."""
    calls = StoreCalls(0.05, failed, stuck)
    is_begun, may_end = threading.Event(), threading.Event()
    answers: list[bool] = []

    def work(_: Attempt) -> bool:
        is_begun.set()
        return may_end.wait(20)

    def slow() -> None:
        answers.append(calls.in_time(work, longer=60))

    def second() -> None:
        with pytest.raises(StoreError, match=r"nothing within 0\.05 s"):
            calls.in_time(lambda _: answers.append(False))
        may_end.set()

    first, other = threading.Thread(target=slow), threading.Thread(target=second, daemon=True)
    first.start()
    assert is_begun.wait(30)
    other.start()
    first.join()
    assert answers == [True], "the first had its time, and the second asked for nothing"
    assert StoreCalls(60, failed, stuck).in_time(lambda _: 7) == 7
    assert calls.in_time(lambda _: 7, longer=60) == 7, "nothing is stuck"


def test_what_is_stuck_is_called_again_when_a_person_asks_for_it_and_not_before() -> None:
    calls, may_end = StoreCalls(0.05, failed, stuck), threading.Event()
    with pytest.raises(StoreError, match="nothing within"):
        calls.in_time(lambda _: may_end.wait(60))
    may_end.set()
    with pytest.raises(StoreError, match="nothing within"):
        calls.in_time(lambda _: 7)
    with calls.at_a_persons_wish():
        assert calls.in_time(lambda _: 7) == 7
    assert calls.in_time(lambda _: 7) == 7, "and it is in order from then on"


def test_a_person_has_longer_than_the_deadline_for_what_the_store_asks() -> None:
    calls, answered = StoreCalls(0.05, failed, stuck), threading.Event()
    threading.Timer(0.5, answered.set).start()
    with calls.at_a_persons_wish(patience=60):
        assert calls.in_time(lambda _: answered.wait(60))
    with pytest.raises(StoreError, match=r"nothing within 0\.05 s"):
        calls.in_time(lambda _: threading.Event().wait(60))


CALLING = """
import sys, threading
from omstui.backend.secrets.calls import StoreCalls
from omstui.backend.secrets.calls import StoreError, StoreErrorKind

def stuck(seconds):
    return StoreError(StoreErrorKind.STUCK, f"nothing within {seconds:g} s")

def ask(work):
    try:
        answers.append(calls.in_time(work))
    except StoreError as error:
        answers.append(str(error))

def wait_for_a_line(_):
    second.start()
    print("begun", flush=True)
    return sys.stdin.readline().strip()

calls, answers = StoreCalls(4.0, stuck, stuck), []
second = threading.Thread(target=ask, args=[lambda _: "second"], daemon=False)
ask(wait_for_a_line)
second.join()
print(*sorted(answers), sep=", ")
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_standstill_of_the_program_takes_no_time_from_the_store() -> None:
    """Neither from a call that is under way nor from one that waits for its turn; after it both are answered."""
    assert after_a_standstill(CALLING, seconds=5, line="first") == "first, second\n"
