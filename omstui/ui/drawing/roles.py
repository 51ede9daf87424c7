"""What each role of a text looks like, for the screen and for the picture that is drawn before Textual is loaded."""

from rich.style import Style

from omstui.core.profile import COLOURS
from omstui.ui.drawing.colours import Palette

_BOLD = frozenset({"strong", "title", "key"})
_DIM = frozenset({"dim", "off"})

_TURNED = Style(color="default", dim=False)
"""The selected line where it is reversed: any other colour would become a block of its own."""


def role_style(role: str, palette: Palette | None, *, is_ansi: bool) -> Style:
    """Return what a role adds to the style of the widget around it.

    Args:
        role: names with blanks between them, the later ones win: ``dim``, ``strong``, ``title``, ``ok``, ``warn``,
            ``bad``, ``accent``, ``off``, ``key``, ``cursor``, ``bar``, ``panel``, or ``tag-`` and one of `COLOURS`.
        palette: the colours; ``None`` for none at all.
        is_ansi: whether the terminal chooses the colours, so that nothing is known of what stands beside what: the
            selected line and bars are reversed then, and what is muted is dim.
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
    if name.removeprefix("tag-") in COLOURS:  # chosen by the user among six names, whatever the theme
        return Style(color=name.removeprefix("tag-"))
    if palette is None:
        return Style(bold=bold, dim=dim)
    colours = {
        "dim": palette.muted, "off": palette.muted, "title": palette.muted, "ok": palette.success,
        "warn": palette.warning, "bad": palette.error, "accent": palette.accent, "key": palette.accent,
    }  # fmt: skip
    behind = {"cursor": palette.boost, "bar": palette.panel, "panel": palette.panel}
    return Style(color=colours.get(name), bgcolor=behind.get(name), bold=bold, dim=dim)
