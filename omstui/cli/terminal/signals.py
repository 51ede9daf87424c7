"""Ends an endless command when a signal asks for it, whatever the command is doing."""

import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from omstui.cli.context.context import INTERRUPTED

_CODES = {"SIGINT": INTERRUPTED, "SIGTERM": 0, "SIGHUP": 0}
"""For a command that ends only by a signal, that end is not a failure."""


@contextmanager
def ended_by_signals(end: Callable[[int], None], limit: float = 5.0) -> Iterator[None]:
    """Call `end` with the exit code when a signal asks for the end; a second signal ends the process at once.

    Args:
        end: ends the command; called between two steps of the program.
        limit: seconds after which the process ends by force: it may wait for a reader that never reads.
    """
    alarms: list[threading.Timer] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if alarms:
            os._exit(128 + number)
        alarm = threading.Timer(limit, os._exit, [128 + number])
        alarm.daemon = True
        alarm.start()
        alarms.append(alarm)
        end(_CODES[signal.Signals(number).name])

    numbers = [getattr(signal, name) for name in _CODES if hasattr(signal, name)]
    # An ignored signal stays ignored, as with nohup.
    before = {number: signal.getsignal(number) for number in numbers if signal.getsignal(number) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for alarm in alarms:
            alarm.cancel()


def has_reader(stream: TextIO) -> bool:
    """Whether the stream still has a reader, as far as the system tells without a write."""
    if not hasattr(select, "poll"):
        return True
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):  # not a file of the system
        return True
    looker = select.poll()
    looker.register(descriptor, 0)
    return not any(event & (select.POLLERR | select.POLLHUP) for _, event in looker.poll(0))
