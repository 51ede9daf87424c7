"""A real Secret Service of our own: gnome-keyring on a private D-Bus, in a home that is thrown away."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon")

# Owns the name of the Secret Service and never answers.
_MUTE = """
from jeepney import message_bus
from jeepney.io.blocking import Proxy, open_dbus_connection

connection = open_dbus_connection()
Proxy(message_bus, connection).RequestName("org.freedesktop.secrets")
print("ready", flush=True)
while True:
    connection.receive()
"""

# Owns it with a locked collection, and opens a window for the password that nobody ever sees.
_PROMPTING = """
from jeepney import HeaderFields, MessageType, message_bus, new_method_return
from jeepney.io.blocking import Proxy, open_dbus_connection

connection = open_dbus_connection()
Proxy(message_bus, connection).RequestName("org.freedesktop.secrets")
print("ready", flush=True)
while True:
    call = connection.receive()
    if call.header.message_type is not MessageType.method_call:
        continue
    match call.header.fields[HeaderFields.member]:
        case "Get":
            value = ("b", True) if call.body[1] == "Locked" else ("s", "login")
            connection.send(new_method_return(call, "v", (value,)))
        case "Unlock":
            connection.send(new_method_return(call, "aoo", ([], "/org/freedesktop/secrets/prompt/1")))
        case _:
            connection.send(new_method_return(call))
"""


# It starts no services by itself: the first question to it would else start a second, locked, gnome-keyring.
_BUS = """<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def need_programs() -> None:
    """Skip the test on a machine without the programs, and fail it where they must be (CI)."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"not installed: {', '.join(missing)}")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def clean_environment(home: Path) -> dict[str, str]:
    """Return an environment without desktop, bus or keyring of the person who runs the tests."""
    unwanted = ("DBUS_", "XDG_", "GNOME_", "DISPLAY", "WAYLAND_", "KEYRING_", "PYTHON_KEYRING_", "OMSTUI_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {**kept, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}


@contextmanager
def private_bus(home: Path) -> Iterator[dict[str, str]]:
    """Run a message bus, and give the environment in which programs find it."""
    environment = clean_environment(home)
    home.mkdir(exist_ok=True)
    config = home / "bus.conf"
    config.write_text(_BUS, encoding="utf-8")
    bus = subprocess.Popen(
        ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile", "--print-address=1"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    with bus:
        try:
            assert bus.stdout is not None
            address = bus.stdout.readline().decode().strip()
            yield {**environment, "DBUS_SESSION_BUS_ADDRESS": address}
        finally:
            bus.terminate()  # and it removes its socket


@contextmanager
def secret_service(home: Path, *, unlocked: bool = True) -> Iterator[dict[str, str]]:
    """Run gnome-keyring on a private bus, and give the environment in which programs find it.

    Not unlocked, in a home where it has never run, it has no keyring yet: nobody has set one up.
    """
    with _gnome_keyring(home, unlocked=unlocked) as environment:
        _await_service(environment["DBUS_SESSION_BUS_ADDRESS"], is_locked=False if unlocked else None)
        yield environment


@contextmanager
def locked_service(home: Path) -> Iterator[dict[str, str]]:
    """Run gnome-keyring with the keyring of an earlier session, which nobody has unlocked in this one."""
    with secret_service(home):
        pass
    with _gnome_keyring(home, unlocked=False) as environment:
        _await_service(environment["DBUS_SESSION_BUS_ADDRESS"], is_locked=True)
        yield environment


@contextmanager
def _gnome_keyring(home: Path, *, unlocked: bool) -> Iterator[dict[str, str]]:
    need_programs()
    with private_bus(home) as environment:
        daemon = subprocess.Popen(
            [
                "gnome-keyring-daemon",
                "--foreground",
                "--components=secrets",
                f"--control-directory={home}/control",
                *(["--unlock"] if unlocked else []),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        with daemon:
            try:
                assert daemon.stdin is not None
                daemon.stdin.write(b"password")  # a line end would be part of it
                daemon.stdin.close()
                yield environment
            finally:
                daemon.kill()


def _await_service(bus: str, *, is_locked: bool | None, limit: float = 60.0) -> None:
    """Wait until somebody serves secrets, and has the keyring in this state: it comes after the daemon's first words.

    Args:
        bus: the address.
        is_locked: ``None`` when there need not be a keyring.
        limit: seconds.
    """
    from jeepney import DBusAddress, MessageType, Properties  # type: ignore[import-untyped]  # it has no annotations
    from jeepney.io.blocking import open_dbus_connection  # type: ignore[import-untyped]  # nor has this

    has_keyring = is_locked is not None
    path = "/org/freedesktop/secrets/collection/login" if has_keyring else "/org/freedesktop/secrets"
    kind, name = ("Collection", "Locked") if has_keyring else ("Service", "Collections")
    place = DBusAddress(path, bus_name="org.freedesktop.secrets", interface=f"org.freedesktop.Secret.{kind}")
    end = time.monotonic() + limit
    with open_dbus_connection(bus=bus) as connection:
        while True:
            reply = connection.send_and_get_reply(Properties(place).get(name), timeout=limit)
            is_answer = reply.header.message_type is MessageType.method_return
            if is_answer and (not has_keyring or reply.body[0] == ("b", is_locked)):
                return
            assert time.monotonic() < end, f"the Secret Service does not come up: {reply.body}"
            time.sleep(0.02)


@contextmanager
def mute_service(home: Path) -> Iterator[dict[str, str]]:
    """Run a Secret Service that takes every call and answers none."""
    with _own_service(home, _MUTE) as environment:
        yield environment


@contextmanager
def prompting_service(home: Path) -> Iterator[dict[str, str]]:
    """Run a Secret Service that is locked, and asks for its password where nobody answers."""
    with _own_service(home, _PROMPTING) as environment:
        yield environment


@contextmanager
def _own_service(home: Path, program: str) -> Iterator[dict[str, str]]:
    need_programs()
    with private_bus(home) as environment:
        service = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment)
        with service:
            try:
                assert service.stdout is not None
                assert service.stdout.readline() == b"ready\n"
                yield environment
            finally:
                service.kill()
