"""The demo's objects in place of the user's; imported for `--demo` only."""

from msgspec.structs import replace

from omstui.backend.files.config import Config
from omstui.backend.files.watchlist import MemoryWatchList
from omstui.backend.secrets.places import SecretStores
from omstui.backend.secrets.store import MemoryStore
from omstui.cli.context.context import CliContext
from omstui.demo.scenario import demo_profiles, demo_scenario, demo_token, demo_watchlist
from omstui.demo.service import SimulatedOms

_OF_THE_TERMINAL = ("TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_", "TMUX", "STY", "SSH_")


def demo_context(context: CliContext) -> CliContext:
    """Return the context of the demo: only the terminal and the clock are the user's."""
    keyring = MemoryStore()
    for name in demo_profiles():
        keyring.set(name, demo_token(name))
    return replace(
        context,
        environ={name: text for name, text in context.environ.items() if name.startswith(_OF_THE_TERMINAL)},
        read_config=lambda: Config(profiles=demo_profiles()),
        watchlist=MemoryWatchList(demo_watchlist()),
        stores=SecretStores(keyring, context.folders),
        transport=SimulatedOms(demo_scenario(context.clock.now()), context.clock).transport(),
    )
