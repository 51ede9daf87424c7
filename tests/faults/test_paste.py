"""A token pasted into a real terminal, however other programs have broken and quoted it."""

import hashlib
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.faults.starting import OMSTUI, TOKEN, answer, configure, environment
from tests.plain_oms import PlainOms
from tests.terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

LINES = [TOKEN[at : at + 80] for at in range(0, len(TOKEN), 80)]
SHOWN = f"16,384 characters · sha256 {hashlib.sha256(TOKEN.encode()).hexdigest()[:8]}"

WHOLE = {
    "as it is": TOKEN,
    "breaks": "\n".join(LINES),
    "CRLF": "\r\n".join(LINES) + "\r\n",
    "CR, as terminals send": "\r".join(LINES),
    "indented": "\n".join(f"    {line}  " for line in LINES),
    "blanks and tabs": f" \t{TOKEN[:100]} {TOKEN[100:]}\t ",
    "double quotes": f'"{TOKEN}"',
    "single quotes and breaks": "'" + "\r\n".join(LINES) + "'\n",
    "header": f"X-Auth-Token: {TOKEN}",
    "header of curl's": f"-H 'x-auth-token: {TOKEN}'"[3:],
}
REFUSED = {
    "one too many": (TOKEN + "x", "the token has 16,385 characters, at most 16,384 are possible"),
    "many too many": ("y" * 200_000, "at most 16,384 are possible"),
    "no ASCII": (f"{TOKEN[:9]}é{TOKEN[:9]}", "character 10 of 19 is not a printable ASCII character"),
    "nothing": (" \r\n ", "the token is empty"),
}


def flat(text: str) -> str:
    return " ".join(text.replace("│", " ").replace("▌", " ").split())


def says(words: str, text: str) -> bool:
    return words in flat(text)


def paste(terminal: Terminal, text: str) -> None:
    """Send it as terminals do: in pieces, while the program reads."""
    rest = f"\x1b[200~{text}\x1b[201~".encode()
    while rest:
        rest = rest[os.write(terminal.fd, rest[:2000]) :]
        terminal.pump(0)


@pytest.mark.fault("R28")
def test_a_pasted_token_arrives_whole_or_is_refused_with_its_length(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """Every form in one dialog: shown by length and fingerprint; refused ones are not sent; the last one is, whole."""
    with PlainOms(answer, TOKEN) as oms:
        configure(tmp_path, oms.url)
        with Terminal(OMSTUI, environ=environment(tmp_path)) as terminal:
            terminal.until(lambda text: "token" in text, "the missing token")
            terminal.press("T", "enter")
            terminal.until(lambda text: "Paste the token" in text, "the field")
            for name, text in WHOLE.items():
                paste(terminal, text)
                terminal.until(lambda text: SHOWN in text, f"the whole token, pasted with {name}")
                terminal.press("\x15")
                terminal.until(lambda text: "Paste the token" in text, "the empty field")
            for name, (text, reason) in REFUSED.items():
                paste(terminal, text)
                terminal.until(partial(says, reason[1:]), f"the reason against {name}")
                terminal.press("enter")
                terminal.until(lambda text: "Not checked" in text, "that it is not sent")
                terminal.press("\x15")
                terminal.until(lambda text: "Paste the token" in text, "the empty field")
            assert oms.seen == []
            paste(terminal, WHOLE["single quotes and breaks"])
            terminal.until(lambda text: SHOWN in text, "the whole token")
            terminal.press("enter")
            terminal.until(lambda text: "accepted" in text, "the acceptance")
            terminal.press("escape")
            terminal.until(lambda text: text.count("syncing") == 3 and "accepted" not in text, "the figures")
            terminal.press("q")
            assert terminal.wait() == 0
        assert {tuple(seen.tokens) for seen in oms.seen} == {(TOKEN,)}
        assert b"gH5tgH5tgH5t" not in terminal.output
    figure(f"{len(WHOLE)} forms whole, {len(REFUSED)} refused")


@pytest.mark.fault("R28")
def test_what_is_pasted_right_after_clearing_stays(tmp_path: Path) -> None:
    """As it is when a slow line delivers all keys at once."""
    with PlainOms(answer, TOKEN) as oms:
        configure(tmp_path, oms.url)
        with Terminal(OMSTUI, environ=environment(tmp_path)) as terminal:
            terminal.until(lambda text: "token" in text, "the missing token")
            terminal.press("T", "enter")
            terminal.until(lambda text: "Paste the token" in text, "the field")
            for key in ("\x15", "\x7f", "\x1b[3~"):
                os.write(terminal.fd, f"\x1b[200~first\x1b[201~\r{key}\x1b[200~{'s' * 42}\x1b[201~".encode())
                terminal.until(lambda text: "42 characters" in text, "what was pasted last")
                terminal.press(key)
                terminal.until(lambda text: "42 characters" not in text, "the empty field")
