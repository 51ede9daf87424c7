"""The painter that writes changed cells only: a terminal shows the same as if everything had been written."""

from collections.abc import Iterable, Sequence
from importlib.metadata import version

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, InlineUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from omstui.ui.terminal.cell_painter import PLAIN, Picture, _codes, _look, is_supported

WIDTH, HEIGHT = 12, 4
SIZE = (WIDTH, HEIGHT)

STYLES = [
    None,
    Style(color="red"),
    Style(color="#102030", bgcolor="#a0b0c0"),
    Style(bold=True),
    Style(dim=True),
    Style(bold=True, dim=True),
    Style(color="#102030", bold=True, underline=True),
    Style(reverse=True, italic=True, strike=True),
    Style(bgcolor="blue", meta={"@click": "quit"}),
]
NARROW, WIDE = "ab 0─│…✓é", "月字"

few = settings(max_examples=30)
"""Every case is drawn on two terminals, which takes a while."""


def lines_of(chars: str) -> st.SearchStrategy[Strip]:
    """Lines of these characters in all styles."""
    pieces = st.tuples(st.text(chars, min_size=1, max_size=6), st.sampled_from(STYLES))
    return st.lists(pieces, min_size=1, max_size=5).map(
        lambda parts: Strip([Segment(*part) for part in parts]).adjust_cell_length(WIDTH, Style(bgcolor="black"))
    )


def layouts_of(chars: str) -> st.SearchStrategy[LayoutUpdate]:
    """Whole pictures of such lines."""
    return st.lists(lines_of(chars), min_size=HEIGHT, max_size=HEIGHT).map(
        lambda strips: LayoutUpdate([[strip] for strip in strips], Region(0, 0, WIDTH, HEIGHT))
    )


layouts, all_layouts = layouts_of(NARROW), layouts_of(NARROW + WIDE)
spans = st.lists(
    st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), st.integers(1, WIDTH)).filter(
        lambda span: span[1] < span[2]
    ),
    min_size=1,
    max_size=4,
)


@st.composite
def chops(draw: st.DrawFn) -> ChopsUpdate:
    """A partial update: lines cut in two places, some pieces of them not drawn."""
    cut = draw(st.integers(1, WIDTH - 1))
    rows: list[dict[int, Strip | None]] = []
    for _ in range(HEIGHT):
        strip = draw(lines_of(NARROW))
        left, right = strip.divide([cut, WIDTH])
        rows.append({0: left if draw(st.booleans()) else None, cut: right})
    return ChopsUpdate(rows, sorted(draw(spans)), [[cut, WIDTH]] * HEIGHT)


class Screens:
    """Two terminals: one is painted by changed cells, the other is told everything."""

    def __init__(self) -> None:
        self.picture = Picture()
        self.ours, self.told = pyte.Screen(*SIZE), pyte.Screen(*SIZE)
        self.our_stream, self.told_stream = pyte.Stream(self.ours), pyte.Stream(self.told)

    def show(self, update: CompositorUpdate) -> str:
        """Show an update on both; return what was written to ours."""
        written = self.picture.written(update, SIZE, ColorSystem.TRUECOLOR)
        assert written is not None
        self.our_stream.feed(written)
        self.told_stream.feed(update.render_segments(Console(color_system="truecolor")))
        return written

    @property
    def are_alike(self) -> bool:
        """Whether every cell of both is the same, in character and in looks."""
        return all(self.ours.buffer[y][x] == self.told.buffer[y][x] for y in range(HEIGHT) for x in range(WIDTH))


def test_textual_is_built_as_the_painter_knows_it() -> None:
    """With another Textual this fails first, and the app paints the plain way."""
    assert version("textual").startswith("8.2.")
    assert is_supported()


@few
@given(st.lists(all_layouts, min_size=1, max_size=4))
def test_whole_pictures_arrive_whole(updates: Sequence[LayoutUpdate]) -> None:
    """One picture after the other, wide characters and every attribute included."""
    screens = Screens()
    for update in updates:
        screens.show(update)
        assert screens.are_alike


@few
@given(all_layouts, all_layouts)
def test_the_same_picture_again_costs_nothing(first: LayoutUpdate, second: LayoutUpdate) -> None:
    """Only what differs is written."""
    screens = Screens()
    screens.show(first)
    screens.show(second)
    assert screens.show(second) == ""


