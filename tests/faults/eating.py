"""Asks a server a few times with the real client, and prints what that cost.

By how many bytes it made this process larger, how many seconds the slowest answer took, and what came of the last one.
"""

import asyncio
import sys
import time
from pathlib import Path

from omstui.backend.http.credential import Credential
from omstui.backend.http.errors import Timeouts
from omstui.backend.oms.client import OmsClient
from omstui.backend.runtime.clock import SystemClock
from omstui.backend.secrets.secret import Secret
from omstui.core.profile import Profile

LIMITS = Timeouts(read=2.0, total=2.0)
TIMES = 2


def largest() -> int:
    """Return the most memory that this process has held, in bytes."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


async def main(good_url: str, url: str) -> None:
    """Ask a good server first, so that all that is loaded and cached is there."""
    credential = Credential(Secret("MIIFaultFakeToken" + "xY7q" * 30), "memory")
    clients = [OmsClient(Profile("lab", at, "p" * 32), clock=SystemClock(), timeouts=LIMITS) for at in (good_url, url)]
    for _ in range(5):
        await clients[0].show_sync_task("t", 1, credential)
    before = largest()
    slowest = 0.0
    for _ in range(TIMES):
        begun = time.monotonic()
        outcome = await clients[1].show_sync_task("t", 1, credential)
        slowest = max(slowest, time.monotonic() - begun)
    for client in clients:
        await client.aclose()
    print(largest() - before, slowest, outcome)  # noqa: T201 - what the test reads


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
