"""Which row is selected, which rows are listed in which order, and how much room the pane has."""

from typing import ClassVar

from msgspec.structs import replace
from textual.binding import Binding, BindingType

from omstui.core.task import TaskRef
from omstui.core.zone import offset_name
from omstui.ui.detail.pane import DetailPane
from omstui.ui.drawing.formats import clean
from omstui.ui.drawing.list_columns import COLUMNS
from omstui.ui.main.list import ListView
from omstui.ui.main.stage import ZONES, Stage
from omstui.ui.main.task_table import TaskTable
from omstui.ui.widgets.filter_line import FilterLine

_LONGEST_NAME = 40


class Moving:
    """Selects rows, scrolls the pane, and gives it the whole screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Next task", id="move.down"),
        Binding("k,up", "move(-1)", "Previous task", id="move.up"),
        Binding("g,home", "move_to(0)", "First task", id="move.first"),
        Binding("G,end", "move_to(-1)", "Last task", id="move.last"),
        Binding("pageup", "move_page(-1)", "Page up", id="move.page-up"),
        Binding("pagedown", "move_page(1)", "Page down", id="move.page-down"),
        Binding("J,ctrl+d", "scroll_pane(1)", "Pane down", id="pane.down"),
        Binding("K,ctrl+u", "scroll_pane(-1)", "Pane up", id="pane.up"),
        Binding("enter", "open_pane", "Pane as full screen", id="pane.open", tooltip="when the list is shown"),
        Binding("escape", "back", "Back", id="pane.back", tooltip="from the full pane, or to clear the filter"),
    ]

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def _select(self, view: ListView) -> None:
        stage = self._stage
        if view.selected == stage.view.selected:
            return
        stage.view = view
        stage.screen.query_one(DetailPane).scroll_home(animate=False)
        stage.paint(is_move=True)
        if stage.rows:
            stage.screen.query_one(TaskTable).scroll_to_row(stage.view.place)

    def select(self, ref: TaskRef) -> None:
        """Select a task of the list, if the filter lets it through."""
        if any(state.ref == ref for state in self._stage.rows):
            self._select(replace(self._stage.view, selected=ref))

    def go_to(self, ref: TaskRef) -> None:
        """Select a task of the list; a filter that keeps it out is cleared."""
        stage = self._stage
        if all(state.ref != ref for state in stage.rows):
            stage.view = replace(stage.view, profile=None, needle="")
            stage.screen.refresh_bindings()
            stage.paint()
        self._select(replace(stage.view, selected=ref))

    def action_move(self, steps: int) -> None:
        """Select another row, or scroll the pane when it is alone."""
        stage = self._stage
        if stage.is_pane_alone:
            stage.screen.query_one(DetailPane).scroll_relative(y=steps, animate=False)
        else:
            self._select(stage.view.moved(stage.rows, steps))

    def action_scroll_pane(self, halves: int) -> None:
        """Scroll the pane by half of what can be seen of it, whether it is alone or beside the list."""
        pane = self._stage.screen.query_one(DetailPane)
        pane.scroll_relative(y=halves * max(pane.size.height // 2, 1), animate=False)

    def action_move_page(self, pages: int) -> None:
        """Move by as many rows as can be seen."""
        screen = self._stage.screen
        is_alone = self._stage.is_pane_alone
        shown = screen.query_one(DetailPane).size.height if is_alone else screen.query_one(TaskTable).page_rows
        self.action_move(pages * max(shown - 1, 1))

    def action_move_to(self, index: int) -> None:
        """Select the first row, or the last."""
        self.action_move(len(self._stage.rows) if index < 0 else -len(self._stage.rows))

    def action_open_pane(self) -> None:
        """Give the pane the whole screen."""
        self._set_pane_alone(is_alone=True)

    def action_back(self) -> None:
        """Close the pane's full screen, else clear the filter, else show all profiles; never quit."""
        stage = self._stage
        if stage.is_pane_alone:
            self._set_pane_alone(is_alone=False)
        elif stage.view.needle:
            stage.view = replace(stage.view, needle="")
            stage.screen.refresh_bindings()
            stage.paint()
        elif stage.view.profile is not None:
            stage.view = replace(stage.view, profile=None)
            stage.screen.refresh_bindings()
            stage.say("Tasks of all profiles")
            stage.paint()

    def _set_pane_alone(self, *, is_alone: bool) -> None:
        screen = self._stage.screen
        screen.set_class(is_alone, "-pane-full")
        screen.refresh_bindings()
        screen.call_after_refresh(self._stage.paint)


class Arranging:
    """Filters the list, and puts it in order."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter the list", id="list.filter"),
        Binding("s", "sort", "Sort by the next column", id="list.sort"),
        Binding("S", "reverse", "Reverse the order", id="list.reverse"),
    ]

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def action_filter(self) -> None:
        """Open the filter's line."""
        self._stage.screen.query_one(FilterLine).open(self._stage.view.needle)

    def filter_by(self, needle: str) -> None:
        """List the rows that hold this text."""
        self._stage.view = replace(self._stage.view, needle=needle)
        self._stage.screen.refresh_bindings()
        self._stage.paint()

    def action_sort(self) -> None:
        """Order the list by the next column."""
        stage = self._stage
        stage.view = stage.view.sorted_by_next()
        stage.say(f"Sorted by {stage.view.sort.name}" if stage.view.sort is not None else "In your own order")
        stage.paint()

    def action_sort_by(self, name: str) -> None:
        """Order the list by the column that was clicked; again to reverse it."""
        view = self._stage.view
        column = next(column for column in COLUMNS if column.name == name)
        is_again = view.sort is column
        self._stage.view = replace(view, sort=column, reverse=not view.reverse if is_again else False)
        self._stage.paint()

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._stage.view = replace(self._stage.view, reverse=not self._stage.view.reverse)
        self._stage.paint()


class Looking:
    """Pauses the view, and changes the zone in which times are shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pause", "Pause the view; asking goes on", id="view.pause"),
        Binding("z", "next_zone", "Times of the service, local, UTC", id="view.zone"),
    ]

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def action_pause(self) -> None:
        """Hold the picture, or let it go on; asking goes on either way."""
        stage = self._stage
        stage.session.pause(is_paused=stage.session.paused is None)
        words = f"The view is paused, asking goes on; {stage.key_names.of('view.pause')} goes on"
        stage.say(words if stage.session.paused is not None else "")
        stage.paint()

    def action_next_zone(self) -> None:
        """Show times in the next zone."""
        stage = self._stage
        stage.zone_kind = ZONES[(ZONES.index(stage.zone_kind) + 1) % len(ZONES)]
        offset = offset_name(stage.zone(), stage.clock.now())
        said = {"service": f"the service's: {offset}", "local": f"local: {offset}"}
        stage.say(f"Times are {said.get(stage.zone_kind, stage.zone_kind)}")
        stage.paint()


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
