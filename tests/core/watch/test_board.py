"""Read-only mappings that differ in a few entries."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import COUNTER_NAMES, SyncTask, TaskRef, WatchedTask, WatchList
from omstui.core.watch.activity import Activity, Habit
from omstui.core.watch.board import Board, Recalled, TaskState, with_entries
from omstui.core.watch.condition import assess
from omstui.core.watch.counters import CounterSpan, longest_gap
from omstui.core.watch.past_month import PastMonth
from omstui.core.watch.rates import rate
from omstui.core.watch.rollover import MonthEnd
from omstui.core.watch.sample import Sample
from tests.making import BEIJING, NOVEMBER, NOW, REF, TASK, counting, sample, state
from tests.steps import steps


@pytest.mark.parametrize("kind", [dict, MappingProxyType])
def test_entries_are_put_in_and_the_mapping_stays_as_it_was(kind: type[Mapping[str, int]]) -> None:
    before = kind({"b": 1, "a": 2})  # type: ignore[call-arg] # both take a dictionary
    after = with_entries(before, {"c": 3, "b": 4})
    assert list(after.items()) == [("b", 4), ("a", 2), ("c", 3)]
    assert list(before.items()) == [("b", 1), ("a", 2)]


def test_nothing_can_be_put_into_it_afterwards() -> None:
    with pytest.raises(TypeError):
        with_entries({}, {"a": 1})["b"] = 2  # type: ignore[index] # that is what is tried


INTERVAL = 60.0
MINUTE = timedelta(minutes=1)
OCTOBER, SEPTEMBER = NOVEMBER.plus(-1), NOVEMBER.plus(-2)
OF_OCTOBER = sample(counting(accepted=77), month=OCTOBER, at=NOW - timedelta(days=30))
NETWORK = Problem(ProblemKind.NETWORK, "no answer")
THROTTLED = Problem(ProblemKind.THROTTLED, "slower", retry_after=90)
REFUSED_TOKEN = Problem(ProblemKind.TOKEN, "expired")
OTHER = TaskRef("dr-sg", "other")
THIRD = TaskRef("prod-bj4", "third")
WATCHLIST = WatchList(tuple(WatchedTask(ref) for ref in (REF, OTHER, THIRD)))


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def failed_with(failed: int | None, seconds: float) -> Sample:
    return sample(counting(failed=failed), at=at(seconds))


@st.composite
def answers(draw: st.DrawFn) -> list[Sample]:
    """Answers to requests of different moments within a few minutes, for this month and two that are over."""
    made = []
    for moment in draw(st.lists(st.integers(0, 299), unique=True, max_size=8)):
        outcomes: list[SyncTask | Problem] = [NETWORK, THROTTLED, counting(synced=1_000 + moment)]
        outcome = draw(st.sampled_from(outcomes))
        made.append(sample(outcome, at=at(moment), month=draw(st.sampled_from([None, None, OCTOBER, SEPTEMBER]))))
    return made


def shown(state: TaskState) -> tuple[object, ...]:
    """What a row and the pane are painted from, apart from rates."""
    return state.good, state.failure, state.problem, dict(state.months), assess(state, at(300), INTERVAL)


PAST = [sample(outcome, month=OCTOBER, at=at(seconds)) for outcome in (TASK, NETWORK) for seconds in (0, 60)]
EARLY, LATE, EARLY_TROUBLE, LATE_TROUBLE = PAST


@pytest.mark.parametrize(
    ("samples", "known"),
    [
        ((EARLY, LATE), PastMonth(LATE)),
        ((EARLY, LATE_TROUBLE), PastMonth(EARLY, LATE_TROUBLE)),
        ((LATE, EARLY_TROUBLE), PastMonth(LATE)),
        ((EARLY_TROUBLE, LATE_TROUBLE), PastMonth(None, LATE_TROUBLE)),
    ],
)
def test_of_a_past_month_the_latest_is_known_whichever_came_first(
    samples: tuple[Sample, Sample], known: PastMonth
) -> None:
    for order in (samples, samples[::-1]):
        (made,) = state(*order).months.values()
        assert made.good is None or replace(made.good, agreed=False) == known.good
        assert (made.good is None, made.failure) == (known.good is None, known.failure)


@given(answers().flatmap(st.permutations))
def test_the_order_in_which_answers_arrive_does_not_matter(samples: list[Sample]) -> None:
    """A late answer is harmless: it takes its place and hides nothing newer."""
    in_order = sorted(samples, key=lambda one: one.asked_at)
    assert shown(state(*samples)) == shown(state(*in_order))


@given(answers())
def test_the_latest_good_answer_is_shown_and_only_newer_trouble_with_it(samples: list[Sample]) -> None:
    made = state(*samples)
    good = [one for one in samples if one.is_current and one.is_good]
    trouble = [one for one in samples if one.is_current and not one.is_good]
    latest_good = max(good, key=lambda one: one.asked_at, default=None)
    latest_trouble = max(trouble, key=lambda one: one.asked_at, default=None)
    assert made.good == latest_good
    is_newer = latest_trouble is not None and (latest_good is None or latest_trouble.asked_at > latest_good.asked_at)
    assert made.failure == (latest_trouble if is_newer else None)


@given(answers(), st.sampled_from(list(ProblemKind)), st.integers(0, 400), st.sampled_from([None, OCTOBER]))
def test_a_problem_never_erases_good_figures(
    samples: list[Sample], kind: ProblemKind, seconds: int, month: Month | None
) -> None:
    before = state(*samples)
    after = before.filed(sample(Problem(kind, "trouble"), at=at(seconds), month=month), INTERVAL)
    assert after.good == before.good
    assert after.points == before.points
    assert after.acknowledged == before.acknowledged
    assert {m: known.good for m, known in before.months.items()} == {
        m: known.good for m, known in after.months.items() if m in before.months
    }


@given(answers(), st.integers(0, 299))
def test_an_answer_for_a_past_month_changes_nothing_of_the_current_one(samples: list[Sample], seconds: int) -> None:
    before = state(*samples)
    after = before.filed(sample(counting(synced=1), at=at(seconds), month=OCTOBER), INTERVAL)
    assert (after.good, after.failure, after.points) == (before.good, before.failure, before.points)


@given(answers())
def test_rates_are_never_negative_whatever_arrives_when(samples: list[Sample]) -> None:
    made = state(*samples)
    speeds = [rate(made.points, name) for name in COUNTER_NAMES]
    assert all(speed is None or speed.per_minute >= 0 for speed in speeds)


def test_trouble_is_counted_until_a_good_answer() -> None:
    made = state(sample(NETWORK, at=at(0)), sample(NETWORK, at=at(60)))
    assert made.failures_in_row == 2
    assert made.problem == NETWORK
    made = made.filed(sample(at=at(120)), INTERVAL)
    assert made.failures_in_row == 0
    assert made.problem is None


def test_a_late_good_answer_brings_figures_and_leaves_newer_trouble() -> None:
    made = state(sample(NETWORK, at=at(10)), sample(at=at(0)))
    assert made.task == TASK
    assert made.problem == NETWORK
    assert made.failures_in_row == 1


def test_answers_after_a_clock_was_set_back_are_taken() -> None:
    """Else the screen would stand still until the clock has caught up."""
    made = state(sample(counting(synced=5), at=at(3600)), sample(counting(synced=6), at=at(0)))
    assert made.task == counting(synced=6)
    made = state(sample(NETWORK, at=at(3600)), sample(at=at(0)))
    assert made.problem is None
    made = state(sample(at=at(3600)), sample(NETWORK, at=at(0)))
    assert made.problem == NETWORK
    assert rate(state(sample(at=at(3600)), sample(at=at(0))).points, "monthly_size") is None


@pytest.mark.parametrize(("seconds_before", "is_taken"), [(299, False), (300, False), (301, True)])
def test_no_answer_is_later_than_five_minutes(seconds_before: int, is_taken: bool) -> None:
    older = sample(counting(synced=1_204_330), at=at(-seconds_before))
    assert (state(sample(), older).task != TASK) is is_taken


@pytest.mark.parametrize(("seconds", "has_rate"), [(60, True), (150, True), (150.1, False)])
def test_a_gap_of_more_than_two_and_a_half_intervals_breaks_a_rate(seconds: float, has_rate: bool) -> None:
    made = state(sample(), sample(at=at(seconds)))
    assert (rate(made.points, "monthly_size") is not None) is has_rate


def test_two_answers_to_one_moment_leave_the_one_that_came_last() -> None:
    assert state(sample(), sample(counting(synced=2_000_000))).task == counting(synced=2_000_000)
    assert state(sample(NETWORK), sample(THROTTLED)).problem == THROTTLED


def test_a_past_month_keeps_its_figures_when_asking_again_fails() -> None:
    good, trouble = sample(at=at(0), month=OCTOBER), sample(NETWORK, at=at(60), month=OCTOBER)
    made = state(good, trouble)
    assert made.months == {OCTOBER: PastMonth(good, trouble)}
    again = sample(counting(synced=7), at=at(70), month=OCTOBER)
    assert made.filed(again, INTERVAL).months == {OCTOBER: PastMonth(again, None)}


@pytest.mark.parametrize(
    ("failures", "acknowledged", "new"),
    [
        pytest.param([], None, 0, id="nothing known"),
        pytest.param([11], 11, 0, id="the first answer's are known"),
        pytest.param([11, 14], 11, 3, id="three more"),
        pytest.param([11, 14, 14], 11, 3, id="they stay until seen"),
        pytest.param([None], None, 0, id="not reported"),
        pytest.param([None, 11], 11, 0, id="reported later"),
        pytest.param([11, None], 11, 0, id="not reported any more"),
        pytest.param([11, None, 14], 11, 3, id="missing in between"),
        pytest.param([11, 0], 11, 0, id="fewer once: nothing has happened yet"),
        pytest.param([11, 0, 11], 11, 0, id="it was a copy that lags behind"),
        pytest.param([11, 0, 0], 0, 0, id="a new month"),
        pytest.param([11, 2, 2], 0, 2, id="a new month that has failures already"),
        pytest.param([11, None, 2, 2], 0, 2, id="a new month after a gap"),
        pytest.param([0, 1], 0, 1, id="the first one"),
    ],
)
def test_failures_are_new_until_acknowledged(failures: list[int | None], acknowledged: int | None, new: int) -> None:
    made = state(*(failed_with(failed, 60 * minute) for minute, failed in enumerate(failures)))
    assert made.acknowledged == acknowledged
    assert made.new_failures == new


def test_a_new_month_makes_all_its_failures_new() -> None:
    """Also when there are more of them than in the old one."""
    fresh = counting(synced=3, failed=4)
    made = state(sample(counting(synced=900, failed=2), at=at(0)), sample(fresh, at=at(60)))
    assert made.new_failures == 0, "one answer may come from a copy that lags behind"
    assert made.filed(sample(fresh, at=at(120)), INTERVAL).new_failures == 4


def test_a_dip_of_another_counter_makes_no_failure_new() -> None:
    """A figure from a place that lags behind is no new month."""
    made = state(sample(counting(synced=900, failed=10), at=at(0)), sample(counting(synced=899, failed=10), at=at(60)))
    assert made.new_failures == 0


def test_a_task_made_anew_has_all_its_failures_new() -> None:
    other = replace(counting(failed=3), create_time=1_700_700_000_000)
    assert state(sample(counting(failed=3), at=at(0)), sample(other, at=at(60))).new_failures == 3


def test_a_clock_set_back_drops_no_answer() -> None:
    """The order is that of the requests: an answer of the corrected past is newer, and so is its trouble."""
    first = replace(sample(counting(synced=1), at=at(240)), number=1)
    second = replace(sample(counting(synced=2), at=at(0)), number=2)
    third = replace(sample(Problem(ProblemKind.SERVER, "503"), at=at(60)), number=3)
    made = state(first, second)
    assert made.good is second
    assert made.filed(third, 60.0).problem is not None
    assert state(second, first).good is second


def test_without_numbers_on_both_the_times_decide() -> None:
    numbered = replace(sample(counting(synced=1), at=at(0)), number=5)
    without = sample(counting(synced=2), at=at(60))
    assert state(numbered, without).good is without
    assert state(without, numbered).good is without


def test_a_track_is_called_by_its_label_else_by_its_bucket_else_by_its_id() -> None:
    assert state(label="images").name == "images"
    assert state(sample(), label="images").name == "images"
    assert state(sample()).name == "oms-sdk-test-src"
    assert state(sample(SyncTask())).name == REF.sync_task_id
    assert state(sample(NETWORK)).name == REF.sync_task_id


@pytest.mark.parametrize("bucket", [None, ""])
def test_an_answer_without_a_bucket_keeps_the_name_that_was_known(bucket: str | None) -> None:
    """Of this run or from before; a label goes first, another bucket is the new name."""
    nameless = sample(replace(TASK, src_bucket=bucket, dst_bucket=None), at=NOW + MINUTE)
    made = state(sample(), nameless)
    assert made.task is not None
    assert (made.name, made.task.src_bucket) == ("oms-sdk-test-src", bucket)
    assert state(sample(), nameless, label="images").name == "images"
    renamed = made.filed(sample(replace(TASK, src_bucket="other"), at=NOW + 2 * MINUTE), INTERVAL)
    assert renamed.name == "other"
    for recalled in (Recalled(last=sample()), Recalled(last=nameless, months={OCTOBER: OF_OCTOBER})):
        assert state(nameless).with_recalled(recalled, NOW + MINUTE, BEIJING, INTERVAL).name == "oms-sdk-test-src"
        before = state().with_recalled(recalled, NOW + MINUTE, BEIJING, INTERVAL)
        assert before.filed(nameless, INTERVAL).name == "oms-sdk-test-src"


def test_a_profile_that_leads_elsewhere_leaves_no_name_behind() -> None:
    board = Board().watching(WatchList((WatchedTask(REF),))).filed(sample(), INTERVAL)
    assert board.moved([REF.profile], NOW + MINUTE).states[REF].name == REF.sync_task_id


def test_a_board_holds_the_watched_tasks_in_their_order() -> None:
    assert list(Board().watching(WATCHLIST).states) == [REF, OTHER, THIRD]
    assert list(Board().watching(WATCHLIST).watching(WatchList(WATCHLIST.tasks[::-1])).states) == [THIRD, OTHER, REF]


def test_a_changed_list_keeps_what_is_known_and_forgets_what_left() -> None:
    board = Board().watching(WATCHLIST).filed(sample(), INTERVAL).filed(sample(ref=OTHER), INTERVAL)
    board = board.watching(WATCHLIST.removed([OTHER]).relabelled(REF, "images"))
    assert list(board.states) == [REF, THIRD]
    assert board.states[REF].task == TASK
    assert board.states[REF].name == "images"
    assert board.watching(WATCHLIST).states[OTHER].good is None


def test_an_answer_is_filed_under_its_own_task_alone() -> None:
    board = Board().watching(WATCHLIST)
    filed = board.filed(sample(ref=OTHER), INTERVAL)
    assert filed.states[OTHER].task == TASK
    assert {ref: filed.states[ref] for ref in (REF, THIRD)} == {ref: board.states[ref] for ref in (REF, THIRD)}
    assert list(filed.states) == list(board.states)


def test_an_answer_for_a_task_that_is_not_watched_any_more_is_dropped() -> None:
    board = Board().watching(WATCHLIST)
    assert board.filed(sample(ref=TaskRef("prod-bj4", "unwatched")), INTERVAL) == board


def test_a_refused_credential_shows_on_every_task_of_its_profile_until_replaced() -> None:
    board = Board().watching(WATCHLIST).filed(sample(), INTERVAL).refused("prod-bj4", REFUSED_TOKEN)
    assert [state.problem for state in board.states.values()] == [REFUSED_TOKEN, None, REFUSED_TOKEN]
    assert board.states[REF].task == TASK
    assert board.refusals == {"prod-bj4": REFUSED_TOKEN}
    board = board.refused("prod-bj4", None)
    assert [state.problem for state in board.states.values()] == [None, None, None]
    assert board.refusals == {}


def test_a_refusal_stands_before_other_trouble_and_outlasts_a_late_answer() -> None:
    board = Board().watching(WATCHLIST).filed(sample(NETWORK), INTERVAL).refused("prod-bj4", REFUSED_TOKEN)
    assert board.states[REF].problem == REFUSED_TOKEN
    assert board.filed(sample(at=at(1)), INTERVAL).states[REF].problem == REFUSED_TOKEN


def test_a_task_added_to_a_refused_profile_is_refused_as_well() -> None:
    board = Board().watching(WatchList(WATCHLIST.tasks[:1])).refused("prod-bj4", REFUSED_TOKEN).watching(WATCHLIST)
    assert [state.problem for state in board.states.values()] == [REFUSED_TOKEN, None, REFUSED_TOKEN]


def test_acknowledged_failures_are_not_new_and_later_ones_are() -> None:
    board = Board().watching(WATCHLIST)
    for ref in (REF, THIRD):
        for one in (failed_with(11, 0), failed_with(14, 60)):
            board = board.filed(replace(one, ref=ref), INTERVAL)
    board = board.acknowledged([REF, OTHER, TaskRef("prod-bj4", "unwatched")])
    assert [state.new_failures for state in board.states.values()] == [0, 0, 3]
    board = board.filed(failed_with(15, 120), INTERVAL)
    assert board.states[REF].new_failures == 1


def test_acknowledging_while_failures_are_not_reported_forgets_nothing() -> None:
    board = Board().watching(WATCHLIST).filed(failed_with(11, 0), INTERVAL).filed(failed_with(None, 60), INTERVAL)
    board = board.acknowledged([REF]).filed(failed_with(14, 120), INTERVAL)
    assert board.states[REF].new_failures == 3


def test_a_profile_that_leads_elsewhere_begins_from_nothing() -> None:
    """Figures, rates, habits and months of one project are none of another's; neither are answers under way."""
    board = Board(silent_after=600.0).watching(WATCHLIST).refused("dr-sg", REFUSED_TOKEN)
    for one in (sample(at=at(0)), sample(at=at(60)), sample(month=OCTOBER), sample(ref=OTHER), sample(ref=THIRD)):
        board = board.filed(one, INTERVAL)
    moved = board.moved(["prod-bj4"], at(90))
    for ref in (REF, THIRD):
        assert moved.states[ref] == TaskState(WatchedTask(ref), begun_at=at(90), silent_after=600.0)
    assert moved.states[OTHER] is board.states[OTHER]
    assert list(moved.states) == list(board.states)
    assert moved.filed(sample(at=at(89)), INTERVAL).states[REF].good is None
    assert moved.filed(sample(NETWORK, at=at(89)), INTERVAL).states[REF].failure is None
    assert moved.filed(sample(at=at(90)), INTERVAL).states[REF].good is not None
    assert moved.filed(sample(at=at(90 - 301)), INTERVAL).states[REF].good is not None, "a clock that was set back"
    assert board.moved(["dr-sg"], at(90)).states[OTHER].refusal == REFUSED_TOKEN


