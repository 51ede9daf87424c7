"""Secrets are kept whole or not at all, in trusted places only, and no keyring can hold up the program."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

import keyring.backend
import keyring.backends.chainer
import keyring.backends.fail
import keyring.backends.null
import keyring.errors
import pytest
from keyring.backends.SecretService import Keyring as SecretServiceKeyring

from omstui.backend.secrets.calls import StoreError, StoreErrorKind
from omstui.backend.secrets.kernel import KernelStore
from omstui.backend.secrets.parts import LONGEST_ENTRY
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.secret_service import keep_connection
from omstui.backend.secrets.store import KeyringStore, MemoryStore, SecretStore
from tests.backend.secrets.test_kernel import HangingKernel, kernel_store
from tests.secret_service import clean_environment, locked_service, mute_service, secret_service

LONGEST = ("MIIabc+/=-_" * 1490)[:16_384]


class SmallBackend:
    """A keyring that takes entries of 1,280 characters, as Windows does."""

    def __init__(self) -> None:
        self.entries: dict[str, str] = {}
        self.calls = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.called()
        assert service == "omstui"
        return self.entries.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.called()
        if len(password) > 1280:
            raise ValueError("the stub received bad data")
        self.entries[username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.called()
        if username not in self.entries:
            raise keyring.errors.PasswordDeleteError
        del self.entries[username]

    def called(self) -> None:
        self.calls += 1


class DyingBackend(SmallBackend):
    """A keyring that is gone from the n-th call on, before that call or after it has done its work."""

    def __init__(self, entries: dict[str, str], dies_at: int) -> None:
        super().__init__()
        self.entries = entries
        self.dies_at = dies_at

    def called(self) -> None:
        super().called()
        if self.calls >= self.dies_at:
            raise ConnectionError("gone")


@pytest.fixture(scope="module")
def real_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with secret_service(tmp_path_factory.mktemp("home")) as environment:
        yield environment


@pytest.fixture(params=["memory", "small keyring", "Secret Service", "kernel"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretStore]:
    if request.param == "kernel":
        yield from kernel_store()
    elif request.param == "memory":
        yield MemoryStore()
    elif request.param == "small keyring":
        yield KeyringStore(backend=SmallBackend())
    else:
        yield from _real_store(request, monkeypatch)


@dataclass
class Hanging:
    """A store that does not answer before it is let."""

    store: SecretStore
    let: Callable[[], object]
    kept: Callable[[], object]
    """What it has been given."""


@pytest.fixture(params=["small keyring", "kernel"])
def hanging(request: pytest.FixtureRequest) -> Iterator[Hanging]:
    if request.param == "kernel":
        kernel = HangingKernel()
        made = Hanging(KernelStore(kernel=kernel, deadline=0.05), kernel.answered.set, lambda: kernel.keys)
    else:
        backend = PromptingBackend()
        made = Hanging(KeyringStore(backend=backend, deadline=0.05), backend.answered.set, lambda: backend.entries)
    yield made
    made.let()


def ended(call: Callable[[], object]) -> Callable[[], object]:
    """Return what does the same, and fails where it would never end."""

    def in_thread() -> None:
        outcomes: list[Exception] = []

        def run() -> None:
            try:
                call()
            except StoreError as error:
                outcomes.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(30)
        assert not thread.is_alive()
        for error in outcomes:
            raise error

    return in_thread


def _real_store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretStore]:
    environment: dict[str, str] = request.getfixturevalue("real_service")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", environment["DBUS_SESSION_BUS_ADDRESS"])
    backend = SecretServiceKeyring()  # type: ignore[no-untyped-call] # it has no annotations
    connection = keep_connection(backend)
    store = KeyringStore(backend=backend, deadline=60)
    for account in ("lab", "prod-bj4"):
        store.delete(account)
    yield store
    connection.close()


def store_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "omstui-store"]


class TestStores:
    """What every store of secrets does."""

    def test_an_unknown_account_has_no_secret(self, store: SecretStore) -> None:
        assert store.get("lab") is None

    @pytest.mark.parametrize(
        "value",
        ["x", LONGEST, "x" * LONGEST_ENTRY, "y" * (LONGEST_ENTRY + 1), "omstui-parts:1:abc:3:0", "pässwörd 令牌", " "],
        ids=["short", "longest", "one entry", "two entries", "like a listing", "unicode", "blank"],
    )
    def test_what_is_kept_comes_back_exactly(self, store: SecretStore, value: str) -> None:
        store.set("lab", Secret(value))
        assert store.get("lab") == Secret(value)

    def test_a_new_secret_replaces_the_old_one(self, store: SecretStore) -> None:
        for value in ("short", "z" * 2500, LONGEST, LONGEST[::-1], "other"):
            store.set("lab", Secret(value))
            assert store.get("lab") == Secret(value)

    def test_accounts_do_not_mix(self, store: SecretStore) -> None:
        store.set("lab", Secret("a" * 3000))
        store.set("prod-bj4", Secret("b" * 3000))
        store.delete("lab")
        assert store.get("lab") is None
        assert store.get("prod-bj4") == Secret("b" * 3000)

    @pytest.mark.parametrize("value", ["short", LONGEST])
    def test_a_deleted_secret_is_gone(self, store: SecretStore, value: str) -> None:
        store.set("lab", Secret(value))
        store.delete("lab")
        assert store.get("lab") is None

    def test_deleting_what_is_not_there_succeeds(self, store: SecretStore) -> None:
        store.delete("lab")
        store.delete("lab")

    @pytest.mark.parametrize("call", ["get", "set", "delete"])
    def test_one_that_hangs_is_given_up_and_left_alone(self, hanging: Hanging, call: str) -> None:
        """What comes of the call after that is nothing."""
        store = hanging.store
        calls: dict[str, Callable[[], object]] = {
            "get": lambda: store.get("lab"),
            "set": lambda: store.set("lab", Secret("hunter2")),
            "delete": lambda: store.delete("lab"),
        }
        others = set(store_threads())
        for asked in (call, "get", "set"):
            with pytest.raises(StoreError, match="start omstui again") as caught:
                ended(calls[asked])()
            assert caught.value.kind is StoreErrorKind.STUCK
            assert "hunter2" not in str(caught.value)
            (thread,) = set(store_threads()) - others
        end = time.monotonic() + 30
        while thread.is_alive():
            assert time.monotonic() < end
            hanging.let()
            thread.join(0.01)
        assert not hanging.kept()

    def test_the_place_is_said_in_words(self, store: SecretStore) -> None:
        assert store.place in {
            "memory, until omstui ends",
            "OS keyring (test_store)",
            "OS keyring (SecretService)",
            "Linux kernel keyring (until the next boot)",
        }


def test_no_entry_is_longer_than_a_small_keyring_takes_and_none_is_left_over() -> None:
    backend = SmallBackend()
    store = KeyringStore(backend=backend)
    store.set("lab", Secret(LONGEST))
    assert len(backend.entries) == 15
    assert max(map(len, backend.entries.values())) == LONGEST_ENTRY
    store.set("lab", Secret("y" * 2000))
    assert len(backend.entries) == 3
    store.set("lab", Secret("z"))
    assert backend.entries == {"lab": "z"}
    store.set("lab", Secret(LONGEST))
    store.delete("lab")
    assert backend.entries == {}


@pytest.mark.parametrize("old", [None, "short", "o" * 3000])
@pytest.mark.parametrize("new", ["other", "n" * 3000])
@pytest.mark.parametrize("writer", ["dies", "sees an error and goes on"])
def test_at_every_moment_the_old_or_the_new_secret_can_be_read(old: str | None, new: str, writer: str) -> None:
    """The keyring fails at each call in turn; what is left is whole, and the next deletion removes all of it."""
    dies_at = 0
    is_done = False
    outcomes = set()
    while not is_done:
        dies_at += 1
        entries: dict[str, str] = {}
        if old is not None:
            KeyringStore(backend=DyingBackend(entries, 10_000)).set("lab", Secret(old))
        backend = DyingBackend(entries, dies_at) if writer == "dies" else HiccupingBackend(entries, dies_at)
        with suppress(StoreError):
            KeyringStore(backend=backend).set("lab", Secret(new))
        is_done = backend.calls < dies_at
        fresh = KeyringStore(backend=DyingBackend(entries, 10_000))
        found = fresh.get("lab")
        assert found in {Secret(new), Secret(old) if old is not None else None}
        outcomes.add(found)
        fresh.delete("lab")
        assert entries == {}
    assert len(outcomes) == 2


class HiccupingBackend(DyingBackend):
    """A keyring that fails once, at the n-th call."""

    def called(self) -> None:
        self.calls += 1
        if self.calls == self.dies_at:
            raise ConnectionError("hiccup")


@pytest.mark.parametrize(
    "harm",
    [
        lambda entries: entries.pop(next(name for name in entries if name.endswith("/1"))),
        lambda entries: entries.update({next(name for name in entries if name.endswith("/1")): "x" * 1200}),
        lambda entries: entries.update(lab="omstui-parts:1:rubbish"),
        lambda entries: entries.update(lab="omstui-parts:1:abc:99999999:0"),
        lambda entries: entries.update(lab=entries["lab"][:-1] + "_"),
    ],
    ids=["part missing", "part changed", "listing broken", "listing absurd", "other hash"],
)
def test_a_secret_in_pieces_is_said_to_be_incomplete(harm: Callable[[dict[str, str]], object]) -> None:
    backend = SmallBackend()
    store = KeyringStore(backend=backend)
    store.set("lab", Secret(LONGEST))
    harm(backend.entries)
    with pytest.raises(StoreError, match=r"is incomplete: run omstui login lab again") as caught:
        store.get("lab")
    assert caught.value.kind is StoreErrorKind.INCOMPLETE
    store.set("lab", Secret("new"))
    assert store.get("lab") == Secret("new")


def test_a_secret_that_another_process_replaces_while_it_is_read_is_read_anew() -> None:
    backend = SmallBackend()
    KeyringStore(backend=backend).set("lab", Secret("o" * 5000))

    class Replaced(SmallBackend):
        def get_password(self, service: str, username: str) -> str | None:
            found = super().get_password(service, username)
            if self.calls == 2:
                KeyringStore(backend=backend).set("lab", Secret("n" * 5000))
            return found

    reader = Replaced()
    reader.entries = backend.entries
    assert KeyringStore(backend=reader).get("lab") == Secret("n" * 5000)


class ForgetfulBackend(SmallBackend):
    def set_password(self, service: str, username: str, password: str) -> None:
        self.called()


class CuttingBackend(SmallBackend):
    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, password[:100])


@pytest.mark.parametrize("make_backend", [ForgetfulBackend, CuttingBackend, keyring.backends.null.Keyring])
@pytest.mark.parametrize("value", ["x" * 1000, LONGEST])
def test_a_keyring_that_does_not_keep_what_it_took_is_found_out(
    make_backend: Callable[[], SmallBackend], value: str
) -> None:
    backend = make_backend()
    store = KeyringStore(backend=backend)
    with pytest.raises(StoreError, match=r"is not stored: set OMSTUI_TOKEN") as caught:
        store.set("lab", Secret(value))
    assert caught.value.kind is StoreErrorKind.NOT_STORED
    assert store.get("lab") is None
    assert not getattr(backend, "entries", {})


def test_a_keyring_that_cuts_the_new_secret_still_has_the_old_one() -> None:
    backend = CuttingBackend()
    store = KeyringStore(backend=backend)
    store.set("lab", Secret("old"))
    with pytest.raises(StoreError):
        store.set("lab", Secret("x" * 1000))
    assert store.get("lab") == Secret("old")


class UndeletingBackend(SmallBackend):
    def delete_password(self, service: str, username: str) -> None:
        self.called()


def test_a_keyring_that_does_not_delete_is_found_out() -> None:
    backend = UndeletingBackend()
    backend.entries["lab"] = "x"
    with pytest.raises(StoreError, match="did not delete the secret") as caught:
        KeyringStore(backend=backend).delete("lab")
    assert caught.value.kind is StoreErrorKind.FAILED


class RaisingBackend(SmallBackend):
    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def called(self) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (keyring.errors.NoKeyringError("no backend"), StoreErrorKind.NONE),
        (keyring.errors.KeyringLocked("locked"), StoreErrorKind.LOCKED),
        (keyring.errors.InitError("no collection"), StoreErrorKind.LOCKED),
        (keyring.errors.PasswordSetError("no"), StoreErrorKind.FAILED),
        (ModuleNotFoundError("Crypto"), StoreErrorKind.FAILED),
        (RuntimeError("told: hunter2"), StoreErrorKind.FAILED),
        (ValueError("hunter2"), StoreErrorKind.FAILED),
        (AttributeError(), StoreErrorKind.FAILED),
        (EOFError(), StoreErrorKind.FAILED),
        (OSError(5, "input/output error"), StoreErrorKind.FAILED),
        (subprocess.CalledProcessError(1, ["pass", "hunter2"]), StoreErrorKind.FAILED),
        (SystemExit(1), StoreErrorKind.FAILED),
        (StopIteration(), StoreErrorKind.FAILED),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("call", ["get", "set", "delete"])
def test_whatever_a_keyring_raises_becomes_a_sentence_with_a_next_step(
    error: BaseException, fault: StoreErrorKind, call: str
) -> None:
    store = KeyringStore(backend=RaisingBackend(error))
    calls: dict[str, Callable[[], object]] = {
        "get": lambda: store.get("lab"),
        "set": lambda: store.set("lab", Secret("hunter2")),
        "delete": lambda: store.delete("lab"),
    }
    with pytest.raises(StoreError, match="OMSTUI_TOKEN") as caught:
        calls[call]()
    assert caught.value.kind is fault
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


class PromptingBackend(SmallBackend):
    """A keyring whose every call waits for a window that nobody sees."""

    def __init__(self) -> None:
        super().__init__()
        self.answered = threading.Event()
        self.ended = threading.Event()

    def called(self) -> None:
        super().called()
        self.answered.wait()


def test_a_keyring_that_does_not_answer_is_left_alone_after_the_deadline() -> None:
    backend = PromptingBackend()
    store = KeyringStore(backend=backend, deadline=0.05)
    for _ in range(3):
        with pytest.raises(StoreError, match=r"did not answer within 0\.05 s.*OMSTUI_TOKEN") as caught:
            store.set("lab", Secret("x"))
        assert caught.value.kind is StoreErrorKind.STUCK
    assert backend.calls == 1
    backend.answered.set()
    _join_keyring_threads()
    assert backend.calls == 1
    assert backend.entries == {}


def _join_keyring_threads() -> None:
    for thread in store_threads():
        thread.join(10)


BLOCKED = """
import sys, threading
from omstui.backend.secrets.store import KeyringStore
from omstui.backend.secrets.calls import StoreError

