"""The command palette's entries: every key's action by its description, with its keys and the id that remaps it."""

from collections.abc import Callable, Iterable
from functools import partial

from msgspec import Struct
from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider

from omstui.ui.keys.names import key_name

_OURS_ALONE = frozenset({"palette", "quit-chord"})
"""The palette itself, and second ways to what has an entry already."""


class Entry(Struct, frozen=True):
    """What one binding does, and how it is reached."""

    description: str
    action: str
    remark: str
    """Its keys and its id: ``key [ · id month.previous``."""


def key_entries(bindings: Iterable[Binding]) -> list[Entry]:
    """Return one entry for each binding id that has a description, whatever the number of its keys."""
    keys: dict[str, list[str]] = {}
    first: dict[str, Binding] = {}
    for binding in bindings:
        if binding.id is None or not binding.description or binding.id in _OURS_ALONE:
            continue
        first.setdefault(binding.id, binding)
        keys.setdefault(binding.id, []).append(key_name(binding.key))
    return [
        Entry(binding.description, binding.action, f"key {' '.join(keys[name])} · id {name}")
        for name, binding in first.items()
    ]


class KeyCommands(Provider):
    """Finds what the screen's keys do, by words."""

    def _entries(self) -> list[tuple[str, str, Callable[[], object]]]:
        entries: list[tuple[str, str, Callable[[], object]]] = [
            (entry.description, entry.remark, partial(self.screen.run_action, entry.action))
            for entry in key_entries(one.binding for one in self.screen.active_bindings.values() if one.enabled)
        ]
        keyless: dict[str, str] = dict(getattr(self.screen, "PALETTE", {}))
        if (profiles := getattr(self.screen, "profiles", None)) is not None:
            keyless |= profiles.choices
        entries += [
            (name, "no key", partial(self.screen.run_action, action))
            for name, action in keyless.items()
            if self.screen.check_action(action.partition("(")[0], ())
        ]
        entries += [(f"Theme {name}", "colours", partial(setattr, self.app, "theme", name)) for name in _own_themes()]
        return entries

    async def discover(self) -> Hits:
        """List everything while nothing is typed."""
        for name, remark, run in self._entries():
            yield DiscoveryHit(name, run, help=remark)

    async def search(self, query: str) -> Hits:
        """List what matches the typed words, by description or by id."""
        matcher = self.matcher(query)
        for name, remark, run in self._entries():
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), run, help=remark)
            elif (score := matcher.match(remark.rpartition(" ")[2])) > 0:
                yield Hit(score, name, run, help=remark)


def _own_themes() -> list[str]:
    from omstui.ui.terminal.themes import THEMES

    return [theme.name for theme in THEMES]