def test_every_task_knows_after_how_much_quiet_it_is_silent() -> None:
    assert [state.silent_after for state in Board(silent_after=600.0).watching(WATCHLIST).states.values()] == [
        600.0
    ] * 3
    assert Board().watching(WATCHLIST).states[REF].silent_after is None


def test_a_habit_from_before_is_added_to_what_was_seen_since() -> None:
    board = Board().watching(WATCHLIST).filed(sample(), INTERVAL)
    habit = Habit().after(timedelta(hours=1))
    learned = board.learning(REF, habit).learning(REF, habit).learning(TaskRef("prod-bj4", "unwatched"), habit)
    assert learned.states[REF].activity.habit.spells == 2
    assert learned.states[REF].activity.seen == board.states[REF].activity.seen
    assert learned.states[OTHER] is board.states[OTHER]


def test_an_answer_is_filed_under_the_month_that_the_service_counts() -> None:
    """Midnight in the profile's zone is at 16:00 UTC; the figures fall an hour later."""
    turn = datetime(2026, 11, 30, 16, tzinfo=UTC)
    before = sample(counting(accepted=900, synced=900), at=turn - MINUTE)
    late = sample(counting(accepted=905, synced=905), at=turn + MINUTE)
    fresh = sample(counting(accepted=3, synced=3, failed=0), at=turn + 60 * MINUTE)
    made = state(before, late)
    assert late.month == NOVEMBER.plus(1)
    assert made.good == replace(late, month=NOVEMBER)
    assert made.named(late) == made.good
    assert made.turned_at is None
    second = sample(fresh.task or TASK, at=turn + 61 * MINUTE)
    assert (made.filed(fresh, INTERVAL).good, made.filed(fresh, INTERVAL).held) == (made.good, fresh)
    made = made.filed(fresh, INTERVAL)
    after = made.filed(second, INTERVAL)
    assert (after.good, after.held, after.taken) == (second, None, (fresh, second))
    assert after.turned_at == fresh.asked_at
    change = after.turned_since(made)
    assert change is not None
    assert change.closed_month == NOVEMBER
    assert after.turned_since(after) is None
    assert after.filed(replace(fresh, asked_at=turn + 62 * MINUTE), INTERVAL).turned_at == fresh.asked_at


