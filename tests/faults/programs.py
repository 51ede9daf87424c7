"""The programs of a system, and what else of it, that some faults need."""

import os
import shutil
from typing import NoReturn

import pytest


def need(*names: str) -> list[str]:
    """Return where these programs are; skip the test on a machine without one, and fail it where they must be (CI)."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"  # sshd is there
    found = [shutil.which(name, path=path) for name in names]
    missing = [name for name, place in zip(names, found, strict=True) if place is None]
    if missing:
        cannot(f"not installed: {', '.join(missing)}")
    return [place for place in found if place is not None]


def cannot(reason: str) -> NoReturn:
    """Skip the test on a machine where it is impossible, and fail it where no row may be left out (CI)."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
