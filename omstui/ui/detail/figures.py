"""The figures and settings of one task as lines of the detail pane."""

from collections.abc import Iterable
from datetime import tzinfo

from omstui.core.task import SyncTask, failed_lists_place, moment
from omstui.core.text import tame
from omstui.core.watch.condition import Assessment
from omstui.core.watch.month_zone import MonthZone
from omstui.core.zone import offset_name
from omstui.ui.detail.view import View
from omstui.ui.drawing.api_words import CONSISTENCY, OVERWRITE, STATUS, STORAGE_CLASS, explained, switch
from omstui.ui.drawing.formats import MISSING, clean, exact, moment_text, percent, size
from omstui.ui.drawing.line import EMPTY, Line, Span, width_of, wrapped
from omstui.ui.drawing.task_words import activity_words, pending_words, speeds

_LABEL = 13
_VALUE = 12
_EXTRA = 9
_LONGEST_TEXT = 255
"""Characters that the service takes in a description and in an APPID."""


def counter_lines(view: View, task: SyncTask, assessment: Assessment, width: int) -> list[Line]:
    """Draw the month's counters with their shares, the speed of the current month, and what is pending."""
    processed = task.processed
    is_live = view.is_current and not assessment.condition.has_old_figures
    speed_words = speeds(view.state) if is_live else {}
    new = view.state.new_failures if view.is_current else 0
    accepted = speed_words.get("monthly_acceptance_request", "")
    lines = _figure(width, "Accepted", exact(task.monthly_acceptance_request), "", _where_room(accepted, 23, width))
    for label, counter in (
        ("Synced", "monthly_success_object"),
        ("Failed", "monthly_failure_object"),
        ("Skipped", "monthly_skip_object"),
    ):
        value: int | None = getattr(task, counter)
        extra = [Span(percent(value, processed).rjust(9), "dim")]
        speed = speed_words.get(counter, "")
        role = ""
        if counter == "monthly_failure_object" and value:
            role = "bad" if new else "warn"
            if new:
                extra.append(Span(f"+{new:,} since seen ({view.keys.of('list.acknowledge')}: seen)", "bad"))
            if view.is_current and view.since_looked not in {0, new}:
                extra.append(Span(f"+{view.since_looked:,} since you looked", "bad"))
            extra += _where_room(speed, 23 + sum(2 + width_of((one,)) for one in extra), width)
            listed = f"{view.keys.of('copy.menu')}: where they are listed"
            extra += _where_room(listed, 23 + sum(2 + width_of((one,)) for one in extra), width)
        elif speed:
            extra.append(Span(speed, "dim"))
        lines += _figure(width, label, exact(value), role, extra)
    words = pending_words(view.state) if is_live else ""
    number, role, why = _pending(task)
    lines += _figure(width, "Pending", number, role, [*why, Span(words, "dim")])
    exactly = _bytes(task.monthly_size)
    extra = [Span(exactly, "dim"), *_where_room(speed_words.get("monthly_size", ""), 25 + len(exactly), width)]
    lines += _figure(width, "Size", size(task.monthly_size), "", extra)
    return [*lines, _share_bar(task, min(width, 60))]


def _pending(task: SyncTask) -> tuple[str, str, list[Span]]:
    if task.pending is not None:
        return exact(task.pending), "", []
    why = (
        "more done than accepted, as happens near a month change"
        if task.has_contradicting_counters
        else "not all counters reported"
    )
    return "n/a", "dim", [Span(why, "dim")]


def _where_room(words: str, taken: int, width: int) -> list[Span]:
    """Return words that are worth having on the same line, and not a line of their own."""
    return [Span(words, "dim")] if words and taken + len(words) <= width else []


def _bytes(number: int | None) -> str:
    return f"{number:,} bytes" if number is not None and number >= 1000 else ""


def _figure(width: int, label: str, value: str, role: str = "", extra: Iterable[Span] = ()) -> list[Line]:
    """Draw a labelled figure; what does not fit beside it goes below it."""
    room = max(_VALUE, len(value))
    spans = [Span(label.ljust(9), "dim"), Span(value.rjust(room), f"{role} strong".strip())]
    lines: list[Line] = []
    for piece in extra:
        if not piece.text:
            continue
        if width_of(spans) + 2 + width_of((piece,)) <= width:
            spans += [Span("  "), piece]
            continue
        lines.append(tuple(spans))
        *full, last = wrapped(piece.text.strip(), width, piece.role, indent=_EXTRA)
        lines += full
        spans = list(last)
    return [*lines, tuple(spans)]


