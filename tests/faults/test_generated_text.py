"""Row 22: hostile text that nobody thought of, through taming, cutting, decoding and drawing."""

import json
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from omstui.backend.http.error_body import decode_problem
from omstui.backend.oms.wire import BadAnswer, decode_task
from omstui.core.task import FIELD_NAMES, SyncTask
from omstui.core.watch.condition import assess
from omstui.ui.detail.lines import detail_lines
from omstui.ui.detail.view import View
from omstui.ui.drawing.formats import clean
from omstui.ui.drawing.line import text_of, width_of
from omstui.ui.drawing.list_columns import Context, Layout
from tests.making import BEIJING, NOW, index_of, sample, state

pytestmark = pytest.mark.fault("R22")

HOSTILE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
INVISIBLE = frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u2060\u3164\ufeff\uffa0")
"""Some of these are letters or marks by their category."""

PIECES = (
    *sorted(INVISIBLE),
    "\x1b[2J", "\x1b]52;c;aGk=\x07", "\x1b]0;t\x1b\\", "\x9b2J", "\x9d0;x\x9c", "\x00", "\x7f", "\r", "\n",
    "\t", "\x08",
    "\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u0301", "\u0488", "\ufe0f", "\ue000", "\ud800", "\U000e0041",
    "[/x]", "[@click=app.quit]x[/]", "[link=http://x]", "[bold", "\\[", "数据", "👩\u200d💻", "…", "�", " ", "a",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=30).map("".join)
BODIES = st.binary() | st.dictionaries(
    st.sampled_from(FIELD_NAMES), TEXTS | st.integers() | st.booleans() | st.none() | st.floats() | st.lists(TEXTS)
).map(lambda fields: json.dumps(fields).encode())
TASKS = st.builds(
    SyncTask,
    **{
        field: (st.none() | {"str": TEXTS, "int": st.integers(0, 2**63 - 1), "bool": st.booleans()}[kind])
        for field, kind in ((name, str(SyncTask.__annotations__[name]).partition(" ")[0]) for name in FIELD_NAMES)
    },
)


def hostile_in(text: str) -> set[str]:
    """Return the characters that a terminal would act on, or that hide."""
    return {char for char in text if unicodedata.category(char) in HOSTILE or char in INVISIBLE}


def test_cleaned_text_holds_nothing_hostile_fits_and_stays_as_it_is(figure: Callable[[str], None]) -> None:
    tried = 0

    @settings(max_examples=500)
    @given(TEXTS, st.integers(0, 80))
    def holds(text: str, width: int) -> None:
        nonlocal tried
        tried += 1
        cleaned = clean(text, width)
        assert not hostile_in(cleaned)
        assert cell_len(cleaned) <= width
        assert clean(cleaned, width) == cleaned

    holds()
    figure(f"{tried:,} texts")


def test_the_decoders_raise_nothing_but_their_own(figure: Callable[[str], None]) -> None:
    tried = 0

    @settings(max_examples=500)
    @given(BODIES, st.sampled_from([200, 302, 401, 404, 429, 500, 503]), TEXTS)
    def holds(body: bytes, status: int, header: str) -> None:
        nonlocal tried
        tried += 1
        reason = ""
        try:
            decode_task(body)
        except BadAnswer as bad:
            reason = str(bad)
        assert not hostile_in(reason)
        problem = decode_problem(status, {"X-Request-Id": header, "Retry-After": header}, body, NOW)
        for text in (problem.text, problem.code, problem.request_id):
            assert not hostile_in(text or "")
        assert problem.retry_after is None or 1 <= problem.retry_after <= 3600

    holds()
    figure(f"{tried:,} answers")


def test_no_task_draws_anything_hostile(figure: Callable[[str], None]) -> None:
    """The row and the pane at any width: nothing that a terminal acts on, and no line too long."""
    tried = 0

    @settings(max_examples=100)
    @given(TASKS, TEXTS, st.integers(38, 140))
    def holds(task: SyncTask, label: str, width: int) -> None:
        nonlocal tried
        tried += 1
        one = state(sample(task), label=label)
        row = Layout.for_width(width).row(one, Context(index_of(one), BEIJING))
        for line in (row, *detail_lines(View(one, None, NOW, BEIJING, BEIJING, assess(one, NOW, 60.0)), width)):
            assert not hostile_in(text_of(line))
        for line in detail_lines(View(one, None, NOW, BEIJING, BEIJING, assess(one, NOW, 60.0)), width):
            assert width_of(line) <= width

    holds()
    figure(f"{tried:,} tasks drawn")
