import base64
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.backend.secrets.redact import RedactingFilter, mask, mask_traceback

TOKEN = "MIIFdQYJKoZIhvcNAQcCoIIFZjCCBWICAQMxDTALBglghkgBZQMEAgEwggNDBgkq"
ACCESS_KEY = "QTWAOYTTINDUT2QVKYUC"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"bad token {TOKEN}.", "bad token ***."),
        (f"bad token {TOKEN}==.", "bad token ***."),
        ("X-Auth-Token: short", "X-Auth-Token: ***"),
        ("x-auth-token:short, Host: a", "x-auth-token:***, Host: a"),
        ("X-Security-Token = short;", "X-Security-Token = ***;"),
        ("{'X-Auth-Token': 'short'}", "{'X-Auth-Token': '***'}"),
        ("[(b'X-Auth-Token', b'short'), (b'Host', b'a')]", "[(b'X-Auth-Token', b'***'), (b'Host', b'a')]"),
        ("Authorization: SDK-HMAC-SHA256 Access=short, Signature=ab", "Authorization: ***"),
        ("Authorization: Basic dXNlcjpwdw==\nHost: a", "Authorization: ***\nHost: a"),
        ("Cookie: a=b; c=d", "Cookie: ***"),
        ("SDK-HMAC-SHA256 Access=short, SignedHeaders=host, Signature=ab", "SDK-HMAC-SHA256 ***"),
        ("V11-HMAC-SHA256 Credential=short", "V11-HMAC-SHA256 ***"),
        ("Access=short&Signature=ab", "Access=***&Signature=***"),
        (f"Get secretKey failed,ak:{ACCESS_KEY},err:ak not exist", "Get secretKey failed,ak:***,err:ak not exist"),
        (f"ak {ACCESS_KEY} not exist", "ak *** not exist"),
        (
            "verify aksk signature fail, canonicalRequest: GET\n/v2\n\nhost:a",
            "verify aksk signature fail, canonicalRequest ***",
        ),
        ('{"user":{"name":"a","password":"p\\"w,}","x":1}}', '{"user":{"name":"a","password":"***","x":1}}'),
        ('{\\"password\\":\\"pw\\",\\"x\\":1}', '{\\"password\\":\\"***\\",\\"x\\":1}'),
        ('"passcode": 123456}', '"passcode": ***}'),
        ('"password":"cut off', '"password":"***'),
        ('{"access":"a","secret":"b","securitytoken":"c"}', '{"access":"***","secret":"***","securitytoken":"***"}'),
        ('{"encoded_authorization_message":"a"}', '{"encoded_authorization_message":"***"}'),
        ("src_ak=a src_sk=b", "src_ak=*** src_sk=***"),
        ("HTTPS_PROXY=http://user:pw@proxy:3128", "HTTPS_PROXY=http://***@proxy:3128"),
        ("Bearer abcdefghijklmnopqrstuvwxyz", "Bearer ***"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.abc_def-g", "***"),
        ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "***"),
        (TOKEN[:40], "***"),
        (f"a/{TOKEN}", "***"),
    ],
)
def test_secrets_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No resources found.",
        "Incorrect IAM authentication information: decrypt token fail",
        "Incorrect IAM authentication information: token expires, expires_at: 2023-11-22T07:55:00.701000Z",
        "Incorrect IAM authentication information: x-auth-token not found",
        "AK access failed to reach the limit,forbidden",
        "verify aksk signature fail",
        "The username or password is wrong.",
        "policy user over ratelimit,limit:200,time:5 minute",
        "Access denied: no right to task: 7",
        "request_id=8080d377bffeb6d519b0567c09cebe6b",
        "task d18befdd-eb82-41f3-8019-bbb593d74a3e of 2C0689C860AD4728A497C91EC0844383",
        "https://oms.example/v2/2c0689c860ad4728a497c91ec0844383/sync-tasks/d18befdd-eb82-41f3-8019-bbb593d74a3e?limit=1",
        "/home/someone/.config/infrastructure/omstui/watchlist/of-this-very-month/watchlist.toml, line 3",
        "SIZE_LAST_MODIFIED_COMPARISON_OVERWRITE_AND_MORE",
        TOKEN[:39],
    ],
)
def test_ordinary_texts_ids_and_paths_stay(text: str) -> None:
    assert mask(text) == text


