"""Keeps a copy of modules that are imported late, since an upgrade may replace their files while omstui runs."""

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
"""Packages whose modules are kept: omstui, and libraries that it loads in part or late.

Extension modules cannot be kept, nor can modules that read files of their own, such as certifi.
"""

_FIRST_ANSWER = ("httpx", "msgspec.json")
"""Modules that the first answer loads, which may come late; they need an extension module."""

_HEADER = 16
"""Bytes before the code in a bytecode file (PEP 552)."""


_log = logging.getLogger(__name__)


class _Place(NamedTuple):
    """Where a module's code is in the copy."""

    start: int
    size: int
    is_source: bool
    is_package: bool
    folder: str
    """The folder of the top-level package; all its modules share one string."""

    def path_of(self, name: str) -> str:
        """Return the path of the file from which this module was copied."""
        inner = [*name.split(".")[1:], *(["__init__"] if self.is_package else [])]
        return f"{os.path.join(self.folder, *inner)}.py"  # noqa: PTH118 - pathlib adds nothing here


class KeptModules:
    """Imports modules from a copy in a nameless temporary file, which takes memory only if `/tmp` is in memory.

    A module from newer files would not fit those that are already loaded, and removed files cannot be imported at all.
    It does without Python's base classes for importers, which would take as much memory as the index of all modules.
    """

    def __init__(self, copy: BinaryIO) -> None:
        self._copy = copy
        self._places: dict[str, _Place] = {}

    def keep(self, package: str) -> None:
        """Copy the modules of a package that are not loaded yet; do nothing if it is not installed."""
        for folder in _folders(package):
            for name, path, is_package in _modules(package, Path(folder)):
                if name not in sys.modules:
                    code, is_source = _stored(path)
                    start = self._copy.seek(0, os.SEEK_END)
                    self._places[name] = _Place(start, self._copy.write(code), is_source, is_package, folder)
                    self._keep_namespaces(name, folder)
        self._copy.flush()

    def _keep_namespaces(self, name: str, folder: str) -> None:
        """Add the packages above a module as namespace packages; a package with a file replaces its entry."""
        while name := name.rpartition(".")[0]:
            if name not in sys.modules:
                self._places.setdefault(name, _Place(0, 0, is_source=True, is_package=True, folder=folder))

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a kept module; ``None`` for other modules."""
        place = self._places.get(fullname)
        if place is None:
            return None
        origin = place.path_of(fullname)
        spec = ModuleSpec(fullname, self, origin=origin, is_package=place.is_package)  # type: ignore[arg-type]  # it has the methods of a loader
        spec.has_location = True
        if place.is_package:
            spec.submodule_search_locations = [str(Path(origin).parent)]
        return spec

    def create_module(self, spec: ModuleSpec) -> None:
        """Return ``None``, so that Python creates an ordinary module."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code."""
        place = self._places[module.__name__]
        data = os.pread(self._copy.fileno(), place.size, place.start)
        path = place.path_of(module.__name__)
        code: CodeType = compile(data, path, "exec") if place.is_source else marshal.loads(data)  # noqa: S302 - omstui wrote it
        exec(code, module.__dict__)  # noqa: S102 - every import does this


def keep_late_modules() -> None:
    """Copy all modules that may be imported later; if that fails, they are imported from their files."""
    if not hasattr(os, "pread"):
        return  # Windows does not replace files of a running program
    try:
        kept = KeptModules(tempfile.TemporaryFile())  # noqa: SIM115 - open until the program ends
        for package in PACKAGES:
            kept.keep(package)
        sys.meta_path.insert(0, kept)
        for name in _FIRST_ANSWER:
            import_module(name)
    except Exception:  # noqa: BLE001 - the thread would print its traceback over the screen
        _log.warning("modules that come late are read from the files", exc_info=True)


def _folders(package: str) -> list[str]:
    """Return the folders of a package; none when it is not installed."""
    loaded = sys.modules.get(package)
    spec = loaded.__spec__ if loaded is not None else PathFinder.find_spec(package)
    return list(spec.submodule_search_locations or ()) if spec is not None else []


def _modules(package: str, folder: Path) -> Iterator[tuple[str, Path, bool]]:
    """Yield the modules in a package's folder: name, file, and whether it is a package."""
    for path in folder.rglob("*.py"):
        *parents, last = path.relative_to(folder).with_suffix("").parts
        is_package = last == "__init__"
        if all(part.isidentifier() for part in (*parents, last)):
            yield ".".join([package, *parents, *([] if is_package else [last])]), path, is_package


def _stored(path: Path) -> tuple[bytes, bool]:
    """Return a module's cached bytecode, else its source, and whether it is source."""
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