def test_trouble_and_past_months_keep_their_names() -> None:
    turn = datetime(2026, 11, 30, 16, tzinfo=UTC)
    made = state(sample(at=turn - MINUTE))
    for one in (sample(NETWORK, at=turn + MINUTE), sample(at=turn + MINUTE, month=OCTOBER)):
        assert made.named(one) is one
    older = sample(at=turn - 2 * MINUTE)
    assert made.named(older) is older


def test_the_end_of_a_month_takes_what_was_acknowledged_with_it() -> None:
    """Also when the figures do not fall and there are as many failures: it is over in every zone."""
    before = sample(counting(failed=5), at=datetime(2026, 11, 30, 11, tzinfo=UTC))
    after = sample(counting(failed=5), at=datetime(2026, 12, 1, 12, tzinfo=UTC))
    made = state(before, after)
    assert made.acknowledged == 0
    assert made.new_failures == 5


def test_a_month_that_ended_between_two_runs_is_known_to_have_ended() -> None:
    """Its figures are not shown as the new month's, and are not forgotten either."""
    last = sample(counting(accepted=900, synced=900), at=datetime(2026, 11, 29, tzinfo=UTC))
    now = datetime(2026, 12, 2, tzinfo=UTC)
    made = state().with_recalled(Recalled(last=last), now, BEIJING, INTERVAL)
    assert (made.good, made.latest) == (None, last)
    after = made.filed(sample(counting(accepted=3, synced=3), at=now), INTERVAL)
    change = after.turned_since(made)
    assert change is not None
    assert (change.closed_month, change.began_after) == (NOVEMBER, last.asked_at)
    assert after.turned_at == now
    assert after.latest is after.good


