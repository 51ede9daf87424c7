import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.backend.http.credential import AnyCredential, Credential
from omstui.backend.http.signing import (
    AccessKeys,
    IssuedKeys,
    KeyCredential,
    Signature,
    canonical_path,
    canonical_query,
    sign,
)
from omstui.backend.oms.client import Answer, OmsClient
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.demo.clock import SteppedClock
from tests.backend.iam_server import PROJECT_ID, IamServer, Request, fault_of, iam_serving

NOW = datetime(2023, 11, 22, 7, 52, 40, tzinfo=UTC)
ACCESS_KEY, SECRET_KEY = "OMSTUIMARKEDAK000001", "marked-secret-key-that-nobody-may-read-1"
SECURITY_TOKEN = "MARKED/security+token=that==nobody/may+read"
MARKED = (ACCESS_KEY, SECRET_KEY, SECURITY_TOKEN)
KEYS = AccessKeys(Secret(ACCESS_KEY), Secret(SECRET_KEY))
TEMPORARY_KEYS = AccessKeys(Secret(ACCESS_KEY), Secret(SECRET_KEY), Secret(SECURITY_TOKEN))
VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "samples" / "signing-vectors.json").read_text(encoding="utf-8")
)["vectors"]


def credential(keys: AccessKeys = KEYS, project_id: str | None = PROJECT_ID) -> KeyCredential:
    return KeyCredential(keys, "keyring", project_id, SteppedClock(NOW))


def sent(request: httpx.Request, signer: KeyCredential) -> Request:
    """Sign a request of httpx's, and return it as a server gets it."""
    request = next(signer.auth().sync_auth_flow(request))
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Request(NOW, request.method, request.url.raw_path.decode("ascii"), headers, request.content)


def fault(request: Request) -> str | None:
    """Verify by the independent implementation."""
    security_tokens = {ACCESS_KEY: SECURITY_TOKEN} if "x-security-token" in request.headers else {}
    return fault_of(request, {ACCESS_KEY: SECRET_KEY}, security_tokens, NOW)


def is_told(text: str) -> bool:
    return any(secret[place : place + 12] in text for secret in MARKED for place in range(len(secret) - 11))


# Signatures


def test_there_are_eight_vectors() -> None:
    assert len(VECTORS) == 8


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_official_signer_s_vectors_are_reproduced_exactly(vector: dict[str, Any]) -> None:
    keys = AccessKeys(Secret(vector["access_key"]), Secret(vector["secret_key"]))
    query = [(name, str(value)) for name, value in vector["query_params"]]
    signature = sign(
        keys,
        vector["method"],
        vector["path_on_wire"],
        query,
        headers=vector["headers_signed"],
        body=vector["body"].encode(),
    )
    assert signature.canonical_request == vector["canonical_request"]
    assert signature.string_to_sign == vector["string_to_sign"]
    assert signature.authorization == vector["authorization"]
    encoded = canonical_query(query)
    assert vector["url"] == f"https://{vector['host']}{vector['path_on_wire']}{'?' if encoded else ''}{encoded}"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_vectors_hold_for_the_verifier_of_these_tests_too(vector: dict[str, Any]) -> None:
    headers = {name.lower(): value for name, value in vector["headers_signed"].items()}
    headers["authorization"] = vector["authorization"]
    target = vector["url"].removeprefix(f"https://{vector['host']}")
    request = Request(NOW, vector["method"], target, headers, b"")
    tokens = {vector["access_key"]: vector["security_token"]} if vector["security_token"] else {}
    assert fault_of(request, {vector["access_key"]: vector["secret_key"]}, tokens, NOW) is None


def test_a_header_with_an_underscore_is_left_out_and_blanks_around_values_do_not_count() -> None:
    plain = sign(KEYS, "GET", "/", [], headers={"X-Sdk-Date": "20231122T075240Z"})
    padded = sign(KEYS, "GET", "/", [], headers={"x-sdk-date": " 20231122T075240Z ", "a_b": "c"})
    assert plain == padded


def test_without_a_date_there_is_nothing_to_sign() -> None:
    with pytest.raises(KeyError):
        sign(KEYS, "GET", "/", [], headers={})


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/", "/"),
        ("", "/"),
        ("/a", "/a/"),
        ("/a/", "/a/"),
        ("/a%2fb", "/a/b/"),
        ("/a%2Bb+c~d", "/a%2Bb%2Bc~d/"),
        ("/任务", "/%E4%BB%BB%E5%8A%A1/"),
        ("/%e4%bb%bb", "/%E4%BB%BB/"),
        ("//", "//"),
    ],
)
def test_a_path_has_one_canonical_form_that_ends_with_a_slash(path: str, canonical: str) -> None:
    assert canonical_path(path) == canonical


