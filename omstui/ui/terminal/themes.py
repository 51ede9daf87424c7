"""The themes: one for each palette, and one with the terminal's own sixteen colours."""

from textual.theme import BUILTIN_THEMES, Theme

from omstui.ui.drawing.colours import PALETTES, SIXTEEN, SIXTEEN_COLOURS, Palette


def _theme(name: str, palette: Palette) -> Theme:
    return Theme(
        name=name,
        primary=palette.accent,
        secondary=palette.muted,
        accent=palette.accent,
        success=palette.success,
        warning=palette.warning,
        error=palette.error,
        foreground=palette.foreground,
        background=palette.background,
        surface=palette.background,
        panel=palette.panel,
        dark=palette.is_dark,
        variables={
            "boost": palette.boost,
            "text-muted": palette.muted,
            "footer-key-foreground": palette.accent,
            "block-cursor-background": palette.boost,
        },
    )


def _named(colour: str) -> str:
    """Return Textual's name of one of the terminal's own colours."""
    return f"ansi_{colour}"


_SIXTEEN = Theme(
    name=SIXTEEN,
    primary=_named(SIXTEEN_COLOURS.accent),
    secondary="ansi_white",
    accent=_named(SIXTEEN_COLOURS.accent),
    success=_named(SIXTEEN_COLOURS.success),
    warning=_named(SIXTEEN_COLOURS.warning),
    error=_named(SIXTEEN_COLOURS.error),
    foreground=_named(SIXTEEN_COLOURS.foreground),
    background=_named(SIXTEEN_COLOURS.background),
    surface=_named(SIXTEEN_COLOURS.background),
    panel=_named(SIXTEEN_COLOURS.panel),
    dark=True,
    ansi=True,
    variables={
        **BUILTIN_THEMES["ansi-dark"].variables,
        "boost": _named(SIXTEEN_COLOURS.boost),
        "text-muted": _named(SIXTEEN_COLOURS.muted),
    },
)


THEMES = (*(_theme(name, palette) for name, palette in PALETTES.items()), _SIXTEEN)
