"""Finds tasks in pasted or piped text: lists, CSV, TOML, JSON, addresses of the console."""

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from urllib.parse import unquote

from msgspec import Struct

from omstui.core.profile import check_profile_name
from omstui.core.task import LONGEST_LABEL, TASK_ID, WatchList, check_task_id, is_like_a_task_id
from omstui.core.text import NOT_KEPT, holds_token, tame

_WRAPPING = "\"'`,;<>()[]{}\ufeff\u200b"
_GARBLED = "\ufffd"
"""Replaces a character that could not be read or shown, so that the id is not the intended one."""

_NO_UTF8 = re.compile("[\udc80-\udcff]")
"""A byte that is not UTF-8, in text that was read with the error handler `surrogateescape`."""

_LONGEST_QUOTE = 60
_IN_ADDRESS = re.compile(r"sync-?_?tasks?/(?:detail/)?([^/?#&\s]+)", re.IGNORECASE)
_DASHED = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_ENTRY = "[[task]]"
_COLUMNS = {
    "id": "sync_task_id",
    "sync_task_id": "sync_task_id",
    "task_id": "sync_task_id",
    "label": "label",
    "name": "label",
    "profile": "profile",
}
_DELIMITERS = ",;\t"
"""The delimiters of CSV: which one a spreadsheet writes depends on the country."""

CSV_COLUMNS = ("profile", "sync_task_id", "label")
"""The columns of a watch list as CSV."""


class Line(Struct, frozen=True):
    """A line that names a task."""

    sync_task_id: str
    label: str = ""
    profile: str | None = None
    """The profile, if the line names one."""

    number: int = 0
    """Counted from 1."""


class BadLine(Struct, frozen=True):
    """A line that does not name a task, and why."""

    number: int
    reason: str


class _Bad(Exception):  # noqa: N818 - it names what a line is
    """Raised when a line names no task; the message says why."""


def read_lines(text: str, *, is_after_token: bool = False) -> tuple[list[Line], list[BadLine]]:
    """Find tasks in pasted or piped text: one per line, a label may follow, ``#`` begins a comment.

    An id may be written as ``profile/id``, in an address of the console, or before a comma as in CSV. CSV with a header
    line, TOML in the form of the watch list's file, and JSON as omstui prints it are recognized. Quotes, commas,
    brackets and invisible characters around an id are removed. A lone word counts as an id if it can be one; in a line
    of several words the first must look like an id, so that prose is reported as bad. The reason for a bad line quotes
    the line, unless the text holds a token: the last line of a token may be as short as an id.

    Args:
        text: the lines.
        is_after_token: whether the text just before was a token, so that this text may be the rest of it.
    """
    good, bad = _read(text)
    if not is_after_token and all(line.reason != NOT_KEPT for line in bad):
        return good, bad
    likely = [line for line in good if is_like_a_task_id(line.sync_task_id)]
    numbers = {line.number for line in bad} | {line.number for line in good if line not in likely}
    return likely, [BadLine(number, NOT_KEPT) for number in sorted(numbers)]


def _read(text: str) -> tuple[list[Line], list[BadLine]]:
    lines = text.splitlines()
    filled = [(number, raw) for number, raw in enumerate(lines, 1) if raw.strip("\ufeff\u200b \t")]
    if any(raw.strip() == _ENTRY for _, raw in filled):
        return _read_toml(filled)
    if text.lstrip("\ufeff \t\r\n")[:1] in {"[", "{"} and (entries := _json_entries(text)) is not None:
        return _read_json(entries, lines)
    rows = [(number, raw) for number, raw in filled if not raw.lstrip().startswith("#")]
    for delimiter in _DELIMITERS if rows else "":
        if (columns := _header(rows[0][1], delimiter)) is not None:
            return _gathered(rows[1:], partial(_read_record, columns, delimiter))
    return _gathered(filled, _read_line)


