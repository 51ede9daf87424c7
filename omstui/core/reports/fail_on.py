"""The conditions on which `omstui once` fails: their grammar, and whether one holds for a task."""

import re
from datetime import datetime, timedelta

from msgspec import Struct

from omstui.core.reports.task_row import TaskRow
from omstui.core.settings import span_seconds
from omstui.core.watch.condition import Condition, stale_after

_FIGURE = re.compile(r"(failed|skipped|pending)>(\+?)([0-9]{1,18})")
_TOKEN = re.compile(r"token<([0-9]{1,6}[smhd])")
_TROUBLE = "trouble"
_NEVER = frozenset({Condition.SYNCING, Condition.ASKING, Condition.MISSING})
"""Conditions that are no reason to fail. `once` sends one request, so a task that does not exist is `gone` at once; the
screen and `omstui watch` ask again, and call it `missing` until a second answer agrees."""

_WORDS = {condition.value.replace(" ", "-"): condition for condition in Condition if condition not in _NEVER}
_FIELDS = {"failed": "monthly_failure_object", "skipped": "monthly_skip_object", "pending": "pending"}

EXAMPLES = ("failed>0", "failed>+0", "skipped>0", "pending>0", "token<1h", _TROUBLE, *sorted(_WORDS))
"""The completions for a shell: all words, and an example of each form with a number."""

POSSIBLE = f"failed>N, failed>+N, skipped>N, pending>N, token<1h, {_TROUBLE}, {', '.join(sorted(_WORDS))}"
"""All forms of a condition, for messages and help."""


class FailCondition(Struct, frozen=True):
    """One condition on which `omstui once` fails."""

    word: str
    condition: Condition | None = None
    """The condition of a task that the word names, if it names one."""

    figure: str | None = None
    is_new: bool = False
    """Whether only failures count that the user has not seen."""

    limit: int = 0
    """The number that the figure must exceed."""

    life: timedelta | None = None
    """The remaining life of the credential below which the condition holds."""

    def reason(self, row: TaskRow, now: datetime, interval: float) -> str | None:
        """Return why the condition holds for a task; ``None`` when it does not hold, or when that is unknown.

        Args:
            row: the task.
            now: the present moment.
            interval: seconds between two requests; an answer older than two intervals is stale.
        """
        if self.figure is not None:
            number = self._number(row)
            is_more = number is not None and number > self.limit
            return f"{number:,} {'newly ' if self.is_new else ''}{self.figure}" if is_more else None
        if self.life is not None:
            return self._ending(row, now)
        if self.condition is None:
            return row.condition.value if row.condition.has_old_figures else None
        return self._condition_of(row, now, interval)

    def is_unknown(self, row: TaskRow) -> bool:
        """Whether the figure of the condition was not reported, so that it is unknown whether it holds."""
        return self.figure is not None and row.is_answered and self._number(row) is None

    def _number(self, row: TaskRow) -> int | None:
        if row.task is None or self.figure is None:
            return None
        number: int | None = row.new_failures if self.is_new else getattr(row.task, _FIELDS[self.figure])
        return number

    def _ending(self, row: TaskRow, now: datetime) -> str | None:
        if row.condition is Condition.TOKEN:
            return "the credential is refused"
        ends_at = row.credential_expires_at
        if ends_at is None or self.life is None or ends_at - now >= self.life:
            return None
        minutes = (ends_at - now) // timedelta(minutes=1)
        return f"the credential ends in {minutes:,} min" if minutes >= 0 else "the credential has ended"

    def _condition_of(self, row: TaskRow, now: datetime, interval: float) -> str | None:
        """Check the row's facts, not only its condition: a worse condition may hide this one."""
        is_old = row.last_answered_at is None or now - row.last_answered_at > stale_after(interval)
        holds = {
            Condition.STALE: row.condition is Condition.STALE or (row.problem is not None and is_old),
            Condition.FAILING: row.condition is Condition.FAILING or bool(row.new_failures),
            Condition.SILENT: row.is_silent,
        }.get(self.condition or Condition.STALE, row.condition is self.condition)
        return self.condition.value if holds and self.condition is not None else None


def parse_fail_on(text: str) -> tuple[FailCondition, ...]:
    """Read ``failed>0,stopped,token<1h``.

    Raises:
        ValueError: a word is not a condition; the message names it and lists what is possible.
    """
    words = [word.strip() for word in text.split(",")]
    return tuple(_parse(word) for word in dict.fromkeys(words))


def _parse(word: str) -> FailCondition:
    squeezed = "".join(word.lower().split())
    if match := _FIGURE.fullmatch(squeezed):
        figure, plus, limit = match.groups()
        if figure == "failed" or not plus:
            return FailCondition(squeezed, figure=figure, is_new=bool(plus), limit=int(limit))
    if match := _TOKEN.fullmatch(squeezed):
        return FailCondition(squeezed, life=timedelta(seconds=span_seconds(match[1], "smhd")))
    if squeezed in _WORDS:
        return FailCondition(squeezed, condition=_WORDS[squeezed])
    if squeezed == _TROUBLE:
        return FailCondition(squeezed)
    raise ValueError(f"{word[:40]!r} is no condition to fail on; there are: {POSSIBLE}")
