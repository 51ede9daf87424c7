"""Row R30: what is broken in the rules is noticed by a test."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mutation import LEAST, mutate

pytestmark = pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="mutmut forks")


@pytest.mark.fault("R30")
def test_mutants_of_a_rule_are_killed(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """Of one small module here, which shows that the command works; `python -m tests.mutation` takes all of them."""
    mutants = mutate(tmp_path, ["omstui/core/month.py"])
    figure(f"{mutants.killed} of {len(mutants.outcomes)} mutants of core/month.py killed ({mutants.share:.0%})")
    assert len(mutants.outcomes) > 50
    assert mutants.share >= LEAST, "\n".join(mutants.diffs.values())
