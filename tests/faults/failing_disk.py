"""The layer of the operating system below our files, of which one call fails."""

import fcntl
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

_CALLS = (
    "mkdir", "open", "fstat", "stat", "lstat", "scandir", "write", "fsync", "close", "replace", "rename", "unlink",
    "fdopen", "fchmod", "chmod",
)  # fmt: skip


class FailingDisk:
    """Counts the calls, and lets the n-th of them fail."""

    def __init__(self, fails_at: int, number: int) -> None:
        self.calls = 0
        self.failed: str | None = None
        self._fails_at = fails_at
        self._number = number

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Put it below everything that this process does."""
        with pytest.MonkeyPatch.context() as patch:
            for name in _CALLS:
                patch.setattr(os, name, self._wrapped(name, getattr(os, name)))
            patch.setattr(io, "open", self._wrapped("io.open", io.open))
            patch.setattr(fcntl, "flock", self._wrapped("flock", fcntl.flock))
            yield

    def _wrapped(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            self.calls += 1
            if self.calls == self._fails_at:
                self.failed = name
                if name == "close":  # a failing close frees the descriptor all the same
                    real(*args, **kwargs)
                raise OSError(self._number, os.strerror(self._number))
            return real(*args, **kwargs)

        return call
