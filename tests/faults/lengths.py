"""How long the long rows take: as long as the table says by ``python -m tests.faults``, and shorter in a test run."""

import os

WHOLE = "OMSTUI_WHOLE_FAULTS"
"""The environment variable that asks for the whole length."""


def length(short: float, whole: float) -> float:
    """Return what a row takes in this run, in seconds or in answers."""
    return whole if os.environ.get(WHOLE) else short
