"""What is news about the watched tasks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from omstui.core.alerts.alerts import Alerts, _Check
from omstui.core.alerts.debounce import WELL, DebouncedState
from omstui.core.alerts.event import Event, Severity
from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import SyncTask, TaskRef, WatchedTask, WatchList
from omstui.core.watch.board import Board, Recalled
from omstui.core.watch.condition import ConditionIndex
from omstui.core.watch.rollover import MonthEnd
from tests.making import BEIJING, NOVEMBER, NOW, REF, TASK, Unwalked, answered_board, counting, sample

MINUTE = 60.0
OTHER = TaskRef("prod-bj4", "d18befdd-eb82-41f3-8019-bbb593d74a3e")
FAR = TaskRef("dr-sg", "d18befdd-eb82-41f3-8019-bbb593d74a3e")
STOPPED_TASK = replace(TASK, status="STOPPED")
ALL_FAILED = counting(accepted=11, synced=0, failed=11, skipped=0)
NETWORK = Problem(ProblemKind.NETWORK, "The name could not be resolved")
NOT_THERE = Problem(ProblemKind.GONE, "The task does not exist", "OMS.0054", 404)
MISSING = replace(NOT_THERE, kind=ProblemKind.MISSING)
FORBIDDEN = Problem(ProblemKind.FORBIDDEN, "You may not", "OMS.0053", 403)
REFUSAL = Problem(ProblemKind.TOKEN, "The token has expired.", "APIGW.0301", 401)


@dataclass
class Watching:
    """A board, what has been told of it, and a clock."""

    now: datetime = NOW
    interval: float = MINUTE
    refs: tuple[TaskRef, ...] = (REF,)
    board: Board = field(init=False)
    index: ConditionIndex = field(init=False)
    alerts: Alerts = field(init=False)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.board = Board().watching(WatchList(tuple(WatchedTask(ref, "images") for ref in self.refs)))
        self.index = ConditionIndex.of(self.board, self.now, self.interval)
        self.alerts = Alerts(self.now)

    def looks(self) -> list[Event]:
        """Look once, and return what is told."""
        goes_on = self.index.interval == self.interval
        self.index = (
            self.index.at(self.board, self.now) if goes_on else ConditionIndex.of(self.board, self.now, self.interval)
        )
        self.alerts, events = self.alerts.after(self.index)
        self.events += events
        return list(events)

    def answers(self, *outcomes: SyncTask | Problem, ref: TaskRef = REF, at: datetime | None = None) -> list[Event]:
        """Let an interval pass for each answer and look twice, since a look takes place each second."""
        told = []
        for outcome in outcomes:
            self.now += timedelta(seconds=self.interval)
            self.board = self.board.filed(sample(outcome, ref=ref, at=at or self.now), self.interval)
            told += [*self.looks(), *self.looks()]
        return told

    def closes(self, last: SyncTask, month: Month = NOVEMBER) -> list[Event]:
        """Let a month that is over be answered twice, one interval apart, and look after each."""
        told = []
        for _ in range(2):
            self.now += timedelta(seconds=self.interval)
            self.board = self.board.filed(sample(last, month=month, at=self.now), self.interval)
            told.append([event for event in self.looks() if event.kind == "month closed"])
        assert told[0] == [], "one answer closes nothing"
        return told[1]

    def lives(self, seconds: float) -> list[Event]:
        """Let time pass without an answer."""
        told = []
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            self.now += timedelta(seconds=10)
            told += self.looks()
        return told


def kinds(events: list[Event]) -> list[str]:
    return [event.kind for event in events]


def test_news_of_an_answer_without_a_bucket_name_the_task_as_before() -> None:
    watching = Watching()
    watching.board = Board().watching(WatchList((WatchedTask(REF),)))
    watching.answers(TASK)
    told = watching.answers(*[replace(STOPPED_TASK, src_bucket=None)] * 3)
    assert [event.name for event in told] == ["oms-sdk-test-src"]


@pytest.mark.parametrize(
    "first",
    [
        TASK,
        STOPPED_TASK,
        counting(failed=0),
        ALL_FAILED,
        NETWORK,
        NOT_THERE,
        FORBIDDEN,
        replace(TASK, status=None),
        SyncTask(),
    ],
)
def test_what_is_so_at_the_first_answer_is_no_news(first: SyncTask | Problem) -> None:
    assert Watching().answers(*[first] * 10) == []


def test_a_refusal_at_the_start_is_no_news_and_its_end_neither() -> None:
    watching = Watching()
    watching.board = watching.board.refused(REF.profile, REFUSAL)
    assert watching.lives(600) == []
    watching.board = watching.board.refused(REF.profile, None)
    assert watching.answers(*[TASK] * 5) == []


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((TASK, STOPPED_TASK, STOPPED_TASK), ["stopped"]),
        ((TASK, STOPPED_TASK, TASK, TASK, TASK, TASK), ["stopped", "started"]),
        ((STOPPED_TASK, TASK, TASK, TASK), ["started"]),
        ((STOPPED_TASK, TASK, TASK), []),
        ((TASK, replace(TASK, status=None), TASK), []),
        ((STOPPED_TASK, *[replace(TASK, status="PAUSED")] * 5), []),
        ((TASK, NOT_THERE, NOT_THERE), ["gone"]),
        ((TASK, NOT_THERE, TASK, TASK, TASK), ["gone", "recovered"]),
        ((NOT_THERE, TASK, TASK, TASK, TASK), []),
        ((TASK, MISSING, TASK, MISSING, TASK), []),
        ((TASK, MISSING, NOT_THERE, NOT_THERE), ["gone"]),
        ((MISSING, NOT_THERE, NOT_THERE), []),
        ((TASK, NETWORK), []),
        ((TASK, NETWORK, TASK, NETWORK, TASK), []),
        ((TASK, NETWORK, NETWORK, NETWORK, NETWORK), ["stale"]),
        ((TASK, NETWORK, NETWORK, NETWORK, TASK, TASK, TASK), ["stale", "recovered"]),
        ((TASK, NETWORK, NETWORK, NETWORK, *[REFUSAL] * 5), ["stale"]),
        ((TASK, FORBIDDEN, FORBIDDEN, FORBIDDEN), ["refused"]),
        ((TASK, FORBIDDEN, NETWORK, FORBIDDEN), []),
        ((counting(failed=0), counting(failed=2), counting(failed=2)), ["first failure"]),
        ((counting(failed=3), counting(failed=4)), ["failures"]),
        ((counting(failed=3), counting(failed=103)), ["burst"]),
        ((counting(failed=3), counting(failed=None), counting(failed=3)), []),
        ((counting(failed=3), NETWORK, counting(failed=4)), ["failures"]),
    ],
)
def test_each_transition_is_told_once(answers: tuple[SyncTask | Problem, ...], expected: list[str]) -> None:
    assert kinds(Watching().answers(*answers)) == expected


@pytest.mark.parametrize(
    ("answers", "severity", "words"),
    [
        ((TASK, STOPPED_TASK), Severity.WARNING, "It was stopped"),
        ((STOPPED_TASK, TASK, TASK, TASK), Severity.NOTE, "It was started again"),
        ((TASK, NOT_THERE), Severity.ALARM, "It is not there any more: The task does not exist"),
        ((TASK, NETWORK, NETWORK, NETWORK), Severity.WARNING,
         "No good answer comes (network: The name could not be resolved)"),
        ((TASK, FORBIDDEN, FORBIDDEN, FORBIDDEN), Severity.WARNING, "It may not be asked for (forbidden: You may not)"),
        ((counting(failed=0), counting(failed=1)), Severity.WARNING, "First failure of November 2026: 1"),
        ((counting(failed=0), counting(failed=2)), Severity.WARNING, "First failures of November 2026: 2"),
        ((counting(failed=3), counting(failed=4)), Severity.WARNING, "1 new failure, 4 in November 2026"),
        ((counting(failed=3), counting(failed=1005)), Severity.ALARM,
         "1,002 new failures within 1 min, 1,005 in November 2026"),
        ((counting(failed=3), NETWORK, counting(failed=1005)), Severity.ALARM,
         "1,002 new failures within 2 min, 1,005 in November 2026"),
    ],
)  # fmt: skip
def test_an_event_says_what_happened_and_how_much_it_asks(
    answers: tuple[SyncTask | Problem, ...], severity: Severity, words: str
) -> None:
    (event,) = Watching().answers(*answers)
    assert (event.severity, event.words) == (severity, words)
    assert (event.ref, event.name) == (REF, "images")


def test_an_event_is_of_the_moment_at_which_it_is_noticed() -> None:
    watching = Watching()
    watching.answers(TASK, NETWORK, NETWORK, NETWORK, TASK, TASK, TASK)
    assert [(event.at, event.words) for event in watching.events] == [
        (NOW + timedelta(minutes=4), "No good answer comes (network: The name could not be resolved)"),
        (NOW + timedelta(minutes=7), "It answers again"),
    ]


def test_what_is_answered_in_the_moment_of_the_start_is_of_this_run() -> None:
    stopped, refused = Watching(), Watching()
    for watching in (stopped, refused):
        watching.board = watching.board.filed(sample(TASK, at=NOW), MINUTE)
        assert watching.looks() == []
    (event,) = stopped.answers(STOPPED_TASK)
    assert event.severity is Severity.WARNING
    refused.board = refused.board.refused(REF.profile, REFUSAL)
    assert kinds(refused.looks()) == ["credential"]


def test_a_look_goes_by_the_interval_of_its_moment() -> None:
    """Who asks once an hour waits longer than who has come to ask once a minute."""
    watching = Watching(interval=3600.0)
    watching.answers(TASK)
    watching.interval = MINUTE
    assert kinds(watching.lives(600)) == ["stale"]


def test_silence_on_the_wire_is_told_once_the_answer_is_stale_and_that_has_lasted() -> None:
    watching = Watching()
    watching.answers(TASK)
    assert watching.lives(240) == []
    (event,) = watching.lives(600)
    assert (event.kind, event.words) == ("stale", "No good answer comes (nothing came back)")


def test_a_refusal_before_the_first_answer_is_no_news_however_late_it_comes() -> None:
    """Nothing has proved the credential yet."""
    watching = Watching()
    assert watching.lives(60) == []
    watching.board = watching.board.refused(REF.profile, REFUSAL)
    assert watching.lives(600) == []


def test_a_credential_that_is_refused_again_after_one_answer_has_been_refused_all_along() -> None:
    watching = Watching()
    watching.board = watching.board.refused(REF.profile, REFUSAL)
    assert watching.looks() == []
    watching.board = watching.board.refused(REF.profile, None)
    assert watching.answers(TASK) == []
    watching.board = watching.board.refused(REF.profile, REFUSAL)
    assert watching.lives(600) == []


def test_a_refused_credential_of_a_profile_that_leads_elsewhere_is_over_when_that_answers() -> None:
    watching = Watching()
    watching.answers(TASK)
    watching.board = watching.board.refused(REF.profile, REFUSAL)
    assert kinds(watching.looks()) == ["credential"]
    watching.board = watching.board.moved([REF.profile], watching.now).refused(REF.profile, None)
    assert watching.looks() == []
    assert kinds(watching.answers(*[TASK] * 4)) == ["recovered"]


@pytest.mark.parametrize(("minutes", "expected"), [(1, ["credential"]), (5, ["credential", "recovered", "credential"])])
def test_a_credential_that_is_refused_and_accepted_in_turn_is_told_ever_more_seldom(
    minutes: int, expected: list[str]
) -> None:
    """And as accepted only once that has lasted."""
    watching = Watching()
    watching.answers(TASK)
    for _ in range(60 // minutes // 2):
        watching.board = watching.board.refused(REF.profile, REFUSAL)
        watching.lives(minutes * MINUTE)
        watching.board = watching.board.refused(REF.profile, None)
        watching.answers(*[TASK] * minutes)
    watching.board = watching.board.refused(REF.profile, REFUSAL)
    watching.lives(600)
    assert kinds(watching.events) == expected


def test_a_refused_credential_is_told_once_for_the_profile_and_so_is_its_end() -> None:
    watching = Watching(refs=(REF, OTHER, FAR))
    for ref in (REF, OTHER, FAR):
        watching.answers(TASK, ref=ref)
    watching.board = watching.board.refused(REF.profile, REFUSAL)
    (event,) = watching.lives(100)
    assert (event.kind, event.severity, event.profile, event.ref) == ("credential", Severity.ALARM, REF.profile, None)
    assert event.words.startswith("The credential of prod-bj4 was refused: The token has expired. ")
    assert "omstui login prod-bj4" in event.words
    watching.board = watching.board.refused(REF.profile, None)
    for _ in range(4):
        for ref in (REF, OTHER, FAR):
            watching.board = watching.board.filed(sample(TASK, ref=ref, at=watching.now), MINUTE)
        watching.lives(60)
    assert kinds(watching.events) == ["credential", "recovered"]
    refused, accepted = watching.events
    assert (accepted.words, accepted.profile) == ("The credential of prod-bj4 is accepted again", REF.profile)
    assert NOW < refused.at < accepted.at <= watching.now


def flapping(period: int, good: SyncTask, bad: SyncTask | Problem) -> list[SyncTask | Problem]:
    return [good, *((bad if number % (2 * period) < period else good) for number in range(100))]


@pytest.mark.parametrize("interval", [10.0, 60.0, 3600.0])
@pytest.mark.parametrize("period", [1, 2, 3, 5, 10, 30])
@pytest.mark.parametrize("bad", [STOPPED_TASK, NETWORK, NOT_THERE, FORBIDDEN])
def test_a_task_that_flaps_for_a_hundred_answers_is_told_of_twice_at_most(
    bad: SyncTask | Problem, period: int, interval: float
) -> None:
    events = Watching(interval=interval).answers(*flapping(period, TASK, bad))
    assert len([event for event in events if event.severity is not Severity.NOTE]) <= 2
    assert len(events) <= 4


@pytest.mark.parametrize("interval", [10.0, 60.0, 3600.0])
@pytest.mark.parametrize("step", [1, 40, 5000])
@pytest.mark.parametrize("every", [1, 2, 7])
def test_a_task_that_keeps_failing_for_a_hundred_answers_is_told_of_twice_at_most(
    every: int, step: int, interval: float
) -> None:
    answers = [counting(failed=number // every * step) for number in range(100)]
    assert 1 <= len(Watching(interval=interval).answers(*answers)) <= 2


def test_two_tasks_do_not_share_their_quiet() -> None:
    watching = Watching(refs=(REF, OTHER))
    watching.answers(TASK)
    watching.answers(TASK, ref=OTHER)
    watching.answers(STOPPED_TASK)
    watching.answers(STOPPED_TASK, ref=OTHER)
    assert [event.ref for event in watching.events if event.kind == "stopped"] == [REF, OTHER]


# What was recalled from before the start


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (TASK, TASK, []),
        (TASK, STOPPED_TASK, [("stopped", "It was stopped, while nobody watched")]),
        (STOPPED_TASK, TASK, [("started", "It was started again, while nobody watched")]),
        (TASK, NOT_THERE, [("gone", "It is not there any more: The task does not exist, while nobody watched")]),
        (TASK, NETWORK, []),
        (
            counting(failed=11),
            counting(failed=14),
            [("failures", "3 new failures, 14 in November 2026, while nobody watched")],
        ),
        (
            counting(failed=0),
            counting(failed=5000),
            [("first failure", "First failures of November 2026: 5,000, while nobody watched")],
        ),
    ],
)
def test_what_changed_before_the_start_is_a_note(
    before: SyncTask, after: SyncTask | Problem, expected: list[tuple[str, str]]
) -> None:
    watching = Watching()
    watching.board = watching.board.filed(sample(before, at=NOW - timedelta(hours=9)), MINUTE)
    assert watching.looks() == []
    events = watching.answers(after)
    assert [(event.kind, event.words) for event in events] == expected
    assert all(event.severity is Severity.NOTE for event in events)
    assert watching.answers(after) == []


def test_after_the_first_answer_of_the_run_all_is_news_again() -> None:
    watching = Watching()
    watching.board = watching.board.filed(sample(TASK, at=NOW - timedelta(hours=9)), MINUTE)
    watching.looks()
    watching.answers(TASK)
    (event,) = watching.answers(STOPPED_TASK)
    assert event.severity is Severity.WARNING


def test_failures_while_nobody_watched_hold_back_none_that_come_after() -> None:
    """The first are a note that nobody hears; so the next are told at once, and only those after them wait."""
    watching = Watching()
    recalled = Recalled(last=sample(counting(failed=3), at=watching.now - timedelta(minutes=9)))
    watching.board = watching.board.with_recalled({REF: recalled}, watching.now, lambda _: BEIJING, MINUTE)
    assert watching.looks() == []
    told = watching.answers(counting(failed=5), counting(failed=6), counting(failed=7))
    assert [(event.severity, event.words) for event in told] == [
        (Severity.NOTE, "2 new failures, 5 in November 2026, while nobody watched"),
        (Severity.WARNING, "1 new failure, 6 in November 2026"),
    ]


@pytest.mark.parametrize("last", [11, None])
def test_failures_that_an_earlier_run_told_of_are_no_news_though_not_marked_as_seen(last: int | None) -> None:
    watching = Watching()
    watching.alerts = replace(watching.alerts, told={REF: (NOVEMBER, 11)})
    recalled = Recalled(last=sample(counting(failed=last), at=NOW - timedelta(hours=9)), acknowledged=(NOVEMBER, 5))
    watching.board = watching.board.with_recalled({REF: recalled}, NOW, lambda _: BEIJING, MINUTE)
    assert watching.looks() == []
    assert watching.answers(counting(failed=11)) == []
    assert watching.board.states[REF].new_failures == 6


def test_what_people_know_of_is_dropped_with_a_task_that_leaves_the_list() -> None:
    """What is remembered of a task that was never on this list stays: another screen may watch it."""
    unlisted = REF._replace(profile="elsewhere")
    watching = Watching(refs=(REF, OTHER))
    told = dict.fromkeys((REF, OTHER, unlisted), (NOVEMBER, 11))
    watching.alerts = replace(watching.alerts, told=told)
    watching.looks()
    assert watching.alerts.told.keys() == told.keys()
    watching.board = watching.board.watching(WatchList((WatchedTask(OTHER),)))
    watching.looks()
    assert watching.alerts.told.keys() == {OTHER, unlisted}


@pytest.mark.parametrize("told", [{}, {REF: (NOVEMBER, 6)}, {REF: (NOVEMBER.plus(-1), 40)}])
def test_failures_that_an_earlier_run_did_not_come_to_tell_of_are_told_once_as_a_note(
    told: dict[TaskRef, tuple[Month, int]],
) -> None:
    """It was ended too soon, or another program asked since."""
    watching = Watching()
    watching.alerts = replace(watching.alerts, told=told)
    recalled = Recalled(last=sample(counting(failed=11), at=NOW - timedelta(minutes=1)), acknowledged=(NOVEMBER, 5))
    watching.board = watching.board.with_recalled({REF: recalled}, NOW, lambda _: BEIJING, MINUTE)
    (event,) = watching.looks()
    new = 11 - (6 if told.get(REF) == (NOVEMBER, 6) else 5)
    assert (event.words, event.severity) == (f"{new} new failures, 11 in November 2026", Severity.NOTE)
    assert watching.alerts.told[REF] == (NOVEMBER, 11)
    assert watching.answers(counting(failed=11)) == []
    (event,) = watching.answers(counting(failed=12))
    assert (event.words, event.severity) == ("1 new failure, 12 in November 2026", Severity.WARNING)


def test_a_recalled_answer_is_old_and_that_is_no_news() -> None:
    watching = Watching()
    watching.board = watching.board.filed(sample(TASK, at=NOW - timedelta(hours=9)), MINUTE)
    assert watching.lives(900) == []


# Acknowledging


def test_marking_as_seen_makes_the_next_failure_news_at_once() -> None:
    watching = Watching()
    watching.answers(counting(failed=3), counting(failed=4))
    watching.board = watching.board.acknowledged([REF])
    assert watching.looks() == []
    (event,) = watching.answers(counting(failed=5))
    assert event.words == "1 new failure, 5 in November 2026"


def test_looks_without_an_answer_wear_no_burst_out() -> None:
    """It is told within the quiet, by the answers alone, however often they are looked at in between."""
    watching = Watching(interval=1200.0)
    watching.answers(counting(failed=3))
    assert kinds(watching.answers(counting(failed=4))) == ["failures"]
    for failed, expected in ((63, []), (123, ["burst"])):
        assert watching.lives(watching.interval) == []
        watching.board = watching.board.filed(sample(counting(failed=failed), at=watching.now), watching.interval)
        assert kinds(watching.looks()) == expected


# Tasks that come and go


def test_a_task_that_is_added_later_begins_with_its_own_first_answer() -> None:
    watching = Watching()
    watching.answers(TASK)
    watching.board = watching.board.watching(WatchList((WatchedTask(REF), WatchedTask(OTHER))))
    assert watching.answers(STOPPED_TASK, STOPPED_TASK, ref=OTHER) == []


def test_a_task_that_is_taken_off_the_list_is_forgotten() -> None:
    watching = Watching()
    watching.answers(TASK)
    watching.board = Board()
    assert watching.lives(600) == []
    assert not watching.alerts.tasks
    assert not watching.alerts.profiles


def test_a_profile_without_tasks_is_forgotten_and_begins_again_with_a_first_answer() -> None:
    watching = Watching(refs=(REF, FAR))
    watching.answers(TASK)
    watching.answers(TASK, ref=FAR)
    watching.board = watching.board.watching(WatchList((WatchedTask(REF), WatchedTask(OTHER))))
    watching.looks()
    assert set(watching.alerts.profiles) == {REF.profile}
    watching.board = watching.board.watching(WatchList((WatchedTask(REF), WatchedTask(FAR))))
    watching.board = watching.board.refused(FAR.profile, REFUSAL)
    assert "credential" not in kinds(watching.lives(600))


def test_of_five_thousand_tasks_of_a_credential_in_order_only_those_that_changed_are_looked_at() -> None:
    index = ConditionIndex.of(answered_board(5000), NOW, MINUTE)
    alerts, _ = Alerts(NOW).after(index)
    ref = list(index.board.states)[70]
    later = index.at(index.board.filed(sample(ref=ref, at=NOW + timedelta(seconds=5)), MINUTE), NOW)
    unwalked = replace(later, board=replace(later.board, states=Unwalked(later.board.states)))
    assert _Check(unwalked, NOW, 10, {}).profiles([ref], alerts.profiles) == {REF.profile: DebouncedState(WELL)}


def test_a_clock_that_is_set_back_tells_nothing_twice() -> None:
    watching = Watching()
    watching.answers(TASK, STOPPED_TASK)
    watching.now -= timedelta(days=3)
    assert [event for event in watching.answers(STOPPED_TASK) if event.kind == "stopped"] == []


@pytest.mark.parametrize("make", [Watching, lambda: Watching(refs=(REF, OTHER, FAR))])
def test_a_look_at_which_nothing_is_new_tells_nothing(make: Callable[[], Watching]) -> None:
    watching = make()
    assert watching.looks() == []
    assert watching.lives(3600) == []


def test_the_month_in_words_is_that_of_the_answer() -> None:
    watching = Watching(now=datetime(2026, 3, 3, tzinfo=NOW.tzinfo))
    (event,) = watching.answers(counting(failed=3), counting(failed=4))
    assert event.words.endswith(Month(2026, 3).title)


# Months, and silence


def turning(failed: int = 11) -> Watching:
    """Return a board on which November has just turned into December."""
    watching = Watching(now=datetime(2026, 11, 30, 15, 58, tzinfo=NOW.tzinfo))
    last = counting(failed=failed, accepted=1_204_462)
    watching.answers(last, last)
    assert watching.events == []
    watching.answers(counting(failed=0, accepted=12, synced=12, size=5), counting(failed=0, accepted=90, synced=90))
    return watching


@pytest.mark.parametrize(("failed", "words"), [(18_131, "18,131 failures"), (1, "1 failure")])
def test_a_new_month_says_that_the_counters_start_again_and_not_that_anybody_marked_failures(
    failed: int, words: str
) -> None:
    (event,) = turning(failed).events
    assert (event.kind, event.severity) == ("new month", Severity.NOTE)
    assert event.words == f"December 2026 has begun: the counters start again, after {words} in November 2026"


def test_a_month_is_closed_once_two_answers_from_after_its_end_agree() -> None:
    watching = turning()
    watching.events.clear()
    november = Month(2026, 11)
    watching.board = watching.board.filed(sample(counting(failed=9), month=november, at=NOW), MINUTE)
    assert watching.looks() == []
    last = counting(failed=12, accepted=1_204_470)
    (event,) = watching.closes(last)
    assert (event.kind, event.words) == ("month closed", "November closed: 1,204,470 accepted, 12 failed")
    assert watching.looks() == []


@pytest.mark.parametrize(
    ("accepted", "failed", "words"),
    [(None, 3, "3 failed"), (70, None, "70 accepted"), (None, None, "no figures reported")],
)
def test_a_closed_month_says_only_what_was_reported(accepted: int | None, failed: int | None, words: str) -> None:
    watching = turning()
    last = counting(failed=failed, accepted=accepted)
    assert watching.closes(last)[0].words == f"November closed: {words}"


def test_a_month_whose_first_answers_were_named_too_early_is_closed_under_its_own_name() -> None:
    """The screen was opened after the profile's midnight, and the service ended November an hour later."""
    watching = Watching(now=datetime(2026, 11, 30, 16, 30, tzinfo=NOW.tzinfo))
    watching.answers(counting(failed=11, accepted=1_204_462))
    watching.board = watching.board.acknowledged([REF])
    (event,) = watching.answers(*[counting(failed=0, accepted=12, synced=12, size=5)] * 2)
    assert event.words == "December 2026 has begun: the counters start again, after 11 failures in November 2026"
    told = watching.closes(counting(failed=12, accepted=1_204_470))
    assert [one.words for one in told] == ["November closed: 1,204,470 accepted, 12 failed"]


