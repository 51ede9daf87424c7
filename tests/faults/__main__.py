"""Injects every fault and prints the table with the figures: ``python -m tests.faults [--save] [pytest's options]``.

Here the long rows take as long as the table says, which makes half an hour in all.

With `--save` the figures are kept for README, with the day and the machine: `python -m tests.readme` puts them there.
"""

import json
import os
import platform
import sys
from datetime import UTC, datetime

import pytest

from tests.faults.lengths import WHOLE
from tests.faults.table import ROWS, SEEN


class Figures:
    """Collects what the tests of each row report."""

    def __init__(self) -> None:
        self.of_row: dict[str, list[str]] = {row.number: [] for row in ROWS}
        self.outcomes: dict[str, set[str]] = {row.number: set() for row in ROWS}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take over a finished test's rows, its outcome and its figures."""
        if report.when != "call" and report.passed:
            return
        for row in [str(value) for name, value in report.user_properties if name == "fault"]:
            self.outcomes[row].add(report.outcome)
            self.of_row[row] += [str(value) for name, value in report.user_properties if name == "figure"]

    def table(self) -> str:
        """Return the filled table in Markdown."""
        lines = ["| # | fault | injected by | expected | seen |", "|---|---|---|---|---|"]
        for row in ROWS:
            seen = self.seen(row.number)
            if outcomes := self.outcomes[row.number] - {"passed"}:
                seen = f"**{', '.join(sorted(outcomes))}** {seen}"
            elif not self.outcomes[row.number]:
                seen = "**not tested**"
            lines.append(f"| {row.number} | {row.fault} | {row.injected_by} | {row.expected} | {seen} |")
        return "\n".join(lines)

    def seen(self, number: str) -> str:
        """Return the figures of a row, each once; what begins otherwise and ends alike stands together."""
        alike: dict[str, list[str]] = {}
        for figure in self.of_row[number]:
            of_what, colon, told = figure.rpartition(": ")
            beginnings = alike.setdefault(told, [])
            if colon and of_what not in beginnings:
                beginnings.append(of_what)
        told_once = (f"{', '.join(of_what)}: {told}" if of_what else told for told, of_what in alike.items())
        return "; ".join(told_once) or "as expected"

    def save(self) -> None:
        """Keep the figures for README."""
        machine = (
            f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        )
        kept = {"day": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine}
        figures = {row.number: self.seen(row.number) for row in ROWS}
        SEEN.write_text(json.dumps({**kept, "figures": figures}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @property
    def are_complete(self) -> bool:
        """Whether every row was tested and passed."""
        return all(outcomes == {"passed"} for outcomes in self.outcomes.values())


def main(options: list[str]) -> int:
    """Run the tests that are marked with a row of the table."""
    figures = Figures()
    os.environ.setdefault(WHOLE, "1")
    code = pytest.main(["-q", "-m", "fault", *(option for option in options if option != "--save")], plugins=[figures])
    print(figures.table())  # noqa: T201 - the command's output
    if "--save" in options and figures.are_complete:
        figures.save()
    return code or int(not figures.are_complete)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
