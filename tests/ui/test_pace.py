from datetime import timedelta

import pytest

from omstui.core.watch.board import Track
from omstui.ui.pace import activity_words, pending_words, speeds
from tests.making import BEIJING, NOW, counting, sample, track

MINUTE = timedelta(minutes=1)


def watched(*accepted_and_synced: tuple[int, int], size: int = 0) -> Track:
    """Answers a minute apart; each adds so many bytes."""
    return track(
        *(
            sample(
                counting(accepted=accepted, synced=synced, failed=0, skipped=0, size=size * number),
                at=NOW + number * MINUTE,
            )
            for number, (accepted, synced) in enumerate(accepted_and_synced)
        )
    )


def test_what_moves_is_told_with_its_basis() -> None:
    made = watched(*((60 * n, 30 * n) for n in range(6)), size=90_000_000)
    assert speeds(made) == {
        "monthly_acceptance_request": "+60/min over 5 min",
        "monthly_success_object": "+30/min over 5 min",
        "monthly_size": "1.50 MB/s over 5 min",
    }


def test_that_nothing_is_synced_is_told_and_nothing_else_that_stands_still() -> None:
    assert speeds(watched(*[(9, 9)] * 6)) == {"monthly_success_object": "+0/min over 5 min"}
    assert speeds(watched((9, 9))) == {}


def test_failures_have_a_speed_when_they_rise() -> None:
    made = track(sample(counting(failed=1)), sample(counting(failed=3), at=NOW + MINUTE))
    assert speeds(made)["monthly_failure_object"] == "+2.0/min over 1 min"


@pytest.mark.parametrize(
    ("made", "words"),
    [
        pytest.param(track(), "", id="nothing known"),
        pytest.param(watched(*[(50, 10)] * 30), "", id="it stays"),
        pytest.param(watched(*((50 + n, 10) for n in range(42))), "growing for 41 min", id="it grows"),
        pytest.param(
            watched(*((1000, 10 * n) for n in range(31))),
            "empty in about 1 h 10 min at the pace of the last 10 min",
            id="it shrinks",
        ),
    ],
)
def test_pending_grows_or_will_be_gone(made: Track, words: str) -> None:
    assert pending_words(made) == words


@pytest.mark.parametrize(
    ("made", "words"),
    [
        pytest.param(track(), "–", id="nothing known"),
        pytest.param(watched((5, 5)), "none seen", id="one answer"),
        pytest.param(watched(*[(5, 5)] * 21), "none seen; nothing in 20 min watched since", id="quiet since the start"),
        pytest.param(watched((5, 5), (6, 5)), "17:41:05", id="a rise"),
        pytest.param(watched((5, 5), *[(6, 5)] * 21), "17:41:05, quiet for 20 min", id="and quiet since"),
    ],
)
def test_the_last_activity_is_told_as_far_as_it_was_watched(made: Track, words: str) -> None:
    assert activity_words(made, NOW + 25 * MINUTE, BEIJING) == words


def test_no_activity_is_told_of_a_time_that_has_not_come_yet() -> None:
    made = watched((5, 5), *[(6, 5)] * 21)
    assert activity_words(made, NOW - 60 * MINUTE, BEIJING) == "not known"


def test_a_rise_that_nobody_saw_is_told_as_such() -> None:
    made = track(sample(counting(accepted=5)), sample(counting(accepted=9), at=NOW + 60 * MINUTE))
    assert activity_words(made, NOW + 60 * MINUTE, BEIJING) == "unseen"
    made = made.filed(sample(counting(accepted=9), at=NOW + 62 * MINUTE), 60.0)
    assert activity_words(made, NOW + 62 * MINUTE, BEIJING) == "unseen; nothing in 2 min watched since"
