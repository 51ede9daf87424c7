"""What pasted lines mean for one profile's watch list."""

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
from omstui.ui.drawing.text import clean
from omstui.ui.terminal.compat import did_own

_LONGEST_REASON = 160
_MOST_NAMED = 20
"""Lines, or runs of them."""


class ParsedTasks(Struct, frozen=True):
    """The tasks that a text names, and the lines of it that name none."""

    new: tuple[WatchedTask, ...] = ()
    known: int = 0
    """How many lines name a task that is watched already."""

    bad: tuple[BadLine, ...] = ()
    bad_lines: tuple[str, ...] = ()
    """The bad lines as they were written."""

    repeated: tuple[BadLine, ...] = ()
    """The lines whose task stands further up already."""

    doubts: str = ""
    """Which of the new tasks' ids may be none, in words; empty where all look like one."""

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
        """Read the text; a task that is named twice counts once.

        Args:
            text: what was pasted or typed.
            profile: whose tasks they are where a line does not say so.
            watched: what is watched already.
            profiles: what else a line may say.
            is_after_token: whether a token was refused before, of which this may be the rest.
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
        """Whether a line names no task, or what may be no id."""
        return bool(self.bad or self.doubts)

    def summary(self, verb: str) -> str:
        """Say in one sentence what was read: ``3 tasks to add · 1 watched already · line 2: …``."""
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
    """Name further bad lines, so that they are found among many: ``lines 2, 5–8 and 12 too``."""
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


_AN_ID_AT_LEAST = 32


class TaskLines(TextArea):
    """Takes one or many lines by typing or pasting.

    Enter on a single line means that it is complete. A terminal without bracketed paste delivers a paste as keys, its
    line ends as enter: so enter waits until no more keys are under way, and becomes a new line when some are.
    """

    @dataclass
    class Confirmed(Message):
        """Enter was pressed on the only line."""

    @dataclass
    class TokenRefused(Message):
        """What was typed or pasted holds what looks like a token, and the field is empty now."""

    def __init__(self, *, id: str | None = None, placeholder: str = "") -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, placeholder=placeholder, highlight_cursor_line=False)
        self.cursor_blink = False
        self._enter_waits = False
        self.has_refused = False
        """Whether a token was refused here: a short piece that is left of it is no id either."""

    @property
    def has_one_line(self) -> bool:
        """Whether enter means that the text is complete."""
        return self.document.line_count == 1

    def watch(self, obj: DOMNode, attribute_name: str, callback: WatchCallbackType, init: bool = True) -> None:
        """Leave the app's theme unwatched: it stays, and the app would keep each field that ever watched it."""
        if obj is not self.app:
            super().watch(obj, attribute_name, callback, init)

    def render_line(self, y: int) -> Strip:
        """Draw a line; nothing where there is no width, which the text area's placeholder does not survive."""
        return super().render_line(y) if self.content_size.width else Strip.blank(self.size.width)

    async def on_key(self, event: events.Key) -> None:
        """Tell the end of the text from the end of a line, before the text area takes the key."""
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
            await did_own(self, event)

    def on_paste(self, event: events.Paste) -> None:
        """Tame each pasted line; an id does not grow onto the end of another one, and a token is not taken."""
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
        if self.selection.is_empty and before and not before[-1].isspace() and len(first) >= _AN_ID_AT_LEAST:
            text = f"\n{text.lstrip()}"
        event.text = text

    def action_paste(self) -> None:
        """Paste the program's own clipboard by the same door."""
        self.post_message(events.Paste(self.app.clipboard))

    def _on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Forget a token whose keys have come one by one."""
        if holds_token(self.text):
            event.stop()
            self._refuse()

    def _refuse(self) -> None:
        self.has_refused = True
        self.text = ""
        self.call_after_refresh(self.post_message, self.TokenRefused())  # after what tells of the empty field

    def break_line(self) -> None:
        """Begin a new line where the cursor is."""
        self.insert("\n", maintain_selection_offset=False)

    def _confirm(self) -> None:
        if self._enter_waits:
            self._enter_waits = False
            self.post_message(self.Confirmed())
