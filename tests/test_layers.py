"""Imports point down: cli, then ui, then backend beside demo, then core; and each layer keeps its promise.

No file and no folder imports itself by way of others, and no folder is too large to be surveyed.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import omstui

PACKAGE = Path(omstui.__file__).parent
MODULES = {
    ".".join(("omstui", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
SHARED = {"omstui", "omstui.backend.screen_options"}
"""The version, and what was asked for on the command line: facts that every layer but core may name."""

SEEN_BY_UI = {
    "omstui.backend.credentials", "omstui.backend.http.credential", "omstui.backend.http.signing",
    "omstui.backend.polling.poller", "omstui.backend.runtime.clock", "omstui.backend.runtime.threads",
    "omstui.backend.secrets.secret", "omstui.backend.session", "omstui.backend.workspace",
}  # fmt: skip
MAY_IMPORT_DEMO = {
    "omstui.cli.tasks.asking", "omstui.cli.context.demo", "omstui.cli.terminal.opening", "omstui.screenshots",
}  # fmt: skip
LOADS_HTTPX = {
    "omstui.backend.http.credential", "omstui.backend.http.endpoint", "omstui.backend.http.errors",
    "omstui.backend.http.signing", "omstui.demo.service",
}  # fmt: skip
NAMES_HTTPX = LOADS_HTTPX | {
    "omstui.backend.auth.iam", "omstui.backend.auth.metadata", "omstui.backend.auth.methods",
    "omstui.backend.oms.client", "omstui.backend.user_workspace", "omstui.cli.context.context",
}  # fmt: skip
ASKS_THE_SYSTEM = {"omstui.ui.terminal.resting_driver"}
"""What reads and writes the terminal, by way of `os`."""

KNOWS_INSIDES = {"omstui.ui.terminal", "omstui.backend.http.compat"}
"""What uses other libraries' private names: Textual's, and those of httpx's libraries."""

MAY_BE_PRIVATE = {"_replace", "_exit"}
"""Names with an underscore that are documented: of named tuples, and of `os`."""

LOOKS_INTO_ARGPARSE = {"omstui.cli.completion": {"_actions", "_SubParsersAction"}}
"""As argcomplete does: argparse has no other way to look at a parser."""

READS_THE_CLOCK = {"omstui.backend.runtime.clock"}
UNWRAPS_SECRETS = {
    "omstui.backend.http.credential": 2,  # the header
    "omstui.backend.secrets.expiry_note": 1,  # a note, which is no secret
    "omstui.backend.secrets.file": 1,
    "omstui.backend.http.endpoint": 2,  # the body of a request, and what is hidden in an answer
    "omstui.backend.auth.iam": 1,
    "omstui.backend.secrets.kernel": 1,
    "omstui.backend.secrets.store": 1,
    "omstui.backend.auth.methods": 1,
    "omstui.backend.http.signing": 7,
    "omstui.ui.dialogs.typed_secret": 2,
}
"""Who looks at a secret's value, and at how many places: where it is sent, signed with, kept, or typed."""

MOST_MODULES = 12
"""How many modules a folder holds at most, beside its `__init__`."""

OUTSIDE = {
    "httpx", "socket", "ssl", "http", "urllib.request", "keyring", "tomlkit", "tomllib", "filelock",
    "platformdirs", "pathlib", "tempfile", "shutil", "glob", "sqlite3", "subprocess",
}  # fmt: skip
"""What reaches beyond the screen."""

SLOW = ("httpx", "textual", "rich", "keyring", "tomlkit", "platformdirs", "filelock")


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name, as far as it may be a module."""

    target: str
    line: int
    for_types_only: bool = False
    is_at_start: bool = True
    """Whether it happens as soon as the module is loaded."""


def targets_of(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Return the modules that an import statement names; a name that is no module of ours stands for its source."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    source = "." * node.level + (node.module or "")
    modules = [f"{source}.{alias.name}" for alias in node.names if f"{source}.{alias.name}" in MODULES]
    return modules if len(modules) == len(node.names) else [source, *modules]


def imports_of(tree: ast.AST, *, for_types_only: bool = False, is_at_start: bool = True) -> Iterator[Import]:
    """Find every import in a module, wherever it stands."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for target in targets_of(node):
                yield Import(target, node.lineno, for_types_only, is_at_start and not for_types_only)
        is_types_block = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from imports_of(
            node,
            for_types_only=for_types_only or is_types_block,
            is_at_start=is_at_start and not is_function,
        )


