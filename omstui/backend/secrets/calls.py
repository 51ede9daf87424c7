"""Calls of a secret store with a deadline, and their errors."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from queue import Empty, SimpleQueue
from typing import TypeVar

from msgspec import Struct

from omstui.backend.runtime.clock import WAIT_PARTS


class StoreErrorKind(StrEnum):
    """Why a call of a store failed."""

    NONE = "none"
    """There is no keyring on this machine."""

    REFUSED = "refused"
    """omstui does not trust the keyring of this machine, or others can read the file."""

    LOCKED = "locked"
    STUCK = "stuck"
    """It did not answer in time, and is not called again."""

    FAILED = "failed"
    NOT_STORED = "not stored"
    """It accepted the secret but does not return it."""

    INCOMPLETE = "incomplete"
    """Parts of the secret are missing or do not fit together."""

    @property
    def words(self) -> str:
        """The reason without advice, for a sentence that gives its own advice."""
        return _WORDS[self]


_WORDS = {
    StoreErrorKind.NONE: "this machine has no keyring",
    StoreErrorKind.REFUSED: "the keyring here is not one that omstui trusts",
    StoreErrorKind.LOCKED: "the keyring is locked",
    StoreErrorKind.STUCK: "the store does not answer",
    StoreErrorKind.FAILED: "the store failed",
    StoreErrorKind.NOT_STORED: "the store did not keep it",
    StoreErrorKind.INCOMPLETE: "the store holds only parts of it",
}


class StoreError(Exception):
    """A secret cannot be read or stored; the text is a sentence for the user that ends with what to do."""

    def __init__(self, kind: StoreErrorKind, sentence: str) -> None:
        self.kind = kind
        super().__init__(sentence)


DEADLINE = 4.0
"""Seconds that a call may take; a keyring that waits for a password in a hidden window never answers.

Short enough for the screen to show the error within five seconds.
"""

PATIENCE = 26.0
"""Additional seconds for a user who has chosen to wait and may have to unlock the keyring: 30 in all."""

_T = TypeVar("_T")


class AbandonedError(Exception):
    """The deadline has passed; a call that returns later must not continue."""


class Attempt(Struct):
    """One call of a store; it is abandoned at its deadline."""

    is_abandoned: bool = False

    def go_on(self) -> None:
        """Return if the caller still waits.

        Raises:
            AbandonedError: the deadline has passed.
        """
        if self.is_abandoned:
            raise AbandonedError


class StoreCalls:
    """Calls a store, one call at a time, each in its own daemon thread and with a deadline.

    After a missed deadline the store counts as stuck; it is called again only when the user asks for it.
    """

    def __init__(
        self, deadline: float, translated: Callable[[BaseException], StoreError], stuck: Callable[[float], StoreError]
    ) -> None:
        """Prepare the calls.

        Args:
            deadline: seconds that one call may take.
            translated: returns the `StoreError` for an exception of the store, from its type.
            stuck: returns the error for a deadline of so many seconds.
        """
        self._deadline = deadline
        self._translated = translated
        self._stuck = stuck
        self._turn = threading.Lock()
        self._is_stuck = False
        self._patience = 0.0

    @contextmanager
    def at_a_persons_wish(self, patience: float = 0.0) -> Iterator[None]:
        """Within the block, call the store even if it was stuck, and wait `patience` seconds longer for each answer."""
        self._is_stuck, self._patience = False, patience
        try:
            yield
        finally:
            self._patience = 0.0

    def in_time(self, work: Callable[[Attempt], _T], longer: float = 0.0) -> _T:
        """Run a piece of work, which may take `longer` seconds more than the deadline, and return its result.

        Raises:
            StoreError: it failed or took too long; the error carries no frames or causes of the store.
        """
        outcomes: SimpleQueue[tuple[_T | None, StoreError | None]] = SimpleQueue()
        attempt, limit = Attempt(), self._deadline + longer + self._patience

        def run() -> None:
            result, error = None, None
            try:
                result = work(attempt)
            except StoreError as caught:
                error = caught
            except BaseException as caught:  # noqa: BLE001 - stores raise anything, and this is the thread's first frame
                error = self._translated(caught)
            outcomes.put((result, error))

        if not any(self._turn.acquire(timeout=limit / WAIT_PARTS) for _ in range(WAIT_PARTS)):
            raise self._stuck(limit)
        try:
            if self._is_stuck:
                raise self._stuck(limit)
            threading.Thread(target=run, name="omstui-store", daemon=True).start()
            result, error = _got(outcomes, limit)
        except Empty:
            self._is_stuck = True
            raise self._stuck(limit) from None
        finally:
            attempt.is_abandoned = True
            self._turn.release()
        if error is not None:
            # Without the frames and causes of the store, which hold the secret.
            raise StoreError(error.kind, str(error)) from None
        return result  # type: ignore[return-value] # without an error it is what `work` returned


def _got(outcomes: SimpleQueue[_T], limit: float) -> _T:
    """Return the outcome if it arrives within `limit` seconds.

    Raises:
        Empty: it did not arrive.
    """
    for _ in range(WAIT_PARTS):
        with suppress(Empty):
            return outcomes.get(timeout=limit / WAIT_PARTS)
    raise Empty
