"""The watch list on disk: a file that belongs to the user and to every running instance alike."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from omstui.backend.files import FileTrouble, Signature, locked, read_text, signature, write_atomically
from omstui.backend.toml_text import Block, joined, new_block, parse, split
from omstui.core.profile import check_profile_name
from omstui.core.task import TaskRef, check_task_id
from omstui.core.watchlist import LONGEST_LABEL, WatchedTask, WatchList

_SURROGATE = re.compile("[\ud800-\udfff]")
_HEADER = "[[task]]"
_Piece = tuple[TaskRef | None, str]
"""A piece of the file, with the task whose entry it is."""


class WatchListStore(Protocol):
    """Where the watch list is kept."""

    def load(self) -> WatchList:
        """Return the list as it stands now.

        Raises:
            FileTrouble: it cannot be read.
        """

    def edit(self, change: Callable[[WatchList], WatchList]) -> WatchList:
        """Apply a change to the list as it stands now, keep the result, and return it.

        Once this returns, the change outlives the process.

        Raises:
            FileTrouble: the list cannot be read or kept; it is as it was.
        """

    def has_changed(self) -> bool:
        """Whether someone else has changed the list since it was last loaded or edited here."""


class MemoryWatchList:
    """A watch list that ends with the process: the demo's."""

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
        """Nobody else can change it."""
        return False


class WatchListFile:
    """`watchlist.toml`: one ``[[task]]`` each with `id`, `profile` and `label`; a missing file is an empty list.

    Comments, order and unknown keys are the user's and stay.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: Signature | None = None

    def load(self) -> WatchList:
        """Return the list as the file has it now."""
        self._seen = signature(self.path)
        return _read(self.path, read_text(self.path) or "")

    def edit(self, change: Callable[[WatchList], WatchList]) -> WatchList:
        """Apply a change to what the file holds now, and write it when that makes a difference."""
        with locked(self.path):
            seen = signature(self.path)
            text = read_text(self.path) or ""
            old = _read(self.path, text)
            new = _kept(change(old))
            self._seen = write_atomically(self.path, _changed(self.path, text, new)) if new != old else seen
        return new

    def has_changed(self) -> bool:
        """Whether the file is another one than that last seen."""
        return signature(self.path) != self._seen


def written_toml(watchlist: WatchList) -> str:
    """Write a watch list as its own file has it."""
    return "\n".join(map(_written, watchlist))


def _written(task: WatchedTask) -> str:
    return new_block(_HEADER, {"id": task.ref.sync_task_id, "profile": task.ref.profile, "label": task.label})


def _kept(watchlist: WatchList) -> WatchList:
    """Return the list as the file can hold it."""
    return WatchList(tuple(replace(task, label=_kept_label(task.label)) for task in watchlist))


def _kept_label(label: str) -> str:
    """Cut a label, and replace what cannot be written as UTF-8; taming is the screen's business."""
    return _SURROGATE.sub("\ufffd", label[:LONGEST_LABEL])


def _read(path: Path, text: str) -> WatchList:
    data = parse(path, text)
    entries = data.get("task", [])
    if not isinstance(entries, list):
        raise FileTrouble(path, f"'task' is not a list: begin each task with {_HEADER}")
    blocks = [block for block in split(text) if _is_task(block)]
    lines = [block.line for block in blocks] if len(blocks) == len(entries) else [None] * len(entries)
    return WatchList().added(
        _entry(path, entry, number, line) for number, (entry, line) in enumerate(zip(entries, lines, strict=True), 1)
    )


def _entry(path: Path, entry: object, number: int, line: int | None) -> WatchedTask:
    if not isinstance(entry, dict):
        raise FileTrouble(path, f"task {number} is not a table: begin each task with {_HEADER}", line)
    texts = {key: entry.get(key, "") for key in ("id", "profile", "label")}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise FileTrouble(path, f'task {number}: {key} is not text: write it as {key} = "..."', line)
        if not value and key != "label":
            raise FileTrouble(path, f'task {number} has no {key}: write it as {key} = "..."', line)
    try:
        ref = TaskRef(check_profile_name(texts["profile"]), check_task_id(texts["id"]))
    except ValueError as error:
        raise FileTrouble(path, f"task {number}: {error}", line) from error
    return WatchedTask(ref, _kept_label(texts["label"]))


def _is_task(block: Block) -> bool:
    return block.path == ("task",) and block.is_entry


def _changed(path: Path, text: str, new: WatchList) -> str:
    """Return the file's text with this list in it, and everything else as it was.

    Raises:
        FileTrouble: the file is written in a way that cannot be changed without harming what the user wrote.
    """
    out = _text(text, new)
    try:
        is_right = _read(path, out) == new and _others(out) == _others(text)
    except FileTrouble:
        is_right = False
    if not is_right:
        raise FileTrouble(path, f"is written in a way that omstui cannot change: begin each task with {_HEADER}")
    return out


def _others(text: str) -> dict[str, object]:
    return {key: value for key, value in tomllib.loads(text).items() if key != "task"}


def _text(text: str, new: WatchList) -> str:
    pieces: list[_Piece] = []
    known: set[TaskRef] = set()
    for block in split(text):
        if not _is_task(block):
            pieces.append((None, block.written))
            continue
        task = _read(Path(), block.text).tasks[0]
        wanted = new.find(task.ref)
        if wanted is None or task.ref in known:
            pieces.append((None, block.remains))
            continue
        known.add(task.ref)
        contents = block.text if wanted == task else _relabelled(block.text, wanted.label)
        pieces.append((task.ref, f"{block.lead}{contents}{block.tail}"))
    pieces = _in_order(pieces, new)
    for task in new:
        if task.ref not in known:
            _insert(pieces, new, task)
    return joined([piece for _, piece in pieces])


def _in_order(pieces: list[_Piece], new: WatchList) -> list[_Piece]:
    """Bring the entries into the list's order, and leave what stands between them in its place."""
    places: dict[TaskRef | None, int] = {task.ref: place for place, task in enumerate(new)}
    entries = iter(sorted((p for p in pieces if p[0] is not None), key=lambda piece: places[piece[0]]))
    return [next(entries) if piece[0] is not None else piece for piece in pieces]


def _insert(pieces: list[_Piece], new: WatchList, task: WatchedTask) -> None:
    """Put a new entry behind the one that it follows in the list, or before all others."""
    index = new.tasks.index(task)
    refs = [ref for ref, _ in pieces]
    if index:
        place = refs.index(new.tasks[index - 1].ref) + 1
    else:
        place = next((place for place, ref in enumerate(refs) if ref is not None), len(pieces))
    entry = _written(task)
    before = joined([piece for _, piece in pieces[:place]])
    if before and not before.endswith("\n\n"):
        entry = f"\n{entry}"
    if any(piece for _, piece in pieces[place:]):
        entry += "\n"
    pieces.insert(place, (task.ref, entry))


def _relabelled(block: str, label: str) -> str:
    """Change the label within an entry, and nothing else."""
    import tomlkit  # only relabelling needs it

    document = tomlkit.parse(block)
    document["task"][0]["label"] = label
    return tomlkit.dumps(document)