def opened_in_december(status: str = "SYNCHRONIZING") -> Watching:
    """Return a screen that knows November from before, when nothing had failed that was not seen."""
    watching = Watching(now=datetime(2026, 12, 5, tzinfo=NOW.tzinfo))
    recalled = Recalled(last=sample(replace(counting(failed=11), status=status)), acknowledged=(NOVEMBER, 11))
    watching.board = watching.board.with_recalled({REF: recalled}, watching.now, lambda _: BEIJING, MINUTE)
    assert watching.looks() == []
    return watching


def test_a_month_that_ended_while_the_screen_was_closed_is_told_of_once() -> None:
    """What has failed in the new one is told as what happened while nobody watched."""
    watching = opened_in_december()
    fresh = counting(failed=3, accepted=12, synced=9)
    told = watching.answers(fresh, fresh)
    assert [(one.kind, one.severity) for one in told] == [
        ("first failure", Severity.NOTE), ("new month", Severity.NOTE)
    ]  # fmt: skip
    assert told[0].words == "First failures of December 2026: 3, while nobody watched"
    assert told[1].words == "December 2026 has begun: the counters start again, after 11 failures in November 2026"
    told = watching.closes(counting(failed=12, accepted=1_204_470))
    assert [one.words for one in told] == ["November closed: 1,204,470 accepted, 12 failed"]
    assert watching.answers(fresh) == []


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("SYNCHRONIZING", "STOPPED", "stopped"),
        ("STOPPED", "SYNCHRONIZING", "started"),
        ("STOPPED", "STOPPED", None),
        ("SYNCHRONIZING", "SYNCHRONIZING", None),
    ],
)
def test_what_was_stopped_or_started_since_another_month_is_told(before: str, after: str, kind: str | None) -> None:
    fresh = replace(counting(failed=0, accepted=12, synced=12), status=after)
    told = opened_in_december(before).answers(fresh, fresh, fresh)
    assert [one.kind for one in told if one.kind != "new month"] == ([kind] if kind is not None else [])


