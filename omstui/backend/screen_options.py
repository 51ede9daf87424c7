"""What a person asked the screen for."""

from pathlib import Path

from msgspec import Struct, field

from omstui.backend.runtime.files import Folders
from omstui.backend.secrets.secret import Secret
from omstui.core.month import Month
from omstui.core.settings import KioskPolicy, Settings


class ScreenOptions(Struct, frozen=True):
    """One opening of the screen: options, variables, `config.toml` and defaults already weighed against each other."""

    settings: Settings
    folders: Folders
    """Where profiles, watch list and log are; the demo leaves them alone."""

    month: Month | None = None
    """The month that the pane shows first, ``None`` for the current one."""

    profile: str | None = None
    """The one profile to show, ``None`` for all."""

    demo: bool = False
    display: KioskPolicy = field(default_factory=KioskPolicy)
    log_file: Path | None = None
    token: Secret | None = None
    """From the environment: serves every profile and is never stored."""
