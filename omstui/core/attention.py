"""When somebody last looked at the screen, as far as keys and the terminal's focus tell."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from omstui.core.glance import Glance
from omstui.core.judged import Judged

AWAY = timedelta(minutes=1)
"""Who presses no key for so long may have gone."""

READING = timedelta(minutes=1)
"""Who comes back is left what has changed for so long, whatever keys are pressed."""

_GLANCE = timedelta(seconds=3)
"""Who leaves the terminal sooner than that has only passed it by."""


@dataclass(frozen=True, slots=True)
class Attention:
    """The last glance, and what the next key or change of focus makes of it."""

    glance: Glance
    last_key_at: datetime
    reading_until: datetime | None = None
    """Until when the glance stays as it is, since somebody has just come back."""

    focused_at: datetime | None = None
    """Since when the terminal has the focus, where it has told."""

    def key(self, seen: Glance) -> Self:
        """Return this after a key.

        Args:
            seen: how the tasks stand at this moment.
        """
        now, pressed = seen.at, replace(self, last_key_at=seen.at)
        if self.reading_until is not None and now < self.reading_until <= now + READING:
            return pressed
        if self.reading_until is None and now - self.last_key_at >= AWAY:
            return replace(pressed, reading_until=now + READING)
        return replace(pressed, glance=seen, reading_until=None)

    def left(self, seen: Glance) -> Self:
        """Return this after the terminal has lost the focus."""
        is_passing_by = self.focused_at is not None and timedelta() <= seen.at - self.focused_at < _GLANCE
        away = replace(self, focused_at=None, reading_until=None)
        return away if is_passing_by else replace(away, glance=seen)

    def returned(self, now: datetime) -> Self:
        """Return this after the terminal has got the focus: what has changed is there to be read."""
        return replace(self, focused_at=now, reading_until=now + READING)

    def with_new(self, judged: Judged) -> Self:
        """Return this with the tasks that were not known at the last glance."""
        glance = self.glance.completed(judged)
        return self if glance is self.glance else replace(self, glance=glance)

    def by_hand(self, seen: Glance) -> Self:
        """Return this after somebody has said to have seen it all."""
        return replace(self, glance=seen, reading_until=None)
