"""Checks the user's settings: `config.toml`, `watchlist.toml`, remapped keys, and variables."""

from collections.abc import Callable, Iterator
from pathlib import Path

from omstui.backend.files.config import Config
from omstui.backend.http.environment import (
    IAM_VARIABLE,
    OMS_VARIABLES,
    PROXY_VARIABLES,
    network_variables_error,
    proxy_variable,
    sdk_endpoint_variables,
)
from omstui.backend.runtime.files import FileError
from omstui.backend.secrets.secret import Secret
from omstui.cli.context.context import NO, YES, CliContext
from omstui.core.month import Month
from omstui.core.profile import check_profile_name
from omstui.core.reports.finding import Finding, error, ok, warning
from omstui.core.settings import parse_cycle, parse_interval
from omstui.core.text import tame
from omstui.ui.drawing.colours import THEME_NAMES

_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def look_at_config(context: CliContext) -> tuple[Config | None, list[Finding]]:
    """Return the contents of `config.toml` if it can be read, and the findings about it."""
    path = context.folders.config_file
    try:
        config = context.config_file.load()
    except FileError as failure:
        return None, [error("config.file", sentence, _edit(path)) for sentence in failure.sentences]
    found = [warning("config.file", remark, _edit(path)) for remark in config.remarks]
    if not found:
        words = "is in order" if path.exists() else "is not there: all is as by default"
        found = [ok("config.file", f"{tame(str(path))} {words}")]
    theme = config.settings.theme
    if theme not in THEME_NAMES:
        found.append(error("config.theme", f"there is no theme {tame(theme)}", f"use one of {', '.join(THEME_NAMES)}"))
    if not config.profiles and not config.has_unknown:
        found.append(warning("config.profiles", "there is no profile yet", "omstui login"))
    return config, found


def look_at_watchlist(context: CliContext, config: Config | None) -> Iterator[Finding]:
    """Yield the findings about the watch list."""
    path = context.folders.watchlist_file
    try:
        tasks = context.watchlist.load()
    except FileError as failure:
        yield error("watchlist.file", str(failure), _edit(path))
        return
    count = len(tasks.tasks)
    if not count:
        yield warning("watchlist.file", "no task is watched yet", "omstui discover, or omstui add ID")
        return
    yield ok("watchlist.file", f"{count} task{'' if count == 1 else 's'} in {tame(str(path))}")
    if config is None:
        return
    for name in sorted({task.ref.profile for task in tasks} - set(config.profiles)):
        words = f"tasks are watched by way of {name}, and there is no such profile"
        advice = _edit(context.folders.config_file) if config.has_unknown else f"omstui login {name}"
        yield warning("watchlist.profile", words, advice)


def look_at_keys(config: Config) -> Iterator[Finding]:
    """Yield the findings about remapped keys."""
    if not config.settings.keys:
        yield ok("keys.conflicts", "no key is remapped")
        return
    from omstui.ui.keys.conflicts import key_conflicts  # loads Textual

    conflicts = key_conflicts(config.settings.keys)
    for sentence in conflicts:
        yield warning(
            "keys.conflicts", sentence, "change it in [settings.keys] of config.toml; ids stand in the help (?)"
        )
    if not conflicts:
        yield ok("keys.conflicts", f"{len(config.settings.keys)} remapped, and none is in another's way")


def look_at_variables(context: CliContext) -> Iterator[Finding]:
    """Yield the findings about `OMSTUI_*` variables and those of the network."""
    for name, read in READERS.items():
        text = context.variable(name)
        try:
            if text is not None:
                read(text)
        except ValueError as failure:
            yield error("variables.omstui", f"{name}: {failure}", f"unset {name}")
        else:
            if text is not None:
                yield ok("variables.omstui", f"{name} is set, and goes before config.toml")
    for name in sorted(context.environ):
        if name.startswith("OMSTUI_") and name not in READERS:
            yield warning("variables.omstui", f"{tame(name)} means nothing to this version", f"unset {tame(name)}")
    yield from _network(context)


def _network(context: CliContext) -> Iterator[Finding]:
    names = [name for name in (*PROXY_VARIABLES, "NO_PROXY", "no_proxy", *_CERTIFICATES) if context.variable(name)]
    used = proxy_variable(context.environ)
    idle = [name for name in names if name in PROXY_VARIABLES and name != used]
    sentence = network_variables_error(context.environ)
    if sentence is not None:
        names += sdk_endpoint_variables(context.environ)
        pattern = "proxy|ssl_cert|sdk_iam_|sdk_region_"
        yield error("variables.network", sentence, f"env | grep -iE '{pattern}'   shows what is set ({_these(names)})")
    elif names:
        in_use = _these([name for name in names if name not in idle])
        yield ok("variables.network", f"in use: {in_use or 'none'}{f'; not used: {_these(idle)}' if idle else ''}")
    else:
        yield ok("variables.network", "no proxy and no certificates of its own are set")
    if sentence is not None:
        return
    for name in sdk_endpoint_variables(context.environ):
        region = name.removeprefix(OMS_VARIABLES).replace("_", "-").lower()
        what, own = ("IAM", "iam_endpoint") if name == IAM_VARIABLE else (f"OMS in {tame(region)}", "endpoint")
        words = f"{name} is in force: {what} is asked at {tame(context.environ[name])}, unless a profile names {own}"
        yield ok("variables.sdk", words)


def _these(names: list[str]) -> str:
    return ", ".join(names)


def _edit(path: Path) -> str:
    return f"correct {tame(str(path))} with an editor"


def _flag(text: str) -> None:
    if text.strip().lower() not in YES | NO:
        raise ValueError("it is neither yes nor no: set it to 1 or 0")


def _theme(text: str) -> None:
    if text not in THEME_NAMES:
        raise ValueError(f"there is no such theme; there are {', '.join(THEME_NAMES)}")


READERS: dict[str, Callable[[str], object]] = {
    "OMSTUI_PROFILE": check_profile_name,
    "OMSTUI_MONTH": Month.parse,
    "OMSTUI_INTERVAL": parse_interval,
    "OMSTUI_THEME": _theme,
    "OMSTUI_ASCII": _flag,
    "OMSTUI_NO_MOUSE": _flag,
    "OMSTUI_QUIET": _flag,
    "OMSTUI_THIN": _flag,
    "OMSTUI_KIOSK": _flag,
    "OMSTUI_CYCLE": parse_cycle,
    "OMSTUI_LOG_FILE": Path,
    "OMSTUI_TOKEN": Secret.token,
}
"""The known variables, each with the function that reads its value."""
