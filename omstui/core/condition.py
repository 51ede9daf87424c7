"""How a watched task is doing, in one word."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from omstui.core.problem import ProblemKind

if TYPE_CHECKING:
    from omstui.core.board import Track
    from omstui.core.sample import Sample
    from omstui.core.task import SyncTask


class Condition(StrEnum):
    """The word on a row; the worst that holds wins, in this order."""

    TOKEN = "token"  # noqa: S105 - a word for the screen, not a secret
    GONE = "gone"
    FORBIDDEN = "forbidden"
    ENDPOINT = "endpoint"
    REFUSED = "refused"
    MISSING = "missing"
    """The service has said once that there is no such task."""

    BAD_ANSWER = "bad answer"
    THROTTLED = "throttled"
    NETWORK = "network"
    SERVER = "server"
    INTERNAL = "internal"
    STALE = "stale"
    STOPPED = "stopped"
    FAILING = "failing"
    UNKNOWN = "unknown"
    """The service reports a status that the reference does not know."""

    SILENT = "silent"
    """Nothing has arrived for unusually long."""

    SYNCING = "syncing"
    ASKING = "asking"
    """No answer yet."""

    @property
    def severity(self) -> int:
        """The place in the order: 0 is the worst."""
        return _ORDER[self]

    @property
    def is_trouble(self) -> bool:
        """Whether asking itself does not work, so that the figures are old."""
        return self.severity <= _ORDER[Condition.STALE]

    @property
    def is_well(self) -> bool:
        """Whether the task accepts events, answers, and nothing new has failed."""
        return self is Condition.SYNCING


_OVERDUE = 0.75
"""By how many intervals an answer may come later than it was to be asked for."""

_ORDER = {condition: place for place, condition in enumerate(Condition)}
_OF_PROBLEM = {kind: Condition(kind.value) for kind in ProblemKind}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A condition with what it rests on."""

    condition: Condition
    age: timedelta | None
    """How old the last good answer is; ``None`` when there is none."""

    is_age_unknown: bool = False
    """Whether that answer seems to be still to come: the clock was set back since, and nobody knows how old it is."""

    until: datetime | None = None
    """From when on time alone may make it another; ``None`` where only an answer does."""


def stale_after(interval: float) -> timedelta:
    """Return the age beyond which an answer counts as stale: twice the interval (seconds)."""
    return timedelta(seconds=2 * interval)


def judge(track: "Track", now: datetime, interval: float) -> Judgement:
    """Say how a task is doing at this moment.

    Freshness is judged here, from the time of the last good answer, so that a poller which has died cannot leave a row
    looking fresh.
    """
    good = track.good
    age = now - good.answered_at if good is not None else None
    shown_age = max(age, timedelta()) if age is not None else None
    problem = track.problem
    if problem is not None:
        return Judgement(_OF_PROBLEM[problem.kind], shown_age)
    if good is None or good.task is None or age is None:
        return Judgement(Condition.ASKING, None)
    limit, last_at, held = _limit(good, interval), good.answered_at, track.held
    if held is not None and held.answered_at - last_at <= limit:
        last_at = held.answered_at  # what it says waits for the next answer, but the task answers
        age = now - last_at
    # An answer from the future says that the clock was set back, so that nobody knows how old it is.
    if age > limit:
        return Judgement(Condition.STALE, shown_age)
    if age < -limit:
        return Judgement(Condition.STALE, shown_age, is_age_unknown=True, until=last_at - limit)
    return Judgement(_live_condition(track, good.task), shown_age, until=last_at + limit)


def _limit(good: "Sample", interval: float) -> timedelta:
    """Return the age beyond which this answer is stale."""
    limit = stale_after(interval)
    if good.next_at is not None:
        # After throttling a profile is asked more slowly, on purpose: the answer may become that much older.
        limit = max(limit, good.next_at - good.answered_at + timedelta(seconds=_OVERDUE * interval))
    return limit


def _live_condition(track: "Track", task: "SyncTask") -> Condition:
    """Say what an answer that is not old tells."""
    if task.is_stopped:
        return Condition.STOPPED
    if track.new_failures:
        return Condition.FAILING
    if not task.is_synchronizing:
        return Condition.UNKNOWN
    return Condition.SILENT if track.is_silent else Condition.SYNCING