def test_what_was_stopped_after_that_and_started_again_is_told_as_well() -> None:
    watching = opened_in_december()
    fresh = counting(failed=0, accepted=12, synced=12)
    told = watching.answers(fresh, replace(fresh, status="STOPPED"), *[fresh] * 4)
    assert kinds([one for one in told if one.kind != "new month"]) == ["stopped", "started"]


def test_a_month_that_an_earlier_run_has_closed_is_not_closed_again() -> None:
    """That run's memory says when the month ended."""
    watching = Watching(now=datetime(2026, 12, 1, 9, tzinfo=NOW.tzinfo))
    ended = datetime(2026, 11, 30, 16, 1, tzinfo=NOW.tzinfo)
    recalled = Recalled(
        last=sample(at=watching.now - timedelta(hours=1)), months={NOVEMBER: sample(month=NOVEMBER, at=ended)}
    )
    watching.board = watching.board.with_recalled({REF: recalled}, watching.now, lambda _: BEIJING, MINUTE)
    watching.board = watching.board.turned(REF, MonthEnd(NOVEMBER, ended))
    assert watching.answers(TASK, TASK) == []


@pytest.mark.parametrize(("figures", "words"), [
    (counting(failed=12, accepted=5_000), "5,000 accepted, not 1,000"),
    (counting(failed=13, accepted=1_000), "13 failed, not 12"),
    (counting(failed=None, accepted=2_000), "2,000 accepted, not 1,000, unknown failed, not 12"),
])  # fmt: skip
def test_final_figures_that_turn_out_to_be_others_are_told_once_a_second_answer_confirms_them(
    figures: SyncTask, words: str
) -> None:
    watching = turning()
    watching.closes(counting(failed=12, accepted=1_000))
    (event,) = watching.closes(figures)
    assert (event.kind, event.words) == ("month closed", f"November: {words} as told before")
    assert watching.closes(figures) == []