# What is sent


def test_a_request_carries_the_few_signed_headers_and_its_query_in_the_canonical_form() -> None:
    request = sent(httpx.Request("GET", "https://oms.example:8443/v2/a b?z=1&a=x,y&a=é*&b"), credential(TEMPORARY_KEYS))
    assert request.target == "/v2/a%20b?a=x%2Cy&a=%C3%A9%2A&b=&z=1"
    assert request.headers["host"] == "oms.example:8443"
    assert request.headers["x-sdk-date"] == "20231122T075240Z"
    assert request.headers["x-project-id"] == PROJECT_ID
    assert request.headers["x-security-token"] == SECURITY_TOKEN
    authorization = request.headers["authorization"]
    assert "SignedHeaders=host;x-project-id;x-sdk-date;x-security-token, " in authorization
    assert fault(request) is None


async def test_the_content_type_is_sent_and_not_signed() -> None:
    """A signed header must arrive unchanged, so few are signed."""
    requests = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(404)

    client = OmsClient(
        Profile("lab", "https://oms.example", "p"), clock=SteppedClock(NOW), transport=httpx.MockTransport(handle)
    )
    await client.show_sync_task("task", 1, credential())
    await client.aclose()
    assert requests[0].headers["Content-Type"] == "application/json"
    assert "SignedHeaders=host;x-project-id;x-sdk-date, " in requests[0].headers["Authorization"]


def test_towards_iam_no_project_is_named() -> None:
    request = sent(httpx.Request("GET", "https://iam.example/v3/projects"), credential(project_id=None))
    assert "x-project-id" not in request.headers
    assert "SignedHeaders=host;x-sdk-date, " in request.headers["authorization"]
    assert fault(request) is None


def test_a_body_is_signed_too() -> None:
    request = sent(httpx.Request("POST", "https://oms.example/v2", content=b"body"), credential())
    assert fault(request) is None
    assert fault(Request(NOW, "POST", request.target, request.headers, b"other")) is not None


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(
    segments=st.lists(_TEXTS.filter(lambda text: text not in {".", ".."}), max_size=4),
    query=st.lists(st.tuples(_TEXTS.filter(bool), _TEXTS), max_size=4),
    temporary=st.booleans(),
)
def test_an_independent_verifier_accepts_every_signature(
    segments: list[str], query: list[tuple[str, str]], temporary: bool
) -> None:
    """Whatever ids and values hold, blanks, slashes, percent signs and emoji among it."""
    url = "/".join(("https://oms.example/v2", *(quote(segment, safe="") for segment in segments)))
    request = sent(
        httpx.Request("GET", url, params=tuple(query) if query else None),
        credential(TEMPORARY_KEYS if temporary else KEYS),
    )
    assert fault(request) is None
    assert not is_told(request.target)


@pytest.mark.parametrize("change", ["path", "query", "header", "method", "key"])
def test_the_verifier_of_these_tests_notices_a_change(change: str) -> None:
    good = sent(httpx.Request("GET", "https://oms.example/v2/p?query_time=1"), credential())
    assert fault(good) is None
    headers = {**good.headers, **({"x-project-id": "other"} if change == "header" else {})}
    target = {"path": "/v2/q?query_time=1", "query": "/v2/p?query_time=2"}.get(change, good.target)
    bad = Request(NOW, "PUT" if change == "method" else "GET", target, headers, b"")
    assert fault_of(bad, {ACCESS_KEY: "other" if change == "key" else SECRET_KEY}, {}, NOW) is not None


# Keys


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (f"{ACCESS_KEY}\n{SECRET_KEY}", KEYS),
        (f"\r\n {ACCESS_KEY} \r\n\r\n{SECRET_KEY}\r\n", KEYS),
        (f"{ACCESS_KEY}\n{SECRET_KEY}\n{SECURITY_TOKEN}\n", TEMPORARY_KEYS),
    ],
)
def test_keys_are_read_from_a_line_each_and_written_so(text: str, keys: AccessKeys) -> None:
    assert AccessKeys.read(text) == keys
    assert AccessKeys.read(keys.written.reveal()) == keys


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "there are 0 lines"),
        (ACCESS_KEY, "there is 1 line"),
        (f"{ACCESS_KEY}\n{SECRET_KEY}\n{SECURITY_TOKEN}\nmore", "there are 4 lines"),
        (f"{ACCESS_KEY}\nmarked-sécret-key-that-nobody-may-read-1", "the secret key cannot be one: character 9 of 40"),
        (f"{ACCESS_KEY} x\n{SECRET_KEY}", "the access key cannot be one: character 21 of 22"),
        (f"{ACCESS_KEY},x\n{SECRET_KEY}", "holds a comma"),
        (f"{ACCESS_KEY}\n{'marked-secret' * 20}", "260 characters, at most 256"),
        (f"{ACCESS_KEY}\n{SECRET_KEY}\n{'x' * 16_385}", "16,385 characters"),
    ],
)
def test_what_cannot_be_keys_is_refused_without_repeating_it(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r"key|token|line") as caught:
        AccessKeys.read(text)
    assert reason in str(caught.value)
    assert not is_told(str(caught.value))


