"""What the parts of the main screen share: what is looked at and how, and where to say and show things."""

from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import Protocol

from msgspec.structs import replace
from textual.screen import Screen

from omstui.backend.session import WatchSession
from omstui.backend.workspace import Workspace
from omstui.core.month import Month
from omstui.core.profile import Profile
from omstui.core.task import TaskRef
from omstui.core.watch.board import TaskState
from omstui.ui.detail.view import View, month_bounds
from omstui.ui.drawing.formats import clean
from omstui.ui.drawing.line import Span
from omstui.ui.drawing.list_columns import Context
from omstui.ui.keys.names import KeyNames
from omstui.ui.main.list import ListView
from omstui.ui.main.task_table import profile_marks, profile_role
from omstui.ui.widgets.head_line import Head
from omstui.ui.widgets.key_line import KeyLine

ZONES = ("service", "local", "UTC")
"""The zones in which times can be shown: the profile's, this machine's, and none."""


class Paint(Protocol):
    """Shows what is known at this moment."""

    def __call__(self, *, is_move: bool = False) -> None:
        """Paint; `is_move` when only another row or month is chosen."""


class Stage:
    """How the user looks at what the session knows; each part of the main screen acts on it."""

    def __init__(
        self, screen: Screen[None], workspace: Workspace, session: WatchSession, month: Month | None, paint: Paint
    ) -> None:
        """Begin with the whole list.

        Args:
            screen: where it is shown.
            workspace: profiles, credentials and settings of this run.
            session: what is known.
            month: the month to show; ``None`` for the current one.
            paint: shows what has changed here.
        """
        self.screen, self.workspace, self.session, self.paint = screen, workspace, session, paint
        self.clock = workspace.clock
        self.interval = workspace.settings.interval
        self.key_names = KeyNames(workspace.settings.keys)
        self.view = ListView()
        self.month = month
        self.zone_kind = ZONES[0]
        self.rows: list[TaskState] = []
        """The tasks that are shown, in order."""

        self.marks: dict[str, Span] = {}
        self.painters: list[Callable[[], None]] = []
        """What else is painted whenever the main screen is."""

        self.detail: View | None = None
        """What the pane shows of the selected task, as last painted."""

        self.details_built = 0
        """How many views of a task were built: at most one for a paint."""

    def say(self, text: str, role: str = "") -> None:
        """Tell the user something in the last line, until the next key."""
        self.screen.query_one(KeyLine).show_message(clean(text, 500), role)

    def mark_profiles(self) -> None:
        """Choose the marks of the profiles on the list."""
        self.marks = profile_marks(self.workspace.profiles, (ref.profile for ref in self.session.board.states))

    @property
    def is_too_small(self) -> bool:
        """Whether there is no room for the picture, so that keys would act unseen."""
        return self.screen.has_class("-too-narrow") or self.screen.has_class("-too-short")

    @property
    def is_pane_alone(self) -> bool:
        """Whether the pane has the whole screen."""
        return self.screen.has_class("-pane-full")

    @property
    def selected_state(self) -> TaskState | None:
        """What is known of the selected task, as long as it is watched."""
        return self.session.board.states.get(self.view.selected) if self.view.selected is not None else None

    def profile_of(self, ref: TaskRef | None) -> Profile | None:
        """Return the profile of a task, as long as there is one."""
        return self.workspace.profiles.get(ref.profile) if ref is not None else None

    def zone(self) -> tzinfo:
        """Return the zone in which times are shown."""
        now = self.clock.now()
        match self.zone_kind:
            case "local":
                return now.astimezone().tzinfo or now.tzinfo or UTC
            case "service":
                profile = self.profile_of(self.view.selected) or next(iter(self.workspace.profiles.values()), None)
                return profile.zone if profile is not None else UTC
            case _:
                return UTC

    def settle(self, context: Context) -> None:
        """Work out the rows, select one of them, and build the view of its task."""
        self.rows = self.view.rows(context)
        self.view = self.view.settled(self.rows)
        self.detail = self.detail_of(context)

    def head(self, context: Context) -> Head:
        """Return the contents of the first line."""
        held = self.session.paused
        return Head(
            counts=context.index.counts,
            now=self.clock.now() if held is not None else context.now,
            zone=context.zone,
            expiries=self.workspace.credentials.expiries(),
            paused_at=held.now if held is not None else None,
            filtered=len(self.rows) if self.view.is_filtering else None,
            profile=self.view.profile,
            is_demo=self.workspace.is_demo,
            changes=self.session.alerts.changes(context.index) if held is None else None,
        )

    def detail_of(self, context: Context) -> View | None:
        """Return what the pane shows of the selected task; ``None`` when no task is selected."""
        state = context.index.board.states.get(self.view.selected) if self.view.selected is not None else None
        if state is None:
            return None
        self.details_built += 1
        assessment = context.assessment(state)
        live = self.session.board.states.get(state.ref)
        if live is not None and live.months is not state.months:  # a paused view holds the present, not the past
            state = replace(state, months=live.months)
        profile = self.profile_of(state.ref)
        is_told = self.session.paused is None or state.refusal is not None
        return View(
            state,
            month=self.month,
            now=context.now,
            zone=context.zone,
            month_zone=profile.zone if profile is not None else context.zone,
            assessment=assessment,
            learned_zone=self.session.month_ends.zones.get(state.ref.profile),
            since_looked=self.session.alerts.new_failures(state),
            mark=context.marks.get(state.ref.profile),
            profile_role=profile_role(profile.color if profile is not None else None),
            next_at=self.session.poller.next_at(state.ref) if is_told else None,
            keys=self.key_names,
        )

    def detail_now(self) -> View | None:
        """Return what the pane would show if the view were not paused."""
        return self.detail_of(Context(self.session.conditions(), self.zone()))

    def selected_bounds(self) -> tuple[Month, Month | None]:
        """Return the current month, and the one in which the selected task was created."""
        state, now = self.selected_state, self.clock.now()
        if state is None:
            return Month.containing(now, self.zone()), None
        profile = self.profile_of(state.ref)
        return month_bounds(state, now, profile.zone if profile is not None else self.zone())
