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
from omstui.core.watch.rates import (
    Backlog,
    Point,
    backlog_after,
    extended,
    has_begun_anew,
    has_same_counters,
    is_same_task,
)
from omstui.core.watch.rollover import (
    Rollover,
    Turn,
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
    """Return a read-only copy with these entries put in, in the order of the mapping; new ones follow.

    A copy made by hand goes through a thousand keys in Python's slow way; this one takes microseconds.
    """
    copy = mapping.copy() if isinstance(mapping, MappingProxyType) else dict(mapping)
    copy.update(entries)
    return MappingProxyType(copy)


class SeenHow(Enum):
    """How failures came to count as seen."""

    MARKED = "marked"
    """A person marked them: the figure never falls within its month."""

    FIRST = "first"
    """They were there when a screen showed the month for the first time: what is kept for that month stays."""

    RESTART = "restart"
    """The service has started to count again: what was seen before does not hold."""


def seen_after(known: tuple[Month, int] | None, month: Month, failures: int, how: SeenHow) -> tuple[Month, int]:
    """Return the failures that count as seen after one more word on them; an earlier month says nothing."""
    if known is None or month > known[0] or (month == known[0] and how is SeenHow.RESTART):
        return month, failures
    return (month, max(failures, known[1])) if month == known[0] and how is SeenHow.MARKED else known


def month_after(known: Sample | None, new: Sample) -> Sample:
    """Return which good answer for a month that is over is kept: none replaces final figures before it is confirmed.

    Args:
        known: what is kept.
        new: another one, asked for later.
    """
    if known is None or known.task is None or new.task is None or new.agreed or known.agreed is False:
        return new
    if known.told_at < known.month.over_everywhere_at and not known.agreed:
        return new
    return replace(new, agreed=known.agreed) if has_same_counters(known.task, new.task) else known


class Recalled(Struct, frozen=True):
    """What the history holds of one task; empty when there is nothing."""

    last: Sample | None = None
    """The last good answer for a month that was current at that time, with the times of that answer."""

    acknowledged: tuple[Month, int] | None = None
    """The failures that the user had seen, and of which month."""

    months: Mapping[Month, Sample] = field(default_factory=lambda: MappingProxyType({}))
    """The last good answer for each month that was asked for when it was over."""

    readings: tuple[CounterSpan, ...] = ()
    """The latest of them, in order of time: `RECALLED_READINGS` at most."""


RECALLED_READINGS = 300
"""How many readings of a task are recalled at once; `History.readings` has the rest."""


class PastMonth(Struct, frozen=True):
    """What was answered for a month that is over: the last good answer, and trouble newer than it."""

    good: Sample | None = None
    """What is shown: the last one, but other figures than final ones only once a second answer has confirmed them."""

    trouble: Sample | None = None
    held: Sample | None = None
    """The first answer with figures that no second one has confirmed yet, where `good` is another one."""

    instead_of: Sample | None = None
    """The answer before, whose other figures had been called final."""

    @property
    def latest(self) -> Sample | None:
        """The last good answer, confirmed or not."""
        if self.good is None or self.held is None:
            return self.held or self.good
        return self.good if is_late(self.held, self.good) else self.held

    def answered(self, sample: Sample, interval: float, over: Callable[[Sample], bool]) -> Self:
        """Return what is known after one more good answer, asked for later than all before.

        Args:
            sample: the answer.
            interval: seconds by which two answers that are to confirm each other are apart.
            over: whether an answer was given when the month was over.
        """
        trouble = self.trouble if is_late(sample, self.trouble) else None
        if not over(sample):
            return type(self)(replace(sample, agreed=False), trouble)
        good = self.good if self.good is not None and over(self.good) else None
        was_final = good is not None and good.agreed is not False
        first = self.held if self.held is not None else good
        if was_final and good is not None and _says_the_same(good, sample):
            first = good
        is_same = first is not None and _says_the_same(first, sample)
        agreed = first is not None and is_same and (first.agreed or is_an_interval_later(sample, first, interval))
        if agreed:
            replaced = good if was_final and first is not good else None
            return type(self)(replace(sample, agreed=True), trouble, instead_of=replaced)
        if was_final:
            return type(self)(good, trouble, first if is_same else sample)
        return type(self)(replace(sample, agreed=False), trouble, first if is_same else None)


class TaskState(Struct, frozen=True):
    """What is known about one watched task."""

    watched: WatchedTask
    good: Sample | None = None
    """The last good answer for the current month; it stays when trouble comes."""

    trouble: Sample | None = None
    """The latest answer, when it was trouble; the next good answer clears it."""

    refusal: Problem | None = None
    """Why the profile's credential was refused; but for a try now and then nothing is asked until it changes."""

    months: Mapping[Month, PastMonth] = field(default_factory=lambda: MappingProxyType({}))
    points: tuple[Point, ...] = ()
    """The unbroken run of recent answers that a rate is worked out from."""

    acknowledged: int | None = None
    """Failures of this month that the user has seen: at first those of the first answer, see `_seen_at_first`."""

    failures_in_row: int = 0
    activity: Activity = field(default_factory=Activity)
    """When something last arrived, and how long it is usually quiet."""

    backlog: Backlog | None = None
    """For how long pending has been growing."""

    earlier: Sample | None = None
    """The last good answer from before this run, when it was for another month than the current one."""

    turn: Turn | None = None
    """How the present month began, where that was seen."""

    begun_at: datetime | None = None
    """Answers to what was asked before came from another project; ``None`` when there was none."""

    silent_after: float | None = None
    """Quiet for longer than so many seconds the task is silent; ``None`` to go by its own habit."""

    bucket: str | None = None
    """The source bucket that was last reported, which a later answer need not report."""

    held: Sample | None = None
    """A good answer whose figures have fallen: it counts once the next one has confirmed that they have."""

    taken: tuple[Sample, ...] = ()
    """The good answers that the last filing has taken over: with the one that confirms it also the one that was held,
    none while one is held."""

    @property
    def ref(self) -> TaskRef:
        """Which task this is."""
        return self.watched.ref

    @property
    def task(self) -> SyncTask | None:
        """The task as last answered for the current month."""
        return self.good.task if self.good is not None else None

    @property
    def name(self) -> str:
        """What to call the task: its label, else its last known source bucket, else its id; foreign, not yet tamed."""
        return self.watched.label or self.bucket or self.ref.sync_task_id

    @property
    def problem(self) -> Problem | None:
        """What is wrong with asking for the current month, if anything."""
        if self.refusal is not None:
            return self.refusal
        return self.trouble.problem if self.trouble is not None else None

    @property
    def known_months(self) -> Mapping[Month, SyncTask]:
        """What was answered for each month, the current one included."""
        samples = [past.good for past in self.months.values()] + [self.good]
        return {sample.month: sample.task for sample in samples if sample is not None and sample.task is not None}

    @property
    def turned_at(self) -> datetime | None:
        """When the first answer of the present month was asked for, where the month was seen to turn."""
        return self.turn.at if self.turn is not None else None

    @property
    def new_failures(self) -> int:
        """Failures beyond those the user has seen."""
        failed = self.task.monthly_failure_object if self.task is not None else None
        if failed is None or self.acknowledged is None:
            return 0
        return max(failed - self.acknowledged, 0)

    @property
    def is_silent(self) -> bool:
        """Whether nothing has arrived for unusually long, while watched."""
        return self.activity.is_silent(self.silent_after)

    def recalling(self, recalled: Recalled, now: datetime, zone: tzinfo, interval: float) -> Self:
        """Return the track with what is known from before, where nothing newer is known.

        No run of answers begins with it: rates start anew.

        Args:
            recalled: what the history holds.
            now: the present moment.
            zone: names the profile's months.
            interval: seconds.
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
        # What readings from before tell of the habit comes later, with all of them.
        activity = replace(Activity.of(recalled.readings, longest_gap(interval)), habit=self.activity.habit)
        state = replace(state, activity=activity)
        if last.month != current_month(last, now, zone):
            return replace(state, earlier=last, acknowledged=_seen_of(recalled, last, None))
        return replace(state, good=last, acknowledged=_seen_of(recalled, last, _seen_at_first(last.task)))

    def turned_since(self, before: Self) -> Rollover | None:
        """Return the change of month between the state before the last filing and this one, if there is one."""
        if self.good is before.good:
            return None
        return rollover(before.latest, next((one for one in self.taken if one.is_current), self.good), before.turned_at)

    def taken_since(self, before: Self) -> tuple[Sample, ...]:
        """Return the good answers that the last filing has taken over; `before` is the state before it."""
        return self.taken if self is not before else ()

    @property
    def seen(self) -> tuple[Month, int] | None:
        """How many failures the user has seen, and of which month."""
        latest, seen = self.latest, self.acknowledged
        return (latest.month, seen) if latest is not None and seen is not None else None

    @property
    def latest(self) -> Sample | None:
        """The last good answer, be it from before this run."""
        return self.good or self.earlier

    def named(self, sample: Sample) -> Sample:
        """Return the sample under the month that its figures count for, as the answers before tell."""
        if not sample.is_current or not sample.is_good or is_late(sample, self.good):
            return sample
        month = counted_month(self.latest, sample)
        return sample if month == sample.month else replace(sample, month=month)

    def filed(self, sample: Sample, interval: float) -> Self:
        """Return the track with this sample in its place; one older than what is known changes nothing."""
        if self.begun_at is not None and self.begun_at - LATEST_ANSWER <= sample.asked_at < self.begun_at:
            return self
        sample = self.named(sample)
        return self._filed_current(sample, interval) if sample.is_current else self._filed_past(sample, interval)

    def _filed_current(self, sample: Sample, interval: float) -> Self:
        if is_late(sample, self.good) or is_late(sample, self.held):
            return self
        if sample.task is None:
            if is_late(sample, self.trouble):
                return self
            return replace(self, trouble=sample, failures_in_row=self.failures_in_row + 1, taken=())
        held = self.held
        if not self._has_fallen(sample):
            return self.taking(sample, interval)
        if held is None or held.task is None or has_begun_anew(held.task, sample.task):
            return self._answering(replace(self, held=sample, taken=()), sample)
        if is_an_interval_later(sample, held, interval):
            after = self.taking(self.named(held), interval)
            both = after.taking(after.named(sample), interval)
            return replace(both, taken=(*after.taken, *both.taken))
        is_set_back = sample.told_at < held.told_at
        return self._answering(replace(self, held=sample if is_set_back else held, taken=()), sample)

    def _has_fallen(self, sample: Sample) -> bool:
        """Whether the figures have fallen so far that a second answer has to confirm it: a copy may lag behind.

        Nothing has fallen where the month of the figures before is over in every zone: by the service's clock, or by
        ours for the first answer of a run.
        """
        before = self.latest
        if before is None or before.task is None or sample.task is None or not is_same_task(before.task, sample.task):
            return False
        is_told = sample.served_at is not None or self.good is None
        if is_told and before.month not in possible_months(counted_at(sample)):
            return False
        failed, seen = sample.task.monthly_failure_object, self.acknowledged
        fewer_failed = failed is not None and seen is not None and failed < seen
        return fewer_failed or has_begun_anew(before.task, sample.task)

    def _answering(self, state: Self, sample: Sample) -> Self:
        """Return the track without its trouble, since the task has answered well."""
        return state if is_late(sample, self.trouble) else replace(state, trouble=None, failures_in_row=0)

    def taking(self, sample: Sample, interval: float) -> Self:
        """Return the track with a good answer for the current month as its last one."""
        if sample.task is None:
            return self
        gap = longest_gap(interval)
        at, task = sample.answered_at, sample.task
        points = extended(self.points, Point(at, task), gap)
        change = rollover(self.latest, sample, self.turned_at)
        failed = change.last.monthly_failure_object if change is not None else None
        turn = Turn(change.closed_month, counted_at(sample), failed) if change is not None else None
        known = self.turn if self.turn is not None and self.turn.ended < sample.month else None
        good = replace(
            self,
            good=sample,
            points=points,
            acknowledged=self._acknowledged_after(sample, task, has_turned=turn is not None),
            activity=self.activity.after(CounterSpan.of(task, sample.month, at), gap),
            backlog=backlog_after(self.backlog, at, task.pending, is_continued=len(points) > 1, longest_gap=gap),
            turn=turn or known,
            bucket=task.src_bucket or self.bucket,
            months=self._months_before(sample),
            held=None,
            taken=(sample,),
        )
        return self._answering(good, sample)

    def _months_before(self, sample: Sample) -> Mapping[Month, PastMonth]:
        """Return what is known of past months, less those that are not over by the service's own clock."""
        if sample.served_at is None or not any(month >= sample.month for month in self.months):
            return self.months
        return MappingProxyType({month: one for month, one in self.months.items() if month < sample.month})

    def _acknowledged_after(self, sample: Sample, task: SyncTask, *, has_turned: bool) -> int | None:
        """Return the acknowledged failures once this answer is in: none of a new month's are.

        A small dip of another counter is no new month: a figure may come from a place that lags behind.
        """
        failed = task.monthly_failure_object
        if has_turned:
            return 0
        latest = self.latest
        before = latest.task if latest is not None else None
        is_named_too_late = latest is not None and latest.month > sample.month
        if self.acknowledged is None or before is None or is_named_too_late:
            return _seen_at_first(task)
        is_anew = has_begun_anew(before, task) or (failed is not None and failed < self.acknowledged)
        return 0 if is_anew else self.acknowledged

    def _filed_past(self, sample: Sample, interval: float) -> Self:
        known = self.months.get(sample.month, PastMonth())
        if is_late(sample, known.latest) or (not sample.is_good and is_late(sample, known.trouble)):
            return self
        if not sample.is_good:
            new = replace(known, trouble=sample)
        else:
            counting = self.good.month if self.good is not None else None
            new = known.answered(sample, interval, lambda one: was_over(one, self.turned_at, counting))
        taken = (new.good,) if new.good is not None and new.good is not known.good else ()
        return replace(self, months=with_entries(self.months, {sample.month: new}), taken=taken)


def _says_the_same(one: Sample, other: Sample) -> bool:
    return one.task is not None and other.task is not None and has_same_counters(one.task, other.task)


def _seen_at_first(task: SyncTask) -> int | None:
    """Return how many failures of a first answer are no news: all, unless nothing but failures was processed."""
    return 0 if task.has_only_failed else task.monthly_failure_object


def _seen_of(recalled: Recalled, answer: Sample, otherwise: int | None) -> int | None:
    """Return how many failures of an answer's month are kept as seen.

    Args:
        recalled: what is kept.
        answer: a good answer.
        otherwise: what to return where nothing is kept that tells it.
    """
    failed = answer.task.monthly_failure_object if answer.task is not None else None
    if recalled.acknowledged is None or recalled.acknowledged[0] > answer.month:
        return otherwise
    month, seen = recalled.acknowledged
    has_fallen = failed is not None and failed < seen
    return 0 if month < answer.month or has_fallen else seen


class Board(Struct, frozen=True):
    """The watched tasks in the user's order, with all that is known of each."""

    states: Mapping[TaskRef, TaskState] = field(default_factory=lambda: MappingProxyType({}))
    silent_after: float | None = None
    """Quiet for longer than so many seconds a task is silent; ``None`` to go by each one's own habit."""

    def of(self, ref: TaskRef) -> Self:
        """Return the board with this task alone."""
        return replace(self, states=MappingProxyType({ref: self.states[ref]} if ref in self.states else {}))

    def watching(self, watchlist: WatchList) -> Self:
        """Return the board for this watch list: what is known of tasks that stay is kept."""
        states = {}
        refusals = self.refusals
        for watched in watchlist:
            known = self.states.get(watched.ref)
            states[watched.ref] = (
                replace(known, watched=watched)
                if known is not None
                else TaskState(watched, refusal=refusals.get(watched.ref.profile), silent_after=self.silent_after)
            )
        return replace(self, states=MappingProxyType(states))

    def returned(self, state: TaskState) -> Self:
        """Return the board with what was known of a task that is watched again, unless more is known by now."""
        known = self.states.get(state.ref)
        if known is None or known.good is not None:
            return self
        return self._with([replace(state, watched=known.watched, refusal=known.refusal)])

    def filed(self, sample: Sample, interval: float) -> Self:
        """Return the board with this sample filed under its own task and month; unwatched tasks are dropped."""
        state = self.states.get(sample.ref)
        return self if state is None else self._with([state.filed(sample, interval)])

    def unheld(self, ref: TaskRef, interval: float) -> Self:
        """Return the board with a task's held answer taken for true: where nothing is asked after it."""
        state = self.states[ref]
        if state.held is None:
            return self
        return self._with([state.taking(state.held, interval)])

    def recalling(
        self,
        recalled: Mapping[TaskRef, Recalled],
        now: datetime,
        zone_of: Callable[[TaskRef], tzinfo],
        interval: float,
    ) -> Self:
        """Return the board with what is known from before, for tasks that have not been answered yet.

        Args:
            recalled: what the history holds.
            now: the present moment: figures of another month than the current one are not shown as this one's.
            zone_of: returns the zone that names a task's months.
            interval: seconds.
        """
        states = [self.states[ref] for ref in recalled if ref in self.states]
        return self._with(state.recalling(recalled[state.ref], now, zone_of(state.ref), interval) for state in states)

    def learning(self, ref: TaskRef, habit: Habit) -> Self:
        """Return the board with what was found out of a task's habit from before this run."""
        state = self.states.get(ref)
        if state is None:
            return self
        activity = replace(state.activity, habit=state.activity.habit.with_more(habit))
        return self._with([replace(state, activity=activity)])

    def turned(self, ref: TaskRef, turn: Turn) -> Self:
        """Return the board with what is remembered of how a task's present month began, unless that was seen."""
        state = self.states.get(ref)
        if state is None or state.turn is not None or state.good is None or state.good.month <= turn.ended:
            return self
        return self._with([replace(state, turn=turn)])

    def moved(self, profiles: Iterable[str], now: datetime) -> Self:
        """Return the board after these profiles have come to lead to another project or endpoint.

        Nothing that is known holds there, and what was asked before does not count.
        """
        names = frozenset(profiles)
        return self._with(
            TaskState(state.watched, refusal=state.refusal, begun_at=now, silent_after=self.silent_after)
            for state in self.states.values()
            if state.ref.profile in names
        )

    def refused(self, profile: str, refusal: Problem | None) -> Self:
        """Return the board with a profile's credential refused, or in order again (``None``)."""
        return self._with(
            replace(state, refusal=refusal) for state in self.states.values() if state.ref.profile == profile
        )

    def acknowledged(self, refs: Iterable[TaskRef]) -> Self:
        """Return the board with the present failures of these tasks marked as seen."""
        seen = []
        for ref in refs:
            state = self.states.get(ref)
            if state is not None and state.task is not None and state.task.monthly_failure_object is not None:
                seen.append(replace(state, acknowledged=state.task.monthly_failure_object))
        return self._with(seen)

    @property
    def refusals(self) -> dict[str, Problem]:
        """The profiles whose credential was refused, and why."""
        return {state.ref.profile: state.refusal for state in self.states.values() if state.refusal is not None}

    def _with(self, states: Iterable[TaskState]) -> Self:
        return replace(self, states=with_entries(self.states, {state.ref: state for state in states}))
