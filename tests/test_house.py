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


MOST_METHODS = 25
LONE_BASES = {"MemoryHistory"}
"""Classes of ours with a single class made from them: what isolates a library, and what is used by itself as well."""

Classes = dict[str, list[tuple[str, ast.ClassDef]]]


def own_classes(trees: dict[str, ast.Module]) -> Classes:
    """Return the classes by their name, each with the module that it is in; a name may be used twice."""
    found: Classes = {}
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append((module, node))
    return found


def base_names(node: ast.ClassDef) -> list[str]:
    """Return the classes that one is made from and that may be ours; ``threading.Event``, with its module, is not."""
    names = (ast.unparse(base).partition("[")[0] for base in node.bases)
    return [name for name in names if "." not in name]


def methods_of(node: ast.ClassDef, classes: Classes) -> set[str]:
    """Return the names of a class's methods, with those of the classes of ours that it is made from."""
    own = {one.name for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    bases = (base for name in base_names(node) if name != node.name for _, base in classes.get(name, []))
    return own.union(*(methods_of(base, classes) for base in bases))


def large_classes(classes: Classes) -> set[str]:
    """Return the classes with too many methods."""
    every = ((f"{module}.{name}", node) for name, found in classes.items() for module, node in found)
    return {name for name, node in every if len(methods_of(node, classes)) > MOST_METHODS}


def lone_bases(classes: Classes) -> set[str]:
    """Return the classes from which exactly one other is made."""
    heirs: dict[str, int] = {}
    for name, found in classes.items():
        for _, node in found:
            for base in base_names(node):
                if base in classes and base != name:
                    heirs[base] = heirs.get(base, 0) + 1
    return {name for name, count in heirs.items() if count == 1}


def left_to_heirs(classes: Classes) -> list[str]:
    """Return the methods that only the classes made from theirs can do."""
    return [
        f"{name}.{method.name}"
        for name, found in classes.items()
        for _, node in found
        for method in node.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(isinstance(one, ast.Raise) and "NotImplementedError" in ast.unparse(one) for one in ast.walk(method))
    ]


OWN_CLASSES = own_classes({module: tree_of(module) for module in MODULES})


def test_no_class_has_more_methods_than_a_reader_keeps_in_mind() -> None:
    assert large_classes(OWN_CLASSES) == set()


def test_no_class_is_made_to_be_the_base_of_a_single_one() -> None:
    assert lone_bases(OWN_CLASSES) == LONE_BASES


def test_no_method_is_left_for_others_to_write() -> None:
    assert left_to_heirs(OWN_CLASSES) == []


def test_methods_are_counted_with_those_that_are_inherited() -> None:
    many = "\n".join(f"    def m{number}(self): ..." for number in range(20))
    more = "\n".join(f"    async def n{number}(self): ..." for number in range(6))
    source = f"class Base:\n{many}\nclass Heir(Base):\n{more}\n    def m0(self): raise NotImplementedError"
    classes = own_classes({"omstui.one": ast.parse(source)})
    assert large_classes(classes) == {"omstui.one.Heir"}
    assert lone_bases(classes) == {"Base"}
    assert left_to_heirs(classes) == ["Heir.m0"]
