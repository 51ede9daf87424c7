from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime

import httpx
import pytest

from omstui.backend.auth.iam import IamClient
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
)
from omstui.backend.auth.sdk_credentials import FoundKeys
from omstui.backend.auth.token_command import CommandToken
from omstui.backend.http.credential import Credential
from omstui.backend.http.signing import AccessKeys, IssuedKeys, KeyCredential
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
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
    assert obtained.credential.source == "keyring"
    assert (obtained.credential.expires_at, obtained.life) == (ENDS, 86_400.0)
    assert obtained.project_id == "2c0689c860ad4728a497c91ec0844383"
    assert transport.closed == 1


async def test_written_keys_become_a_credential_that_signs() -> None:
    obtained = await authenticator().obtain(KeyAuth("p"), KEYS.written, "keyring")
    assert obtained == Obtained(KeyCredential(KEYS, "keyring", "p", CLOCK))


@pytest.mark.parametrize(("own", "theirs", "used"), [("p", "q", "p"), (None, "q", "q"), (None, None, None)])
async def test_without_written_keys_those_of_the_sdk_serve(
    own: str | None, theirs: str | None, used: str | None
) -> None:
    found = FoundKeys(KEYS, theirs, "the environment")
    obtained = await authenticator(found=found).obtain(KeyAuth(own), None, "keyring")
    assert obtained == Obtained(KeyCredential(KEYS, "the environment", used, CLOCK), project_id=theirs)


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
        (PasswordAuth(IAM, "watcher", "ExampleAccount"), PASSWORD, "needs a project"),
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
    assert text in problem.text
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
