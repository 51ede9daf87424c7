"""Late imports of a program whose files are replaced while it runs."""

import ast
import compileall
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from omstui.backend.runtime.kept_modules import PACKAGES

ROOT = Path(__file__).parents[3] / "omstui"
EXTENSIONS = {"msgspec"}
"""What is loaded with the first answer, since it cannot be kept."""

SCRIPT = """
import sys, tempfile
sys.path.insert(0, sys.argv[1])
import grown
from omstui.backend.runtime.kept_modules import KeptModules
kept = KeptModules(tempfile.TemporaryFile())
kept.keep("grown")
kept.keep("not_installed")
sys.meta_path.insert(0, kept)
print("kept", flush=True)
input()
from grown import late
from grown.inner import deep
import grown.new
print(late.WHAT, late.__file__ == sys.argv[1] + "/grown/late.py", deep.WHAT, deep.__package__)
"""


@pytest.mark.parametrize("is_compiled", [True, False])
def test_late_modules_are_those_of_the_start(tmp_path: Path, *, is_compiled: bool) -> None:
    """From bytecode or source, in packages within the package too; what is new since then is found as ever."""
    package = tmp_path / "grown"
    (package / "inner").mkdir(parents=True)
    for name in ("__init__", "late", "inner/__init__", "inner/deep"):
        (package / f"{name}.py").write_text("WHAT = 'old'\n")
    if is_compiled:
        compileall.compile_dir(package, quiet=2)
    argv = [sys.executable, "-B", "-c", SCRIPT, str(tmp_path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "kept\n"
        shutil.rmtree(package)
        (package / "inner").mkdir(parents=True)
        for name in ("__init__", "late", "new", "inner/__init__", "inner/deep"):
            (package / f"{name}.py").write_text("WHAT = 'another version'\n")
        said, _ = run.communicate("go on\n", timeout=60)
    assert said == "old True old grown.inner\n"


def test_every_late_import_is_of_what_is_kept_or_of_the_standard_library() -> None:
    """An import within a function of the running screen comes weeks later, perhaps from other files."""
    late = {name: path for path in _running_sources() for name in _late_imports(path)}
    assert {"omstui", "tomlkit", "filelock", "keyring"} <= late.keys()
    assert {name: path for name, path in late.items() if name not in {*PACKAGES, *EXTENSIONS}} == {}


def _running_sources() -> Iterator[Path]:
    for folder in ("backend", "core", "demo", "ui"):
        yield from (ROOT / folder).rglob("*.py")


def _late_imports(path: Path) -> Iterator[str]:
    for function in ast.walk(ast.parse(path.read_text())):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            yield from {name.partition(".")[0] for name in names} - sys.stdlib_module_names
