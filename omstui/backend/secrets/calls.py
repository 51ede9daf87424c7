"""Calls of a secret store with a deadline, and what can go wrong with them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from queue import Empty, SimpleQueue
from typing import TypeVar

from msgspec import Struct

from omstui.backend.runtime.clock import STRETCHES


class StoreErrorKind(StrEnum):
    """Why a store did not do what it was asked to."""

    NONE = "none"
    """There is no keyring on this machine."""

    REFUSED = "refused"
    """There is one that is not trusted."""

    LOCKED = "locked"
    STUCK = "stuck"
    """It did not answer in time, and is not asked again."""

    FAILED = "failed"
    NOT_STORED = "not stored"
    """It took the secret and does not have it."""

    INCOMPLETE = "incomplete"
    """Some of it is missing, or does not fit together."""

    @property
    def words(self) -> str:
        """The fault alone, for a sentence that gives other advice."""
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
    """A secret cannot be read or kept; its text is a sentence for the user that ends with what to do."""

    def __init__(self, fault: StoreErrorKind, sentence: str) -> None:
        self.fault = fault
        super().__init__(sentence)


DEADLINE = 4.0
"""Seconds that a store may take; a keyring that waits for a password in a window nobody sees takes for ever.

Short enough for the screen to tell of it within five seconds.
"""

PATIENCE = 26.0
"""Seconds beyond these for a person who has chosen to wait, and may have to unlock something first: 30 in all."""

_T = TypeVar("_T")


class AbandonedError(Exception):
    """The deadline has passed; a call that comes back after it must not go on."""


class Attempt(Struct):
    """A call that somebody waits for, until nobody does."""

    is_abandoned: bool = False

    def go_on(self) -> None:
        """Return if somebody still waits.

        Raises:
            AbandonedError: nobody does.
        """
        if self.is_abandoned:
            raise AbandonedError


class StoreCalls:
    """Calls a store in a thread for each, which dies with the program, one after another, and with a deadline.

    After a deadline the store counts as stuck, and is not called any more until a person asks for it.
    """

    def __init__(
        self, deadline: float, translated: Callable[[BaseException], StoreError], stuck: Callable[[float], StoreError]
    ) -> None:
        """Prepare for calling.

        Args:
            deadline: seconds that one call may take.
            translated: puts what a store raised into words by its kind.
            stuck: says that there was no answer within so many seconds.
        """
        self._deadline = deadline
        self._translated = translated
        self._stuck = stuck
        self._turn = threading.Lock()
        self._is_stuck = False
        self._patience = 0.0

    @contextmanager
    def at_a_persons_wish(self, patience: float = 0.0) -> Iterator[None]:
        """Within the block, call it even where it was stuck, and wait so many seconds longer for an answer."""
        self._is_stuck, self._patience = False, patience
        try:
            yield
        finally:
            self._patience = 0.0

    def in_time(self, work: Callable[[Attempt], _T], longer: float = 0.0) -> _T:
        """Do a piece of work, which may take that much longer than others, and return what it returns.

        Raises:
            StoreError: it failed, or took too long; nothing of the store's own frames and causes goes along.
        """
        outcomes: SimpleQueue[tuple[_T | None, StoreError | None]] = SimpleQueue()
        attempt, limit = Attempt(), self._deadline + longer + self._patience

        def run() -> None:
            result, error = None, None
            try:
                result = work(attempt)
            except StoreError as caught:
                error = caught
            except BaseException as caught:  # noqa: BLE001 - stores raise anything, and nobody is above this frame
                error = self._translated(caught)
            outcomes.put((result, error))

        if not any(self._turn.acquire(timeout=limit / STRETCHES) for _ in range(STRETCHES)):
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
            raise StoreError(error.fault, str(error)) from None
        return result  # type: ignore[return-value] # without an error it is what `work` returned


def _got(outcomes: SimpleQueue[_T], limit: float) -> _T:
    """Return what comes within so many seconds.

    Raises:
        Empty: nothing came.
    """
    for _ in range(STRETCHES):
        with suppress(Empty):
            return outcomes.get(timeout=limit / STRETCHES)
    raise Empty