class Prompting:
    def get_password(self, service, username):
        threading.Event().wait()

try:
    KeyringStore(backend=Prompting(), deadline=0.1).get("lab")
except StoreError as error:
    print(error.kind)
"""

FOUND = """
import sys
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import KeyringStore
from omstui.backend.secrets.calls import StoreError

store = KeyringStore(deadline=float(sys.argv[1]))
try:
    store.set("lab", Secret("x" * 16_384))
    found = store.get("lab")
    store.delete("lab")
    print(len(found), store.get("lab"), store.place)
except StoreError as error:
    print(error.kind, "|", error)
"""


def in_process(program: str, *arguments: str, environment: dict[str, str] | None = None) -> str:
    """Run a program that must end by itself, and return what it said."""
    run = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout.strip()


def test_a_program_ends_although_its_keyring_never_answers() -> None:
    assert in_process(BLOCKED) == "stuck"


def test_without_a_message_bus_there_is_no_keyring(tmp_path: Path) -> None:
    said = in_process(FOUND, "30", environment=clean_environment(tmp_path))
    assert said.startswith("none | This machine has no keyring for secrets: set OMSTUI_TOKEN")


def test_a_bus_that_is_gone_is_no_keyring_either(tmp_path: Path) -> None:
    environment = {**clean_environment(tmp_path), "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/gone"}
    assert in_process(FOUND, "30", environment=environment).startswith("none | ")


def test_a_real_unlocked_service_is_found_and_keeps_a_whole_token(real_service: dict[str, str]) -> None:
    assert in_process(FOUND, "30", environment=real_service) == "16384 None OS keyring (SecretService)"


@pytest.mark.parametrize(
    "service", [locked_service, lambda home: secret_service(home, unlocked=False)], ids=["locked", "never set up"]
)
def test_a_real_service_without_an_open_keyring_says_so(
    service: Callable[[Path], AbstractContextManager[dict[str, str]]], tmp_path: Path
) -> None:
    with service(tmp_path) as environment:
        said = in_process(FOUND, "30", environment=environment)
    assert said.startswith("locked | The OS keyring (SecretService) is locked or was never set up: unlock it")


def test_a_mute_service_is_given_up(tmp_path: Path) -> None:
    with mute_service(tmp_path) as environment:
        said = in_process(FOUND, "1", environment=environment)
    assert said.startswith("stuck | The OS keyring")


FOREIGN = """
import sys
from pathlib import Path
import keyring.backend
import keyring.backends.null