def test_after_a_month_that_ended_between_two_runs_none_of_the_new_ones_failures_have_been_seen() -> None:
    last = sample(counting(accepted=900, failed=4), at=datetime(2026, 11, 29, tzinfo=UTC))
    now = datetime(2026, 12, 2, tzinfo=UTC)
    made = state().with_recalled(Recalled(last=last, acknowledged=(NOVEMBER, 4)), now, BEIJING, INTERVAL)
    assert made.new_failures == 0
    after = made.filed(sample(counting(accepted=3, failed=5), at=now), INTERVAL)
    assert (after.acknowledged, after.new_failures) == (0, 5)
    assert after.month_end == MonthEnd(NOVEMBER, now, failed=4)
    of_october = Recalled(last=last, acknowledged=(OCTOBER, 4))
    assert state().with_recalled(of_october, now, BEIJING, INTERVAL).acknowledged == 0


def test_what_was_seen_stays_seen_in_the_night_of_two_months() -> None:
    """It is December here, and the service still counts November."""
    last = sample(counting(accepted=900, failed=6), at=datetime(2026, 11, 30, 15, 50, tzinfo=UTC))
    now = datetime(2026, 11, 30, 16, 10, tzinfo=UTC)
    made = state().with_recalled(Recalled(last=last, acknowledged=(NOVEMBER, 4)), now, BEIJING, INTERVAL)
    after = made.filed(sample(counting(accepted=905, failed=7), at=now), INTERVAL)
    assert (after.acknowledged, after.new_failures, after.month_end) == (4, 3, None)


