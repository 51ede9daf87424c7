"""Stores a secret in small entries: in one if it fits, else in parts that count only once all are written."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Protocol, Self

from msgspec import Struct

from omstui.backend.secrets.calls import StoreError, StoreErrorKind

LONGEST_ENTRY = 1_200
"""Characters in one entry: Windows Credential Manager holds 2,560 bytes of UTF-16."""

_LISTING = "omstui-parts:1:"
_MOST_PARTS = 64
_MOST_TRIES = 4


class Entries(Protocol):
    """A store of small texts by name."""

    @property
    def place(self) -> str:
        """The name of the store in words."""

    def read(self, name: str) -> str | None:
        """Return an entry; ``None`` when there is none."""

    def write(self, name: str, text: str) -> None:
        """Write an entry; one of that name is overwritten."""

    def remove(self, name: str) -> None:
        """Remove an entry, if there is one."""


class _Parts(Struct, frozen=True):
    """The names of the parts of one secret; each write of a secret uses a new generation."""

    account: str
    generation: str
    count: int

    def __iter__(self) -> Iterator[str]:
        return (f"{self.account}/{self.generation}/{number}" for number in range(self.count))

    @classmethod
    def read(cls, account: str, text: str) -> Self | None:
        generation, _, count = text.partition(":")
        if not (generation.isalnum() and count.isdecimal() and len(count) <= 2 and 0 < int(count) <= _MOST_PARTS):
            return None
        return cls(account, generation, int(count))

    def __str__(self) -> str:
        return f"{self.generation}:{self.count}"


def read_secret(entries: Entries, account: str) -> str | None:
    """Return the account's secret; ``None`` when there is none.

    Raises:
        StoreError: parts of it are missing or do not fit together.
    """
    entry = entries.read(account)
    for _ in range(_MOST_TRIES):
        if not entry:
            return None
        if not entry.startswith(_LISTING):
            return entry
        parts = _listed(account, entry)
        if parts is not None:
            value = "".join(entries.read(name) or "" for name in parts)
            if entry == _listing(parts, value):
                return value
        before, entry = entry, entries.read(account)
        if entry == before:  # else another process has replaced the secret meanwhile
            break
    raise StoreError(
        StoreErrorKind.INCOMPLETE, f"What the {entries.place} holds is incomplete: run omstui login {account} again"
    )


def write_secret(entries: Entries, account: str, value: str) -> None:
    """Write the account's secret and read it back; at every moment the old or the new one can be read.

    Raises:
        StoreError: the store does not return it as written; the old one stays stored.
    """
    old = entries.read(account)
    _sweep(entries, account, old)
    if len(value) <= LONGEST_ENTRY and not value.startswith(_LISTING):
        entry, pieces, parts = value, [], None
    else:
        pieces = [value[start : start + LONGEST_ENTRY] for start in range(0, len(value), LONGEST_ENTRY)]
        parts = _Parts(account, os.urandom(4).hex(), len(pieces))
        entry = _listing(parts, value)
    # The note comes first, so that the parts of a killed writer can be found.
    noted = [str(known) for known in (_listed(account, old), parts) if known is not None]
    if noted:
        entries.write(_note(account), " ".join(noted))
    try:
        for name, piece in zip(parts or (), pieces, strict=True):
            _write_part(entries, name, piece)
        _write_entry(entries, account, entry, old)
    except BaseException:
        with suppress(Exception):  # the first error is the one to report
            _sweep(entries, account, entries.read(account))
        raise
    with suppress(Exception):  # the new secret is stored; the next write removes old parts
        _sweep(entries, account, entry)


def remove_secret(entries: Entries, account: str) -> None:
    """Remove the account's secret with all its parts, if there is one."""
    entry = entries.read(account)
    _sweep(entries, account, entry)
    # The listing is removed last: while it exists, the parts can be found.
    for name in _listed(account, entry) or ():
        entries.remove(name)
    entries.remove(account)


def _write_part(entries: Entries, name: str, piece: str) -> None:
    entries.write(name, piece)
    if entries.read(name) != piece:
        raise _not_stored(entries)


def _write_entry(entries: Entries, account: str, entry: str, old: str | None) -> None:
    """Write the account's own entry; restore the old one if the store does not return the new one.

    Raises:
        StoreError: the store does not return the new entry.
    """
    entries.write(account, entry)
    if entries.read(account) == entry:
        return
    if old is None:
        entries.remove(account)
    else:
        entries.write(account, old)
    raise _not_stored(entries)


def _sweep(entries: Entries, account: str, entry: str | None) -> None:
    """Remove the noted parts that the account's present entry does not list, and the note."""
    note = entries.read(_note(account))
    if note is None:
        return
    for text in note.split():
        parts = _Parts.read(account, text)
        if parts is not None and parts != _listed(account, entry):
            for name in parts:
                entries.remove(name)
    entries.remove(_note(account))


def _note(account: str) -> str:
    return f"{account}/noted"


def _listing(parts: _Parts, value: str) -> str:
    return f"{_LISTING}{parts}:{hashlib.sha256(value.encode()).hexdigest()[:16]}"


def _listed(account: str, entry: str | None) -> _Parts | None:
    """Return the parts that an entry lists; ``None`` when it is no listing or a broken one."""
    if not entry or not entry.startswith(_LISTING):
        return None
    return _Parts.read(account, entry.removeprefix(_LISTING).rpartition(":")[0])


def _not_stored(entries: Entries) -> StoreError:
    return StoreError(
        StoreErrorKind.NOT_STORED,
        f"The {entries.place} did not keep the secret, it is not stored: set OMSTUI_TOKEN instead",
    )
