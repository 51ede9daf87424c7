"""Row R30: what is broken in the rules is noticed by a test."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mutation import LEAST, mutate, saved

pytestmark = pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="mutmut forks")


@pytest.mark.fault("R30")
def test_mutants_of_a_rule_are_killed(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """Of one small module here, to show that the command works; `python -m tests.mutation --save` takes all of them."""
    day, killed, of = saved()
    mutants = mutate(tmp_path, ["omstui/core/month.py"])
    figure(f"{killed:,} of {of:,} killed ({killed / of:.1%}) on {day}; {mutants.killed} of {len(mutants.outcomes)} now")
    assert len(mutants.outcomes) > 50
    assert mutants.share >= LEAST, "\n".join(mutants.diffs.values())
    assert killed / of >= LEAST
