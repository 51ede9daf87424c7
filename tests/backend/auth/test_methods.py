import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from omstui.backend.auth.iam import GLOBAL_ENDPOINT, IamClient
from omstui.backend.auth.methods import (
    AgencyAuth,
    Authenticator,
    AuthMethod,
    CommandAuth,
    KeyAuth,
    KeyCommandAuth,
    Obtained,
    PasswordAuth,
    TokenAuth,
    iam_endpoint_of,
    method_of,
    methods_of,
    open_authenticator,
)
from omstui.backend.auth.sdk_credentials import FoundKeys, ReadFile, credentials_file
from omstui.backend.auth.token_command import CommandToken
from omstui.backend.http.credential import Credential
from omstui.backend.http.signing import AccessKeys, IssuedKeys, KeyCredential
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.demo.clock import SteppedClock
from tests.samples_reader import load_sample

NOW = datetime(2023, 11, 22, 7, 55, tzinfo=UTC)
ENDS = datetime(2023, 11, 23, 7, 55, 0, 701000, UTC)
IAM = "https://iam.example"
TOKEN, PASSWORD = Secret("marked-token"), Secret("marked-password")
KEYS = AccessKeys(Secret("MARKEDACCESSKEY00001"), Secret("marked-secret-key"))
NOT_FOUND = Problem(ProblemKind.TOKEN, "There are no access keys")
CLOCK = SteppedClock(NOW)
Handler = Callable[[httpx.Request], httpx.Response]


class Transport(httpx.MockTransport):
    """Remembers that it was closed."""

    closed = 0

    async def aclose(self) -> None:
        self.closed += 1


def sample_15(request: httpx.Request) -> httpx.Response:
    sample = load_sample("15")
    status = 201 if request.method == "POST" else 200
    return httpx.Response(status, headers=dict(sample.headers), content=sample.content)


def broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("s3cr3t", request=request)


def silent(_: httpx.Request) -> httpx.Response:
    raise AssertionError("nothing is asked")


def authenticator(
    handle: Handler = silent,
    printed: CommandToken | Problem = NOT_FOUND,
    found: FoundKeys | Problem = NOT_FOUND,
    transport: httpx.MockTransport | None = None,
    issued: IssuedKeys | Problem = NOT_FOUND,
) -> Authenticator:
    async def run_command(argv: Sequence[str], allowed: Collection[str]) -> CommandToken | Problem:
        assert (argv, allowed) == (("vault", "read"), ())
        return printed

    async def run_key_command(argv: Sequence[str], allowed: Collection[str]) -> IssuedKeys | Problem:
        assert (argv, allowed) == (("vault", "keys"), ("HW_SECRET_KEY",))
        return issued

    async def ask_agency() -> IssuedKeys | Problem:
        return issued

    def open_iam(endpoint: str) -> IamClient:
        assert endpoint == IAM
        return IamClient(endpoint, clock=CLOCK, transport=transport or httpx.MockTransport(handle))

    return Authenticator(
        clock=CLOCK,
        open_iam=open_iam,
        run_command=run_command,
        run_key_command=run_key_command,
        ask_agency=ask_agency,
        find_keys=lambda: found,
    )


async def test_a_token_is_its_own_credential() -> None:
    assert await authenticator().obtain(TokenAuth(), TOKEN, "keyring") == Obtained(Credential(TOKEN, "keyring"))


async def test_a_password_buys_a_token_with_its_life_and_its_project() -> None:
    transport = Transport(sample_15)
    method = PasswordAuth(IAM, "watcher", "ExampleAccount", project_name="cn-north-4")
    obtained = await authenticator(transport=transport).obtain(method, PASSWORD, "keyring")
    assert isinstance(obtained, Obtained)
    assert obtained.credential == Credential(Secret(load_sample("15").headers["X-Subject-Token"]), "keyring", ENDS)
    assert obtained.life == 86_400.0
    assert obtained.project_id == "2c0689c860ad4728a497c91ec0844383"
    assert transport.closed == 1


