"""The glyph, role and words of each condition."""

from datetime import datetime

from omstui.core.watch.board import TaskState
from omstui.core.watch.condition import Assessment, Condition
from omstui.ui.drawing.formats import brief, clean

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
"""Roles of conditions; a condition that is missing here has the role ``bad``."""


def role_of(condition: Condition) -> str:
    """Return the role of a condition, which sets its colour."""
    return ROLES.get(condition, "bad")


def state_words(state: TaskState, assessment: Assessment, now: datetime) -> str:
    """Return the state in words: the condition, with the age of a stale answer, or the unknown status itself."""
    match assessment.condition:
        case Condition.STALE if assessment.is_age_unknown:
            return "stale ?"
        case Condition.STALE if (age := assessment.age(now)) is not None:
            return f"stale {brief(age)}"
        case Condition.UNKNOWN if state.task is not None and state.task.status is not None:
            return clean(state.task.status.lower(), 10) + "?"
        case condition:
            return condition.value