class EncryptedKeyring(keyring.backend.KeyringBackend):
    priority = 9
    def get_password(self, service, username):
        return None
    def set_password(self, service, username, password):
        Path(sys.argv[2]).write_text(password)

class PlaintextKeyring(EncryptedKeyring):
    priority = 0.5

class Renamed(PlaintextKeyring):
    "Plain text by another name."

class EfileLike(EncryptedKeyring):
    "Outranks the real one, and keeps its key beside what it hides."
    priority = 99

class Silent(keyring.backends.null.Keyring):
    "Keeps nothing, by another name."

class PasswordManager(keyring.backend.KeyringBackend):
    priority = 9
    entries = {}
    def get_password(self, service, username):
        return self.entries.get(username)
    def set_password(self, service, username, password):
        self.entries[username] = password
    def delete_password(self, service, username):
        del self.entries[username]
"""

RAISING = """
import keyring.backend

class Raising(keyring.backend.KeyringBackend):
    priority = 1
    def __init__(self):
        raise AttributeError("marked" + "x" * 40)
    get_password = set_password = delete_password = None
"""


def modules(folder: Path) -> dict[str, str]:
    """Write the modules of foreign keyrings into a folder, and return an environment in which they can be imported."""
    (folder / "keyrings").mkdir()
    (folder / "foreign.py").write_text(FOREIGN)
    (folder / "raising.py").write_text(RAISING)
    (folder / "keyrings/efile.py").write_text(FOREIGN)
    return {**clean_environment(folder), "PYTHONPATH": f"{folder}:{Path.cwd()}"}


def found_by_the_library(folder: Path) -> None:
    """Offer the keyrings of `foreign` to the keyring library as an installed package does."""
    metadata = folder / "foreign-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Name: foreign\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[keyring.backends]\nforeign = foreign\n")


def named_in_keyringrc(folder: Path, backend: str) -> None:
    config = folder / ".config/python_keyring/keyringrc.cfg"
    config.parent.mkdir(parents=True)
    config.write_text(f"[backend]\ndefault-keyring={backend}\n")


UNSAFE = [
    "keyring.backends.null.Keyring",
    "foreign.Silent",
    "foreign.PlaintextKeyring",
    "foreign.Renamed",
    "keyrings.efile.EncryptedKeyring",
]
"""Keyrings that keep nothing, plain text, or their key beside what it encrypts."""


@pytest.mark.fault("R15")
@pytest.mark.parametrize(
    ("backend", "named"),
    [
        *(
            (name, f"refused | The keyring {name}, which PYTHON_KEYRING_BACKEND names, keeps nothing")
            for name in UNSAFE
        ),
        ("raising.Raising", "failed | The keyring raising.Raising of PYTHON_KEYRING_BACKEND failed (AttributeError)"),
        ("keyring.backends.fail.Keyring", "none | "),
        (
            "no.such.module.Keyring",
            "failed | The keyring no.such.module.Keyring of PYTHON_KEYRING_BACKEND failed (ModuleNotFoundError)",
        ),
        ("no.\x1b[2Jsuch", "failed | The keyring no.�[2Jsuch of PYTHON_KEYRING_BACKEND failed ("),
    ],
)
def test_a_named_keyring_that_is_unsafe_gets_nothing_and_is_named(
    tmp_path: Path, backend: str, named: str, figure: Callable[[str], None]
) -> None:
    environment = modules(tmp_path) | {"PYTHON_KEYRING_BACKEND": backend}
    figure(f"{bytes_written_without_trust(tmp_path, environment, named)} bytes on disk")


def bytes_written_without_trust(tmp_path: Path, environment: dict[str, str], named: str) -> int:
    """Try to store a secret, look at what is said, and return how many bytes that left on the disk."""
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    said = in_process(FOUND, "30", str(tmp_path / "stored"), environment=environment)
    assert said.startswith(named)
    assert "OMSTUI_TOKEN" in said
    assert "marked" not in said
    left = {path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".pyc"} - before
    written = sum(path.stat().st_size for path in left)
    assert written == 0
    return written


@pytest.mark.fault("R15")
def test_a_keyring_that_the_library_found_is_used_only_when_it_is_on_the_list(tmp_path: Path) -> None:
    """The one of the highest priority is no better than others."""
    environment = modules(tmp_path)
    found_by_the_library(tmp_path)
    named = "refused | The keyring foreign.EfileLike, which the keyring library found by itself, is not one that"
    bytes_written_without_trust(tmp_path, environment, named)


@pytest.mark.fault("R15")
@pytest.mark.parametrize("way", ["PYTHON_KEYRING_BACKEND", "keyringrc.cfg"])
def test_a_keyring_that_a_person_named_is_used(tmp_path: Path, way: str) -> None:
    environment = modules(tmp_path)
    found_by_the_library(tmp_path)
    if way == "keyringrc.cfg":
        named_in_keyringrc(tmp_path, "foreign.PasswordManager")
    else:
        environment[way] = "foreign.PasswordManager"
    said = in_process(FOUND, "30", str(tmp_path / "stored"), environment=environment)
    assert said == f"16384 None keyring foreign.PasswordManager (named in {way})"
    assert not (tmp_path / "stored").exists()


def test_a_named_keyring_that_does_not_give_back_what_it_took_is_found_out(tmp_path: Path) -> None:
    environment = modules(tmp_path) | {"PYTHON_KEYRING_BACKEND": "foreign.EncryptedKeyring"}
    said = in_process(FOUND, "30", str(tmp_path / "stored"), environment=environment)
    assert said.startswith(
        "not stored | The keyring foreign.EncryptedKeyring (named in PYTHON_KEYRING_BACKEND) did not"
    )


@pytest.mark.parametrize(
    ("backend", "said"),
    [
        ("foreign.PlaintextKeyring", "refused | The keyring foreign.PlaintextKeyring, which {config} names, keeps"),
        ("no.such.Keyring", "failed | The keyring {config} failed (ModuleNotFoundError): name the system's own"),
    ],
)
def test_a_keyringrc_that_names_an_unsafe_keyring_is_named(tmp_path: Path, backend: str, said: str) -> None:
    environment = modules(tmp_path)
    named_in_keyringrc(tmp_path, backend)
    config = tmp_path / ".config/python_keyring/keyringrc.cfg"
    bytes_written_without_trust(tmp_path, environment, said.format(config=config))


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ("Keyring()", "OS keyring"),
        (
            "Keyring(), PasswordManager()",
            "refused | The keyring foreign.PasswordManager, which the keyring library found",
        ),
    ],
)
def test_the_members_of_a_named_chain_are_held_against_the_list(
    tmp_path: Path, real_service: dict[str, str], members: str, said: str
) -> None:
    """A person named the chain, and the library chose what is in it."""
    chain = f"""
