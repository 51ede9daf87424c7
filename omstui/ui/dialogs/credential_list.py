"""The profiles with their credentials, as lines."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from textual.geometry import Region

from omstui.core.problem import Problem
from omstui.ui.canvas import Canvas
from omstui.ui.line import Line, Span, fitted, joined, width_of, with_role, wrapped
from omstui.ui.text import clean, span

_NAME_COLUMN = 18
_LONGEST_NAME = 24
_LONGEST_WORDS = 60
_SOON = timedelta(hours=1)
_MARK = 2


@dataclass(frozen=True, slots=True)
class CredentialReport:
    """What is known of a profile's credential, without the credential."""

    profile: str
    way: str
    """How the profile signs in: ``token``, ``password``, ``aksk``, ``command`` or ``ecs``."""

    place: str
    """Where the secret is kept, in words."""

    expires_at: datetime | None
    refusal: Problem | None
    """Why it was last refused, if it was."""

    needs_secret: bool = True
    """Whether a person gives the secret; else it is renewed by asking for it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where the list is looked at."""

    now: datetime
    zone: tzinfo


def report_lines(report: CredentialReport, moment: Moment, *, is_renewed: bool, width: int) -> list[Line]:
    """Draw one profile: its name, how it signs in, where that is kept, until when, and the last refusal in words."""
    name = Span(clean(report.profile, _LONGEST_NAME), "strong")
    kept = Span(clean(f"{report.way} · {report.place}", _LONGEST_WORDS), "dim")
    until = _until(report, moment, is_renewed=is_renewed)
    left: Line = (*fitted((name,), max(_NAME_COLUMN, width_of((name,)) + 2)), kept)
    if width_of(left) + 1 + width_of((until,)) <= width:
        lines: list[Line] = [joined(left, (until,), width)]
    else:
        lines = [joined((name,), (Span(" "), until), width) if width_of((name, until)) < width else (name,)]
        lines += [] if until in lines[0] else [(until,)]
        lines += wrapped(kept.text, width, "dim")
    if report.refusal is not None and not is_renewed:
        code = f" ({clean(report.refusal.code, 40)})" if report.refusal.code else ""
        lines += wrapped(f"✗ {clean(report.refusal.text, 300)}{code}", width, "bad")
    return lines


def _until(report: CredentialReport, moment: Moment, *, is_renewed: bool) -> Span:
    if is_renewed:
        return Span("✓ accepted just now", "ok")
    if report.expires_at is None:
        return Span("refused" if report.refusal is not None else "end not known", "bad" if report.refusal else "dim")
    left = report.expires_at - moment.now
    at = f"{report.expires_at.astimezone(moment.zone):%d %b %H:%M}"
    if left <= timedelta():
        return Span(f"expired {at}", "bad")
    return Span(f"until {at} · {span(left)} left", "warn" if left < _SOON else "ok")


class CredentialList(Canvas):
    """Lists the profiles; the selected one is marked."""

    def __init__(self, reports: Sequence[CredentialReport], moment: Moment, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._reports = tuple(reports)
        self._moment = moment
        self._selected = 0
        self._renewed: Collection[str] = ()

    def show_selected(self, selected: int, renewed: Collection[str]) -> None:
        """Take over which profile is selected, and which ones got a new credential here."""
        self._selected, self._renewed = selected, renewed
        self._paint()

    def on_resize(self) -> None:
        """Draw at the new size."""
        self._paint()

    def _paint(self) -> None:
        width = self.drawn_width - _MARK
        lines: list[Line] = []
        if not self._reports:
            lines = wrapped("There is no profile yet. Leave, and run: omstui login", max(width, 1), "warn")
        top = height = 0
        for index, report in enumerate(self._reports):
            is_renewed = report.profile in self._renewed
            drawn = report_lines(report, self._moment, is_renewed=is_renewed, width=max(width, 1))
            is_selected = index == self._selected
            if is_selected:
                top, height = len(lines), len(drawn)
            for number, line in enumerate(drawn):
                mark = Span("› " if is_selected and number == 0 else "  ", "key")
                whole = fitted((mark, *line), width + _MARK)
                whole = with_role(whole, "cursor") if is_selected and number == 0 else whole
                lines.append(tuple(piece._replace(action=f"screen.pick({index})") for piece in whole))
        self.show_lines(lines)
        self.scroll_to_region(Region(0, top, 1, max(height, 1)), animate=False, force=True, x_axis=False)
