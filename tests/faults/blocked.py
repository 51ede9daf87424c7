"""Runs the demo and blocks its main thread for good: ``python -m tests.faults.blocked HOW FILE``.

HOW is python or c: whether Python's own signal handlers can still run. FILE is made when it begins.
"""

import hashlib
import sys
import threading
from pathlib import Path

from omstui import ui
from omstui.backend.runtime.clock import SystemClock
from omstui.cli.terminal.guard import guarded
from omstui.core.settings import Settings
from omstui.demo.workspace import demo_workspace
from omstui.ui.app import OmstuiApp

FOR_EVER = 2**31 - 1
"""Rounds of a hash that take half an hour, without a look at signals and without holding up other threads."""


class BlockedApp(OmstuiApp):
    """Comes to a stand after a second."""

    CSS_PATH = [Path(ui.__file__).parent / name for name in OmstuiApp.CSS_PATH]  # noqa: RUF012 - typed by Textual
    how = ""
    began = Path()

    def on_ready(self) -> None:
        self.set_timer(1.0, self._block)

    def _block(self) -> None:
        self.began.touch()
        if self.how == "python":
            threading.Event().wait()
        else:
            hashlib.pbkdf2_hmac("sha256", b"", b"", FOR_EVER)


def main(how: str, began: Path) -> int:
    app = BlockedApp(demo_workspace(SystemClock(), Settings()))
    app.how, app.began = how, began
    with guarded(app.leave):
        app.run()
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
