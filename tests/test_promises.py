"""The promises that no single module keeps alone; the others have their tests beside the module that keeps them.

1 (never lies), 2 (never gives up, never hammers) and 6 (hides no alarm): `tests/ui/main/test_screen.py` and
`tests/backend/polling/test_poller.py`; every request of a week with a refused credential: `tests/test_requests.py`.
5 (quiet): `tests/test_end_to_end.py` and `tests/ui/main/test_screen.py`.
"""

import ast
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import omstui
from omstui.backend.auth.metadata import METADATA_ENDPOINT
from tests.crashing import LOCAL, TOKEN
from tests.terminal import Terminal
from tests.ui.running import running

PACKAGE = Path(omstui.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
METHODS = {"POST", "PUT", "PATCH", "DELETE"}
WRITING = {"post", "put", "patch", "delete", "request", "options", "head", "handle_async_request"}
MAY = {
    "backend/auth/iam.py": ["post"],  # buys a token from IAM with the one POST that there is
    "backend/auth/metadata.py": ["put"],  # begins a session at this server's own metadata service, for --auth ecs alone
    "backend/http/endpoint.py": ["POST", "PUT", "handle_async_request"],  # carries these; all requests leave here
}
"""What a source may name or call of all this, and how many times: each once."""


def pieces(secret: str) -> set[bytes]:
    """Return every run of twelve characters of a secret."""
    return {secret[at : at + 12].encode() for at in range(len(secret) - 11)}


@pytest.mark.promise(3)
def test_the_package_sends_nothing_but_get() -> None:
    """Promise 3: no source calls another method of an HTTP client, or names one, outside the pretend service."""
    for path in SOURCES:
        if "demo" not in path.parts:
            place = path.relative_to(PACKAGE).as_posix()
            assert sorted(sending(path.read_text(encoding="utf-8"))) == MAY.get(place, []), place


def sending(source: str) -> Iterator[str]:
    """Yield each method that a source names other than GET, and each call that may send with one."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=str(word)) if word in METHODS:
                yield word
            case ast.Call(func=func) if ast.unparse(func).endswith(("Request", "_Call")):  # httpx takes small letters
                words = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
                yield from (word for word in words if isinstance(word, str) and word.upper() in METHODS - {word})
            case ast.Call(func=ast.Attribute(attr=name)) if name in WRITING and "httpx" in source:
                yield name


@pytest.mark.promise(3)
def test_only_iam_can_post() -> None:
    """Promise 3: what asks OMS has no way to send anything."""
    posting = [path.name for path in SOURCES if re.search(r"\.post\(", path.read_text(encoding="utf-8"))]
    assert posting == ["iam.py"]


@pytest.mark.promise(3)
def test_only_the_metadata_service_is_sent_a_put() -> None:
    """Promise 3: the PUT leads to one fixed address, which is neither OMS nor OBS nor IAM."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in SOURCES}
    putting = [name for name, text in texts.items() if "HttpEndpoint(" in text and ".put(" in text]
    assert putting == ["metadata.py"]
    naming = [name for name, text in texts.items() if "169.254." in text]
    assert naming == ["metadata.py"]
    assert METADATA_ENDPOINT == "http://169.254.169.254"


@pytest.mark.parametrize(
    "minutes", [pytest.param(20, marks=pytest.mark.promise(3)), pytest.param(60, marks=pytest.mark.slow)]
)
async def test_a_long_day_at_the_screen_sends_nothing_but_get(minutes: int) -> None:
    """Promise 3, from the service's side: all keys, some time, and only GET was seen."""
    async with running() as run:
        await run.press(
            "j", "left_square_bracket", "r", "R", "A", "D", "u", "y", "m", "up", "enter", "t", "p", "p", "h", "tab"
        )
        await run.advance(minutes * 60)
        assert any(seen.path.endswith("/statistics") for seen in run.oms.seen)
        assert {seen.method for seen in run.oms.seen} == {"GET"}
        assert len(run.oms.seen) > 100


@pytest.mark.promise(5)
def test_nothing_moves_by_itself() -> None:
    """Promise 5: no spinner, no progress bar, no animation in the package."""
    moving = re.compile(
        r"LoadingIndicator|ProgressBar|\bSpinner\b|\.animate\(|animate=True|transition:|auto_refresh|\.loading\s*="
    )
    for path in [*SOURCES, *PACKAGE.rglob("*.tcss")]:
        assert moving.findall(path.read_text(encoding="utf-8")) == [], path.name


@pytest.mark.promise(4)
@pytest.mark.fault("R7")
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("where", ["widget", "timer", "worker", "handler"])
def test_a_crash_says_one_sentence_and_shows_no_secret(
    where: str, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """Promise 4: the terminal is given back, the exit code is not 0, and no piece of the token is anywhere."""
    environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONPATH": str(PACKAGE.parent)}
    with Terminal([sys.executable, "-m", "tests.crashing", where, str(tmp_path)], environ=environ) as terminal:
        assert terminal.wait(30) == 1
        for _ in range(5):
            terminal.pump()
        assert "omstui has failed: an internal error." in terminal.text
        assert "crash.txt" in terminal.text.replace("\n", "")
        assert "Traceback" not in terminal.text
        assert b"\x1b[?1049l" in terminal.output, "the alternate screen is left"
        output = terminal.output
    crash = (tmp_path / "crash.txt").read_bytes()
    assert b"RuntimeError" in crash
    written = output + b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    found = [piece for piece in pieces(TOKEN) if piece in written]
    assert found == []
    assert LOCAL.encode() not in written, "no local variables, not even those that nothing would mask"
    figure(f"{len(found)} pieces of the token")


@pytest.mark.promise(4)
@pytest.mark.fault("R7")
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_mistake_while_asking_is_a_word_on_the_row_and_shows_no_secret(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONPATH": str(PACKAGE.parent)}
    with Terminal([sys.executable, "-m", "tests.crashing", "transport", str(tmp_path)], environ=environ) as terminal:
        terminal.until(lambda text: text.count("internal") >= 6, "six internal errors")
        terminal.press("q")
        assert terminal.wait() == 0
        output = terminal.output
    assert b"RuntimeError" in (tmp_path / "omstui.log").read_bytes()
    written = output + b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    found = [piece for piece in pieces(TOKEN) if piece in written]
    assert found == []
    assert LOCAL.encode() not in written, "no local variables, not even those that nothing would mask"
    figure(f"{len(found)} pieces of the token")