def is_within(target: str, names: set[str]) -> bool:
    """Whether a module is one of these or lies inside one of them."""
    return any(target == name or target.startswith(f"{name}.") for name in names)


def is_allowed(importer: str, target: str) -> bool:
    """Whether a module may import another, by the rules of the layers."""
    if is_within(importer, {"omstui.core"}):
        return target.partition(".")[0] in sys.stdlib_module_names or is_within(target, {"omstui.core", "msgspec"})
    if is_within(target, {"omstui.demo"}) and not is_within(importer, MAY_IMPORT_DEMO | {"omstui.demo"}):
        return False
    if is_within(target, {"httpx"}) and importer not in NAMES_HTTPX:
        return False
    if is_within(importer, {"omstui.backend", "omstui.demo"}):
        below = {"omstui.core", "omstui.backend", "omstui.demo"}
        is_ours = is_within(target, {"omstui"})
        return not is_within(target, {"textual", "rich"}) and (
            not is_ours or target in SHARED or is_within(target, below)
        )
    if is_within(importer, {"omstui.ui"}):
        is_beside_or_below = is_within(target, {"omstui.ui", "omstui.core"} | SEEN_BY_UI) or target in SHARED
        is_allowed_there = target == "os" and importer in ASKS_THE_SYSTEM
        return is_beside_or_below or is_allowed_there or not is_within(target, OUTSIDE | {"omstui", "os"})
    return not target.startswith(".")


def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


Graph = Mapping[str, set[str]]


@cache
def trees() -> Mapping[str, ast.Module]:
    return {module: tree_of(module) for module in MODULES}


def imports_between_files(sources: Mapping[str, ast.Module]) -> Graph:
    """Return which of these modules imports which others, at its start, late, or for types alone."""
    return {
        module: {one.target for one in imports_of(tree) if one.target in sources} - {module}
        for module, tree in sources.items()
    }


def folder_of(module: str) -> str:
    """Return the folder in which a module lies; the files beside the layers stand each for itself."""
    is_folder = module in MODULES and MODULES[module].name == "__init__.py"
    parent = module.rpartition(".")[0]
    return module if is_folder or parent == "omstui" else parent


def imports_between_folders(files: Graph) -> Graph:
    """Return which folder imports from which others; what lies in a folder itself counts, and not what is below."""
    folders: dict[str, set[str]] = {}
    for module, targets in files.items():
        own = folder_of(module)
        folders.setdefault(own, set()).update({folder_of(target) for target in targets} - {own})
    return folders


def circle_in(graph: Graph) -> list[str]:
    """Return names of which each is imported by the next, up to the first again; none where there is no circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def calls_in(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Find every call, with its name as written: ``self.app.notify``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def reads_the_clock(tree: ast.AST) -> list[int]:
    """Find the lines that ask the machine for the time, or wait for it."""
    lines = [
        node.lineno
        for name, node in calls_in(tree)
        if name.endswith(("datetime.now", ".utcnow", ".today", "time.time"))
    ]
    return lines + [one.line for one in imports_of(tree) if one.target == "time"]


def opens_files(tree: ast.AST) -> list[int]:
    """Find the lines that open a file or a process."""
    return [
        node.lineno for name, node in calls_in(tree) if name in {"open", "io.open", "os.open", "os.popen", "os.system"}
    ]


def names_defined_in(tree: ast.AST) -> Iterator[str]:
    """Find the names that a module gives to functions, classes, attributes and variables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


@cache
def own_names() -> frozenset[str]:
    """Return all names that the package defines outside of what knows other libraries' insides."""
    return frozenset(
        name
        for module, tree in trees().items()
        if not is_within(module, KNOWS_INSIDES)
        for name in names_defined_in(tree)
    )


def uses_insides(tree: ast.AST) -> list[str]:
    """Find the private names of others that are used: modules, and attributes that nothing of ours defines."""
    modules = [
        one.target
        for one in imports_of(tree)
        if any(part.startswith("_") for part in one.target.split(".")) and one.target != "__future__"
    ]
    named = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr.startswith("_")]
    named = [node for node in named if not node.attr.startswith("__")]
    return modules + [node.attr for node in named if node.attr not in own_names() | MAY_BE_PRIVATE]


def unwraps_secrets(tree: ast.AST) -> list[int]:
    """Find the lines that look at a secret's value, or hand out how to."""
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "reveal"]


