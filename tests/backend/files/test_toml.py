"""TOML is cut into blocks that lose nothing, and a mistake in it is named by its line."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.backend.files.toml import new_block, parse, quoted, quoted_key, split
from omstui.backend.runtime.files import FileError

PATH = Path("config.toml")

FILE = '''# head

# about a
[profiles.a] # here
x = """
[not.a.header]
"""
# free comment

# about the entry
[[task]]
ids = [
  ["a"],
  ["b"]
]
[task.more]
y = 1
[settings]'''


def test_a_file_falls_into_blocks_with_their_comments() -> None:
    found = [(b.path, b.is_entry, b.line, b.lead, b.text.split("\n")[0], b.tail) for b in split(FILE)]
    assert found == [
        ((), False, 1, "", "", "# head\n\n"),
        (("profiles", "a"), False, 4, "# about a\n", "[profiles.a] # here", "# free comment\n\n"),
        (("task",), True, 11, "# about the entry\n", "[[task]]", ""),
        (("settings",), False, 18, "", "[settings]", ""),
    ]


@pytest.mark.parametrize("text", [FILE, "", "\n", "a = 1", "[a]\r\nb = 1\r\n# c\r\n[b]\r\n", "[a]\n#\n\n#\n[b]\n\n\n"])
def test_blocks_joined_are_the_file_again(text: str) -> None:
    assert "".join(block.written for block in split(text)) == text


@pytest.mark.parametrize("text", ['x = """\n# [b]\n\n"""\n', "x = '''\n#'''\n", 'x = [ # [\n  "]",\n# c\n]\n'])
def test_what_looks_like_a_comment_within_a_value_is_none(text: str) -> None:
    assert [(block.text, block.tail) for block in split(f"[a]\n{text}# free\n[b]")][1] == (f"[a]\n{text}", "")


@pytest.mark.parametrize(
    ("header", "path"),
    [
        ("[a]", ("a",)),
        (" [ a . b ] # c", ("a", "b")),
        ('["a.b".c]', ("a.b", "c")),
        ("[[a]]", ("a",)),
        ("[a]\r", ("a",)),
    ],
)
def test_headers_are_read_as_toml_reads_them(header: str, path: tuple[str, ...]) -> None:
    assert [block.path for block in split(f"{header}\n")] == [(), path]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\nb =\n", "config.toml, line 2: is not TOML"),
        ("a = 1\n[b\nc = 1\n", "config.toml, line 2: is not TOML"),
        ('a = 1\nb = """\n', "config.toml, line 2: is not TOML"),
        ("a = 1\na = 2\n", "config.toml, line 2: is not TOML"),
        ("a = '\x1b'\n", "config.toml, line 1: is not TOML"),
        ("a = " + "9" * 5000, "config.toml: is not TOML"),
        ("a = " + "[" * 100_000, "config.toml: is nested too deeply"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(text: str, message: str) -> None:
    with pytest.raises(FileError) as caught:
        parse(PATH, text)
    assert str(caught.value).startswith(message)
    assert "\x1b" not in str(caught.value)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_is_written_so_that_it_is_read_back(value: str, key: str) -> None:
    assert tomllib.loads(f"{quoted_key(key)} = {quoted(value)}") == {key: value}


def test_a_new_block_is_a_table_of_texts() -> None:
    assert new_block("[profiles.a]", {"x": "1", "y": '"'}) == '[profiles.a]\nx = "1"\ny = "\\""\n'
    assert new_block("[a]", {"x": ["1", "2"]}) == '[a]\nx = ["1", "2"]\n'
