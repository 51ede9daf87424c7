"""What a task's counters and activity tell, in words."""

from datetime import datetime, timedelta, tzinfo

from omstui.core.watch.board import TaskState
from omstui.core.watch.rates import forecast, rate
from omstui.ui.drawing.formats import MISSING, per_minute, seen_at, size, span

_ALWAYS_TOLD = frozenset({"monthly_success_object"})
"""Counters whose speed is shown even at 0; the others are shown only while they change."""

_SHORTEST_QUIET = timedelta(minutes=1)


def speeds(state: TaskState) -> dict[str, str]:
    """Return the speed of the counters by field, each with the time over which it was measured."""
    words = {}
    for name in ("monthly_acceptance_request", "monthly_success_object", "monthly_failure_object"):
        speed = rate(state.points, name)
        if speed is not None and (speed.per_minute or name in _ALWAYS_TOLD):
            words[name] = f"{per_minute(speed.per_minute)} over {span(speed.basis)}"
    volume = rate(state.points, "monthly_size")
    if volume is not None and volume.per_second >= 1:
        words["monthly_size"] = f"{size(int(volume.per_second))}/s over {span(volume.basis)}"
    return words


def pending_words(state: TaskState) -> str:
    """Return for how long pending has grown, or when it will be 0; empty when neither is known."""
    ahead = forecast(state.points)
    if ahead is not None:
        return f"empty in about {span(ahead.left)} at the pace of the last {span(ahead.basis)}"
    growing = state.backlog.growing_for if state.backlog is not None else None
    return f"growing for {span(growing)}" if growing is not None else ""


def activity_words(state: TaskState, now: datetime, zone: tzinfo) -> str:
    """Return when an object was last accepted, as far as omstui watched."""
    activity = state.activity
    if activity.seen is None or activity.quiet_since is None:
        return MISSING
    quiet = span(activity.quiet)
    if activity.last_at is None or activity.rose_unseen:
        seen = "unseen" if activity.rose_unseen else "none seen"
        return f"{seen}; nothing in {quiet} watched since" if activity.quiet >= _SHORTEST_QUIET else seen
    if activity.last_at > now:
        return "not known"  # the clock was set back meanwhile
    words = seen_at(activity.last_at, now, zone)
    return f"{words}, quiet for {quiet}" if activity.quiet >= 2 * _SHORTEST_QUIET else words
