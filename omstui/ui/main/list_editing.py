"""Changing the watch list, and taking a removal back."""

import asyncio
from collections.abc import Callable, Iterable
from typing import ClassVar

from msgspec import Struct
from textual.binding import Binding, BindingType

from omstui.backend.workspace import WorkspaceError
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import Listing, TaskRef, WatchedTask, WatchList
from omstui.core.watch.board import TaskState
from omstui.ui.drawing.formats import clean
from omstui.ui.main.asking import waiting_words
from omstui.ui.main.stage import Stage

_LABEL_WIDTH = 40


class _Removed(Struct, frozen=True):
    """A task that was taken off the list."""

    watched: WatchedTask
    place: int
    """In the stored list."""

    state: TaskState
    """What was known of it."""

    reached: tuple[str, str] | None
    """Where its profile led to: what is known does not hold elsewhere."""


class ListEditing:
    """Adds, labels and removes tasks; one change after the other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add tasks", id="list.add"),
        Binding("e", "label", "Label the task", id="list.label"),
        Binding("D", "remove", "Remove the task from the list", id="list.remove"),
        Binding("u", "undo", "Undo the removal", id="list.undo", tooltip="when a task was removed"),
    ]

    def __init__(self, stage: Stage, go_to: Callable[[TaskRef], None]) -> None:
        """Begin with nothing to undo.

        Args:
            stage: what is known.
            go_to: selects a task, whatever is filtered.
        """
        self._stage, self._go_to = stage, go_to
        self._removed: list[_Removed] = []
        """What can be put back."""

        self._removing: set[TaskRef] = set()
        self._editing, self._undoing = asyncio.Lock(), asyncio.Lock()

    @property
    def can_undo(self) -> bool:
        """Whether a task was removed, or is being removed."""
        return bool(self._removed or self._removing)

    def _edit(self, change: Callable[[WatchList], WatchList], done: str) -> None:
        """Change the stored list, then take over what it holds; on failure all stays as it is."""
        self._stage.screen.run_worker(self._edited(change, done), group="edit")

    async def _edited(self, change: Callable[[WatchList], WatchList], done: str) -> bool:
        """Change the list, one change after the other; whether it was kept."""
        async with self._editing:
            try:
                await self._stage.session.edit(change)
            except WorkspaceError as error:
                self._stage.say(str(error), "bad")
                return False
            self._stage.say(done)
            return True

    def action_add(self) -> None:
        """Open the dialog that adds tasks."""
        from omstui.ui.dialogs.add import AddDialog

        stage = self._stage
        selected = stage.view.selected.profile if stage.view.selected is not None else None
        profiles = list(stage.workspace.profiles)
        default = selected if selected in profiles else next(iter(profiles), None)
        dialog = AddDialog(profiles, default, frozenset(stage.session.board.states), self.found)
        stage.screen.app.push_screen(dialog, self.add_tasks)

    async def found(self, profile: str) -> Listing | Problem:
        """Ask what a profile's project has, unless its credential was refused or the service wants patience."""
        session = self._stage.session
        if (refusal := session.board.refusals.get(profile)) is not None:
            return refusal
        if (hold := session.poller.hold(profile)) is not None:
            return Problem(ProblemKind.THROTTLED, waiting_words(self._stage, hold))
        return await self._stage.workspace.list_tasks(profile)

    def add_tasks(self, tasks: Iterable[WatchedTask] | None) -> None:
        """Put these tasks at the end of the list."""
        if new := tuple(tasks or ()):
            self._edit(lambda watchlist: watchlist.added(new), f"Added {len(new)} task{'s' * (len(new) > 1)}")

    def action_label(self) -> None:
        """Open the dialog that names the task."""
        from omstui.ui.dialogs.label import LabelDialog

        state = self._stage.selected_state
        if state is None:
            return
        ref = state.ref

        def relabel(label: str | None) -> None:
            if label is not None:
                done = f"Labelled {clean(label, _LABEL_WIDTH)}" if label else "Label removed"
                self._edit(lambda watchlist: watchlist.relabelled(ref, label), done)

        self._stage.screen.app.push_screen(LabelDialog(state.name, state.watched.label), relabel)

    def action_remove(self) -> None:
        """Take the task off the list; u puts it back."""
        state = self._stage.selected_state
        if state is not None and state.ref not in self._removing:
            self._removing.add(state.ref)
            self._stage.screen.refresh_bindings()
            self._stage.screen.run_worker(self._remove(state), group="edit")

    async def _remove(self, state: TaskState) -> None:
        taken: list[tuple[WatchedTask, int]] = []

        def change(watchlist: WatchList) -> WatchList:
            taken[:] = [(task, place) for place, task in enumerate(watchlist) if task.ref == state.ref]
            return watchlist.removed([state.ref])

        undo = f"{self._stage.key_names.of('list.undo')} puts it back"
        if await self._edited(change, f"Removed {clean(state.name, _LABEL_WIDTH)}; {undo}"):
            reached = self._stage.session.places.get(state.ref.profile)
            self._removed.extend(_Removed(task, place, state, reached) for task, place in taken)
        self._removing.discard(state.ref)
        self._stage.screen.refresh_bindings()

    def action_undo(self) -> None:
        """Put the task that was removed last back in its place."""
        self._stage.screen.run_worker(self._undo(), group="edit")

    async def _undo(self) -> None:
        async with self._undoing:
            async with self._editing:  # a removal that is under way comes first
                entry = self._removed[-1] if self._removed else None
            if entry is None:
                self._stage.say("Nothing to undo")
                return
            watched, session = entry.watched, self._stage.session
            done = f"{clean(entry.state.name, _LABEL_WIDTH)} is back"
            if await self._edited(lambda watchlist: watchlist.inserted(watched, entry.place), done):
                self._removed.remove(entry)
                if session.places.get(watched.ref.profile) == entry.reached:
                    session.bring_back(entry.state)
                    self._stage.paint()
                self._go_to(watched.ref)
            self._stage.screen.refresh_bindings()