def test_a_month_that_an_earlier_version_closed_after_one_answer_is_not_told_again_unless_it_was_wrong() -> None:
    told = counting(failed=12, accepted=1_000)
    for confirmed, words in (
        (told, []),
        (replace(told, monthly_acceptance_request=5_000), ["5,000 accepted, not 1,000"]),
    ):
        watching = Watching(now=datetime(2027, 1, 5, 9, tzinfo=NOW.tzinfo))
        wrong = datetime(2027, 1, 2, tzinfo=NOW.tzinfo)
        december = replace(sample(told, month=Month(2026, 12), at=wrong), agreed=None)
        recalled = Recalled(last=sample(at=watching.now - timedelta(hours=1)), months={Month(2026, 12): december})
        watching.board = watching.board.with_recalled({REF: recalled}, watching.now, lambda _: BEIJING, MINUTE)
        watching.board = watching.board.turned(REF, MonthEnd(Month(2026, 12), wrong))
        assert watching.answers(TASK, TASK) == []
        events = watching.closes(confirmed, Month(2026, 12))
        assert [event.words for event in events] == [f"December: {one} as told before" for one in words]


def test_a_month_that_was_named_too_late_for_a_while_makes_no_failure_new() -> None:
    """The clock here was wrong, and the answers told no time of their own."""
    watching = Watching(now=datetime(2026, 12, 20, tzinfo=NOW.tzinfo))
    assert watching.answers(*[counting(failed=8)] * 3) == []
    for at in (datetime(2027, 1, 2, tzinfo=NOW.tzinfo), None):
        watching.answers(counting(failed=8), at=at)
    watching.events.clear()
    assert watching.answers(*[counting(failed=8)] * 3) == []
    state = watching.board.states[REF]
    assert (state.new_failures, state.month_end, state.good and state.good.month) == (0, None, Month(2026, 12))


