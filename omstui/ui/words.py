"""Conditions and the service's own words, as a person reads them."""

from omstui.core.task import STOPPED, SYNCHRONIZING
from omstui.core.watch.condition import Condition
from omstui.ui.text import MISSING, clean

GLYPHS = {
    Condition.TOKEN: "✗",
    Condition.GONE: "✗",
    Condition.FORBIDDEN: "✗",
    Condition.ENDPOINT: "✗",
    Condition.REFUSED: "✗",
    Condition.MISSING: "?",
    Condition.BAD_ANSWER: "✗",
    Condition.THROTTLED: "~",
    Condition.NETWORK: "✗",
    Condition.SERVER: "✗",
    Condition.INTERNAL: "✗",
    Condition.STALE: "?",
    Condition.STOPPED: "■",
    Condition.FAILING: "!",
    Condition.UNKNOWN: "?",
    Condition.SILENT: "z",
    Condition.SYNCING: "✓",
    Condition.ASKING: "…",
}

ROLES = {
    Condition.MISSING: "warn",
    Condition.THROTTLED: "warn",
    Condition.STALE: "warn",
    Condition.STOPPED: "off",
    Condition.FAILING: "bad",
    Condition.UNKNOWN: "warn",
    Condition.SILENT: "warn",
    Condition.SYNCING: "ok",
    Condition.ASKING: "dim",
}
"""Colours of conditions; what is not named here is bad."""

STATUS = {word: word for word in (SYNCHRONIZING, STOPPED)}
"""The statuses of the reference stand for themselves."""

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


def role_of(condition: Condition) -> str:
    """Return the role that colours a condition."""
    return ROLES.get(condition, "bad")


def explained(value: str | None, meanings: dict[str, str]) -> str:
    """Return what an enumeration's word means; the word itself, marked, when it is not in the reference."""
    if value is None:
        return MISSING
    return meanings.get(value) or f"{clean(value, _LONGEST_WORD) or '(empty)'} (unknown value)"


def switch(value: bool | None) -> str:
    """Return on, off or not reported."""
    return MISSING if value is None else "on" if value else "off"
