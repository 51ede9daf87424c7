"""The command palette's entries: every key's action by its description."""

from collections.abc import Callable
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from omstui.ui.key_line import key_name


class KeyCommands(Provider):
    """Finds what the screen's keys do, by words."""

    def _entries(self) -> list[tuple[str, str, Callable[[], object]]]:
        entries: list[tuple[str, str, Callable[[], object]]] = []
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.id is not None and "." in binding.id and binding.description:
                run = partial(self.screen.run_action, binding.action)
                entries.append((binding.description, f"key {key_name(binding.key)}", run))
        entries += [(f"Theme {name}", "colours", partial(setattr, self.app, "theme", name)) for name in _own_themes()]
        return list({entry[0]: entry for entry in entries}.values())

    async def discover(self) -> Hits:
        """List everything while nothing is typed."""
        for name, key, run in self._entries():
            yield DiscoveryHit(name, run, help=key)

    async def search(self, query: str) -> Hits:
        """List what matches the typed words."""
        matcher = self.matcher(query)
        for name, key, run in self._entries():
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), run, help=key)


def _own_themes() -> list[str]:
    from omstui.ui.themes import THEMES

    return [theme.name for theme in THEMES]
