"""Runs a program over a Textual that has other private names, as another version may have.

``python -m tests.renamed NAME,NAME MODULE [ARGUMENT …]`` renames these words in Textual's source, modules of that name
too, and then runs the module as ``python -m`` does.
"""

import re
import runpy
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from omstui.backend.runtime import kept_modules

_MARK = "_by_another_name"

PAINTER = ("_display", "_batch_count", "ChopsUpdate", "LayoutUpdate", "_sync_available")
MODULES = ("_compositor", "_styles_cache")
DRIVER = ("_app", "_get_terminal_size", "_enable_mouse_support", "_sigtstp_application", "exit_event", "_writer_thread")
SCREENS = ("_compositor_refresh", "_dirty_regions", "_set_dirty", "_check_resize", "_resize_event")
TERMINAL = ("_driver", "_clipboard", "_closed")
CRASH = ("_fatal_error",)
CRASH_AND_MORE = (*CRASH, "_exit_renderables", "_print_error_renderables", "_close_messages_no_wait", "_exception")
EVERYTHING = (*PAINTER, *MODULES, *DRIVER, *SCREENS, *TERMINAL, *CRASH_AND_MORE)


class _Loader(SourceFileLoader):
    """Loads a module with the words renamed; one that has none of them as ever."""

    words: re.Pattern[str]

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        source = Path(path).read_text(encoding="utf-8")
        renamed = self.words.sub(rf"\g<0>{_MARK}", source)
        if renamed == source:
            return super().get_code(fullname)
        code: CodeType = compile(renamed, path, "exec", dont_inherit=True)
        return code


class Renaming:
    """Finds Textual's modules before anything else does."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = frozenset(names)
        self._words = re.compile(rf"\b({'|'.join(names)})\b")

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not f"{fullname}.".startswith("textual."):
            return None
        package, _, last = fullname.rpartition(".")
        if last in self._names:
            raise ModuleNotFoundError(f"{fullname} has another name", name=fullname)
        original = PathFinder.find_spec(f"{package}.{last.removesuffix(_MARK)}".lstrip("."), path)
        if original is None or original.origin is None or not isinstance(original.loader, SourceFileLoader):
            return original
        loader = _Loader(fullname, original.origin)
        loader.words = self._words
        spec = ModuleSpec(
            fullname, loader, origin=original.origin, is_package=original.submodule_search_locations is not None
        )
        spec.has_location = True
        spec.submodule_search_locations = original.submodule_search_locations
        return spec


if __name__ == "__main__":
    sys.meta_path.insert(0, Renaming(sys.argv[1].split(",")))
    # The program keeps copies of what comes late, and those would have the names of before.
    vars(kept_modules)["PACKAGES"] = tuple(name for name in kept_modules.PACKAGES if name != "textual")
    del sys.argv[:2]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
