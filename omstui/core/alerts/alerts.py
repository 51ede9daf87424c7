"""Turns boards and time into events about the watched tasks, each event once."""

from collections.abc import Collection, Iterable, Mapping, Set
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Self

from msgspec import Struct, field
from msgspec.structs import replace

from omstui.core.alerts.debounce import WELL, DebouncedState
from omstui.core.alerts.event import Event, Severity
from omstui.core.alerts.failure_watch import BURST_SPAN, FailureNews, FailureWatch, Rise
from omstui.core.month import Month
from omstui.core.problem_kind import USUAL_KEYS
from omstui.core.settings import DEFAULT_BURST
from omstui.core.task import COUNTER_NAMES, SyncTask, TaskRef
from omstui.core.watch.board import Board, TaskState, with_entries
from omstui.core.watch.condition import Condition, ConditionIndex
from omstui.core.watch.past_month import PastMonth
from omstui.core.watch.rates import has_restarted
from omstui.core.watch.rollover import MonthEnd
from omstui.core.watch.sample import Sample

BURST, FIRST_FAILURE, FAILURES = "burst", "first failure", "failures"
CREDENTIAL, GONE, REFUSED, STALE, RECOVERED = "credential", "gone", "refused", "stale", "recovered"
STOPPED, STARTED, SILENT, FLOWING = "stopped", "started", "silent", "flowing"
ENDS = frozenset({RECOVERED, STARTED, FLOWING})
"""The kinds of events that end an earlier one."""

NEW_MONTH, MONTH_CLOSED = "new month", "month closed"

_HELD_INTERVALS = 2
"""How many intervals a problem that may pass by itself must last before it is reported; the same for its end."""

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
"""The kind of event for each condition in which requests fail; in all other conditions the task answers."""

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
"""The severity of each kind of event; all other kinds are notes."""

FAILURE_KINDS = {Rise.BURST: BURST, Rise.FIRST: FIRST_FAILURE, Rise.MORE: FAILURES}
"""The kind of event for each rise of the failures."""


class _TaskNews(Struct, frozen=True):
    """What has been reported about one task."""

    good: Sample | None = None
    """The last good answer that was checked."""

    reach: DebouncedState = field(default_factory=DebouncedState)
    run: DebouncedState = field(default_factory=DebouncedState)
    flow: DebouncedState = field(default_factory=DebouncedState)
    failures: FailureWatch | None = None
    month_end: MonthEnd | None = None
    """The last change of month that was checked."""

    open_months: tuple[MonthEnd, ...] = ()
    """The months that are over and whose figures are not final yet."""

    months: Mapping[Month, PastMonth] = field(default_factory=lambda: MappingProxyType({}))
    """The past months at the last check."""

    @property
    def is_settled(self) -> bool:
        """Whether only a new sample can make an event: no state and no failures are held back."""
        is_held = any(one.coming is not None for one in (self.reach, self.run, self.flow))
        return not is_held and (self.failures is None or self.failures.is_known)


class Alerts(Struct, frozen=True):
    """What has been reported about each task and profile.

    The first answer makes no event, unless it differs from an answer before the start: then the event is a note. A
    state is reported once when it begins and once when it ends. If it may pass by itself, it must last first. It is
    reported at most about once an hour, and less and less often while it keeps coming back.
    """

    started_at: datetime
    burst: int = DEFAULT_BURST
    tasks: Mapping[TaskRef, _TaskNews] = field(default_factory=lambda: MappingProxyType({}))
    profiles: Mapping[str, DebouncedState] = field(default_factory=lambda: MappingProxyType({}))
    checked: ConditionIndex | None = None
    """The tasks at the last check."""

    told: Mapping[TaskRef, tuple[Month, int]] = field(default_factory=lambda: MappingProxyType({}))
    """A month, and how many of its failures were reported but not marked as seen."""

    unsettled: frozenset[TaskRef] = frozenset()
    """The tasks that may have an event without a new sample."""

    def after(self, index: ConditionIndex) -> tuple[Self, tuple[Event, ...]]:
        """Return the alerts after a check of all tasks at one moment, and the new events."""
        board, changed = index.board, index.changed_since(self.checked)
        check = _Check(index, self.started_at, self.burst, self.told)
        tasks = check.tasks(changed, self.unsettled, self.tasks)
        profiles = check.profiles(changed, self.profiles)
        unsettled = {ref for ref in tasks if not tasks[ref].is_settled}
        known, told = with_entries(self.tasks, tasks), self.told
        if len(known) != len(board.states):  # tasks have left the list
            told = MappingProxyType({ref: told[ref] for ref in told if ref in board.states or ref not in known})
            known = MappingProxyType({ref: known[ref] for ref in board.states})
            listed = {ref.profile for ref in board.states}
            profiles = MappingProxyType({name: profiles[name] for name in profiles if name in listed})
        checked = replace(
            self,
            tasks=known,
            profiles=profiles,
            checked=index,
            told=with_entries(told, check.told) if check.told else told,
            unsettled=frozenset(unsettled),
        )
        return checked, tuple(check.events)


