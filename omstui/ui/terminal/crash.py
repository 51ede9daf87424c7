"""How the screen ends after an internal error: one sentence, and a traceback without values in the crash file.

Textual's own way to end prints tracebacks with local variables, and a credential may be among them.
"""

import io
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from typing import Any

from rich.console import Console
from rich.text import Text
from textual.app import App

from omstui.ui.terminal.compat import has

_CRASHED = 1
"""The return code of an app that ended with an error."""


class CrashReport:
    """Handles an app's crashes in place of Textual: stores the traceback, and prints one sentence at the end."""

    def __init__(self, app: App[Any], record: Callable[[str], str]) -> None:
        """Replace Textual's own way to end after a crash, which shows local variables.

        If Textual has renamed it, `told_at_end` still keeps its output from the terminal.

        Args:
            app: the app.
            record: stores a traceback, and returns a sentence about where it is.
        """
        self._app, self._record = app, record
        self._last_words = ""
        if has(App, "_fatal_error"):
            app._fatal_error = self._crash  # type: ignore[method-assign]  # noqa: SLF001

    @contextmanager
    def told_at_end(self) -> Iterator[None]:
        """Run the app in this block: Textual's own output is dropped, and a crash is reported in one sentence."""
        with _without_last_words() as dropped:
            yield
        if (self._app.return_code == _CRASHED or dropped.was_used) and not self._last_words:  # Textual went another way
            self._keep(_crash_of(self._app))
        if self._last_words:
            _print_last_words(self._last_words)

    def _crash(self) -> None:
        """End after a crash, and drop the app's waiting messages."""
        if not self._last_words:  # what fails on the way out would hide why
            self._keep(sys.exception() or _crash_of(self._app))
        end = getattr(self._app, "_close_messages_no_wait", None)
        if end is not None:
            end()
        else:
            self._app.exit(return_code=_CRASHED)

    def _keep(self, error: BaseException | None) -> None:
        """Write the traceback, without any values, to the crash file."""
        where = self._record("".join(traceback.format_exception(error)))
        self._last_words = f"omstui has failed: an internal error. {where}"


def _crash_of(app: App[Any]) -> BaseException | None:
    """Return the error that ended the app; ``None`` when there is none, or when Textual has renamed the attribute."""
    error = getattr(app, "_exception", None)
    return error if isinstance(error, BaseException) else None


class _Nowhere(io.TextIOBase):
    """Drops what is printed, and records that something was."""

    was_used = False

    def write(self, text: str, /) -> int:
        self.was_used |= bool(text.strip())
        return len(text)


@contextmanager
def _without_last_words() -> Iterator[_Nowhere]:
    """Drop all output to stderr: after a crash Textual prints a traceback there, with all local variables.

    This needs no private name. Textual's drivers write pictures to the process's own stream, `sys.__stderr__`.
    """
    with redirect_stderr(_Nowhere()) as nowhere:
        yield nowhere


def _print_last_words(sentence: str) -> None:
    """Print a sentence to stderr as Textual prints its own at the end."""
    with suppress(OSError):  # if this fails too, the exit code remains
        Console(stderr=True, markup=False, highlight=False, emoji=False).print(Text(sentence))
