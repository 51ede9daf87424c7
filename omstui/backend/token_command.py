"""A token from a command of the user's, such as one that asks a vault."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from omstui.backend.iso_time import read_iso_time
from omstui.backend.redact import mask
from omstui.backend.secret import HIDDEN, Secret
from omstui.core.problem import Problem, ProblemKind
from omstui.core.text import tame

TIME_LIMIT = 10.0
"""Seconds that the command may take."""

LARGEST_OUTPUT = 64 * 1024
"""Bytes on stdout."""

_WITHHELD = frozenset({"OMSTUI_TOKEN"})
_LONGEST_COMPLAINT = 200
_LONGEST_NAME = 60
_SHORTEST_HIDDEN = 8
_DEATH_LIMIT = 1.0
"""Seconds that a killed process may take to be gone; one that hangs in the kernel must not hold up quitting."""


@dataclass(frozen=True, slots=True)
class CommandToken:
    """What a command printed."""

    secret: Secret
    expires_at: datetime | None = None


async def run_token_command(
    argv: Sequence[str], *, environ: Mapping[str, str], time_limit: float = TIME_LIMIT
) -> CommandToken | Problem:
    """Run a command and read its stdout: a token, or a JSON object with `token` and perhaps `expires_at` (ISO 8601).

    There is no shell, nothing to read, and no terminal: the command has a session of its own. When it takes too long,
    prints too much, or is waited for no longer, all that it has started is ended with it.

    Args:
        argv: the program and its arguments.
        environ: passed on without what is a secret of ours.
        time_limit: seconds.
    """
    if not argv or not argv[0]:
        return _trouble("The profile names no token command")
    name = tame(mask(argv[0]))[-_LONGEST_NAME:]
    run = _Run(asyncio.get_running_loop())
    try:
        await _start(run, argv, {key: value for key, value in environ.items() if key not in _WITHHELD})
        async with asyncio.timeout(time_limit):
            await run.ended
    except FileNotFoundError:
        return _trouble(f"The token command {name} is not there: check token_command")
    except PermissionError:
        return _trouble(f"The token command {name} may not be run: check token_command")
    except TimeoutError:
        return _trouble(f"The token command {name} did not end within {time_limit:g} s, and was ended{run.complaint}")
    except (OSError, ValueError) as error:  # ValueError: a zero byte in an argument
        return _trouble(f"The token command {name} cannot be started ({type(error).__name__}): check token_command")
    finally:
        await run.end()
    return _judged(name, run)


async def _start(run: "_Run", argv: Sequence[str], environ: Mapping[str, str]) -> None:
    await asyncio.get_running_loop().subprocess_exec(
        lambda: run,
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environ,
        start_new_session=True,
    )


class _Run(asyncio.SubprocessProtocol):
    """Collects what a process prints."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.stdout, self._stderr = bytearray(), bytearray()
        self.ended: asyncio.Future[None] = loop.create_future()
        """The process has exited and its pipes are closed, or it has printed too much."""

        self._transport: asyncio.SubprocessTransport | None = None
        self._exited: asyncio.Future[None] = loop.create_future()
        self._is_over = False

    @property
    def code(self) -> int:
        """The exit code once the process has exited; negative for a signal."""
        return (self._transport.get_returncode() if self._transport is not None else None) or 0

    @property
    def is_too_much(self) -> bool:
        """Whether stdout holds more than a token could."""
        return len(self.stdout) > LARGEST_OUTPUT

    @property
    def complaint(self) -> str:
        """The last line of stderr, masked, tamed and cut; with a colon before it, or empty."""
        data = bytes(self._stderr)
        if len(data) > LARGEST_OUTPUT:  # what was cut off in the middle could not be masked
            data = data.rpartition(b"\n")[0]
        text = data.decode("utf-8", "replace")
        printed = self.stdout.decode("utf-8", "replace").strip()
        if len(printed) >= _SHORTEST_HIDDEN:
            text = text.replace(printed, HIDDEN)
        lines = [line for line in map(tame, mask(text).splitlines()) if line]
        if not lines:
            return ""
        last = mask(lines[-1])
        return f": {last}" if len(last) <= _LONGEST_COMPLAINT else f": {last[: _LONGEST_COMPLAINT - 1].rstrip()}…"

    async def end(self) -> None:
        """End the process and all of its group, unless everything is over; as leader of its session it leads one."""
        if self._transport is None:
            return
        if not self._is_over:
            with suppress(ProcessLookupError, PermissionError):
                if sys.platform == "win32":
                    self._transport.kill()
                else:
                    os.killpg(self._transport.get_pid(), signal.SIGKILL)
            await asyncio.wait({self._exited}, timeout=_DEATH_LIMIT)
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take note of the process."""
        assert isinstance(transport, asyncio.SubprocessTransport)  # noqa: S101 - what the loop makes for a process
        self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Take what the process prints, as much as is of use."""
        kept = self.stdout if fd == 1 else self._stderr
        kept += data[: LARGEST_OUTPUT + 1 - len(kept)]
        if self.is_too_much and not self.ended.done():
            self.ended.set_result(None)

    def process_exited(self) -> None:
        """Take note that the process is gone; what it has started may still hold the pipes."""
        if not self._exited.done():
            self._exited.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that everything is over."""
        self._is_over = True
        if not self.ended.done():
            self.ended.set_result(None)


def _judged(name: str, run: _Run) -> CommandToken | Problem:
    if run.is_too_much:
        return _trouble(f"The token command {name} prints more than {LARGEST_OUTPUT // 1024} KiB: check token_command")
    if run.code < 0:
        return _trouble(f"The token command {name} was ended by signal {-run.code}{run.complaint}")
    if run.code > 0:
        return _trouble(f"The token command {name} failed with exit code {run.code}{run.complaint}")
    text = run.stdout.decode("utf-8", "replace").strip()
    if not text:
        return _trouble(f"The token command {name} prints nothing{run.complaint}")
    try:
        return _read(text)
    except ValueError as error:
        return _trouble(f"What the token command {name} prints is no token: {error}")


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
        # A time that is none is left out: the token may be good all the same.
        return CommandToken(Secret.token(token), read_iso_time(printed.get("expires_at")))
    raise ValueError("the JSON object has no text named token")


def _trouble(text: str) -> Problem:
    return Problem(ProblemKind.TOKEN, text)