class _Check:
    """One check of all tasks, which collects the events."""

    def __init__(
        self, index: ConditionIndex, started_at: datetime, burst: int, told: Mapping[TaskRef, tuple[Month, int]]
    ) -> None:
        self.events: list[Event] = []
        self.told: dict[TaskRef, tuple[Month, int]] = {}
        """The failures that this check reports."""

        self._index, self._told = index, told
        self._started_at, self._now, self._burst = started_at, index.now, burst
        self._hold = timedelta(seconds=_HELD_INTERVALS * index.interval)
        self._quiet = max(_LEAST_QUIET, timedelta(seconds=_QUIET_INTERVALS * index.interval))

    # A profile's credential

    def profiles(self, changed: Iterable[TaskRef], known: Mapping[str, DebouncedState]) -> Mapping[str, DebouncedState]:
        """Check the credentials if there may be an event about one, and return their states by profile."""
        if not self._may_be_news_of_profiles(changed, known):
            return known
        board = self._index.board
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

    def _may_be_news_of_profiles(self, changed: Iterable[TaskRef], known: Mapping[str, DebouncedState]) -> bool:
        """Whether an event about a credential is held back, or a changed task shows a new state of one."""
        if any(one.coming is not None for one in known.values()):
            return True
        for ref in changed:
            state = self._index.board.states[ref]
            if state.refusal is not None or self._is_live(state.good):
                debounced, status = known.get(ref.profile), CREDENTIAL if state.refusal is not None else WELL
                if debounced is None or debounced.known != status:
                    return True
        return False

    def _at_profile(self, name: str, board: Board, debounced: DebouncedState, is_refused: bool) -> DebouncedState:
        status = CREDENTIAL if is_refused else WELL
        hold = timedelta() if is_refused else self._hold
        debounced, change = debounced.seen(status, self._now, hold=hold, quiet=self._quiet)
        if change is not None and change.after == CREDENTIAL:
            self._add(Event(self._now, CREDENTIAL, _refusal_words(name, board), SEVERITY[CREDENTIAL], name))
        elif change is not None and change.was_told:
            self._add(Event(self._now, RECOVERED, f"The credential of {name} is accepted again", profile=name))
        return debounced

    # A task

    def tasks(
        self, changed: Collection[TaskRef], unsettled: Set[TaskRef], known: Mapping[TaskRef, _TaskNews]
    ) -> dict[TaskRef, _TaskNews]:
        """Check the tasks that may have an event: those that changed, and those with something held back."""
        index, states, refs = self._index, self._index.board.states, changed
        if unsettled:
            wanted = unsettled | set(changed)
            refs = [ref for ref in states if ref in wanted]
        return {ref: self._at_task(states[ref], index.condition(ref), known.get(ref, _TaskNews())) for ref in refs}

    def _at_task(self, state: TaskState, condition: Condition, news: _TaskNews) -> _TaskNews:
        good = state.good
        if good is None and news.good is not None:
            news = _TaskNews()  # its profile changed to another project, and its state was dropped
        # The first answer of this run is compared with the recalled one from before it.
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

    def _reach(self, state: TaskState, condition: Condition, debounced: DebouncedState) -> DebouncedState:
        if state.refusal is not None or condition in {Condition.TOKEN, Condition.ASKING, Condition.MISSING}:
            return debounced  # a problem of the profile, no answer yet, or one that a second must confirm
        if not (self._is_live(state.good) or self._is_live(state.failure)):
            return debounced  # recalled from before the start, so it is always old
        status = _REACH.get(condition, WELL)
        is_late = debounced.known is None and state.good is not None and not self._is_live(state.good)
        if is_late and status == GONE:
            debounced = replace(debounced, known=WELL)  # the task existed before the start
        hold = timedelta() if status == GONE else self._hold
        debounced, change = debounced.seen(status, self._now, hold=hold, quiet=self._quiet)
        if change is None:
            return debounced
        if status == WELL:
            if change.was_told:
                self._tell(state, RECOVERED, "It answers again")
            return debounced
        self._tell(state, status, _reach_words(state, status, condition), is_late=is_late)
        return debounced

    def _run(self, state: TaskState, debounced: DebouncedState, *, is_late: bool) -> DebouncedState:
        task = state.task
        if task is None or not (task.is_stopped or task.is_synchronizing):
            return debounced
        status, earlier = STOPPED if task.is_stopped else WELL, state.earlier
        if debounced.known is None and is_late and earlier is not None and earlier.task is not None:
            debounced = replace(debounced, known=STOPPED if earlier.task.is_stopped else WELL)
        hold = timedelta() if status == STOPPED or is_late else self._hold
        debounced, change = debounced.seen(status, self._now, hold=hold, quiet=self._quiet)
        if change is not None:
            kind = status or STARTED
            words = "It was stopped" if kind == STOPPED else "It was started again"
            self._tell(state, kind, words, is_late=is_late)
        return debounced

    def _flow(self, state: TaskState, condition: Condition, debounced: DebouncedState) -> DebouncedState:
        if condition.has_old_figures or condition is Condition.STOPPED or condition is Condition.ASKING:
            return debounced  # unknown, or no objects are expected
        status = SILENT if state.is_silent else WELL
        debounced, change = debounced.seen(status, self._now, hold=timedelta(), quiet=self._quiet)
        if change is not None and status == SILENT:
            self._tell(state, SILENT, "Nothing has been accepted for unusually long")
        elif change is not None and change.was_told:
            self._tell(state, FLOWING, "Objects are accepted again")
        return debounced

    # Failures and months

    def _failures(self, state: TaskState, news: _TaskNews, good: Sample, *, is_new: bool, is_late: bool) -> _TaskNews:
        failed = good.task.monthly_failure_object if good.task is not None else None
        if failed is None:
            return news
        watch = news.failures
        if watch is None:
            watch = FailureWatch.beginning(failed, good.answered_at, self._known(state, good, failed, is_late=is_late))
        elif is_new:
            is_restart = _is_restart(news.good, good)
            span = max(BURST_SPAN, self._hold)
            watch = watch.answered(failed, good.answered_at, span=span, is_restart=is_restart)
        watch = watch.acknowledged_at(state.acknowledged)
        watch, told = watch.news(self._now, burst=self._burst, quiet=self._quiet)
        if told is not None:
            is_old = is_late or not self._is_live(good)
            self._tell(state, FAILURE_KINDS[told.rise], failure_words(told, good.month), is_late=is_late, is_old=is_old)
            if is_old:  # it is a note, not an alert: it starts no quiet time for new failures
                watch = replace(watch, said=None)
        known = (good.month, watch.known)
        if watch.known > (state.acknowledged or 0) and known != self._told.get(state.ref):
            self.told[state.ref] = known
        return replace(news, failures=watch)

    def _known(self, state: TaskState, good: Sample, failed: int, *, is_late: bool) -> int:
        """Return how many failures count as known at the first check of a task; all in a first answer do."""
        if state.acknowledged is None or (self._is_live(good) and not is_late):
            return failed
        month, told = self._told.get(state.ref, (good.month, 0))
        return min(max(state.acknowledged, told if month == good.month else 0), failed)

    def _months(self, state: TaskState, news: _TaskNews, good: Sample) -> _TaskNews:
        """Return the news after a possible change of month, as `month_end` shows and not the answers' months."""
        month_end = state.month_end
        if month_end is None or month_end == news.month_end:
            return news
        if month_end.failed:
            failures = f"{month_end.failed:,} failure{'' if month_end.failed == 1 else 's'} in {month_end.ended.title}"
            self._tell(state, NEW_MONTH, f"{good.month.title} has begun: the counters start again, after {failures}")
        news = replace(news, month_end=month_end)
        past = state.months.get(month_end.ended)
        final = past.good if past is not None else None
        if final is not None and final.agreed is None and final.told_at >= month_end.at:
            return news  # an earlier version reported it after one answer
        return replace(news, open_months=(*news.open_months, month_end)[-_MOST_OPEN_MONTHS:])

    def _closed(self, state: TaskState, news: _TaskNews) -> _TaskNews:
        """Report the figures of past months when they become final, and when final figures change."""
        still_open = []
        for month_end in news.open_months:
            past = state.months.get(month_end.ended)
            closing = past.good if past is not None else None
            is_final = closing is not None and closing.agreed and closing.told_at >= month_end.at
            if closing is None or closing.task is None or not is_final:
                still_open.append(month_end)
            elif self._is_live(closing):  # else an earlier run reported it
                self._tell(state, MONTH_CLOSED, f"{month_end.ended.name} closed: {_figures_in_words(closing.task)}")
        if state.months is not news.months:
            for month, past in state.months.items():
                if past is not news.months.get(month) and (words := _correction(past)):
                    self._tell(state, MONTH_CLOSED, f"{month.name}: {words} as told before")
        return replace(news, open_months=tuple(still_open), months=state.months)

    # Events

    def _is_live(self, sample: Sample | None) -> bool:
        """Whether the sample is from this run."""
        return sample is not None and sample.answered_at >= self._started_at

    def _tell(self, state: TaskState, kind: str, words: str, *, is_late: bool = False, is_old: bool = False) -> None:
        """Add an event; it is a note when it is late (omstui did not watch then) or old (from an earlier run)."""
        severity = Severity.NOTE if is_late or is_old else SEVERITY.get(kind, Severity.NOTE)
        words = words + _WHILE_AWAY if is_late else words
        ref = state.ref
        self._add(Event(self._now, kind, words, severity, ref.profile, ref.sync_task_id, state.name))

    def _add(self, event: Event) -> None:
        self.events.append(event)


