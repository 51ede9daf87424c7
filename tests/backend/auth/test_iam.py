import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from string import ascii_letters

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.backend.auth.iam import IamClient, IssuedToken, Project, iam_endpoint
from omstui.backend.http.credential import Credential
from omstui.backend.http.errors import DEFAULT_TIMEOUTS, Timeouts
from omstui.backend.http.signing import AccessKeys, KeyCredential
from omstui.backend.secrets.redact import RedactingFilter
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.zone import REGIONS
from omstui.demo.clock import SteppedClock
from tests.backend import chaos
from tests.backend.chaos import Act, serving
from tests.backend.iam_server import PROJECT_ID, IamServer, iam_serving
from tests.samples_reader import load_sample

ENDPOINT = "https://iam.cn-north-4.myhuaweicloud.com"
NOW = datetime(2023, 11, 22, 7, 55, tzinfo=UTC)
PASSWORD = "Marked-pässword/1\"'\\ {x}"
TOKEN = "MIIFmarked+token/of=IAM" * 12
USER, DOMAIN = "watcher", "ExampleAccount"
Handler = Callable[[httpx.Request], httpx.Response]


def client(handle: Handler | None = None, endpoint: str = ENDPOINT, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> IamClient:
    transport = httpx.MockTransport(handle) if handle is not None else None
    return IamClient(endpoint, clock=SteppedClock(NOW), transport=transport, timeouts=timeouts)


async def sign_in(
    asked: IamClient, password: str = PASSWORD, project_id: str | None = PROJECT_ID
) -> IssuedToken | Problem:
    try:
        return await asked.token_by_password(
            USER, DOMAIN, Secret(password), project_id=project_id, project_name="cn-north-4"
        )
    finally:
        await asked.aclose()


def answering(status: int, body: object, **headers: str) -> Handler:
    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(
            status, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    return handle


def silent(_: httpx.Request) -> httpx.Response:
    raise AssertionError("nothing is sent")


def is_told(secret: str, text: str) -> bool:
    """Whether any 12 characters of the secret are in the text."""
    return any(secret[place : place + 12] in text for place in range(len(secret) - 11))


# Where IAM is


def test_the_regions_of_the_sdk_s_list_have_a_host_of_their_own() -> None:
    own = [region for region in REGIONS if region in iam_endpoint(region)]
    assert set(REGIONS) - set(own) == {"ap-southeast-5", "cn-south-4"}
    assert iam_endpoint("cn-north-4") == ENDPOINT


@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        ("eu-west-0", "https://iam.eu-west-0.myhuaweicloud.com"),
        ("na-mexico-1", "https://iam.na-mexico-1.myhuaweicloud.com"),
        ("eu-west-101", "https://iam.eu-west-101.myhuaweicloud.eu"),
        ("eu-north-7", "https://iam.myhuaweicloud.eu"),
        ("ap-southeast-5", "https://iam.myhuaweicloud.com"),
        ("cn-moon-1", "https://iam.myhuaweicloud.com"),
        (None, "https://iam.myhuaweicloud.com"),
    ],
)
def test_other_regions_are_served_by_their_site_s_host(region: str | None, endpoint: str) -> None:
    assert iam_endpoint(region) == endpoint


@pytest.mark.parametrize("endpoint", ["http://iam.myhuaweicloud.com", "https://u:p@iam.example", "iam.example", ""])
def test_an_endpoint_that_would_give_the_password_away_is_no_endpoint(endpoint: str) -> None:
    with pytest.raises(ValueError, match="endpoint"):
        client(endpoint=endpoint)


# A token by password


