"""TOML that belongs to a person: read strictly, changed block by block, so that what they wrote around it stays."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from msgspec import Struct, field

from omstui.backend.runtime.files import FileError

_HEADER = re.compile(r"[ \t]*\[.*\][ \t]*(?:#.*)?\r?\n?")
_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_TWICE = "is not TOML: cannot "
"""How it begins that a key or table stands there already."""

_MOST_TROUBLES = 20
_LONGEST_VALUE = 1000
"""Lines of a value, beyond which no more lines are looked for in its table."""

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


class Block(Struct, frozen=True):
    """A table with what belongs to it: the comment lines right above its header, and all that stands below."""

    path: tuple[str, ...]
    """The table's name, part by part; empty for what stands before the first header."""

    is_entry: bool
    """Whether the header is that of a list's entry, ``[[name]]``."""

    line: int
    """The line of its header, from 1."""

    lead: str
    """The comment lines right above the header."""

    text: str
    """Header and contents."""

    tail: str
    """Blank lines and comments that stand free below."""

    @property
    def written(self) -> str:
        """The whole block as it stands in the file."""
        return f"{self.lead}{self.text}{self.tail}"

    @property
    def remains(self) -> str:
        """What stays of the file when the block goes: comments that stand free below it."""
        return self.tail if self.tail.strip() else ""


def parse(path: Path, text: str) -> dict[str, object]:
    """Read TOML.

    Raises:
        FileError: it is not TOML; the message names file and line.
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise FileError(path, "is nested too deeply") from error
    except ValueError as error:  # TOMLDecodeError, and that of an absurdly long number
        message = str(error)
        position = _POSITION.search(message)
        if position is None:
            raise FileError(path, f"is not TOML: {message}") from error
        line = int(position.group(1)) if position.group(1) else len(_LINE.findall(text))
        reason = message[: position.start()]
        raise FileError(path, f"is not TOML: {reason[:1].lower()}{reason[1:]}", max(line, 1)) from error


def parse_around(path: Path, text: str) -> tuple[dict[str, object], str, list[FileError]]:
    """Read TOML without the lines that are not; return the values, the text that was read, and what is wrong.

    Raises:
        FileError: it cannot be told where what is wrong ends; the message names what has been found.
    """
    troubles: list[FileError] = []
    while True:
        try:
            return parse(path, text), text, troubles
        except FileError as trouble:
            is_further = not troubles or (trouble.line or 0) > (troubles[-1].line or 0)
            rest = _without_line(text, trouble) if is_further and len(troubles) < _MOST_TROUBLES else None
            troubles += [trouble] if is_further else []
            if rest is None:
                raise FileError.of_all(troubles) from trouble
            text = rest


def _without_line(text: str, trouble: FileError) -> str | None:
    """Return the text with a blank line for the wrong one; ``None`` when more than that line may be wrong."""
    lines = _LINE.findall(text)
    if trouble.line is None or trouble.line > len(lines):
        return None
    line = lines[trouble.line - 1]
    is_of_itself = not _is_complete([line]) or trouble.reason.startswith(_TWICE)
    if not is_of_itself or line.lstrip().startswith("["):  # what follows would be read as another table's
        return None
    lines[trouble.line - 1] = "\n"
    return "".join(lines)


Note = tuple[tuple[str, ...], str]
"""The table or key that something is about, and a sentence."""


class Notes(Struct):
    """What the readers of a file have to say about its tables and keys."""

    is_whole: bool
    """Whether all lines of the file are read; else something may seem to be missing that stands there."""

    mistakes: list[Note] = field(default_factory=list)
    unknown: list[Note] = field(default_factory=list)
    remarks: list[Note] = field(default_factory=list)


def located(path: Path, text: str, notes: Sequence[Note]) -> list[FileError]:
    """Return the notes with their lines: that of the key, or of the innermost table around it that stands there."""
    lines = key_lines(text) if notes else {}
    return [
        FileError(path, reason, next((lines[at[:end]] for end in range(len(at), 0, -1) if at[:end] in lines), None))
        for at, reason in notes
    ]


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the lines, from 1, on which the tables and keys of a valid TOML text first stand."""
    found: dict[tuple[str, ...], int] = {}
    for block in split(text):
        table, begun, written = block.path, block.line, ""
        for number, line in enumerate(_LINE.findall(block.text), block.line):
            if not written:
                begun = number
                if (header := _header(line)) is not None:
                    table = header[0]
                    _note(found, (), _nested(table), number)
                    continue
            written += line
            if number - begun > _LONGEST_VALUE:
                break
            if _is_complete([written]):
                _note(found, table, tomllib.loads(written), begun)
                written = ""
    return found


