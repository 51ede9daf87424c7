"""What the screen costs while nobody touches it: ``python -m tests.idle [SECONDS]``."""

import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.proc import cpu_seconds
from tests.terminal import Terminal, shows_six_tasks

MOST_CPU = 0.01
"""Of one core."""

MOST_TIMES = 2.5
"""Times the CPU of the smallest clock beside it, on a machine that takes more than usual for every wake-up."""

MOST_BYTES = 300.0
"""Bytes on the terminal in a second."""

_WARM_UP = 6.0
"""Seconds in which the first round is answered and whatever is imported late has been."""


@dataclass(frozen=True, slots=True)
class Idle:
    """What was used."""

    cpu: float
    """The share of one core."""

    bytes_per_second: float
    clock: float
    """The share that the smallest Textual app with a clock used at the same time."""

    def __str__(self) -> str:
        return f"{self.cpu:.2%} CPU (the smallest clock {self.clock:.2%}), {self.bytes_per_second:.0f} B/s"

    @property
    def is_quiet(self) -> bool:
        """Whether it keeps within what it promises."""
        return self.cpu <= max(MOST_CPU, MOST_TIMES * self.clock) and self.bytes_per_second <= MOST_BYTES


def watch_idle(seconds: float, home: str, environ: Mapping[str, str] | None = None) -> Idle:
    """Open the demo at 120×34 in a pseudo-terminal, leave it alone, and measure for that long."""
    told = {**(os.environ if environ is None else environ), "HOME": home, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    with _opened("omstui", "--demo", environ=told) as terminal, _opened("tests.clock_app", environ=told) as clock:
        terminal.until(shows_six_tasks, "the six tasks")
        clock.until(lambda text: "the clock" in text, "the clock")
        _leave_alone((terminal, clock), _WARM_UP)
        cpu, least, written = cpu_seconds(terminal.pid), cpu_seconds(clock.pid), len(terminal.output)
        began = time.monotonic()
        _leave_alone((terminal, clock), seconds)
        passed = time.monotonic() - began
        used = Idle(
            (cpu_seconds(terminal.pid) - cpu) / passed,
            (len(terminal.output) - written) / passed,
            (cpu_seconds(clock.pid) - least) / passed,
        )
        terminal.press("q")
        assert terminal.wait() == 0
    return used


def _opened(*module: str, environ: Mapping[str, str]) -> Terminal:
    return Terminal([sys.executable, "-m", *module], columns=120, rows=34, environ=environ)


def _leave_alone(terminals: Sequence[Terminal], seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for terminal in terminals:
            terminal.pump()


def main(arguments: list[str]) -> int:
    """Print what it costs; 1 when that is too much."""
    with tempfile.TemporaryDirectory() as home:
        used = watch_idle(float(arguments[0]) if arguments else 60.0, home)
    print(used)  # noqa: T201 - the command's output
    return int(not used.is_quiet)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
