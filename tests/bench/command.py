"""The command as a user has it, without what tools for tests bring: ``python -m tests.bench.command [ARGUMENT …]``."""

import sys

# With click, which a tool for tests installs, httpx loads a command line of its own: three megabytes, 75 milliseconds.
sys.modules["httpx._main"] = None  # type: ignore[assignment] # how Python notes that there is no such module

from omstui.__main__ import main  # noqa: E402 - only now

if __name__ == "__main__":
    main()