@pytest.mark.parametrize(
    ("project_id", "scope"), [(PROJECT_ID, {"id": PROJECT_ID}), (None, {"name": "cn-north-4"})], ids=["id", "name"]
)
async def test_the_request_is_the_documented_one(project_id: str | None, scope: dict[str, str]) -> None:
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(201, headers={"X-Subject-Token": TOKEN})

    assert isinstance(await sign_in(client(handle), project_id=project_id), IssuedToken)
    (request,) = requests
    assert (request.method, str(request.url)) == ("POST", f"{ENDPOINT}/v3/auth/tokens?nocatalog=true")
    assert request.headers["Content-Type"] == "application/json;charset=utf8"
    assert json.loads(request.content) == {
        "auth": {
            "identity": {
                "methods": ["password"],
                "password": {"user": {"name": USER, "password": PASSWORD, "domain": {"name": DOMAIN}}},
            },
            "scope": {"project": scope},
        }
    }


async def test_sample_15_is_a_token_with_its_end_and_its_project() -> None:
    sample = load_sample("15")
    token = sample.headers["X-Subject-Token"]

    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(sample.status, headers=dict(sample.headers), content=sample.content)

    issued = await sign_in(client(handle))
    assert issued == IssuedToken(
        Secret(token),
        datetime(2023, 11, 23, 7, 55, 0, 701000, UTC),
        datetime(2023, 11, 22, 7, 55, 0, 701000, UTC),
        "2c0689c860ad4728a497c91ec0844383",
    )
    assert "TOKENTOKEN" not in repr(issued)


async def test_sample_16_is_a_refusal_that_is_asked_about_and_not_repeated() -> None:
    sample = load_sample("16")
    requests = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(sample.status, headers=dict(sample.headers), content=sample.content)

    problem = await sign_in(client(handle))
    assert problem == Problem(
        ProblemKind.TOKEN,
        f"iam.cn-north-4.myhuaweicloud.com refuses the user {USER} of the account {DOMAIN}, or the password: "
        "The username or password is wrong.",
        status=401,
        request_id="f991eeec77df1692c74f253d765ca146",
    )
    assert len(requests) == 1


KEYSTONE = {"error": {"code": 404, "message": "Could not find project", "title": "Not Found"}}


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (
            401,
            {"error_code": "IAM.0061", "error_msg": "x"},
            "The user watcher is locked after failed sign-ins: wait until",
        ),
        (401, {"error_code": "IAM.0062", "error_msg": "x"}, "refuses the user watcher of the account ExampleAccount"),
        (403, {"error_code": "IAM.0081", "error_msg": "x"}, "The user watcher may sign in to the console only"),
        (403, {"error_code": "IAM.0082", "error_msg": "x"}, "The user watcher is disabled"),
        (403, {"error_code": "IAM.0083", "error_msg": "x"}, "no access to this region"),
        (400, {"error_code": "IAM.1061", "error_msg": "x"}, "wants a passcode besides the password"),
        (403, {"error_code": "IAM.0002", "error_msg": "x"}, "does not let the user watcher"),
        (404, KEYSTONE, "knows no such user, account or project, or is no IAM endpoint: Could not find project"),
        (404, {"error_code": "IAM.0004", "error_msg": "x"}, "knows no such user"),
        (
            400,
            {"error": {"code": 400, "message": "bad", "title": "x"}},
            "does not take the sign-in of watcher as it stands",
        ),
        (418, {}, "does not take the sign-in"),
        (401, "<html>", "refuses the user"),
    ],
)
async def test_each_refusal_is_a_credential_s_problem_in_its_own_words(status: int, body: object, words: str) -> None:
    """Nothing of it may look like a missing task or a missing right to look at tasks."""
    problem = await sign_in(client(answering(status, body)))
    assert isinstance(problem, Problem)
    assert (problem.kind, problem.status) == (ProblemKind.TOKEN, status)
    assert words in problem.text


