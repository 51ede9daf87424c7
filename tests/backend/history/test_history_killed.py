"""Two instances write to one history and are killed at random moments."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

KILLED = """
import asyncio, json, os, random, select, signal, sqlite3, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from omstui.backend.history.history import LONGEST_GAP
from omstui.backend.history.database import HistoryDatabase
from omstui.backend.history.writer import HistoryFile
from omstui.backend.oms.wire import decode_task
from omstui.core.alerts.event import Event
from omstui.core.month import Month
from omstui.core.watch.sample import Sample
from omstui.core.task import SyncTask, TaskRef

START, NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC), Month(2026, 11)
OWN, SHARED = [TaskRef("lab", "of-0"), TaskRef("lab", "of-1")], TaskRef("lab", "shared")
path, rounds = Path(sys.argv[1]), int(sys.argv[2])
random.seed(sys.argv[3])
decode_task(b'{"status":"x"}')  # imports what is slow once for all children

def sample(ref, number):
    at = START + timedelta(minutes=number)
    return Sample(ref, NOVEMBER, True, at, at, SyncTask(monthly_success_object=number))

def connect(target):
    connection = sqlite3.connect(target, timeout=30.0, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")  # a kill asks nothing of the disk
    return connection

async def write(instance, first, pipe):
    history = HistoryFile(path, lambda: START, connect=connect, patience=60.0)
    for number in range(first, first + 10_000):
        history.record(sample(OWN[instance], number))
        history.record(sample(SHARED, number))
        history.acknowledge(OWN[instance], NOVEMBER, number, START)
        history.add_event(Event(START, "test", f"{instance} {number}"))
        await history.notes()
        if history.error:
            print(history.error, file=sys.stderr, flush=True)
            os._exit(1)
        os.write(pipe, f"{number}\\n".encode())

def values(tables, ref):
    return [one.monthly_success_object for one in tables.spans(ref, START)]

def check(tables, said, told):
    recalled, words = tables.recall(OWN), {event.words for event in tables.events(100_000)}
    unsaid = 0
    for instance, ref in enumerate(OWN):
        found, heard = values(tables, ref), said[instance]
        assert found == sorted(set(found)), "doubled or out of order"
        assert set(heard) <= set(found), ("lost", set(heard) - set(found))
        # In each life one more may have been written than could be said.
        unsaid += len(found) - len(heard)
        if found:
            assert recalled[ref].last.task.monthly_success_object == found[-1]
        seen = recalled[ref].acknowledged
        assert (seen[1] if seen else -1) >= max(told[instance], default=-1), "lost what the user has seen"
        assert {f"{instance} {number}" for number in told[instance]} <= words
        heard[:] = found
    shared = values(tables, SHARED)
    assert shared == sorted(set(shared)), "the shared task's spans are doubled"
    missing = set(said[0] + said[1]) - set(shared)
    assert len(missing) <= 2, ("lost", missing)
    assert tables._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return unsaid

said, killed, unsaid, first = [[], []], 0, 0, 0
for round in range(rounds):
    children = []
    for instance in (0, 1):
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            asyncio.run(write(instance, first, writer))
            os._exit(1)
        os.close(writer)
        children.append((child, reader))
    if random.random() < 0.7:
        select.select([random.choice(children)[1]], [], [], 10)
    for child, _ in random.sample(children, 2):
        select.select([], [], [], random.uniform(0, 0.02))
        os.kill(child, signal.SIGKILL)
        killed += os.waitpid(child, 0)[1] == signal.SIGKILL
    told = []
    for (_, reader), heard in zip(children, said):
        text = b""
        while piece := os.read(reader, 65536):
            text += piece
        os.close(reader)
        told.append(list(map(int, text.split())))
        heard += told[-1]
    database = HistoryDatabase(
        path, lambda: START, keep=timedelta(days=400), longest_gap=LONGEST_GAP, connect=connect
    )
    more = database.look_up(lambda tables: check(tables, said, told))
    assert more <= 2, more
    unsaid += more
    database.close()
    first = max([first, *said[0], *said[1]]) + 10
print(json.dumps({"killed": killed, "kept": len(said[0]) + len(said[1]), "unsaid": unsaid}))
"""


@pytest.mark.fault("R23")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
def test_a_kill_at_any_moment_loses_nothing_and_breaks_nothing(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """A hundred lives of two instances on one file, each ended with SIGKILL; every life continues the same file."""
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "history.db"), "100", "7"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout)
    assert figures["killed"] == 200
    assert figures["kept"] > 100
    figure(f"history: {figures['killed']} kills, {figures['kept']} answers said to be kept, 0 lost, none twice")
