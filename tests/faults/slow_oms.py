"""A server that takes its time, as long as it is told to."""

import threading
import time
from typing import Any

from tests.faults.session import TOKEN
from tests.plain_oms import PlainOms

_NOW = 60.0
"""Seconds by which the asked time may differ from the clock in a question about the current month."""


class SlowOms:
    """Answers every question well, after a while; use its `server` in a ``with``."""

    def __init__(self) -> None:
        self.server = PlainOms(self._answer, TOKEN)
        self.seconds = 0.0
        """How long it takes to answer a question that comes now."""

        self._held: list[str] = []
        self._answered: list[str] = []
        self._changing = threading.Lock()

    @property
    def held(self) -> tuple[str, ...]:
        """The tasks whose current month has been asked for, and not been answered yet."""
        return tuple(self._held)

    @property
    def answered(self) -> tuple[str, ...]:
        """The tasks whose current month has been answered, in order."""
        return tuple(self._answered)

    def _answer(self, sync_task_id: str, query_time: int) -> tuple[int, Any]:
        is_current = abs(query_time / 1000 - time.time()) < _NOW
        with self._changing:
            self._held += [sync_task_id] * is_current
        time.sleep(self.seconds)
        with self._changing:
            if is_current:
                self._held.remove(sync_task_id)
                self._answered.append(sync_task_id)
        return 200, {"sync_task_id": sync_task_id, "status": "SYNCHRONIZING", "monthly_success_object": query_time}
