"""Two instances write the same list at once, and either is killed at any moment, two hundred times."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

KILLER = """
import json, os, random, select, signal, sys
from pathlib import Path
import filelock
from omstui.backend.files.watchlist import WatchListFile
from omstui.core.task import TaskRef
from omstui.core.task import WatchedTask

path, kills = Path(sys.argv[1]), int(sys.argv[2])
chance = random.Random(7)
KEPT = 6


class Writer:
    "A process that adds tasks of its own, takes away its oldest ones, and acknowledges each addition once it is kept."

    def __init__(self, name, generation):
        self.name = name
        self.seen = b""
        self.reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(writer)
            return
        store = WatchListFile(path)
        for number in range(100_000):
            ref = TaskRef(name, f"{generation}-{number}")

            def change(watchlist):
                mine = [task.ref for task in watchlist if task.ref.profile == name]
                return watchlist.added([WatchedTask(ref)]).removed(mine[:1] if len(mine) >= KEPT else [])

            store.edit(change)
            os.write(writer, f"{ref.sync_task_id}\\n".encode())
            select.select([], [], [], 0.008)  # else the other hardly ever finds the lock free
        os._exit(1)

    def hears(self, most):
        while most and select.select([self.reader], [], [], 20)[0]:
            self.seen += os.read(self.reader, 65536)
            most -= 1

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        status = os.waitpid(self.pid, 0)[1]
        while piece := os.read(self.reader, 65536):
            self.seen += piece
        os.close(self.reader)
        return status == signal.SIGKILL


said = {"a": [], "b": []}
lost = killed = additions = 0
writers = {name: Writer(name, 0) for name in said}
for generation in range(1, kills + 1):
    # One of the two dies: after a few acknowledgements, somewhere within an addition; the other goes on meanwhile.
    name = chance.choice("ab")
    writer = writers[name]
    writer.hears(chance.randrange(1, 3))
    select.select([], [], [], chance.uniform(0, 0.02))
    killed += writer.kill()
    additions += len(writer.seen.split())
    said[name] += writer.seen.decode().split()
    # Its own tasks leave at the front only; it may have added one more than it could acknowledge.
    names = [task.ref.sync_task_id for task in WatchListFile(path).load() if task.ref.profile == name]
    known = set(said[name])
    unsaid = [one for one in names if one not in known]
    rest = names[: len(names) - len(unsaid)]
    wanted = said[name][-(KEPT - 1) :]
    lost += len(unsaid) > 1 or rest != said[name][len(said[name]) - len(rest) :]
    lost += sum(one not in names for one in wanted[len(unsaid) :])
    said[name] = names
    writers[name] = Writer(name, generation)
for writer in writers.values():
    writer.kill()
print(json.dumps({"killed": killed, "lost": lost, "additions": additions}))
"""


@pytest.mark.fault("R23")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
def test_two_hundred_kills_lose_nothing_that_was_acknowledged(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """The list parses after each kill, the survivor is never held up, and every acknowledged task is there."""
    run = subprocess.run(
        [sys.executable, "-c", KILLER, str(tmp_path / "watchlist.toml"), "200"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout)
    assert figures["killed"] == 200
    assert figures["additions"] > 200
    assert figures["lost"] == 0
    figure(f"{figures['killed']} kills, {figures['lost']} of {figures['additions']} acknowledged lost")
