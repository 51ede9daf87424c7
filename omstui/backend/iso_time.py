"""Times as services and commands write them in JSON."""

from datetime import UTC, datetime


def read_iso_time(value: object) -> datetime | None:
    """Read ``2020-01-04T09:05:22.701000Z``, in UTC unless it says otherwise; ``None`` when it is no time."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
