"""The colours of the themes: legible, and told apart by every kind of eye."""

from itertools import combinations
from math import dist

import pytest

from omstui.core.watch.condition import Condition
from omstui.ui.drawing.colours import PALETTES
from omstui.ui.drawing.condition_signs import GLYPHS
from omstui.ui.terminal.ascii import to_ascii

Channels = tuple[float, float, float]
Matrix = tuple[Channels, Channels, Channels]

# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG
# 15(6), 2009, table 1 at severity 1.0; for linear RGB.
DEUTERANOPIA: Matrix = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
PROTANOPIA: Matrix = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
TRITANOPIA: Matrix = (
    (1.255528, -0.076749, -0.178779),
    (-0.078411, 0.930809, 0.147602),
    (0.004733, 0.691367, 0.303900),
)
ALL_SIGHT: Matrix = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
TOLD_APART = 20.0
"""A distance in CIELAB, where 2.3 is just noticed side by side; thin letters that stand apart need far more."""


def linear(colour: str) -> Channels:
    """Return the light of ``#rrggbb`` from 0 to 1 (IEC 61966-2-1)."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    light = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in (red, green, blue)]
    return light[0], light[1], light[2]


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the ratio that WCAG 2 goes by."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lab(light: Channels) -> Channels:
    """Return linear RGB in CIELAB (D65)."""
    red, green, blue = light
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (one ** (1 / 3) if one > 0.008856 else 7.787 * one + 16 / 116 for one in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def distance(one: str, other: str, seen: Matrix) -> float:
    """Return how far apart two colours look to eyes of this kind."""

    def look(colour: str) -> Channels:
        light = linear(colour)
        red, green, blue = (min(max(sum(a * b for a, b in zip(row, light, strict=True)), 0.0), 1.0) for row in seen)
        return lab((red, green, blue))

    return dist(look(one), look(other))


def test_the_measures_are_the_known_ones() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert lab(linear("#ff0000")) == pytest.approx((53.24, 80.09, 67.20), abs=0.1)
    assert distance("#57ab5a", "#f47067", ALL_SIGHT) > 90
    assert distance("#57ab5a", "#f47067", DEUTERANOPIA) < 10, "why there is a theme of its own"


@pytest.mark.parametrize("name", PALETTES)
def test_every_colour_can_be_read_on_every_ground(name: str) -> None:
    """4.5 to 1 is what WCAG 2 asks of small letters (AA), 7 to 1 what it asks of the best (AAA)."""
    palette, least = PALETTES[name], 7.0 if name == "omstui-contrast" else 4.5
    inks = (palette.foreground, palette.muted, palette.accent, palette.success, palette.warning, palette.error)
    grounds = (palette.background, palette.panel, palette.boost)
    poor = {(ink, ground): ratio for ink in inks for ground in grounds if (ratio := contrast(ink, ground)) < least}
    assert not poor


@pytest.mark.parametrize("seen", [ALL_SIGHT, DEUTERANOPIA, PROTANOPIA, TRITANOPIA], ids=["all", "d", "p", "t"])
def test_well_warned_and_bad_are_told_apart_without_red_and_green(seen: Matrix) -> None:
    palette = PALETTES["omstui-cvd"]
    colours = (palette.success, palette.warning, palette.error)
    assert min(distance(one, other, seen) for one, other in combinations(colours, 2)) > TOLD_APART


def test_every_condition_is_told_without_colour() -> None:
    """By its word; and what is well, warned of and bad by the glyph alone, in ASCII too."""
    signs = [(to_ascii(GLYPHS[condition]), condition.value) for condition in Condition]
    assert len(set(signs)) == len(Condition) == len(GLYPHS)
    glyphs = {condition: to_ascii(GLYPHS[condition]) for condition in Condition}
    assert all(glyph != "?" or GLYPHS[one] == "?" for one, glyph in glyphs.items())
    well = glyphs[Condition.SYNCING]
    assert [one for one in Condition if glyphs[one] == well] == [Condition.SYNCING]
    apart = (Condition.TOKEN, Condition.STOPPED, Condition.FAILING, Condition.SILENT, Condition.STALE, Condition.ASKING)
    assert len({glyphs[one] for one in apart}) == len(apart)
