"""Files that are corrupt, empty, of a newer version or linked, under a running screen; and a umask of nothing."""

import json
import os
import re
import stat
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.faults.starting import OMSTUI, PROJECT, TOKEN, answer, configure, entry, environment, ran
from tests.plain_oms import PlainOms
from tests.terminal import Terminal

pytestmark = [pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal"), pytest.mark.fault("R25")]

Figure = Callable[[str], None]

CORRUPT: dict[str, tuple[str, bytes, str]] = {
    "list cut off": ("watchlist.toml", entry(0, "one").encode()[:-3], "watchlist.toml, line 4: is not TOML"),
    "list of zeros": ("watchlist.toml", b"\0" * 4096, "watchlist.toml, line 1: is not TOML"),
    "list not UTF-8": ("watchlist.toml", b"# one\n\n# \xff", "watchlist.toml, line 3: is not UTF-8"),
    "id of another kind": (
        "watchlist.toml", entry(0, "one").encode() + b'\n[[task]]\nid = 7\nprofile = "lab"\n',
        "watchlist.toml, line 6: task 2: id is not text",
    ),
    "profiles cut off": ("config.toml", b'[profiles.lab]\nendpoint = "htt', "config.toml, line 2: is not TOML"),
    "setting of another kind": (
        "config.toml", b"[settings]\ninterval = [1]\n", "config.toml, line 2: interval in [settings]:",
    ),
}  # fmt: skip


def says(words: str, text: str) -> bool:
    """Whether it stands anywhere, or on several lines below the list, beside which the pane is."""
    below_list = " ".join(line.partition("│")[0] for line in text.splitlines())
    return any(words in " ".join(one.replace("│", " ").split()) for one in (text, below_list))


def says_no_more(words: str, text: str) -> bool:
    return not says(words, text)


def replaced(path: Path, data: bytes) -> None:
    """Write a file as an editor does: another one in its place."""
    new = path.with_name("new")
    new.write_bytes(data)
    new.replace(path)


def test_a_corrupt_file_is_named_with_its_line_and_the_last_good_one_stays(tmp_path: Path, figure: Figure) -> None:
    """Each harm in turn under one running screen; mended, it is forgotten; nothing is ever written over."""
    with PlainOms(answer, TOKEN) as oms:
        folder = configure(tmp_path, oms.url)
        with Terminal(OMSTUI, environ=environment(tmp_path, OMSTUI_TOKEN=TOKEN), columns=200) as terminal:
            terminal.until(lambda text: text.count("syncing") == 3, "three answers")
            for name, data, words in CORRUPT.values():
                path = folder / name
                good = path.read_bytes()
                replaced(path, data)
                terminal.until(partial(says, words), words)
                assert all(f"{label}  " in terminal.text for label in ("one", "two", "three")), "the last good list"
                if name == "watchlist.toml":
                    terminal.press("D")
                    terminal.until(partial(says, words), "the refusal")
                assert path.read_bytes() == data, "nothing is written over"
                replaced(path, good)
                terminal.press("j", "k")  # what the key was told goes with the next one
                terminal.until(partial(says_no_more, words), "the mended file")
            assert terminal.text.count("syncing") == 3
            terminal.press("q")
            assert terminal.wait() == 0
    figure(f"{len(CORRUPT)} corrupt files named by line")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"[[task]\n", "watchlist.toml, line 1: is not TOML"),
        (b"\xff", "watchlist.toml, line 1: is not UTF-8"),
        (None, "watchlist.toml: is a folder, and only a regular file is read"),
    ],
    ids=["not TOML", "not UTF-8", "a folder"],
)
def test_a_list_that_is_broken_from_the_start_is_named_on_the_screen(
    data: bytes | None, words: str, tmp_path: Path
) -> None:
    """The screen opens, and takes over the list as soon as it is mended."""
    with PlainOms(answer, TOKEN) as oms:
        path = configure(tmp_path, oms.url) / "watchlist.toml"
        good = path.read_bytes()
        path.unlink()
        if data is None:
            path.mkdir()
        else:
            path.write_bytes(data)
        with Terminal(OMSTUI, environ=environment(tmp_path, OMSTUI_TOKEN=TOKEN), columns=200) as terminal:
            terminal.until(partial(says, words), words)
            if data is None:
                path.rmdir()
            replaced(path, good)
            terminal.until(lambda text: text.count("syncing") == 3, "three answers")
            assert not says(words, terminal.text)
            terminal.press("q")
            assert terminal.wait() == 0


