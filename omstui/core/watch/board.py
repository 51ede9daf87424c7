"""All that is known about the watched tasks: one immutable value."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
from enum import Enum
from types import MappingProxyType
from typing import Self, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.task import SyncTask, TaskRef, WatchedTask, WatchList
from omstui.core.watch.activity import Activity, Habit
from omstui.core.watch.counters import CounterSpan, longest_gap
from omstui.core.watch.past_month import PastMonth
from omstui.core.watch.rates import (
    Backlog,
    Point,
    backlog_after,
    extended,
    has_restarted,
    is_same_task,
)
from omstui.core.watch.rollover import (
    MonthEnd,
    Rollover,
    counted_at,
    counted_month,
    current_month,
    possible_months,
    rollover,
    was_over,
)
from omstui.core.watch.sample import LATEST_ANSWER, Sample, is_an_interval_later, is_late

_K = TypeVar("_K")
_V = TypeVar("_V")


def with_entries(mapping: Mapping[_K, _V], entries: Mapping[_K, _V]) -> Mapping[_K, _V]:
    """Return a read-only copy with these entries set: the order of the mapping stays, new entries follow.

    It copies a thousand keys in microseconds, unlike a loop in Python.
    """
    copy = mapping.copy() if isinstance(mapping, MappingProxyType) else dict(mapping)
    copy.update(entries)
    return MappingProxyType(copy)


class SeenHow(Enum):
    """Why failures count as seen."""

    MARKED = "marked"
    """The user marked them: the figure never falls within its month."""

    FIRST = "first"
    """They existed when a screen first showed the month: a figure that is already kept for the month stays."""

    RESTART = "restart"
    """The service restarted the count: the earlier figure is no longer valid."""


def seen_after(known: tuple[Month, int] | None, month: Month, failures: int, how: SeenHow) -> tuple[Month, int]:
    """Return the month and its failures that count as seen after one more update; an earlier month changes nothing."""
    if known is None or month > known[0] or (month == known[0] and how is SeenHow.RESTART):
        return month, failures
    return (month, max(failures, known[1])) if month == known[0] and how is SeenHow.MARKED else known


class Recalled(Struct, frozen=True):
    """What the history holds of one task; empty when it holds nothing."""

    last: Sample | None = None
    """The last good answer for a month that was current at that time, with the times of that answer."""

    acknowledged: tuple[Month, int] | None = None
    """A month, and how many of its failures the user had seen."""

    months: Mapping[Month, Sample] = field(default_factory=lambda: MappingProxyType({}))
    """The last good answer for each month that was requested after its end."""

    spans: tuple[CounterSpan, ...] = ()
    """The latest counter spans in order of time, at most `RECALLED_SPANS`."""


RECALLED_SPANS = 300
"""How many counter spans of a task are recalled at once; `History.spans` returns the rest."""


class TaskState(Struct, frozen=True):
    """What is known about one watched task."""

    watched: WatchedTask
    good: Sample | None = None
    """The last good answer for the current month; it stays when later requests fail."""

    failure: Sample | None = None
    """The latest sample, if it holds a problem; the next good answer clears it."""

    refusal: Problem | None = None
    """Why the profile's credential was refused; until it changes, only a rare retry is sent."""

    months: Mapping[Month, PastMonth] = field(default_factory=lambda: MappingProxyType({}))
    points: tuple[Point, ...] = ()
    """The unbroken run of recent answers that rates are computed from."""

    acknowledged: int | None = None
    """Failures of this month that the user has seen: at first those of the first answer, see `_seen_at_first`."""

    failures_in_row: int = 0
    activity: Activity = field(default_factory=Activity)
    """When objects last arrived, and how long the task is usually quiet."""

    backlog: Backlog | None = None
    """How long pending has been growing."""

    earlier: Sample | None = None
    """The last good answer from before this run, if it was for a month other than the current one."""

    month_end: MonthEnd | None = None
    """How the current month began, if that was observed."""

    begun_at: datetime | None = None
    """Requests sent before this time went to another project; ``None`` when there was no other one."""

    silent_after: float | None = None
    """Seconds of quiet after which the task is silent; ``None`` uses its own habit."""

    bucket: str | None = None
    """The last source bucket that was reported; a later answer may omit it."""

    held: Sample | None = None
    """A good answer whose figures fell: it counts once the next one confirms it."""

    taken: tuple[Sample, ...] = ()
    """The good answers that the last filing accepted: none while an answer is held, and then the held one together with
    the one that confirms it."""

    @property
    def ref(self) -> TaskRef:
        """The reference of the task."""
        return self.watched.ref

    @property
    def task(self) -> SyncTask | None:
        """The task in the last good answer for the current month."""
        return self.good.task if self.good is not None else None

    @property
    def name(self) -> str:
        """The displayed name: the label, else the last known source bucket, else the id; foreign, not yet tamed."""
        return self.watched.label or self.bucket or self.ref.sync_task_id

    @property
    def problem(self) -> Problem | None:
        """Why the current month cannot be requested; ``None`` when it can."""
        if self.refusal is not None:
            return self.refusal
        return self.failure.problem if self.failure is not None else None

    @property
    def known_months(self) -> Mapping[Month, SyncTask]:
        """The last good answer for each month, the current one included."""
        samples = [past.good for past in self.months.values()] + [self.good]
        return {sample.month: sample.task for sample in samples if sample is not None and sample.task is not None}

    @property
    def turned_at(self) -> datetime | None:
        """When the first answer of the current month was requested, if the change of month was observed."""
        return self.month_end.at if self.month_end is not None else None

    @property
    def new_failures(self) -> int:
        """Failures beyond those that the user has seen."""
        failed = self.task.monthly_failure_object if self.task is not None else None
        if failed is None or self.acknowledged is None:
            return 0
        return max(failed - self.acknowledged, 0)

    @property
    def is_silent(self) -> bool:
        """Whether nothing has arrived for an unusually long watched time."""
        return self.activity.is_silent(self.silent_after)

    def with_recalled(self, recalled: Recalled, now: datetime, zone: tzinfo, interval: float) -> Self:
        """Return the state with answers from before this run, where nothing newer is known.

        They do not become `points`: rates are computed from this run only.

        Args:
            recalled: what the history holds.
            now: the present moment.
            zone: names the profile's months.
            interval: seconds between two requests for the task.
        """
        months = {month: PastMonth(good=sample) for month, sample in recalled.months.items()}
        last = recalled.last
        answers = [last, *(recalled.months[month] for month in sorted(recalled.months, reverse=True))]
        buckets = (one.task.src_bucket for one in answers if one is not None and one.task is not None)
        bucket = self.bucket or next(filter(None, buckets), None)
        state = replace(self, months=MappingProxyType({**months, **self.months}), bucket=bucket)
        if self.good is not None:
            return replace(state, acknowledged=_seen_of(recalled, self.good, self.acknowledged))
        if last is None or last.task is None:
            return state
        # The habit from before this run is added later, from all counter spans.
        activity = replace(Activity.of(recalled.spans, longest_gap(interval)), habit=self.activity.habit)
        state = replace(state, activity=activity)
        if last.month != current_month(last, now, zone):
            return replace(state, earlier=last, acknowledged=_seen_of(recalled, last, None))
        return replace(state, good=last, acknowledged=_seen_of(recalled, last, _seen_at_first(last.task)))

    def turned_since(self, before: Self) -> Rollover | None:
        """Return the change of month since `before`, the state before the last filing, if there was one."""
        if self.good is before.good:
            return None
        return rollover(before.latest, next((one for one in self.taken if one.is_current), self.good), before.turned_at)

    def taken_since(self, before: Self) -> tuple[Sample, ...]:
        """Return the good answers that the last filing accepted; `before` is the state before it."""
        return self.taken if self is not before else ()

    @property
    def seen(self) -> tuple[Month, int] | None:
        """The month of the last good answer, and how many of its failures the user has seen."""
        latest, seen = self.latest, self.acknowledged
        return (latest.month, seen) if latest is not None and seen is not None else None

    @property
    def latest(self) -> Sample | None:
        """The last good answer, from this run or from before."""
        return self.good or self.earlier

    def named(self, sample: Sample) -> Sample:
        """Return the sample under the month that its figures count for, as earlier answers show."""
        if not sample.is_current or not sample.is_good or is_late(sample, self.good):
            return sample
        month = counted_month(self.latest, sample)
        return sample if month == sample.month else replace(sample, month=month)

    def filed(self, sample: Sample, interval: float) -> Self:
        """Return the state with this sample; one that is older than what is known changes nothing."""
        if self.begun_at is not None and self.begun_at - LATEST_ANSWER <= sample.asked_at < self.begun_at:
            return self
        sample = self.named(sample)
        return self._filed_current(sample, interval) if sample.is_current else self._filed_past(sample, interval)

    def _filed_current(self, sample: Sample, interval: float) -> Self:
        if is_late(sample, self.good) or is_late(sample, self.held):
            return self
        if sample.task is None:
            if is_late(sample, self.failure):
                return self
            return replace(self, failure=sample, failures_in_row=self.failures_in_row + 1, taken=())
        held = self.held
        if not self._has_fallen(sample):
            return self.taking(sample, interval)
        if held is None or held.task is None or has_restarted(held.task, sample.task):
            return self._answering(replace(self, held=sample, taken=()), sample)
        if is_an_interval_later(sample, held, interval):
            after = self.taking(self.named(held), interval)
            both = after.taking(after.named(sample), interval)
            return replace(both, taken=(*after.taken, *both.taken))
        is_set_back = sample.told_at < held.told_at
        return self._answering(replace(self, held=sample if is_set_back else held, taken=()), sample)

    def _has_fallen(self, sample: Sample) -> bool:
        """Whether the figures fell so far that a second answer must confirm them: a copy in the service may lag behind.

        This is false when the month of the earlier figures is over in every zone: by the service's clock, or by ours
        for the first answer of a run.
        """
        before = self.latest
        if before is None or before.task is None or sample.task is None or not is_same_task(before.task, sample.task):
            return False
        is_told = sample.served_at is not None or self.good is None
        if is_told and before.month not in possible_months(counted_at(sample)):
            return False
        failed, seen = sample.task.monthly_failure_object, self.acknowledged
        fewer_failed = failed is not None and seen is not None and failed < seen
        return fewer_failed or has_restarted(before.task, sample.task)

    def _answering(self, state: Self, sample: Sample) -> Self:
        """Return the state without its problem, since this sample is a good answer."""
        return state if is_late(sample, self.failure) else replace(state, failure=None, failures_in_row=0)

    def taking(self, sample: Sample, interval: float) -> Self:
        """Return the state with this good answer for the current month as the last one."""
        if sample.task is None:
            return self
        gap = longest_gap(interval)
        at, task = sample.answered_at, sample.task
        points = extended(self.points, Point(at, task), gap)
        change = rollover(self.latest, sample, self.turned_at)
        failed = change.last.monthly_failure_object if change is not None else None
        month_end = MonthEnd(change.closed_month, counted_at(sample), failed) if change is not None else None
        known = self.month_end if self.month_end is not None and self.month_end.ended < sample.month else None
        good = replace(
            self,
            good=sample,
            points=points,
            acknowledged=self._acknowledged_after(sample, task, has_turned=month_end is not None),
            activity=self.activity.after(CounterSpan.of(task, sample.month, at), gap),
            backlog=backlog_after(self.backlog, at, task.pending, is_continued=len(points) > 1, longest_gap=gap),
            month_end=month_end or known,
            bucket=task.src_bucket or self.bucket,
            months=self._months_before(sample),
            held=None,
            taken=(sample,),
        )
        return self._answering(good, sample)

    def _months_before(self, sample: Sample) -> Mapping[Month, PastMonth]:
        """Return the past months without those that are not over by the service's clock."""
        if sample.served_at is None or not any(month >= sample.month for month in self.months):
            return self.months
        return MappingProxyType({month: one for month, one in self.months.items() if month < sample.month})

    def _acknowledged_after(self, sample: Sample, task: SyncTask, *, has_turned: bool) -> int | None:
        """Return the acknowledged failures after this answer; a new month begins with none.

        A small fall of another counter is no new month: the figure may come from a copy that lags behind.
        """
        failed = task.monthly_failure_object
        if has_turned:
            return 0
        latest = self.latest
        before = latest.task if latest is not None else None
        is_named_too_late = latest is not None and latest.month > sample.month
        if self.acknowledged is None or before is None or is_named_too_late:
            return _seen_at_first(task)
        is_restart = has_restarted(before, task) or (failed is not None and failed < self.acknowledged)
        return 0 if is_restart else self.acknowledged

    def _filed_past(self, sample: Sample, interval: float) -> Self:
        known = self.months.get(sample.month, PastMonth())
        if is_late(sample, known.latest) or (not sample.is_good and is_late(sample, known.failure)):
            return self
        if not sample.is_good:
            new = replace(known, failure=sample)
        else:
            counting = self.good.month if self.good is not None else None
            new = known.answered(sample, interval, lambda one: was_over(one, self.turned_at, counting))
        taken = (new.good,) if new.good is not None and new.good is not known.good else ()
        return replace(self, months=with_entries(self.months, {sample.month: new}), taken=taken)


