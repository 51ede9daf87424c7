"""The first line: the number of tasks by condition, the expiry of credentials, and the time."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo

from msgspec import Struct, field

from omstui.core.alerts.seen import Changes
from omstui.core.watch.condition import Condition
from omstui.core.zone import offset_name
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.condition_signs import GLYPHS, role_of
from omstui.ui.drawing.formats import clean, clock, span
from omstui.ui.drawing.line import Line, Span, fitted, joined, width_of

_DAY = timedelta(hours=24)
_HOUR = timedelta(hours=1)
_LONGEST_NAME = 16
_MORE = Span(" …", "dim")
_WELL = {Condition.SYNCING: "ok"}


class Head(Struct, frozen=True):
    """The contents of the head line."""

    counts: Counter[Condition]
    now: datetime
    zone: tzinfo
    expiries: Mapping[str, datetime] = field(default_factory=dict)
    """When each profile's credential expires, if known."""

    paused_at: datetime | None = None
    filtered: int | None = None
    """How many tasks match the filter."""

    profile: str | None = None
    """The only profile whose tasks are shown."""

    order: str = ""
    """The sort order of the list, if no column title shows it: ``Size ▼``."""

    is_demo: bool = False
    changes: Changes | None = None
    """What has changed since the user last looked."""


def head_line(head: Head, width: int) -> Line:
    """Draw the counts and credential expiries; with little room late expiries go first, then words become glyphs.

    The last cell is blank, so that no figure touches the clock after it; nothing is cut in the middle.
    """
    room = max(width - 1, 0)
    left, right = next((ways for ways in _ways(head) if width_of(ways[0]) + width_of(ways[1]) <= room), ([], []))
    return joined(left or _as_many_as_fit(head, room), right, width)


def _ways(head: Head) -> Iterator[tuple[list[Span], list[Span]]]:
    """Yield the two parts of the line, the longest form first, then shorter ones; most widths fit the first."""
    words, all_clocks = _left(head), _clocks(head, _DAY)
    if changes := changes_spans(head):
        yield [*words, *changes], all_clocks
        yield [*words, *changes], _clocks(head, _HOUR)
        yield [*words, *changes], _clocks(head, timedelta())
        glyphs, shortly = _shortly(head), changes_spans(head, is_short=True)
        yield [*glyphs, *changes], _clocks(head, timedelta())
        yield [*glyphs, *changes], _expired_shortly(head)
        yield [*glyphs, *changes], []
        yield [*glyphs, *shortly], _expired_shortly(head)
        yield [*glyphs, *shortly], []
    yield words, all_clocks
    yield words, _clocks(head, _HOUR)
    yield words, _clocks(head, timedelta())
    yield words, _expired_shortly(head)
    yield words[1:], _expired_shortly(head)
    yield words, []
    yield words[1:], []
    yield _shortly(head), _expired_shortly(head)
    yield _shortly(head), []
    yield _shortly(head, has_words=False), _expired_shortly(head)
    yield _shortly(head, has_words=False), []


def clock_line(now: datetime, zone: tzinfo, width: int, *, is_thin: bool = False) -> Line:
    """Draw the time with its offset if that fits: ``UTC+08:00``, else ``+08``.

    Args:
        now: the present moment.
        zone: the zone of the shown time.
        width: the width in cells.
        is_thin: whether to leave out the seconds.
    """
    time = Span(f"{now.astimezone(zone):%H:%M} " if is_thin else f"{clock(now, zone)} ", "strong")
    offset = offset_name(zone, now)
    for words in (offset, offset.removeprefix("UTC").removesuffix(":00")):
        spans = (time, Span(f"{words} ", "dim"))
        if width_of(spans) <= width:
            return fitted(spans, width)
    return fitted((time,), width)


def _left(head: Head) -> list[Span]:
    total = sum(head.counts.values())
    spans = [Span(" omstui", "title")]
    if head.is_demo:
        spans.append(Span(" DEMO", "warn"))
    if head.paused_at is not None:
        spans.append(Span(f" PAUSED since {clock(head.paused_at, head.zone)}", "warn strong"))
    spans.append(Span(f"  {total} task{'' if total == 1 else 's'}", "strong"))
    if head.filtered is not None:
        spans.append(Span(f" ({_shown(head)} shown)", "warn"))
    if head.order:
        spans.append(Span(f"  sorted by {head.order}", "dim"))
    for condition in _in_order(head):
        words = f"{head.counts[condition]} {_WELL.get(condition, condition.value)}"
        spans.extend((Span("  "), Span(words, role_of(condition))))
    return spans


