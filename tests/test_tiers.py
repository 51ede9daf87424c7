"""What the tests stand for: each row of the fault table in some tier, each promise in the quick one."""

import re
from pathlib import Path

from tests.faults.table import ROWS
from tests.readme import README

TESTS = Path(__file__).parent


def marked(name: str) -> set[str]:
    """Return the numbers that a mark is given in the sources of the tests."""
    sources = [path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")]
    return {number for source in sources for number in re.findall(rf'\bmark\.{name}\("?(\w+)"?\)', source)}


def test_every_row_of_the_fault_table_has_a_test() -> None:
    assert marked("fault") == {row.number for row in ROWS}


def test_every_promise_has_a_test_in_the_quick_tier() -> None:
    promises = README.read_text(encoding="utf-8").partition("## What it promises\n")[2].partition("\n## ")[0]
    assert marked("promise") == set(re.findall(r"(?m)^(\d)\. \*\*", promises))