@pytest.mark.fault("R34")
def test_a_pipe_for_a_file_is_named_and_the_next_file_is_read(tmp_path: Path) -> None:
    """A running screen neither waits for a writer of the pipe nor stops looking at the list."""
    with PlainOms(answer, TOKEN) as oms:
        folder = configure(tmp_path, oms.url)
        path = folder / "watchlist.toml"
        with Terminal(OMSTUI, environ=environment(tmp_path, OMSTUI_TOKEN=TOKEN), columns=240) as terminal:
            terminal.until(lambda text: text.count("syncing") == 3, "three answers")
            os.mkfifo(folder / "new")
            (folder / "new").replace(path)
            terminal.until(partial(says, "is a pipe"), "the pipe")
            replaced(path, entry(0, "another").encode())
            terminal.until(lambda text: "another" in text, "the next list")
            terminal.press("q")
            assert terminal.wait() == 0


def test_an_empty_list_is_a_list_of_nothing_and_comes_back(tmp_path: Path) -> None:
    with PlainOms(answer, TOKEN) as oms:
        path = configure(tmp_path, oms.url) / "watchlist.toml"
        good = path.read_bytes()
        with Terminal(OMSTUI, environ=environment(tmp_path, OMSTUI_TOKEN=TOKEN)) as terminal:
            terminal.until(lambda text: text.count("syncing") == 3, "three answers")
            replaced(path, b"")
            terminal.until(lambda text: "0 tasks" in text, "an empty list")
            replaced(path, good)
            terminal.until(lambda text: text.count("syncing") == 3, "three answers again")
            terminal.press("q")
            assert terminal.wait() == 0


def test_an_empty_configuration_costs_the_answers_and_not_what_is_known(tmp_path: Path) -> None:
    """Each row says that nothing can be asked, the pane says why; the figures and their times stay until it is back."""

    def same(sync_task_id: str, _: int) -> tuple[int, object]:
        return 200, {"sync_task_id": sync_task_id, "status": "SYNCHRONIZING", "monthly_success_object": 4321}

    with PlainOms(same, TOKEN) as oms:
        path = configure(tmp_path, oms.url) / "config.toml"
        good = path.read_bytes()
        with Terminal(OMSTUI, environ=environment(tmp_path, OMSTUI_TOKEN=TOKEN)) as terminal:
            terminal.until(lambda text: len(re.findall(r"✓ \w+ +syncing +4,321 ", text)) == 3, "three answers")
            replaced(path, b"")
            known = r"✗ (one|two|three) +endpoint +4,321 .* \d\d:\d\d:\d\d │"
            terminal.until(lambda text: len(re.findall(known, text)) == 3, "what is known", limit=60)
            reason = "config.toml has no profile 'lab'"
            terminal.until(partial(says, reason), reason)
            assert re.search(r"Figures below: answered .* ago", " ".join(terminal.text.replace("│", " ").split()))
            assert path.read_bytes() == b"", "nothing is written over"
            replaced(path, good)
            terminal.until(lambda text: len(re.findall(r"✓ \w+ +syncing +4,321 ", text)) == 3, "three answers again")
            terminal.until(partial(says_no_more, reason), "the reason to go")
            terminal.press("q")
            assert terminal.wait() == 0


def test_what_a_newer_version_wrote_is_kept(tmp_path: Path) -> None:
    """Keys, tables and kinds that this version does not know stay, whatever it changes beside them."""
    with PlainOms(answer, TOKEN) as oms:
        folder = configure(tmp_path, oms.url)
        config, listed = folder / "config.toml", folder / "watchlist.toml"
        config.write_text(f"version = 9\n{config.read_text()}glow = true\n[sounds]\nbell = [1, 2]\n")
        listed.write_text(f'version = 9\n{listed.read_text()}colour = "red"\n[[group]]\nname = "mine"\n')
        with Terminal(OMSTUI, environ=environment(tmp_path, OMSTUI_TOKEN=TOKEN)) as terminal:
            terminal.until(lambda text: text.count("syncing") == 3, "three answers")
            terminal.press("D")
            terminal.until(lambda text: "u puts it back" in text, "the removal")
            terminal.press("q")
            assert terminal.wait() == 0
        text = listed.read_text()
        assert text.count("[[task]]") == 2
        assert all(part in text for part in ("version = 9", 'colour = "red"', "[[group]]"))
        done = ran("login", "lab", "--zone", "UTC", environ=environment(tmp_path, OMSTUI_TOKEN=TOKEN))
        assert done.code == 0, done.err
        assert all(part in config.read_text() for part in ("version = 9", "glow = true", "bell = [1, 2]", "zone"))


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"version": 2, "secrets": {"lab": "x"}}', '{"version": 1, "secrets": []}'],
    ids=["empty", "corrupt", "newer version", "another kind"],
)
def test_a_file_of_secrets_that_is_none_of_ours_is_told_and_left_alone(text: str, tmp_path: Path) -> None:
    with PlainOms(answer, TOKEN) as oms:
        configure(tmp_path, oms.url, secret_store="file")
        secrets = tmp_path / ".local" / "state" / "omstui" / "secrets.json"
        secrets.parent.mkdir(parents=True)
        secrets.write_text(text)
        secrets.chmod(0o600)
        with Terminal(OMSTUI, environ=environment(tmp_path), columns=200) as terminal:
            terminal.until(lambda text: text.count("token") >= 3, "three rows without a token")
            terminal.until(partial(says, "it is not as omstui writes it: move it away and sign in again"), "the reason")
            terminal.press("q")
            assert terminal.wait() == 0
        assert oms.seen == []
    assert secrets.read_text() == text


