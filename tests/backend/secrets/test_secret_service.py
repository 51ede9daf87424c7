"""A real Secret Service is talked to over one connection, which is opened anew when it has broken."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import secretstorage
from keyring.backends.SecretService import Keyring

from omstui.backend.secrets.calls import StoreError, StoreErrorKind
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.secret_service import OneConnection, keep_connection
from omstui.backend.secrets.store import KeyringStore
from tests.secret_service import locked_service, need_programs, private_bus, secret_service

LONGEST = Secret("a1B2" * 4096)


class Opened:
    """Counts the connections to the bus, and tells where the next one goes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._monkeypatch = monkeypatch
        self._open = secretstorage.dbus_init
        monkeypatch.setattr(secretstorage, "dbus_init", self.opened)

    def opened(self) -> object:
        self.count += 1
        return self._open()

    def goes_to(self, environment: dict[str, str]) -> None:
        self._monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", environment["DBUS_SESSION_BUS_ADDRESS"])


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    return Opened(monkeypatch)


@pytest.fixture
def backend() -> Keyring:
    return Keyring()  # type: ignore[no-untyped-call] # it has no annotations


@pytest.fixture
def connection(backend: Keyring) -> Iterator[OneConnection]:
    connection = keep_connection(backend)
    yield connection
    connection.close()


@pytest.fixture
def store(backend: Keyring, connection: OneConnection) -> KeyringStore:
    return KeyringStore(backend=backend, deadline=60)


def test_a_long_secret_takes_one_connection(tmp_path: Path, opened: Opened, store: KeyringStore) -> None:
    with secret_service(tmp_path / "home") as environment:
        opened.goes_to(environment)
        store.set("lab", LONGEST)
        assert store.get("lab") == LONGEST
        store.delete("lab")
        assert store.get("lab") is None
    assert opened.count == 1


def test_what_keyring_itself_has_written_is_found(
    tmp_path: Path, opened: Opened, store: KeyringStore, connection: OneConnection
) -> None:
    with secret_service(tmp_path / "home") as environment:
        opened.goes_to(environment)
        Keyring().set_password("omstui", "lab", "short")  # type: ignore[no-untyped-call] # it has no annotations
        assert store.get("lab") == Secret("short")
        store.set("lab", Secret("other"))
        assert Keyring().get_password("omstui", "lab") == "other"  # type: ignore[no-untyped-call] # nor here
        connection.close()


def test_after_a_service_has_ended_the_next_one_is_found(tmp_path: Path, opened: Opened, store: KeyringStore) -> None:
    with secret_service(tmp_path / "one") as environment:
        opened.goes_to(environment)
        store.set("lab", Secret("one"))
    with pytest.raises(StoreError):
        store.get("lab")
    with secret_service(tmp_path / "two") as environment:
        opened.goes_to(environment)
        assert store.get("lab") is None
        store.set("lab", Secret("two"))
        assert store.get("lab") == Secret("two")
    assert opened.count == 3


def test_a_service_that_does_not_run_is_not_called_locked(tmp_path: Path, opened: Opened, store: KeyringStore) -> None:
    need_programs()
    with private_bus(tmp_path) as environment:
        opened.goes_to(environment)
        with pytest.raises(StoreError, match=r"does not run, or has just ended: .*OMSTUI_TOKEN") as caught:
            store.get("lab")
    assert caught.value.kind is StoreErrorKind.FAILED


@pytest.mark.parametrize(
    ("service", "connections"),
    [
        pytest.param(locked_service, 1, id="locked"),
        pytest.param(lambda home: secret_service(home, unlocked=False), 3, id="never set up"),
    ],
)
def test_a_service_without_an_open_keyring_leaves_no_connection_behind(
    service: Callable[[Path], AbstractContextManager[dict[str, str]]],
    connections: int,
    tmp_path: Path,
    opened: Opened,
    store: KeyringStore,
) -> None:
    """A locked one is asked over the same connection again; where none was set up, the next look is a new one."""
    with service(tmp_path / "home") as environment:
        opened.goes_to(environment)
        for _ in range(3):
            with pytest.raises(StoreError) as caught:
                store.get("lab")
            assert caught.value.kind is StoreErrorKind.LOCKED
    assert opened.count == connections


COUNTED = """
import secretstorage
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import KeyringStore

opened, connect = [], secretstorage.dbus_init
secretstorage.dbus_init = lambda: opened.append(connect()) or opened[-1]
store = KeyringStore(deadline=60)
store.get("lab")  # keyring looks for its backends first
before = len(opened)
store.set("lab", Secret("a1B2" * 4096))
print(store.place, len(opened) - before)
"""


def test_the_service_that_keyring_finds_is_kept_connected_too(tmp_path: Path) -> None:
    """As in the program, where nobody hands over a backend."""
    with secret_service(tmp_path / "home") as environment:
        argv = [sys.executable, "-c", COUNTED]
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "OS keyring (SecretService) 0\n"
