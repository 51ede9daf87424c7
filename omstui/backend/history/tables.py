"""Reads and writes the tables of `history.db`, inside transactions that the caller begins."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from omstui.backend.history.history import as_remembered
from omstui.backend.history.writes import AnswerSpan
from omstui.backend.oms.wire import BadAnswer, decode_task
from omstui.core.alerts.event import SAME_EVENT, Event, Severity
from omstui.core.month import Month
from omstui.core.task import FIELD_NAMES, TaskRef
from omstui.core.watch.board import RECALLED_SPANS, Recalled, SeenHow, seen_after
from omstui.core.watch.counters import READ_NAMES, CounterSpan, woven
from omstui.core.watch.past_month import month_after
from omstui.core.watch.sample import Sample, is_earlier, is_late

if TYPE_CHECKING:
    import sqlite3


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class DamagedHistory(Exception):  # noqa: N818 - anyone can write to the file
    """The database itself is intact, but holds values that omstui does not write."""


def in_ms(at: datetime) -> int:
    """Return a time as it is stored: epoch milliseconds."""
    return (at - _EPOCH) // _MILLISECOND


def stored_moment(value: object) -> datetime:
    """Return the time of a stored value: epoch milliseconds.

    Raises:
        DamagedHistory: it is not an integer, or a time beyond the calendar.
    """
    try:
        return _EPOCH + timedelta(milliseconds=whole(value))
    except OverflowError:
        raise DamagedHistory("a time beyond the calendar") from None


def month_number(month: Month) -> int:
    """Return a month as it is stored: the number of months since year 0."""
    return month.year * 12 + month.number - 1


def stored_month(value: object) -> Month:
    """Return the month of a stored value: the number of months since year 0.

    Raises:
        DamagedHistory: it is not an integer, or a month beyond the calendar.
    """
    try:
        return Month(whole(value) // 12, whole(value) % 12 + 1)
    except ValueError:
        raise DamagedHistory("a month beyond the calendar") from None


def whole(value: object) -> int:
    """Return a stored value as an integer.

    Raises:
        DamagedHistory: it is not an integer.
    """
    if not isinstance(value, int):
        raise DamagedHistory("a number that is none")
    return value


_SERVED, _AGREED = "served_at", "is_agreed"
"""Keys of a stored answer beside the task's fields: the service's time in epoch milliseconds, and `Sample.agreed`."""

_SPANS = """
    SELECT month, answered, lasting, status, create_time, last_start_time, accepted, success, failure, skip, size
    FROM reading CROSS JOIN phase ON phase.number = reading.phase WHERE reading.task = ?
