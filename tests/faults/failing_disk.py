"""The layer of the operating system below our files, of which one call fails."""

import fcntl
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import pytest

_CALLS = (
    "mkdir", "open", "fstat", "stat", "lstat", "scandir", "write", "fsync", "close", "replace", "rename", "unlink",
    "fdopen", "fchmod", "chmod",
)  # fmt: skip
_CALLS_OF_A_FILE = frozenset(
    {"read", "read1", "readall", "readinto", "readline", "readlines", "write", "writelines", "flush", "truncate"}
)


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
            patch.setattr(io, "open", self._opening(io.open))
            patch.setattr(fcntl, "flock", self._wrapped("flock", fcntl.flock))
            yield

    def _opening(self, real: Callable[..., Any]) -> Callable[..., object]:
        """Let what is done with an opened file fail, too."""
        opened = self._wrapped("io.open", real)
        return lambda *args, **kwargs: _File(opened(*args, **kwargs), self._wrapped)

    def _wrapped(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            self.calls += 1
            if self.calls == self._fails_at:
                self.failed = name
                if name in {"close", "file.close"}:  # a failing close frees the descriptor all the same
                    real(*args, **kwargs)
                raise OSError(self._number, os.strerror(self._number))
            return real(*args, **kwargs)

        return call


class _File:
    """An opened file, whose calls are counted."""

    def __init__(self, real: Any, wrapped: Callable[[str, Callable[..., object]], Callable[..., object]]) -> None:
        self._real = real
        self._wrapped = wrapped

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        return self._wrapped(f"file.{name}", found) if name in _CALLS_OF_A_FILE else found

    def __iter__(self) -> Iterator[Any]:
        return iter(self.readline, self._real.read(0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._wrapped("file.close", self._real.close)()
