"""The kinds of secrets for each way to sign in, and the text that is typed for one."""

import pytest

from omstui.backend.secrets.secret import LONGEST_TOKEN, Secret
from omstui.ui.dialogs.typed_secret import KEYS, PASSWORD, TOKEN, TypedSecret, kind_of


def typed(*pieces: str) -> TypedSecret:
    """Return the text that these pieces make."""
    text = TypedSecret()
    for piece in pieces:
        text.append(piece)
    return text


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


def test_pieces_are_joined_in_their_order() -> None:
    text = typed("ab", "\n", "c")
    assert len(text) == 4
    assert text.read(TOKEN) == Secret("abc")
    text.append("d")
    assert text.read(TOKEN) == Secret("abcd"), "what was read stays"


def test_a_cleared_text_is_empty() -> None:
    text = typed("abc")
    text.clear()
    assert len(text) == 0
    with pytest.raises(ValueError, match="the token is empty"):
        text.read(TOKEN)


def test_after_a_refusal_the_next_piece_replaces_the_text_and_later_ones_are_added() -> None:
    text = typed("first")
    text.replace_next()
    assert text.read(TOKEN) == Secret("first"), "it can be tried again"
    text.append("sec")
    text.append("ond")
    assert text.read(TOKEN) == Secret("second")


def test_a_cleared_text_is_not_replaced_by_the_next_piece_but_one() -> None:
    text = typed("first")
    text.replace_next()
    text.clear()
    text.append("a")
    text.append("b")
    assert text.read(TOKEN) == Secret("ab")


def test_what_is_too_long_for_a_token_is_not_kept_without_end() -> None:
    text = typed(*["x" * LONGEST_TOKEN] * 20)
    assert len(text) == 8 * LONGEST_TOKEN
    with pytest.raises(ValueError, match="at most 16,384 are possible"):
        text.read(TOKEN)


def test_the_text_is_not_part_of_any_repr() -> None:
    text = typed("MARKER", "MARKER")
    assert "MARKER" not in repr(vars(text))
    text.read(TOKEN)
    assert "MARKER" not in repr(vars(text))
