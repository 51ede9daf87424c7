"""Keys that arrive all at once, as over a slow line: what follows the one that opens a field is typed into it."""

import os
import sys

import pytest

from tests.terminal import Terminal

DEMO = [sys.executable, "-m", "omstui", "--demo"]


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("/qaRdPuobs", "qaRdPuobs_"),
        ("a0d146099-8cf4", "0d146099-8cf4"),
        ("jequeue", "queue"),
        ("\x10quiet", "quiet"),
    ],
    ids=["filter", "add", "label", "palette"],
)
def test_what_is_typed_after_a_key_in_the_same_moment_comes_after_it(keys: str, shown: str) -> None:
    with Terminal(DEMO) as terminal:
        terminal.until(lambda text: "images-to-obs" in text and "asking" not in text, "figures")
        assert shown not in terminal.text
        os.write(terminal.fd, keys.encode())
        terminal.until(lambda text: shown in text, "the words in the field", limit=10)
