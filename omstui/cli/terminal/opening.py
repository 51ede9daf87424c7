"""Opens the screen: creates a workspace and runs the app with it."""

import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from msgspec.structs import replace

from omstui.backend.files.logs import log_file, logging_to
from omstui.backend.http.environment import network_variables_error
from omstui.backend.runtime.clock import SystemClock
from omstui.backend.runtime.memory import exempt_from_collection, limit_heap, without_collector
from omstui.backend.screen_options import ScreenOptions
from omstui.backend.secrets.redact import mask_own
from omstui.cli.terminal import capabilities as terminal
from omstui.cli.terminal.guard import guarded
from omstui.core.text import tame

if TYPE_CHECKING:
    from textual.driver import Driver

    from omstui.backend.workspace import Workspace
    from omstui.ui.app import OmstuiApp

UNUSABLE = 2

_FRAMES = 240
"""Frames per second at most.

After a frame, Textual waits for up to two frames, and delays a key that comes just then: 33 ms at its own 60. Figures
are painted once a second in any case, so more frames only make keys faster.
"""


def open_screen(options: ScreenOptions) -> int:
    """Show the screen until the user leaves; return the exit code."""
    with without_collector():
        return _open(options)


def _open(options: ScreenOptions) -> int:
    environ = dict(os.environ)
    if (reason := terminal.unusable_reason(sys.stdin, sys.stderr, environ)) is not None:
        return _refuse(reason)
    if not options.demo and (reason := network_variables_error(environ)) is not None:
        return _refuse(f"{reason}; then run omstui again")
    terminal.use_utf8(sys.stderr)
    settings = options.settings
    if not settings.ascii and terminal.wants_ascii(environ):
        options = replace(options, settings=replace(settings, ascii=True))

    from omstui.cli.terminal.first_picture import FirstPicture
    from omstui.ui.drawing.colours import THEME_NAMES

    if settings.theme not in THEME_NAMES:
        return _refuse(f"there is no theme {tame(settings.theme)}; there are {', '.join(THEME_NAMES)}")
    plain = terminal.has_sixteen_colours(environ)
    with FirstPicture(sys.stderr) as picture:
        picture.show(options, SystemClock().now(), environ, plain=plain)
        limit_heap()
        opened = _opened(options, environ, plain=plain)
        if isinstance(opened, str):
            refusal = opened
        else:
            level = logging.DEBUG if options.log_file is not None else logging.WARNING
            with logging_to(_log_file(options), level), guarded(opened.leave):
                picture.hand_over()
                opened.once_settled = settle_memory
                opened.run(mouse=options.settings.mouse)
            return opened.return_code or 0
    return _refuse(refusal)


def settle_memory() -> None:
    """Reduce the cost of present and later memory, and keep copies of modules that are imported late.

    The modules are copied in a thread: copying hundreds of files takes longer than a key may wait.
    """
    from omstui.backend.runtime.kept_modules import keep_late_modules

    Thread(target=keep_late_modules, name="keeping modules", daemon=True).start()
    exempt_from_collection()


def _opened(options: ScreenOptions, environ: Mapping[str, str], *, plain: bool) -> "OmstuiApp | str":
    """Return the app with its workspace, or why it cannot be opened."""
    os.environ.setdefault("TEXTUAL_FPS", str(_FRAMES))  # Textual reads it at import
    from omstui.ui.app import OmstuiApp

    workspace = _workspace(options, environ)
    if options.profile is not None and options.profile not in workspace.profiles:
        known = ", ".join(workspace.profiles) or "none yet"
        return f"there is no profile {tame(options.profile)} ({known}): omstui login {tame(options.profile)}"
    if options.display.kiosk and not workspace.profiles:
        return "there is no profile yet, and nothing can be set up in a kiosk: run omstui login, then omstui add"
    return OmstuiApp(
        workspace,
        month=options.month,
        profile=options.profile,
        sixteen_colours=plain,
        multiplexer=terminal.multiplexer(environ),
        display=options.display,
        driver_class=_driver_class(),
    )


def _driver_class() -> "type[Driver] | None":
    """Return the driver that reads keys and writes frames; ``None`` for Textual's own choice."""
    if sys.platform == "win32" or "TEXTUAL_DRIVER" in os.environ:
        return None
    from omstui.ui.terminal.resting_driver import RestingDriver, is_supported

    return RestingDriver if is_supported() else None


def _refuse(reason: str) -> int:
    with suppress(OSError):  # if this fails too, the exit code remains
        print(f"omstui: {mask_own(reason)}", file=sys.stderr)  # noqa: T201 - there is no screen to show it on
    return UNUSABLE


def _log_file(options: ScreenOptions) -> Path | None:
    """Return the log file: the user's choice, else one in the state folder; the demo writes none there."""
    if options.log_file is not None or options.demo:
        return options.log_file
    return log_file(options.folders.state)


def _workspace(options: ScreenOptions, environ: Mapping[str, str]) -> "Workspace":
    clock = SystemClock()
    if options.demo:
        from omstui.demo.workspace import demo_workspace

        return demo_workspace(clock, options.settings)
    from omstui.backend.user_workspace import user_workspace

    return user_workspace(options, clock, environ=environ, home=Path.home())