@pytest.mark.parametrize("times", [{"expires_at": "2023-11-23T07:55:00Z"}, {"issued_at": "2023-11-22T07:55:00Z"}, {}])
async def test_a_token_whose_life_is_told_in_part_has_none(times: dict[str, str]) -> None:
    method = PasswordAuth(IAM, "watcher", "ExampleAccount", "p")
    answer = httpx.Response(201, headers={"X-Subject-Token": "bought"}, json={"token": times})
    obtained = await authenticator(lambda _: answer).obtain(method, PASSWORD, "keyring")
    assert isinstance(obtained, Obtained)
    assert obtained.life is None


async def test_written_keys_become_a_credential_that_signs() -> None:
    obtained = await authenticator().obtain(KeyAuth("p"), KEYS.written, "keyring")
    assert obtained == Obtained(KeyCredential(KEYS, "keyring", "p", CLOCK))


@pytest.mark.parametrize(("own", "theirs", "used"), [("p", "q", "p"), (None, "q", "q"), (None, None, None)])
async def test_without_written_keys_those_of_the_sdk_serve(
    own: str | None, theirs: str | None, used: str | None
) -> None:
    file = ReadFile(Path("/credentials"), ())
    found = FoundKeys(KEYS, theirs, "the environment", file, IAM)
    obtained = await authenticator(found=found).obtain(KeyAuth(own), None, "keyring")
    assert obtained == Obtained(
        KeyCredential(KEYS, "the environment", used, CLOCK), project_id=theirs, file=file, iam_endpoint=IAM
    )


@pytest.mark.parametrize("expires_at", [ENDS, None])
async def test_a_command_s_token_is_a_credential(expires_at: datetime | None) -> None:
    printed = CommandToken(TOKEN, expires_at)
    obtained = await authenticator(printed=printed).obtain(CommandAuth(("vault", "read")), None, "")
    assert obtained == Obtained(Credential(TOKEN, "token command", expires_at))


@pytest.mark.parametrize("expires_at", [ENDS, None])
@pytest.mark.parametrize(
    ("method", "source"),
    [
        (KeyCommandAuth(("vault", "keys"), "p", ("HW_SECRET_KEY",)), "key command"),
        (AgencyAuth("p"), "this server's agency"),
    ],
)
async def test_keys_that_a_command_or_an_agency_gives_sign_until_they_end(
    method: AuthMethod, source: str, expires_at: datetime | None
) -> None:
    obtained = await authenticator(issued=IssuedKeys(KEYS, expires_at)).obtain(method, None, "")
    assert obtained == Obtained(KeyCredential(KEYS, source, "p", CLOCK, expires_at))


@pytest.mark.parametrize(
    ("method", "secret", "text"),
    [
        (KeyCommandAuth(("vault", "keys"), "p", ("HW_SECRET_KEY",)), None, "There are no access keys"),
        (AgencyAuth("p"), None, "There are no access keys"),
        (TokenAuth(), None, "There is no token"),
        (PasswordAuth(IAM, "watcher", "ExampleAccount", "p"), None, "There is no password"),
        (PasswordAuth(IAM, "watcher", "ExampleAccount"), PASSWORD, "Signing in with a password needs a project"),
        (KeyAuth("p"), None, "There are no access keys"),
        (
            KeyAuth("p"),
            Secret("marked-one-line"),
            "What the keyring holds are no access keys: access keys are given as",
        ),
        (CommandAuth(("vault", "read")), None, "There are no access keys"),
    ],
)
async def test_what_there_is_not_is_a_problem_of_the_credential(
    method: AuthMethod, secret: Secret | None, text: str
) -> None:
    problem = await authenticator().obtain(method, secret, "keyring")
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.TOKEN
    assert problem.text.startswith(text)
    assert "marked" not in problem.text


