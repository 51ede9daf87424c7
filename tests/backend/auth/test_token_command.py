"""A command of the user's gives a token; it can neither hang the program, nor touch its terminal, nor stay behind."""

import asyncio
import inspect
import json
import logging
import os
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from omstui.backend.auth.token_command import (
    KEY_COMMAND,
    LARGEST_OUTPUT,
    SECRET_VARIABLES,
    TOKEN_COMMAND,
    CommandToken,
    run_command,
)
from omstui.backend.http.signing import AccessKeys, IssuedKeys
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind

TOKEN = "MIIFmarked+token/of=a-command" * 8
SHORT_TOKEN = "marked-token-of-a-lab"
ENVIRON = {"PATH": os.environ["PATH"]}
FOR_EVER = 'while read line; do :; done < "$1"'
"""Reads a pipe that nobody writes to: waits without a helper that would be left behind."""


async def run(argv: Sequence[str], *, time_limit: float = 30.0, **environ: str) -> CommandToken | Problem:
    return await run_command(TOKEN_COMMAND, argv, environ={**ENVIRON, **environ}, time_limit=time_limit)


async def shell(script: str, *arguments: str, time_limit: float = 30.0, **environ: str) -> CommandToken | Problem:
    return await run(["sh", "-c", script, "sh", *arguments], time_limit=time_limit, **environ)


async def python(script: str) -> CommandToken | Problem:
    return await run([sys.executable, "-I", "-c", script])


def is_told(text: str) -> bool:
    return any(token[place : place + 12] in text for token in (TOKEN, SHORT_TOKEN) for place in range(len(token) - 11))


async def gone(pid: int) -> None:
    """Wait until a process is no more; an orphan's remains are taken away by another process in its own time."""
    status = Path(f"/proc/{pid}/stat")
    try:
        async with asyncio.timeout(10):
            while " Z " not in status.read_text():  # noqa: ASYNC110 - nobody tells when somebody else's process ends
                await asyncio.sleep(0.01)
    except (FileNotFoundError, ProcessLookupError):
        pass
    except TimeoutError:
        os.kill(pid, 9)
        raise


def noted(pids: Path) -> list[int]:
    """Return the numbers that processes have written down by now."""
    return [int(line) for line in pids.read_text().splitlines()] if pids.exists() else []


# What it gets, and for how long


async def test_keys_that_are_pressed_meanwhile_are_not_the_commands() -> None:
    """The tests themselves have nothing to read, and are given something."""
    reading, writing = os.pipe()
    os.write(writing, b"keys\n")
    kept = os.dup(0)
    os.dup2(reading, 0)
    try:
        found = await shell('read line; echo "got-$line"')
    finally:
        os.dup2(kept, 0)
        for descriptor in (reading, writing, kept):
            os.close(descriptor)
    assert found == CommandToken(Secret("got-"))


def test_a_command_has_ten_seconds() -> None:
    assert inspect.signature(run_command).parameters["time_limit"].default == 10


# What it prints


@pytest.mark.parametrize(
    ("printed", "token"),
    [
        (TOKEN, CommandToken(Secret(TOKEN))),
        (f"\n {TOKEN}\r\n\n", CommandToken(Secret(TOKEN))),
        (f"X-Subject-Token: {SHORT_TOKEN}", CommandToken(Secret(SHORT_TOKEN))),
        (f"{TOKEN[:100]}\n{TOKEN[100:]}", CommandToken(Secret(TOKEN))),
        (json.dumps({"token": TOKEN}), CommandToken(Secret(TOKEN))),
        (
            json.dumps({"token": TOKEN, "expires_at": "2026-11-23T09:40:05Z", "more": {}}),
            CommandToken(Secret(TOKEN), datetime(2026, 11, 23, 9, 40, 5, tzinfo=UTC)),
        ),
        (json.dumps({"token": TOKEN, "expires_at": "soon"}), CommandToken(Secret(TOKEN))),
        (json.dumps({"token": TOKEN, "expires_at": 7}), CommandToken(Secret(TOKEN))),
    ],
)
async def test_a_bare_token_or_an_object_with_one_is_taken(printed: str, token: CommandToken) -> None:
    found = await run(["printf", "%s", printed])
    assert found == token
    assert not is_told(repr(found))


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("", "printf prints nothing"),
        (" \n", "printf prints nothing"),
        ("marked-tökén-of-a-lab", "printf prints is no token: the token cannot be one: character 9 of 21"),
        ("x" * 16_385, "the token has 16,385 characters"),
        ("{marked-token-of-a-lab", "is no token: it begins like JSON and is none"),
        (f'{{"token": ["{TOKEN}"]}}', "is no token: the JSON object has no text named token"),
        (f'{{"data": {{"token": "{TOKEN}"}}}}', "is no token: the JSON object has no text named token"),
        ('{"token": ""}', "the token is empty"),
        ('{"a":' * 5000, "is no token: it begins like JSON and is none"),
    ],
)
async def test_what_is_no_token_is_said_without_repeating_it(printed: str, reason: str) -> None:
    problem = await run(["printf", "%s", printed])
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.TOKEN
    assert reason in problem.text
    assert not is_told(repr(problem))