@pytest.mark.parametrize(
    ("status", "body", "kind", "retry_after"),
    [
        (429, {"error_code": "IAM.0012", "error_msg": "10 times per 60 seconds"}, ProblemKind.THROTTLED, 30.0),
        (503, "", ProblemKind.SERVER, 30.0),
        (500, {"error_code": "IAM.0006", "error_msg": "x"}, ProblemKind.SERVER, 30.0),
        (410, {"error_code": "IAM.0020", "error_msg": "x"}, ProblemKind.SERVER, 30.0),
        (302, "", ProblemKind.ENDPOINT, None),
        (404, {"error_code": "APIGW.0101", "error_msg": "x"}, ProblemKind.ENDPOINT, 30.0),
        (200, {"token": {}}, ProblemKind.BAD_ANSWER, 30.0),
        (204, None, ProblemKind.BAD_ANSWER, 30.0),
    ],
)
async def test_trouble_on_the_way_is_no_refusal(
    status: int, body: object, kind: ProblemKind, retry_after: float | None
) -> None:
    problem = await sign_in(client(answering(status, body, Retry_After="30")))
    assert isinstance(problem, Problem)
    assert (problem.kind, problem.retry_after) == (kind, retry_after)
    assert problem.text.startswith("Signing in at iam.cn-north-4.myhuaweicloud.com failed: ")


IN_A_MINUTE = "Wed, 22 Nov 2023 07:56:00 GMT"


async def test_a_date_before_which_not_to_ask_is_counted_from_now() -> None:
    handle = answering(503, "", Retry_After=IN_A_MINUTE)
    for problem in (await sign_in(client(handle)), await client(handle).projects(OWN)):
        assert isinstance(problem, Problem)
        assert (problem.kind, problem.retry_after) == (ProblemKind.SERVER, 60.0)


async def test_iam_is_waited_for_as_long_as_told() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("time ran out", request=request)

    problem = await sign_in(client(handle, timeouts=Timeouts(read=7.0)))
    assert problem == Problem(ProblemKind.NETWORK, "iam.cn-north-4.myhuaweicloud.com sent nothing for 7 s")


async def test_only_a_token_that_was_made_counts() -> None:
    problem = await sign_in(client(answering(200, {}, X_Subject_Token=TOKEN)))
    assert isinstance(problem, Problem)
    assert (problem.kind, problem.status) == (ProblemKind.BAD_ANSWER, 200)
    assert not is_told(TOKEN, repr(problem))


@pytest.mark.parametrize("project", [{"id": 7}, {"id": ""}, {}])
async def test_what_is_no_project_s_id_is_none(project: dict[str, object]) -> None:
    issued = await sign_in(client(answering(201, {"token": {"project": project}}, X_Subject_Token=TOKEN)))
    assert issued == IssuedToken(Secret(TOKEN), None, None, None)


WORDS = "ab " * 89


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"{WORDS}abc", f"{WORDS}abc"),
        (f"{WORDS}abcd", f"{WORDS}ab…"),
        (f"{WORDS}a bcd", f"{WORDS}a…"),
    ],
    ids=["fits", "cut", "cut at a blank"],
)
async def test_what_iam_says_is_cut_to_three_hundred_characters_with_our_own_words(said: str, told: str) -> None:
    problem = await sign_in(client(answering(403, {"error_code": "IAM.0082", "error_msg": said})))
    assert isinstance(problem, Problem)
    assert problem.text == f"The user watcher is disabled: {told}"


@pytest.mark.parametrize("token", ["", " ", "tökén", "x" * 16_385])
async def test_a_success_without_a_token_is_a_bad_answer(token: str) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(201, headers=[(b"X-Subject-Token", token.encode("latin-1"))])

    problem = await sign_in(client(handle))
    text = "iam.cn-north-4.myhuaweicloud.com says that it has made a token, and sends none"
    assert problem == Problem(ProblemKind.BAD_ANSWER, text, status=201)


