"""The programs of a system that some faults need."""

import os
import shutil

import pytest


def need(*names: str) -> list[str]:
    """Return where these programs are; skip the test on a machine without one, and fail it where they must be (CI)."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"  # sshd is there
    found = [shutil.which(name, path=path) for name in names]
    missing = [name for name, place in zip(names, found, strict=True) if place is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"not installed: {', '.join(missing)}")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    return [place for place in found if place is not None]
