"""A machine on which omstui is run, with a home, a keyring and a network of its own."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import httpx
from msgspec.structs import replace

from omstui.backend.files.config import ConfigFile
from omstui.backend.files.watchlist import WatchListFile
from omstui.backend.runtime.files import Folders
from omstui.backend.screen_options import ScreenOptions
from omstui.backend.secrets.calls import StoreError, StoreErrorKind
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import MemoryStore, SecretStore
from omstui.cli.context.context import user_context
from omstui.cli.main import run
from omstui.core.profile import Profile
from omstui.core.task import TaskRef, WatchedTask, WatchList
from omstui.demo.clock import SteppedClock

ID = "0d146099-8cf4-437d-b6ef-88e04377{:04}"
NORTH = "https://oms.cn-north-4.myhuaweicloud.com"
NO_TASK = "00000000-0000-0000-0000-000000000000"
TOKEN = "MIIabcdefghijklmnop" * 20
PASSWORD = "marked-Pass word!7"
ACCESS_KEY, SECRET_KEY = "MARKEDACCESSKEY00001", "markedSecretKey0123456789abcdefghijklmnop"
SECURITY_TOKEN = "markedSecurityToken" * 10
SECRETS = (TOKEN, PASSWORD, ACCESS_KEY, SECRET_KEY, SECURITY_TOKEN)
HOSTILE = "a\x1b]52;c;x\x07\u202eb"


class Terminal(io.StringIO):
    """A stdin that is one."""

    def isatty(self) -> bool:
        return True


@dataclass
class Machine:
    """A machine on which omstui is run: files, a keyring, a network, and what was said and asked."""

    home: Path
    clock: SteppedClock
    environ: dict[str, str] = field(default_factory=dict)
    store: SecretStore = field(default_factory=MemoryStore)
    answer: Callable[[httpx.Request], httpx.Response] = lambda request: httpx.Response(200, json={"status": "STOPPED"})
    iam_answer: Callable[[httpx.Request], httpx.Response] = lambda request: httpx.Response(404)
    is_online: bool = False
    """Whether requests go out on the network; else `answer` and `iam_answer` stand in for it."""

    secret: str = TOKEN
    """What the person types when asked for one."""

    typed: list[str] = field(default_factory=list)
    """What the person types when asked for several, before `secret`."""

    requests: list[httpx.Request] = field(default_factory=list)
    iam_requests: list[httpx.Request] = field(default_factory=list)
    opened: list[ScreenOptions] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    out: str = ""
    err: str = ""

    def __post_init__(self) -> None:
        self.environ.setdefault("HOME", str(self.home))

    @property
    def folders(self) -> Folders:
        return Folders(self.home / "config", self.home / "state")

    @property
    def config(self) -> ConfigFile:
        return ConfigFile(self.folders.config_file)

    @property
    def watchlist(self) -> WatchList:
        return WatchListFile(self.folders.watchlist_file).load()

    def omstui(self, *argv: str, stdin: TextIO | str = "") -> int:
        stdout, stderr = io.StringIO(), io.StringIO()

        def serve(request: httpx.Request) -> httpx.Response:
            is_iam = request.url.path.startswith("/v3/")
            (self.iam_requests if is_iam else self.requests).append(request)
            return (self.iam_answer if is_iam else self.answer)(request)

        def ask_secret(words: str) -> str:
            self.prompts.append(words)
            return self.typed.pop(0) if self.typed else self.secret

        def open_screen(options: ScreenOptions) -> int:
            self.opened.append(options)
            return 0

        code = run(
            argv,
            user_context(
                environ=self.environ,
                stdin=io.StringIO(stdin) if isinstance(stdin, str) else stdin,
                stdout=stdout,
                stderr=stderr,
                folders=self.folders,
                keyring=self.store,
                clock=self.clock,
                transport=None if self.is_online else httpx.MockTransport(serve),
                open_screen=open_screen,
                ask_secret=ask_secret,
            ),
        )
        self.out, self.err = stdout.getvalue(), stderr.getvalue()
        assert "\x1b" not in self.out + self.err
        config_file = self.folders.config_file
        written = config_file.read_text(errors="replace") if config_file.exists() else ""
        assert [secret for secret in SECRETS if secret in self.out + self.err + written] == []
        return code

    def has_profiles(self, *names: str, **facts: Any) -> None:
        for name in names:
            self.config.put_profile(replace(Profile(name, NORTH, "p1", region="cn-north-4"), **facts))

    def stored(self, account: str = "lab") -> str | None:
        """What the keyring holds for a profile."""
        secret = self.store.get(account)
        return secret.reveal() if secret is not None else None

    def watches(self, *tasks: WatchedTask) -> None:
        WatchListFile(self.folders.watchlist_file).edit(lambda watchlist: watchlist.added(tasks))


def task(number: int, profile: str = "lab", label: str = "") -> WatchedTask:
    return WatchedTask(TaskRef(profile, ID.format(number)), label)


class BrokenStore(MemoryStore):
    """A machine without a keyring, or with one that has another fault."""

    place = "OS keyring"

    def __init__(
        self,
        fault: StoreErrorKind = StoreErrorKind.NONE,
        sentence: str = "This machine has no keyring: set OMSTUI_TOKEN",
    ) -> None:
        super().__init__()
        self._error = (fault, sentence)

    def get(self, account: str) -> Secret | None:
        raise StoreError(*self._error)

    def set(self, account: str, secret: Secret) -> None:
        self.get(account)

    def delete(self, account: str) -> None:
        self.get(account)


def error(
    status: int, code: str, text: str = "no", request_id: str = "abc"
) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(
        status, json={"error_code": code, "error_msg": text}, headers={"X-Request-Id": request_id}
    )


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("[Errno 111] Connection refused")
