"""The palettes: the colours of each theme."""

from msgspec import Struct

SIXTEEN = "omstui-16"
"""The theme that uses the terminal's own colours."""


class Palette(Struct, frozen=True):
    """A theme's colours, as ``#rrggbb`` or by name."""

    foreground: str
    background: str
    panel: str
    """Background of the head line, the keys and the month."""

    boost: str
    """Background of the selected row."""

    muted: str
    accent: str
    success: str
    warning: str
    error: str
    is_dark: bool


PALETTES = {
    "omstui-dark": Palette(
        foreground="#c5d0dc",
        background="#11161d",
        panel="#1b232e",
        boost="#263241",
        muted="#8d9aaa",
        accent="#6cb6ff",
        success="#57ab5a",
        warning="#daaa3f",
        error="#f47067",
        is_dark=True,
    ),
    "omstui-light": Palette(
        foreground="#1f2328",
        background="#fbfcfd",
        panel="#eef1f4",
        boost="#dbe4ee",
        muted="#5a636f",
        accent="#0550ae",
        success="#17702f",
        warning="#855600",
        error="#b3261e",
        is_dark=False,
    ),
    # Blue, yellow and orange, which also differ in lightness, for users who cannot tell red from green.
    "omstui-cvd": Palette(
        foreground="#d3d9e2",
        background="#10141b",
        panel="#1a212c",
        boost="#222b3c",
        muted="#96a2b2",
        accent="#c7b3f5",
        success="#56a8f0",
        warning="#f8ec78",
        error="#ee6c1c",
        is_dark=True,
    ),
    "omstui-contrast": Palette(
        foreground="#ffffff",
        background="#000000",
        panel="#161616",
        boost="#2a2a2a",
        muted="#cccccc",
        accent="#6fe3ff",
        success="#5dff7a",
        warning="#ffd93b",
        error="#ff9a94",
        is_dark=True,
    ),
}
SIXTEEN_COLOURS = Palette(
    foreground="default",
    background="default",
    panel="default",
    boost="bright_black",
    muted="default",
    accent="bright_cyan",
    success="green",
    warning="yellow",
    error="bright_red",
    is_dark=True,
)
"""The colours of `SIXTEEN`, which are names that the terminal knows."""

THEME_NAMES = (*PALETTES, SIXTEEN)
