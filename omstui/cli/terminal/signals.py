"""Ends a command that would go on for ever, when it is told to, whatever it is doing then."""

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
"""Being told to end is no failure of a command that ends in no other way."""


@contextmanager
def ended_by_signals(end: Callable[[int], None], limit: float = 5.0) -> Iterator[None]:
    """Call `end` with the exit code when a signal asks for the end; a second one ends the process at once.

    Args:
        end: lets the command end; called between two steps of whatever the program does.
        limit: seconds after which the process ends all the same: it may wait for a reader who never reads.
    """
    alarms: list[threading.Timer] = []

    def heed(number: int, frame: FrameType | None) -> None:
        if alarms:
            os._exit(128 + number)
        alarm = threading.Timer(limit, os._exit, [128 + number])
        alarm.daemon = True
        alarm.start()
        alarms.append(alarm)
        end(_CODES[signal.Signals(number).name])

    numbers = [getattr(signal, name) for name in _CODES if hasattr(signal, name)]
    # One that is ignored, as nohup has it, stays so.
    before = {number: signal.getsignal(number) for number in numbers if signal.getsignal(number) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, heed)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for alarm in alarms:
            alarm.cancel()


def has_reader(stream: TextIO) -> bool:
    """Whether anybody can still read what is written; as far as the system tells without writing."""
    if not hasattr(select, "poll"):
        return True
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):  # no file of the system's
        return True
    looker = select.poll()
    looker.register(descriptor, 0)
    return not any(event & (select.POLLERR | select.POLLHUP) for _, event in looker.poll(0))