def strips_of(*texts: str, style: Style | None = None) -> LayoutUpdate:
    """A picture of these lines."""
    strips = [Strip([Segment(text.ljust(WIDTH), style)]) for text in texts]
    return LayoutUpdate([[strip] for strip in strips], Region(0, 0, WIDTH, len(texts)))


@few
@given(layouts, st.lists(chops(), min_size=1, max_size=4))
def test_partial_pictures_change_what_they_name_and_nothing_else(
    whole: LayoutUpdate, updates: Sequence[ChopsUpdate]
) -> None:
    """Each cell holds what the latest update that names it has drawn there."""
    screens = Screens()
    screens.show(whole)
    expected = [cells_of([segment for strip in strips for segment in strip]) for strips in whole.strips]
    for update in updates:
        written = screens.picture.written(update, SIZE, ColorSystem.TRUECOLOR)
        assert written is not None
        screens.our_stream.feed(written)
        for y, start, end in update.spans:
            for x in range(start, end):
                place = max(at for at in update.chops[y] if at <= x)
                strip = update.chops[y][place]
                if strip is not None:
                    expected[y][x] = cells_of(strip)[x - place]
    for y, row in enumerate(expected):
        assert screens.ours.display[y] == "".join(char for char, _ in row)
        assert [cell.look for cell in screens.picture._rows[y] if cell] == [
            _look(style, ColorSystem.TRUECOLOR) for _, style in row
        ]


def cells_of(segments: Iterable[Segment]) -> list[tuple[str, Style | None]]:
    """Take narrow text apart."""
    return [(char, style) for text, style, _ in segments for char in text]


@pytest.mark.parametrize(
    ("before", "after", "written"),
    [
        ("12:00:05", "12:00:06", "\x1b[1;8H6"),
        ("12:00:59", "12:01:00", "\x1b[1;5H1:00"),
        ("a         b", "c         d", "\x1b[1;1Hc\x1b[9Cd"),
        ("a b", "c d", "\x1b[1;1Hc d"),
        ("same", "same", ""),
    ],
)
def test_a_change_costs_its_own_cells(before: str, after: str, written: str) -> None:
    """And the shortest way between them."""
    screens = Screens()
    screens.show(strips_of(before))
    assert screens.show(strips_of(after)) == written


def test_half_of_a_wide_character_is_never_written_alone() -> None:
    """What replaces one takes both of its cells."""
    screens = Screens()
    screens.show(strips_of("月x".ljust(WIDTH - 1)))
    screens.show(strips_of("ab"))
    assert screens.ours.display[0].startswith("ab")
    screens.show(strips_of("a月".ljust(WIDTH - 1)))
    screens.show(strips_of("月".ljust(WIDTH - 1)))
    assert screens.are_alike


def test_what_is_forgotten_is_written_in_full() -> None:
    """After the terminal was used by something else, and at another size."""
    screens = Screens()
    first = screens.show(strips_of("text"))
    screens.picture.forget()
    assert screens.show(strips_of("text")) == first
    larger = screens.picture.written(strips_of("text"), (WIDTH + 1, HEIGHT), ColorSystem.TRUECOLOR)
    assert larger is not None
    assert "text" in larger


@pytest.mark.parametrize(
    "update",
    [InlineUpdate([Strip([Segment("x")])]), strips_of("x", style=Style(link="https://example.com"))],
    ids=["inline", "hyperlink"],
)
def test_what_it_cannot_paint_is_left_to_textual_and_nothing_is_believed_of_it(update: CompositorUpdate) -> None:
    """The next picture is written in full."""
    screens = Screens()
    first = screens.show(strips_of("text"))
    assert screens.picture.written(update, SIZE, ColorSystem.TRUECOLOR) is None
    assert screens.show(strips_of("text")) == first


@given(st.sampled_from(STYLES), st.sampled_from(STYLES))
def test_a_change_of_looks_leads_to_the_new_one(old: Style | None, new: Style | None) -> None:
    """From any look to any other, as a terminal understands it."""
    stepped, fresh = pyte.Screen(2, 1), pyte.Screen(2, 1)
    looks = [_look(style, ColorSystem.TRUECOLOR) for style in (old, new)]
    pyte.Stream(stepped).feed(_codes(PLAIN, looks[0]) + "a" + _codes(looks[0], looks[1]) + "b")
    pyte.Stream(fresh).feed("a" + _codes(PLAIN, looks[1]) + "b")
    assert stepped.buffer[0][1] == fresh.buffer[0][1]
