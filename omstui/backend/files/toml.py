"""TOML that belongs to a person: read strictly, changed block by block, so that what they wrote around it stays.

`tomllib` reads it and not tomlkit, which takes seven times as long for a long watch list and 50 ms to be imported,
knows no lines, and gives the comment above a table to the table before it.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.json import encode

from omstui.backend.runtime.files import FileError

_TOKEN = re.compile(
    "|".join(
        (r'"""(?:\\.|[^\\])*?"""(?!")', r"'''.*?'''(?!')", r'"(?:\\.|[^"\\])*"', r"'[^']*'", r"#[^\n]*", r"[][{}\n]")
    ),
    re.DOTALL,
)
"""What decides where a statement ends: texts, comments, brackets and line ends."""

_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_TWICE = "is not TOML: cannot "
"""How it begins that a key or table stands there already."""

_MOST_ERRORS = 20


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
        line = int(position[1]) if position[1] else text.count("\n") + (not text.endswith("\n"))
        reason = message[: position.start()]
        raise FileError(path, f"is not TOML: {reason[:1].lower()}{reason[1:]}", max(line, 1)) from error


def parse_around(path: Path, text: str) -> tuple[dict[str, object], str, list[FileError]]:
    """Read TOML without the lines that are not; return the values, the text that was read, and what is wrong.

    Raises:
        FileError: it cannot be told where what is wrong ends; the message names what has been found.
    """
    errors: list[FileError] = []
    while True:
        try:
            return parse(path, text), text, errors
        except FileError as error:
            is_further = not errors or (error.line or 0) > (errors[-1].line or 0)
            rest = _without_line(text, error) if is_further and len(errors) < _MOST_ERRORS else None
            errors += [error] if is_further else []
            if rest is None:
                raise FileError.of_all(errors) from error
            text = rest


def _without_line(text: str, error: FileError) -> str | None:
    """Return the text with a blank line for the wrong one; ``None`` when more than that line may be wrong."""
    lines = text.split("\n")
    if error.line is None or error.line > len(lines):
        return None
    line = lines[error.line - 1]
    if line.lstrip().startswith("["):  # what follows would be read as another table's
        return None
    if not error.reason.startswith(_TWICE):
        try:
            tomllib.loads(f"{line}\n")
        except ValueError:
            pass
        else:  # it is wrong only because of what stands above
            return None
    lines[error.line - 1] = ""
    return "\n".join(lines)


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the lines, from 1, on which the tables and keys of a valid TOML text first stand."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for line, statement in _statements(text):
        header = _header(statement)
        rest: list[tuple[tuple[str, ...], object]] = [(() if header else table, tomllib.loads(statement))]
        table = header[0] if header else table
        while rest:
            at, value = rest.pop()
            if at:
                found.setdefault(at, line)
            if isinstance(value, dict):
                rest += [((*at, key), inner) for key, inner in value.items()]
    return found


def split(text: str) -> list[Block]:
    """Cut a valid TOML text into blocks; joined in order they are the text again."""
    blocks: list[Block] = []
    path: tuple[str, ...] = ()
    is_entry = False
    start, lead = 1, ""
    body: list[str] = []
    for line, statement in _statements(text):
        header = _header(statement)
        if header is None or (is_entry and len(header[0]) > len(path) and header[0][: len(path)] == path):
            body.append(statement)  # a table inside an entry belongs to it
            continue
        end = _end(body, "#")
        blocks.append(_block(path, is_entry, start, lead, body[:end]))
        (path, is_entry), start, lead, body = header, line, "".join(body[end:]), [statement]
    return [*blocks, _block(path, is_entry, start, lead, body)]


def _block(path: tuple[str, ...], is_entry: bool, line: int, lead: str, body: Sequence[str]) -> Block:
    end = _end(body, "#", "")
    return Block(path, is_entry, line, lead, "".join(body[:end]), "".join(body[end:]))


def _end(statements: Sequence[str], *beginnings: str) -> int:
    """Return where the statements at the end begin that begin with one of these characters, or are blank for ''."""
    end = len(statements)
    while end and statements[end - 1].strip()[:1] in beginnings:
        end -= 1
    return end


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the headers, keys with their values, comments and blank lines of a valid TOML text, each with its line."""
    start, line, depth = 0, 1, 0
    for token in _TOKEN.finditer(text):
        depth += (token[0] in "[{") - (token[0] in "]}")
        if token[0] == "\n" and not depth:
            statement = text[start : token.end()]
            yield line, statement
            start, line = token.end(), line + statement.count("\n")
    if start < len(text):
        yield line, text[start:]


def _header(statement: str) -> tuple[tuple[str, ...], bool] | None:
    """Return the table that a header names, and whether it begins a list's entry; ``None`` for other statements."""
    if not statement.lstrip().startswith("["):
        return None
    path: list[str] = []
    value: object = tomllib.loads(statement)
    while isinstance(value, dict) and value:
        part, value = next(iter(value.items()))
        path.append(part)
    return tuple(path), isinstance(value, list)


def joined(texts: Sequence[str]) -> str:
    """Put pieces of a file together, each on a line of its own."""
    out = ""
    for text in texts:
        if out and text and not out.endswith("\n"):
            out += "\n"
        out += text
    return out


def new_block(header: str, values: Mapping[str, str | Sequence[str]]) -> str:
    """Write a new table of texts and lists of texts, its header given with brackets."""
    return "".join([f"{header}\n", *(f"{key} = {quoted(value)}\n" for key, value in values.items())])


def quoted(value: str | Sequence[str]) -> str:
    """Write a TOML string or a list of them: as JSON, which leaves one character alone that TOML escapes."""
    if not isinstance(value, str):
        return f"[{', '.join(map(quoted, value))}]"
    return encode(value).decode().replace("\x7f", "\\u007f")


def quoted_key(key: str) -> str:
    """Write a part of a table's name: bare where TOML allows it."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else quoted(key)
