"""The looks: one theme a palette, and one that uses the terminal's own sixteen colours."""

from textual.theme import BUILTIN_THEMES, Theme

from omstui.ui.drawing.colours import PALETTES, SIXTEEN, Palette


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


_SIXTEEN = Theme(
    name=SIXTEEN,
    primary="ansi_bright_cyan",
    secondary="ansi_white",
    accent="ansi_bright_cyan",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_bright_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    dark=True,
    ansi=True,
    variables={
        **BUILTIN_THEMES["ansi-dark"].variables,
        "boost": "ansi_bright_black",
        "text-muted": "ansi_default",
    },
)


THEMES = (*(_theme(name, palette) for name, palette in PALETTES.items()), _SIXTEEN)
