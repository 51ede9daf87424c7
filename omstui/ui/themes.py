"""The looks: dark, light, and one that uses the terminal's own sixteen colours."""

from textual.theme import BUILTIN_THEMES, Theme

DARK = Theme(
    name="omstui-dark",
    primary="#6cb6ff",
    secondary="#8b98a9",
    accent="#6cb6ff",
    success="#57ab5a",
    warning="#daaa3f",
    error="#f47067",
    foreground="#c5d0dc",
    background="#11161d",
    surface="#11161d",
    panel="#1b232e",
    dark=True,
    variables={
        "boost": "#263241",
        "text-muted": "#7d8a9a",
        "footer-key-foreground": "#6cb6ff",
        "block-cursor-background": "#263241",
    },
)
LIGHT = Theme(
    name="omstui-light",
    primary="#0550ae",
    secondary="#57606a",
    accent="#0550ae",
    success="#1a7f37",
    warning="#8a5a00",
    error="#b3261e",
    foreground="#1f2328",
    background="#fbfcfd",
    surface="#fbfcfd",
    panel="#eef1f4",
    dark=False,
    variables={
        "boost": "#dbe4ee",
        "text-muted": "#5d6672",
        "footer-key-foreground": "#0550ae",
        "block-cursor-background": "#dbe4ee",
    },
)
SIXTEEN = Theme(
    name="omstui-16",
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
THEMES = (DARK, LIGHT, SIXTEEN)
