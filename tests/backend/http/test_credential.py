from datetime import UTC, datetime

import httpx
import pytest

from omstui.backend.http.credential import AnyCredential, Credential, HeaderToken, token_auth
from omstui.backend.secrets.secret import Secret


def headers_of(credential: Credential) -> httpx.Headers:
    request = httpx.Request("GET", "https://oms.example/v2")
    return next(credential.auth().auth_flow(request)).headers


def test_the_token_becomes_one_header() -> None:
    headers = headers_of(Credential(Secret("abc"), "memory"))
    assert headers.get_list("X-Auth-Token") == ["abc"]


@pytest.mark.parametrize("value", ["", "é", "a\x00b", "x" * 16_385])
def test_what_cannot_be_a_header_makes_no_auth(value: str) -> None:
    with pytest.raises(ValueError, match="token") as caught:
        token_auth({"X-Auth-Token": Secret(value)})
    assert not value or value not in str(caught.value)


def test_one_auth_can_fill_several_headers() -> None:
    request = httpx.Request("GET", "https://iam.example/v3")
    headers = next(
        token_auth({"X-Auth-Token": Secret("abc"), "X-Subject-Token": Secret("def")}).auth_flow(request)
    ).headers
    assert (headers["X-Auth-Token"], headers["X-Subject-Token"]) == ("abc", "def")


def test_a_token_fits_where_any_credential_does() -> None:
    used: AnyCredential = Credential(Secret("abc"), "memory")
    assert (used.secrets, used.is_dated) == ((Secret("abc"),), False)


def test_a_credential_shows_its_secret_to_nobody_and_does_not_change() -> None:
    credential = Credential(Secret("abc"), "memory", datetime(2026, 11, 23, tzinfo=UTC))
    assert "abc" not in repr(credential) + str(credential) + repr(credential.auth()) + repr(vars(credential.auth()))
    with pytest.raises(AttributeError):
        credential.source = "keyring"  # type: ignore[misc]  # that it is frozen is what is tried


def test_a_token_for_one_question_stands_in_the_headers_that_are_named_and_is_shown_to_nobody() -> None:
    used: AnyCredential = HeaderToken(Secret("abc"), ("X-Metadata-Token", "X-Subject-Token"), "metadata service")
    headers = next(used.auth().auth_flow(httpx.Request("GET", "http://metadata.example"))).headers
    assert {name: value for name, value in headers.items() if value == "abc"} == {
        "x-metadata-token": "abc",
        "x-subject-token": "abc",
    }
    assert (used.secrets, used.source, used.is_dated) == ((Secret("abc"),), "metadata service", False)
    assert "abc" not in repr(used)
