"""The program stands still, held up by a terminal that does not read or stopped: memory stays, and nothing has failed.

One wait serves both; the longest that a request may take, and two intervals, end within it. The questions that are
under way when the program comes to its stand are never answered: what becomes of them is known only after the thaw.
"""

import os
import re
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from omstui.backend.auth.token_command import TIME_LIMIT as COMMAND_LIMIT
from tests.faults.lengths import length
from tests.faults.modes import private_modes
from tests.faults.session import IDS, TOKEN, Session, configure, home_environ, session
from tests.faults.slow_oms import SlowOms
from tests.faults.ssh_server import SshServer
from tests.faults.storm import bring_to_a_stand, fill
from tests.proc import is_alive, resident_bytes, wait_for
from tests.terminal import Terminal
from tests.ui.running import running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes by /proc")

SECONDS = length(30.0, 90.0)
"""How long the program stands still."""

OFTEN = ("--interval", "10s")
"""So that a question is under way soon, and is never answered."""

NEVER = 600.0
"""Seconds that the questions before the standstill would take to be answered."""

FALSE_CONDITIONS = re.compile("network|server|bad answer|internal|throttled|token|gone|forbidden|failing|silent|✗")
"""What a row, or the pane, would say of a failure."""


@dataclass
class Frozen:
    """A program that stands still."""

    terminal: Terminal
    pid: int
    oms: SlowOms
    in_flight: int
    """Questions about the current month that were under way when it came to its stand."""

    resident_before: int
    """Bytes that it held before anything was done to it."""

    since: float
    """When it came to its stand, by the machine's steady clock."""

    def sit_out(self) -> float:
        """Wait for the end of the time; return how long it was."""
        while (seconds := time.monotonic() - self.since) < SECONDS:
            time.sleep(min(SECONDS - seconds, 1.0))
        return seconds

    def thawed(self, wake: Callable[[], None]) -> tuple[float, set[str]]:
        """Let it go on; return the seconds to a round of answers, and what it has said of failures until then.

        Only what is asked from now on is answered.
        """
        self.oms.seconds = 0.0
        answered, thawed_at, start = len(self.oms.answered), datetime.now(UTC), time.monotonic()
        wake()
        data = b""
        fresh: float | None = None
        while fresh is None:
            assert time.monotonic() - start < 30, "it does not ask again"
            if select.select([self.terminal.fd], [], [], 0.02)[0]:
                data += os.read(self.terminal.fd, 65536)
            if set(self.oms.answered[answered:]) >= set(IDS):
                fresh = time.monotonic() - start
        self.terminal.take_over(data.replace(b"\0", b""))
        self.terminal.until(lambda text: len(times_since(text, thawed_at)) == len(IDS), "five answers of now")
        assert self.terminal.text.count("syncing") == len(IDS)
        seen = (data + self.terminal.output[-100_000:]).decode(errors="replace")
        return fresh, set(FALSE_CONDITIONS.findall(seen))


def times_since(text: str, moment: datetime) -> list[str]:
    """Return the rows' times of their answers that are not before this moment."""
    rows = re.findall(r"^ . task-\d .*?(\d\d:\d\d:\d\d) │", text, re.MULTILINE)
    least = moment - timedelta(seconds=1)
    return [at for at in rows if timedelta(0) <= _of_day(at, least) - least < timedelta(hours=1)]


def _of_day(at: str, least: datetime) -> datetime:
    told = datetime.combine(least.date(), datetime.strptime(at, "%H:%M:%S").time(), UTC)  # noqa: DTZ007 - UTC is given
    return told if told >= least else told + timedelta(days=1)


@pytest.fixture(scope="module")
def frozen(sshd: SshServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Frozen, Frozen]]:
    """Two programs that stand still: one whose ssh client does not read, and one that is stopped."""
    with ExitStack() as stack:
        stopped = _stopped(tmp_path_factory.mktemp("stopped"), stack)
        yield _blocked(sshd, tmp_path_factory.mktemp("blocked"), stack), stopped


