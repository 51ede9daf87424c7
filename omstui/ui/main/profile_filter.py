"""The main screen's look at one profile alone; what is asked, counted and told goes on for all."""

from typing import ClassVar

from msgspec.structs import replace
from textual.binding import Binding, BindingType

from omstui.ui.drawing.text import clean
from omstui.ui.main.stage import Stage

_LONGEST_NAME = 40


class ProfileFilter:
    """Shows the rows of all profiles, or of one; the head line counts all of them either way."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("P", "next_profile", "Tasks of one profile, of the next one, of all", id="list.profile")
    ]

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    @property
    def listed(self) -> list[str]:
        """The profiles of the list, in its order."""
        return list(dict.fromkeys(ref.profile for ref in self._stage.session.board.states))

    @property
    def choices(self) -> dict[str, str]:
        """What the palette offers: descriptions with their actions."""
        names = self.listed
        if len(names) < 2:
            return {}
        choices = {f"Show the tasks of {name} alone": f"show_profile({name!r})" for name in names}
        return {**choices, "Show the tasks of all profiles": "show_profile('')"}

    def action_next_profile(self) -> None:
        """Show the tasks of the next profile alone, after the last one those of all."""
        names = self.listed
        if len(names) < 2 and self._stage.view.profile is None:
            self._stage.say("All tasks are of one profile")
            return
        order = [None, *names]
        place = order.index(self._stage.view.profile) if self._stage.view.profile in order else -1
        self.action_show_profile(order[(place + 1) % len(order)] or "")

    def action_show_profile(self, name: str) -> None:
        """Show the tasks of this profile alone; of all without a name."""
        self._stage.view = replace(self._stage.view, profile=name or None)
        self._stage.screen.refresh_bindings()
        goes_on = f"{self._stage.key_names.of('list.profile')} goes on"
        said = f"Tasks of {clean(name, _LONGEST_NAME)} alone; the counts above are of all, {goes_on}"
        self._stage.say(said if name else "Tasks of all profiles")
        self._stage.paint()
