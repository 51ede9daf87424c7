"""The first line in little room: what it has no room for is left out whole, and the clock stands apart."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omstui.core.watch.condition import Condition
from omstui.ui.drawing.condition_signs import GLYPHS
from omstui.ui.drawing.line import text_of, width_of
from omstui.ui.widgets.head_line import Head, head_line
from tests.making import BEIJING, NOW
from tests.ui.running import running

pytestmark = pytest.mark.slow

SIX = Counter({Condition.TOKEN: 2, Condition.GONE: 1, Condition.STOPPED: 1, Condition.FAILING: 1, Condition.SYNCING: 1})


HEADS = st.builds(
    Head,
    counts=st.dictionaries(st.sampled_from(list(Condition)), st.integers(1, 1000), min_size=1).map(Counter),
    now=st.just(NOW),
    zone=st.just(BEIJING),
    expiries=st.sampled_from([{}, {"p": NOW}, {"p": NOW, "q": NOW}]),
    paused_at=st.sampled_from([None, NOW]),
    filtered=st.none() | st.integers(0, 1000),
    profile=st.sampled_from([None, "p", "prod-bj4", "a-profile-with-a-long-name"]),
    order=st.sampled_from(["", "Size ▼", "Answered ▲"]),
    is_demo=st.booleans(),
)


@given(HEADS, st.integers(20, 120))
@example(Head(SIX, NOW, BEIJING, paused_at=NOW, filtered=4, profile="prod-bj4", is_demo=True), 27)
def test_every_figure_stands_whole_and_a_blank_before_the_clock(head: Head, width: int) -> None:
    line = head_line(head, width)
    text = text_of(line)
    assert width_of(line) == width
    assert text.endswith(" ")
    by_glyph = Counter[str]()
    for condition, count in head.counts.items():
        by_glyph[GLYPHS[condition]] += count
    words = text.split()
    total = head.counts.total()
    if "tasks" not in words and "task" not in words:
        pairs = [(glyph, number) for glyph, number in pairwise(words) if glyph in by_glyph]
        told = [(glyph, number) for glyph, number in pairs if number.isdecimal()]
        assert told == [(glyph, str(by_glyph[glyph])) for glyph, _ in told]
        assert len(told) == len(by_glyph) or "…" in words
        assert head.filtered is None or "shown)" in text or f"{head.filtered}/{total}" in words
    assert width < 40 or f" {head.order} " in text or not head.order
    assert head.paused_at is None or "PAUSED" in words
    assert not head.is_demo or width < 27 or "DEMO" in words


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, " DEMO ✗ 3 ■ 1 ! 1 ✓ 1"),
        ({"paused_at": NOW}, " DEMO PAUSED ✗ 3 ■ 1 ! 1 …"),
        ({"filtered": 1}, " DEMO ✗ 3 ■ 1 ! 1 ✓ 1 1/6"),
        ({"filtered": 4, "profile": "prod-bj4"}, " DEMO ✗ 3 ■ 1 ! 1 ✓ 1 4/6"),
        ({"filtered": 4, "paused_at": NOW}, " DEMO PAUSED ✗ 3 ■ 1 … 4/6"),
    ],
    ids=str,
)
def test_in_forty_columns_the_marks_stay_and_the_least_figure_goes(options: dict[str, object], words: str) -> None:
    head = Head(SIX, NOW, BEIJING, is_demo=True, **options)  # type: ignore[arg-type]  # options of the head
    assert text_of(head_line(head, 27)).rstrip() == words


@pytest.mark.parametrize(
    ("size", "words"),
    [((200, 50), ""), ((120, 34), "sorted by Skipped ▼"), ((80, 24), " Skipped ▼"), ((40, 12), " Skipped ▼")],
)
async def test_an_order_without_a_column_is_told_in_the_first_line(size: tuple[int, int], words: str) -> None:
    """A list sorted by a column that has no room says so; the same columns keep their mark where they have room."""
    async with running(size) as run:
        await run.press(*"sssssS")
        head, titles = run.lines_of("#head"), run.lines_of("#titles")
        assert words in head
        assert ("▼" in titles) == (not words)
        await run.press("enter")
        assert "Skipped ▼" not in run.lines_of("#head")


@pytest.mark.parametrize("keys", [("w",), ("p", "P"), ("p", "w"), ("P",), ("/", "i", "n", "v", "enter")], ids=" ".join)
async def test_the_clock_stands_apart_in_forty_columns_on_the_wall_too(keys: tuple[str, ...]) -> None:
    async with running((40, 12)) as run:
        await run.press(*keys)
        await run.advance(1)
        line = run.text().splitlines()[0]
        assert line.endswith(f" {run.clock.now().astimezone(BEIJING):%H:%M:%S} +08"), line