async def test_bytes_that_are_no_text_are_no_token() -> None:
    problem = await run(["printf", r"\377\376ab"])
    assert isinstance(problem, Problem)
    assert "character 1 of 4" in problem.text


# A command that prints access keys


async def keys(*argv: str, time_limit: float = 30.0) -> IssuedKeys | Problem:
    return await run_command(KEY_COMMAND, argv, environ=ENVIRON, time_limit=time_limit)


async def test_access_keys_are_taken_from_json() -> None:
    printed = {"access": "AK", "secret": SHORT_TOKEN, "securitytoken": TOKEN, "expires_at": "2026-11-23T09:40:05Z"}
    found = await keys("printf", "%s", json.dumps({"credential": printed}))
    expected = AccessKeys(Secret("AK"), Secret(SHORT_TOKEN), Secret(TOKEN))
    assert found == IssuedKeys(expected, datetime(2026, 11, 23, 9, 40, 5, tzinfo=UTC))
    assert not is_told(repr(found))


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        ([], "The profile names no key command"),
        (["/nowhere/vault"], "The key command /nowhere/vault is not there: check key_command"),
        (["sh", "-c", "exit 7"], "The key command sh failed with exit code 7"),
        (["true"], "The key command true prints nothing"),
        (["printf", "%s", TOKEN], "What the key command printf prints are no access keys: it is not JSON"),
        (
            ["printf", "%s", json.dumps({"access": "AK", "token": TOKEN})],
            "What the key command printf prints are no access keys: the JSON has no text named secret",
        ),
        (["yes"], "The key command yes prints more than 64 KiB: check key_command"),
    ],
)
async def test_what_gives_no_access_keys_has_its_own_sentence(argv: list[str], text: str) -> None:
    found = await keys(*argv)
    assert found == Problem(ProblemKind.TOKEN, text)


async def test_a_key_command_that_takes_too_long_is_ended() -> None:
    found = await keys("sleep", "600", time_limit=0.2)
    assert found == Problem(ProblemKind.TOKEN, "The key command sleep did not end within 0.2 s, and was ended")


# What goes wrong


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        ([], "The profile names no token command"),
        ([""], "The profile names no token command"),
        (["/nowhere/vault"], "The token command /nowhere/vault is not there: check token_command"),
        (["omstui-has-no-such-command"], "is not there: check token_command"),
        (["/etc/passwd"], "The token command /etc/passwd may not be run: check token_command"),
        (["va\0ult"], "The token command va�ult cannot be started (ValueError): check token_command"),
        (["sh", "-c", "exit 7"], "The token command sh failed with exit code 7"),
        (["sh", "-c", "echo x; exit 1"], "The token command sh failed with exit code 1"),
        (["sh", "-c", "kill -9 $$"], "The token command sh was ended by signal 9"),
        (["sh", "-c", "echo one >&2; exit 2"], "sh failed with exit code 2; what it wrote to stderr is in the log"),
        (["sh", "-c", "echo one >&2"], "sh prints nothing; what it wrote to stderr is in the log"),
    ],
)
async def test_each_failure_has_its_own_sentence(argv: list[str], text: str) -> None:
    problem = await run(argv)
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.TOKEN
    assert problem.text.endswith(text)


