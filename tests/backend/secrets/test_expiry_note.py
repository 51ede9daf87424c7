"""When a stored token ends is noted beside it, for this token alone, and goes with it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from omstui.backend.secrets.expiry_note import forget_secret, note_expiry, noted_expiry
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import MemoryStore

TOKEN, OTHER = Secret("MIImarked" * 20), Secret("MIIother")
AT = datetime(2026, 11, 23, 9, 40, 5, 123456, tzinfo=UTC)


class Store(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        super().set("lab", TOKEN)


def test_what_is_noted_is_told_of_that_token_of_that_profile() -> None:
    store = Store()
    note_expiry(store, "lab", TOKEN, AT.astimezone(timezone(timedelta(hours=8))))
    assert noted_expiry(store, "lab", TOKEN) == AT
    assert noted_expiry(store, "lab", OTHER) is None
    assert noted_expiry(store, "dr", TOKEN) is None
    assert store.get("lab") == TOKEN


def test_the_note_holds_nothing_of_the_token() -> None:
    store = Store()
    note_expiry(store, "lab", TOKEN, AT)
    note = store.get("lab/expires_at")
    assert note is not None
    assert "MII" not in note.reveal()
    assert len(note) < 60


@pytest.mark.parametrize("note", ["", "x", "x y", "2026-11-23 y", "\x00"])
def test_a_note_that_is_none_tells_nothing(note: str) -> None:
    store = Store()
    store.set("lab/expires_at", Secret(note))
    assert noted_expiry(store, "lab", TOKEN) is None


def test_the_note_is_forgotten_with_the_secret() -> None:
    store = Store()
    note_expiry(store, "lab", TOKEN, AT)
    forget_secret(store, "lab")
    forget_secret(store, "lab")
    assert store.get("lab") is None
    assert store.get("lab/expires_at") is None
