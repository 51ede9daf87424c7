"""Inside tmux and GNU screen: detached and attached again, the program lives on and costs what it cost before."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.programs import need
from tests.faults.session import home_environ
from tests.proc import cpu_seconds, is_alive, wait_for
from tests.terminal import Terminal, shows_six_tasks

pytestmark = [
    pytest.mark.fault("R10"),
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes by /proc"),
]

SECONDS = 3.0
"""How long one look at the CPU time takes, before, while detached, and after."""

LOOKS = 6
"""How many are taken at most: a picture drawn anew is in the first of them only, what spins is in all."""

SECOND = "0d146099-8cf4-437d-b6ef-88e043771c8b"
"""The id of the demo's second task, as the pane shows it."""

LITTLE = 1.5
"""Per cent of a processor by which the best of them may differ on a machine with other things to do; or half of what it
was before, where each wake-up costs more than usual."""


@dataclass(frozen=True)
class Multiplexer:
    """How one of them is started, left and asked to end."""

    name: str
    detach: tuple[str, ...]
    """Keys."""

    begin: Callable[[str, Path], Sequence[str]]
    attach: Callable[[str, Path], Sequence[str]]
    end: Callable[[str, Path], Sequence[str]]
    environ: Callable[[Path], dict[str, str]] = lambda home: {}


TMUX = Multiplexer(
    "tmux",
    ("\x02", "d"),
    lambda tmux, home: [tmux, "-S", f"{home}/socket", "-f", "/dev/null", "new-session"],
    lambda tmux, home: [tmux, "-S", f"{home}/socket", "attach-session"],
    lambda tmux, home: [tmux, "-S", f"{home}/socket", "kill-server"],
)
SCREEN = Multiplexer(
    "screen",
    ("\x01", "d"),
    lambda screen, home: [screen, "-U", "-c", "/dev/null", "-S", "omstui"],
    lambda screen, home: [screen, "-U", "-c", "/dev/null", "-r", "omstui"],
    lambda screen, home: [screen, "-S", "omstui", "-X", "quit"],
    lambda home: {"SCREENDIR": f"{home}/sockets"},
)


@contextmanager
def ending(argv: Sequence[str], environ: Mapping[str, str]) -> Iterator[None]:
    """End the multiplexer's own process, which belongs to no terminal."""
    try:
        yield
    finally:
        subprocess.run(argv, env=environ, check=False, capture_output=True, timeout=30)


def settled_per_cent(pid: int, terminal: Terminal | None, limit: float) -> float:
    """Return how much of a processor the program uses once it has settled below a limit, or at the last look."""
    for _ in range(LOOKS):
        if (used := per_cent(pid, terminal)) <= limit:
            break
    return used


def per_cent(pid: int, terminal: Terminal | None) -> float:
    """Return how much of a processor the program uses for a while, looked at or not."""
    before, start = cpu_seconds(pid), time.monotonic()
    while (passed := time.monotonic() - start) < SECONDS:
        if terminal is None:
            time.sleep(SECONDS - passed)
        else:
            terminal.pump()
    return 100 * (cpu_seconds(pid) - before) / (time.monotonic() - start)


@pytest.mark.parametrize("multiplexer", [TMUX, SCREEN], ids=lambda one: one.name)
def test_detached_and_attached_again_it_lives_on(
    multiplexer: Multiplexer, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    (program,) = need(multiplexer.name)
    (tmp_path / "sockets").mkdir(mode=0o700)
    environ = home_environ(tmp_path) | multiplexer.environ(tmp_path)
    omstui = [sys.executable, "-m", "tests.faults.noted", str(tmp_path), "--demo"]
    with ending(multiplexer.end(program, tmp_path), environ):
        with Terminal([*multiplexer.begin(program, tmp_path), *omstui], environ=environ) as terminal:
            terminal.until(shows_six_tasks, "the six tasks")
            pid = int((tmp_path / "pid").read_text())
            before = min(per_cent(pid, terminal) for _ in range(2))  # the start may reach into the first
            terminal.press("j")
            terminal.until(lambda text: SECOND in text, "the second task in the pane")
            terminal.press(*multiplexer.detach)
            terminal.wait(30)
        most = before + max(LITTLE, before / 2)
        detached = settled_per_cent(pid, None, most)
        assert is_alive(pid)
        with Terminal(multiplexer.attach(program, tmp_path), environ=environ) as terminal:
            terminal.until(
                lambda text: SECOND in text and shows_six_tasks(text) and "DEMO" in text, "the whole picture"
            )
            after = settled_per_cent(pid, terminal, most)
            clock = terminal.text.split("UTC")[0][-9:]
            terminal.until(lambda text: text.split("UTC")[0][-9:] != clock, "the next second")
            terminal.press("q")
            wait_for(lambda: not is_alive(pid), "the end")
            terminal.wait(30)
    assert (tmp_path / "in-order").exists()
    figure(f"{multiplexer.name}: {before:.1f} % CPU before, {detached:.1f} % detached, {after:.1f} % after")
    assert detached <= most
    assert after <= most
