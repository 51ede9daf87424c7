"""What kind of terminal this is."""

import io
from collections.abc import Mapping

import pytest

from omstui.cli.terminal import capabilities as terminal


class Tty(io.StringIO):
    def __init__(self, is_tty: bool) -> None:
        super().__init__()
        self._is_tty = is_tty

    def isatty(self) -> bool:
        return self._is_tty


@pytest.mark.parametrize(
    ("stdin", "screen", "term", "word"),
    [
        (True, True, "xterm-256color", None),
        (True, True, "linux", None),
        (False, True, "xterm-256color", "needs a terminal"),
        (True, False, "xterm-256color", "needs a terminal"),
        (True, True, "dumb", "TERM"),
        (True, True, None, "TERM"),
        (True, True, "", "TERM"),
    ],
)
def test_what_cannot_be_drawn_on_is_named(stdin: bool, screen: bool, term: str | None, word: str | None) -> None:
    environ = {} if term is None else {"TERM": term}
    reason = terminal.unusable_reason(Tty(stdin), Tty(screen), environ)
    assert (reason is None) == (word is None)
    if word is not None:
        assert word in str(reason)
        assert "omstui once" in str(reason), "it names what to run instead"


@pytest.mark.parametrize(
    ("environ", "ascii_only"),
    [
        ({}, False),
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LANG": "C.utf8"}, False),
        ({"LC_ALL": "C"}, True),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, True),
        ({"LC_ALL": "", "LANG": "en_US.UTF-8"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True),
        ({"LC_CTYPE": "C.UTF-8"}, False),
        ({"LANG": "de_DE.ISO-8859-1", "LC_CTYPE": "en_US.UTF-8"}, False),
        ({"LANG": "en_US.UTF-8", "TERM": "linux"}, True),
    ],
)
def test_a_locale_that_is_not_utf8_means_ascii(environ: Mapping[str, str], ascii_only: bool) -> None:
    assert terminal.wants_ascii(environ) == ascii_only


@pytest.mark.parametrize(
    ("environ", "sixteen"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "tmux-256color"}, False),
        ({"TERM": "xterm-kitty"}, False),
        ({"TERM": "screen", "COLORTERM": "truecolor"}, False),
        ({"TERM": "xterm"}, True),
        ({"TERM": "linux"}, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "", "COLORTERM": "truecolor"}, True),
    ],
)
def test_few_colours_mean_the_terminals_own(environ: Mapping[str, str], sixteen: bool) -> None:
    assert terminal.has_sixteen_colours(environ) == sixteen


def test_a_stream_of_another_encoding_is_made_to_write_utf8() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="latin-1")
    terminal.use_utf8(stream)
    stream.write("┌")
    stream.flush()
    assert raw.getvalue() == "┌".encode()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-256color"}, ""),
        ({"TERM": "xterm-256color", "TMUX": "/tmp/tmux-0/default,1,0"}, "tmux"),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"}, "tmux"),
        ({"TERM": "tmux-256color"}, "tmux"),
        ({"TERM": "screen-256color"}, "screen"),
        ({"TERM": "xterm", "STY": "123.pts-0"}, "screen"),
        ({"TERM": "linux"}, None),
        ({"TERM": "linux", "TMUX": "x"}, None),
        ({"TERM": "vt100"}, None),
        ({}, ""),
    ],
)
def test_what_stands_between_is_told_from_the_environment(environ: dict[str, str], expected: str | None) -> None:
    assert terminal.multiplexer(environ) == expected
