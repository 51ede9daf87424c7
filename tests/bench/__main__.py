"""Measures every goal on this machine and prints a table: ``python -m tests.bench [--check] [--json FILE]``."""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.bench.goals import Figure, table
from tests.bench.measures import MEASURES, Plan


def main(argv: Sequence[str] | None = None) -> int:
    """Return 1 with --check when a figure is beyond its goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a figure is beyond its goal")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--only", choices=MEASURES, action="append", help="measure this only; may be given again")
    parser.add_argument("--quick", action="store_true", help="short measures, to try the bench itself")
    options = parser.parse_args(argv)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only or MEASURES:
            sys.stderr.write(f"{name} …\n")
            figures += MEASURES[name](Plan(Path(folder), options.quick))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    machine += f", Python {platform.python_version()}, Textual {version('textual')}"
    at = datetime.now(UTC)
    sys.stdout.write(f"{table(figures)}\n\n{at:%Y-%m-%d}, {machine}\n")
    if options.json is not None:
        told = {"at": at.isoformat(), "machine": machine, "figures": [asdict(one) for one in figures]}
        options.json.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(options.check and not all(one.is_met for one in figures))


if __name__ == "__main__":
    sys.exit(main())
