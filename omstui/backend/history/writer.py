"""The history on disk: a SQLite file that outlives crashes and is shared with other instances."""

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
from omstui.backend.runtime.clock import STRETCHES
from omstui.backend.runtime.files import FileError
from omstui.core.month import Month
from omstui.core.news.event import Event
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
"""Seconds after a write in which answers wait for more: those of a thousand tasks would keep the disk busy."""


class _Question(Struct, frozen=True):
    """Something to look up, and whom to tell: ``None`` says that there is no file to look into."""

    look_up: Callable[["HistoryTables"], object]
    tell: Callable[[object], None]


class _Pending(Struct, Generic[_T], frozen=True):
    """A question that was put, and its answer once there is one."""

    question: _Question
    answer: asyncio.Future[_T | None]


class HistoryFile:
    """Remembers in a file, by one connection in one thread of its own.

    Whatever the file does, nobody waits for it for long. The first trouble ends its use for this run: from then on
    memory serves, and `trouble` says why. A disk that does not answer is waited for, by the thread alone.
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
        """Prepare for remembering; nothing is opened before something is handed over or asked for.

        Args:
            path: of the file.
            now: tells the time, from any thread.
            keep: how far back it may reach.
            longest_gap: equal answers further apart than this are two readings.
            connect: opens the database.
            patience: seconds after which a question goes unanswered.
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
        """Whether something waits that is not to wait for more."""

        self._is_closing = False
        self._is_stalled = False
        self._late: _Pending[Mapping[TaskRef, Recalled]] | None = None
        """A look into the past that nobody waits for at the moment."""

        self._failure = ""
        self._memory: MemoryHistory | None = None
        """Serves once the file does not."""

    @property
    def trouble(self) -> str:
        """What is wrong, in words, for as long as it is."""
        if self._failure or not self._is_stalled:
            return self._failure
        return str(FileError(self._path, "does not answer; what happens meanwhile may not be remembered"))

    # What is handed over

    def record(self, sample: Sample) -> None:
        """Keep a good answer."""
        if sample.is_good:
            self._hand_over(lambda keeper: keeper.record(sample), is_urgent=False)

    def acknowledge(
        self, ref: TaskRef, month: Month, failures: int, at: datetime, how: SeenHow = SeenHow.MARKED
    ) -> None:
        """Keep how many failures of this month the user has seen."""
        self._hand_over(lambda keeper: keeper.acknowledge(ref, month, failures, at, how))

    def add_event(self, event: Event) -> None:
        """Add a line to the event log."""
        self._hand_over(lambda keeper: keeper.add_event(event))

    def note(self, profile: str, key: str, value: str | None) -> None:
        """Keep a small fact about a profile, or drop it."""
        self._hand_over(lambda keeper: keeper.note(profile, key, value))

    # What is asked for

    async def recall(self, refs: Iterable[TaskRef]) -> Mapping[TaskRef, Recalled]:
        """Return what is known of these tasks from before: an entry for each, or none while there is no answer.

        An answer that was late comes in its place, for the tasks that were asked about then.
        """
        wanted = list(refs)
        late, self._late = self._late, None
        if late is None and self._is_stalled and self._memory is None:
            return {}  # else each try would wait for as long, and stay in the queue
        # What was asked before is still on its way: to drop it and ask anew might go on for ever.
        pending = late or self._pending(lambda tables: tables.recall(wanted))
        recalled = await self._heard(pending, lambda memory: memory.recall(wanted), {})
        if not pending.answer.done():
            self._late = pending
        return recalled

    async def readings(self, ref: TaskRef, since: datetime) -> tuple[CounterSpan, ...]:
        """Return what the task's counters said since then."""
        return await self._ask(
            lambda tables: tables.readings(ref, since), lambda memory: memory.readings(ref, since), ()
        )

    async def events(self, limit: int = 1000) -> tuple[Event, ...]:
        """Return the latest lines of the event log, the latest first."""
        return await self._ask(lambda tables: tables.events(limit), lambda memory: memory.events(limit), ())

    async def notes(self) -> Mapping[tuple[str, str], str]:
        """Return the small facts by profile and key."""
        return await self._ask(lambda tables: tables.notes(), lambda memory: memory.notes(), {})

    async def aclose(self) -> None:
        """Write what is still to be written, for a second at most."""
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
        """Put a question."""
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
        """Wait for the answer, for as long as patience lasts."""
        question, answer = pending.question, pending.answer
        for _ in range(STRETCHES):
            if not answer.done():
                await asyncio.wait({answer}, timeout=self._patience / STRETCHES)
        with self._changed:
            is_waiting = not answer.done() and question in self._jobs  # else it is told, and about to be heard
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
        if self._is_urgent or len(self._jobs) == 1:  # else the thread knows
            self._changed.notify()

    # In the thread

    def _serve(self) -> None:
        """Serve until closed, or until the file fails."""
        try:
            self._serve_from_file()
        except FileError as trouble:
            log.warning("history: %s", trouble)
            self._give_up(f"{trouble}; this run is not remembered")
        except Exception:  # a mistake of ours costs the history, and not the screen
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
        """Do the first jobs of the queue; each stays there until it is done, so that none is lost on trouble."""
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
        """Let memory serve from now on, beginning with what is still to be done."""
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
    """Return what tells the event loop an answer, from another thread."""
    loop = asyncio.get_running_loop()

    def settle(found: object) -> None:
        if not answer.done():
            answer.set_result(found)  # type: ignore[arg-type]  # what the question has brought

    def tell(found: object) -> None:
        with suppress(RuntimeError):  # the loop has closed: nobody waits any more
            loop.call_soon_threadsafe(settle, found)

    return tell