def test_how_the_present_month_began_is_taken_over_where_it_was_not_seen() -> None:
    board = Board().watching(WATCHLIST)
    turn = MonthEnd(OCTOBER, datetime(2026, 10, 31, 16, 1, tzinfo=UTC))
    assert board.turned(REF, turn) is board, "nothing is known of the present month"
    assert board.turned(TaskRef("prod-bj4", "unwatched"), turn) is board
    known = board.filed(sample(), INTERVAL)
    assert known.turned(REF, turn).states[REF].turned_at == turn.at
    assert known.turned(REF, replace(turn, ended=NOVEMBER)) is known, "it is of another month"
    again = known.turned(REF, turn)
    assert again.turned(REF, replace(turn, at=at(0))) is again


def test_a_run_that_begins_in_the_night_of_two_months_goes_on_under_the_name_from_before() -> None:
    """It is December here, and the figures go on as those of November did."""
    last = sample(counting(accepted=900, synced=900), at=datetime(2026, 11, 30, 15, 50, tzinfo=UTC))
    now = datetime(2026, 11, 30, 16, 10, tzinfo=UTC)
    made = state().with_recalled(Recalled(last=last), now, BEIJING, INTERVAL)
    after = made.filed(sample(counting(accepted=905, synced=905), at=now), INTERVAL)
    assert after.good is not None
    assert after.good.month == NOVEMBER
    assert after.turned_since(made) is None
    again = state().with_recalled(Recalled(last=after.good), now + MINUTE, BEIJING, INTERVAL)
    assert again.good == after.good