async def test_trouble_on_the_way_is_passed_on_and_leaves_nothing_open() -> None:
    transport = Transport(broken)
    method = PasswordAuth(IAM, "watcher", "ExampleAccount", "p")
    problem = await authenticator(transport=transport).obtain(method, PASSWORD, "keyring")
    assert problem == Problem(ProblemKind.NETWORK, "The connection to iam.example could not be made")
    assert transport.closed == 1


@pytest.mark.parametrize("method", [TokenAuth(IAM), CommandAuth(("vault", "read"), IAM)])
async def test_a_token_is_asked_when_it_ends(method: AuthMethod) -> None:
    transport = Transport(sample_15)
    dated = await authenticator(transport=transport).dated(method, Credential(TOKEN, "keyring"))
    assert dated == Credential(TOKEN, "keyring", ENDS)
    assert transport.closed == 1


@pytest.mark.parametrize(
    ("method", "handle"),
    [
        (TokenAuth(IAM), broken),
        (TokenAuth(), silent),
        (CommandAuth(("vault", "read")), silent),
        (KeyAuth("p"), silent),
        (KeyCommandAuth(("vault", "keys"), "p", ("HW_SECRET_KEY",)), silent),
        (AgencyAuth("p"), silent),
    ],
)
async def test_a_token_that_cannot_be_asked_stays_as_it_is(method: AuthMethod, handle: Handler) -> None:
    """Above all it is not shown to an IAM that the profile has nothing to do with."""
    assert await authenticator(handle).dated(method, Credential(TOKEN, "keyring")) is None


async def test_what_is_obtained_shows_no_secret() -> None:
    for method, secret in ((TokenAuth(), TOKEN), (KeyAuth("p"), KEYS.written), (CommandAuth(("vault", "read")), None)):
        obtained = await authenticator(printed=CommandToken(TOKEN)).obtain(method, secret, "keyring")
        assert isinstance(obtained, Obtained)
        assert "marked" not in repr(obtained).lower()


# From a profile to its method

PROFILE = Profile("lab", "https://oms.example", "p", command_env=("HW_SECRET_KEY",))
THERE = replace(PROFILE, endpoint="https://oms.eu-west-101.myhuaweicloud.eu")
BY_PASSWORD = replace(PROFILE, auth="password")
VAULT = ("vault", "read")


@pytest.mark.parametrize(
    ("profile", "endpoint"),
    [
        (PROFILE, None),
        (replace(PROFILE, endpoint="no address"), None),
        (THERE, "https://iam.eu-west-101.myhuaweicloud.eu"),
        (replace(THERE, region="cn-north-4"), "https://iam.cn-north-4.myhuaweicloud.com"),
        (replace(THERE, iam_endpoint=IAM), IAM),
        (replace(PROFILE, iam_endpoint=IAM), IAM),
    ],
)
def test_iam_is_where_the_profile_says_or_in_its_region(profile: Profile, endpoint: str | None) -> None:
    assert iam_endpoint_of(profile) == endpoint


@pytest.mark.parametrize(
    ("profile", "method"),
    [
        (PROFILE, TokenAuth()),
        (replace(PROFILE, iam_endpoint=IAM), TokenAuth(IAM)),
        (
            replace(BY_PASSWORD, iam_endpoint=IAM, user="watcher", domain="ExampleAccount"),
            PasswordAuth(IAM, "watcher", "ExampleAccount", "p"),
        ),
        (
            replace(BY_PASSWORD, project_id="", project_name="cn-north-4"),
            PasswordAuth(GLOBAL_ENDPOINT, "", "", None, "cn-north-4"),
        ),
        (replace(PROFILE, auth="aksk"), KeyAuth("p")),
        (replace(PROFILE, auth="aksk", project_id=""), KeyAuth(None)),
        (replace(PROFILE, auth="aksk", key_command=VAULT), KeyCommandAuth(VAULT, "p", ("HW_SECRET_KEY",))),
        (replace(PROFILE, auth="aksk", key_command=VAULT, project_id="", command_env=()), KeyCommandAuth(VAULT, None)),
        (replace(PROFILE, auth="ecs"), AgencyAuth("p")),
        (replace(PROFILE, auth="ecs", project_id=""), AgencyAuth(None)),
        (replace(PROFILE, auth="command", token_command=VAULT), CommandAuth(VAULT, None, ("HW_SECRET_KEY",))),
        (
            replace(PROFILE, auth="command", token_command=VAULT, iam_endpoint=IAM, command_env=()),
            CommandAuth(VAULT, IAM),
        ),
    ],
)
def test_a_profile_signs_in_by_what_it_names(profile: Profile, method: AuthMethod) -> None:
    assert method_of(profile) == method
    assert methods_of({"lab": profile, "other": PROFILE}) == {"lab": method, "other": TokenAuth()}


