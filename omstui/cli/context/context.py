"""All outside objects of the command line, as arguments."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO, TypeVar

from msgspec import Struct

from omstui.backend.files.config import Config, ConfigFile
from omstui.backend.files.watchlist import WatchListFile, WatchListStore
from omstui.backend.runtime.clock import Clock
from omstui.backend.runtime.files import Folders
from omstui.backend.screen_options import ScreenOptions
from omstui.backend.secrets.places import SecretStores
from omstui.backend.secrets.redact import mask_own
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import SecretStore
from omstui.core.profile import check_profile_name
from omstui.core.text import tame

if TYPE_CHECKING:
    import httpx


FAILED, USAGE, RETRY, CRASHED, INTERRUPTED = 1, 2, 3, 70, 130
"""Exit codes.

- FAILED: a condition of `--fail-on` holds.
- USAGE: usage or configuration.
- RETRY: network or credential; it may work later.
- CRASHED: an internal error, with the number from sysexits.h.
- INTERRUPTED: ctrl+c.
"""

DEFAULT_PROFILE = "default"
"""The profile's name when the user gives none."""

FIRST_PROFILE = "omstui login, then omstui add ID, or omstui discover --add; omstui --demo needs no account"
FIRST_TASK = "omstui discover --add, or omstui add ID"
"""The next step when there is no profile, or no watched task."""

_MIB = 1024 * 1024
_T = TypeVar("_T")


def _decoded(data: bytes) -> str:
    """Decode UTF-8, or UTF-16 with a byte order mark, which PowerShell writes into files.

    An invalid byte becomes a lone surrogate, so that it cannot be taken for another character.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8", "surrogateescape")


YES, NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})
"""The values of a yes-or-no variable."""


class UsageError(Exception):
    """Ends a command; the sentence says what is wrong, with which thing, and what to run next."""

    def __init__(self, code: int, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


class CliContext(Struct, frozen=True, kw_only=True):
    """The streams, files, stores and clock of one run; data goes to stdout, messages go to stderr."""

    environ: Mapping[str, str]
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    folders: Folders
    read_config: Callable[[], Config]
    """Returns profiles and settings."""

    watchlist: WatchListStore
    stores: SecretStores
    """The secret stores of profiles; one object for the whole run, so that a stuck store is not asked again."""

    clock: Clock
    transport: "httpx.AsyncBaseTransport | None"
    """Replaces the network."""

    open_screen: Callable[[ScreenOptions], int]
    ask_secret: Callable[[str], str]
    """Asks for a secret on the terminal, after the given words, without showing it."""

    def print(self, line: str) -> None:
        """Print a line of data.

        Raises:
            UsageError: it cannot be written.
            BrokenPipeError: the reader has ended.
        """
        try:
            self.stdout.write(f"{line}\n")
        except BrokenPipeError:
            raise
        except OSError as error:
            raise UsageError(USAGE, f"the output cannot be written: {error.strerror}") from error

    def read(self, most: int) -> str:
        """Return all text of stdin.

        Raises:
            UsageError: it cannot be read, or is longer than `most` bytes.
        """
        stream: TextIO | BinaryIO = getattr(self.stdin, "buffer", self.stdin)
        try:
            data = stream.read(most + 1)
        except OSError as error:
            raise UsageError(USAGE, f"stdin cannot be read: {error.strerror}") from error
        if len(data) > most:
            size = f"{most // _MIB} MiB" if most >= _MIB else f"{most // 1024} KiB"
            raise UsageError(USAGE, f"stdin holds more than {size}, and nothing is changed: give less at a time")
        return data if isinstance(data, str) else _decoded(data)

    def say(self, sentence: str) -> None:
        """Print a message without secrets; if stderr cannot be written, the command goes on."""
        with suppress(OSError):
            self.stderr.write(f"{tame(mask_own(sentence))}\n")

    def ask(self, words: str) -> str:
        """Ask for a line.

        Raises:
            UsageError: there is none.
        """
        with suppress(OSError):
            self.stderr.write(words)
            self.stderr.flush()
        try:
            line = self.stdin.readline()
        except OSError:  # the terminal has closed meanwhile
            line = ""
        if not line:
            self.say("")
            raise UsageError(USAGE, "nothing was entered, and nothing is changed")
        return line.strip()

    @property
    def width(self) -> int | None:
        """Return the width in cells of stdout's terminal; ``None`` for other outputs."""
        try:
            return os.get_terminal_size(self.stdout.fileno()).columns or None
        except (OSError, ValueError):  # no terminal, or not a file
            return None

    @property
    def config_file(self) -> ConfigFile:
        """The file with the user's profiles and settings, to be changed."""
        return ConfigFile(self.folders.config_file, self.environ)

    @property
    def home(self) -> Path:
        """The user's home folder."""
        home = self.variable("HOME") or self.variable("USERPROFILE")
        return Path(home) if home is not None else Path.home()

    def load_config(self) -> Config:
        """Read profiles and settings, and print the remarks of the file's reader.

        Raises:
            FileError: the file cannot be read or understood.
        """
        config = self.read_config()
        for remark in config.remarks:
            self.say(remark)
        return config

    def variable(self, name: str) -> str | None:
        """Return an environment variable; an empty one counts as unset."""
        return self.environ.get(name) or None

    def chosen(self, option: _T | None, variable: str, read: Callable[[str], _T]) -> _T | None:
        """Return the option, else the variable's value, else ``None``.

        Raises:
            UsageError: `read` rejects the variable's value.
        """
        text = self.variable(variable)
        if option is not None or text is None:
            return option
        try:
            return read(text)
        except ValueError as error:
            raise UsageError(USAGE, f"{variable}: {error}") from None

    def token(self) -> Secret | None:
        """Return the token of the environment.

        Raises:
            UsageError: it cannot be a token.
        """
        text = self.variable("OMSTUI_TOKEN")
        if text is None:
            return None
        try:
            return Secret.token(text)
        except ValueError as error:
            raise UsageError(USAGE, f"OMSTUI_TOKEN: {error}") from None


