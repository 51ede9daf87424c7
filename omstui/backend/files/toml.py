"""Reads TOML strictly, and changes it block by block, so that everything the user wrote around it stays.

`tomllib` reads it, not tomlkit, which takes seven times as long for a long watch list and 50 ms to import, knows no
line numbers, and assigns the comment above a table to the previous table.
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
"""Tokens that decide where a statement ends: strings, comments, brackets and line ends."""

_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_TWICE = "is not TOML: cannot "
"""Start of the message that a key or table exists already."""

_MOST_ERRORS = 20


class Block(Struct, frozen=True):
    """A table with the comment lines directly above its header, and all that follows until the next block."""

    path: tuple[str, ...]
    """The parts of the table's name; empty for the text before the first header."""

    is_entry: bool
    """Whether the header is that of an array entry, ``[[name]]``."""

    line: int
    """The line of its header, from 1."""

    lead: str
    """The comment lines directly above the header."""

    text: str
    """Header and contents."""

    tail: str
    """Blank lines and free comments below."""

    @property
    def written(self) -> str:
        """The whole block as in the file."""
        return f"{self.lead}{self.text}{self.tail}"

    @property
    def remains(self) -> str:
        """The text that stays when the block is removed: free comments below it."""
        return self.tail if self.tail.strip() else ""


def parse(path: Path, text: str) -> dict[str, object]:
    """Read TOML.

    Raises:
        FileError: it is invalid; the message names file and line.
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise FileError(path, "is nested too deeply") from error
    except ValueError as error:  # TOMLDecodeError, and the error for an absurdly long number
        message = str(error)
        position = _POSITION.search(message)
        if position is None:
            raise FileError(path, f"is not TOML: {message}") from error
        line = int(position[1]) if position[1] else text.count("\n") + (not text.endswith("\n"))
        reason = message[: position.start()]
        raise FileError(path, f"is not TOML: {reason[:1].lower()}{reason[1:]}", max(line, 1)) from error


def parse_leniently(path: Path, text: str) -> tuple[dict[str, object], str, list[FileError]]:
    """Read TOML without its invalid lines; return the values, the text that was read, and the errors.

    Raises:
        FileError: the end of an invalid part is unknown; the message names what was found.
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
    """Return the text with a blank line for the invalid one; ``None`` when more than that line may be invalid."""
    lines = text.split("\n")
    if error.line is None or error.line > len(lines):
        return None
    line = lines[error.line - 1]
    if line.lstrip().startswith("["):  # otherwise the keys below would belong to another table
        return None
    if not error.reason.startswith(_TWICE):
        try:
            tomllib.loads(f"{line}\n")
        except ValueError:
            pass
        else:  # it is invalid only because of the lines above
            return None
    lines[error.line - 1] = ""
    return "\n".join(lines)


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the first line, from 1, of each table and key of a valid TOML text."""
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
    """Split a valid TOML text into blocks; joined in order, they give the text again."""
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
    """Return the start of the trailing statements that begin with one of these characters, or are blank for ''."""
    end = len(statements)
    while end and statements[end - 1].strip()[:1] in beginnings:
        end -= 1
    return end


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the headers, keys with values, comments and blank lines of a valid TOML text, each with its line."""
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
    """Return the table that a header names, and whether it starts an array entry; ``None`` for other statements."""
    if not statement.lstrip().startswith("["):
        return None
    path: list[str] = []
    value: object = tomllib.loads(statement)
    while isinstance(value, dict) and value:
        part, value = next(iter(value.items()))
        path.append(part)
    return tuple(path), isinstance(value, list)


def joined(texts: Sequence[str]) -> str:
    """Join parts of a file, each on a line of its own."""
    out = ""
    for text in texts:
        if out and text and not out.endswith("\n"):
            out += "\n"
        out += text
    return out


def new_block(header: str, values: Mapping[str, str | Sequence[str]]) -> str:
    """Return a new table of strings and lists of strings; the header has its brackets."""
    return "".join([f"{header}\n", *(f"{key} = {quoted(value)}\n" for key, value in values.items())])


def quoted(value: str | Sequence[str]) -> str:
    """Return a TOML string, or a list of them: JSON, except for one character that TOML escapes and JSON does not."""
    if not isinstance(value, str):
        return f"[{', '.join(map(quoted, value))}]"
    return encode(value).decode().replace("\x7f", "\\u007f")


def quoted_key(key: str) -> str:
    """Return a part of a table's name, bare where TOML allows it."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else quoted(key)
