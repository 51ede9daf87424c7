"""What is news about the watched tasks: boards and time go in, events come out, each once."""

from collections.abc import Mapping, Set
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Self

from msgspec import Struct, field
from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.news.debounce import WELL, DebouncedState
from omstui.core.news.event import Event, Severity
from omstui.core.news.failure_watch import BURST_SPAN, FailureNews, FailureWatch, Rise
from omstui.core.problem import USUAL_KEYS
from omstui.core.settings import DEFAULT_BURST
from omstui.core.task import COUNTER_NAMES, SyncTask, TaskRef
from omstui.core.watch.board import Board, PastMonth, TaskState, with_entries
from omstui.core.watch.condition import Condition, ConditionIndex
from omstui.core.watch.rates import has_begun_anew
from omstui.core.watch.rollover import Turn
from omstui.core.watch.sample import Sample

BURST, FIRST_FAILURE, FAILURES = "burst", "first failure", "failures"
CREDENTIAL, GONE, REFUSED, STALE, RECOVERED = "credential", "gone", "refused", "stale", "recovered"
STOPPED, STARTED, SILENT, FLOWING = "stopped", "started", "silent", "flowing"
ENDS = frozenset({RECOVERED, STARTED, FLOWING})
"""The kinds that say that something worth telling is over."""

NEW_MONTH, MONTH_CLOSED = "new month", "month closed"

_HELD_INTERVALS = 2
"""For so many intervals a trouble that may pass by itself must last, and so must its end."""

_LEAST_QUIET = timedelta(hours=1)
_QUIET_INTERVALS = 60
_MOST_OPEN_MONTHS = 3
_WHILE_AWAY = ", while nobody watched"

_REACH = {
    Condition.GONE: GONE,
    Condition.FORBIDDEN: REFUSED,
    Condition.ENDPOINT: REFUSED,
    Condition.REFUSED: REFUSED,
    Condition.BAD_ANSWER: STALE,
    Condition.THROTTLED: STALE,
    Condition.NETWORK: STALE,
    Condition.SERVER: STALE,
    Condition.INTERNAL: STALE,
    Condition.STALE: STALE,
}
"""What each condition says of whether the task can be asked; the others say that it answers."""

SEVERITY = {
    BURST: Severity.ALARM,
    CREDENTIAL: Severity.ALARM,
    GONE: Severity.ALARM,
    FIRST_FAILURE: Severity.WARNING,
    FAILURES: Severity.WARNING,
    REFUSED: Severity.WARNING,
    STALE: Severity.WARNING,
    STOPPED: Severity.WARNING,
    SILENT: Severity.WARNING,
}
"""What is not named here is a note."""

FAILURE_KINDS = {Rise.BURST: BURST, Rise.FIRST: FIRST_FAILURE, Rise.MORE: FAILURES}
"""The kind of event that each rise of the failures makes."""


class _TaskNews(Struct, frozen=True):
    """What people know of one task."""

    good: Sample | None = None
    """The last good answer that was looked at."""

    reach: DebouncedState = field(default_factory=DebouncedState)
    run: DebouncedState = field(default_factory=DebouncedState)
    flow: DebouncedState = field(default_factory=DebouncedState)
    failures: FailureWatch | None = None
    turn: Turn | None = None
    """The last change of month that was looked at."""

    open_months: tuple[Turn, ...] = ()
    """The months that are over and not closed."""

    months: Mapping[Month, PastMonth] = field(default_factory=lambda: MappingProxyType({}))
    """The past months as they were looked at last."""

    @property
    def is_settled(self) -> bool:
        """Whether another look, however much later, would find the same as long as nothing comes: nothing is held."""
        is_held = any(standing.coming is not None for standing in (self.reach, self.run, self.flow))
        return not is_held and (self.failures is None or self.failures.is_known)