def changes_spans(head: Head, *, is_short: bool = False) -> list[Span]:
    """Draw what has changed since the user last looked: ``since 02:10: 2 new failures, 1 stopped``; else no spans."""
    changes = head.changes
    if changes is None or not changes.are_any:
        return []
    since = changes.since.astimezone(head.zone)
    is_near = abs(head.now - changes.since) < timedelta(hours=12)
    parts: list[Span] = []
    if changes.new_failures:
        long = f"{changes.new_failures:,} new failure{'' if changes.new_failures == 1 else 's'}"
        parts.append(Span(f"+{changes.new_failures:,} failed" if is_short else long, "bad"))
    for condition in sorted(changes.now, key=lambda one: one.severity):
        word = "ok" if condition in _WELL and is_short else "ok again" if condition in _WELL else condition.value
        parts.append(Span(f"{changes.now[condition]} {word}", role_of(condition)))
    spans = [Span(f"  since {since:%H:%M}: " if is_near else f"  since {since:%d %b %H:%M}: ", "dim")]
    for number, part in enumerate(parts):
        spans += [Span(", ", "dim"), part] if number else [part]
    return spans


def _shortly(head: Head, *, has_words: bool = True) -> list[Span]:
    """Draw the counts with glyphs, the worst first; without words the filter is shown as figures: ``4/6``."""
    spans = [
        Span(" DEMO" if head.is_demo else "", "warn"),
        Span(" PAUSED" * (head.paused_at is not None), "warn strong"),
    ]
    by_glyph: dict[tuple[str, str], int] = {}
    for condition in sorted(head.counts, key=lambda c: c.severity):
        sign = (GLYPHS[condition], role_of(condition))
        by_glyph[sign] = by_glyph.get(sign, 0) + head.counts[condition]
    spans += [Span(f" {glyph} {number}", role) for (glyph, role), number in by_glyph.items()]
    if head.filtered is not None:
        words = f" ({_shown(head)} shown)" if has_words else f" {head.filtered}/{sum(head.counts.values())}"
        spans.append(Span(words, "warn"))
    if head.order:
        spans.append(Span(f" {'sorted by ' * has_words}{head.order}", "dim"))
    return [one for one in spans if one.text]


def _as_many_as_fit(head: Head, room: int) -> list[Span]:
    """Draw as many counts as fit, none of them cut, and an ellipsis for the others."""
    spans = _shortly(head, has_words=False)
    kept = bool(head.order) + (head.filtered is not None)
    listed = [spans.pop() for _ in range(kept)][::-1]
    marks = [spans.pop(0) for mark in (head.is_demo, head.paused_at) if mark]
    while spans and width_of([*marks, *spans, _MORE, *listed]) > room:
        spans.pop()
    while len(marks) > 1 and width_of([*marks, _MORE, *listed]) > room:
        del marks[0]
    while listed and width_of([*marks, _MORE, *listed]) > room:
        listed.pop()
    return [*marks, *spans, _MORE, *listed]


def _shown(head: Head) -> str:
    """Return how many rows are shown, with the profile if only one is shown: ``prod-bj4: 4``."""
    return f"{clean(head.profile, _LONGEST_NAME)}: {head.filtered}" if head.profile is not None else f"{head.filtered}"


def _in_order(head: Head) -> list[Condition]:
    return sorted(head.counts, key=lambda condition: (not condition.is_well, condition.severity))


def _clocks(head: Head, below: timedelta) -> list[Span]:
    """Draw the remaining time of the credentials that expire within `below`."""
    spans: list[Span] = []
    for profile, ends_at in sorted(head.expiries.items()):
        left = ends_at - head.now
        if left > below:
            continue
        role = "bad" if left <= timedelta() else "warn" if left < _HOUR else "dim"
        words = "expired" if left <= timedelta() else span(left)
        if spans:
            spans.append(Span(" · ", "dim"))
        spans.append(Span(f"{clean(profile, _LONGEST_NAME)} token {words}", role))
    return [*spans, Span("   ")] if spans else spans


def _expired_shortly(head: Head) -> list[Span]:
    """Draw how many credentials have expired, without their names."""
    count = sum(ends_at <= head.now for ends_at in head.expiries.values())
    words = "token expired" if count == 1 else f"{count} tokens expired"
    return [Span(f"{words}   ", "bad")] if count else []


class HeadLine(Canvas):
    """The first line without the clock."""

    def show_head(self, head: Head) -> None:
        """Set the contents of the line."""
        self.show_lines([head_line(head, self.drawn_width)])


class ClockFace(Canvas):
    """The clock, updated by the loop that also checks freshness: it shows that the screen still works.

    It is a separate widget because Textual writes a line from the left edge of its widget up to the change.
    """

    def show_time(self, now: datetime, zone: tzinfo, *, is_thin: bool) -> None:
        """Set the shown time."""
        self.show_lines([clock_line(now, zone, self.drawn_width, is_thin=is_thin)])
