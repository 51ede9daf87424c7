"""How the keys are written that sentences and the pane name, wherever the user has put them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from textual.keys import format_key

from omstui.ui.key_line import _SPELT_OUT, KEY_NAMES


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
_ADVISED = {"credentials": "T, or omstui", "list.remove": "D takes it"}
"""What advice says of keys, which is written where nothing is known of them."""


@dataclass(frozen=True, slots=True)
class KeyNames:
    """The names of keys by what they do."""

    moved: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Binding id to keys, for those that the user has put elsewhere."""

    def of(self, binding_id: str) -> str:
        """Return how the first key of a binding is written."""
        keys = self.moved.get(binding_id)
        if keys is None:
            return _USUAL[binding_id]
        return key_name(keys.partition(",")[0].strip() or "comma")

    def said(self, advice: str) -> str:
        """Return advice with the keys that lead where it sends one."""
        for binding_id, words in _ADVISED.items():
            if binding_id in self.moved:
                advice = advice.replace(words, self.of(binding_id) + words[1:])
        return advice
