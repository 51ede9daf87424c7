"""The detail pane's picture: every field of an answer in its place, with the month and the time it belongs to."""

from collections.abc import Iterable
from datetime import datetime, tzinfo

from msgspec import Struct, field

from omstui.core.month import Month, bar_reason
from omstui.core.months.month_table import closed_months
from omstui.core.problem import Problem, ProblemKind
from omstui.core.task import SyncTask, failed_lists_place, moment
from omstui.core.text import tame
from omstui.core.watch.board import PastMonth, TaskState
from omstui.core.watch.condition import Assessment, Condition, assess
from omstui.core.watch.rollover import MonthZone, current_month, service_time
from omstui.core.watch.sample import Sample
from omstui.core.zone import offset_name
from omstui.ui.drawing.columns import activity_words, pending_words, speeds, state_words
from omstui.ui.drawing.line import Line, Span, flowing, joined, width_of, wrapped
from omstui.ui.drawing.month_strip import Strip, month_strip
from omstui.ui.drawing.text import (
    CONSISTENCY,
    MISSING,
    OVERWRITE,
    STATUS,
    STORAGE_CLASS,
    clean,
    exact,
    explained,
    moment_text,
    percent,
    role_of,
    seen_at,
    size,
    span,
    switch,
)
from omstui.ui.keys.names import KeyNames

BLANK: Line = ()
_LABEL = 13
_VALUE = 12
_EXTRA = 9
_COUNTERS_WIDTH = 34
_FACTS_WIDTH = 42
_TWO_COLUMNS = _COUNTERS_WIDTH + _FACTS_WIDTH + 1
_LONGEST_TEXT = 255
"""Characters that the service takes in a description and in an APPID."""

_SHORT = 12
"""Rows below which the pane has no room for all that comes before the figures."""


class View(Struct, frozen=True):
    """What the pane is asked to show."""

    state: TaskState
    month: Month | None
    """The month to show; ``None`` for the current one, whichever that is in the task's own zone."""

    now: datetime
    zone: tzinfo
    """The zone in which times are shown."""

    month_zone: tzinfo
    """The zone that names the profile's months."""

    interval: float
    learned_zone: MonthZone | None = None
    """In which zone months begin, as far as the service's answers have told."""

    since_looked: int = 0
    """Objects of the current month that have failed since somebody looked."""

    mark: Span | None = None
    """What the profile's rows are marked with, where they are."""

    profile_role: str = "dim"
    """What the profile's name is drawn in."""

    next_at: datetime | None = None
    """When the task is asked for next, as the poller has it at this moment."""

    keys: KeyNames = field(default_factory=KeyNames)
    """How the keys are written that the pane names."""

    @property
    def current_month(self) -> Month:
        """The month that the service counts now; by the profile's own zone where answers do not tell."""
        return current_month(self.state.good, self.now, self.month_zone)

    @property
    def created_month(self) -> Month | None:
        """The month in which the task was created, where that is known."""
        created = self.state.task.created_at if self.state.task is not None else None
        return Month.containing(created, self.month_zone) if created is not None else None

    @property
    def is_past(self) -> bool:
        """Whether the month is over, by the profile's own zone: history, asked for once."""
        return self.month is not None and self.month < self.current_month

    @property
    def is_current(self) -> bool:
        """Whether the month is the present one, named or not."""
        return self.month is None or self.month == self.current_month

    @property
    def past(self) -> PastMonth:
        """What is known of the past month that is shown."""
        return self.state.months.get(self.month, PastMonth()) if self.month is not None else PastMonth()

    @property
    def good(self) -> Sample | None:
        """The answer whose figures are shown; there is none for a month in the future."""
        if self.is_current:
            return self.state.good
        return self.past.good if self.is_past else None

    @property
    def problem(self) -> Problem | None:
        """What is wrong with asking for what is shown."""
        if self.is_current or (self.is_past and self.state.refusal is not None):
            return self.state.problem
        return self.past.trouble.problem if self.is_past and self.past.trouble is not None else None

    @property
    def strip(self) -> Strip:
        """The twelve months round the shown one, with what is known of them."""
        return Strip(self.shown_month, self.current_month, self.created_month, self.state.known_months)

    @property
    def shown_month(self) -> Month:
        """The month that the figures belong to."""
        if self.month is not None and not self.is_current:
            return self.month
        return self.state.good.month if self.state.good is not None else self.current_month


