"""Reads a token or access keys from a command of the user, such as one that asks a vault."""

import asyncio
import json
import logging
import os
import selectors
import signal
import socket
import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Generic, TypeVar

from msgspec import Struct

from omstui.backend.http.signing import IssuedKeys
from omstui.backend.runtime.threads import in_daemon_thread
from omstui.backend.secrets.redact import mask
from omstui.backend.secrets.secret import HIDDEN, Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.text import tame
from omstui.core.zone import read_iso_time

TIME_LIMIT = 10.0
"""Seconds that the command may take."""

LARGEST_OUTPUT = 64 * 1024
"""Bytes on stdout."""

_OWN_TOKEN = "OMSTUI_TOKEN"  # noqa: S105 - a variable's name
SECRET_VARIABLES = frozenset(
    {
        _OWN_TOKEN, "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN", "HW_ACCESS_KEY",
        "HW_SECRET_KEY", "HW_SECURITY_TOKEN", "OS_ACCESS_KEY", "OS_SECRET_KEY", "OS_SECURITY_TOKEN", "OS_PASSWORD",
        "OS_TOKEN", "OS_AUTH_TOKEN",
    }
)  # fmt: skip
"""Variables with secrets of omstui, the SDK and similar tools; other programs get them only when allowed."""

_LONGEST_ERROR_LINE = 200
_LONGEST_NAME = 60
_SHORTEST_HIDDEN = 8
_DEATH_LIMIT = 1.0
"""Seconds to wait for the end of a killed process; one that hangs in the kernel must not delay quitting."""

log = logging.getLogger(__name__)


_T = TypeVar("_T")


class CommandKind(Struct, Generic[_T], frozen=True):
    """What a command of the user prints."""

    name: str
    lack: str
    """The words for an output that cannot be read."""

    read: Callable[[str], _T]
    """Raises a `ValueError` that does not repeat the output, when that cannot be read."""


class CommandToken(Struct, frozen=True):
    """A token that a command printed."""

    secret: Secret
    expires_at: datetime | None = None


def environ_for_others(environ: Mapping[str, str], allowed: Collection[str] = ()) -> dict[str, str]:
    """Return the environment for another program: without `SECRET_VARIABLES`, except the allowed ones."""
    return {name: value for name, value in environ.items() if name not in SECRET_VARIABLES or name in allowed}


def end_group(pid: int) -> None:
    """End the process group of a process that led its own session, also just after that process has ended.

    Its number is not reused while a member of the group is left, nor soon after.
    """
    if hasattr(os, "killpg"):  # Windows has no process groups
        with suppress(OSError):  # the group is gone, or no longer ours
            os.killpg(pid, signal.SIGKILL)


async def run_command(
    kind: CommandKind[_T],
    argv: Sequence[str],
    allowed: Collection[str] = (),
    *,
    environ: Mapping[str, str],
    time_limit: float = TIME_LIMIT,
) -> _T | Problem:
    """Run a command, and read its stdout.

    Args:
        kind: what the command prints, `TOKEN_COMMAND` or `KEY_COMMAND`.
        argv: the program and its arguments.
        allowed: the `SECRET_VARIABLES` that it gets.
        environ: passed on without the other secret variables.
        time_limit: seconds.
    """
    command = _Command(kind.name, argv)
    printed = await command.output(environ, allowed, time_limit)
    if isinstance(printed, Problem):
        return printed
    try:
        return kind.read(printed)
    except ValueError as error:
        return _problem(f"What the {command.name} prints {kind.lack}: {error}")


class _Command:
    """A command of the user that prints a secret.

    It runs without a shell, without input and without a terminal, in a session of its own. When it ends, takes too
    long, prints too much, or the wait for it is cancelled, all processes that it started in that session are ended. Its
    stderr may contain anything: it goes to the log, and the problem only says that there is some.
    """

    def __init__(self, what: str, argv: Sequence[str]) -> None:
        self._what = what
        self._argv = argv
        self._check = f"check {what.replace(' ', '_')}"
        self.name = f"{what} {tame(mask(argv[0]))[-_LONGEST_NAME:]}" if argv else what

    async def output(self, environ: Mapping[str, str], allowed: Collection[str], time_limit: float) -> str | Problem:
        """Run the command and return its stripped output, or why that is of no use."""
        if not self._argv or not self._argv[0]:
            return _problem(f"The profile names no {self._what}")
        name, run = f"The {self.name}", _Run()
        # In a thread, since starting a program from a file system that hangs never returns; and not by asyncio, which
        # also never returns when it is cancelled while it starts one.
        given = environ_for_others(environ, allowed)
        following = in_daemon_thread(run.follow, self._argv, given)
        try:
            async with asyncio.timeout(time_limit):
                code = await asyncio.shield(following)
        except FileNotFoundError:
            return _problem(f"{name} is not there: {self._check}")
        except PermissionError:
            return _problem(f"{name} may not be run: {self._check}")
        except TimeoutError:
            return _problem(f"{name} did not end within {time_limit:g} s, and was ended{self._logged(run)}")
        except (OSError, ValueError) as error:  # ValueError: a zero byte in an argument
            return _problem(f"{name} cannot be started ({type(error).__name__}): {self._check}")
        finally:
            if not following.done():
                run.abandon()
                following.add_done_callback(lambda done: done.cancelled() or done.exception())  # marks it as seen
                await asyncio.wait({following}, timeout=_DEATH_LIMIT)
        if run.is_too_much:
            return _problem(f"{name} prints more than {LARGEST_OUTPUT // 1024} KiB: {self._check}")
        if code < 0:
            return _problem(f"{name} was ended by signal {-code}{self._logged(run)}")
        if code > 0:
            lacking = ", ".join(sorted(environ.keys() - given.keys() - {_OWN_TOKEN}))
            hint = f"; it was not given {lacking} (login --command-env gives them)" if lacking else ""
            return _problem(f"{name} failed with exit code {code}{self._logged(run)}{hint}")
        text = run.stdout.decode("utf-8", "replace").strip()
        return text or _problem(f"{name} prints nothing{self._logged(run)}")

    def _logged(self, run: "_Run") -> str:
        """Log what the command wrote to stderr; return the rest of a sentence that says so, or an empty text."""
        if not (last_error_line := run.last_error_line):
            return ""
        log.warning("the %s wrote to stderr: %s", self.name, last_error_line)
        return "; what it wrote to stderr is in the log"