@pytest.mark.parametrize(
    ("keys", "project_id"),
    [
        (AccessKeys(Secret(""), Secret(SECRET_KEY)), PROJECT_ID),
        (AccessKeys(Secret(f"{ACCESS_KEY}\nX: y"), Secret(SECRET_KEY)), PROJECT_ID),
        (AccessKeys(Secret(ACCESS_KEY), Secret(SECRET_KEY), Secret("é" * 20)), PROJECT_ID),
        (KEYS, "a\r\nX: y"),
        (KEYS, "ä"),
    ],
)
async def test_what_cannot_stand_in_a_header_is_refused_without_asking(keys: AccessKeys, project_id: str) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing is sent")

    client = OmsClient(
        Profile("lab", "https://oms.example", project_id),
        clock=SteppedClock(NOW),
        transport=httpx.MockTransport(handle),
    )
    outcome = await client.show_sync_task("task", 1, credential(keys, project_id))
    await client.aclose()
    assert isinstance(outcome, Problem)
    assert outcome.kind is ProblemKind.TOKEN
    assert outcome.text.startswith("What the keyring holds is no credential: the ")
    assert not is_told(repr(outcome))


def test_it_fits_where_a_token_fits_and_shows_nothing() -> None:
    used: AnyCredential = credential(TEMPORARY_KEYS)
    signature = sign(KEYS, "GET", "/", [], headers={"X-Sdk-Date": "20231122T075240Z"})
    assert isinstance(signature, Signature)
    auth = used.auth()
    shown = (used, TEMPORARY_KEYS, TEMPORARY_KEYS.written, signature, auth, vars(auth))
    assert not is_told("".join(f"{one!r}{one}" for one in shown))
    assert (used.source, used.expires_at, used.is_dated) == ("keyring", None, True)
    assert used.secrets == (Secret(ACCESS_KEY), Secret(SECRET_KEY), Secret(SECURITY_TOKEN))


# Against a server that verifies


async def ask(
    server: IamServer, keys: AccessKeys = KEYS, task_id: str = "0d146099-8cf4-437d-b6ef-88e043771c8b"
) -> Answer | Problem:
    client = OmsClient(Profile("lab", f"{server.url}/", PROJECT_ID), clock=SteppedClock(NOW))
    try:
        return await client.show_sync_task(
            task_id, 1700639560751, KeyCredential(keys, "keyring", PROJECT_ID, SteppedClock(NOW))
        )
    finally:
        await client.aclose()


@pytest.mark.parametrize("task_id", ["0d146099", "a b", "任务 a+b~c%", "a/b", "a?b#c&d=e", "*!'();:@$,[]"])
@pytest.mark.parametrize("keys", [KEYS, TEMPORARY_KEYS], ids=["permanent", "temporary"])
async def test_a_server_that_verifies_lets_signed_requests_in(keys: AccessKeys, task_id: str) -> None:
    async with iam_serving(IamServer(SteppedClock(NOW), keys={ACCESS_KEY: SECRET_KEY})) as server:
        if keys is TEMPORARY_KEYS:
            server.security_tokens[ACCESS_KEY] = SECURITY_TOKEN
        assert isinstance(await ask(server, keys, task_id), Answer)
    assert server.answers == [200]


@pytest.mark.parametrize(
    ("date_ahead", "clock_words"),
    [
        (0.0, None),
        (200.0, None),
        (-290.0, None),
        (
            600.0,
            "This machine's clock is 10 minutes behind the gateway's, so the signature is refused; set the clock: ",
        ),
        (-1380.0, "This machine's clock is 23 minutes ahead of the gateway's"),
        (7200.0, "This machine's clock is 2 hours behind"),
        (-400 * 86400.0, "This machine's clock is 400 days ahead of"),
    ],
)
async def test_a_refused_signature_names_the_clock_when_that_is_off(date_ahead: float, clock_words: str | None) -> None:
    """And only then; the access key and the canonical request that the gateway repeats are not told."""
    async with iam_serving(IamServer(SteppedClock(NOW), keys={ACCESS_KEY: "other"}, date_ahead=date_ahead)) as server:
        outcome = await ask(server)
    assert isinstance(outcome, Problem)
    assert (outcome.kind, outcome.status) == (ProblemKind.TOKEN, 401)
    assert "verify aksk signature fail" in outcome.text
    assert not is_told(repr(outcome))
    if clock_words is None:
        assert "clock" not in outcome.text
        assert outcome.clock_ahead is None
    else:
        assert outcome.text.startswith(clock_words)
        assert outcome.clock_ahead == pytest.approx(-date_ahead, abs=2)


