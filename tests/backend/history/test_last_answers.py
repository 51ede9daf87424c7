"""The quick look at the history: the same as the history itself says, or nothing."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from omstui.backend.history.last_answers import NOTHING, last_answers
from omstui.backend.history.writer import HistoryFile
from omstui.backend.oms.wire import BadAnswer, decode_task
from omstui.core.month import Month
from omstui.core.task import SyncTask, TaskRef
from omstui.core.watch.sample import Sample
from tests.samples_reader import load_sample, sample_names

AT = datetime(2026, 11, 22, 9, 40, 5, 123_000, tzinfo=UTC)


def answered_tasks() -> list[SyncTask]:
    """The tasks of all samples that hold one."""
    tasks = []
    for sample in map(load_sample, sample_names()):
        with suppress(BadAnswer):
            if sample.status == 200:
                tasks.append(decode_task(sample.content))
    return tasks


async def kept(path: Path) -> HistoryFile:
    """A history with every task of the samples."""
    history = HistoryFile(path, lambda: AT)
    for number, task in enumerate(answered_tasks()):
        ref = TaskRef("prod", f"task-{number}")
        history.record(Sample(ref, Month(2026, 11), is_current=True, asked_at=AT, answered_at=AT, task=task))
        history.acknowledge(ref, Month(2026, 11), number, AT)
    ref, october = TaskRef("prod", "task-0"), Month(2026, 10)
    history.record(Sample(ref, october, is_current=False, asked_at=AT, answered_at=AT, task=answered_tasks()[0]))
    await history.aclose()
    if history._thread is not None:  # to close waits a second at most; on a busy machine the file may be locked still
        await asyncio.to_thread(history._thread.join)
    return history


async def test_it_says_what_the_history_says(tmp_path: Path) -> None:
    """Every field of every sample, nulls and the largest numbers included."""
    path = tmp_path / "history.db"
    await kept(path)
    quick = last_answers(path)
    whole = HistoryFile(path, lambda: AT)
    recalled = await whole.recall(quick)
    await whole.aclose()
    assert len(quick) == len(answered_tasks())
    assert {ref: (one.last, one.acknowledged) for ref, one in quick.items()} == {
        ref: (one.last, one.acknowledged) for ref, one in recalled.items()
    }


def spoilt(sql: str) -> Callable[[Path], None]:
    """Change something in the file."""

    def spoil(path: Path) -> None:
        connection = sqlite3.connect(path)
        connection.executescript(sql)
        connection.close()

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b"not a database"),
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        lambda path: path.write_bytes(b""),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: path.unlink(),
        spoilt("PRAGMA user_version = 99"),
        spoilt("PRAGMA application_id = 1"),
        spoilt("DROP TABLE answer"),
        spoilt("UPDATE answer SET body = '[1'"),
        spoilt("UPDATE answer SET body = '[]'"),
        spoilt("UPDATE answer SET month = 'x'"),
        spoilt("UPDATE answer SET month = -1"),
        spoilt("UPDATE answer SET asked = 9223372036854775807"),
    ],
)
async def test_a_file_that_is_not_in_order_gives_nothing(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    """The screen says what is wrong; this is only ever quick."""
    path = tmp_path / "history.db"
    await kept(path)
    spoil(path)
    assert last_answers(path) == NOTHING


async def test_a_value_of_another_kind_is_not_reported(tmp_path: Path) -> None:
    """A number that is a text is no number."""
    path = tmp_path / "history.db"
    await kept(path)
    spoilt('UPDATE answer SET body = \'{"status": 3, "monthly_size": "4", "enable_kms": 1, "src_bucket": "b"}\'')(path)
    task = last_answers(path)[TaskRef("prod", "task-0")].last
    assert task is not None
    assert task.task is not None
    assert (task.task.status, task.task.monthly_size, task.task.enable_kms) == (None, None, None)
    assert task.task.src_bucket == "b"


async def test_it_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    """Another instance holds the file: there is no first picture, and no delay."""
    path = tmp_path / "history.db"
    await kept(path)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    assert last_answers(path) == NOTHING
    writer.close()
