"""The application around the screens: looks, first start, the order of what is typed, quitting."""

import asyncio
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.actions import ActionParseResult
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.driver import Driver
from textual.filter import LineFilter
from textual.widget import AwaitMount

from omstui.backend.runtime.threads import DaemonExecutor
from omstui.backend.workspace import Workspace
from omstui.core.month import Month
from omstui.core.problem import descriptors_words
from omstui.core.settings import KioskPolicy
from omstui.ui.drawing.colours import SIXTEEN
from omstui.ui.keys.type_ahead import Entered, TypeAhead, Typed
from omstui.ui.main.copying import Copying
from omstui.ui.main.kiosk import CHORD
from omstui.ui.main.screen import MainScreen
from omstui.ui.main.seeing import Events
from omstui.ui.terminal.ascii_filter import AsciiFilter
from omstui.ui.terminal.cell_painter import CellPainter
from omstui.ui.terminal.compat import moved_focus
from omstui.ui.terminal.crash import CrashReport
from omstui.ui.terminal.terminal import Terminal
from omstui.ui.terminal.themes import THEMES

if TYPE_CHECKING:
    from textual.command import Provider

_SETTLING = 3.0
"""Seconds until `once_settled`: on a usual network the first answers are shown by then."""

_LONGEST_HOLD = 1.0
"""Seconds that the screen waits for what was known from before."""

UPGRADED = "omstui was upgraded or removed, and this part is missing: q quits, then start it again"

_CHORD_WITHIN = 3.0
"""Seconds between the two."""


def _key_commands() -> "type[Provider]":
    """Return what the command palette offers, once it is opened."""
    from omstui.ui.commands import KeyCommands

    return KeyCommands


