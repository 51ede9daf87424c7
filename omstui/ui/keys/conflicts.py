"""Finds what is wrong with the keys in `[settings.keys]`."""

import unicodedata
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib import import_module

from textual.binding import Binding, BindingsMap
from textual.keys import KEY_NAME_REPLACEMENTS, Keys

BOUND = (
    "app.OmstuiApp", "events.log.EventLog", "widgets.filter_line.FilterLine", "history.screen.HistoryScreen",
    "main.screen.MainScreen", "history.month_picker.MonthPicker", "dialogs.copy.PlainScreen", "wall.screen.WallScreen",
    "dialogs.add.AddDialog", "dialogs.inputs.Choice", "dialogs.copy.CopyMenu", "dialogs.credentials.CredentialsDialog",
    "dialogs.help.HelpScreen", "dialogs.label.LabelDialog", "dialogs.pick.PickDialog", "setup.screen.SetupScreen",
    "dialogs.token_field.TokenField",
)  # fmt: skip
"""The classes that bind keys; keys of different classes do not conflict."""

_MODIFIERS = frozenset({"alt", "ctrl", "hyper", "meta", "shift", "super"})
_NAMES = frozenset({key.value for key in Keys} | set(KEY_NAME_REPLACEMENTS.values()))
_MEANT = {
    "esc": "escape", "return": "enter", "pgup": "pageup", "pgdn": "pagedown", "pgdown": "pagedown", "del": "delete",
    "ins": "insert", "spacebar": "space", "arrowup": "up", "arrowdown": "down",
}  # fmt: skip
_LONGEST = 40


def key_conflicts(keys: Mapping[str, str]) -> list[str]:
    """Return a sentence for each mistake: an unknown id, an unknown key, one key for two actions.

    Args:
        keys: `[settings.keys]`: binding ids with their keys, separated by commas.
    """
    if not keys:
        return []
    scopes = {path: tuple(_bindings(path)) for path in BOUND}
    ids = {binding.id for bindings in scopes.values() for binding in bindings if binding.id}
    said = []
    for binding_id, written in keys.items():
        if binding_id not in ids:
            near = get_close_matches(binding_id, sorted(ids), n=1)
            hint = f", perhaps {near[0]} is meant" if near else ""
            said.append(f"There is no action {_shown(binding_id)}{hint}: the help (?) lists the ids")
            continue
        reasons = map(_key_mistake, written.split(","))
        said += [f"{binding_id} cannot be given {reason}" for reason in reasons if reason is not None]
    for bindings in scopes.values():
        said += [sentence for sentence in _shared(bindings, keys) if sentence not in said]
    return said


def _shown(text: str) -> str:
    from omstui.ui.drawing.formats import clean

    return clean(text, _LONGEST)


def _bindings(path: str) -> Iterator[Binding]:
    """Yield the bindings of a class and its base classes in omstui, one for each key."""
    module, _, name = path.rpartition(".")
    made: type = getattr(import_module(f"omstui.ui.{module}"), name)
    for one in made.__mro__:
        if one.__module__.startswith("omstui."):
            for bindings in BindingsMap(vars(one).get("BINDINGS")).key_to_bindings.values():
                yield from bindings


def _key_mistake(key: str) -> str | None:
    """Return why this is not a key, as the end of a sentence; ``None`` when it is one."""
    key = key.strip()
    if not key:
        return "no key at all: leave the line out"
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    if _is_key(key) or (_is_key(last) and set(modifiers) <= _MODIFIERS):
        return None
    near = _MEANT.get(last.lower()) or next(iter(get_close_matches(last.lower(), sorted(_NAMES), n=1)), None)
    meant = f", perhaps {'+'.join((*modifiers, near)).lower()} is meant" if near else ""
    return f"{_shown(key)}, which is no key{meant}"


def _is_key(name: str) -> bool:
    if len(name) == 1:
        return name.isprintable() and not name.isspace()
    if name in _NAMES:
        return True
    try:
        unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return False
    return name == name.lower()


def _shared(bindings: tuple[Binding, ...], keys: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each key that the settings give to two actions at once."""
    users: dict[str, list[str]] = {}
    for binding in bindings:
        if binding.id and not keys.get(binding.id):
            users.setdefault(binding.key, []).append(binding.id)
    for binding_id in dict.fromkeys(binding.id for binding in bindings if binding.id in keys):
        for key in _plain_keys(keys[binding_id or ""]):
            users.setdefault(key, []).append(binding_id or "")
    for key, found in users.items():
        different = list(dict.fromkeys(found))
        if len(different) > 1 and any(one in keys for one in different):
            from omstui.ui.keys.names import key_name

            yield f"The key {key_name(key)} is for {' and for '.join(different)}: give one of them another"


def _plain_keys(written: str) -> list[str]:
    """Return the keys by Textual's names: ``left_square_bracket`` for ``[``."""
    made = [key.strip() for key in written.split(",") if key.strip()]
    return list(BindingsMap([Binding(",".join(made), "")]).key_to_bindings) if made else []
