"""Lives a month of answers and says what it took: ``python -m tests.soak [--answers N] [--limit SECONDS]``."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.soak.judge import findings
from tests.soak.weeks import MONTH_OF_ANSWERS, live_weeks


def main(argv: Sequence[str] | None = None) -> int:
    """Print a table; 1 when something is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--answers", type=int, default=MONTH_OF_ANSWERS, help="how many; by default a month's")
    parser.add_argument("--limit", type=float, default=3600.0, help="seconds after which that is enough")
    parser.add_argument("--seed", type=int, default=1, help="decides what goes wrong and what is typed")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        weeks = live_weeks(Path(folder), answers=options.answers, limit=options.limit, seed=options.seed)
    say = sys.stdout.write
    say(f"{weeks}\n\n")
    for kind, count in weeks.answers.most_common():
        say(f"  {count:8,} {kind}\n")
    step = max(len(weeks.readings) // 20, 1)
    say("\n  answers  memory MB  descriptors  threads  tasks  modules\n")
    for one in weeks.readings[::step]:
        told = one.told
        say(f"{one.answers:9,} {one.memory:10.1f} {one.descriptors:12} {one.threads:8}")
        say(f" {told['tasks']:6} {told['modules']:8}\n")
    say("\n")
    found = findings(weeks)
    for finding in found:
        most = f"at most {finding.most}" if finding.most else ""
        say(f"{'ok ' if finding.is_well else 'BAD'} {finding.what:28} {finding.seen:14} {most}\n")
    return int(not all(finding.is_well for finding in found))


if __name__ == "__main__":
    sys.exit(main())