@pytest.mark.parametrize(
    ("user", "domain", "password", "project", "what"),
    [
        ("", DOMAIN, PASSWORD, PROJECT_ID, "user"),
        (USER, "", PASSWORD, PROJECT_ID, "account"),
        (USER, DOMAIN, "", PROJECT_ID, "password"),
        (USER, DOMAIN, PASSWORD, None, "project"),
    ],
)
async def test_what_is_missing_is_said_without_asking(
    user: str, domain: str, password: str, project: str | None, what: str
) -> None:
    """Without a project the token would be for the account as a whole, which OMS does not take."""
    problem = await client(silent).token_by_password(user, domain, Secret(password), project_id=project)
    assert problem == Problem(ProblemKind.TOKEN, f"Signing in with a password needs a {what}, and there is none")


# Exactly one request


@pytest.mark.parametrize(
    "act",
    [chaos.reset, chaos.hang_up, chaos.short_body, chaos.garbage, chaos.stall, chaos.large_error, chaos.gzipped_error],
    ids=lambda act: act.__name__,
)
async def test_whatever_happens_the_password_is_sent_once_and_told_to_nobody_else(
    act: Act, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(act) as server:
        outcome = await sign_in(client(endpoint=server.url, timeouts=Timeouts(read=0.2)))
    assert isinstance(outcome, Problem)
    assert len(server.heads) == 1
    assert caplog.records
    assert not is_told(PASSWORD, caplog.text + repr(outcome))


async def test_a_kept_connection_that_is_dead_does_not_send_it_again() -> None:
    """What is repeated with a question may not be repeated with a password."""
    async with serving(chaos.on_connection(chaos.good, chaos.hang_up)) as server:
        asked = client(endpoint=server.url)
        await asked.token_expiry(Secret(TOKEN))
        outcome = await sign_in(asked)
    assert isinstance(outcome, Problem)
    assert outcome.kind is ProblemKind.NETWORK
    assert [head.split(b" ")[0] for head in server.heads] == [b"GET", b"POST"]


async def test_a_redirect_does_not_take_the_password_elsewhere() -> None:
    async with serving(chaos.good) as elsewhere, serving(chaos.redirect_to(elsewhere.url)) as server:
        outcome = await sign_in(client(endpoint=server.url))
    assert isinstance(outcome, Problem)
    assert (outcome.kind, elsewhere.connections) == (ProblemKind.ENDPOINT, 0)


async def test_a_real_answer_over_a_socket_is_a_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.handler.addFilter(redaction := RedactingFilter())
    try:
        async with iam_serving(IamServer(SteppedClock(NOW))) as server:
            server.users[USER, DOMAIN] = PASSWORD
            issued = await sign_in(client(endpoint=server.url))
            (token,) = server.tokens
    finally:
        caplog.handler.removeFilter(redaction)
    assert isinstance(issued, IssuedToken)
    assert issued.secret == Secret(token)
    assert "receive_response_headers" in caplog.text
    assert not any(is_told(secret, caplog.text + repr(issued)) for secret in (token, PASSWORD))


# What bodies cannot do

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
_CHARACTERS = st.characters(exclude_categories=["Cs"])
# Without the letters that our own words are made of.
_LONG = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=ascii_letters), min_size=6, max_size=40
).map(lambda text: f"\u4ee4{text}")
_SHORT = st.text('\u4ee4\u724c"\\\u2603\U0001f511', min_size=1, max_size=7)
_ECHOES: list[Callable[[str, str], object]] = [
    lambda said, _: {"error": {"code": 401, "message": said, "title": said}},
    lambda said, _: {"error_code": "IAM.0061", "error_msg": said},
    lambda said, _: {"error_code": said, "error_msg": "words"},
    lambda _, password: {"errorCode": password, "errorMessage": password},
    lambda said, _: {"request_id": said, "error_msg": said},
    lambda said, _: {"error": {"error_code": said, "error_msg": said, "encoded_authorization_message": said}},
    lambda said, _: [{"error": {"code": 401, "message": said}}],
    lambda said, password: {said: {password: said}, "error_msg": password, "error_code": "IAM.0062"},
    lambda said, _: said,
]


