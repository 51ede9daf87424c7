"""The user's own program for alerts: it is given each as JSON, and can hold nothing up."""

import json
import logging
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC

from omstui.backend.auth.token_command import end_group, environ_for_others
from omstui.backend.secrets.redact import mask
from omstui.core.alerts.event import Event
from omstui.core.text import tame

SCHEMA_VERSION = 1
"""Rises when a field changes its meaning or goes; a new field does not change it."""

TIME_LIMIT = 10.0
"""Seconds that the program may take."""

AT_ONCE = 4
"""How many may run at the same time; what comes on top of that is dropped."""

_DEATH_LIMIT = 1.0
_LONGEST_NAME = 60
_log = logging.getLogger(__name__)


def alert_json(event: Event) -> bytes:
    """Write an alert as one line of JSON in ASCII, its foreign texts tamed.

    The fields are `schema_version`, `at` (ISO 8601, UTC), `kind`, `severity` (note, warning or alarm), `text`,
    `profile`, `sync_task_id` (null for an alert about a whole profile) and `name`.
    """
    document = {
        "schema_version": SCHEMA_VERSION,
        "at": event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "kind": event.kind,
        "severity": event.severity.value,
        "text": tame(event.words),
        "profile": tame(event.profile),
        "sync_task_id": tame(event.sync_task_id) or None,
        "name": tame(event.name),
    }
    return json.dumps(document).encode("ascii") + b"\n"


class AlertHook:
    """Runs a program for each alert: no shell, a session of its own, the alert on stdin and nowhere to print to.

    What it has started in that session is ended with it.
    """

    def __init__(
        self, argv: Sequence[str], *, environ: Mapping[str, str], time_limit: float = TIME_LIMIT, at_once: int = AT_ONCE
    ) -> None:
        """Make it ready; nothing is run yet.

        Args:
            argv: the program and its arguments.
            environ: passed on without variables that hold secrets.
            time_limit: seconds after which the program is ended, with all that it has started.
            at_once: how many may run at the same time.
        """
        self._argv = tuple(argv)
        self._environ = environ_for_others(environ)
        self._time_limit = time_limit
        self._slots = threading.BoundedSemaphore(at_once)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._is_closed = False
        self._name = tame(mask(argv[0]))[-_LONGEST_NAME:] if argv else ""

    def tell(self, event: Event) -> None:
        """Run the program with this alert, and return at once."""
        if not self._argv or self._is_closed:
            return
        if not self._slots.acquire(blocking=False):
            _log.warning("on_alert: %s is still busy with earlier alerts; dropped: %s", self._name, tame(event.kind))
            return
        # Starting a program may hang as well, when its file system does.
        threading.Thread(target=self._run, args=(alert_json(event),), name="omstui-alert", daemon=True).start()

    def close(self) -> None:
        """End what still runs, and run nothing more."""
        self._is_closed = True
        with self._lock:
            for process in self._running:
                _kill(process)

    def _run(self, document: bytes) -> None:
        try:
            self._follow(document)
        except OSError as error:
            _log.warning("on_alert: %s cannot be started (%s)", self._name, type(error).__name__)
        finally:
            self._slots.release()

    def _follow(self, document: bytes) -> None:
        process = subprocess.Popen(  # noqa: S603 - the user's own command, as a list, without a shell
            self._argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._environ,
            start_new_session=True,
        )
        with self._lock:
            self._running.add(process)
            if self._is_closed:
                _kill(process)
        try:
            process.communicate(document, timeout=self._time_limit)
        except subprocess.TimeoutExpired:
            _kill(process)
            _log.warning("on_alert: %s did not end within %g s, and was ended", self._name, self._time_limit)
            with suppress(subprocess.TimeoutExpired):  # one that hangs in the kernel is left to itself
                process.communicate(timeout=_DEATH_LIMIT)
        else:
            if process.returncode and not self._is_closed:
                _log.warning("on_alert: %s failed with exit code %d", self._name, process.returncode)
        finally:
            with self._lock:
                self._running.discard(process)
            end_group(process.pid)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and those that it has started; with a session of its own it leads a group of its own."""
    if process.returncode is None:  # else the number may be another's by now
        end_group(process.pid)
