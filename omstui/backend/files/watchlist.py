"""The watch list's file, which the user and all running instances change."""

import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from omstui.backend.files.toml import Block, joined, new_block, parse, split
from omstui.backend.runtime.files import LARGEST, FileError, Signature, locked, read_text, signature, write_atomically
from omstui.core.profile import check_profile_name
from omstui.core.task import LONGEST_LABEL, TaskRef, WatchedTask, WatchList, check_task_id

_SURROGATE = re.compile("[\ud800-\udfff]")
_HEADER = "[[task]]"
_Piece = tuple[TaskRef | None, str]
"""A part of the file, with the task of its entry."""


class _Contents(Struct, frozen=True):
    """The file's contents."""

    text: str
    entries: tuple[WatchedTask, ...]
    """In the file's order; a task may be there twice."""

    others: dict[str, object]
    """Everything that is not a task."""

    @property
    def watchlist(self) -> WatchList:
        """The watched tasks, each once."""
        return WatchList().added(self.entries)


class WatchListStore(Protocol):
    """Stores the watch list."""

    def load(self) -> WatchList:
        """Return the current list.

        Raises:
            FileError: it cannot be read.
        """

    def edit(self, change: Callable[[WatchList], WatchList]) -> WatchList:
        """Apply a change to the current list, save the result, and return it.

        Once this returns, the change is durable.

        Raises:
            FileError: the list cannot be read or saved; it is unchanged.
        """

    def has_changed(self) -> bool:
        """Whether another program has changed the list since it was last loaded or edited here."""


class MemoryWatchList:
    """The demo's watch list, in memory only."""

    def __init__(self, initial: WatchList | None = None) -> None:
        self._list = initial or WatchList()

    def load(self) -> WatchList:
        """Return the list."""
        return self._list

    def edit(self, change: Callable[[WatchList], WatchList]) -> WatchList:
        """Apply a change."""
        self._list = _kept(change(self._list))
        return self._list

    def has_changed(self) -> bool:
        """Return `False`: no other program can change it."""
        return False


class WatchListFile:
    """`watchlist.toml`: one ``[[task]]`` each with `id`, `profile` and `label`; a missing file is an empty list.

    Comments, order and unknown keys are preserved.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: Signature | None = None

    def load(self) -> WatchList:
        """Return the file's current list."""
        self._seen = signature(self.path)
        return _read(self.path, read_text(self.path) or "").watchlist

    def edit(self, change: Callable[[WatchList], WatchList]) -> WatchList:
        """Apply a change to the file's current list, and write the file if the list differs."""
        with locked(self.path):
            seen = signature(self.path)
            contents = _read(self.path, read_text(self.path) or "")
            new = _kept(change(contents.watchlist))
            self._seen = (
                write_atomically(self.path, _changed(self.path, contents, new)) if new != contents.watchlist else seen
            )
        return new

    def has_changed(self) -> bool:
        """Whether the file has changed since it was last loaded or edited here."""
        return signature(self.path) != self._seen


def written_toml(watchlist: WatchList) -> str:
    """Return a watch list in the format of its file."""
    return "\n".join(map(_written, watchlist))


def _written(task: WatchedTask) -> str:
    return new_block(_HEADER, {"id": task.ref.sync_task_id, "profile": task.ref.profile, "label": task.label})


def _kept(watchlist: WatchList) -> WatchList:
    """Return the list as the file can hold it."""
    return WatchList(tuple(replace(task, label=_kept_label(task.label)) for task in watchlist))


def _kept_label(label: str) -> str:
    """Cut a label, and replace what UTF-8 cannot encode; the display removes unsafe characters."""
    return _SURROGATE.sub("\ufffd", label[:LONGEST_LABEL])


def _read(path: Path, text: str) -> _Contents:
    others = parse(path, text)
    entries = others.pop("task", [])
    if not isinstance(entries, list):
        raise FileError(path, f"'task' is not a list: begin each task with {_HEADER}")
    tasks = []
    for number, entry in enumerate(entries, 1):
        try:
            tasks.append(_entry(entry, number))
        except ValueError as error:
            lines = [block.line for block in split(text) if _is_task(block)]
            line = lines[number - 1] if len(lines) == len(entries) else None
            raise FileError(path, str(error), line) from error
    return _Contents(text, tuple(tasks), others)