SHOWS_TEXT = {"Static", "Label"}
READS_MARKUP = SHOWS_TEXT | {
    "notify",
    "Button",
    "Checkbox",
    "RadioButton",
    "Option",
    "Selection",
    "Tree",
    "Collapsible",
}
READS_MARKUP_LATER = {
    "update", "add_row", "add_column", "add_columns", "update_cell", "update_cell_at", "add_option", "add_options",
    "replace_option_prompt", "set_label", "add_leaf",
}  # fmt: skip
MARKED_UP = {"tooltip", "border_title", "border_subtitle"}
"""What of a widget's is markup when it is a plain string."""


def is_harmless(node: ast.expr) -> bool:
    """Whether it is a text of ours, as it stands there, or one that is no markup."""
    is_ours = isinstance(node, ast.Constant) and isinstance(node.value, str | None)
    return is_ours or (isinstance(node, ast.Call) and ast.unparse(node.func) in {"Content", "Text"})


def is_plain(call: ast.Call) -> bool:
    """Whether a call says that what it is given is no markup."""
    return any(keyword.arg == "markup" and ast.unparse(keyword.value) == "False" for keyword in call.keywords)


def feeds_markup(tree: ast.AST) -> list[int]:
    """Find the lines that may show a foreign string as markup: widgets and toasts take plain strings for it."""
    lines = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword | ast.Assign | ast.AnnAssign | ast.AugAssign) and _sets_markup(node)
    ]
    lines += [line for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for line in _heir_feeds_markup(node)]
    plain = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and _is_plain_heir(node)]
    is_safe_there = {call for heir in plain for name, call in calls_in(heir) if name == "self.update"}
    for name, node in calls_in(tree):
        last = name.rpartition(".")[2]
        is_foreign = not all(map(is_harmless, node.args)) and not is_plain(node)
        is_told = last == "notify" and not is_plain(node)
        is_made = last in READS_MARKUP and bool(node.args) and not is_harmless(node.args[0]) and not is_plain(node)
        is_changed = last in READS_MARKUP_LATER and name != last and is_foreign and node not in is_safe_there
        if is_told or is_made or is_changed or last == "from_markup":
            lines.append(node.lineno)
    return lines


def _sets_markup(node: ast.keyword | ast.Assign | ast.AnnAssign | ast.AugAssign) -> bool:
    """Whether it gives a widget a title or a hint that is neither ours nor plain."""
    if isinstance(node, ast.keyword):
        return node.arg in MARKED_UP and not is_harmless(node.value)
    if node.value is None:
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = {target.attr for target in targets if isinstance(target, ast.Attribute)}
    return bool(names & MARKED_UP) and not is_harmless(node.value)


def _heirs_calls(heir: ast.ClassDef) -> list[ast.Call]:
    """Return the calls with which a widget of ours makes itself one that shows text."""
    is_one = any(ast.unparse(base).rpartition(".")[2] in SHOWS_TEXT for base in heir.bases)
    return [node for name, node in calls_in(heir) if is_one and name == "super().__init__"]


def _heir_feeds_markup(heir: ast.ClassDef) -> list[int]:
    return [
        node.lineno for node in _heirs_calls(heir) if node.args and not is_harmless(node.args[0]) and not is_plain(node)
    ]


def _is_plain_heir(heir: ast.ClassDef) -> bool:
    calls = _heirs_calls(heir)
    return bool(calls) and all(map(is_plain, calls))


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    """The rules of `is_allowed`."""
    wrong = [(one.target, one.line) for one in imports_of(tree_of(module)) if not is_allowed(module, one.target)]
    assert not wrong


def test_no_file_imports_itself_by_way_of_others() -> None:
    """Late imports and those for types alone count as well."""
    assert circle_in(imports_between_files(trees())) == []


def test_no_folder_imports_itself_by_way_of_others() -> None:
    assert circle_in(imports_between_folders(imports_between_files(trees()))) == []


@pytest.mark.parametrize("folder", sorted({folder_of(module) for module in MODULES}))
def test_a_folder_can_be_surveyed(folder: str) -> None:
    modules = [name for name in MODULES if folder_of(name) == folder and name != folder]
    assert len(modules) <= MOST_MODULES, modules


@pytest.mark.parametrize("module", MODULES)
def test_httpx_is_loaded_when_a_request_is_made_and_not_before(module: str) -> None:
    uses = [one for one in imports_of(tree_of(module)) if is_within(one.target, {"httpx"}) and not one.for_types_only]
    assert not uses or module in LOADS_HTTPX
    assert not any(one.is_at_start for one in uses)