def _blocked(sshd: SshServer, home: Path, stack: ExitStack) -> Frozen:
    oms = SlowOms()
    stack.enter_context(oms.server)
    configure(home, oms.server)
    run = stack.enter_context(session(sshd, home, *OFTEN))
    before = resident_bytes(run.pid)
    stop_reading(run, oms)
    return Frozen(run.client, run.pid, oms, len(oms.held), before, time.monotonic())


def _stopped(home: Path, stack: ExitStack) -> Frozen:
    oms = SlowOms()
    stack.enter_context(oms.server)
    configure(home, oms.server)
    argv = [sys.executable, "-m", "omstui", *OFTEN]
    terminal = stack.enter_context(Terminal(argv, environ=home_environ(home)))
    terminal.until(lambda text: text.count("syncing") == len(IDS), "five answers")
    _leave_unanswered(oms)
    os.kill(terminal.pid, signal.SIGSTOP)
    return Frozen(terminal, terminal.pid, oms, len(oms.held), resident_bytes(terminal.pid), time.monotonic())


def _leave_unanswered(oms: SlowOms) -> None:
    """Answer no more; return once a question waits."""
    oms.seconds = NEVER
    wait_for(lambda: bool(oms.held), "a question about the current month")


def stop_reading(run: Session, oms: SlowOms) -> None:
    """Stop the client, fill the way to it, and bring the program to a stand while a question is under way."""
    os.kill(run.client.pid, signal.SIGSTOP)
    fill(run.pid)
    _leave_unanswered(oms)
    bring_to_a_stand(run.pid, run.client.screen.columns, run.client.screen.lines)


