"""Draws the event log: one line for each event, and one event in full."""

from collections.abc import Sequence
from datetime import tzinfo

from omstui.core.alerts.event import Event, Severity
from omstui.ui.drawing.formats import clean, cut, moment_text
from omstui.ui.drawing.line import Line, Span, fitted, joined, text_of, width_of, wrapped

GLYPHS = {Severity.NOTE: "·", Severity.WARNING: "!", Severity.ALARM: "✗"}
ROLES = {Severity.NOTE: "dim", Severity.WARNING: "warn", Severity.ALARM: "bad"}

_WIDE, _MIDDLE = 110, 76
_SEVERITY = max(len(severity.value) for severity in Severity)
_LONGEST_WORDS = 600


def subject(event: Event) -> str:
    """Return the subject of the event: the name or id of a task, or a profile; foreign text, not tamed."""
    return event.name or event.sync_task_id or event.profile


def matches(event: Event, needle: str) -> bool:
    """Return whether the task, id, profile, kind, severity or words of the event contain the filter's text."""
    texts = (event.name, event.sync_task_id, event.profile, event.kind, event.severity.value, event.words)
    return any(needle.casefold() in text.casefold() for text in texts)


def event_line(event: Event, zone: tzinfo, width: int) -> Line:
    """Draw an event at this width; a narrow line leaves out its words, which `event_in_full` shows."""
    role = ROLES[event.severity]
    local = event.at.astimezone(zone)
    if width >= _WIDE:
        time, name_width = moment_text(event.at, zone), 22
    elif width >= _MIDDLE:
        time, name_width = f"{local:%d %b %Y %H:%M:%S}"[:20], 16
    else:
        time, name_width = f"{local:%d %b %H:%M}", max(width - 26, 8)
    name = clean(subject(event), name_width)
    start = [
        Span(f" {GLYPHS[event.severity]} ", role),
        Span(f"{time}  " if width >= _MIDDLE else f"{time} ", "dim"),
        Span(f"{event.severity.value:{_SEVERITY}} ", role),
        *fitted((Span(name, "strong"),), name_width),
    ]
    if width < _MIDDLE:
        return fitted(start, width)
    room = max(width - width_of(start) - 2, 1)
    return fitted((*start, Span("  "), Span(clean(event.words, room))), width)


def title_line(shown: int, known: int, below: int, offset: str, width: int) -> Line:
    """Draw the number of events, the offset of their times, and the number of new ones below."""
    counted = f"{shown} of {known}" if shown != known else str(known)
    left = [Span(" Events", "title"), Span(f"  {counted}", "strong")]
    if offset:
        left.append(Span(f"  times {offset}", "dim"))
    right = [Span(f"↓ {below} new below (G) ", "warn")] if below else []
    return joined(left, right, width)


def event_in_full(event: Event | None, zone: tzinfo, width: int, height: int) -> list[Line]:
    """Draw one event with its time, offset, severity, kind and profile, and as many lines of its words as fit."""
    if event is None:
        return []
    facts = (event.severity.value, event.kind, clean(event.profile, 24))
    head = " · ".join(fact for fact in facts if fact)
    time = moment_text(event.at, zone)
    first: Line = (Span(f" {time}", "strong"), Span(f" · {head}", ROLES[event.severity]))
    about = f"{clean(subject(event), 40)}: " if event.sync_task_id else ""
    words = wrapped(f"{about}{clean(event.words, _LONGEST_WORDS)}", max(width - 2, 1), indent=1)
    lines: Sequence[Line] = [first, *words]
    if width_of(first) > width:
        lines = [(Span(f" {time}", "strong"),), (Span(f" {head}", ROLES[event.severity]),), *words]
    if len(lines) > height > 0:
        *lines, last = lines[:height]
        return [*lines, (Span(cut(f"{text_of(last)} …", width)),)]
    return list(lines[:height])
