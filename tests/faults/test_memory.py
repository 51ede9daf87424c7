"""Row 17: answers that are too long, too slow, or become too large, and what they cost."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.backend import chaos
from tests.backend.chaos import Act, Exchange, serving
from tests.faults.eating import LIMITS, TIMES

ROOT = Path(__file__).parents[2]
MOST = 5 * 1024 * 1024
SPARE = 3.0
"""Seconds that a machine may need that has other things to do, beyond the limit."""

pytestmark = [
    pytest.mark.fault("R17"),
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory by /proc"),
]


async def one_gigabyte(exchange: Exchange) -> None:
    """Promise a gigabyte, and send as much of it as is taken."""
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
    for _ in range(16 * 1024):
        await exchange.send(b" " * 0x10000)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (one_gigabyte, "larger than"),
        (chaos.endless_body, "larger than"),
        (chaos.endless_headers, "not HTTP"),
        (chaos.endless_provisional, "not complete within"),
        (chaos.gzipped, "compressed"),
        (chaos.drip_body, "not complete within"),
        (chaos.drip_headers, "not complete within"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_no_answer_makes_the_process_larger_or_outlasts_the_limit(
    act: Act, words: str, figure: Callable[[str], None]
) -> None:
    """In a process of its own: its most memory grows by 5 MB at most."""
    chaos.bomb()  # packed before anybody waits for it
    environ = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    async with serving(chaos.good) as good, serving(act) as bad:
        begun = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.eating", good.url, bad.url, cwd=ROOT, env=environ,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, _ = await process.communicate()
        seconds = time.monotonic() - begun
    grown, slowest, outcome = said.decode().split(" ", 2)
    assert words in outcome
    assert int(grown) <= MOST
    assert seconds < TIMES * LIMITS.total + 10
    assert float(slowest) < LIMITS.total + SPARE, "each answer by itself"
    figure(f"{act.__name__.replace('_', ' ')} +{int(grown) / 1e6:.1f} MB")