class OmstuiApp(App[None]):
    """Watches synchronization tasks until a person ends it."""

    TITLE = "omstui"
    CSS_PATH: ClassVar = ["omstui.tcss", "dialogs/dialogs.tcss"]
    COMMANDS: ClassVar = {_key_commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "", show=False, priority=True, id="quit-chord"),
        Binding("ctrl+q", "quit_twice", "Quit: press it twice", show=False, priority=True, id="kiosk.quit"),
        Binding("ctrl+z", "suspend_process", "Suspend; fg in the shell goes on", show=False, id="suspend"),
        Binding("ctrl+p", "command_palette", "Search the actions by words", show=False, priority=True, id="palette"),
        Binding("ctrl+l", "redraw", "Redraw the screen", show=False, id="view.redraw"),
    ]

    def __init__(
        self,
        workspace: Workspace,
        *,
        month: Month | None = None,
        profile: str | None = None,
        sixteen_colours: bool = False,
        multiplexer: str | None = "",
        display: KioskPolicy = KioskPolicy(),  # noqa: B008 - frozen
        driver_class: type[Driver] | None = None,
    ) -> None:
        # Told at once: by it Textual chooses whether NO_COLOR means the terminal's own colours or shades of grey.
        super().__init__(driver_class, ansi_color=True if sixteen_colours else None)
        self._workspace = workspace
        settings = workspace.settings
        self._crashes = CrashReport(self, workspace.record_crash)
        self._stands = display
        self._main = MainScreen(workspace, month=month, profile=profile, display=display)
        self.painter = CellPainter(self)
        self.painter.once_released = self._main.session.picture_wait.end
        self._terminal = Terminal(
            self, multiplexer, viewer=self._main.seeing, is_ascii=settings.ascii, has_mouse=settings.mouse
        )
        self._ascii = [AsciiFilter()] if settings.ascii else []
        self._type_ahead = TypeAhead(self)
        self._asked_to_quit_at: float | None = None
        self._running_loop: asyncio.AbstractEventLoop | None = None
        self.once_settled: Callable[[], None] = lambda: None
        """Called a few seconds after the start."""

        self.animation_level = "none"
        for theme in THEMES:
            self.register_theme(theme)
        names = {theme.name for theme in THEMES}
        wanted = settings.theme if settings.theme in names else THEMES[0].name
        self.theme = self._styled_for = SIXTEEN if sixteen_colours else wanted
        self.stylesheet.set_variables(self.get_css_variables())  # which were another theme's until now
        self.set_keymap(dict(settings.keys))
        self.painter.hold()

    def get_default_screen(self) -> MainScreen:
        """Return the main screen, below all others."""
        return self._main

    def refresh_css(self, animate: bool = True) -> None:
        """Read the styles again for another theme; at the start Textual would do so for the one that they have."""
        if self._styled_for != self.theme:
            self._styled_for = self.theme
            super().refresh_css(animate)

    async def on_mount(self) -> None:
        """Wait for the main screen, and open the guided start when nothing is configured."""
        self._running_loop = asyncio.get_running_loop()
        # So that a name server which does not answer cannot hold up quitting.
        self._running_loop.set_default_executor(DaemonExecutor())
        await AwaitMount(self._main, [self._main])
        self.set_timer(_LONGEST_HOLD, self.painter.release)
        self.set_timer(_SETTLING, self.once_settled)
        if not self._workspace.profiles:
            self._open_setup()
            self.painter.release()
        elif self._stands.cycle is not None:
            self._main.wall.action_wall()
        elif self._stands.kiosk:
            self._main.say(CHORD)
        if self._workspace.settings.keys:
            self.call_after_refresh(self._say_key_conflicts)

    def on_main_screen_recalled(self) -> None:
        """Show the screen, now that there is something on it: an empty one would only flicker."""
        self.call_after_refresh(self.painter.release)

    def _say_key_conflicts(self) -> None:
        """Tell what is wrong with the keys that were given to actions."""
        from omstui.ui.keys.conflicts import key_conflicts

        said = key_conflicts(self._workspace.settings.keys)
        if said:
            more = f" (and {len(said) - 1} more: omstui doctor)" if len(said) > 1 else ""
            self._main.say(f"config.toml: {said[0]}{more}", "warn")

    async def on_event(self, event: events.Event) -> None:
        """Handle what the terminal reports, and keep the order of what is typed."""
        self.painter.hear(event)
        self._terminal.hear(event)
        if isinstance(event, Typed) and await self._type_ahead.takes(event):
            return
        if isinstance(event, events.Key) and self.screen is not self._main and await moved_focus(self, event):
            return
        await super().on_event(event)

    async def on_entered(self, message: Entered) -> None:
        """Handle what was typed after enter."""
        await self._type_ahead.go_on(message.field)

    def on_events_alerted(self, message: Events.Alerted) -> None:
        """Ring for an alarm, and have the terminal show what has happened, as far as it can."""
        self._terminal.ring(message.events)

    def copy_to_clipboard(self, text: str) -> None:
        """Have the terminal put a text into its clipboard, through whatever stands between."""
        self._terminal.copy(text)

    def on_copying_copied(self, message: Copying.Copied) -> None:
        """Copy a text, and say so as far as that can be known."""
        self._terminal.copy(message.text)
        self._main.say(self._terminal.copied_words(message.what, message.text))

    def on_copying_mouse_used(self, message: Copying.MouseUsed) -> None:
        """Leave the mouse to the terminal, or take it back."""
        self._terminal.use_mouse(is_ours=message.is_ours)

    def leave(self, code: int) -> None:
        """End with this exit code; from any thread."""
        if self._running_loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and the app with it
                self._running_loop.call_soon_threadsafe(lambda: self.exit(return_code=code))

    def _open_setup(self) -> None:
        from omstui.ui.setup.screen import SetupScreen

        def leave(is_done: bool | None) -> None:
            if is_done:
                self._main.session.use_profiles()
                self.run_worker(self._main.session.load())
            else:
                self.exit()

        workspace, credentials = self._workspace, self._workspace.credentials
        self.push_screen(SetupScreen(credentials.check, workspace.set_up, credentials.list_tasks), leave)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Add the ASCII filter where it is wanted, for every widget alike."""
        return [*super().get_line_filters(), *self._ascii]

    def pop_screen(self) -> AwaitComplete:
        """Close the screen on top, but never the main one.

        What enter has begun closes a dialog that escape has closed already, and Textual would take what is on top then.
        """
        if self.screen is self._main:
            return AwaitComplete.nothing()  # type: ignore[no-untyped-call, no-any-return]  # it returns one of these
        return super().pop_screen()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """One key quits or suspends, but not in a kiosk."""
        if action in {"quit", "quit_twice"}:
            return (action == "quit_twice") == self._stands.kiosk
        if action == "suspend_process":  # a kiosk would hand its shell to passers-by
            return self._terminal.can_suspend and not self._stands.kiosk
        return super().check_action(action, parameters)

    async def run_action(
        self,
        action: "str | ActionParseResult",
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key or a click asks for; where a file or a part of the program is missing for it, only say so."""
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except OSError as error:
            if (words := descriptors_words(error)) is None:
                raise
            self._say_here(words)
        except ImportError:
            self._workspace.record_crash(traceback.format_exc())
            self._main.say(UPGRADED, "bad")
            self._say_here(UPGRADED)
        return True

    def action_quit_twice(self) -> None:
        """Leave when the same was asked for a moment ago."""
        now = self._workspace.clock.monotonic()
        if self._asked_to_quit_at is not None and now - self._asked_to_quit_at <= _CHORD_WITHIN:
            self.exit()
            return
        self._asked_to_quit_at = now
        self._say_here("ctrl+q once more quits")

    def _say_here(self, words: str) -> None:
        """Say something at the bottom of a screen that can."""
        if callable(say := getattr(self.screen, "say", None)):
            say(words)

    def on_not_suspended(self) -> None:
        """Say why the program goes on."""
        self._say_here("ctrl+z does nothing here: no shell could bring omstui back")

    def action_redraw(self) -> None:
        """Write the whole picture, when something else has written on the terminal."""
        self.painter.redraw()

    def action_help(self) -> None:
        """Open the list of the keys of the screen on top."""
        from omstui.ui.dialogs.help import open_help

        open_help(self.screen)

    def action_help_quit(self) -> None:
        """Say how to quit when someone presses ctrl+c."""
        if self._stands.kiosk:
            self._say_here(CHORD)
        elif self.screen is self._main:
            twice = " twice" if self._main.has_class("-pane-full") else ""
            self._main.say(f"q{twice} quits")
        elif callable(say := getattr(self.screen, "say_how_to_quit", None)):
            say()

    def run(self, *args: Any, **options: Any) -> None:
        """Run until the end; after a crash, say so in one sentence."""
        with self._crashes.told_at_end():
            super().run(*args, **options)