@pytest.mark.parametrize("module", [module for module in MODULES if module not in READS_THE_CLOCK])
def test_nobody_but_the_clock_asks_the_machine_for_the_time(module: str) -> None:
    assert not reads_the_clock(tree_of(module))


@pytest.mark.parametrize("module", [module for module in MODULES if is_within(module, {"omstui.ui", "omstui.core"})])
def test_what_is_true_and_how_it_looks_open_no_files(module: str) -> None:
    assert not opens_files(tree_of(module))


@pytest.mark.parametrize("module", [module for module in MODULES if is_within(module, {"omstui.ui"})])
def test_no_widget_or_toast_takes_a_foreign_string_for_markup(module: str) -> None:
    assert not feeds_markup(tree_of(module))


@pytest.mark.parametrize("module", [module for module in MODULES if not is_within(module, KNOWS_INSIDES)])
def test_the_insides_of_other_libraries_are_used_in_one_place(module: str) -> None:
    """Each of them is looked for before it is used there."""
    assert set(uses_insides(tree_of(module))) <= LOOKS_INTO_ARGPARSE.get(module, set())


@pytest.mark.parametrize("module", [module for module in MODULES if not is_within(module, {"omstui.demo"})])
def test_a_secret_is_unwrapped_where_it_is_needed_and_nowhere_else(module: str) -> None:
    """The demo has made-up ones only."""
    assert len(unwraps_secrets(tree_of(module))) == UNWRAPS_SECRETS.get(module, 0)


def loaded_by(statement: str, *options: str) -> set[str]:
    """Run a statement in a fresh interpreter and return the top-level modules that it loads."""
    return {name.partition(".")[0] for name in modules_loaded_by(statement, *options)}


def modules_loaded_by(statement: str, *options: str) -> set[str]:
    """Run a statement in a fresh interpreter and return all modules that it loads."""
    run = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    command = [sys.executable, *options, "-c", run]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_core_loads_the_standard_library_and_msgspec_alone() -> None:
    names = [name for name in MODULES if is_within(name, {"omstui.core"})]
    assert len(names) > 10
    loaded = loaded_by(f"import {', '.join(names)}")
    # The platform's configuration belongs to the library, with a name that differs from platform to platform.
    foreign = loaded - sys.stdlib_module_names - {name for name in loaded if name.startswith("_sysconfigdata_")}
    assert foreign - {"typing_extensions"} == {"omstui", "msgspec"}  # msgspec loads it, where it is installed


@pytest.mark.parametrize("module", ["omstui", "omstui.cli.main", "omstui.__main__"])
def test_the_command_line_starts_without_anything_slow(module: str) -> None:
    assert not loaded_by(f"import {module}") & set(SLOW)


def test_the_options_of_every_command_are_read_without_anything_slow() -> None:
    """A command imports what it needs when it is run."""
    assert not loaded_by("from omstui.cli.arguments import parser_for; parser_for()") & set(SLOW)


def test_the_files_of_the_other_commands_are_not_imported() -> None:
    imported = modules_loaded_by("from omstui.cli.arguments import parse; parse(['regions', '--json'])")
    files = {name for name in imported if name.startswith("omstui.cli.commands.")}
    assert files == {"omstui.cli.commands.regions", "omstui.cli.commands.screen"}
    assert "omstui.cli.doctor.doctor" not in imported


def test_the_demo_is_made_without_a_screen_a_keyring_or_files() -> None:
    loaded = loaded_by("import omstui.demo.service, omstui.demo.server, omstui.demo.__main__")
    assert not loaded & {"httpx", "textual", "rich", "keyring", "platformdirs", "tomlkit", "filelock"}


def test_the_history_is_prepared_without_sqlite() -> None:
    """It is loaded by the thread that opens the file."""
    assert not loaded_by("import omstui.backend.workspace, omstui.backend.history.writer") & {"sqlite3", "_sqlite3"}