def user_context(
    *,
    environ: Mapping[str, str],
    stdin: TextIO,
    stdout: TextIO,
    stderr: TextIO,
    folders: Folders,
    keyring: SecretStore,
    clock: Clock,
    transport: "httpx.AsyncBaseTransport | None",
    open_screen: Callable[[ScreenOptions], int],
    ask_secret: Callable[[str], str],
) -> CliContext:
    """Return the context over the user's own files, in these folders, and the keyring of the operating system."""
    return CliContext(
        environ=environ,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        folders=folders,
        read_config=ConfigFile(folders.config_file, environ).load,
        watchlist=WatchListFile(folders.watchlist_file),
        stores=SecretStores(keyring, folders),
        clock=clock,
        transport=transport,
        open_screen=open_screen,
        ask_secret=ask_secret,
    )


def need_profile(name: str, config: Config) -> None:
    """Check that there is a profile with this name.

    Raises:
        UsageError: there is none.
    """
    if name not in config.profiles:
        raise no_such_profile(name)


def no_such_profile(name: str) -> UsageError:
    """Return the error for a name that no profile has."""
    return UsageError(USAGE, f"there is no profile {name}: omstui profiles lists them, omstui login {name} makes it")


def profile_name(option: str | None, context: CliContext, config: Config) -> str:
    """Return the name of the meant profile, which need not exist if it is named.

    Raises:
        UsageError: none is named, and it is not clear which is meant.
    """
    name = context.chosen(option, "OMSTUI_PROFILE", check_profile_name)
    if name is not None:
        return name
    if not config.profiles:
        raise UsageError(USAGE, "there is no profile yet: run omstui login")
    if len(config.profiles) == 1:
        return next(iter(config.profiles))
    if DEFAULT_PROFILE in config.profiles:
        return DEFAULT_PROFILE
    raise UsageError(USAGE, f"which profile is meant? Name one with --profile: {', '.join(config.profiles)}")
