"""Times and months as `history.db` holds them."""

from datetime import UTC, datetime, timedelta

from omstui.core.month import Month

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class DamagedHistory(Exception):  # noqa: N818 - expected of a file that anyone can write to
    """The database is sound, and what stands in it is not of this program's making."""


def in_ms(at: datetime) -> int:
    """Return a time as it is stored: epoch milliseconds."""
    return (at - _EPOCH) // _MILLISECOND


def stored_moment(value: object) -> datetime:
    """Read a time.

    Raises:
        DamagedHistory: it is none.
    """
    try:
        return _EPOCH + timedelta(milliseconds=whole(value))
    except OverflowError:
        raise DamagedHistory("a time beyond the calendar") from None


def month_number(month: Month) -> int:
    """Return a month as it is stored: counted from year 0."""
    return month.year * 12 + month.number - 1


def stored_month(value: object) -> Month:
    """Read a month.

    Raises:
        DamagedHistory: it is none.
    """
    try:
        return Month(whole(value) // 12, whole(value) % 12 + 1)
    except ValueError:
        raise DamagedHistory("a month beyond the calendar") from None


def whole(value: object) -> int:
    """Read a number.

    Raises:
        DamagedHistory: it is none.
    """
    if not isinstance(value, int):
        raise DamagedHistory("a number that is none")
    return value