class Alerts(Struct, frozen=True):
    """What has been told of every task and profile.

    What is so at the first answer is no news, unless an answer from before the start says that it was otherwise: then
    it is a note. A state is told once when it begins and once when it ends, not before it has lasted where it may pass
    by itself, and not more often than about once an hour, ever more seldom as long as it keeps coming back.
    """

    started_at: datetime
    burst: int = DEFAULT_BURST
    tasks: Mapping[TaskRef, _TaskNews] = field(default_factory=lambda: MappingProxyType({}))
    profiles: Mapping[str, DebouncedState] = field(default_factory=lambda: MappingProxyType({}))
    judged: ConditionIndex | None = None
    """The board as it was looked at last."""

    told: Mapping[TaskRef, tuple[Month, int]] = field(default_factory=lambda: MappingProxyType({}))
    """Failures, and of which month, that people know of without having marked them as seen."""

    unsettled: frozenset[TaskRef] = frozenset()
    """The tasks of which time alone may make news."""

    def seen(self, board: Board, now: datetime, interval: float) -> tuple[Self, tuple[Event, ...]]:
        """Return what there is to tell after a look at the board, and the state in which it has been told.

        Args:
            board: all that is known at this moment.
            now: this moment.
            interval: seconds between two requests for one task.
        """
        before = self.judged
        goes_on = before is not None and before.interval == interval
        judged = before.at(board, now) if before is not None and goes_on else ConditionIndex.of(board, now, interval)
        look = _Look(self.started_at, now, interval, self.burst, self.told)
        tasks = look.at_tasks(judged, self.unsettled, self.tasks)
        profiles = look.at_profiles(judged, self.profiles)
        unsettled = {ref for ref in tasks if not tasks[ref].is_settled}
        known, told = with_entries(self.tasks, tasks), self.told
        if len(known) != len(board.states):  # tasks have left the list
            told = MappingProxyType({ref: told[ref] for ref in told if ref in board.states or ref not in known})
            known = MappingProxyType({ref: known[ref] for ref in board.states})
            listed = {ref.profile for ref in board.states}
            profiles = MappingProxyType({name: profiles[name] for name in profiles if name in listed})
        after = replace(
            self,
            tasks=known,
            profiles=profiles,
            judged=judged,
            told=with_entries(told, look.told) if look.told else told,
            unsettled=frozenset(unsettled),
        )
        return after, tuple(look.events)