async def test_a_refused_token_does_not_accuse_the_clock() -> None:
    async with iam_serving(IamServer(SteppedClock(NOW), date_ahead=7200.0)) as server:
        client = OmsClient(Profile("lab", server.url, PROJECT_ID), clock=SteppedClock(NOW))
        outcome = await client.show_sync_task("task", 1, Credential(Secret("made-up-token"), "keyring"))
        await client.aclose()
    assert isinstance(outcome, Problem)
    assert (outcome.status, outcome.text) == (401, "Incorrect IAM authentication information: decrypt token fail")


@pytest.mark.parametrize("date", ["", "rubbish", "Wed, 99 Nov 2023 07:55:00 GMT", "Wed, 22 Nov 99999 07:55:00 GMT"])
async def test_a_date_that_is_none_accuses_nobody(date: str) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"error_code": "APIGW.0301", "error_msg": "no"}, headers={"Date": date})

    client = OmsClient(
        Profile("lab", "https://oms.example", "p"), clock=SteppedClock(NOW), transport=httpx.MockTransport(handle)
    )
    outcome = await client.show_sync_task("task", 1, credential())
    await client.aclose()
    assert isinstance(outcome, Problem)
    assert outcome.text == "no"


async def test_an_unknown_access_key_is_not_repeated(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with iam_serving(IamServer(SteppedClock(NOW))) as server:
        outcome = await ask(server, TEMPORARY_KEYS)
    assert isinstance(outcome, Problem)
    assert "err:ak not exist" in outcome.text
    assert caplog.records
    assert not is_told(repr(outcome) + caplog.text)


# Keys that were issued

FIELDS = {"access": ACCESS_KEY, "secret": SECRET_KEY}
END = "2026-11-22T10:40:05.701000Z"


@pytest.mark.parametrize("wrap", [lambda fields: fields, lambda fields: {"credential": fields, "more": 1}])
@pytest.mark.parametrize(
    ("fields", "issued"),
    [
        (FIELDS, IssuedKeys(KEYS)),
        ({**FIELDS, "securitytoken": None, "expires_at": None}, IssuedKeys(KEYS)),
        ({**FIELDS, "securitytoken": ""}, IssuedKeys(KEYS)),
        ({**FIELDS, "securitytoken": SECURITY_TOKEN}, IssuedKeys(TEMPORARY_KEYS)),
        (
            {**FIELDS, "securitytoken": SECURITY_TOKEN, "expires_at": END},
            IssuedKeys(TEMPORARY_KEYS, datetime(2026, 11, 22, 10, 40, 5, 701000, UTC)),
        ),
        ({**FIELDS, "expires_at": "soon"}, IssuedKeys(KEYS)),
    ],
)
def test_issued_keys_stand_bare_or_under_credential(
    fields: dict[str, object], issued: IssuedKeys, wrap: Callable[[dict[str, object]], dict[str, object]]
) -> None:
    found = IssuedKeys.read(json.dumps(wrap(fields)))
    assert found == issued
    assert not is_told(repr(found))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SECRET_KEY, "it is not JSON"),
        ('{"a":' * 5000, "it is not JSON"),
        (json.dumps([SECRET_KEY]), "the JSON has no text named access"),
        (json.dumps({"credential": SECRET_KEY}), "the JSON has no text named access"),
        (json.dumps({"credential": {"secret": SECRET_KEY}}), "the JSON has no text named access"),
        (json.dumps({"access": ACCESS_KEY, "secret": [SECRET_KEY]}), "the JSON has no text named secret"),
        (json.dumps({**FIELDS, "securitytoken": {"a": SECURITY_TOKEN}}), "the JSON has no text named securitytoken"),
        (json.dumps({**FIELDS, "secret": ""}), "the secret key is empty"),
        (json.dumps({**FIELDS, "secret": f"{SECRET_KEY}\u00f6"}), "the secret key cannot be one: character 41 of 41"),
    ],
)
def test_what_holds_no_keys_is_said_without_repeating_it(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        IssuedKeys.read(text)
    assert not is_told(str(caught.value))
    assert caught.value.__cause__ is None
