"""What sentences say of keys, also of those that the user has put elsewhere."""

from datetime import timedelta

import pytest
from textual.binding import Binding

from omstui.core.month import Month
from omstui.core.problem import Problem, ProblemKind
from omstui.core.watch.board import Track
from omstui.ui.detail import View, detail_lines
from omstui.ui.key_names import _USUAL, KeyNames
from omstui.ui.line import text_of, width_of
from omstui.ui.main_screen import MainScreen
from tests.making import BEIJING, NOW, counting, sample, track

MOVED = {
    "ask.now": "f5", "credentials": "ctrl+t", "list.acknowledge": "K,k", "list.remove": "delete",
    "month.current": "home", "month.next": "full_stop", "month.previous": "comma",
}  # fmt: skip


def drawn(one: Track, keys: KeyNames, month: Month | None = None) -> str:
    view = View(one, month, NOW, BEIJING, BEIJING, 60.0, keys=keys)
    lines = detail_lines(view, 60)
    assert all(width_of(line) <= 60 for line in lines)
    return "\n".join(text_of(line) for line in lines)


def test_the_usual_keys_are_those_of_the_bindings() -> None:
    bound = {
        binding.id: binding.key
        for screen in MainScreen.__mro__
        for binding in screen.__dict__.get("BINDINGS", ())
        if isinstance(binding, Binding)
    }
    names = {name: KeyNames({name: bound[name]}).of(name) for name in _USUAL}
    assert names == _USUAL


@pytest.mark.parametrize(
    ("outcome", "month", "usual", "moved"),
    [
        (counting(failed=14), None, "+3 since seen (A: seen)", "+3 since seen (K: seen)"),
        (counting(failed=14), None, "‹ [", "‹ , "),
        (counting(failed=14), Month(2026, 9), "t current month · r ask again", "home current month · f5 ask again"),
        (counting(failed=14), Month(2026, 9), "] ›", " . ›"),
        (Problem(ProblemKind.TOKEN, "no"), None, "T, or omstui login", "ctrl+t, or omstui login"),
        (Problem(ProblemKind.GONE, "no"), None, "D takes it off", "delete takes it off"),
    ],
)
def test_the_pane_names_the_keys_that_lead_there(outcome: object, month: Month | None, usual: str, moved: str) -> None:
    one = track(sample(at=NOW - timedelta(minutes=1)), sample(outcome))  # type: ignore[arg-type]  # a task or a problem
    for keys, there, gone in ((KeyNames(), usual, moved), (KeyNames(MOVED), moved, usual)):
        text = " ".join(drawn(one, keys, month).split())
        assert " ".join(there.split()) in text
        assert " ".join(gone.split()) not in text
