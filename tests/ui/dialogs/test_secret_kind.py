"""What is entered for each way to sign in."""

import pytest

from omstui.ui.dialogs.secret_kind import KEYS, PASSWORD, TOKEN, kind_of


@pytest.mark.parametrize(
    ("way", "word"), [("token", "token"), ("password", "password"), ("aksk", "access keys"), ("anything", "token")]
)
def test_each_way_has_its_secret(way: str, word: str) -> None:
    kind = kind_of(way)
    assert kind is not None
    assert kind.word == word


@pytest.mark.parametrize("way", ["command", "ecs"])
def test_a_command_and_an_agency_need_none(way: str) -> None:
    assert kind_of(way) is None


def test_a_password_is_taken_as_it_is_with_blanks_and_signs() -> None:
    assert PASSWORD.read(' pass wörd "x" \r\n').reveal() == ' pass wörd "x" '
    for text in ("", "\n", "one\ntwo", "a\x1bb", "x" * 1025):
        with pytest.raises(ValueError, match="password"):
            PASSWORD.read(text)


def test_no_hash_of_a_password_or_of_keys_is_shown() -> None:
    assert TOKEN.has_fingerprint
    assert not PASSWORD.has_fingerprint
    assert not KEYS.has_fingerprint


@pytest.mark.parametrize("text", ["AKFAKE SKFAKE", "AKFAKE\nSKFAKE\n", "  AKFAKE\r\n\r\nSKFAKE "])
def test_keys_come_on_a_line_each_or_with_a_blank_between(text: str) -> None:
    assert KEYS.read(text).reveal() == "AKFAKE\nSKFAKE"


def test_half_a_pair_of_keys_is_refused_without_repeating_it() -> None:
    with pytest.raises(ValueError, match="two or three lines") as refused:
        KEYS.read("AKFAKEONLY")
    assert "AKFAKEONLY" not in str(refused.value)
