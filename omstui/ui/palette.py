"""The colours of each theme, as plain values: the first picture is drawn with them before Textual is there."""

from dataclasses import dataclass

SIXTEEN = "omstui-16"
"""The theme that leaves colours to the terminal."""


@dataclass(frozen=True, slots=True)
class Palette:
    """A theme's colours, as ``#rrggbb``."""

    foreground: str
    background: str
    panel: str
    """Behind the head line, the keys and the month."""

    boost: str
    """Behind the selected row."""

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
        muted="#7d8a9a",
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
        muted="#5d6672",
        accent="#0550ae",
        success="#1a7f37",
        warning="#8a5a00",
        error="#b3261e",
        is_dark=False,
    ),
}
THEME_NAMES = (*PALETTES, SIXTEEN)
