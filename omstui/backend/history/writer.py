"""The history on disk: a SQLite file that survives crashes and is shared with other instances."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct

from omstui.backend.history.history import LONGEST_GAP, MemoryHistory
from omstui.backend.history.schema import Connect, connect
from omstui.backend.runtime.clock import WAIT_PARTS
from omstui.backend.runtime.files import FileError
from omstui.core.alerts.event import Event
from omstui.core.month import Month
from omstui.core.settings import KEPT_FOR
from omstui.core.task import TaskRef
from omstui.core.watch.board import Recalled, SeenHow
from omstui.core.watch.counters import CounterSpan
from omstui.core.watch.sample import Sample

if TYPE_CHECKING:
    from omstui.backend.history.database import HistoryDatabase, Write
    from omstui.backend.history.tables import HistoryTables

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_LONGEST_QUEUE = 1_000
_LAST_LIMIT = 1.0
_IDLE = 30.0
_GATHERED = 1.0
"""Seconds after a write in which answers are collected, so that a thousand tasks do not keep the disk busy."""


class _Question(Struct, frozen=True):
    """Something to look up, and the function that gets the result: ``None`` when there is no file to read."""

    look_up: Callable[["HistoryTables"], object]
    tell: Callable[[object], None]


class _Pending(Struct, Generic[_T], frozen=True):
    """A question in the queue, and the future of its answer."""

    question: _Question
    answer: asyncio.Future[_T | None]


class HistoryFile:
    """A history in a file, with one connection in one thread.

    No caller waits long for the file. After the first `FileError` this run uses memory instead, and `error` says why.
    Only the thread waits for a disk that does not answer.
    """

    def __init__(
        self,
        path: Path,
        now: Callable[[], datetime],
        *,
        keep: timedelta = KEPT_FOR,
        longest_gap: timedelta = LONGEST_GAP,
        connect: Connect = connect,
        patience: float = 3.0,
    ) -> None:
        """Prepare the history; the file is opened at the first write or question.

        Args:
            path: of the file.
            now: returns the current time, in any thread.
            keep: the greatest age of what stays in the file.
            longest_gap: equal answers that are further apart make two counter spans.
            connect: opens the database.
            patience: seconds to wait for the answer to a question.
        """
        self._path = path
        self._now = now
        self._keep = keep
        self._longest_gap = longest_gap
        self._connect = connect
        self._patience = patience
        self._jobs: deque[Write | _Question] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_urgent = False
        """Whether the queue holds a job that must not wait for more jobs."""

        self._is_closing = False
        self._is_stalled = False
        self._late: _Pending[Mapping[TaskRef, Recalled]] | None = None
        """A `recall` whose answer did not come in time; the next call waits for it again."""

        self._failure = ""
        self._memory: MemoryHistory | None = None
        """Used instead of the file after its first error."""

    @property
    def error(self) -> str:
        """The current error as a sentence; empty when there is none."""
        if self._failure or not self._is_stalled:
            return self._failure
        return str(FileError(self._path, "does not answer; what happens meanwhile may not be remembered"))

    # Writes

    def record(self, sample: Sample) -> None:
        """Store a good answer."""
        if sample.is_good:
            self._hand_over(lambda writer: writer.record(sample), is_urgent=False)

    def acknowledge(
        self, ref: TaskRef, month: Month, failures: int, at: datetime, how: SeenHow = SeenHow.MARKED
    ) -> None:
        """Store how many failures of this month the user has seen."""
        self._hand_over(lambda writer: writer.acknowledge(ref, month, failures, at, how))

    def add_event(self, event: Event) -> None:
        """Add a line to the event log."""
        self._hand_over(lambda writer: writer.add_event(event))

    def note(self, profile: str, key: str, value: str | None) -> None:
        """Store a small fact about a profile; ``None`` deletes it."""
        self._hand_over(lambda writer: writer.note(profile, key, value))

    # Questions

    async def recall(self, refs: Iterable[TaskRef]) -> Mapping[TaskRef, Recalled]:
        """Return what is stored about these tasks: an entry for each, or none while the file does not answer.

        When an earlier call got no answer in time, its answer is returned now, for the tasks of that call.
        """
        wanted = list(refs)
        late, self._late = self._late, None
        if late is None and self._is_stalled and self._memory is None:
            return {}  # else each call would wait as long, and its question stay in the queue
        # The earlier question is still in progress; asking again instead might never end.
        pending = late or self._pending(lambda tables: tables.recall(wanted))
        recalled = await self._heard(pending, lambda memory: memory.recall(wanted), {})
        if not pending.answer.done():
            self._late = pending
        return recalled

    async def spans(self, ref: TaskRef, since: datetime) -> tuple[CounterSpan, ...]:
        """Return the task's counter spans since then."""
        return await self._ask(lambda tables: tables.spans(ref, since), lambda memory: memory.spans(ref, since), ())

    async def events(self, limit: int = 1000) -> tuple[Event, ...]:
        """Return the latest lines of the event log, newest first."""
        return await self._ask(lambda tables: tables.events(limit), lambda memory: memory.events(limit), ())

    async def notes(self) -> Mapping[tuple[str, str], str]:
        """Return the small facts by profile and key."""
        return await self._ask(lambda tables: tables.notes(), lambda memory: memory.notes(), {})

    async def aclose(self) -> None:
        """Write what is not written yet, and wait a second at most."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._changed:
            if self._thread is not None and self._memory is None and not self._is_closing:
                self._put(_Question(lambda _: None, _teller(ended)))
            else:
                ended.set_result(None)
            self._is_closing = True
            self._changed.notify()
        with suppress(TimeoutError):
            await asyncio.wait_for(ended, _LAST_LIMIT)

    # Between the event loop and the thread

    def _hand_over(self, write: "Write", *, is_urgent: bool = True) -> None:
        with self._changed:
            if self._memory is not None:
                write(self._memory)
            elif self._is_closing:
                return
            elif len(self._jobs) >= _LONGEST_QUEUE:
                self._is_stalled = True
            else:
                self._put(write, is_urgent=is_urgent)

    async def _ask(
        self,
        look_up: Callable[["HistoryTables"], _T],
        instead: Callable[[MemoryHistory], Awaitable[_T]],
        unanswered: _T,
    ) -> _T:
        return await self._heard(self._pending(look_up), instead, unanswered)

    def _pending(self, look_up: Callable[["HistoryTables"], _T]) -> "_Pending[_T]":
        """Put a question into the queue; without a file, its answer is ``None`` at once."""
        answer: asyncio.Future[_T | None] = asyncio.get_running_loop().create_future()
        question = _Question(look_up, _teller(answer))
        with self._changed:
            if self._memory is None and not self._is_closing:
                self._put(question)
            else:
                answer.set_result(None)
        return _Pending(question, answer)

    async def _heard(
        self, pending: "_Pending[_T]", instead: Callable[[MemoryHistory], Awaitable[_T]], unanswered: _T
    ) -> _T:
        """Return the answer; `unanswered` when it does not come in time, and memory's answer when the file failed."""
        question, answer = pending.question, pending.answer
        for _ in range(WAIT_PARTS):
            if not answer.done():
                await asyncio.wait({answer}, timeout=self._patience / WAIT_PARTS)
        with self._changed:
            is_waiting = not answer.done() and question in self._jobs  # else the answer is on its way
            self._is_stalled |= is_waiting
        found = None if is_waiting else await answer
        if found is not None:
            return found
        return unanswered if self._memory is None else await instead(self._memory)

    def _put(self, job: "Write | _Question", *, is_urgent: bool = True) -> None:
        self._jobs.append(job)
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="omstui-history", daemon=True)
            self._thread.start()
        self._is_urgent |= is_urgent or len(self._jobs) > _LONGEST_QUEUE // 2
        if self._is_urgent or len(self._jobs) == 1:  # else the thread is awake or waits to collect
            self._changed.notify()

    # In the thread

    def _serve(self) -> None:
        """Serve until closed, or until the file fails."""
        try:
            self._serve_from_file()
        except FileError as error:
            log.warning("history: %s", error)
            self._give_up(f"{error}; this run is not remembered")
        except Exception:  # a bug here costs the history, not the screen
            log.exception("internal error in the history")
            self._give_up(str(FileError(self._path, "is not used: an internal error; this run is not remembered")))

    def _serve_from_file(self) -> None:
        from omstui.backend.history.database import HistoryDatabase  # SQLite is not needed before the first paint

        database = HistoryDatabase(
            self._path, self._now, keep=self._keep, longest_gap=self._longest_gap, connect=self._connect
        )
        try:
            has_more = False
            while True:
                with self._changed:
                    if not self._jobs and not self._is_closing and not has_more:
                        self._changed.wait(_IDLE)
                    count = len(self._jobs)
                    if not count and self._is_closing:
                        return
                if count:
                    self._do(database, count)
                has_more = not self._is_closing and database.tend()
                if count and not has_more:
                    with self._changed:
                        self._changed.wait_for(lambda: self._is_urgent or self._is_closing, _GATHERED)
        finally:
            database.close()

    def _do(self, database: "HistoryDatabase", count: int) -> None:
        """Do the first jobs of the queue; each stays in it until it is done, so that an error loses none."""
        first = self._jobs[0]
        if isinstance(first, _Question):
            found = database.look_up(first.look_up)
            first.tell(found)
            done = 1
        else:
            writes = []
            for place in range(count):
                job = self._jobs[place]
                if isinstance(job, _Question):
                    break
                writes.append(job)
            database.keep(writes)
            done = len(writes)
        with self._changed:
            for _ in range(done):
                self._jobs.popleft()
            self._is_urgent = self._is_urgent and bool(self._jobs)
            self._is_stalled = False

    def _give_up(self, reason: str) -> None:
        """Use memory from now on, and give it the jobs that are not done."""
        with self._changed:
            self._memory = MemoryHistory(self._longest_gap)
            self._failure = reason
            for job in self._jobs:
                if isinstance(job, _Question):
                    job.tell(None)
                else:
                    job(self._memory)
            self._jobs.clear()


def _teller(answer: asyncio.Future[_T]) -> Callable[[object], None]:
    """Return a function that sets this future from another thread."""
    loop = asyncio.get_running_loop()

    def settle(found: object) -> None:
        if not answer.done():
            answer.set_result(found)  # type: ignore[arg-type]  # the result of its own question

    def tell(found: object) -> None:
        with suppress(RuntimeError):  # the loop has closed: no caller waits
            loop.call_soon_threadsafe(settle, found)

    return tell