def _nested(path: tuple[str, ...]) -> dict[str, object]:
    return {path[0]: _nested(path[1:])} if path else {}


def _note(found: dict[tuple[str, ...], int], table: tuple[str, ...], values: Mapping[str, object], line: int) -> None:
    for key, value in values.items():
        found.setdefault((*table, key), line)
        if isinstance(value, dict):
            _note(found, (*table, key), value, line)


def split(text: str) -> list[Block]:
    """Cut a valid TOML text into blocks; joined in order they are the text again."""
    blocks: list[Block] = []
    path: tuple[str, ...] = ()
    is_entry = False
    start, lead = 1, ""
    body: list[str] = []
    for number, line in enumerate(_LINE.findall(text), 1):
        header = _header(line)
        if header is None or _continues(header[0], path, is_entry=is_entry) or not _is_complete(body):
            body.append(line)
            continue
        body, next_lead = _without_lead(body)
        blocks.append(_block(path, body, is_entry=is_entry, line=start, lead=lead))
        (path, is_entry), start, lead, body = header, number, next_lead, [line]
    blocks.append(_block(path, body, is_entry=is_entry, line=start, lead=lead))
    return blocks


def joined(texts: Sequence[str]) -> str:
    """Put pieces of a file together, each on a line of its own."""
    out = ""
    for text in texts:
        if out and text and not out.endswith("\n"):
            out += "\n"
        out += text
    return out


def new_block(header: str, values: Mapping[str, str]) -> str:
    """Write a new table of texts, its header given with brackets."""
    lines = [header, *(f"{key} = {quoted(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def quoted(value: str) -> str:
    """Write a TOML string."""
    return '"' + "".join(_ESCAPES.get(c, c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}") for c in value) + '"'


def quoted_key(key: str) -> str:
    """Write a part of a table's name: bare where TOML allows it."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else quoted(key)


@lru_cache(maxsize=64)
def _header(line: str) -> tuple[tuple[str, ...], bool] | None:
    """Return the table that a header line names, and whether it begins a list's entry; ``None`` for other lines."""
    if not _HEADER.fullmatch(line):
        return None
    try:
        value: object = tomllib.loads(line)
    except ValueError:
        return None
    path: list[str] = []
    while isinstance(value, dict) and value:
        part, value = next(iter(value.items()))
        path.append(part)
    return tuple(path), isinstance(value, list)


def _continues(path: tuple[str, ...], current: tuple[str, ...], *, is_entry: bool) -> bool:
    """Whether a header is a table inside the present entry of a list."""
    return is_entry and len(path) > len(current) and path[: len(current)] == current


def _is_complete(lines: Sequence[str]) -> bool:
    """Whether the lines end outside of any value, so that a header can follow; a value may span lines."""
    try:
        tomllib.loads("".join(lines))
    except ValueError:
        return False
    return True


def _without_lead(lines: list[str]) -> tuple[list[str], str]:
    """Take the comment lines off the end that stand right above what follows."""
    end = len(lines)
    while end and lines[end - 1].lstrip().startswith("#"):
        end -= 1
    return lines[:end], "".join(lines[end:])


def _block(path: tuple[str, ...], lines: list[str], *, is_entry: bool, line: int, lead: str) -> Block:
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return Block(path, is_entry, line, lead, "".join(lines[:end]), "".join(lines[end:]))