@pytest.mark.parametrize(
    ("script", "logged"),
    [
        ("echo one >&2; echo two >&2; echo >&2; exit 2", "the token command sh wrote to stderr: two"),
        (r"printf 'a\033[31m\tb\n' >&2; exit 2", "the token command sh wrote to stderr: a�[31m b"),
        (f"echo hunter2 is wrong >&2; echo {SHORT_TOKEN}", ""),
    ],
)
async def test_what_a_failed_command_wrote_to_stderr_goes_to_the_log_alone(
    script: str, logged: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be a password, which has no form to be masked by: the screen says that there is something."""
    found = await shell(script)
    assert caplog.messages == ([logged] if logged else [])
    assert not isinstance(found, Problem) or "two" not in found.text


@pytest.mark.parametrize(
    "script",
    [
        f"echo 'X-Auth-Token: {SHORT_TOKEN}' >&2; exit 1",
        f"echo 'got {TOKEN}' >&2; exit 1",
        f"echo {SHORT_TOKEN}; echo 'got {SHORT_TOKEN} at last' >&2; exit 1",
        f"printf 'canonical request: GET\\n{SHORT_TOKEN}\\n' >&2; exit 1",
        f"yes 'got {SHORT_TOKEN} token={SHORT_TOKEN}' | head -c 300000 >&2; echo {SHORT_TOKEN}; exit 1",
    ],
    ids=["named", "long", "printed too", "of a request", "a lot"],
)
async def test_a_token_on_stderr_is_not_told(script: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    problem = await shell(script)
    assert isinstance(problem, Problem)
    assert "***" in caplog.text
    assert not is_told(repr(problem) + caplog.text)


async def test_what_is_written_to_stderr_after_the_output_has_ended_is_read_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    await shell("exec >&-; sleep 0.1; echo late >&2; exit 1")
    assert caplog.messages == ["the token command sh wrote to stderr: late"]


async def test_of_what_is_written_to_stderr_without_end_only_the_beginning_is_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    await shell(f"yes words | head -c {LARGEST_OUTPUT * 3} >&2; echo last >&2; exit 1")
    assert caplog.messages == ["the token command sh wrote to stderr: words"]


async def test_a_token_that_does_not_fit_any_more_is_not_told_in_part(caplog: pytest.LogCaptureFixture) -> None:
    """What is kept of stderr ends in the middle of it, where the mask would not know it."""
    problem = await shell(f"yes words | head -c {LARGEST_OUTPUT - 20} >&2; printf %s '{TOKEN}' >&2; exit 1")
    assert isinstance(problem, Problem)
    assert caplog.messages == ["the token command sh wrote to stderr: words"]
    assert not is_told(repr(problem))


async def test_a_long_complaint_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    await shell("printf 'word %.0s' $(seq 500) >&2; exit 1")
    (message,) = caplog.messages
    assert message.endswith("word…")
    assert len(message) < 300


@pytest.mark.parametrize(
    "script", ["yes", f"head -c {LARGEST_OUTPUT + 1} /dev/zero", f"yes | head -c {LARGEST_OUTPUT * 9}"]
)
async def test_what_prints_without_end_is_ended(script: str) -> None:
    problem = await shell(script)
    assert problem == Problem(ProblemKind.TOKEN, "The token command sh prints more than 64 KiB: check token_command")


async def test_a_lot_on_stderr_does_not_hold_it_up() -> None:
    assert await shell(f"yes | head -c 5000000 >&2; echo {TOKEN}") == CommandToken(Secret(TOKEN))


# What it cannot do


async def test_there_is_no_shell() -> None:
    found = await run(["printf", "%s", "$(whoami)>&2"])
    assert isinstance(found, CommandToken)
    assert found.secret.reveal() == "$(whoami)>&2"


async def test_it_reads_nothing_and_has_no_terminal() -> None:
    """In a session of its own, so that it cannot ask on the terminal that the screen is drawn on."""
    found = await python(
        "import os, sys\n"
        "try:\n    os.open('/dev/tty', os.O_RDWR)\n    terminal = True\nexcept OSError:\n    terminal = False\n"
        "print(terminal, os.getsid(0) == os.getpid(), sys.stdin.read() == '', *map(os.isatty, range(3)), sep='-')"
    )
    assert isinstance(found, CommandToken)
    assert found.secret.reveal() == "False-True-True-False-False-False"


async def test_it_gets_the_environment_without_secrets_that_it_was_not_given() -> None:
    secrets = dict.fromkeys(SECRET_VARIABLES, SHORT_TOKEN)
    script = 'echo got; env | grep -c "$1" | tr -d "\\n"; printf "/%s" "$VAULT_ADDR" "${HW_SECRET_KEY-none}"'
    for allowed, printed in (((), "got0/here/none"), (("HW_SECRET_KEY",), f"got1/here/{SHORT_TOKEN}")):
        argv = ["sh", "-c", script, "sh", f"={SHORT_TOKEN}"]
        found = await run_command(TOKEN_COMMAND, argv, allowed, environ={**ENVIRON, **secrets, "VAULT_ADDR": "here"})
        assert isinstance(found, CommandToken)
        assert found.secret.reveal() == printed


async def test_a_command_that_fails_for_want_of_a_secret_is_told_of_it() -> None:
    secrets = {"OMSTUI_TOKEN": TOKEN, "HUAWEICLOUD_SDK_SK": TOKEN, "HUAWEICLOUD_SDK_AK": ""}
    problem = await run_command(TOKEN_COMMAND, ["false"], environ={**ENVIRON, **secrets})
    assert isinstance(problem, Problem)
    assert problem.text == (
        "The token command false failed with exit code 1; "
        "it was not given HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK (login --command-env gives them)"
    )


# The end


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A named pipe that nobody writes to."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


async def started(pids: Path, count: int) -> list[int]:
    """Wait until this many processes have written their numbers down."""
    async with asyncio.timeout(30):
        while len(noted(pids)) < count:  # noqa: ASYNC110 - another process writes them
            await asyncio.sleep(0.01)
    return noted(pids)


FAMILY = f'echo $$ >> "$2"; sh -c \'echo $$ >> "$2"; {FOR_EVER}\' sh "$1" "$2" & {FOR_EVER}'


async def test_what_takes_too_long_is_ended_with_all_that_it_has_started(pipe: Path, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    problem = await shell(FAMILY, str(pipe), str(pids), time_limit=0.5)
    assert problem == Problem(ProblemKind.TOKEN, "The token command sh did not end within 0.5 s, and was ended")
    for pid in noted(pids):
        await gone(pid)


async def test_a_helper_that_is_left_behind_with_the_output_in_hand_is_ended_too(pipe: Path, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f'sh -c \'echo $$ >> "$2"; {FOR_EVER}\' sh "$1" "$2" & echo {TOKEN}'
    problem = await shell(script, str(pipe), str(pids), time_limit=0.5)
    assert isinstance(problem, Problem)
    assert "did not end within 0.5 s" in problem.text
    for pid in noted(pids):
        await gone(pid)


@pytest.mark.parametrize("code", [0, 3])
async def test_a_helper_that_is_left_behind_without_the_output_ends_with_the_command(
    code: int, pipe: Path, tmp_path: Path
) -> None:
    """However the command has ended; else one would be left with each renewal."""
    pids = tmp_path / "pids"
    helper = f'sh -c \'echo $$ >> "$2"; {FOR_EVER}\' sh "$1" "$2" >/dev/null 2>&1 &'
    script = f'{helper} while [ ! -s "$2" ]; do :; done; echo {TOKEN}; exit {code}'
    found = await shell(script, str(pipe), str(pids))
    assert isinstance(found, Problem) if code else found == CommandToken(Secret(TOKEN))
    (pid,) = noted(pids)
    await gone(pid)


async def test_cancelling_ends_it_at_once_with_all_that_it_has_started(pipe: Path, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    running = asyncio.create_task(shell(FAMILY, str(pipe), str(pids)))
    numbers = await started(pids, 2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    for pid in numbers:
        await gone(pid)


@pytest.mark.parametrize("turns", [*range(8), 100, 1000])
async def test_cancelling_while_it_starts_leaves_nothing(turns: int, pipe: Path, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    running = asyncio.create_task(shell(FAMILY, str(pipe), str(pids)))
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    for pid in noted(pids):
        await gone(pid)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert threads() == []


async def test_what_leaves_its_group_with_the_output_in_hand_holds_up_nothing(pipe: Path, tmp_path: Path) -> None:
    """It cannot be found and ended; but neither is it waited for."""
    pids = tmp_path / "pids"
    script = f'setsid sh -c \'echo $$ >> "$2"; {FOR_EVER}\' sh "$1" "$2" & echo {TOKEN}'
    problem = await shell(script, str(pipe), str(pids), time_limit=0.5)
    assert isinstance(problem, Problem)
    assert "did not end within 0.5 s" in problem.text
    assert threads() == []
    for pid in await started(pids, 1):
        os.kill(pid, 9)


def threads() -> list[str]:
    """Return the threads in which calls are under way, once those have ended that are about to."""
    for thread in threading.enumerate():
        if thread.name == "omstui-call":
            thread.join(10)
    return [thread.name for thread in threading.enumerate() if thread.name == "omstui-call"]