@pytest.mark.parametrize(
    ("importer", "target", "allowed"),
    [
        ("omstui.core.month", "datetime", True),
        ("omstui.core.month", "omstui.core.task", True),
        ("omstui.core.month", "omstui.corelike", False),
        ("omstui.core.month", "omstui", False),
        ("omstui.core.month", "omstui.backend.runtime.clock", False),
        ("omstui.core.month", "msgspec", True),
        ("omstui.core.month", "httpx", False),
        ("omstui.core.month", ".task", False),
        ("omstui.backend.runtime.files", "filelock", True),
        ("omstui.backend.runtime.files", "omstui.core.month", True),
        ("omstui.backend.runtime.files", "omstui.backend.screen_options", True),
        ("omstui.backend.runtime.files", "omstui.cli", False),
        ("omstui.backend.runtime.files", "omstui.ui.drawing.formats", False),
        ("omstui.backend.runtime.files", "omstui.demo.clock", False),
        ("omstui.backend.runtime.files", "textual.app", False),
        ("omstui.backend.runtime.files", "rich.cells", False),
        ("omstui.backend.runtime.files", "httpx", False),
        ("omstui.backend.http.endpoint", "httpx", True),
        ("omstui.demo.service", "httpx", True),
        ("omstui.demo.service", "omstui.backend.runtime.clock", True),
        ("omstui.demo.service", "omstui.ui.drawing.formats", False),
        ("omstui.demo.service", "omstui.cli", False),
        ("omstui.demo.service", "textual.app", False),
        ("omstui.ui.app", "textual.app", True),
        ("omstui.ui.app", "omstui.core.month", True),
        ("omstui.ui.app", "omstui.backend.workspace", True),
        ("omstui.ui.app", "omstui.backend.oms.client", False),
        ("omstui.ui.app", "omstui.backend.runtime.files", False),
        ("omstui.ui.app", "omstui.cli", False),
        ("omstui.ui.app", "omstui.demo.workspace", False),
        ("omstui.ui.app", "socket", False),
        ("omstui.ui.app", "pathlib", False),
        ("omstui.ui.app", "os", False),
        ("omstui.ui.app", "os.path", False),
        ("omstui.ui.terminal.resting_driver", "os", True),
        ("omstui.ui.terminal.resting_driver", "socket", False),
        ("omstui.cli.terminal.opening", "os", True),
        ("omstui.cli.terminal.opening", "omstui.demo.workspace", True),
        ("omstui.cli.main", "omstui.demo.workspace", False),
        ("omstui.cli.commands.login", "omstui.demo.workspace", False),
        ("omstui.cli.commands.login", "httpx", False),
        ("omstui.cli.main", "omstui.ui.app", True),
        ("omstui.cli.main", ".login", False),
    ],
)
def test_the_rules_tell_right_from_wrong(importer: str, target: str, allowed: bool) -> None:
    assert is_allowed(importer, target) is allowed


@pytest.mark.parametrize(
    "code",
    [
        "from omstui.core.task import SyncTask",
        "import omstui.core.task",
        "from omstui.core import task",
        "def f():\n    from omstui.core.task import SyncTask",
        "if TYPE_CHECKING:\n    from omstui.core.task import SyncTask",
    ],
)
def test_a_circle_of_files_is_noticed(code: str) -> None:
    """`core.task` imports `core.text`."""
    circle = circle_in(imports_between_files({**trees(), "omstui.core.text": ast.parse(code)}))
    assert {"omstui.core.text", "omstui.core.task"} <= set(circle)


def test_a_circle_of_folders_is_noticed_where_no_files_make_one() -> None:
    files = {"omstui.a.x": {"omstui.a.b.x"}, "omstui.a.b.y": {"omstui.a.y"}, "omstui.a.b.x": set[str]()}
    assert circle_in(files) == []
    assert set(circle_in(imports_between_folders(files))) == {"omstui.a", "omstui.a.b"}


@pytest.mark.parametrize(
    ("module", "folder"),
    [
        ("omstui", "omstui"),
        ("omstui.__main__", "omstui.__main__"),
        ("omstui.screenshots", "omstui.screenshots"),
        ("omstui.core", "omstui.core"),
        ("omstui.core.task", "omstui.core"),
        ("omstui.cli.commands", "omstui.cli.commands"),
        ("omstui.cli.commands.once", "omstui.cli.commands"),
    ],
)
def test_a_module_lies_in_the_folder_that_holds_its_file(module: str, folder: str) -> None:
    assert folder_of(module) == folder