def _share_bar(task: SyncTask, width: int) -> Line:
    """Draw how the accepted objects are divided; nothing when the counters do not add up."""
    pending, processed = task.pending, task.processed
    if pending is None or processed is None or not (whole := pending + processed):
        return EMPTY
    parts = [
        (task.monthly_success_object or 0, "ok", "━"),
        (task.monthly_failure_object or 0, "bad", "━"),
        (task.monthly_skip_object or 0, "off", "━"),
        (pending, "accent", "╌"),
    ]
    cells = [max(1, part * width // whole) if part else 0 for part, _, _ in parts]
    largest = max(range(len(parts)), key=lambda i: parts[i][0])
    cells[largest] += width - sum(cells)
    return tuple(
        Span(glyph * max(length, 0), role) for length, (_, role, glyph) in zip(cells, parts, strict=True) if length > 0
    )


def setting_lines(view: View, task: SyncTask, width: int) -> list[Line]:
    """Draw the task's settings in words."""
    rows = [
        ("Status", explained(task.status, STATUS)),
        *([("Last arrival", activity_words(view.state, view.now, view.zone))] if view.is_current else []),
        *([("Months", _learned(view, view.learned_zone))] if view.learned_zone is not None else []),
        ("Created", _when(task.create_time, view.zone, width - _LABEL)),
        ("Last started", _when(task.last_start_time, view.zone, width - _LABEL)),
        ("Overwrite", explained(task.object_overwrite_mode, OVERWRITE)),
        ("Consistency", explained(task.consistency_check, CONSISTENCY)),
        ("Storage", explained(task.dst_storage_policy, STORAGE_CLASS)),
        ("Options", _options(task)),
        ("APPID", _in_full(task.app_id)),
        ("Description", _in_full(task.description)),
    ]
    is_misnamed = view.learned_zone is not None and not view.learned_zone.allows(view.month_zone)
    lines: list[Line] = []
    for label, value in rows:
        lines += _fact(label, value, width, "warn" if label == "Months" and is_misnamed else "")
    lines += _failed_lists(view, task, width)
    remarks = "; ".join(view.good.remarks) if view.good is not None else ""
    return [*lines, *(_fact("Bad fields", clean(remarks, 400), width, "warn") if remarks else [])]


def _fact(label: str, value: str, width: int, role: str = "") -> list[Line]:
    """Draw a label and what belongs to it, on as many lines as that takes."""
    first, *rest = wrapped(value, max(width - _LABEL, 8), "dim" if value == MISSING else role)
    lines: list[Line] = [(Span(label.ljust(_LABEL), "dim"), *first)]
    return lines + [(Span(" " * _LABEL), *line) for line in rest]


def _in_full(text: str | None) -> str:
    """Return a text of the user's, which the service bounds at so many characters, however wide they are."""
    if text is None:
        return MISSING
    tamed = tame(text)
    return (tamed if len(tamed) <= _LONGEST_TEXT else f"{tamed[: _LONGEST_TEXT - 1]}…") or "(empty)"


def _failed_lists(view: View, task: SyncTask, width: int) -> list[Line]:
    """Draw where the failed objects are listed; without failures the same room is kept, so that nothing moves."""
    place = failed_lists_place(view.state.ref.sync_task_id, task)
    if place is None:
        return _fact("Failed lists", MISSING, width)
    lines = _fact("Failed lists", f"{clean(place, 400)} (by the documentation)", width)
    if task.monthly_failure_object:
        return lines
    return [*_fact("Failed lists", MISSING, width), *[EMPTY] * (len(lines) - 1)]


def _learned(view: View, learned: MonthZone) -> str:
    """Say in which zone months begin, when that was seen, and how to name them so where they are named otherwise."""
    seen = learned.seen_at.astimezone(view.zone)
    said = f"begin at {learned.words} (seen {seen.day} {seen:%B})" if learned.is_exact else f"begin {learned.words}"
    if learned.allows(view.month_zone):
        return said
    zone = learned.words if learned.is_exact else "Z"
    named = offset_name(view.month_zone, learned.seen_at)
    return f"{said}, but the profile says {named}: omstui login {clean(view.state.ref.profile, 64)} --zone {zone}"


def _options(task: SyncTask) -> str:
    switches = (
        ("KMS", task.enable_kms),
        ("metadata", task.enable_metadata_migration),
        ("restore archived", task.enable_restore),
    )
    return " · ".join(f"{name} {switch(value)}" for name, value in switches)


def _when(epoch_ms: int | None, zone: tzinfo, width: int) -> str:
    """Write a time of the service's, its offset shortly where that saves a line."""
    if epoch_ms is None:
        return MISSING
    at = moment(epoch_ms)
    if at is not None:
        text = moment_text(at, zone)
        for short in (text, text.replace(" UTC", " "), text.replace(" UTC", " ").removesuffix(":00")):
            if len(short) <= width:
                return short
        return text
    return "unknown (0)" if epoch_ms == 0 else f"{epoch_ms} ms: outside the calendar"
