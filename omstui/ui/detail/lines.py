"""The detail pane's picture: every field of an answer in its place, with the month and the time it belongs to."""

from omstui.core.month import Month, bar_reason
from omstui.core.months.month_table import closed_months
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import SyncTask
from omstui.core.watch.condition import Assessment, Condition
from omstui.core.watch.rollover import service_time
from omstui.core.zone import offset_name
from omstui.ui.detail.figures import counter_lines, setting_lines
from omstui.ui.detail.view import View
from omstui.ui.drawing.condition_signs import role_of, state_words
from omstui.ui.drawing.formats import MISSING, clean, moment_text, seen_at, span
from omstui.ui.drawing.line import EMPTY, Line, Span, flowing, joined, width_of, wrapped
from omstui.ui.drawing.month_strip import month_strip

_COUNTERS_WIDTH = 34
_FACTS_WIDTH = 42
_TWO_COLUMNS = _COUNTERS_WIDTH + _FACTS_WIDTH + 1

_SHORT = 12
"""Rows below which the pane has no room for all that comes before the figures."""


def detail_lines(view: View, width: int, height: int | None = None) -> list[Line]:
    """Draw the pane at this width.

    Args:
        view: what to show.
        width: cells.
        height: rows that can be seen; with few of them the figures come before id, route and settings.
    """
    is_short = height is not None and height < _SHORT
    assessment = view.assessment
    title, names = _title(view, assessment, width), _names(view, width)
    above = title if is_short else [*title, *names]
    keys = _month_keys(view, width)
    below = [*keys, *names] if is_short else []
    bar = month_bar(view, width) if is_short else [EMPTY, *month_bar(view, width), *keys, EMPTY]
    gap = [] if is_short else [EMPTY]
    task = view.good.task if view.good is not None else None
    if task is None:
        strip = _strip(view, width, height) if not is_short else []
        return [*above, *bar, *_no_figures(view, width), *below, *strip]
    above += [line for line in _problem(view, assessment, width) if line != EMPTY or not is_short]
    if width >= _TWO_COLUMNS:
        left_width = min(width // 2, max(_COUNTERS_WIDTH, width - _FACTS_WIDTH - 2))
        left = counter_lines(view, task, assessment, left_width)
        right = setting_lines(view, task, width - left_width - 2)
        lines = [*above, *bar, *_beside(left, right, left_width), *below]
        return [*lines, *_strip(view, width, height, len(lines))]
    figures = [*above, *bar, *counter_lines(view, task, assessment, width), *below]
    strip = _strip(view, width, height, len(figures))
    return [*figures, *strip, *gap, *setting_lines(view, task, width)]


def _strip(view: View, width: int, height: int | None, taken: int = 0) -> list[Line]:
    """Draw the twelve months below so many lines, where they can be seen without scrolling."""
    lines = [EMPTY, *month_strip(view.strip, width)]
    return lines if len(lines) > 1 and (height is None or taken + len(lines) <= height) else []


def _title(view: View, assessment: Assessment, width: int) -> list[Line]:
    """Draw what the task is called, and how it is doing."""
    state = view.state
    status = clean(state.task.status, 24) if state.task is not None and state.task.status is not None else ""
    is_in_status = assessment.condition in {Condition.SYNCING, Condition.STOPPED}
    words = status if is_in_status else state_words(state, assessment, view.now)
    if assessment.condition is Condition.FAILING:
        words = f"{status} · failing"
    if assessment.condition is Condition.STALE and (age := assessment.age(view.now)) is not None:
        words = "stale · nobody knows how old" if assessment.is_age_unknown else f"stale · {span(age)} old"
    glyph = "■" if assessment.condition is Condition.STOPPED else "●"
    spans = [Span(f"{glyph} {words}", role_of(assessment.condition))]
    good = state.good
    if good is not None:
        spans.append(Span(f" · answered {seen_at(good.answered_at, view.now, view.zone)}", "dim"))
    if state.refusal is not None:
        again = "not asking" if view.next_at is None else f"next try {seen_at(view.next_at, view.now, view.zone)}"
        spans.append(Span(f" · {again}", "dim"))
    elif view.next_at is not None and view.next_at > view.now and (state.failure or state.held or good) is not None:
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


def _problem(view: View, assessment: Assessment, width: int) -> list[Line]:
    """Draw what is wrong, in full, with what to do; the last good figures stay below it, dated."""
    problem = view.problem
    lines: list[Line] = []
    if problem is not None:
        lines += [EMPTY, *problem_lines(problem, _advice(view, problem), width)]
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


def _beside(left: list[Line], right: list[Line], left_width: int) -> list[Line]:
    """Put two columns next to each other."""
    height = max(len(left), len(right))
    left = left + [EMPTY] * (height - len(left))
    right = right + [EMPTY] * (height - len(right))
    return [(*joined(a, (), left_width), Span("  "), *b) for a, b in zip(left, right, strict=True)]
