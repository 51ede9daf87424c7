"""The field for task ids, and its lines as tasks for a profile's watch list."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

from msgspec import Struct
from textual import events
from textual.dom import DOMNode
from textual.message import Message
from textual.strip import Strip
from textual.types import WatchCallbackType
from textual.widgets import TextArea

from omstui.core.task import TaskRef, WatchedTask, task_id_doubts
from omstui.core.task_input import BadLine, read_lines, repeated
from omstui.core.text import holds_token, tame
from omstui.ui.drawing.formats import clean
from omstui.ui.terminal.compat import ran_own_action

_LONGEST_REASON = 160
_MOST_NAMED = 20
"""The most bad lines, or runs of them, that a sentence names."""


class ParsedTasks(Struct, frozen=True):
    """The tasks that a text names, and its lines that name none."""

    new: tuple[WatchedTask, ...] = ()
    known: int = 0
    """How many named tasks are watched already."""

    bad: tuple[BadLine, ...] = ()
    bad_lines: tuple[str, ...] = ()
    """The texts of the bad lines."""

    repeated: tuple[BadLine, ...] = ()
    """The lines whose task is named in an earlier line."""

    doubts: str = ""
    """A sentence about new ids that do not look like task ids; empty when all do."""

    @classmethod
    def of(
        cls,
        text: str,
        profile: str,
        watched: Collection[TaskRef],
        profiles: Collection[str] = (),
        *,
        is_after_token: bool = False,
    ) -> Self:
        """Parse the text; a task that is named twice counts once.

        Args:
            text: the pasted or typed text.
            profile: the profile of lines that name none.
            watched: the tasks that are watched already.
            profiles: the other profiles that a line may name.
            is_after_token: whether a token was refused before, so that the text may be the rest of it.
        """
        read, bad = read_lines(text, is_after_token=is_after_token)
        names = {None, profile, *profiles}
        good = [line for line in read if line.profile in names]
        bad += [
            BadLine(line.number, f"there is no profile {line.profile}") for line in read if line.profile not in names
        ]
        bad.sort(key=lambda line: line.number)
        new: dict[TaskRef, WatchedTask] = {}
        known: set[TaskRef] = set()
        for line in good:
            ref = TaskRef(line.profile or profile, line.sync_task_id)
            if ref in watched:
                known.add(ref)
            else:
                new.setdefault(ref, WatchedTask(ref, line.label))
        lines = text.splitlines()
        bad_lines = tuple(lines[bad_line.number - 1] for bad_line in bad)
        doubts = task_id_doubts(ref.sync_task_id for ref in new)
        return cls(tuple(new.values()), len(known), tuple(bad), bad_lines, tuple(repeated(good, profile)), doubts)

    @property
    def is_doubtful(self) -> bool:
        """Whether a line names no task, or an id that may be wrong."""
        return bool(self.bad or self.doubts)

    def summary(self, verb: str) -> str:
        """Return the result in one sentence: ``3 tasks to add · 1 watched already · line 2: …``."""
        parts = []
        if self.new or not (self.known or self.bad):
            parts.append(f"{len(self.new) or 'no'} task{'' if len(self.new) == 1 else 's'} to {verb}")
        if self.known:
            parts.append(f"{self.known} watched already")
        if self.repeated:
            count = len(self.repeated)
            parts.append(
                f"line {self.repeated[0].number} repeats one" if count == 1 else f"{count} lines repeat others"
            )
        if self.doubts:
            parts.append(clean(self.doubts, _LONGEST_REASON))
        if self.bad:
            first = self.bad[0]
            parts.append(f"line {first.number}: {clean(first.reason, _LONGEST_REASON)}")
        if len(self.bad) > 1:
            parts.append(_numbered(self.bad[1:]))
        return " · ".join(parts)


def _numbered(bad: Sequence[BadLine]) -> str:
    """Return the numbers of further bad lines: ``lines 2, 5–8 and 12 too``."""
    runs: list[range] = []
    for line in bad:
        if runs and line.number == runs[-1].stop:
            runs[-1] = range(runs[-1].start, line.number + 1)
        else:
            runs.append(range(line.number, line.number + 1))
    named: list[str] = []
    for run in runs:
        named += [f"{run[0]}–{run[-1]}"] if len(run) > 2 else map(str, run)
    if len(named) > _MOST_NAMED:
        named[_MOST_NAMED:] = ["more"]
    *others, last = named
    return f"line{'s' if len(bad) > 1 else ''} {' and '.join([', '.join(others), last] if others else [last])} too"


_SHORTEST_ID = 32
"""Characters from which on a pasted word counts as a task id."""


class TaskLines(TextArea):
    """A text field for one or more typed or pasted lines.

    Enter on a single line confirms it. A terminal without bracketed paste sends a paste as keys and its line ends as
    enter, so enter waits: it becomes a new line if more keys follow at once.
    """

    @dataclass
    class Confirmed(Message):
        """Enter was pressed on the only line."""

    @dataclass
    class TokenRefused(Message):
        """The typed or pasted text looked like a token, and the field is empty now."""

    def __init__(self, *, id: str | None = None, placeholder: str = "") -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, placeholder=placeholder, highlight_cursor_line=False)
        self.cursor_blink = False
        self._enter_waits = False
        self.has_refused = False
        """Whether a token was refused here: a short rest of it is not an id either."""

    @property
    def has_one_line(self) -> bool:
        """Whether the text has one line, so that enter confirms it."""
        return self.document.line_count == 1

    def watch(self, obj: DOMNode, attribute_name: str, callback: WatchCallbackType, init: bool = True) -> None:
        """Do not watch the app: its theme does not change, and the app would keep a reference to each field."""
        if obj is not self.app:
            super().watch(obj, attribute_name, callback, init)

    def render_line(self, y: int) -> Strip:
        """Return a line; a blank one without a width, with which Textual's placeholder fails."""
        return super().render_line(y) if self.content_size.width else Strip.blank(self.size.width)

    async def on_key(self, event: events.Key) -> None:
        """Handle enter, ctrl+j and bound keys before the text area does."""
        if self._enter_waits and (event.is_printable or event.key == "enter"):
            self._enter_waits = False
            self.break_line()
        if event.key == "enter" and self.has_one_line:
            event.stop()
            event.prevent_default()
            self._enter_waits = True
            self.call_after_refresh(self._confirm)
        elif event.key == "ctrl+j":
            event.stop()
            event.prevent_default()
            self.break_line()
        elif not event.is_printable:
            await ran_own_action(self, event)

    def on_paste(self, event: events.Paste) -> None:
        """Tame each pasted line; an id after another id begins a new line, and a token is refused."""
        event.stop()
        if holds_token(event.text):
            event.prevent_default()
            self._refuse()
            return
        edge = " " if event.text[:1] in {" ", "\t"} else ""
        text = edge + "\n".join(tame(line) for line in event.text.splitlines())
        row, column = self.cursor_location
        before = self.document.get_line(row)[:column]
        first = text.lstrip().partition("\n")[0].split(" ")[0]
        if self.selection.is_empty and before and not before[-1].isspace() and len(first) >= _SHORTEST_ID:
            text = f"\n{text.lstrip()}"
        event.text = text

    def action_paste(self) -> None:
        """Paste the program's own clipboard as a paste event, so that the same checks apply."""
        self.post_message(events.Paste(self.app.clipboard))

    def _on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Refuse a token that was typed key by key."""
        if holds_token(self.text):
            event.stop()
            self._refuse()

    def _refuse(self) -> None:
        self.has_refused = True
        self.text = ""
        self.call_after_refresh(self.post_message, self.TokenRefused())  # after the message about the empty field

    def break_line(self) -> None:
        """Begin a new line at the cursor."""
        self.insert("\n", maintain_selection_offset=False)

    def _confirm(self) -> None:
        if self._enter_waits:
            self._enter_waits = False
            self.post_message(self.Confirmed())
