"""A keyring that is locked, asks where nobody answers, is mute or not there holds up neither picture, keys nor end."""

import math
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from omstui.backend.secrets.calls import DEADLINE
from tests.faults.starting import OMSTUI, TOKEN, answer, configure, environment
from tests.plain_oms import PlainOms
from tests.secret_service import (
    clean_environment,
    locked_service,
    mute_service,
    need_programs,
    prompting_service,
    secret_service,
)
from tests.terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

TRIES = 3
"""Times that something is measured on a machine that may be busy, before the least counts."""

LEAST_TURNS, MOST_TURNS = 4, 12
LITTLE = 1.25
"""How many times as long a start without a bus may take as the one beside it with a bus."""

Figure = Callable[[str], None]
Service = Callable[[Path], AbstractContextManager[dict[str, str]]]


def on_bus(home: Path, found: dict[str, str]) -> dict[str, str]:
    return environment(home) | {name: found[name] for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")}


def seconds_until(terminal: Terminal, is_so: Callable[[str], bool], what: str) -> float:
    start = time.monotonic()
    terminal.until(is_so, what)
    return time.monotonic() - start


def seconds_to_quit(terminal: Terminal) -> float:
    start = time.monotonic()
    terminal.press("q")
    assert terminal.wait() == 0
    return time.monotonic() - start


def most_to_quit() -> float:
    """Return how long leaving may take: a second, or more where many programs share a core.

    However busy the machine is, no longer than would show that the keyring's own deadline is waited for.
    """
    return min(max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)), DEADLINE - 1)


def least_to_quit(environ: dict[str, str], is_so: Callable[[str], bool], what: str) -> float:
    """Return the seconds that leaving takes once something is shown, the least of a few tries when they are many."""
    least = math.inf
    for _ in range(TRIES):
        with Terminal(OMSTUI, environ=environ) as terminal:
            terminal.until(is_so, what)
            least = min(least, seconds_to_quit(terminal))
        if least <= most_to_quit():
            break
    return least


@pytest.mark.fault("R13")
@pytest.mark.parametrize(
    ("service", "words"),
    [
        (locked_service, "is locked or was never set up"),
        (lambda home: secret_service(home, unlocked=False), "is locked or was never set up"),
        (prompting_service, "did not answer within 4 s"),
        (mute_service, "did not answer within 4 s"),
    ],
    ids=["locked without a display", "never set up", "prompt never answered", "mute"],
)
def test_a_keyring_that_gives_nothing_is_told_in_time_and_holds_up_nothing(
    service: Service, words: str, tmp_path: Path, figure: Figure
) -> None:
    """Keys are answered while the keyring is waited for; the program ends at once, both then and later."""
    need_programs()

    def is_told(text: str) -> bool:
        return words in " ".join(text.replace("│", " ").split())

    with service(tmp_path) as found, PlainOms(answer, TOKEN) as oms:
        configure(tmp_path, oms.url)
        environ = on_bus(tmp_path, found)
        with Terminal(OMSTUI, environ=environ) as terminal:
            terminal.until(lambda text: "one" in text, "the first picture")
            first = time.monotonic()
            terminal.press("?")
            terminal.until(lambda text: "Next task" in text, "the help, although the keyring is waited for")
            terminal.press("escape")
            terminal.until(is_told, "the message")
            told = time.monotonic() - first
        left_later = least_to_quit(environ, is_told, "the message")
        left_meanwhile = least_to_quit(environ, lambda text: "one" in text, "the first picture")
        assert oms.seen == []
    assert told <= 5
    assert max(left_later, left_meanwhile) <= most_to_quit()
    figure(f"told after {told:.1f} s, gone {max(left_later, left_meanwhile):.1f} s after q")


@pytest.mark.fault("R12")
def test_the_first_picture_does_not_wait_for_a_bus(tmp_path: Path, figure: Figure) -> None:
    """Of pairs of starts, one without a bus and one with, most take alike long.

    A pair shares its moment, so that a busy machine slows both. More pairs are taken while most seem to differ.
    """
    need_programs()
    ratios: list[float] = []
    seconds: dict[str, list[float]] = {"with": [], "without": []}
    with secret_service(tmp_path / "service") as found, PlainOms(answer, TOKEN) as oms:
        configure(tmp_path, oms.url)
        environs = {"with": on_bus(tmp_path, found), "without": environment(tmp_path)}
        assert "DBUS_SESSION_BUS_ADDRESS" not in clean_environment(tmp_path)
        for turn in range(MOST_TURNS):
            if turn >= LEAST_TURNS and statistics.median(ratios) < LITTLE:
                break
            for name in sorted(environs, reverse=turn % 2 == 0):
                with Terminal(OMSTUI, environ=environs[name]) as terminal:
                    seconds[name].append(seconds_until(terminal, lambda text: "one" in text, "the first picture"))
                    terminal.until(lambda text: "token" in text, "the row's condition")
            ratios.append(seconds["without"][-1] / seconds["with"][-1])
    assert statistics.median(ratios) < LITTLE
    without, with_bus = min(seconds["without"]), min(seconds["with"])
    figure(f"first picture after {1000 * without:.0f} ms without, {1000 * with_bus:.0f} ms with")
