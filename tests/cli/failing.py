"""The command line with a mistake deep down in its way to the network: ``python -m tests.cli.failing ARGUMENTS``."""

import os
import sys

import httpx

from omstui.backend.runtime.clock import SystemClock
from omstui.backend.runtime.files import Folders
from omstui.backend.secrets.store import MemoryStore
from omstui.cli.context.context import user_context
from omstui.cli.credentials.prompt import ask_secret
from omstui.cli.main import run

LOCAL = "zebra"
"""What a variable holds where it fails: no secret, so that only leaving out values keeps it from being told."""


class FailingTransport(httpx.AsyncBaseTransport):
    """Raises what nobody expects, with all that a request holds in its words."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Fail."""
        striped = LOCAL
        raise RuntimeError(f"unexpected with {len(striped)} {dict(request.headers)}")


def main() -> int:
    """Run the command."""
    return run(
        sys.argv[1:],
        user_context(
            environ=os.environ,
            stdin=sys.stdin,
            stdout=sys.stdout,
            stderr=sys.stderr,
            folders=Folders.of_user(),
            keyring=MemoryStore(),
            clock=SystemClock(),
            transport=FailingTransport(),
            open_screen=lambda _: 0,
            ask_secret=ask_secret,
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
