"""A real file system of one megabyte, mounted for one program alone."""

import functools
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.faults.programs import cannot

_MOUNT = """
mount -t tmpfs -o size=1m,mode=700 none "$1" && cp -r "$2"/. "$1" && mount -o "remount,$3" "$1" && shift 3 && exec "$@"
"""


@functools.cache
def _unshare() -> tuple[str, ...] | None:
    """Return the command that may mount here: root's own, or that of a user in a namespace."""
    for command in (("unshare", "--mount"), ("unshare", "--map-root-user", "--mount")):
        try:
            probe = subprocess.run([*command, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
        except OSError:
            return None
        if probe.returncode == 0:
            return command
    return None


def on_small_disk(place: Path, contents: Path, argv: Sequence[str], mode: str = "rw") -> list[str]:
    """Return the command that mounts the disk at a place, copies the contents there, and becomes the program.

    The mode `ro` ends all writing before that. Others see the disk by `seen_by` only, and it goes with the program.
    """
    command = _unshare()
    if command is None:
        cannot("nothing may be mounted here, neither by root nor in a user's namespace")
    return ["/usr/bin/env", *command, "sh", "-c", _MOUNT, "sh", str(place), str(contents), mode, *argv]


def seen_by(pid: int, place: Path) -> Path:
    """Return the place as a process sees it."""
    return Path(f"/proc/{pid}/root{place}")


def fill(folder: Path) -> Path:
    """Write a file until nothing more goes in, and return it."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        size = 65_536
        while size:
            try:
                file.write(b"x" * size)
            except OSError:
                size //= 2
    return path
