"""Runs the app over the demo with a marked token, and lets something fail that nobody expects.

``python -m tests.crashing WHERE FOLDER``, where WHERE is transport, widget, timer, worker or handler.
"""

import asyncio
import logging
import sys
from pathlib import Path
from typing import NoReturn

import httpx

from omstui import ui
from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import TokenAuth, open_authenticator
from omstui.backend.files.logs import logging_to
from omstui.backend.files.watchlist import MemoryWatchList
from omstui.backend.http.credential import TOKEN_HEADER, Credential
from omstui.backend.oms.client import OmsClient
from omstui.backend.profiles import Profiles
from omstui.backend.runtime.clock import SystemClock
from omstui.backend.runtime.files import Folders
from omstui.backend.secrets.places import SecretStores
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import MemoryStore
from omstui.backend.workspace import Workspace
from omstui.cli.terminal.guard import guarded
from omstui.core.profile import Profile
from omstui.core.settings import Settings
from omstui.demo.scenario import demo_profiles, demo_watchlist
from omstui.ui.app import OmstuiApp

TOKEN = "MIICrashFakeToken" + "kW3z" * 40
LOCAL = "a zebra among the local variables"
"""No secret, and so nothing that is masked: where it is found, local variables have been written down."""


class HostileTransport(httpx.AsyncBaseTransport):
    """Stands in for the network, under the client that users have; never answers, or fails as nobody expects.

    Its mistake holds the token in its text, in local variables, and in the request that it carries.
    """

    def __init__(self, where: str) -> None:
        self._where = where

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        token, local = request.headers[TOKEN_HEADER], LOCAL
        assert token == TOKEN
        if self._where == "transport":
            mistake = RuntimeError(f"unexpected with {token}, {len(local)}")
            mistake.request = request  # type: ignore[attr-defined]  # httpx's own errors carry theirs
            raise mistake
        await asyncio.sleep(3600)
        raise AssertionError(token)


def fail(token: str = TOKEN, local: str = LOCAL) -> NoReturn:
    headers = {"X-Auth-Token": token}
    raise RuntimeError(f"unexpected with {headers}, {len(local)}")


class CrashingApp(OmstuiApp):
    """Fails a second after it has started."""

    where = ""
    CSS_PATH = [Path(ui.__file__).parent / name for name in OmstuiApp.CSS_PATH]  # noqa: RUF012 - typed by Textual

    async def on_ready(self) -> None:
        async def work() -> None:
            await asyncio.sleep(1)
            fail()

        match self.where:
            case "timer":
                self.set_timer(1.0, fail)
            case "worker":
                self.run_worker(work())
            case "widget":
                self.set_timer(1.0, self._break_widget)
            case "handler":
                self.set_timer(1.0, lambda: self.screen.call_later(fail))

    def _break_widget(self) -> None:
        widget = self.screen.query("*").last()
        widget.render_line = lambda y: fail()  # type: ignore[method-assign]  # a widget that cannot draw
        self.screen.refresh(layout=True)
        for one in self.screen.query("*"):
            one.render_line = lambda y: fail()  # type: ignore[method-assign]  # none of them can
            one.refresh()


def main(where: str, folder: Path) -> int:
    profiles: dict[str, Profile] = dict(demo_profiles())
    clock = SystemClock()
    authenticator = open_authenticator(environ={}, home=folder, clock=clock)
    sign_ins = CredentialCache(
        {name: TokenAuth() for name in profiles}, authenticator=authenticator, read=lambda _: None, clock=clock
    )
    for name in profiles:
        sign_ins.replace(name, Credential(Secret(TOKEN), "memory"))
    workspace = Workspace(
        settings=Settings(),
        profiles=Profiles(profiles),
        cache=sign_ins,
        authenticator=authenticator,
        stores=SecretStores(MemoryStore(), Folders(Path(), Path())),
        watchlist_store=MemoryWatchList(demo_watchlist()),
        open_client=lambda profile: OmsClient(profile, clock=clock, transport=HostileTransport(where)),
        clock=clock,
        crash_file=folder / "crash.txt",
    )
    app = CrashingApp(workspace)
    app.where = where
    with logging_to(folder / "omstui.log", logging.DEBUG), guarded(app.leave):
        app.run()
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