def detail_lines(view: View, width: int, height: int | None = None) -> list[Line]:
    """Draw the pane at this width.

    Args:
        view: what to show.
        width: cells.
        height: rows that can be seen; with few of them the figures come before id, route and settings.
    """
    is_short = height is not None and height < _SHORT
    assessment = assess(view.state, view.now, view.interval)
    title, names = _title(view, assessment, width), _names(view, width)
    above = title if is_short else [*title, *names]
    keys = _month_keys(view, width)
    below = [*keys, *names] if is_short else []
    bar = month_bar(view, width) if is_short else [BLANK, *month_bar(view, width), *keys, BLANK]
    gap = [] if is_short else [BLANK]
    task = view.good.task if view.good is not None else None
    if task is None:
        strip = _strip(view, width, height) if not is_short else []
        return [*above, *bar, *_no_figures(view, width), *below, *strip]
    above += [line for line in _trouble(view, assessment, width) if line != BLANK or not is_short]
    if width >= _TWO_COLUMNS:
        left_width = min(width // 2, max(_COUNTERS_WIDTH, width - _FACTS_WIDTH - 2))
        left = _counters(view, task, assessment, left_width)
        right = _facts(view, task, width - left_width - 2)
        lines = [*above, *bar, *_beside(left, right, left_width), *below]
        return [*lines, *_strip(view, width, height, len(lines))]
    figures = [*above, *bar, *_counters(view, task, assessment, width), *below]
    strip = _strip(view, width, height, len(figures))
    return [*figures, *strip, *gap, *_facts(view, task, width)]


def _strip(view: View, width: int, height: int | None, taken: int = 0) -> list[Line]:
    """Draw the twelve months below so many lines, where they can be seen without scrolling."""
    lines = [BLANK, *month_strip(view.strip, width)]
    return lines if len(lines) > 1 and (height is None or taken + len(lines) <= height) else []


def _title(view: View, assessment: Assessment, width: int) -> list[Line]:
    """Draw what the task is called, and how it is doing."""
    state = view.state
    status = clean(state.task.status, 24) if state.task is not None and state.task.status is not None else ""
    words = status if assessment.condition in {Condition.SYNCING, Condition.STOPPED} else state_words(state, assessment)
    if assessment.condition is Condition.FAILING:
        words = f"{status} · failing"
    if assessment.condition is Condition.STALE and assessment.age is not None:
        words = "stale · nobody knows how old" if assessment.is_age_unknown else f"stale · {span(assessment.age)} old"
    glyph = "■" if assessment.condition is Condition.STOPPED else "●"
    spans = [Span(f"{glyph} {words}", role_of(assessment.condition))]
    good = state.good
    if good is not None:
        spans.append(Span(f" · answered {seen_at(good.answered_at, view.now, view.zone)}", "dim"))
    if state.refusal is not None:
        again = "not asking" if view.next_at is None else f"next try {seen_at(view.next_at, view.now, view.zone)}"
        spans.append(Span(f" · {again}", "dim"))
    elif view.next_at is not None and view.next_at > view.now and (state.trouble or state.held or good) is not None:
        spans.append(Span(f" · next {seen_at(view.next_at, view.now, view.zone)}", "dim"))
    ref = state.ref
    mark = (Span(" "), view.mark) if view.mark is not None else ()
    profile = (*mark, Span(f" {clean(ref.profile, width // 2)}", view.profile_role))
    name = Span(clean(state.name, max(width - width_of(profile), 1)), "strong")
    return [joined((name,), profile, width), *flowing(spans, width)]


def _names(view: View, width: int) -> list[Line]:
    """Draw the task's id, and where objects come from and go to."""
    ref, task = view.state.ref, view.state.task
    lines: list[Line] = [(Span(clean(ref.sync_task_id, width), "dim"),)]
    if task is not None:
        if task.sync_task_id is not None and task.sync_task_id != ref.sync_task_id:
            lines += wrapped(f"The answer names another id: {clean(task.sync_task_id, 64)}", width, "warn")
        lines += _route(task, width)
    return lines


def _route(task: SyncTask, width: int) -> list[Line]:
    """Draw where objects come from and where they go."""
    # A third of the line is the buckets' in any case.
    cloud = clean(task.src_cloud_type or MISSING, min(16, width // 3))
    gap = max(width_of((Span(cloud),)), 2)
    longest = min(24, max(width - gap - width // 3 - 3, 1))
    regions = [clean(region or MISSING, longest) for region in (task.src_region, task.dst_region)]
    region_width = max(width_of((Span(region),)) for region in regions)
    room = max(width - gap - region_width - 3, 1)
    return [
        (
            Span(" " * (gap - width_of((Span(word),))) + word, "dim"),
            Span(f" {region}{' ' * (region_width - width_of((Span(region),)))}  ", "dim"),
            Span(clean(bucket or MISSING, room)),
        )
        for word, region, bucket in zip((cloud, "to"), regions, (task.src_bucket, task.dst_bucket), strict=True)
    ]


def _trouble(view: View, assessment: Assessment, width: int) -> list[Line]:
    """Draw what is wrong, in full, with what to do; the last good figures stay below it, dated."""
    problem = view.problem
    lines: list[Line] = []
    if problem is not None:
        lines += [BLANK, *problem_lines(problem, _advice(view, problem), width)]
    good = view.good
    is_old = problem is not None or assessment.condition is Condition.STALE
    if view.is_current and good is not None and is_old:
        is_ahead = assessment.is_age_unknown or good.answered_at > view.now
        age = "by a clock that was set back since" if is_ahead else f"{span(view.now - good.answered_at)} ago"
        lines += wrapped(f"Figures below: answered {moment_text(good.answered_at, view.zone)}, {age}", width, "warn")
    return lines


def _advice(view: View, problem: Problem) -> str:
    """Return what helps: a past month is asked for once, so that only a key asks again."""
    advice = problem.advice_for(view.state.ref.profile, view.keys.remedies())
    if not view.is_past:
        return advice
    again = f"{view.keys.of('ask.now')} asks again"
    return f"{advice}; then {again}" if problem.kind is ProblemKind.TOKEN else again


def problem_lines(problem: Problem, advice: str, width: int) -> list[Line]:
    """Draw a problem: its kind, code and status, its text, the request's name and the advice."""
    facts = [problem.kind.value, problem.code, f"HTTP {problem.status}" if problem.status is not None else None]
    head = " · ".join(clean(fact, 40) for fact in facts if fact)
    lines = wrapped(f"✗ {head}", width, "bad strong")
    lines += wrapped(clean(problem.text, 300), width, "bad", indent=2)
    if problem.request_id:
        lines += wrapped(f"request id {clean(problem.request_id, 64)}", width, "dim", indent=2)
    return lines + wrapped(clean(advice, 200), width, "", indent=2)


def month_bar(view: View, width: int) -> list[Line]:
    """Draw which month the figures are of; a past one says so plainly."""
    month = view.shown_month
    zone = offset_name(view.month_zone, month.middle)
    back, on = f"‹ {view.keys.of('month.previous')}", f"{view.keys.of('month.next')} ›"
    inner = max(width - width_of((Span(back), Span(on))), 0)
    when = " · current" if view.is_current else ""
    long, short = (f"{name.upper()} {month.year}{when} · {zone}" for name in (month.name, month.short_name))
    padded = (long if len(long) <= inner else short).center(inner)
    has_next = view.is_past
    has_previous = bar_reason(month, view.current_month, view.created_month) is None and month != view.created_month
    role = "bar" if view.is_current else "bar warn"
    bar: Line = (
        Span(back, "key" if has_previous else "off", "screen.step_month(-1)" if has_previous else ""),
        Span(padded, f"{role} strong", "screen.pick_month"),
        Span(on, "key" if has_next else "off", "screen.step_month(1)" if has_next else ""),
    )
    if view.is_current:
        if month != view.current_month:
            return [bar, *wrapped("The month has turned; no answer for the new one yet", width, "warn")]
        there = service_time(view.state.good, view.now)
        if there != view.now:
            day = there.astimezone(view.month_zone)
            words = f"This machine's clock is wrong: set it (the service has {day.day} {day:%B %Y})"
            return [bar, *wrapped(words, width, "warn")]
        here = Month.containing(view.now, view.month_zone)
        if month != here:
            words = "still counts" if month < here else "already counts"
            return [bar, *wrapped(f"The service {words} {month.name}; here it is {here.name}", width, "warn")]
        return [bar]
    if not view.is_past:
        return [bar]
    known = ""
    if view.past.good is not None:
        is_final = month in closed_months(view.state)
        known = f"{'' if is_final else ', not final'}, answered {moment_text(view.past.good.answered_at, view.zone)}"
    return [bar, *wrapped(f"PAST MONTH – not live{known}", width, "warn")]


def _month_keys(view: View, width: int) -> list[Line]:
    """Draw which keys lead back from a month that is not the current one."""
    if view.is_current:
        return []
    again = f" · {view.keys.of('ask.now')} ask again" if view.is_past else ""
    return wrapped(f"{view.keys.of('month.current')} current month{again}", width, "dim")


def _no_figures(view: View, width: int) -> list[Line]:
    if view.problem is not None:
        return problem_lines(view.problem, _advice(view, view.problem), width)
    reason = bar_reason(view.shown_month, view.current_month, view.created_month)
    words = f"No figures: this month is {reason}" if reason else "No answer yet: asking …"
    return wrapped(words, width, "dim")


def _counters(view: View, task: SyncTask, assessment: Assessment, width: int) -> list[Line]:
    """Draw the month's counters with their shares, the speed of the current month, and what is pending."""
    processed = task.processed
    is_live = view.is_current and not assessment.condition.is_trouble
    told = speeds(view.state) if is_live else {}
    new = view.state.new_failures if view.is_current else 0
    accepted = told.get("monthly_acceptance_request", "")
    lines = _figure(width, "Accepted", exact(task.monthly_acceptance_request), "", _where_room(accepted, 23, width))
    for label, counter in (
        ("Synced", "monthly_success_object"),
        ("Failed", "monthly_failure_object"),
        ("Skipped", "monthly_skip_object"),
    ):
        value: int | None = getattr(task, counter)
        extra = [Span(percent(value, processed).rjust(9), "dim")]
        speed = told.get(counter, "")
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
    extra = [Span(exactly, "dim"), *_where_room(told.get("monthly_size", ""), 25 + len(exactly), width)]
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
        return BLANK
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


def _facts(view: View, task: SyncTask, width: int) -> list[Line]:
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
    return [*_fact("Failed lists", MISSING, width), *[BLANK] * (len(lines) - 1)]


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


def _beside(left: list[Line], right: list[Line], left_width: int) -> list[Line]:
    """Put two columns next to each other."""
    height = max(len(left), len(right))
    left = left + [BLANK] * (height - len(left))
    right = right + [BLANK] * (height - len(right))
    return [(*joined(a, (), left_width), Span("  "), *b) for a, b in zip(left, right, strict=True)]