import keyring.backends.chainer
from keyring.backends.SecretService import Keyring
from foreign import PasswordManager
keyring.backends.chainer.ChainerBackend.backends = [{members}]
"""
    environment = modules(tmp_path) | {"PYTHON_KEYRING_BACKEND": "keyring.backends.chainer.ChainerBackend"}
    bus = {"DBUS_SESSION_BUS_ADDRESS": real_service["DBUS_SESSION_BUS_ADDRESS"]}
    outcome = in_process(chain + FOUND, "30", str(tmp_path / "stored"), environment=environment | bus)
    assert outcome.removeprefix("16384 None ").startswith(said)


CHAINED = """
import keyring.backends.chainer, keyring.backends.null, keyring.backends.fail
from keyring.backends.SecretService import Keyring
from omstui.backend.secrets.store import _trusted_members
from omstui.backend.secrets.calls import StoreError


for members in ([Keyring()], [Keyring(), keyring.backends.null.Keyring()], [], [keyring.backends.fail.Keyring()]):
    keyring.backends.chainer.ChainerBackend.backends = members
    try:
        print(len(_trusted_members(keyring.backends.chainer.ChainerBackend())))
    except StoreError as error:
        print(error.kind)
"""


def test_a_chain_of_keyrings_is_trusted_when_each_of_them_is() -> None:
    assert in_process(CHAINED).split() == ["1", "refused", "none", "none"]
