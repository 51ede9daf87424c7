"""The names of keys, and what they do, with the user's remapped keys."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field
from textual.keys import format_key
from textual.screen import Screen

from omstui.core.problem_kind import Remedy

KEY_NAMES = {
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "question_mark": "?",
    "slash": "/",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "escape": "esc",
    "f1": "F1",
    "f2": "F2",
}


_SPELT_OUT = frozenset({"enter", "tab", "space", "backspace"})


def key_name(key: str) -> str:
    """Return a key in its usual notation: ``]``, ``↑``, ``esc``, ``ctrl+s``."""
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    name = KEY_NAMES.get(last, last)
    if name == last and len(last) > 1 and last not in _SPELT_OUT:  # else `format_key` loads the names of all characters
        sign = format_key(last)
        name = sign if len(sign) == 1 else last
    return "+".join([*modifiers, name])


_USUAL = {
    "ask.now": "r",
    "copy.menu": "Y",
    "credentials": "T",
    "list.acknowledge": "A",
    "list.add": "a",
    "list.profile": "P",
    "list.remove": "D",
    "list.undo": "u",
    "month.current": "t",
    "month.next": "]",
    "month.previous": "[",
    "pane.back": "esc",
    "view.pause": "p",
}
_REMEDIES = {
    Remedy.SIGN_IN: "credentials",
    Remedy.THEN_SIGN_IN: "credentials",
    Remedy.REMOVE_TASK: "list.remove",
}
"""The bindings that do what a remedy says."""


class KeyNames(Struct, frozen=True):
    """The names of keys by the ids of their bindings."""

    moved: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The remapped bindings: id to keys."""

    def of(self, binding_id: str) -> str:
        """Return the name of a binding's first key."""
        keys = self.moved.get(binding_id)
        if keys is None:
            return _USUAL[binding_id]
        return key_name(keys.partition(",")[0].strip() or "comma")

    def remedies(self) -> dict[Remedy, str]:
        """Return the key of each remedy that has one."""
        return {remedy: self.of(binding_id) for remedy, binding_id in _REMEDIES.items()}


class BoundKeys:
    """Returns the names and actions of a screen's keys by the ids of their bindings.

    It remembers bindings that it has seen: a focused text field hides the keys that are letters for a while.
    """

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen
        self._names: dict[str, list[str]] = {}
        self._actions: dict[str, str] = {}

    def written(self, usual: str, ids: str) -> str:
        """Return the names of keys as they are bound now, separated by blanks.

        Args:
            usual: the keys to name while they are bound, separated by blanks.
            ids: the ids of their bindings, in the same order; for an unknown id the usual key is named.
        """
        taken = self._look()
        return " ".join(
            one if one in taken or one in (names := self._names.get(binding_id, [one])) else names[0]
            for one, binding_id in zip(usual.split(" "), ids.split(" "), strict=True)
        )

    def actions(self, ids: str) -> tuple[str, ...]:
        """Return the action for a click on the key of each binding; empty for an unknown id."""
        self._look()
        return tuple(self._actions.get(binding_id, "") for binding_id in ids.split(" "))

    def _look(self) -> set[str]:
        """Update the known bindings, and return the keys that the focused field uses itself.

        Enter is one of them: the field posts a message to the screen when it is pressed.
        """
        found: dict[str, list[str]] = {}
        taken: set[str] = set()
        for active in self._screen.active_bindings.values():
            name = key_name(active.binding.key)
            if active.binding.id is not None:
                found.setdefault(active.binding.id, []).append(name)
                if active.node in {self._screen, self._screen.focused}:
                    where = "screen" if active.node is self._screen else "focused"
                    self._actions[active.binding.id] = f"{where}.{active.binding.action.removeprefix('screen.')}"
            elif active.node is self._screen.focused:
                taken.add(name)
        self._names |= found
        return taken