class _Look:
    """One look at a board, which gathers the events."""

    def __init__(
        self,
        started_at: datetime,
        now: datetime,
        interval: float,
        burst: int,
        told: Mapping[TaskRef, tuple[Month, int]],
    ) -> None:
        self.events: list[Event] = []
        self.told: dict[TaskRef, tuple[Month, int]] = {}
        """What people have come to know of with this look."""

        self._told = told
        self._started_at, self._now, self._interval, self._burst = started_at, now, interval, burst
        self._hold = timedelta(seconds=_HELD_INTERVALS * interval)
        self._quiet = max(_LEAST_QUIET, timedelta(seconds=_QUIET_INTERVALS * interval))

    # A profile's credential

    def at_profiles(self, judged: ConditionIndex, known: Mapping[str, DebouncedState]) -> Mapping[str, DebouncedState]:
        """Look at the credentials, if there may be news of one."""
        if not self._may_be_news_of_profiles(judged, known):
            return known
        board = judged.board
        refusals = board.refusals
        is_live: dict[str, bool] = {}
        for ref, state in board.states.items():
            if not is_live.get(ref.profile, False):
                is_live[ref.profile] = self._is_live(state.good)
        return MappingProxyType(
            {
                name: self._at_profile(name, board, known.get(name, DebouncedState()), name in refusals)
                if name in refusals or is_live[name]
                else known.get(name, DebouncedState())  # nothing proves the credential yet
                for name in is_live
            }
        )

    def _may_be_news_of_profiles(self, judged: ConditionIndex, known: Mapping[str, DebouncedState]) -> bool:
        """Whether news of a credential is held back, or a task that has changed says something new of one."""
        if any(standing.coming is not None for standing in known.values()):
            return True
        for ref in judged.changed:
            state = judged.board.states[ref]
            if state.refusal is not None or self._is_live(state.good):
                standing, status = known.get(ref.profile), CREDENTIAL if state.refusal is not None else WELL
                if standing is None or standing.known != status:
                    return True
        return False

    def _at_profile(self, name: str, board: Board, standing: DebouncedState, is_refused: bool) -> DebouncedState:
        status = CREDENTIAL if is_refused else WELL
        hold = timedelta() if is_refused else self._hold
        standing, change = standing.seen(status, self._now, hold=hold, quiet=self._quiet)
        if change is not None and change.after == CREDENTIAL:
            self._add(Event(self._now, CREDENTIAL, _refusal_words(name, board), SEVERITY[CREDENTIAL], name))
        elif change is not None and change.was_told:
            self._add(Event(self._now, RECOVERED, f"The credential of {name} is accepted again", profile=name))
        return standing

    # A task

    def at_tasks(
        self, judged: ConditionIndex, unsettled: Set[TaskRef], known: Mapping[TaskRef, _TaskNews]
    ) -> dict[TaskRef, _TaskNews]:
        """Look at the tasks that may have news: those with something new, and those of which something is held back."""
        states, refs = judged.board.states, judged.changed
        if unsettled:
            wanted = unsettled | set(refs)
            refs = tuple(ref for ref in states if ref in wanted)
        return {ref: self._at_task(states[ref], judged.conditions[ref], known.get(ref, _TaskNews())) for ref in refs}

    def _at_task(self, state: TaskState, condition: Condition, news: _TaskNews) -> _TaskNews:
        good = state.good
        if good is None and news.good is not None:
            news = _TaskNews()  # its profile leads elsewhere now, and nothing that was known holds there
        # What an answer of this run says is compared with what was recalled from before it.
        known = news.good if news.good is not None else state.earlier
        is_late = known is not None and not self._is_live(known) and self._is_live(good)
        news = replace(news, reach=self._reach(state, condition, news.reach))
        if good is None or good.task is None:
            return news
        is_new = news.good is None or good != news.good
        news = replace(
            news, run=self._run(state, news.run, is_late=is_late), flow=self._flow(state, condition, news.flow)
        )
        news = self._failures(state, news, good, is_new=is_new, is_late=is_late)
        news = self._closed(state, self._months(state, news, good))
        return replace(news, good=good)

    def _reach(self, state: TaskState, condition: Condition, standing: DebouncedState) -> DebouncedState:
        if state.refusal is not None or condition in {Condition.TOKEN, Condition.ASKING, Condition.MISSING}:
            return standing  # the profile's trouble, none yet, or one answer that needs a second
        if not (self._is_live(state.good) or self._is_live(state.trouble)):
            return standing  # recalled from before the start, and so of course old
        status = _REACH.get(condition, WELL)
        is_late = standing.known is None and state.good is not None and not self._is_live(state.good)
        if is_late and status == GONE:
            standing = replace(standing, known=WELL)  # it was there before the start
        hold = timedelta() if status == GONE else self._hold
        standing, change = standing.seen(status, self._now, hold=hold, quiet=self._quiet)
        if change is None:
            return standing
        if status == WELL:
            if change.was_told:
                self._tell(state, RECOVERED, "It answers again")
            return standing
        self._tell(state, status, _reach_words(state, status, condition), is_late=is_late)
        return standing

    def _run(self, state: TaskState, standing: DebouncedState, *, is_late: bool) -> DebouncedState:
        task = state.task
        if task is None or not (task.is_stopped or task.is_synchronizing):
            return standing
        status, earlier = STOPPED if task.is_stopped else WELL, state.earlier
        if standing.known is None and is_late and earlier is not None and earlier.task is not None:
            standing = replace(standing, known=STOPPED if earlier.task.is_stopped else WELL)
        hold = timedelta() if status == STOPPED or is_late else self._hold
        standing, change = standing.seen(status, self._now, hold=hold, quiet=self._quiet)
        if change is not None:
            kind = status or STARTED
            words = "It was stopped" if kind == STOPPED else "It was started again"
            self._tell(state, kind, words, is_late=is_late)
        return standing

    def _flow(self, state: TaskState, condition: Condition, standing: DebouncedState) -> DebouncedState:
        if condition.is_trouble or condition is Condition.STOPPED or condition is Condition.ASKING:
            return standing  # nobody knows, or nothing is to be expected
        status = SILENT if state.is_silent else WELL
        standing, change = standing.seen(status, self._now, hold=timedelta(), quiet=self._quiet)
        if change is not None and status == SILENT:
            self._tell(state, SILENT, "Nothing has been accepted for unusually long")
        elif change is not None and change.was_told:
            self._tell(state, FLOWING, "Objects are accepted again")
        return standing

    # Failures and months

    def _failures(self, state: TaskState, news: _TaskNews, good: Sample, *, is_new: bool, is_late: bool) -> _TaskNews:
        failed = good.task.monthly_failure_object if good.task is not None else None
        if failed is None:
            return news
        watch = news.failures
        if watch is None:
            watch = FailureWatch.beginning(failed, good.answered_at, self._known(state, good, failed, is_late=is_late))
        elif is_new:
            anew = _is_anew(news.good, good)
            span = max(BURST_SPAN, self._hold)
            watch = watch.answered(failed, good.answered_at, span=span, anew=anew)
        watch = watch.acknowledged_at(state.acknowledged)
        watch, told = watch.news(self._now, burst=self._burst, quiet=self._quiet)
        if told is not None:
            is_old = is_late or not self._is_live(good)
            self._tell(state, FAILURE_KINDS[told.rise], failure_words(told, good.month), is_late=is_late, is_old=is_old)
            if is_old:  # it is a note and no alert: what fails from now on does not wait
                watch = replace(watch, said=None)
        known = (good.month, watch.known)
        if watch.known > (state.acknowledged or 0) and known != self._told.get(state.ref):
            self.told[state.ref] = known
        return replace(news, failures=watch)

    def _known(self, state: TaskState, good: Sample, failed: int, *, is_late: bool) -> int:
        """Return how many failures people know of at the first look at a task; those of a first answer are no news."""
        if state.acknowledged is None or (self._is_live(good) and not is_late):
            return failed
        month, told = self._told.get(state.ref, (good.month, 0))
        return min(max(state.acknowledged, told if month == good.month else 0), failed)

    def _months(self, state: TaskState, news: _TaskNews, good: Sample) -> _TaskNews:
        """Notice that the service has ended a month, whatever its answers were called."""
        turn = state.turn
        if turn is None or turn == news.turn:
            return news
        if turn.failed:
            failures = f"{turn.failed:,} failure{'' if turn.failed == 1 else 's'} in {turn.ended.title}"
            self._tell(state, NEW_MONTH, f"{good.month.title} has begun: the counters start again, after {failures}")
        news = replace(news, turn=turn)
        past = state.months.get(turn.ended)
        if past is not None and past.good is not None and past.good.agreed is None and past.good.told_at >= turn.at:
            return news  # an earlier version has told of it after one answer
        return replace(news, open_months=(*news.open_months, turn)[-_MOST_OPEN_MONTHS:])

    def _closed(self, state: TaskState, news: _TaskNews) -> _TaskNews:
        """Tell the figures of months that are over, once they are final, and when final ones turn out to be others."""
        still_open = []
        for turn in news.open_months:
            past = state.months.get(turn.ended)
            closing = past.good if past is not None else None
            is_final = closing is not None and closing.agreed and closing.told_at >= turn.at
            if closing is None or closing.task is None or not is_final:
                still_open.append(turn)
            elif self._is_live(closing):  # else it was told in an earlier run
                self._tell(state, MONTH_CLOSED, f"{turn.ended.name} closed: {_figures_in_words(closing.task)}")
        if state.months is not news.months:
            for month, past in state.months.items():
                if past is not news.months.get(month) and (words := _correction(past)):
                    self._tell(state, MONTH_CLOSED, f"{month.name}: {words} as told before")
        return replace(news, open_months=tuple(still_open), months=state.months)

    # Telling

    def _is_live(self, sample: Sample | None) -> bool:
        """Whether this was answered in this run."""
        return sample is not None and sample.answered_at >= self._started_at

    def _tell(self, state: TaskState, kind: str, words: str, *, is_late: bool = False, is_old: bool = False) -> None:
        """Tell something; as a note when it is late (omstui was not watching then) or old (of an earlier run)."""
        severity = Severity.NOTE if is_late or is_old else SEVERITY.get(kind, Severity.NOTE)
        words = words + _WHILE_AWAY if is_late else words
        ref = state.ref
        self._add(Event(self._now, kind, words, severity, ref.profile, ref.sync_task_id, state.name))

    def _add(self, event: Event) -> None:
        self.events.append(event)


