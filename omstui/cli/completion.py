"""Completes command lines for a shell: options, commands, and the user's own words."""

import argparse
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from omstui.backend.files.config import ConfigFile
from omstui.backend.files.watchlist import WatchListFile
from omstui.backend.runtime.files import FileError, Folders
from omstui.cli.context.context import CliContext
from omstui.cli.context.options import MakeParser
from omstui.core.month import Month
from omstui.core.reports.fail_on import EXAMPLES
from omstui.core.text import tame
from omstui.core.zone import REGIONS
from omstui.ui.drawing.colours import THEME_NAMES

SHELLS = ("bash", "zsh", "fish")


def completion_options(make: MakeParser) -> None:
    """Define the options of `omstui completion`."""
    parser = make(
        description="Print a script that makes the tab key complete commands, options, and the ids, labels, profiles, "
        "regions, themes and months that fit.",
        epilog="""\
examples:
  eval "$(omstui completion bash)"          in ~/.bashrc
  eval "$(omstui completion zsh)"           in ~/.zshrc, after compinit
  omstui completion fish > ~/.config/fish/completions/omstui.fish""",
    )
    parser.set_defaults(run=_completion)
    parser.add_argument("shell", choices=SHELLS, help="the shell that is to complete")


def _completion(args: argparse.Namespace, context: CliContext) -> int:
    from argcomplete.shell_integration import shellcode  # slow to import

    context.print(shellcode(["omstui"], use_defaults=False, shell=args.shell).strip())
    return 0


_MONTHS = 12


def complete(parser: argparse.ArgumentParser, folders: Folders, now: datetime) -> None:
    """Write the matching words to where the shell reads them, and end the process; nothing is asked or changed."""
    import argcomplete  # needed here only
    from argcomplete.completers import FilesCompleter, SuppressCompleter

    words = words_by_metavar(folders, now)
    for action in _actions(parser):
        if action.type is Path:
            completer: Callable[..., Iterable[str]] = FilesCompleter()
        elif action.dest == "fail_on":
            completer = conditions
        elif isinstance(action.metavar, str) and action.metavar in words:
            completer = _offering(words[action.metavar])
        else:
            continue
        action.completer = completer  # type: ignore[attr-defined] # argcomplete reads this attribute
    argcomplete.autocomplete(
        parser, always_complete_options=False, exit_method=os._exit, default_completer=SuppressCompleter()
    )


def words_typed(environ: Mapping[str, str]) -> list[str]:
    """Return the words of the command line to complete, without quotes."""
    return re.sub(r"[\"'\\]", "", environ.get("COMP_LINE", "")).split()


def words_by_metavar(folders: Folders, now: datetime) -> dict[str, Callable[[], Iterable[str]]]:
    """Return the possible values for each metavar of the help, as functions: only one of them is called.

    For a mapping, some shells show its values beside the words.
    """
    return {
        "P": lambda: _profiles(folders),
        "PROFILE": lambda: _profiles(folders),
        "ID|LABEL": lambda: (*_labels(folders), *_ids(folders)),
        "WATCHED": lambda: (*_labels(folders), *_ids(folders)),
        "R": lambda: {name: region.place for name, region in REGIONS.items()},
        "T": lambda: THEME_NAMES,
        "YYYY-MM": lambda: _months(now),
    }


def conditions(prefix: str, **_: object) -> tuple[str, ...]:
    """Return the lists that the last word of `--fail-on` can become, without words that it has already."""
    before, comma, _last = prefix.rpartition(",")
    given = before.split(",")
    return tuple(f"{before}{comma}{word}" for word in EXAMPLES if word not in given)


def _offering(words: Callable[[], Iterable[str]]) -> Callable[..., Iterable[str]]:
    return lambda **_: words()


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:  # noqa: SLF001 - as argcomplete does: argparse offers no public way
        yield action
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - the same
            for inner in action.choices.values():
                yield from _actions(inner)


def _profiles(folders: Folders) -> tuple[str, ...]:
    try:
        return tuple(ConfigFile(folders.config_file).load().profiles)
    except FileError:  # the command itself reports it
        return ()


def _ids(folders: Folders) -> tuple[str, ...]:
    try:
        return tuple(task.ref.sync_task_id for task in WatchListFile(folders.watchlist_file).load())
    except FileError:
        return ()


def _labels(folders: Folders) -> tuple[str, ...]:
    """Return the labels that can be displayed unchanged."""
    try:
        labels = [task.label for task in WatchListFile(folders.watchlist_file).load()]
    except FileError:
        return ()
    return tuple(label for label in labels if label and tame(label) == label)


def _months(now: datetime) -> tuple[str, ...]:
    """Return the current month and the 12 before it."""
    month = Month.containing(now, UTC)
    return tuple(str(month.plus(-back)) for back in range(_MONTHS + 1))