def test_imports_are_found_wherever_they_stand() -> None:
    found = list(
        imports_of(
            ast.parse(
                "import a, b.c\n"
                "from d import e\n"
                "from omstui.core import month, task\n"
                "from . import f\n"
                "if TYPE_CHECKING:\n    import g\n"
                "class C:\n    import h\n    def m(self):\n        import i\n"
                "try:\n    import j\nexcept ImportError:\n    pass\n"
            )
        )
    )
    assert [one.target for one in found] == [
        "a", "b.c", "d", "omstui.core.month", "omstui.core.task", ".", "g", "h", "i", "j",
    ]  # fmt: skip
    assert [one.target for one in found if one.for_types_only] == ["g"]
    assert [one.target for one in found if not one.is_at_start] == ["g", "i"]


@pytest.mark.parametrize(
    ("code", "is_wrong"),
    [
        ("datetime.now(UTC)", True),
        ("dt.datetime.now()", True),
        ("datetime.utcnow()", True),
        ("date.today()", True),
        ("time.time()", True),
        ("import time", True),
        ("from time import monotonic", True),
        ("def f():\n    import time", True),
        ("self._clock.now()", False),
        ("from datetime import time", False),
    ],
)
def test_a_look_at_the_clock_is_noticed(code: str, is_wrong: bool) -> None:
    assert bool(reads_the_clock(ast.parse(code))) is is_wrong


@pytest.mark.parametrize(
    ("code", "is_wrong"),
    [("open('x')", True), ("os.open('x', 0)", True), ("io.open('x')", True), ("self.line.open('x')", False)],
)
def test_an_opened_file_is_noticed(code: str, is_wrong: bool) -> None:
    assert bool(opens_files(ast.parse(code))) is is_wrong


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("app._driver.write('x')", ["_driver"]),
        ("from textual._compositor import ChopsUpdate", ["textual._compositor"]),
        ("self._workspace.__class__", []),
        ("span._replace(text='')", []),
    ],
)
def test_a_use_of_a_private_name_is_noticed(code: str, found: list[str]) -> None:
    assert uses_insides(ast.parse(code)) == found


@pytest.mark.parametrize(
    ("code", "is_wrong"),
    [
        ("secret.reveal()", True),
        ("print(f'{self._token.reveal()}')", True),
        ("map(Secret.reveal, secrets)", True),
        ("revealed = str(secret)", False),
    ],
)
def test_a_look_at_a_secret_is_noticed(code: str, is_wrong: bool) -> None:
    assert bool(unwraps_secrets(ast.parse(code))) is is_wrong


@pytest.mark.parametrize(
    ("code", "is_wrong"),
    [
        ("Static(text)", True),
        ("Static(f'{text}')", True),
        ("Static('a' + text)", True),
        ("widgets.Label(text, markup=True)", True),
        ("Static(text, markup=False)", False),
        ("Label('plain words')", False),
        ("Static(id='x')", False),
        ("self.notify(text)", True),
        ("self.notify('plain words')", True),
        ("self.app.notify(text, markup=False)", False),
        ("Button(str(x), id='a')", True),
        ("Button(Content(x), id='a')", False),
        ("Button('Add')", False),
        ("OptionList(Option(name))", True),
        ("OptionList(Option(Content(name)))", False),
        ("Text.from_markup(f'at {where}')", True),
        ("Content.from_markup('[b]ours[/]')", True),
        ("table.add_row('ours', name)", True),
        ("table.add_row('ours', Text(name))", False),
        ("table.update_cell(row, column, name)", True),
        ("self.query_one(Static).update(text)", True),
        ("self.query_one(Static).update(Content(text))", False),
        ("self.tooltip = text", True),
        ("self.tooltip = Content(text)", False),
        ("self.tooltip = None", False),
        ("self.border_title = f'{text}'", True),
        ("self.border_subtitle = 'ours'", False),
        ("box.border_subtitle += text", True),
        ("Field(tooltip=text)", True),
        ("class N(Static):\n  def __init__(self, text):\n    super().__init__(text)", True),
        ("class N(Static):\n  def __init__(self, text):\n    super().__init__(text, markup=False)", False),
        (
            "class N(Static):\n  def __init__(self):\n    super().__init__()\n  def f(self, x):\n    self.update(x)",
            True,
        ),
        ("class N(w.Label):\n  def f(self, x):\n    super().__init__(x, markup=False)\n    self.update(x)", False),
        ("class N(Thing):\n  def __init__(self, text):\n    super().__init__(text)", False),
    ],
)
def test_a_string_that_could_be_read_as_markup_is_noticed(code: str, is_wrong: bool) -> None:
    assert bool(feeds_markup(ast.parse(code))) is is_wrong
