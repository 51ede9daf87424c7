"""What the user wants to be told, and how."""

from dataclasses import dataclass

DEFAULT_BURST = 100


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """The table `[alerts]` of `config.toml`; whatever it says, the event log holds everything."""

    quiet: bool = False
    """Whether there is no bell, no notification of the terminal's, and no command."""

    on_alert: tuple[str, ...] = ()
    """The program that is run for each alert, and its arguments; none by default."""

    burst: int = DEFAULT_BURST
    """How many failures within ten minutes are an alarm."""