"""


class HistoryTables:
    """Reads and writes rows; checks every value that it reads, since other programs can write to the file."""

    def __init__(self, connection: "sqlite3.Connection", longest_gap: timedelta) -> None:
        self._connection = connection
        self._longest_gap = longest_gap

    # Writing

    def add_answers(self, answers: AnswerSpan) -> None:
        """Merge a span of equal answers into the counter spans; store the whole answer unless a later one is stored."""
        task, span = self._number_of(answers.sample.ref), answers.counters
        if self._is_next(task, span):
            self._put_span(task, span)
        else:
            near = self._near(task, span)
            after = woven(near, span, self._longest_gap)
            for gone in set(near).difference(after):
                self._connection.execute(
                    "DELETE FROM reading WHERE task = ? AND answered = ?", (task, in_ms(gone.answered_at))
                )
            for new in set(after).difference(near):
                self._put_span(task, new)
        asked_at = self._last_asked_at(task)
        if asked_at is None or not is_earlier(answers.sample.asked_at, asked_at):
            self._connection.execute("DELETE FROM answer WHERE task = ? AND is_current", (task,))
            self._put_answer(task, answers.sample)

    def add_month(self, sample: Sample) -> None:
        """Store a good answer for a past month."""
        kept = as_remembered(sample)
        task = self._number_of(kept.ref)
        known = self._months(task, kept.ref, kept.month).get(kept.month)
        if not is_late(kept, known):
            kept = month_after(known, kept)
            self._connection.execute(
                "DELETE FROM answer WHERE task = ? AND month = ? AND NOT is_current", (task, month_number(kept.month))
            )
            self._put_answer(task, kept)

    def acknowledge(
        self, ref: TaskRef, month: Month, failures: int, at: datetime, how: SeenHow = SeenHow.MARKED
    ) -> None:
        """Store how many failures the user has seen, merged with what another instance may have stored meanwhile."""
        task = self._number_of(ref)
        known = self._acknowledged(task)
        kept = seen_after(known, month, failures, how)
        if kept != known:
            self._connection.execute(
                "INSERT OR REPLACE INTO acknowledged VALUES (?, ?, ?, ?)",
                (task, month_number(kept[0]), kept[1], in_ms(at)),
            )

    def add_event(self, event: Event) -> None:
        """Add a line to the event log, unless another instance has just added the same one."""
        at = in_ms(event.at)
        said = (
            event.kind,
            *map(_storable, (event.words, event.severity, event.profile, event.sync_task_id, event.name)),
        )
        near = SAME_EVENT // _MILLISECOND
        self._connection.execute(
            """
            INSERT INTO event (at, kind, words, severity, profile, sync_task_id, name) SELECT ?, ?, ?, ?, ?, ?, ?
            WHERE NOT EXISTS (
                SELECT 1 FROM event WHERE at BETWEEN ? AND ?
                AND (kind, words, severity, profile, sync_task_id, name) = (?, ?, ?, ?, ?, ?)
            )
            """,
            (at, *said, at - near, at + near, *said),
        )

    def note(self, profile: str, key: str, value: str | None) -> None:
        """Store a small fact; ``None`` deletes it."""
        if value is None:
            self._connection.execute("DELETE FROM note WHERE profile = ? AND key = ?", (profile, key))
            return
        self._connection.execute("INSERT OR REPLACE INTO note VALUES (?, ?, ?)", (profile, key, _storable(value)))

    # Reading

    def recall(self, refs: Iterable[TaskRef]) -> Mapping[TaskRef, Recalled]:
        """Return what is stored about these tasks: an entry for each."""
        return {ref: self._recalled(ref) for ref in refs}

    def spans(self, ref: TaskRef, since: datetime) -> tuple[CounterSpan, ...]:
        """Return the counter spans that end at this moment or later."""
        task = self._known_number(ref)
        since_ms = in_ms(since)
        found = self._connection.execute(
            f"""{_SPANS} AND answered >= coalesce(
                (SELECT max(answered) FROM reading WHERE task = ? AND answered < ?), ?
            ) ORDER BY answered""",  # noqa: S608 - put together from constants
            (task, task, since_ms, since_ms),
        )
        return tuple(one for one in map(_span, found) if one.until >= since)

    def events(self, limit: int) -> tuple[Event, ...]:
        """Return the latest lines of the event log, newest first."""
        found = self._connection.execute(
            """
            SELECT at, kind, words, severity, profile, sync_task_id, name FROM event
            ORDER BY at DESC, number DESC LIMIT ?
            """,
            (max(limit, 0),),
        )
        return tuple(_event(row) for row in found)

    def notes(self) -> Mapping[tuple[str, str], str]:
        """Return the small facts by profile and key."""
        found = self._connection.execute("SELECT profile, key, value FROM note").fetchall()
        if not all(isinstance(value, str) for row in found for value in row):
            raise DamagedHistory("a note that is no text")
        return {(profile, key): value for profile, key, value in found}

    # The rows

    def _number_of(self, ref: TaskRef) -> int:
        number = self._known_number(ref)
        if number is not None:
            return number
        cursor = self._connection.execute(
            "INSERT INTO task (profile, sync_task_id) VALUES (?, ?)", (ref.profile, ref.sync_task_id)
        )
        return whole(cursor.lastrowid)

    def _known_number(self, ref: TaskRef) -> int | None:
        row = self._connection.execute(
            "SELECT number FROM task WHERE profile = ? AND sync_task_id = ?", (ref.profile, ref.sync_task_id)
        ).fetchone()
        return whole(row[0]) if row is not None else None

    def _is_next(self, task: int, span: CounterSpan) -> bool:
        """Return whether a counter span follows all others and differs from the last one: the usual case."""
        row = self._connection.execute(f"{_SPANS} ORDER BY answered DESC LIMIT 1", (task,)).fetchone()
        if row is None:
            return True
        last = _span(row)
        return last.until < span.answered_at and not last.says(span)

    def _last_asked_at(self, task: int) -> datetime | None:
        """Return when the last stored answer was asked for."""
        row = self._connection.execute("SELECT asked FROM answer WHERE task = ? AND is_current", (task,)).fetchone()
        return stored_moment(row[0]) if row is not None else None

    def _near(self, task: int, span: CounterSpan) -> list[CounterSpan]:
        """Return the counter spans that a new one may touch, in order."""
        found = self._connection.execute(
            f"{_SPANS} AND answered <= ? ORDER BY answered DESC",
            (task, in_ms(span.until + self._longest_gap)),
        )
        near = []
        for one in map(_span, found):
            if one.until + self._longest_gap < span.answered_at:
                break
            near.append(one)
        found.close()
        return near[::-1]

    def _put_span(self, task: int, span: CounterSpan) -> None:
        status, create_time, last_start_time, *counters = (getattr(span, name) for name in READ_NAMES)
        phase_key = (task, month_number(span.month), status, create_time, last_start_time)
        row = self._connection.execute(
            """
            SELECT number FROM phase
            WHERE task = ? AND month = ? AND status IS ? AND create_time IS ? AND last_start_time IS ?
            """,
            phase_key,
        ).fetchone()
        if row is not None:
            phase = whole(row[0])
        else:
            cursor = self._connection.execute(
                "INSERT INTO phase (task, month, status, create_time, last_start_time) VALUES (?, ?, ?, ?, ?)",
                phase_key,
            )
            phase = whole(cursor.lastrowid)
        lasting = (span.until - span.answered_at) // _MILLISECOND
        self._connection.execute(
            "INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (task, in_ms(span.answered_at), lasting, phase, *counters),
        )

    def _put_answer(self, task: int, sample: Sample) -> None:
        if sample.task is None:
            return
        fields = {name: getattr(sample.task, name) for name in FIELD_NAMES}
        # Beside the fields, so that an earlier version that shares the file can still read and write it.
        served = in_ms(sample.served_at) if sample.served_at is not None else None
        body = json.dumps({**fields, _SERVED: served, _AGREED: sample.agreed}, separators=(",", ":"))
        times = in_ms(sample.asked_at), in_ms(sample.answered_at)
        self._connection.execute(
            "INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?)",
            (task, month_number(sample.month), sample.is_current, *times, body),
        )

    def _recalled(self, ref: TaskRef) -> Recalled:
        task = self._known_number(ref)
        if task is None:
            return Recalled()
        latest = self._connection.execute(
            f"{_SPANS} ORDER BY answered DESC LIMIT ?",
            (task, RECALLED_SPANS),
        )
        spans = [_span(row) for row in latest]
        return Recalled(
            last=self._last_answer(task, ref),
            acknowledged=self._acknowledged(task),
            months=self._months(task, ref),
            spans=tuple(reversed(spans)),
        )

    def _acknowledged(self, task: int) -> tuple[Month, int] | None:
        seen = self._connection.execute("SELECT month, failures FROM acknowledged WHERE task = ?", (task,)).fetchone()
        return (stored_month(seen[0]), whole(seen[1])) if seen is not None else None

    def _last_answer(self, task: int, ref: TaskRef) -> Sample | None:
        return next(self._answers(ref, "task = ? AND is_current", (task,)), None)

    def _months(self, task: int, ref: TaskRef, only: Month | None = None) -> dict[Month, Sample]:
        condition, values = "task = ? AND NOT is_current", [task]
        if only is not None:
            condition, values = f"{condition} AND month = ?", [task, month_number(only)]
        return {sample.month: sample for sample in self._answers(ref, condition, values)}

    def _answers(self, ref: TaskRef, condition: str, values: Sequence[int]) -> Iterator[Sample]:
        found = self._connection.execute(
            f"SELECT month, is_current, asked, answered, body FROM answer WHERE {condition} ORDER BY month",  # noqa: S608 - constants
            values,
        )
        for month, is_current, asked, answered, body in found.fetchall():
            try:
                task = decode_task(_text(body).encode())
                beside = json.loads(_text(body))
            except (BadAnswer, ValueError, RecursionError):
                raise DamagedHistory("an answer that is none") from None
            served, agreed = beside.get(_SERVED), beside.get(_AGREED)
            yield Sample(
                ref,
                stored_month(month),
                bool(is_current),
                stored_moment(asked),
                stored_moment(answered),
                task,
                served_at=stored_moment(served) if served is not None else None,
                agreed=agreed if isinstance(agreed, bool) else None,
            )


def _span(row: Sequence[object]) -> CounterSpan:
    month, answered, lasting, status, create_time, last_start_time, *counters = row
    answered_at = stored_moment(answered)
    try:
        until = answered_at + timedelta(milliseconds=whole(lasting))
    except OverflowError:
        raise DamagedHistory("a time beyond the calendar") from None
    if until < answered_at:
        raise DamagedHistory("a reading that ends before it begins")
    return CounterSpan(
        stored_month(month),
        answered_at,
        until,
        None if status is None else _text(status),
        _count(create_time),
        _count(last_start_time),
        *map(_count, counters),
    )


def _event(row: Sequence[object]) -> Event:
    at, *texts = row
    kind, words, severity, profile, sync_task_id, name = map(_text, texts)
    try:
        return Event(stored_moment(at), kind, words, Severity(severity), profile, sync_task_id, name)
    except ValueError:
        raise DamagedHistory("an event of no known severity") from None


def _count(value: object) -> int | None:
    return None if value is None else whole(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise DamagedHistory("a text that is none")
    return value


def _storable(text: str) -> str:
    """Return text without lone surrogates, which cannot be encoded."""
    return text.encode("utf-8", "replace").decode()
