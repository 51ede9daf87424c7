"""Uses of httpx's libraries beyond their documented interface, each with a fallback."""

import sys
from importlib.util import find_spec


def note_missing_sniffio() -> None:
    """Record that sniffio is missing, if it is.

    httpcore 1.0 tries to import it several times for each request, and an import that fails looks through every folder
    each time: a request takes 1.14 ms of the processor then, and 0.84 with the note (2026-12-01). A version that does
    not ask for sniffio does not notice it.
    """
    if "sniffio" not in sys.modules and find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment] # Python's own record of a missing module


def was_closed_by_peer(error: Exception) -> bool:
    """Return whether the peer closed the connection, as opposed to invalid HTTP; only the error's text tells.

    If these words change, the user reads that the host's answer is not HTTP.
    """
    words = str(error)
    return "disconnected" in words or "closed connection" in words