def repeated(lines: Iterable[Line], default_profile: str | None = None, where: str = "line") -> list[BadLine]:
    """Return the lines whose task an earlier line names already.

    Args:
        lines: the good lines.
        default_profile: the profile of lines that name none.
        where: the word for what the line numbers count.
    """
    first: dict[tuple[str | None, str], int] = {}
    found: list[BadLine] = []
    for line in lines:
        place = first.setdefault((line.profile or default_profile, line.sync_task_id), line.number)
        if place != line.number:
            found.append(BadLine(line.number, f"{line.sync_task_id} stands in {where} {place} already"))
    return found


def written_csv(watchlist: WatchList) -> list[str]:
    """Return a watch list as lines of CSV, which `read_lines` can read."""
    from io import StringIO

    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for task in watchlist:
        writer.writerow((task.ref.profile, task.ref.sync_task_id, " ".join(task.label.splitlines())))
    return out.getvalue().splitlines()


def _gathered(rows: Iterable[tuple[int, str]], read: Callable[[str], Line | None]) -> tuple[list[Line], list[BadLine]]:
    good: list[Line] = []
    bad: list[BadLine] = []
    for number, raw in rows:
        try:
            line = read(_utf8(raw))
        except _Bad as error:
            bad.append(BadLine(number, str(error)))
            continue
        if line is not None:
            good.append(Line(line.sync_task_id, line.label, line.profile, number))
    return good, bad


def _utf8(raw: str) -> str:
    if _NO_UTF8.search(raw):
        quoted = _quoted(_NO_UTF8.sub(_GARBLED, raw))
        raise _Bad(f"{quoted} is not UTF-8: save the text as UTF-8 and add it again")
    return raw


def _read_line(raw: str) -> Line | None:
    """Read one line of a list; ``None`` when it holds only a comment."""
    if "://" in raw.split(maxsplit=1)[0]:
        return _read_address(raw.strip())
    line = raw.partition("#")[0].strip()
    words = line.split(maxsplit=1)
    if not words:
        return None
    if len(TASK_ID.findall(line)) > 1:
        raise _Bad(f"{_quoted(line)} holds more than one task id: write each on a line of its own")
    word, label = words[0].lstrip(_WRAPPING), words[1] if len(words) > 1 else ""
    for mark in ",;":
        head, found, tail = word.partition(mark)
        if found and is_like_a_task_id(head.rpartition("/")[2].strip(_WRAPPING)):
            word, label = head, f"{tail} {label}"
            break
    profile, _, last = word.strip(_WRAPPING).rpartition("/")
    if profile and is_like_a_task_id(last):
        return Line(last, _bare_label(label), _profile(profile, line))
    sync_task_id = word.strip(_WRAPPING)
    return Line(_task_id(sync_task_id, line, is_lone=len(words) == 1), _bare_label(label))


def _read_address(line: str) -> Line:
    """Read an address of the console or of the service, which may also hold the project id."""
    address, _, label = line.partition(" ")
    plain = unquote(address)
    found = {word for word in _IN_ADDRESS.findall(plain) if is_like_a_task_id(word)}
    found = found or set(_DASHED.findall(plain)) or set(TASK_ID.findall(plain))
    if not found:
        raise _Bad(f"{_quoted(line)} holds no task id")
    if len(found) > 1:
        raise _Bad(f"{_quoted(line)} holds more than one id: write the task's alone")
    return Line(found.pop(), _bare_label(label.partition("#")[0]))


def _header(raw: str, delimiter: str) -> list[str] | None:
    """Return the meaning of each column when a line is a CSV header with a column of task ids; else ``None``."""
    names = [name.strip().lower() for name in _cells(raw.lstrip("\ufeff"), delimiter)]
    columns = [_COLUMNS.get(name, "") for name in names]
    return columns if "sync_task_id" in columns and not any(map(is_like_a_task_id, names)) else None


def _cells(raw: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([raw], delimiter=delimiter, skipinitialspace=True))
    except csv.Error:  # a cell is too long
        return []


def _read_record(columns: Sequence[str], delimiter: str, raw: str) -> Line:
    """Read one line of CSV."""
    return _from_record(dict(zip(columns, _cells(raw, delimiter), strict=False)), raw)


