"""The log file."""

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from omstui.backend.files.logs import LARGEST, logging_to

TOKEN = "MIIFakeToken" + "q7Zr" * 20


def test_without_a_record_there_is_no_file(tmp_path: Path) -> None:
    with logging_to(tmp_path / "state" / "omstui.log"):
        logging.getLogger("omstui").info("not this one")
    assert not (tmp_path / "state").exists()


def test_a_record_is_masked_and_private(tmp_path: Path) -> None:
    path = tmp_path / "state" / "omstui.log"
    with logging_to(path, logging.DEBUG):
        logging.getLogger("any.library").debug("headers %s", {"X-Auth-Token": TOKEN})
        try:
            int(TOKEN)
        except ValueError:
            logging.getLogger("omstui").exception("failed with %s", TOKEN)
    text = path.read_text()
    assert "failed with" in text
    assert "ValueError" in text
    assert "q7Zr" not in text
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_every_folder_made_for_the_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "outer" / "inner" / "omstui.log"
    before = os.umask(0)
    try:
        with logging_to(path):
            logging.getLogger("omstui").warning("trouble")
    finally:
        os.umask(before)
    assert [oct(made.stat().st_mode & 0o777) for made in (path.parent.parent, path.parent, path)] == [
        "0o700",
        "0o700",
        "0o600",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="has no pipes in folders")
def test_a_pipe_without_a_reader_costs_the_log_and_holds_up_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "omstui.log")

    def log() -> None:
        with logging_to(tmp_path / "omstui.log"):
            logging.getLogger("omstui").error("lost")

    thread = threading.Thread(target=log, daemon=True)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()


def test_a_folder_that_cannot_be_written_costs_the_log_and_says_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    with logging_to(tmp_path / "file" / "omstui.log"):
        logging.getLogger("omstui").error("lost")
    assert capfd.readouterr().err == ""


def test_nothing_reaches_the_terminal_even_without_a_file() -> None:
    """In a process of its own: where another handler listens, Python prints nothing anyway."""
    script = (
        "import logging\n"
        "from omstui.backend.files.logs import logging_to\n"
        "with logging_to(None):\n"
        "    logging.getLogger('any.library').error('trouble')\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout + run.stderr == ""


def test_the_files_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "omstui.log"
    with logging_to(path):
        for _ in range(60):
            logging.getLogger("omstui").warning("word " * 20_000)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 4 * LARGEST + 200_000


def test_a_thread_that_fails_is_logged_masked_and_not_told_on_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before, path = threading.excepthook, tmp_path / "omstui.log"
    with logging_to(path):
        thread = threading.Thread(target=int, args=(TOKEN,))
        thread.start()
        thread.join()
    assert threading.excepthook is before
    assert capfd.readouterr().err == ""
    assert "a thread has failed" in path.read_text()
    assert "ValueError" in path.read_text()
    assert "q7Zr" not in path.read_text()