def test_the_first_failure_of_a_new_month_is_one() -> None:
    watching = turning()
    (event,) = watching.answers(counting(failed=2, accepted=95))
    assert (event.kind, event.words) == ("first failure", "First failures of December 2026: 2")


def test_failures_of_a_month_that_began_while_no_answer_came_are_its_first() -> None:
    """Though its other figures have grown beyond those of the month before."""
    watching = Watching()
    watching.answers(counting(failed=2, accepted=50, synced=40, size=5))
    watching.now += timedelta(days=15)
    events = watching.answers(counting(failed=3, accepted=70, synced=60, size=9))
    assert [event.words for event in events if event.kind == "first failure"] == ["First failures of December 2026: 3"]


def silent(watching: Watching, *, after: float | None) -> None:
    """Let the task count as silent after so many seconds without anything accepted."""
    state = watching.board.states[REF]
    watching.board = replace(watching.board, states={**watching.board.states, REF: replace(state, silent_after=after)})


def test_silence_is_told_once_and_so_is_its_end() -> None:
    watching = Watching()
    silent(watching, after=300)
    assert watching.answers(*[TASK] * 5) == []
    (event,) = watching.answers(*[TASK] * 5)
    assert (event.kind, event.severity) == ("silent", Severity.WARNING)
    assert event.words == "Nothing has been accepted for unusually long"
    (event,) = watching.answers(counting(accepted=1_300_000), counting(accepted=1_300_001))
    assert (event.kind, event.severity, event.words) == ("flowing", Severity.NOTE, "Objects are accepted again")