def test_linked_files_stay_linked(tmp_path: Path, figure: Figure) -> None:
    """Each file of the program's is a link into another folder, as with dotfiles kept under version control."""
    with PlainOms(answer, TOKEN) as oms:
        folder = configure(tmp_path, oms.url, secret_store="file")
        state = tmp_path / ".local" / "state" / "omstui"
        state.mkdir(parents=True)
        dotfiles = tmp_path / "dotfiles"
        dotfiles.mkdir(mode=0o755)
        (state / "secrets.json").write_text(json.dumps({"version": 1, "secrets": {"lab": "old"}}))
        (state / "secrets.json").chmod(0o600)
        links = [folder / "config.toml", folder / "watchlist.toml", state / "secrets.json"]
        for link in links:
            link.rename(dotfiles / link.name)
            link.symlink_to(dotfiles / link.name)
        done = ran("login", "lab", "--zone", "UTC", "--secret-stdin", environ=environment(tmp_path), text=TOKEN)
        assert done.code == 0, done.err
        with Terminal(OMSTUI, environ=environment(tmp_path)) as terminal:
            terminal.until(lambda text: text.count("syncing") == 3, "three answers")
            terminal.press("D")
            terminal.until(lambda text: "u puts it back" in text, "the removal")
            terminal.press("q")
            assert terminal.wait() == 0
    assert all(link.is_symlink() for link in links)
    assert "UTC" in (dotfiles / "config.toml").read_text()
    assert (dotfiles / "watchlist.toml").read_text().count("[[task]]") == 2
    assert TOKEN in (dotfiles / "secrets.json").read_text()
    assert [stat.S_IMODE((dotfiles / link.name).stat().st_mode) for link in links] == [0o600] * 3
    assert stat.S_IMODE(dotfiles.stat().st_mode) == 0o755, "a folder of the person's own stays as it is"
    figure(f"{len(links)} links kept")


def test_with_a_umask_of_nothing_all_is_still_for_the_user_only(tmp_path: Path, figure: Figure) -> None:
    """From the first sign-in to a log at DEBUG: files 0600, folders 0700."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    before = os.umask(0)
    try:
        with PlainOms(answer, TOKEN) as oms:
            done = ran(
                "login", "lab", "--endpoint", oms.url, "--project-id", PROJECT, "--secret-store", "file",
                "--secret-stdin", environ=environment(home), text=TOKEN,
            )  # fmt: skip
            assert done.code == 0, done.err
            assert ran("add", "task-1", "task-2", environ=environment(home)).code == 0
            argv = [*OMSTUI, "--log-file", str(home / "logs" / "debug.log")]
            with Terminal(argv, environ=environment(home)) as terminal:
                terminal.until(lambda text: text.count("syncing") == 2, "two answers")
                terminal.press("D")
                terminal.until(lambda text: "u puts it back" in text, "the removal")
                terminal.press("q")
                assert terminal.wait() == 0
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in home.rglob("*")}
    files = {path.name: mode for path, mode in modes.items() if path.is_file()}
    assert {"config.toml", "watchlist.toml", "secrets.json", "debug.log"} <= set(files)
    assert set(files.values()) == {0o600}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    figure(f"umask 0: {len(files)} files 0600, {len(modes) - len(files)} folders 0700")
