"""How keys are written and what they do, wherever the user has put them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field
from textual.keys import format_key
from textual.screen import Screen

from omstui.core.problem import Remedy

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
    """Write a key as people do: ``]``, ``↑``, ``esc``, ``ctrl+s``."""
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    name = KEY_NAMES.get(last, last)
    if name == last and len(last) > 1 and last not in _SPELT_OUT:  # else the names of all signs would be loaded
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
"""The bindings that do what advice says."""


class KeyNames(Struct, frozen=True):
    """The names of keys by what they do."""

    moved: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Binding id to keys, for those that the user has put elsewhere."""

    def of(self, binding_id: str) -> str:
        """Return how the first key of a binding is written."""
        keys = self.moved.get(binding_id)
        if keys is None:
            return _USUAL[binding_id]
        return key_name(keys.partition(",")[0].strip() or "comma")

    def remedies(self) -> dict[Remedy, str]:
        """Return the keys of what advice says to do."""
        return {remedy: self.of(binding_id) for remedy, binding_id in _REMEDIES.items()}


class BoundKeys:
    """Tells how the keys of a screen's bindings are written and what they do, by the ids of these.

    What was once seen is remembered: a field in which is typed hides the keys that are letters, and they come back.
    """

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen
        self._names: dict[str, list[str]] = {}
        self._actions: dict[str, str] = {}

    def written(self, usual: str, ids: str) -> str:
        """Return keys as they are written now.

        Args:
            usual: the keys to name as long as they are good for it, with blanks between them.
            ids: their bindings, in the same order; for those that cannot be found the usual key is named.
        """
        taken = self._look()
        return " ".join(
            one if one in taken or one in (names := self._names.get(binding_id, [one])) else names[0]
            for one, binding_id in zip(usual.split(" "), ids.split(" "), strict=True)
        )

    def actions(self, ids: str) -> tuple[str, ...]:
        """Return what a click does that stands for the key of each of these bindings; nothing where that is unknown."""
        self._look()
        return tuple(self._actions.get(binding_id, "") for binding_id in ids.split(" "))

    def _look(self) -> set[str]:
        """Take over what is bound, and return the keys that the field with the cursor has a use of its own for.

        Enter is one of them: the field tells the screen that it was pressed.
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
