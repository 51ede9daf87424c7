"""`omstui profiles` and `omstui logout`: what they print where, what they forget, and their exit codes."""

import json
from pathlib import Path

import pytest

from omstui.backend.secrets.calls import StoreErrorKind
from omstui.backend.secrets.file import FileStore
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import MemoryStore, SecretStore
from omstui.core.profile import Profile
from omstui.demo.clock import SteppedClock
from tests.cli.machine import NORTH, TOKEN, BrokenStore, Machine


@pytest.fixture
def machine(tmp_path: Path, stepped_clock: SteppedClock) -> Machine:
    return Machine(tmp_path, stepped_clock)


def test_logout_forgets_the_secret_and_keeps_the_profile(machine: Machine) -> None:
    machine.has_profiles("lab")
    machine.store.set("lab", Secret(TOKEN))
    assert machine.omstui("logout") == 0
    assert machine.store.get("lab") is None
    assert "lab" in machine.config.load().profiles
    assert "omstui login lab" in machine.err


def test_logout_forgets_what_a_profile_left_that_was_removed_by_hand(machine: Machine) -> None:
    machine.store.set("old", Secret(TOKEN))
    assert machine.omstui("logout", "old") == 0
    assert machine.store.get("old") is None


@pytest.mark.parametrize(
    ("profiles", "argv", "words"),
    [
        ([], [], "there is no profile yet: run omstui login"),
        (["lab"], ["prod"], "there is no profile prod: omstui profiles lists them, omstui login prod makes it"),
        (["lab", "prod"], [], "which profile is meant? Name one with --profile: lab, prod"),
    ],
)
def test_logout_needs_to_know_which_profile(machine: Machine, profiles: list[str], argv: list[str], words: str) -> None:
    machine.has_profiles(*profiles)
    assert machine.omstui("logout", *argv) == 2
    assert words in machine.err
    machine.store = BrokenStore()
    assert machine.omstui("logout", *argv) == 2
    assert words in machine.err


def test_logout_says_when_the_keyring_does_not_answer(machine: Machine) -> None:
    machine.has_profiles("lab")
    machine.store = BrokenStore()
    assert machine.omstui("logout") == 3
    assert "OMSTUI_TOKEN" in machine.err


def test_logout_clears_every_store_before_it_says_what_it_could_not_clear(machine: Machine) -> None:
    machine.has_profiles("lab")
    path = machine.folders.state / "secrets.json"
    FileStore(path).set("lab", Secret(TOKEN))
    machine.store = BrokenStore(StoreErrorKind.LOCKED, "The OS keyring is locked: unlock it")
    assert machine.omstui("logout") == 3
    assert "The OS keyring is locked" in machine.err
    assert "is stored any more" not in machine.err
    assert not path.exists()


def test_logout_misses_no_keyring_where_nothing_would_be_stored(machine: Machine) -> None:
    machine.has_profiles("lab", auth="command", token_command=("get-token",))
    machine.store = BrokenStore()
    assert machine.omstui("logout") == 0
    assert "Its token command goes on being run" in machine.err


@pytest.mark.parametrize(
    ("fault", "is_told"), [(StoreErrorKind.NONE, False), (StoreErrorKind.LOCKED, True), (StoreErrorKind.STUCK, True)]
)
def test_logout_tells_of_a_keyring_that_may_hold_another_secret(
    machine: Machine, fault: StoreErrorKind, is_told: bool
) -> None:
    machine.has_profiles("lab", secret_store="file")
    machine.store = BrokenStore(fault, "No answer")
    assert machine.omstui("logout") == 0
    assert ("Another secret of profile lab may be stored elsewhere. No answer." in machine.err) is is_told


def test_a_profile_that_stores_nothing_is_listed_without_a_store(machine: Machine) -> None:
    machine.has_profiles("lab", auth="aksk", key_command=("vault",))
    assert machine.omstui("profiles", "--json") == 0
    (row,) = json.loads(machine.out)
    assert (row["secret_store"], row["secret"]) == (None, "command vault")
    assert machine.omstui("profiles") == 0
    assert "keyring" not in machine.out


@pytest.mark.parametrize(
    ("store", "secret", "place"),
    [
        (MemoryStore(), TOKEN, "memory, until omstui ends"),
        (MemoryStore(), None, "none"),
        (BrokenStore(), None, "cannot tell: This machine has no keyring: set OMSTUI_TOKEN"),
    ],
)
def test_profiles_are_listed_with_the_place_of_their_secret(
    machine: Machine, store: SecretStore, secret: str | None, place: str
) -> None:
    machine.config.put_profile(Profile("lab", "https://oms.example.com", "p1"), "Asia/Shanghai")
    machine.has_profiles("prod")
    machine.store = store
    for name in ("lab", "prod") if secret else ():
        store.set(name, Secret(TOKEN))
    assert machine.omstui("profiles", "--json") == 0
    assert json.loads(machine.out) == [
        {
            "name": "lab",
            "endpoint": "https://oms.example.com",
            "project_id": "p1",
            "auth": "token",
            "zone": "Asia/Shanghai",
            "secret_store": "keyring",
            "secret": place,
            "expires_at": None,
        },
        {
            "name": "prod",
            "endpoint": NORTH,
            "project_id": "p1",
            "auth": "token",
            "zone": "UTC+08:00",
            "secret_store": "keyring",
            "secret": place,
            "expires_at": None,
        },
    ]
    assert machine.omstui("profiles") == 0
    assert machine.out.splitlines()[0].split("  ")[0] == "lab"
    assert place in machine.out


def test_no_profile_is_an_empty_list_and_a_next_step(machine: Machine) -> None:
    assert machine.omstui("profiles", "--json") == 0
    assert json.loads(machine.out) == []
    assert "omstui login" in machine.err
