"""The keys that lead somewhere on a screen, wherever the user has put them."""

from typing import Any

from textual.screen import Screen

from omstui.ui.key_names import key_name


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