@given(
    status=st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 503]),
    password=_LONG | _SHORT,
    around=st.tuples(st.text(_CHARACTERS, max_size=320), st.text(_CHARACTERS, max_size=320)),
    echo=st.sampled_from(_ECHOES),
    is_ascii=st.booleans(),
)
async def test_no_body_makes_the_password_appear(
    status: int, password: str, around: tuple[str, str], echo: Callable[[str, str], object], *, is_ascii: bool
) -> None:
    """Wherever an answer repeats it, however JSON escapes it, and however short it is; not even six letters of it."""
    body = json.dumps(echo(password.join(around), password), ensure_ascii=is_ascii).encode()

    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=body, headers={"X-Request-Id": "8080d377bffeb6d5"})

    problem = await sign_in(client(handle), password)
    assert isinstance(problem, Problem)
    told = "\n".join((problem.text, problem.code or "", problem.request_id or ""))
    pieces = {password[place : place + 6] for place in range(max(1, len(password) - 5))}
    assert not [piece for piece in pieces if piece in told and piece not in "".join(around)]


@pytest.mark.parametrize("password", ["0061", "IAM", "."])
async def test_a_password_like_a_code_does_not_hide_what_the_code_says(password: str) -> None:
    body = {"error_code": "IAM.0061", "error_msg": f"x {password}"}
    problem = await sign_in(client(answering(401, body)), password)
    assert isinstance(problem, Problem)
    assert problem.text.endswith("wait until the lock ends, 15 to 30 minutes")


async def test_a_number_that_is_the_password_is_taken_out_too() -> None:
    body = {"error_code": 20231122, "error_msg": "words"}
    problem = await sign_in(client(answering(401, body)), "20231122")
    assert isinstance(problem, Problem)
    assert "20231122" not in repr(problem)


@given(body=_JSON, key=st.sampled_from(["token", "project", "expires_at", "issued_at", "id", ""]))
async def test_no_body_loses_the_token(body: object, key: str) -> None:
    for content in (json.dumps({key: body}), json.dumps({"token": {key: body}}), json.dumps(body), "{", ""):

        def handle(_: httpx.Request, content: str = content) -> httpx.Response:
            return httpx.Response(201, content=content, headers={"X-Subject-Token": TOKEN})

        issued = await sign_in(client(handle))
        assert isinstance(issued, IssuedToken)
        assert issued.secret == Secret(TOKEN)
        assert not is_told(TOKEN, repr(issued))


# When a token ends


async def test_a_token_is_asked_about_with_itself() -> None:
    requests = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={"token": {"expires_at": "2023-11-23T07:55:00.701000Z"}})

    asked = client(handle)
    assert await asked.token_expiry(Secret(TOKEN)) == datetime(2023, 11, 23, 7, 55, 0, 701000, UTC)
    await asked.aclose()
    (request,) = requests
    assert (request.method, str(request.url)) == ("GET", f"{ENDPOINT}/v3/auth/tokens?nocatalog=true")
    assert request.headers["X-Auth-Token"] == request.headers["X-Subject-Token"] == TOKEN


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"error": {"code": 401, "message": "x"}}),
        (401, {"token": {"expires_at": "2023-11-23T07:55:00Z"}}),
        (403, {}),
        (404, ""),
        (500, ""),
        (200, ""),
        (200, []),
        (200, {"token": None}),
        (200, {"token": {"expires_at": 7}}),
        (200, {"token": {"expires_at": "soon"}}),
    ],
)
async def test_a_token_that_cannot_be_asked_about_has_no_known_end(status: int, body: object) -> None:
    assert await client(answering(status, body)).token_expiry(Secret(TOKEN)) is None


async def test_a_token_that_is_none_is_not_asked_about() -> None:
    assert await client(silent).token_expiry(Secret("tökén")) is None


# Projects

OWN = Credential(Secret(TOKEN), "memory")


def listed(*projects: tuple[str, str]) -> dict[str, object]:
    return {"projects": [{"id": project_id, "name": name, "enabled": True} for project_id, name in projects]}


