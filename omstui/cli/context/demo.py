"""The demo's objects in place of the user's; imported for `--demo` only."""

from omstui.backend.files.config import Config
from omstui.backend.files.watchlist import MemoryWatchList, WatchListStore
from omstui.backend.secrets.store import MemoryStore
from omstui.cli.context.context import CliContext
from omstui.demo.scenario import demo_profiles, demo_scenario, demo_token, demo_watchlist
from omstui.demo.service import SimulatedOms

_OF_THE_TERMINAL = ("TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_", "TMUX", "STY", "SSH_")


class DemoContext(CliContext):
    """A context with the demo's profiles and watch list, which are in memory only."""

    @property
    def watchlist(self) -> WatchListStore:
        """The demo's watch list."""
        return MemoryWatchList(demo_watchlist())

    def load_config(self) -> Config:
        """Return the demo's profiles."""
        return Config(profiles=demo_profiles())


def demo_context(context: CliContext) -> CliContext:
    """Return the context of the demo: only the terminal and the clock are the user's."""
    keyring = MemoryStore()
    for name in demo_profiles():
        keyring.set(name, demo_token(name))
    return DemoContext(
        environ={name: text for name, text in context.environ.items() if name.startswith(_OF_THE_TERMINAL)},
        stdin=context.stdin,
        stdout=context.stdout,
        stderr=context.stderr,
        folders=context.folders,
        secret_store=keyring,
        clock=context.clock,
        transport=SimulatedOms(demo_scenario(context.clock.now()), context.clock).transport(),
        open_screen=context.open_screen,
        ask_secret=context.ask_secret,
    )