class _Run:
    """A process and what it prints: followed in one thread, abandoned from another."""

    def __init__(self) -> None:
        self.stdout, self._stderr = bytearray(), bytearray()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_abandoned = False
        self._waking, self._woken = socket.socketpair()

    @property
    def is_too_much(self) -> bool:
        """Whether stdout holds more than a token could."""
        return len(self.stdout) > LARGEST_OUTPUT

    @property
    def last_error_line(self) -> str:
        """The last line of stderr, masked, made safe and cut."""
        data = bytes(self._stderr)
        if len(data) > LARGEST_OUTPUT:  # a secret that was cut in the middle could not be masked
            data = data.rpartition(b"\n")[0]
        text = data.decode("utf-8", "replace")
        printed = self.stdout.decode("utf-8", "replace").strip()
        if len(printed) >= _SHORTEST_HIDDEN:
            text = text.replace(printed, HIDDEN)
        lines = [line for line in map(tame, mask(text).splitlines()) if line]
        if not lines:
            return ""
        last = mask(lines[-1])
        return last if len(last) <= _LONGEST_ERROR_LINE else f"{last[: _LONGEST_ERROR_LINE - 1].rstrip()}…"

    def follow(self, argv: Sequence[str], environ: Mapping[str, str]) -> int:
        """Start the process, read what it prints, and return its exit code, negative for a signal.

        Raises:
            OSError: it cannot be started.
            ValueError: its arguments are invalid.
        """
        with self._waking, self._woken:
            process = subprocess.Popen(  # noqa: S603 - the user's own command, as a list, without a shell
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environ,
                start_new_session=True,
            )
            with process:
                self._process = process
                self._read(process)
                if self._is_abandoned or self.is_too_much:  # perhaps before there was a process to end
                    self._kill(process)
                code = process.wait()
                end_group(process.pid)
                return code

    def abandon(self) -> None:
        """End the process and its group, and stop reading, since others may still hold its pipes."""
        self._is_abandoned = True
        if self._process is not None:
            self._kill(self._process)
        self._waking.close()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        """Read what the process prints, up to the limit, until its pipes are closed."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            for pipe, kept in ((process.stdout, self.stdout), (process.stderr, self._stderr)):
                assert pipe is not None  # noqa: S101 - it was started with pipes
                selector.register(pipe, selectors.EVENT_READ, kept)
            while len(selector.get_map()) > 1 and not (self._is_abandoned or self.is_too_much):
                for key, _ in selector.select():
                    if key.data is None:
                        return
                    data = os.read(key.fd, LARGEST_OUTPUT)
                    key.data.extend(data[: LARGEST_OUTPUT + 1 - len(key.data)])
                    if not data:
                        selector.unregister(key.fileobj)

    @staticmethod
    def _kill(process: subprocess.Popen[bytes]) -> None:
        """End the process and those that it started; it leads a group, since it has its own session."""
        if process.returncode is None:  # otherwise the number may belong to another process by now
            end_group(process.pid)


def _read(text: str) -> CommandToken:
    """Read a bare token, or an object that holds one.

    Raises:
        ValueError: it is neither; the message does not repeat it.
    """
    if not text.startswith("{"):
        return CommandToken(Secret.token(text))
    try:
        printed = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it begins like JSON and is none") from None
    token = printed.get("token")
    if isinstance(token, str):
        # An invalid time is left out: the token may still be good.
        return CommandToken(Secret.token(token), read_iso_time(printed.get("expires_at")))
    raise ValueError("the JSON object has no text named token")


TOKEN_COMMAND = CommandKind("token command", "is no token", _read)
"""Prints a token, or a JSON object with `token` and optionally `expires_at` (ISO 8601)."""

KEY_COMMAND = CommandKind("key command", "are no access keys", IssuedKeys.read)
"""Prints the JSON object that `IssuedKeys.read` takes."""


def _problem(text: str) -> Problem:
    return Problem(ProblemKind.TOKEN, text)