_BYTES = st.binary(min_size=30, max_size=120)
_SECRETS = st.one_of(
    _BYTES.map(lambda raw: base64.b64encode(raw).decode()),
    _BYTES.map(lambda raw: base64.urlsafe_b64encode(raw).decode()),
    _BYTES.map(lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=")),
    _BYTES.map(bytes.hex),
)
_SURROUNDINGS = st.lists(
    st.sampled_from(
        ["X-Auth-Token", "password", "ak", "sk", "Access", "canonical request", "not exist", "Authorization"]
    )
    | st.sampled_from([":", "=", " ", '"', "'", "\\", ",", "\n", "{", "}", "/", "-", "://", "@", "SDK-HMAC-SHA256 "])
    | st.text(max_size=12),
    max_size=12,
).map("".join)


@given(_SURROUNDINGS, _SECRETS, _SURROUNDINGS)
def test_a_long_secret_does_not_survive_wherever_it_stands(before: str, secret: str, after: str) -> None:
    assert len(secret) >= 40
    masked = mask(before + secret + after)
    assert secret not in masked
    if secret.isalnum():  # nothing in it that could part it from its surroundings
        assert not any(secret[place : place + 12] in masked for place in range(len(secret) - 11)) or secret in (
            before + after
        )


@given(st.lists(_SURROUNDINGS | _SECRETS, max_size=6).map("".join))
def test_masking_twice_changes_nothing(text: str) -> None:
    masked = mask(text)
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "piece",
    [
        "A",
        "a-",
        "d18befdd-eb82-41f3-8019-bbb593d74a3e/",
        "ak ",
        'password:"',
        "://",
        "eyJaaaaaa.",
        "a/",
        "\\",
        "Q1/",
        "\t",
    ],
)
def test_a_megabyte_of_anything_is_masked_in_one_go(piece: str) -> None:
    """Patterns that go back and forth would take hours here."""
    text = piece * (1_000_000 // len(piece))
    masked = mask(f"x-auth-token{text}!")
    assert len(masked) <= len(text) + 100


# Log records


def log_of(record: logging.LogRecord) -> str:
    """Format a record as a handler with the filter on it does."""
    assert RedactingFilter().filter(record)
    return logging.Formatter("%(levelname)s %(message)s").format(record)


def record(message: object, *args: object) -> logging.LogRecord:
    return logging.LogRecord("test", logging.INFO, __file__, 1, message, args, None)


def test_a_record_s_final_message_is_masked() -> None:
    """The secret comes in as an argument, beside a harmless format."""
    assert log_of(record("asked with %s", f"X-Auth-Token: {TOKEN}")) == "INFO asked with X-Auth-Token: ***"
    assert log_of(record({"X-Auth-Token": "short"})) == "INFO {'X-Auth-Token': '***'}"
    assert log_of(record("100 %")) == "INFO 100 %"


def test_a_record_that_does_not_fit_its_arguments_is_told_without_them() -> None:
    """Logging itself would print the arguments to stderr."""

    class Rude:
        def __str__(self) -> str:
            raise RuntimeError(TOKEN)

    for bad in (record("%d", TOKEN), record("%s %s", TOKEN), record("%s", Rude()), record(Rude())):
        text = log_of(bad)
        assert text.startswith("INFO a log message that does not fit its arguments: ")
        assert TOKEN not in text


def test_a_traceback_is_masked_and_holds_no_local_variables() -> None:
    def look_up(token: str) -> None:
        local_copy = token
        known: dict[str, str] = {}
        known.pop(local_copy)

    def fail(token: str) -> None:
        try:
            look_up(token)
        except KeyError as error:
            raise ValueError(f"X-Auth-Token: {token[:20]}") from error

    failed = record("failed")
    try:
        fail(TOKEN)
    except ValueError:
        failed.exc_info = sys.exc_info()
    text = log_of(failed)
    assert failed.exc_info is None
    assert "KeyError: '***'" in text
    assert "ValueError: X-Auth-Token: ***" in text
    assert f'File "{__file__}", line ' in text
    assert TOKEN[:12] not in text


def test_a_traceback_that_was_formatted_before_and_a_stack_are_masked_too() -> None:
    noted = record("noted")
    noted.exc_text = f"ValueError: {TOKEN}"
    noted.stack_info = f"Stack (most recent call last):\n  {TOKEN}"
    assert TOKEN[:12] not in log_of(noted)


def test_a_canonical_request_in_a_traceback_does_not_hide_what_comes_after_it() -> None:
    frame = '  File "/usr/lib/python3/dist-packages/VeryLongNameOfAPackageOfSomebody/client.py", line 7, in ask'
    text = f"ValueError: canonical request: {TOKEN}\n\nDuring handling:\n\n{frame}\n    ask()\nKeyError: '{TOKEN}'"
    assert mask_traceback(text) == f"ValueError: canonical request ***\n{frame}\n    ask()\nKeyError: '***'"
