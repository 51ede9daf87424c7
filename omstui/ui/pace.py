"""The words beside the counters of the current month: how fast, since when, and until when."""

from datetime import datetime, timedelta, tzinfo

from omstui.core.watch.board import Track
from omstui.core.watch.rates import forecast, rate
from omstui.ui.text import MISSING, per_minute, seen_at, size, span

_ALWAYS_TOLD = frozenset({"monthly_success_object"})
"""That nothing is synced is worth saying; of the others only what moves."""

_MOMENT = timedelta(minutes=1)


def speeds(track: Track) -> dict[str, str]:
    """Return how fast the counters move, by field, each with the time over which that was seen."""
    told = {}
    for name in ("monthly_acceptance_request", "monthly_success_object", "monthly_failure_object"):
        speed = rate(track.points, name)
        if speed is not None and (speed.per_minute or name in _ALWAYS_TOLD):
            told[name] = f"{per_minute(speed.per_minute)} over {span(speed.basis)}"
    volume = rate(track.points, "monthly_size")
    if volume is not None and volume.per_second >= 1:
        told["monthly_size"] = f"{size(int(volume.per_second))}/s over {span(volume.basis)}"
    return told


def pending_words(track: Track) -> str:
    """Return for how long pending has been growing, or when it will be gone; empty when neither can be told."""
    ahead = forecast(track.points)
    if ahead is not None:
        return f"empty in about {span(ahead.left)} at the pace of the last {span(ahead.basis)}"
    growing = track.backlog.growing_for if track.backlog is not None else None
    return f"growing for {span(growing)}" if growing is not None else ""


def activity_words(track: Track, now: datetime, zone: tzinfo) -> str:
    """Return when something was last accepted, as far as that was watched."""
    activity = track.activity
    if activity.seen is None or activity.quiet_since is None:
        return MISSING
    quiet = span(activity.quiet)
    if activity.last_at is None or activity.rose_unseen:
        seen = "unseen" if activity.rose_unseen else "none seen"
        return f"{seen}; nothing in {quiet} watched since" if activity.quiet >= _MOMENT else seen
    if activity.last_at > now:
        return "not known"  # the clock was set back since
    words = seen_at(activity.last_at, now, zone)
    return f"{words}, quiet for {quiet}" if activity.quiet >= 2 * _MOMENT else words
