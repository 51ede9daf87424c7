"""The style of each text role, for the screen and for the first picture before Textual is loaded."""

from rich.style import Style

from omstui.core.profile import COLOURS
from omstui.ui.drawing.colours import Palette

_BOLD = frozenset({"strong", "title", "key"})
_DIM = frozenset({"dim", "off"})

_TURNED = Style(color="default", dim=False)
"""The style of a selected line that is reversed: any other colour would become a block in it."""


def role_style(role: str, palette: Palette | None, *, is_ansi: bool) -> Style:
    """Return what a role adds to the style of its widget.

    Args:
        role: names separated by blanks, the later ones win: ``dim``, ``strong``, ``title``, ``ok``, ``warn``, ``bad``,
            ``accent``, ``off``, ``key``, ``cursor``, ``bar``, ``panel``, or ``tag-`` and one of `COLOURS`.
        palette: the colours; ``None`` for none.
        is_ansi: whether the terminal chooses the colours, so that their contrast is unknown: the selected line and bars
            are then reversed, and muted text is dim.
    """
    names = role.split()
    style = Style()
    for name in names:
        style += _part(name, palette, is_ansi=is_ansi)
    if style.reverse and "cursor" in names and "tag-" not in role:
        style += _TURNED
    return style


def _part(name: str, palette: Palette | None, *, is_ansi: bool) -> Style:
    bold = True if name in _BOLD else None
    dim = True if is_ansi and name in _DIM else None
    if name in {"cursor", "bar"} and is_ansi:
        return Style(reverse=True)
    if name.removeprefix("tag-") in COLOURS:  # chosen by the user among six names, in any theme
        return Style(color=name.removeprefix("tag-"))
    if palette is None:
        return Style(bold=bold, dim=dim)
    colours = {
        "dim": palette.muted, "off": palette.muted, "title": palette.muted, "ok": palette.success,
        "warn": palette.warning, "bad": palette.error, "accent": palette.accent, "key": palette.accent,
    }  # fmt: skip
    behind = {"cursor": palette.boost, "bar": palette.panel, "panel": palette.panel}
    return Style(color=colours.get(name), bgcolor=behind.get(name), bold=bold, dim=dim)
