import copy
import io
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.pretty import pretty_repr

from omstui.backend.secrets.secret import HIDDEN, LONGEST_TOKEN, Secret

VALUE = "MIIFdQYJKoZIhvcNAQcCoIIFZjCCBWICAQMxDTALBglghkgBZQMEAgEw"


@pytest.mark.parametrize(
    "show",
    [str, repr, "{}".format, "{!s}".format, "{!r}".format, "%s".__mod__, ascii, pretty_repr],
    ids=lambda show: getattr(show, "__qualname__", str(show)),
)
def test_a_secret_shows_itself_to_nobody(show: object) -> None:
    assert callable(show)
    text = show(Secret(VALUE))
    assert text == HIDDEN
    assert VALUE not in show([Secret(VALUE)])


def test_rich_prints_it_as_hidden_too() -> None:
    printed = io.StringIO()
    Console(file=printed, width=200).print(Secret(VALUE), [Secret(VALUE)])
    assert printed.getvalue().split() == [HIDDEN, f"[{HIDDEN}]"]


def test_it_is_padded_like_a_word() -> None:
    assert f"{Secret(VALUE):>6}" == f"   {HIDDEN}"


def test_it_is_revealed_when_asked() -> None:
    assert Secret(VALUE).reveal() == VALUE
    assert len(Secret(VALUE)) == len(VALUE)
    assert Secret(VALUE)
    assert not Secret("")


def test_equal_values_are_equal_secrets() -> None:
    assert Secret(VALUE) == Secret(VALUE)
    assert hash(Secret(VALUE)) == hash(Secret(VALUE))
    assert Secret(VALUE) != Secret("other")
    assert Secret(VALUE) != VALUE


@pytest.mark.parametrize("write", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps])
def test_it_is_not_written_anywhere_by_machines(write: object) -> None:
    assert callable(write)
    with pytest.raises(TypeError) as caught:
        write(Secret(VALUE))
    assert VALUE not in str(caught.value)


def test_it_has_no_attributes_to_look_into() -> None:
    with pytest.raises(TypeError):
        vars(Secret(VALUE))


@pytest.mark.parametrize(
    "pasted",
    [
        VALUE,
        f"  {VALUE}\r\n",
        f"{VALUE[:20]}\n{VALUE[20:40]}\r\n  {VALUE[40:]}\n",
        f'"{VALUE}"',
        f"'{VALUE}'",
        f"`{VALUE}`",
        f"X-Auth-Token: {VALUE}",
        f"x-auth-token:{VALUE}",
        f'X-Auth-Token: "{VALUE}"',
        f'"X-Auth-Token: {VALUE}"',
        f'"X-Auth-Token": "{VALUE}",',
        f"'X-Auth-Token': '{VALUE}'",
        f"X-Subject-Token: {VALUE}",
        f"-H 'X-Auth-Token: {VALUE}'",
        f'"{VALUE[:20]}"\n"{VALUE[20:40]}"\r\n  "{VALUE[40:]}"',
        f"X-Auth-Token: '{VALUE[:20]}'\n'{VALUE[20:]}'",
    ],
)
def test_what_terminals_and_editors_put_around_a_token_is_dropped(pasted: str) -> None:
    assert Secret.token(pasted) == Secret(VALUE)


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        ("", "the token is empty"),
        (" \r\n", "the token is empty"),
        ('""', "the token is empty"),
        ("X-Auth-Token:", "the token is empty"),
        ("abc\u200bdef", "character 4 of 7 is not a printable ASCII character"),
        ("abcé", "character 4 of 4 is not"),
        ("\x1b[200~abc", "character 1 of 9 is not"),
        ("x" * (LONGEST_TOKEN + 1), "has 16,385 characters, at most 16,384"),
    ],
)
def test_what_cannot_be_a_token_is_refused_with_place_and_length(pasted: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Secret.token(pasted)


def test_the_longest_token_is_one() -> None:
    assert len(Secret.token("x" * LONGEST_TOKEN)) == LONGEST_TOKEN


@given(st.text())
def test_a_token_is_printable_ascii_or_an_error_that_does_not_repeat_it(pasted: str) -> None:
    try:
        value = Secret.token(pasted).reveal()
    except ValueError as error:
        message = str(error)
    else:
        assert value
        assert all("!" <= char <= "~" for char in value)
        return
    assert len(message) < 100
    assert len(pasted) < 12 or pasted not in message


def test_a_fingerprint_tells_secrets_apart_and_neither_of_them() -> None:
    one, other = Secret("hunter2hunter2"), Secret("hunter2hunter3")
    assert one.fingerprint == Secret("hunter2hunter2").fingerprint != other.fingerprint
    assert len(one.fingerprint) == 16
    assert "hunter" not in one.fingerprint
    assert Secret("\ud800").fingerprint != Secret("?").fingerprint