def _entry(entry: object, number: int) -> WatchedTask:
    """Read an entry.

    Raises:
        ValueError: it is invalid; the message is a sentence for the user.
    """
    if not isinstance(entry, dict):
        raise ValueError(f"task {number} is not a table: begin each task with {_HEADER}")  # noqa: TRY004 - of a file, not of a call
    texts = {key: entry.get(key, "") for key in ("id", "profile", "label")}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise ValueError(f'task {number}: {key} is not text: write it as {key} = "..."')  # noqa: TRY004 - of a file, not of a call
        if not value and key != "label":
            raise ValueError(f'task {number} has no {key}: write it as {key} = "..."')
    try:
        ref = TaskRef(check_profile_name(texts["profile"]), check_task_id(texts["id"]))
    except ValueError as error:
        raise ValueError(f"task {number}: {error}") from error
    return WatchedTask(ref, _kept_label(texts["label"]))


def _is_task(block: Block) -> bool:
    return block.path == ("task",) and block.is_entry


def _changed(path: Path, contents: _Contents, new: WatchList) -> str:
    """Return the file's text with this list; everything else stays as it is.

    Raises:
        FileError: the file's form does not allow a change without damage to what the user wrote.
    """
    blocks = split(contents.text)
    is_right = sum(map(_is_task, blocks)) == len(contents.entries)
    if is_right:
        out = _text(blocks, contents, new)
        try:
            written = _read(path, out)
            is_right = written.watchlist == new and written.others == contents.others
        except FileError:
            is_right = False
    if not is_right:
        raise FileError(path, f"is written in a way that omstui cannot change: begin each task with {_HEADER}")
    if len(out.encode()) > LARGEST:
        raise FileError(path, "would grow beyond 4 MiB, which omstui does not read; it is as it was")
    return out


def _text(blocks: Sequence[Block], contents: _Contents, new: WatchList) -> str:
    pieces: list[_Piece] = []
    known: set[TaskRef] = set()
    entries = iter(contents.entries)
    for block in blocks:
        if not _is_task(block):
            pieces.append((None, block.written))
            continue
        task = next(entries)
        wanted = new.find(task.ref)
        if wanted is None or task.ref in known:
            pieces.append((None, block.remains))
            continue
        known.add(task.ref)
        text = block.text if wanted == task else _relabelled(block.text, wanted.label)
        pieces.append((task.ref, f"{block.lead}{text}{block.tail}"))
    pieces = _in_order(pieces, new)
    if len(known) < len(new):
        pieces = _with_new(pieces, known, new)
    return joined([piece for _, piece in pieces])


def _in_order(pieces: list[_Piece], new: WatchList) -> list[_Piece]:
    """Sort the entries as in the list; the text between them stays in place."""
    places: dict[TaskRef | None, int] = {task.ref: place for place, task in enumerate(new)}
    entries = iter(sorted((p for p in pieces if p[0] is not None), key=lambda piece: places[piece[0]]))
    return [next(entries) if piece[0] is not None else piece for piece in pieces]


def _with_new(pieces: list[_Piece], known: Collection[TaskRef], new: WatchList) -> list[_Piece]:
    """Insert each new entry after its predecessor in the list, or before all others."""
    behind: dict[TaskRef | None, list[_Piece]] = {}
    last: TaskRef | None = None
    for task in new:
        if task.ref in known:
            last = task.ref
        else:
            behind.setdefault(last, []).append((task.ref, _written(task)))
    start = next((place for place, (ref, _) in enumerate(pieces) if ref is not None), len(pieces))
    merged = [*pieces[:start], *behind.get(None, ())]
    for piece in pieces[start:]:
        merged += [piece, *(behind.get(piece[0], ()) if piece[0] is not None else ())]
    filled = max(place for place, (_, text) in enumerate(merged) if text)
    end = ""
    """The last two characters of the text above."""

    for place, (ref, text) in enumerate(merged):
        written = text
        if ref is not None and ref not in known:
            above, below = end not in {"", "\n\n"}, place < filled
            written = "\n" * above + text + "\n" * below
            merged[place] = (ref, written)
        if end and written and not end.endswith("\n"):
            end += "\n"
        end = (end + written)[-2:]
    return merged


def _relabelled(block: str, label: str) -> str:
    """Change only the label of an entry."""
    import tomlkit  # only relabelling needs it

    document = tomlkit.parse(block)
    document["task"][0]["label"] = label
    return tomlkit.dumps(document)