@pytest.mark.fault("R4")
@pytest.mark.usefixtures("frozen")  # they stand still meanwhile
def test_sigterm_ends_it_while_its_terminal_does_not_read(
    sshd: SshServer, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """And once the terminal reads again, it gets its modes back, behind all the pictures that are under way."""
    oms = SlowOms()
    with oms.server:
        configure(tmp_path, oms.server)
        with session(sshd, tmp_path, *OFTEN) as run:
            stop_reading(run, oms)
            os.kill(run.pid, signal.SIGTERM)
            seconds = wait_for(lambda: not is_alive(run.pid), "the end")
            assert run.exit_code == 143
            os.kill(run.client.pid, signal.SIGCONT)
            run.client.until(lambda _: b"\x1b[?1049l" in run.client.output, "the end of the pictures", 60)
            run.client.press("\n")
            run.client.wait()
            left_on = private_modes(run.client.output)
            figure(f"gone after {seconds:.1f} s, exit 143, {len(left_on)} modes left on after the thaw")
            assert left_on == {}
            assert seconds < 3


@pytest.mark.fault("R3")
def test_a_terminal_that_does_not_read_costs_no_memory_and_no_row(
    frozen: tuple[Frozen, Frozen], figure: Callable[[str], None]
) -> None:
    blocked, _ = frozen
    assert blocked.in_flight
    seconds = blocked.sit_out()
    grown = resident_bytes(blocked.pid) - blocked.resident_before
    fresh, false = blocked.thawed(lambda: os.kill(blocked.terminal.pid, signal.SIGCONT))
    figure(
        f"{seconds:.0f} s with {blocked.in_flight} requests in flight: {grown / 2**20:+.1f} MB, "
        f"fresh after {fresh:.1f} s, {len(false)} rows failed"
    )
    assert false == set()
    assert grown <= 2 * 2**20
    assert fresh < 3


@pytest.mark.fault("R8")
def test_a_program_that_was_stopped_has_seen_no_failure(
    frozen: tuple[Frozen, Frozen], figure: Callable[[str], None]
) -> None:
    _, stopped = frozen
    assert stopped.in_flight
    seconds = stopped.sit_out()
    fresh, false = stopped.thawed(lambda: os.kill(stopped.pid, signal.SIGCONT))
    figure(
        f"stopped for {seconds:.0f} s with {stopped.in_flight} requests in flight: fresh after {fresh:.1f} s, "
        f"{len(false)} false conditions"
    )
    assert false == set()
    assert fresh < 10


@pytest.mark.fault("R8")
def test_a_program_that_was_stopped_while_a_command_fetched_its_token_has_one(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """The command's ten seconds pass meanwhile; it has long ended, and well."""
    false = _stopped_while_fetching(tmp_path)
    figure(f"stopped while a command fetched the token: {len(false)} false conditions")
    assert false == set()


def _stopped_while_fetching(home: Path) -> set[str]:
    """Stop the program while its command runs; return what it has said of failures once it goes on."""
    oms = SlowOms()
    began, script = home / "began", home / "token.sh"
    script.write_text(f"#!/bin/sh\ntouch '{began}'\nsleep 2\nprintf %s '{TOKEN}'\n")
    script.chmod(0o700)
    with oms.server:
        config = configure(home, oms.server).parent / "config.toml"
        config.write_text(f'{config.read_text()}auth = "command"\ntoken_command = ["{script}"]\n')
        environ = {name: value for name, value in home_environ(home).items() if name != "OMSTUI_TOKEN"}
        with Terminal([sys.executable, "-m", "omstui"], environ=environ) as terminal:
            terminal.until(lambda _: began.exists(), "the command")
            os.kill(terminal.pid, signal.SIGSTOP)
            time.sleep(COMMAND_LIMIT + 3)
            os.kill(terminal.pid, signal.SIGCONT)
            terminal.until(
                lambda text: text.count("syncing") == len(IDS) or "was ended" in text or "✗" in text, "five rows"
            )
            return set(FALSE_CONDITIONS.findall(terminal.output.decode(errors="replace"))) - {"token"}


@pytest.mark.fault("R8")
@pytest.mark.parametrize("days", [2, 40])
async def test_after_days_of_sleep_ages_and_the_tokens_end_are_right(days: int, figure: Callable[[str], None]) -> None:
    """The wall clock has gone on and the steady one has not, as in a machine that slept."""
    async with running() as run:
        names = ("images-to-obs", "logs-archive", "backup-2025", "invoices", "cold-tier", "old-photos")
        states = [run.row(name).split()[2] for name in names]
        assert states == ["failing", "syncing", "stopped", "server", "token", "gone"]
        asked = len(run.asked())
        run.clock.jump(days * 86_400)
        run.main.paint()
        await run.pilot.pause()
        assert f"stale {days}d" in run.row("images-to-obs"), "nothing is known of now yet"
        await run.advance(5)
        assert [run.row(name).split()[2] for name in names] == states
        good = run.state("images-to-obs").good
        assert good is not None
        assert good.answered_at >= run.clock.now() - timedelta(seconds=5)
        assert len(run.asked(asked)) >= len(names) - 1, "all at once, but for the refused profile"
        assert "2 tokens expired" in run.text(), "one that had 21 hours left, and one that had none"
        figure(f"{days} days by the stepped clock: 0 false conditions, ended token told")


@pytest.mark.fault("R8")
async def test_after_a_step_back_of_the_clock_all_is_known_anew(figure: Callable[[str], None]) -> None:
    """A clock that was two hours ahead is set right, so that what is known bears times that have not come yet."""
    async with running() as run:
        names = ("images-to-obs", "logs-archive", "backup-2025", "invoices", "cold-tier", "old-photos")
        asked = len(run.asked())
        run.clock.jump(-2 * 3600)
        stepped_at = run.clock.now()
        run.main.paint()
        await run.pilot.pause()
        assert "stale ?" in run.row("images-to-obs"), "nobody knows how old its answer is"
        await run.advance(5)
        # The service of the demo lives by the same clock: two hours earlier it has no trouble yet.
        states = [run.row(name).split()[2] for name in names]
        assert states == ["syncing", "syncing", "stopped", "syncing", "token", "gone"]
        for name in names[:4]:
            good = run.state(name).good
            assert good is not None
            assert stepped_at <= good.answered_at <= run.clock.now()
        assert len(run.asked(asked)) >= len(names) - 1, "all at once, but for the refused profile"
        await run.advance(60)
        assert "stale" not in run.text()
        assert "set back" not in run.text()
        figure("two hours back by the stepped clock: 0 false conditions")
