"""The rules of the house that the source itself can prove: one writer, small classes, no ladders."""

import ast
from collections.abc import Iterator

import pytest

from tests.test_layers import MODULES, tree_of

WRITER = "omstui.backend.session"


def assigned_attributes(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Find every attribute that is assigned, by whatever statement, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.attr, node.lineno
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"setattr", "object.__setattr__"}:
            yield ast.unparse(node.args[1]).strip("'"), node.lineno


def board_assignments(tree: ast.AST) -> list[int]:
    """Find the lines that assign the board of a session, or keep one."""
    return [line for name, line in assigned_attributes(tree) if name.strip("_") == "board"]


@pytest.mark.parametrize("module", MODULES)
def test_the_session_alone_assigns_the_board(module: str) -> None:
    lines = board_assignments(tree_of(module))
    assert bool(lines) is (module == WRITER), lines


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        ("self.board = board", True),
        ("self._board, x = board, 1", True),
        ("session._board = Board()", True),
        ("self.board: Board = Board()", True),
        ("setattr(session, '_board', board)", True),
        ("board = board.filed(sample, 60.0)", False),
        ("shown = session.board", False),
    ],
)
def test_an_assignment_of_the_board_is_noticed(code: str, is_one: bool) -> None:
    assert bool(board_assignments(ast.parse(code))) is is_one