def reading(seconds: float, accepted: int) -> CounterSpan:
    return CounterSpan.of(counting(accepted=accepted), NOVEMBER, at(seconds))


def test_what_is_known_from_before_stands_until_something_newer_is() -> None:
    last = sample(counting(accepted=900, failed=6), at=at(-3600))
    spans = (reading(-3720, 800), reading(-3660, 890), reading(-3600, 900))
    recalled = Recalled(last=last, acknowledged=(NOVEMBER, 4), months={OCTOBER: OF_OCTOBER}, spans=spans)
    made = replace(state(), silent_after=60.0).with_recalled(recalled, NOW, BEIJING, INTERVAL)
    assert made == replace(
        state(),
        silent_after=60.0,
        good=last,
        acknowledged=4,
        months={OCTOBER: PastMonth(good=OF_OCTOBER)},
        activity=replace(Activity.of(spans, longest_gap(INTERVAL)), habit=Habit()),
        bucket="oms-sdk-test-src",
    )
    assert made.activity.last_at == at(-3600)
    assert made.points == ()


@pytest.mark.parametrize(
    ("kept", "failed", "seen"),
    [
        (None, 7, 7),
        ((NOVEMBER, 5), 7, 5),
        ((NOVEMBER, 7), 7, 7),
        ((NOVEMBER, 9), 7, 0),  # it has begun anew
        ((OCTOBER, 9), 7, 0),
        ((NOVEMBER.plus(1), 9), 7, 7),
        ((NOVEMBER, 5), None, 5),
    ],
)
def test_what_had_been_seen_counts_although_an_answer_was_there_before_the_historys(
    kept: tuple[Month, int] | None, failed: int | None, seen: int | None
) -> None:
    made = state(sample(counting(failed=failed), at=at(0)))
    last = sample(counting(failed=1), at=at(-3600))
    after = made.with_recalled(Recalled(last=last, acknowledged=kept), NOW, BEIJING, INTERVAL)
    assert after == replace(made, acknowledged=seen)