def _is_anew(before: Sample | None, after: Sample) -> bool:
    """Whether counting has begun anew between two answers: a new month, or a task that was made anew."""
    if before is None or before.task is None or after.task is None:
        return False
    return before.month < after.month or has_begun_anew(before.task, after.task)


def _figures_in_words(task: SyncTask) -> str:
    figures = ((task.monthly_acceptance_request, "accepted"), (task.monthly_failure_object, "failed"))
    return ", ".join(f"{number:,} {word}" for number, word in figures if number is not None) or "no figures reported"


_WORDS = ("accepted", "synced", "failed", "skipped", "bytes")


def _correction(past: PastMonth) -> str:
    """Say which final figures of a month are others than before: ``5,000 accepted, not 1,000``; empty for none."""
    new = past.good.task if past.good is not None else None
    old = past.instead_of.task if past.instead_of is not None else None
    if new is None or old is None:
        return ""
    pairs = ((word, getattr(new, name), getattr(old, name)) for name, word in zip(COUNTER_NAMES, _WORDS, strict=True))
    return ", ".join(f"{_number(now)} {word}, not {_number(was)}" for word, now, was in pairs if now != was)


def _number(value: int | None) -> str:
    return f"{value:,}" if value is not None else "unknown"


def failure_words(news: FailureNews, month: Month) -> str:
    """Say what has failed: ``12 new failures, 41 in November 2026``."""
    in_all = f"{news.failed:,} in {month.title}"
    failures = f"{news.new:,} new failure{'' if news.new == 1 else 's'}"
    match news.rise:
        case Rise.BURST:
            return f"{failures} within {max(news.span // timedelta(minutes=1), 1)} min, {in_all}"
        case Rise.FIRST:
            return f"First failure{'' if news.failed == 1 else 's'} of {month.title}: {news.failed:,}"
        case Rise.MORE:
            return f"{failures}, {in_all}"


def _refusal_words(profile: str, board: Board) -> str:
    problem = board.refusals[profile]
    what = f"{profile} is not asked" if problem.is_foreign else f"The credential of {profile} was refused"
    return f"{what}: {problem.text.rstrip('.')}. {problem.advice_for(profile, USUAL_KEYS)}"


def _reach_words(state: TaskState, status: str, condition: Condition) -> str:
    problem = state.problem
    if problem is None:
        return "No good answer comes (nothing came back)"
    if status == GONE:
        return f"It is not there any more: {problem.text}"
    why = f"{condition.value}: {problem.text}"
    return f"It may not be asked for ({why})" if status == REFUSED else f"No good answer comes ({why})"
