"""Breaks the rules in every small way, and counts what the tests notice: ``python -m tests.mutation [FILE…]``.

The rules are `core`, `wire`, `polling` and `auth`, the tests those of their folders that are not slow. With `--save`
and without files the counts are kept for row R30 of the fault table.

mutmut changes one operator, number, text or call within a function at a time; it leaves properties, constants and
decorated functions alone. A test that runs out of time has noticed nothing. What a test module works out while it is
imported, the cases of a table too, is worked out before any mutant is in place.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

LEAST = 0.9
"""The share of mutants that must be killed."""

SAVED = Path(__file__).parent / "faults" / "mutants.json"
"""What a whole run with `--save` has counted last."""

_ROOT = Path(__file__).parent.parent
_RESULT = re.compile(r"\s*(\S+): (.+)")


@dataclass(frozen=True, slots=True)
class Mutants:
    """What became of the mutants."""

    outcomes: dict[str, str]
    """By the mutant's name, in mutmut's words; `killed` is what it should be."""

    diffs: dict[str, str]
    """Of those that live: what was changed without any test's noticing."""

    @property
    def killed(self) -> int:
        """How many were noticed."""
        return sum(outcome == "killed" for outcome in self.outcomes.values())

    @property
    def share(self) -> float:
        """Which share was noticed."""
        return self.killed / len(self.outcomes)

    def table(self) -> str:
        """Return a line for each module, and one for all."""
        modules: dict[str, Counter[str]] = {}
        for name, outcome in self.outcomes.items():
            modules.setdefault(name.rpartition(".")[0], Counter())[outcome] += 1
        modules["all"] = Counter(self.outcomes.values())
        return "\n".join(
            f"{module:32} {counts['killed']:5} of {counts.total():5} killed, {counts['killed'] / counts.total():6.1%}"
            for module, counts in modules.items()
        )


def saved() -> tuple[str, int, int]:
    """Return the day of the last whole run that was kept, how many mutants were killed, and of how many."""
    kept = json.loads(SAVED.read_text(encoding="utf-8"))
    return kept["day"], kept["killed"], kept["mutants"]


def mutate(folder: Path, files: Sequence[str] = ()) -> Mutants:
    """Run mutmut in an empty folder, over some files of the program and the tests named after them; else over all.

    Raises:
        subprocess.CalledProcessError: mutmut failed, or the tests fail without any mutant.
    """
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("omstui", "tests"):
        shutil.copytree(_ROOT / name, folder / name, ignore=ignored)
    (folder / "pyproject.toml").write_text(_settings(files), encoding="utf-8")

    def mutmut(*arguments: str) -> str:
        argv = [sys.executable, "-m", "mutmut", *arguments]
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
        if done.returncode:
            sys.stderr.write(done.stdout[-2000:] + done.stderr[-2000:])
            done.check_returncode()
        return done.stdout

    mutmut("run", "--max-children", "2")
    found = (_RESULT.fullmatch(line) for line in mutmut("results", "--all", "true").splitlines())
    outcomes = {match[1]: match[2] for match in found if match is not None}
    living = [name for name, outcome in outcomes.items() if outcome != "killed"]
    return Mutants(outcomes, {name: mutmut("show", name) for name in living})


def _settings(files: Sequence[str]) -> str:
    """Return the project's settings, with mutmut's narrowed down to these files."""
    text = (_ROOT / "pyproject.toml").read_text(encoding="utf-8")
    if not files:
        return text
    paths = [Path(file).relative_to("omstui") for file in files]
    found = [test for path in paths for test in (_ROOT / "tests" / path.parent).glob(f"test_{path.stem}*.py")]
    tests = [str(test.relative_to(_ROOT)) for test in found]
    for setting, chosen in (("only_mutate", list(files)), ("pytest_add_cli_args_test_selection", tests)):
        text, count = re.subn(rf"(?m)^{setting} = .*", f"{setting} = {json.dumps(chosen)}", text)
        assert count == 1
    return text


def main(arguments: Sequence[str]) -> int:
    """Print what lives and how many were killed; 1 when those are too few."""
    files = [argument for argument in arguments if argument != "--save"]
    with tempfile.TemporaryDirectory() as folder:
        mutants = mutate(Path(folder), files)
    for diff in mutants.diffs.values():
        print(diff)  # noqa: T201 - the command's output
    print(mutants.table())  # noqa: T201
    if "--save" in arguments and not files:
        kept = {"day": f"{datetime.now(UTC):%Y-%m-%d}", "killed": mutants.killed, "mutants": len(mutants.outcomes)}
        SAVED.write_text(json.dumps(kept) + "\n", encoding="utf-8")
    return int(mutants.share < LEAST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