def _from_record(record: Mapping[str, object], raw: str) -> Line:
    """Read named values."""
    sync_task_id, label, profile = (record.get(name) or "" for name in ("sync_task_id", "label", "profile"))
    if not (isinstance(sync_task_id, str) and isinstance(label, str) and isinstance(profile, str)):
        raise _Bad(f"{_quoted(raw)}: id, label and profile must be text")
    profile = profile.strip()
    return Line(
        _task_id(sync_task_id.strip(_WRAPPING + " "), raw, is_lone=True),
        _label(label),
        _profile(profile, raw) if profile else None,
    )


def _read_toml(rows: list[tuple[int, str]]) -> tuple[list[Line], list[BadLine]]:
    """Read each entry by itself, so that a broken one does not affect the others."""
    entries: list[tuple[int, list[str]]] = []
    for number, raw in rows:
        if raw.strip() == _ENTRY:
            entries.append((number, []))
        elif entries:
            entries[-1][1].append(raw)
    return _gathered([(number, "\n".join(body)) for number, body in entries], _read_entry)


def _json_entries(text: str) -> list[Mapping[str, object]] | None:
    """Return the objects of a list in JSON, or of an object's ``tasks``; ``None`` when it is neither."""
    import json

    try:
        value = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return None
    entries = value.get("tasks") if isinstance(value, dict) else value
    return entries if isinstance(entries, list) and all(isinstance(one, dict) for one in entries) else None


def _read_json(entries: Sequence[Mapping[str, object]], lines: Sequence[str]) -> tuple[list[Line], list[BadLine]]:
    """Read each entry; its number is the line that names its id, or its place in the list when that is unclear."""
    found = [number for number, raw in enumerate(lines, 1) if '"sync_task_id"' in raw]
    numbers = found if len(found) == len(entries) else range(1, len(entries) + 1)
    good: list[Line] = []
    bad: list[BadLine] = []
    for number, entry in zip(numbers, entries, strict=True):
        try:
            line = _from_record(entry, " ".join(str(entry).split()))
        except _Bad as error:
            bad.append(BadLine(number, str(error)))
        else:
            good.append(Line(line.sync_task_id, line.label, line.profile, number))
    return good, bad


def _read_entry(body: str) -> Line:
    import tomllib  # rarely needed

    try:
        entry = tomllib.loads(body)
    except (tomllib.TOMLDecodeError, RecursionError):
        raise _Bad(f"{_quoted(body)} is not TOML") from None
    return _from_record({**entry, "sync_task_id": entry.get("id")}, body)


def _task_id(word: str, line: str, *, is_lone: bool) -> str:
    """Return the word when it is a task id, else raise `_Bad`; the message quotes the line."""
    if holds_token(word):
        raise _Bad(NOT_KEPT)
    try:
        check_task_id(word)
    except ValueError as error:
        long = len(word) > _LONGEST_QUOTE
        raise _Bad(str(error) if long else f"{_quoted(line)} is not a task id") from None
    if _GARBLED in word:
        raise _Bad(f"{_quoted(line)} is garbled: copy the task id again")
    if not is_lone and not is_like_a_task_id(word):
        raise _Bad(f"{_quoted(line)} does not look like a task id")
    return word


def _profile(name: str, line: str) -> str:
    try:
        return check_profile_name(name)
    except ValueError:
        raise _Bad(f"{_quoted(line)}: {name[:40]!r} is not a profile name") from None


def _label(text: str) -> str:
    """Return the label in the form that is stored; that form does not change when it is read again."""
    label = tame(text)[:LONGEST_LABEL].rstrip()
    if holds_token(tame(text)) or holds_token(label):
        raise _Bad(NOT_KEPT)
    return label


def _bare_label(text: str) -> str:
    """Return the label without quotes, brackets and commas around it."""
    return _label(text.strip().strip(_WRAPPING))


def _quoted(line: str) -> str:
    if holds_token(line):
        raise _Bad(NOT_KEPT)
    return repr(line if len(line) <= _LONGEST_QUOTE else f"{line[: _LONGEST_QUOTE - 1]}…")