def test_what_has_been_answered_stays_and_past_months_are_added() -> None:
    """The history may be read while the first answers come in."""
    newer = sample(month=SEPTEMBER, at=at(5))
    known = state(sample(), newer)
    of_september = sample(counting(accepted=1), month=SEPTEMBER, at=at(-86_400))
    recalled = Recalled(
        last=sample(at=at(-60)), acknowledged=(NOVEMBER, 1), months={OCTOBER: OF_OCTOBER, SEPTEMBER: of_september}
    )
    made = known.with_recalled(recalled, at(10), BEIJING, INTERVAL)
    assert made == replace(known, months=made.months, acknowledged=1)
    assert made.months == {OCTOBER: PastMonth(good=OF_OCTOBER), SEPTEMBER: PastMonth(good=newer)}


def test_a_history_without_an_answer_tells_months_alone() -> None:
    made = state().with_recalled(Recalled(months={OCTOBER: OF_OCTOBER}), NOW, BEIJING, INTERVAL)
    assert (made.good, made.acknowledged, made.earlier) == (None, None, None)
    assert set(made.known_months) == {OCTOBER}


@pytest.mark.parametrize(
    ("acknowledged", "new"), [(None, 0), ((NOVEMBER, 4), 2), ((NOVEMBER, 6), 0), ((NOVEMBER, 7), 6), ((OCTOBER, 1), 6)]
)
def test_failures_from_before_are_new_as_far_as_nobody_saw_them(
    acknowledged: tuple[Month, int] | None, new: int
) -> None:
    """Where it is not known what was seen, those of the last run are; of a month that no screen showed, none are."""
    recalled = Recalled(last=sample(counting(failed=6), at=at(-60)), acknowledged=acknowledged)
    made = state().with_recalled(recalled, NOW, BEIJING, INTERVAL)
    assert made.new_failures == new
    assert made.filed(failed_with(7, 0), INTERVAL).new_failures == new + 1


@pytest.mark.parametrize(("kept", "new"), [(None, 11), ((NOVEMBER, 0), 11), ((NOVEMBER, 11), 0)])
def test_where_all_that_was_processed_has_failed_nothing_counts_as_seen_that_was_not_marked(
    kept: tuple[Month, int] | None, new: int
) -> None:
    answered = sample(counting(accepted=11, synced=0, failed=11, skipped=0), at=at(-60))
    assert state(answered).new_failures == 11
    assert state().with_recalled(Recalled(last=answered, acknowledged=kept), NOW, BEIJING, INTERVAL).new_failures == new


def test_a_habit_that_was_learned_already_outlasts_what_is_recalled() -> None:
    habit = Habit().after(timedelta(hours=1))
    known = replace(state(), activity=Activity(habit=habit))
    recalled = Recalled(last=sample(at=at(-60)), spans=(reading(-120, 1), reading(-60, 2)))
    assert known.with_recalled(recalled, NOW, BEIJING, INTERVAL).activity.habit == habit


def test_whose_present_month_it_is_depends_on_the_zone() -> None:
    """An hour before midnight in UTC it is December in Beijing."""
    last = sample(at=datetime(2026, 11, 1, 12, tzinfo=UTC))
    now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert state().with_recalled(Recalled(last=last), now, BEIJING, INTERVAL).good is None
    assert state().with_recalled(Recalled(last=last), last.answered_at, BEIJING, INTERVAL).good == last


def test_a_board_recalls_for_those_tasks_alone_that_it_watches() -> None:
    board = Board().watching(WATCHLIST)
    recalled = {
        REF: Recalled(last=sample(at=at(-60))),
        TaskRef("prod-bj4", "unwatched"): Recalled(last=sample(at=at(-60))),
    }
    made = board.with_recalled(recalled, NOW, lambda _: BEIJING, INTERVAL)
    assert made.states[REF].good == sample(at=at(-60))
    assert list(made.states) == list(board.states)
    assert made.states[OTHER] is board.states[OTHER]


