"""What a program has done to its terminal, and whether it was undone."""

import os
import re
import termios
from collections import Counter
from collections.abc import Mapping, Sequence

from tests.terminal import Terminal

_SWITCH = re.compile(rb"\x1b\[\?([0-9;]+)([hl])|\x1b\[([<>])[0-9]*u")
_AT_FIRST = {"7": 1, "25": 1}
"""A terminal wraps lines and shows its cursor."""

_ANSWERS = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[?2048$p": b"\x1b[?2048;2$y"}
"""A modern terminal knows synchronized output, and tells its size by itself."""


def private_modes(output: bytes) -> dict[str, int]:
    """Return the terminal's private modes after this output, as far as they are not as a terminal begins."""
    state = {**_AT_FIRST, "keys": 0}
    for numbers, switch, stack in _SWITCH.findall(output):
        if stack:
            state["keys"] = max(state["keys"] + (1 if stack == b">" else -1), 0)
        else:
            state |= {number: int(switch == b"h") for number in numbers.decode().split(";")}
    return {name: value for name, value in state.items() if value != _AT_FIRST.get(name, 0)}


class ModernTerminal(Terminal):
    """Answers what it is asked about itself, and remembers how it was before the program began."""

    def __init__(self, argv: Sequence[str], *, environ: Mapping[str, str]) -> None:
        self._answered: Counter[bytes] = Counter()
        super().__init__(["/bin/sh", "-c", 'read go; exec "$@"', "sh", *argv], environ=environ)
        self.modes_before = termios.tcgetattr(self.fd)
        os.write(self.fd, b"\n")

    def pump(self, seconds: float = 0.05) -> bool:
        """Take over what is written, and answer."""
        has_come = super().pump(seconds)
        for question, answer in _ANSWERS.items():
            while self._answered[question] < self.output.count(question):
                os.write(self.fd, answer)
                self._answered[question] += 1
        return has_come

    def differences(self) -> list[str]:
        """Return what is not as it was before the program began."""
        names = ("input", "output", "control", "local", "input speed", "output speed", "characters")
        both = zip(names, self.modes_before, termios.tcgetattr(self.fd), strict=True)
        found = [name for name, before, after in both if before != after]
        return found + [f"{name}={value}" for name, value in private_modes(self.output).items()]
