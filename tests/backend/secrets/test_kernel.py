"""Secrets in the real kernel, where it lets us, and in one that fails in every way."""

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from omstui.backend.secrets.calls import StoreError, StoreErrorKind
from omstui.backend.secrets.kernel import Kernel, KernelStore, LibKeyutils
from omstui.backend.secrets.secret import Secret


def kernel_store() -> Iterator[KernelStore]:
    """A store in the real kernel under a name of its own; skips where the kernel does not let us."""
    store = KernelStore(service=f"omstui-test-{os.getpid()}")
    try:
        store.get("lab")
    except StoreError as error:
        pytest.skip(str(error))  # a container may forbid it; the rest is tried with a kernel of the tests' own
    yield store
    for account in ("lab", "prod-bj4"):
        store.delete(account)


@dataclass
class FailingKernel:
    """Works as the kernel does, until a call of which it is told fails."""

    failing: str = ""
    number: int = 0
    keys: dict[bytes, bytes] = field(default_factory=dict)
    lives: list[int] = field(default_factory=list)
    rights: int = 0
    loses: bool = False

    def add(self, name: bytes, payload: bytes) -> int:
        self._called("add")
        if not self.loses:
            self.keys[name] = payload
        return list(self.keys).index(name) if name in self.keys else 7

    def find(self, name: bytes) -> int:
        self._called("find")
        if name not in self.keys:
            raise OSError(errno.ENOKEY, "Required key not available")
        return list(self.keys).index(name)

    def read(self, key: int) -> bytes:
        self._called("read")
        return list(self.keys.values())[key]

    def restrict(self, key: int, rights: int) -> None:
        self._called("restrict")
        self.rights = rights

    def expire(self, key: int, seconds: int) -> None:
        self._called("expire")
        self.lives.append(seconds)

    def forget(self, key: int) -> None:
        self._called("forget")
        if key >= len(self.keys):
            raise OSError(errno.ENOENT, "No such file or directory")
        del self.keys[list(self.keys)[key]]

    def _called(self, name: str) -> None:
        if name == self.failing:
            raise OSError(self.number, os.strerror(self.number))


@pytest.mark.parametrize("call", ["add", "find", "read", "restrict", "expire"])
@pytest.mark.parametrize(
    ("number", "fault", "words"),
    [
        (errno.EPERM, StoreErrorKind.NONE, "not allowed here"),
        (errno.ENOSYS, StoreErrorKind.NONE, "not allowed here"),
        (errno.EDQUOT, StoreErrorKind.NOT_STORED, "is full"),
        (errno.ENOMEM, StoreErrorKind.FAILED, "Cannot allocate memory"),
    ],
)
def test_a_kernel_that_fails_is_told_in_words(call: str, number: int, fault: StoreErrorKind, words: str) -> None:
    kernel = FailingKernel(call, number)
    with pytest.raises(StoreError, match=words) as caught:
        KernelStore(life=60, kernel=kernel).set("lab", Secret("hunter2hunter2"))
    assert caught.value.kind is fault
    assert "hunter2" not in str(caught.value)
    assert kernel.keys == {}  # what is said not to be stored is not left there without an end


@dataclass
class HangingKernel(FailingKernel):
    """Does what it is asked to once it is let."""

    answered: threading.Event = field(default_factory=threading.Event)

    def _called(self, name: str) -> None:
        self.answered.wait()
        super()._called(name)


class OddKernel(FailingKernel):
    """Fails as a library may that is another than was expected."""

    def find(self, name: bytes) -> int:
        raise AttributeError(f"undefined symbol for {list(self.keys.values())}")


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        (FailingKernel(keys={b"omstui:lab": b"hunter2hunter2\xff"}), r"failed \(UnicodeDecodeError\): sign in again"),
        (OddKernel(keys={b"omstui:lab": b"hunter2hunter2"}), r"failed \(AttributeError\): sign in again"),
    ],
)
def test_whatever_else_goes_wrong_is_told_by_its_kind_and_takes_no_secret_along(kernel: Kernel, words: str) -> None:
    with pytest.raises(StoreError, match=words) as caught:
        KernelStore(kernel=kernel).get("lab")
    assert caught.value.kind is StoreErrorKind.FAILED
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_a_kernel_that_keeps_nothing_is_found_out() -> None:
    with pytest.raises(StoreError) as caught:
        KernelStore(kernel=FailingKernel(loses=True)).set("lab", Secret("x"))
    assert caught.value.kind is StoreErrorKind.NOT_STORED


@pytest.mark.parametrize("number", [errno.ENOKEY, errno.EKEYEXPIRED, errno.EKEYREVOKED])
def test_a_key_that_has_ended_is_none(number: int) -> None:
    store = KernelStore(kernel=FailingKernel("read", number, {b"omstui:lab": b"x"}))
    assert store.get("lab") is None
    KernelStore(kernel=FailingKernel("forget", number, {b"omstui:lab": b"x"})).delete("lab")


def test_only_its_owner_may_touch_a_key_and_a_token_ends_by_itself() -> None:
    kernel = FailingKernel()
    KernelStore(life=86_400, kernel=kernel).set("lab", Secret("x"))
    assert kernel.lives == [86_400]
    assert kernel.rights & 0xFFFF == 0
    view_and_read = 0x030000
    assert kernel.rights & view_and_read == view_and_read, "another login of theirs could not read it"
    unending = FailingKernel()
    KernelStore(kernel=unending).set("lab", Secret("x"))
    assert unending.lives == []


@pytest.mark.parametrize("secret", ["", "x" * 32_768])
def test_what_no_key_can_hold_is_refused_before_the_kernel_is_asked(secret: str) -> None:
    kernel = FailingKernel()
    with pytest.raises(StoreError):
        KernelStore(kernel=kernel).set("lab", Secret(secret))
    assert not kernel.keys


def test_a_real_key_ends_when_its_time_has_come() -> None:
    for store in kernel_store():
        ending = KernelStore(service=store._service, life=1)
        ending.set("lab", Secret("x"))
        assert store.get("lab") == Secret("x")
        end = time.monotonic() + 30
        while store.get("lab") is not None:
            assert time.monotonic() < end
            time.sleep(0.1)


LATER_LOGIN = """
import ctypes, sys
from omstui.backend.secrets.kernel import KernelStore
from omstui.backend.secrets.secret import Secret

assert ctypes.CDLL("libkeyutils.so.1").keyctl_join_session_keyring(None) > 0
store = KernelStore(service=sys.argv[1])
found = store.get("lab")
print(found.reveal() if found is not None else None)
store.delete("lab")
store.set("lab", Secret("kept-by-a-later-one"))
"""


def test_a_later_login_of_the_same_user_reads_and_replaces_it() -> None:
    """It has a session keyring of its own, in whose reach the user's is not before we link it."""
    for store in kernel_store():
        store.set("lab", Secret("kept-by-an-earlier-login"))
        command = [sys.executable, "-c", LATER_LOGIN, store._service]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert (run.stdout, run.stderr) == ("kept-by-an-earlier-login\n", "")
        assert store.get("lab") == Secret("kept-by-a-later-one")


def test_a_machine_without_the_library_has_no_such_store(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("libkeyutils.so.1: cannot open shared object file")

    monkeypatch.setattr("ctypes.CDLL", fail)
    with pytest.raises(OSError, match="libkeyutils"):
        LibKeyutils()
    with pytest.raises(StoreError) as caught:
        KernelStore().get("lab")
    assert caught.value.kind is StoreErrorKind.NONE
    assert "libkeyutils" in str(caught.value)
