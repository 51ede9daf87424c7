"""Writes a file that was not there before."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from omstui.backend.files import FileTrouble

_MOST_NAMES = 100


def write_new(folders: Sequence[Path], stem: str, suffix: str, text: str) -> Path:
    """Write a file into the first of some folders that takes it, and return where it is; none is ever overwritten.

    Args:
        folders: where to try, in order.
        stem: the name without its end; a number follows where the name is taken.
        suffix: the name's end, with its dot.
        text: what to write.

    Raises:
        FileTrouble: no folder takes it; names the last one and why.
    """
    data = text.encode("utf-8", "replace")
    trouble = FileTrouble(Path(f"{stem}{suffix}"), "there is no folder to write to")
    for folder in folders:
        try:
            return _written(folder.resolve(), stem, suffix, data)
        except OSError as error:
            trouble = FileTrouble(folder, f"nothing can be written there: {error.strerror or error}")
    raise trouble


def _written(folder: Path, stem: str, suffix: str, data: bytes) -> Path:
    for number in range(1, _MOST_NAMES + 1):
        path = folder / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
        try:
            file = path.open("xb")
        except FileExistsError:
            continue
        try:
            with file:
                file.write(data)
        except OSError:
            with suppress(OSError):  # what was begun here would mislead
                path.unlink()
            raise
        return path
    raise OSError(f"there are {_MOST_NAMES} files of that name")
