"""What the demo's commands touch in place of all that is the user's; imported for `--demo` alone."""

from omstui.backend.files.config import Config
from omstui.backend.files.watchlist import MemoryWatchList, WatchListStore
from omstui.backend.secrets.store import MemoryStore
from omstui.cli.context.context import CliContext
from omstui.demo.scenario import demo_profiles, demo_scenario, demo_token, demo_watchlist
from omstui.demo.service import SimulatedOms

_OF_THE_TERMINAL = ("TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_", "TMUX", "STY", "SSH_")


class PretendedSurroundings(CliContext):
    """A context with the demo's profiles and watch list, which stand in no file."""

    @property
    def watchlist(self) -> WatchListStore:
        """The demo's watch list."""
        return MemoryWatchList(demo_watchlist())

    def load_config(self) -> Config:
        """Return the demo's profiles."""
        return Config(profiles=demo_profiles())


def pretended(around: CliContext) -> CliContext:
    """Return the surroundings of the demo: the user's terminal and clock, and nothing else of theirs."""
    keyring = MemoryStore()
    for name in demo_profiles():
        keyring.set(name, demo_token(name))
    return PretendedSurroundings(
        environ={name: text for name, text in around.environ.items() if name.startswith(_OF_THE_TERMINAL)},
        stdin=around.stdin,
        stdout=around.stdout,
        stderr=around.stderr,
        folders=around.folders,
        secret_store=keyring,
        clock=around.clock,
        transport=SimulatedOms(demo_scenario(around.clock.now()), around.clock).transport(),
        open_screen=around.open_screen,
        ask_secret=around.ask_secret,
    )
