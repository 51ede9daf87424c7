"""Keeps what is imported late as it was at the start, for a program whose files are replaced while it runs."""

import logging
import marshal
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from types import CodeType, ModuleType
from typing import BinaryIO, NamedTuple

PACKAGES = (
    "omstui", "textual", "rich", "httpx", "httpcore", "h11", "anyio", "sniffio", "idna", "platformdirs", "tomlkit",
    "filelock", "keyring", "jaraco", "backports", "more_itertools", "importlib_metadata", "zipp", "lazy_importer",
    "secretstorage", "jeepney",
)  # fmt: skip
"""Whose modules are kept: the program's own, and those of libraries that it loads in part or late.

Extension modules cannot be kept, nor can what reads a file of its own, as certifi does.
"""

_FIRST_ANSWER = ("httpx", "msgspec.json")
"""What is loaded with the first answer, which may be long in coming, and holds an extension module."""

_HEADER = 16
"""Bytes before the code in a file of bytecode (PEP 552)."""


_log = logging.getLogger(__name__)


class _Place(NamedTuple):
    """Where a module's code is in the file that keeps it."""

    start: int
    size: int
    is_source: bool
    is_package: bool
    folder: str
    """Of the package that begins the module's name; one text for all its modules."""

    def path_of(self, name: str) -> str:
        """Return the file that the module of this name was copied from."""
        inner = [*name.split(".")[1:], *(["__init__"] if self.is_package else [])]
        return f"{os.path.join(self.folder, *inner)}.py"  # noqa: PTH118 - a path of pathlib says no more


class KeptModules:
    """Imports modules from a copy in a nameless temporary file, which takes memory only where `/tmp` is kept there.

    A module that comes from newer files would not fit those that are loaded already, and none comes from removed ones.
    Python's own base classes for this, which nothing asks for, would take as much memory as the index of all modules.
    """

    def __init__(self, copy: BinaryIO) -> None:
        self._copy = copy
        self._places: dict[str, _Place] = {}

    def keep(self, package: str) -> None:
        """Copy the modules of a package that are not loaded yet; one that is not installed has none."""
        for folder in _folders(package):
            for name, path, is_package in _modules(package, Path(folder)):
                if name not in sys.modules:
                    code, is_source = _stored(path)
                    start = self._copy.seek(0, os.SEEK_END)
                    self._places[name] = _Place(start, self._copy.write(code), is_source, is_package, folder)
                    self._keep_namespaces(name, folder)
        self._copy.flush()

    def _keep_namespaces(self, name: str, folder: str) -> None:
        """Keep the packages above a module that have no file of their own; one that has takes its place."""
        while name := name.rpartition(".")[0]:
            if name not in sys.modules:
                self._places.setdefault(name, _Place(0, 0, is_source=True, is_package=True, folder=folder))

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return what makes the module, when it is kept."""
        place = self._places.get(fullname)
        if place is None:
            return None
        origin = place.path_of(fullname)
        spec = ModuleSpec(fullname, self, origin=origin, is_package=place.is_package)  # type: ignore[arg-type]  # a loader by what it does
        spec.has_location = True
        if place.is_package:
            spec.submodule_search_locations = [str(Path(origin).parent)]
        return spec

    def create_module(self, spec: ModuleSpec) -> None:
        """Have an ordinary module made."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code."""
        place = self._places[module.__name__]
        data = os.pread(self._copy.fileno(), place.size, place.start)
        path = place.path_of(module.__name__)
        code: CodeType = compile(data, path, "exec") if place.is_source else marshal.loads(data)  # noqa: S302 - our own
        exec(code, module.__dict__)  # noqa: S102 - as every import does


def keep_late_modules() -> None:
    """Keep all that may be imported later; where there is no room for a copy, it comes from the files as before."""
    if not hasattr(os, "pread"):
        return  # Windows, where files of a running program are not replaced
    try:
        kept = KeptModules(tempfile.TemporaryFile())  # noqa: SIM115 - open for as long as the program runs
        for package in PACKAGES:
            kept.keep(package)
        sys.meta_path.insert(0, kept)
        for name in _FIRST_ANSWER:
            import_module(name)
    except Exception:  # noqa: BLE001 - a thread's own last words would stand in the picture
        _log.warning("modules that come late are read from the files", exc_info=True)


def _folders(package: str) -> list[str]:
    """Return where a package is; nowhere when it is not installed."""
    loaded = sys.modules.get(package)
    spec = loaded.__spec__ if loaded is not None else PathFinder.find_spec(package)
    return list(spec.submodule_search_locations or ()) if spec is not None else []


def _modules(package: str, folder: Path) -> Iterator[tuple[str, Path, bool]]:
    """Yield the modules in a package's folder: names, files, and whether each is a package itself."""
    for path in folder.rglob("*.py"):
        *parents, last = path.relative_to(folder).with_suffix("").parts
        is_package = last == "__init__"
        if all(part.isidentifier() for part in (*parents, last)):
            yield ".".join([package, *parents, *([] if is_package else [last])]), path, is_package


def _stored(path: Path) -> tuple[bytes, bool]:
    """Return a module's bytecode as Python has cached it, else its source; and whether it is source."""
    source = path.stat()
    try:
        cached = Path(cache_from_source(path)).read_bytes()
    except (OSError, NotImplementedError):
        return path.read_bytes(), True
    stamp = (int(source.st_mtime) & 0xFFFFFFFF).to_bytes(4, "little") + (source.st_size & 0xFFFFFFFF).to_bytes(
        4, "little"
    )
    is_fresh = cached[:_HEADER] == MAGIC_NUMBER + bytes(4) + stamp
    return (cached[_HEADER:], False) if is_fresh else (path.read_bytes(), True)
