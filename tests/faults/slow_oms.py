"""A server that takes its time, as long as it is told to."""

import threading
from typing import Any

from tests.faults.session import TOKEN
from tests.plain_oms import PlainOms


class SlowOms:
    """Answers every question well, after a while; use its `server` in a ``with``."""

    def __init__(self) -> None:
        self.server = PlainOms(self._answer, TOKEN)
        self.seconds = 0.0
        """How long an answer takes."""

        self._hurry = threading.Event()
        self._answered = 0

    @property
    def asked(self) -> int:
        """How many questions have come."""
        return len(self.server.seen)

    @property
    def in_flight(self) -> int:
        """How many questions wait for their answer."""
        return self.asked - self._answered

    def _answer(self, sync_task_id: str, query_time: int) -> tuple[int, Any]:
        self._hurry.wait(self.seconds)
        self._answered += 1
        return 200, {"sync_task_id": sync_task_id, "status": "SYNCHRONIZING", "monthly_success_object": query_time}

    def hurry(self) -> None:
        """Answer all that waits, and all that comes, at once."""
        self._hurry.set()