def _seen_at_first(task: SyncTask) -> int | None:
    """Return how many failures of a first answer count as seen: all, or none if all processed objects failed."""
    return 0 if task.has_only_failed else task.monthly_failure_object


def _seen_of(recalled: Recalled, answer: Sample, otherwise: int | None) -> int | None:
    """Return how many failures of an answer's month the history holds as seen.

    Args:
        recalled: what the history holds.
        answer: a good answer.
        otherwise: the result when the history does not tell.
    """
    failed = answer.task.monthly_failure_object if answer.task is not None else None
    if recalled.acknowledged is None or recalled.acknowledged[0] > answer.month:
        return otherwise
    month, seen = recalled.acknowledged
    has_fallen = failed is not None and failed < seen
    return 0 if month < answer.month or has_fallen else seen


class Board(Struct, frozen=True):
    """The states of the watched tasks in the user's order."""

    states: Mapping[TaskRef, TaskState] = field(default_factory=lambda: MappingProxyType({}))
    silent_after: float | None = None
    """Seconds of quiet after which a task is silent; ``None`` uses each task's own habit."""

    def of(self, ref: TaskRef) -> Self:
        """Return the board with only this task."""
        return replace(self, states=MappingProxyType({ref: self.states[ref]} if ref in self.states else {}))

    def watching(self, watchlist: WatchList) -> Self:
        """Return the board for this watch list: tasks that stay on it keep their state."""
        states = {}
        refusals = self.refusals
        for watched in watchlist:
            state = self.states.get(watched.ref)
            if state is None:
                state = TaskState(watched, refusal=refusals.get(watched.ref.profile), silent_after=self.silent_after)
            elif state.watched != watched:
                state = replace(state, watched=watched)
            states[watched.ref] = state
        return replace(self, states=MappingProxyType(states))

    def returned(self, state: TaskState) -> Self:
        """Return the board with the earlier state of a task that is watched again, unless it has answered since."""
        known = self.states.get(state.ref)
        if known is None or known.good is not None:
            return self
        return self._with([replace(state, watched=known.watched, refusal=known.refusal)])

    def filed(self, sample: Sample, interval: float) -> Self:
        """Return the board with this sample filed under its own task and month; unwatched tasks are dropped."""
        state = self.states.get(sample.ref)
        return self if state is None else self._with([state.filed(sample, interval)])

    def unheld(self, ref: TaskRef, interval: float) -> Self:
        """Return the board with a task's held answer accepted, for use when no later request will confirm it."""
        state = self.states[ref]
        if state.held is None:
            return self
        return self._with([state.taking(state.held, interval)])

    def with_recalled(
        self,
        recalled: Mapping[TaskRef, Recalled],
        now: datetime,
        zone_of: Callable[[TaskRef], tzinfo],
        interval: float,
    ) -> Self:
        """Return the board with answers from before this run, for tasks without an answer in this run.

        Args:
            recalled: what the history holds.
            now: the present moment, so that figures of another month do not count as the current month's.
            zone_of: returns the zone that names a task's months.
            interval: seconds between two requests for one task.
        """
        states = [self.states[ref] for ref in recalled if ref in self.states]
        return self._with(
            state.with_recalled(recalled[state.ref], now, zone_of(state.ref), interval) for state in states
        )

    def learning(self, ref: TaskRef, habit: Habit) -> Self:
        """Return the board with a task's habit from before this run added."""
        state = self.states.get(ref)
        if state is None:
            return self
        activity = replace(state.activity, habit=state.activity.habit.with_more(habit))
        return self._with([replace(state, activity=activity)])

    def turned(self, ref: TaskRef, month_end: MonthEnd) -> Self:
        """Return the board with the stored beginning of a task's current month, unless this run observed it."""
        state = self.states.get(ref)
        if state is None or state.month_end is not None or state.good is None or state.good.month <= month_end.ended:
            return self
        return self._with([replace(state, month_end=month_end)])

    def moved(self, profiles: Iterable[str], now: datetime) -> Self:
        """Return the board after these profiles changed to another project or endpoint.

        Their tasks lose their state, and answers to requests from before `now` are dropped.
        """
        names = frozenset(profiles)
        return self._with(
            TaskState(state.watched, refusal=state.refusal, begun_at=now, silent_after=self.silent_after)
            for state in self.states.values()
            if state.ref.profile in names
        )

    def refused(self, profile: str, refusal: Problem | None) -> Self:
        """Return the board with a profile's credential refused, or accepted again (``None``)."""
        return self._with(
            replace(state, refusal=refusal) for state in self.states.values() if state.ref.profile == profile
        )

    def acknowledged(self, refs: Iterable[TaskRef]) -> Self:
        """Return the board with the current failures of these tasks marked as seen."""
        seen = []
        for ref in refs:
            state = self.states.get(ref)
            if state is not None and state.task is not None and state.task.monthly_failure_object is not None:
                seen.append(replace(state, acknowledged=state.task.monthly_failure_object))
        return self._with(seen)

    @property
    def refusals(self) -> dict[str, Problem]:
        """Why the credential was refused, by profile; only profiles with a refused one."""
        return {state.ref.profile: state.refusal for state in self.states.values() if state.refusal is not None}

    def _with(self, states: Iterable[TaskState]) -> Self:
        return replace(self, states=with_entries(self.states, {state.ref: state for state in states}))