def _is_restart(before: Sample | None, after: Sample) -> bool:
    """Whether the counters restarted between two answers: a new month, or a recreated task."""
    if before is None or before.task is None or after.task is None:
        return False
    return before.month < after.month or has_restarted(before.task, after.task)


def _figures_in_words(task: SyncTask) -> str:
    figures = ((task.monthly_acceptance_request, "accepted"), (task.monthly_failure_object, "failed"))
    return ", ".join(f"{number:,} {word}" for number, word in figures if number is not None) or "no figures reported"


_WORDS = ("accepted", "synced", "failed", "skipped", "bytes")


def _correction(past: PastMonth) -> str:
    """Return which final figures of a month changed, as ``5,000 accepted, not 1,000``; empty when none did."""
    new = past.good.task if past.good is not None else None
    old = past.instead_of.task if past.instead_of is not None else None
    if new is None or old is None:
        return ""
    pairs = ((word, getattr(new, name), getattr(old, name)) for name, word in zip(COUNTER_NAMES, _WORDS, strict=True))
    return ", ".join(f"{_number(now)} {word}, not {_number(was)}" for word, now, was in pairs if now != was)


def _number(value: int | None) -> str:
    return f"{value:,}" if value is not None else "unknown"


def failure_words(news: FailureNews, month: Month) -> str:
    """Return the words for new failures: ``12 new failures, 41 in November 2026``."""
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
