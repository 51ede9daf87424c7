"""Finds what is wrong with remapped keys: ids that there are not, keys that no keyboard sends, and two on one key."""

import pkgutil
import unicodedata
from collections.abc import Iterator, Mapping
from importlib import import_module
from inspect import getmembers, isclass

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_ALIASES, Keys

import omstui.ui
from omstui.core.text import tame

_MODIFIERS = ("ctrl", "shift", "alt", "super", "hyper", "meta")
_SYMBOLS = {"comma": ",", "plus": "+", "full_stop": ".", "slash": "/", "minus": "-"}
"""Keys that Textual calls by shorter names than Unicode does."""


def key_complaints(keys: Mapping[str, str]) -> list[str]:
    """Say in sentences what is wrong with these remapped keys.

    Args:
        keys: binding id to keys, parted by commas.
    """
    places = dict(_places())
    known = {binding.id for bindings in places.values() for binding in bindings}
    complaints = [f"There is no key with the id {tame(name)}" for name in keys if name not in known]
    for name, text in keys.items():
        bad = [key for key in _parted(text) if not _is_key(key)]
        complaints += [
            f"{tame(name)}: {tame(key) or 'nothing'} is not a key: write it as comma, f5 or ctrl+k" for key in bad
        ]
    found: list[str] = []
    for bindings in places.values():
        users: dict[str, list[str]] = {}
        for binding in bindings:
            if binding.id is None:
                continue
            for key in _parted(keys.get(binding.id, binding.key)):
                names = users.setdefault(_normal(key), [])
                if binding.id not in names:
                    names.append(binding.id)
        for key, names in users.items():
            if len(names) > 1 and any(name in keys for name in names):
                found.append(f"The key {tame(key)} is given to {' and to '.join(names)}")
    return list(dict.fromkeys(complaints + found))


def binding_ids() -> list[str]:
    """Return the ids of all keys that can be remapped."""
    return sorted({binding.id for _, bindings in _places() for binding in bindings if binding.id is not None})


def _places() -> Iterator[tuple[str, list[Binding]]]:
    """Yield each screen, dialog or widget of ours that has keys, with all keys that count there."""
    for module in pkgutil.walk_packages(omstui.ui.__path__, "omstui.ui."):
        for name, made in getmembers(import_module(module.name), isclass):
            if made.__module__ == module.name and issubclass(made, DOMNode):
                bindings = [binding for kind in made.__mro__ for binding in _own(kind)]
                if bindings:
                    yield f"{module.name}.{name}", bindings


def _own(kind: type) -> list[Binding]:
    if not kind.__module__.startswith("omstui."):
        return []
    return list(Binding.make_bindings(vars(kind).get("BINDINGS", ())))


def _parted(text: str) -> list[str]:
    return [key.strip() for key in text.split(",")]


def _normal(key: str) -> str:
    """Return the one name of a key that has several."""
    *modifiers, last = key.rsplit("+", 1) if len(key) > 1 else [key]
    if len(last) == 1 and not last.isalnum():
        last = next((name for name, char in _SYMBOLS.items() if char == last), _unicode_name(last))
    return "+".join((*modifiers, last))


def _unicode_name(char: str) -> str:
    return unicodedata.name(char, "").lower().replace("-", "_").replace(" ", "_")


def _is_key(key: str) -> bool:
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    if not last or any(modifier not in _MODIFIERS for modifier in modifiers):
        return False
    if len(last) == 1 or last in _SYMBOLS or last in {str(one.value) for one in Keys} or last in KEY_ALIASES:
        return last.isprintable()
    try:
        unicodedata.lookup(last.replace("_", " "))
    except KeyError:
        return False
    return True