def test_nothing_is_expected_of_a_stopped_task() -> None:
    watching = Watching()
    silent(watching, after=300)
    assert kinds(watching.answers(TASK, *[STOPPED_TASK] * 20)) == ["stopped"]


def test_a_silent_task_that_is_stopped_does_not_accept_objects_again() -> None:
    watching = Watching()
    silent(watching, after=300)
    assert kinds(watching.answers(*[TASK] * 10, *[STOPPED_TASK] * 5)) == ["silent", "stopped"]


def test_silence_that_comes_back_within_the_hour_is_not_told_again() -> None:
    watching = Watching()
    silent(watching, after=300)
    again = [counting(accepted=1_300_000)] * 10
    assert kinds(watching.answers(*[TASK] * 10, *again)) == ["silent", "flowing"]


def test_what_was_silent_by_the_first_answer_of_the_run_is_no_news() -> None:
    """It was quiet already when the answers from before were recalled, if not yet for long enough."""
    watching = Watching()
    silent(watching, after=200)
    for seconds in (330, 230, 130):
        watching.board = watching.board.filed(sample(TASK, at=NOW - timedelta(seconds=seconds)), MINUTE)
    assert watching.looks() == []
    assert not watching.board.states[REF].is_silent
    watching.board = watching.board.filed(sample(TASK, at=NOW), MINUTE)
    assert watching.looks() == []
    assert watching.board.states[REF].is_silent


def test_failures_do_not_hide_silence() -> None:
    watching = Watching()
    silent(watching, after=300)
    assert kinds(watching.answers(TASK, *[counting(failed=12)] * 10)) == ["failures", "silent"]


def test_a_profile_that_leads_elsewhere_begins_anew() -> None:
    watching = Watching()
    watching.answers(TASK)
    watching.board = watching.board.moved([REF.profile], watching.now)
    assert watching.looks() == []
    assert watching.answers(replace(STOPPED_TASK, monthly_failure_object=500)) == []


def test_a_task_of_which_nothing_is_new_is_not_gone_through_again() -> None:
    """Of a thousand tasks, looked at each second, most are as they were."""
    watching = Watching()
    watching.answers(counting(failed=0), counting(failed=2))
    before = watching.alerts.tasks[REF]
    watching.now += timedelta(seconds=1)
    watching.looks()
    assert watching.alerts.tasks[REF] is before
    assert kinds(watching.lives(10 * watching.interval)) == ["stale"], "time alone can be news"
