"""Row 29: a server that takes ten seconds for every answer, and a person who does not."""

import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from omstui.backend.polling.limiter import AT_ONCE
from omstui.backend.polling.poller import JUST_NOW
from tests.plain_oms import PlainOms
from tests.terminal import Terminal

pytestmark = [
    pytest.mark.fault("R29"),
    pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal"),
]

TOKEN = "MIISlowFakeToken" + "xY7q" * 30
IDS = [f"0d146099-8cf4-437d-b6ef-88e043771c{number:02}" for number in range(5)]
SLOW = 10.0
SAMPLES = 40


class Service:
    """Answers after a while, and counts how many wait for it, and how many of them for figures of now."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.most = self.waiting = self.current = 0
        self._lock = threading.Lock()

    def answer(self, sync_task_id: str, query_time: int) -> tuple[int, object]:
        """Take the time, then answer well."""
        is_current = abs(query_time / 1000 - time.time()) < 60
        with self._lock:
            self.current += is_current
            self.waiting += 1
            self.most = max(self.most, self.waiting)
        time.sleep(self.seconds)
        with self._lock:
            self.waiting -= 1
            self.current -= is_current
        return 200, {
            "sync_task_id": sync_task_id,
            "status": "SYNCHRONIZING",
            "src_bucket": f"bucket-{sync_task_id[-2:]}",
        }


def hammered(terminal: Terminal) -> list[float]:
    """Press keys that ask, and between them one that moves; return the seconds until each move was seen, in order."""
    seconds = []
    place = 0
    for number in range(SAMPLES):
        for key in "rR[t"[number % 4], "]":
            os.write(terminal.fd, key.encode())
        place = (place + 1) % len(IDS)
        begun = time.monotonic()
        os.write(terminal.fd, b"j" if place else b"g")
        while IDS[place] not in terminal.text:
            assert time.monotonic() < begun + 30, terminal.text
            terminal.pump(0.005)
        seconds.append(time.monotonic() - begun)
    return sorted(seconds)


def ask(terminal: Terminal, service: Service) -> None:
    """Press keys that ask until a question about now is under way: what was asked a moment ago is not asked again."""
    end = time.monotonic() + JUST_NOW + 10
    while not service.current:
        assert time.monotonic() < end, "the keys ask nothing"
        os.write(terminal.fd, b"R")
        terminal.pump(0.05)


def test_keys_answer_at_once_while_the_server_takes_ten_seconds(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """As quickly as with a quick server, give or take a noisy machine; and the hammering asks no more than promised."""
    kept = {name: value for name, value in os.environ.items() if name == "PATH" or name.startswith("PYTHON")}
    environ = kept | {
        "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path),
        "TERM": "xterm-256color", "LANG": "C.UTF-8", "OMSTUI_TOKEN": TOKEN,
    }  # fmt: skip
    folder = tmp_path / "omstui"
    folder.mkdir()
    service = Service()
    with PlainOms(service.answer, TOKEN) as oms:
        (folder / "config.toml").write_text(f'[profiles.lab]\nendpoint = "{oms.url}"\nproject_id = "p"\n')
        (folder / "watchlist.toml").write_text("".join(f'[[task]]\nid = "{one}"\nprofile = "lab"\n' for one in IDS))
        with Terminal([sys.executable, "-m", "omstui"], environ=environ) as terminal:
            terminal.until(lambda text: text.count("syncing") == len(IDS), "five answers")
            quick = hammered(terminal)
            service.seconds, service.most = SLOW, 0
            oms.seen.clear()
            begun = time.monotonic()
            ask(terminal, service)
            slow = hammered(terminal)
            assert service.current > 0, "a question has been under way all the time"
            while time.monotonic() < begun + JUST_NOW + 2:
                os.write(terminal.fd, b"rR")
                terminal.pump(0.05)
            lasted = time.monotonic() - begun
            asked = Counter(seen.path for seen in oms.seen)
            assert service.most <= AT_ONCE
            terminal.press("q")
            assert terminal.wait(15) == 0
    # The current month and a past one, each once in JUST_NOW seconds at most.
    assert max(asked.values()) <= 2 * (lasted // JUST_NOW + 1)
    p50, p99 = slow[SAMPLES // 2], slow[-1]
    assert p50 <= 3 * quick[SAMPLES // 2] + 0.1
    assert p99 <= 3 * quick[-1] + 1.0
    before, now = (f"{one[SAMPLES // 2] * 1000:.0f} and {one[-1] * 1000:.0f} ms" for one in (quick, slow))
    figure(f"p50 and p99 {now}, on a quick server {before}; {service.most} in flight at most")