@pytest.mark.parametrize(
    ("name", "projects", "found"),
    [
        ("cn-north-4", [("a", "cn-north-4")], [Project("a", "cn-north-4")]),
        (
            "cn-north-4",
            [("a", "cn-north-4"), ("b", "cn-north-4")],
            [Project("a", "cn-north-4"), Project("b", "cn-north-4")],
        ),
        ("cn-north-4", [("a", "other")], []),
        ("MOS", [("a", "MOS")], []),
        (None, [("a", "x"), ("m", "MOS"), ("b", "y")], [Project("a", "x"), Project("b", "y")]),
        ("x", [], []),
    ],
)
async def test_projects_are_found_by_name_and_the_built_in_one_is_left_out(
    name: str | None, projects: list[tuple[str, str]], found: list[Project]
) -> None:
    urls = []

    def handle(request: httpx.Request) -> httpx.Response:
        urls.append(str(request.url))
        return httpx.Response(200, json=listed(*projects))

    assert await client(handle).projects(OWN, name) == found
    assert urls == [f"{ENDPOINT}/v3/projects" + (f"?name={name}" if name else "")]


async def test_who_may_not_list_the_account_s_projects_gets_the_own_ones() -> None:
    async with iam_serving(IamServer(SteppedClock(NOW), may_list_projects=False)) as server:
        asked = client(endpoint=server.url)
        own = Credential(Secret(server.issue()), "memory")
        assert await asked.projects(own, "cn-north-4") == [Project(PROJECT_ID, "cn-north-4")]
        await asked.aclose()
    assert [request.path for request in server.requests] == ["/v3/projects", "/v3/auth/projects"]


async def test_of_the_own_projects_those_of_the_name_are_taken() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v3/projects":
            return httpx.Response(403, json={"error": {"code": 403, "message": "no"}})
        assert str(request.url) == f"{ENDPOINT}/v3/auth/projects"
        return httpx.Response(200, json=listed(("a", "other"), ("b", "cn-north-4")))

    assert await client(handle).projects(OWN, "cn-north-4") == [Project("b", "cn-north-4")]


async def test_access_keys_look_up_projects_too() -> None:
    clock = SteppedClock(NOW)
    async with iam_serving(IamServer(clock, keys={"OMSTUIFAKEAK00000001": "made-up-secret-key"})) as server:
        asked = client(endpoint=server.url)
        keys = AccessKeys(Secret("OMSTUIFAKEAK00000001"), Secret("made-up-secret-key"))
        found = await asked.projects(KeyCredential(keys, "keyring", None, clock), "cn-north-4")
        await asked.aclose()
    assert found == [Project(PROJECT_ID, "cn-north-4")]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"error": {"code": 401, "message": f"bad {TOKEN}"}}, ProblemKind.TOKEN),
        (403, {"error": {"code": 403, "message": "no"}}, ProblemKind.FORBIDDEN),
        (404, "", ProblemKind.ENDPOINT),
        (503, "", ProblemKind.SERVER),
        (200, "", ProblemKind.BAD_ANSWER),
        (200, {"projects": {}}, ProblemKind.BAD_ANSWER),
        (200, {}, ProblemKind.BAD_ANSWER),
    ],
)
async def test_a_list_that_does_not_come_is_a_problem(status: int, body: object, kind: ProblemKind) -> None:
    problem = await client(answering(status, body)).projects(OWN, "cn-north-4")
    assert isinstance(problem, Problem)
    assert (problem.kind, problem.status) == (kind, status)
    assert problem.text.startswith("iam.cn-north-4.myhuaweicloud.com ")
    assert "projects" in problem.text
    assert not is_told(TOKEN, repr(problem))


async def test_what_is_no_project_in_the_list_is_passed_over() -> None:
    body = {"projects": [None, 7, {"id": 7, "name": "x"}, {"id": "a"}, {"id": "b\x1b[31m", "name": "x"}]}
    assert await client(answering(200, body)).projects(OWN) == [Project("b�[31m", "x")]
