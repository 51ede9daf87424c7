"""Keeps `history.db` small: thins old counter spans, deletes what is too old, and returns free pages to the disk."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from omstui.backend.history.history import KEPT_EVENTS
from omstui.backend.history.tables import in_ms, month_number
from omstui.core.month import Month

if TYPE_CHECKING:
    import sqlite3

FULL = timedelta(days=8)
"""How long every counter span is kept; older ones are thinned to the last one of each hour."""

EVERY = timedelta(days=1)

_AT_ONCE = 500
_PAGES_AT_ONCE = 100
_HOUR_MS = 3_600_000

_THINNED = """
    DELETE FROM reading WHERE (task, answered) IN (
        SELECT task, answered FROM reading AS early WHERE task = ? AND answered < ? AND EXISTS (
            SELECT 1 FROM reading AS late WHERE late.task = early.task AND late.phase = early.phase
            AND late.answered > early.answered AND late.answered < early.answered / ? * ? + ?
        ) LIMIT ?
    )
"""
_FORGOTTEN = (
    "DELETE FROM answer WHERE is_current AND answered < :at",
    "DELETE FROM answer WHERE NOT is_current AND month < :month",
    "DELETE FROM acknowledged WHERE month < :month",
    "DELETE FROM event WHERE at < :at",
    "DELETE FROM event WHERE number NOT IN (SELECT number FROM event ORDER BY at DESC, number DESC LIMIT :events)",
    "DELETE FROM phase WHERE number NOT IN (SELECT phase FROM reading)",
    """
    DELETE FROM task WHERE NOT EXISTS (SELECT 1 FROM reading WHERE task = number)
    AND number NOT IN (SELECT task FROM answer UNION SELECT task FROM acknowledged)
    """,
)


def thinning(connection: "sqlite3.Connection", now: datetime, keep: timedelta) -> Iterator[None]:
    """Thin what is older than `FULL` and delete what is older than `keep`, one small transaction for each step.

    The first instance that finds it due does it, once a day.

    Raises:
        sqlite3.Error: the next step failed; the steps before it stay done.
    """
    if not _is_due(connection, now):
        return
    oldest, full = in_ms(now - keep), in_ms(now - FULL) // _HOUR_MS * _HOUR_MS
    for (task,) in connection.execute("SELECT number FROM task").fetchall():
        while connection.execute(_THINNED, (task, full, _HOUR_MS, _HOUR_MS, _HOUR_MS, _AT_ONCE)).rowcount:
            yield
        while connection.execute(
            "DELETE FROM reading WHERE task = ? AND answered IN"
            " (SELECT answered FROM reading WHERE task = ? AND answered + lasting < ? ORDER BY answered LIMIT ?)",
            (task, task, oldest, _AT_ONCE),
        ).rowcount:
            yield
    month = month_number(Month.containing(now - keep, now.tzinfo or UTC))
    for statement in _FORGOTTEN:
        connection.execute(statement, {"at": oldest, "month": month, "events": KEPT_EVENTS})
        yield
    while _free_pages(connection):
        connection.execute(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})").fetchall()
        yield


def _is_due(connection: "sqlite3.Connection", now: datetime) -> bool:
    """Return whether no instance has thinned within a day, and if so, store that this one does it now."""
    connection.execute("BEGIN IMMEDIATE")
    (done,) = connection.execute("SELECT max(thinned) FROM upkeep").fetchone()
    is_due = done is None or not in_ms(now - EVERY) < done <= in_ms(now)
    if is_due:
        connection.execute("DELETE FROM upkeep")
        connection.execute("INSERT INTO upkeep VALUES (?)", (in_ms(now),))
    connection.execute("COMMIT")
    return is_due


def _free_pages(connection: "sqlite3.Connection") -> int:
    (pages,) = connection.execute("PRAGMA freelist_count").fetchone()
    return int(pages)