def test_a_board_can_be_narrowed_to_one_task() -> None:
    board = Board(silent_after=5.0).watching(WATCHLIST)
    assert dict(board.of(OTHER).states) == {OTHER: board.states[OTHER]}
    assert board.of(OTHER).silent_after == 5.0
    assert dict(board.of(TaskRef("prod-bj4", "unwatched")).states) == {}


def test_every_answer_carries_on_what_arrives_and_how_long_pending_has_grown() -> None:
    answered = [
        sample(counting(accepted=1000 + 10 * minute, synced=1000, failed=0), at=at(60 * minute)) for minute in range(13)
    ]
    made = state(*answered)
    assert made.backlog is not None
    assert made.backlog.growing_for == timedelta(minutes=12)
    assert (made.activity.last_at, made.activity.quiet) == (at(720), timedelta())
    quiet = made.filed(sample(counting(accepted=1120, synced=1000, failed=0), at=at(780)), INTERVAL)
    assert quiet.activity.quiet == timedelta(minutes=1)
    assert quiet.activity.seen == CounterSpan.of(counting(accepted=1120, synced=1000, failed=0), NOVEMBER, at(780))
    assert quiet.backlog is not None
    assert quiet.backlog.growing_for == timedelta(minutes=13)
    after_a_gap = made.filed(sample(counting(accepted=1130, synced=1000, failed=0), at=at(2000)), INTERVAL)
    assert after_a_gap.backlog is not None
    assert after_a_gap.backlog.growing_for is None
    unknown = made.filed(sample(counting(accepted=None, synced=1000, failed=0), at=at(780)), INTERVAL)
    assert unknown.backlog is None


def test_what_was_asked_exactly_five_minutes_before_a_profile_moved_does_not_count() -> None:
    moved = Board().watching(WATCHLIST).moved(["prod-bj4"], NOW)
    assert moved.filed(sample(at=at(-300)), INTERVAL).states[REF].good is None
    assert moved.filed(sample(at=at(-300.001)), INTERVAL).states[REF].good is not None


def test_a_late_answer_is_not_renamed() -> None:
    turn = datetime(2026, 11, 30, 16, tzinfo=UTC)
    made = state(sample(counting(accepted=9), at=turn - MINUTE), sample(counting(accepted=9), at=turn + 2 * MINUTE))
    late = sample(counting(accepted=9), at=turn + MINUTE)
    assert made.named(late) is late


def test_a_month_turns_once_though_figures_may_fall_again_in_the_same_night() -> None:
    """The first fall told it; a second one within the night is a correction."""
    night = datetime(2026, 11, 30, 16, tzinfo=UTC)

    def counted(accepted: int, minutes: int) -> Sample:
        return sample(counting(accepted=accepted, synced=accepted, failed=0), at=night + minutes * MINUTE)

    made = state(counted(900, -1), counted(3, 10), counted(3, 11))
    assert made.turned_at == night + 10 * MINUTE
    higher = made.filed(counted(400, 20), INTERVAL).filed(counted(5, 30), INTERVAL)
    again = higher.filed(counted(5, 31), INTERVAL)
    assert again.turned_since(higher) is None
    assert again.turned_at == night + 10 * MINUTE
    assert again.turned_since(again) is None


def test_the_month_that_is_shown_from_before_depends_on_the_zone() -> None:
    """In the night it is December in Beijing and November in UTC: what was counted for November is over there alone."""
    last = sample(counting(accepted=900), at=datetime(2026, 11, 29, 12, tzinfo=UTC))
    now = datetime(2026, 11, 30, 18, tzinfo=UTC)
    board = Board().watching(WATCHLIST)
    recalled = {REF: Recalled(last=last), OTHER: Recalled(last=replace(last, ref=OTHER))}
    made = board.with_recalled(recalled, now, lambda ref: BEIJING if ref == REF else UTC, INTERVAL)
    assert made.states[REF].good is None
    assert made.states[REF].latest == last
    assert made.states[OTHER].good is not None


def test_recalling_one_task_of_many_takes_no_look_at_the_others() -> None:
    """A long list is recalled some tasks at a time."""

    def recalling(count: int) -> int:
        refs = [TaskRef("p", str(number)) for number in range(count)]
        board = Board().watching(WatchList(tuple(map(WatchedTask, refs))))
        return steps(lambda: board.with_recalled({refs[0]: Recalled()}, NOW, lambda _: BEIJING, INTERVAL))

    assert recalling(200) == recalling(1)
