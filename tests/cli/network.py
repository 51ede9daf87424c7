"""The pretend IAM and OMS beside a command that runs an event loop of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.backend.iam_server import IamServer, iam_serving


@contextmanager
def serving(server: IamServer) -> Iterator[IamServer]:
    """Serve on a loopback port, in a thread, until the block ends."""
    is_up, loop, over = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with iam_serving(server):
            is_up.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert is_up.wait(60)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(60)
        loop.close()
