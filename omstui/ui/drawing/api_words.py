"""Words for values of the API's fields."""

from omstui.core.task import STOPPED, SYNCHRONIZING
from omstui.ui.drawing.formats import MISSING, clean

STATUS = {word: word for word in (SYNCHRONIZING, STOPPED)}
"""The statuses of the API reference, which are shown unchanged."""

OVERWRITE = {
    "NO_OVERWRITE": "never",
    "SIZE_LAST_MODIFIED_COMPARISON_OVERWRITE": "when size differs or source is newer",
    "CRC64_COMPARISON_OVERWRITE": "when CRC64 differs; where there is none, when size differs or source is newer",
    "FULL_OVERWRITE": "always",
}
CONSISTENCY = {
    "size_last_modified": "size and modification time",
    "crc64": "CRC64; where there is none, size and modification time",
    "no_check": "size and modification time, where the size is known",
    "transmission": "during transmission",
}
STORAGE_CLASS = {
    "STANDARD": "standard",
    "IA": "infrequent access",
    "ARCHIVE": "archive",
    "DEEP_ARCHIVE": "deep archive",
    "SRC_STORAGE_MAPPING": "as at the source",
}
_LONGEST_WORD = 60


def explained(value: str | None, meanings: dict[str, str]) -> str:
    """Return the meaning of an enumeration's word; a word that is not in the reference is returned as unknown."""
    if value is None:
        return MISSING
    return meanings.get(value) or f"{clean(value, _LONGEST_WORD) or '(empty)'} (unknown value)"


def switch(value: bool | None) -> str:
    """Return ``on``, ``off`` or the sign for a value that was not reported."""
    return MISSING if value is None else "on" if value else "off"