# For real


def real(
    tmp_path: Path,
    handle: Handler = silent,
    environ: Mapping[str, str] | None = None,
    metadata: str = "http://metadata.example",
) -> Authenticator:
    given = {"PATH": os.environ["PATH"], **(environ or {})}
    transport = httpx.MockTransport(handle)
    return open_authenticator(environ=given, home=tmp_path, clock=CLOCK, transport=transport, metadata=metadata)


async def test_commands_are_run_in_the_given_environment(tmp_path: Path) -> None:
    keys = {"access": "MARKEDACCESSKEY00001", "secret": "marked-secret-key"}
    made = real(tmp_path, environ={"PRINTED": "a-token", "KEYS": json.dumps(keys)})
    token = await made.obtain(CommandAuth(("sh", "-c", 'echo "$PRINTED"')), None, "")
    assert token == Obtained(Credential(Secret("a-token"), "token command"))
    issued = await made.obtain(KeyCommandAuth(("sh", "-c", 'echo "$KEYS"'), "p"), None, "")
    assert issued == Obtained(KeyCredential(KEYS, "key command", "p", CLOCK))


async def test_iam_is_asked_at_the_endpoint_of_the_way(tmp_path: Path) -> None:
    """What it says of time is read by the given clock."""

    def throttling(request: httpx.Request) -> httpx.Response:
        assert str(request.url).startswith(f"{IAM}/v3/auth/tokens")
        return httpx.Response(429, headers={"Retry-After": "Wed, 22 Nov 2023 07:56:00 GMT"})

    method = PasswordAuth(IAM, "watcher", "ExampleAccount", "p")
    problem = await real(tmp_path, throttling).obtain(method, PASSWORD, "keyring")
    assert isinstance(problem, Problem)
    assert (problem.kind, problem.retry_after) == (ProblemKind.THROTTLED, 60.0)


async def test_the_agency_is_asked_for_at_the_metadata_service(tmp_path: Path) -> None:
    def serving(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "metadata.example"
        if request.method == "PUT":
            return httpx.Response(404)
        return httpx.Response(200, json={"access": "MARKEDACCESSKEY00001", "secret": "marked-secret-key"})

    issued = await real(tmp_path, serving).obtain(AgencyAuth("p"), None, "")
    assert issued == Obtained(KeyCredential(KEYS, "this server's agency", "p", CLOCK))


async def test_keys_of_the_sdk_are_those_of_the_given_environment_else_of_the_given_home(tmp_path: Path) -> None:
    environ = {"HUAWEICLOUD_SDK_AK": "OTHER", "HUAWEICLOUD_SDK_SK": "other"}
    found = await real(tmp_path, environ=environ).obtain(KeyAuth("p"), None, "")
    assert isinstance(found, Obtained)
    assert found.credential.source == "the environment (HUAWEICLOUD_SDK_AK)"
    path = credentials_file(tmp_path)
    path.parent.mkdir()
    path.write_text("[basic]\nak = MARKEDACCESSKEY00001\nsk = marked-secret-key\n")
    found = await real(tmp_path).obtain(KeyAuth("p"), None, "")
    assert isinstance(found, Obtained)
    assert found.credential == KeyCredential(KEYS, str(path), "p", CLOCK)
