"""What is kept of a mistake of ours that ends the program."""

from pathlib import Path

from omstui.backend.files import FileTrouble, write_atomically
from omstui.backend.redact import mask_traceback


def crash_file(state: Path) -> Path:
    """Return the file in the state folder."""
    return state / "crash.txt"


def record_crash(path: Path, text: str) -> str:
    """Keep a traceback, masked, and return in words where it is; only its owner can read it."""
    try:
        write_atomically(path, mask_traceback(text) + "\n")
    except FileTrouble:
        return "Its details could not be written."
    return f"Details: {path}"
