"""The sign-in methods: from a profile to a credential."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from omstui.backend.auth.iam import GLOBAL_ENDPOINT, IamClient, IssuedToken, iam_endpoint
from omstui.backend.auth.metadata import METADATA_ENDPOINT, agency_keys
from omstui.backend.auth.sdk_credentials import FoundKeys, ReadFile, credentials_file, find_keys
from omstui.backend.auth.token_command import KEY_COMMAND, TOKEN_COMMAND, CommandToken, run_command
from omstui.backend.http.credential import AnyCredential, Credential
from omstui.backend.http.signing import AccessKeys, IssuedKeys, KeyCredential
from omstui.backend.runtime.clock import Clock
from omstui.backend.runtime.threads import in_daemon_thread
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile

if TYPE_CHECKING:
    import httpx


class TokenAuth(Struct, frozen=True):
    """With a token that the user enters."""

    iam_endpoint: str | None = None
    """Where to ask when the token ends; ``None`` leaves that unknown, so that no unknown host gets the token."""


class PasswordAuth(Struct, frozen=True):
    """With an IAM user's password, which gets tokens."""

    iam_endpoint: str
    user: str
    domain: str
    """The account's name."""

    project_id: str | None = None
    project_name: str | None = None
    """Used when there is no id."""


class KeyAuth(Struct, frozen=True):
    """With access keys: stored ones, else those that the SDK would use."""

    project_id: str | None
    """``None`` for requests to IAM before the project is known."""


class CommandAuth(Struct, frozen=True):
    """With a command that prints a token."""

    argv: tuple[str, ...]
    iam_endpoint: str | None = None
    """Where to ask when a token ends, for commands that do not tell."""

    variables: tuple[str, ...] = ()
    """The environment variables with secrets that the command gets."""


class KeyCommandAuth(Struct, frozen=True):
    """With a command that prints access keys."""

    argv: tuple[str, ...]
    project_id: str | None
    """As with stored keys."""

    variables: tuple[str, ...] = ()
    """As with a command that prints a token."""


class AgencyAuth(Struct, frozen=True):
    """With the access keys of the agency of the server that omstui runs on."""

    project_id: str | None
    """As with stored keys."""


AuthMethod = TokenAuth | PasswordAuth | KeyAuth | CommandAuth | KeyCommandAuth | AgencyAuth


class Obtained(Struct, frozen=True):
    """A credential, and what came with it."""

    credential: AnyCredential
    life: float | None = None
    """How many seconds it lasts in all, by the issuer's own clock; `None` when the issuer does not say."""

    project_id: str | None = None
    """The project that it is valid for, if that was found out."""

    file: ReadFile | None = None
    """The SDK's file that it was read from, which other programs may change."""

    iam_endpoint: str | None = None
    """The IAM address in that file."""


class Authenticator:
    """Obtains credentials; keeps no state, and never asks twice by itself."""

    def __init__(
        self,
        *,
        clock: Clock,
        open_iam: Callable[[str], IamClient],
        run_command: Callable[[Sequence[str], Collection[str]], Awaitable[CommandToken | Problem]],
        run_key_command: Callable[[Sequence[str], Collection[str]], Awaitable[IssuedKeys | Problem]],
        ask_agency: Callable[[], Awaitable[IssuedKeys | Problem]],
        find_keys: Callable[[], FoundKeys | Problem],
    ) -> None:
        """Create the authenticator.

        Args:
            clock: gives the time of signatures.
            open_iam: makes the client of an IAM endpoint; closed here after each use, which is about once a day.
            run_command: runs a token command, with these secret variables of the environment.
            run_key_command: runs a key command likewise.
            ask_agency: asks the metadata service of this server.
            find_keys: looks for the SDK's access keys; called in a daemon thread.
        """
        self._clock = clock
        self._open_iam = open_iam
        self._run_command = run_command
        self._run_key_command = run_key_command
        self._ask_agency = ask_agency
        self._find_keys = find_keys

    async def obtain(self, method: AuthMethod, secret: Secret | None, source: str) -> Obtained | Problem:
        """Sign in once.

        Args:
            method: how to sign in.
            secret: the token, the password or the written access keys; ``None`` where there is none or none is needed.
            source: where the secret came from, in words.
        """
        match method:
            case PasswordAuth():
                return await self._by_password(method, secret, source)
            case KeyAuth():
                return await self._by_keys(method, secret, source)
            case CommandAuth():
                return await self._by_command(method)
            case KeyCommandAuth():
                return self._issued(
                    await self._run_key_command(method.argv, method.variables), "key command", method.project_id
                )
            case AgencyAuth():
                return self._issued(await self._ask_agency(), "this server's agency", method.project_id)
        if secret is None:
            return Problem(ProblemKind.TOKEN, "There is no token")
        return Obtained(Credential(secret, source))

    async def dated(self, method: AuthMethod, credential: Credential) -> Credential | None:
        """Ask IAM when a token ends, and return the token with that time; ``None`` when it cannot be learned."""
        iam_endpoint = method.iam_endpoint if isinstance(method, TokenAuth | PasswordAuth | CommandAuth) else None
        if iam_endpoint is None:
            return None
        iam = self._open_iam(iam_endpoint)
        try:
            expires_at = await iam.token_expiry(credential.secret)
        finally:
            await iam.aclose()
        return Credential(credential.secret, credential.source, expires_at) if expires_at is not None else None

    async def _by_password(self, method: PasswordAuth, secret: Secret | None, source: str) -> Obtained | Problem:
        if secret is None:
            return Problem(ProblemKind.TOKEN, "There is no password")
        iam = self._open_iam(method.iam_endpoint)
        try:
            issued = await iam.token_by_password(
                method.user, method.domain, secret, project_id=method.project_id, project_name=method.project_name
            )
        finally:
            await iam.aclose()
        if isinstance(issued, Problem):
            return issued
        return Obtained(Credential(issued.secret, source, issued.expires_at), _life(issued), issued.project_id)

    async def _by_keys(self, method: KeyAuth, secret: Secret | None, source: str) -> Obtained | Problem:
        if secret is not None:
            try:
                keys = AccessKeys.read(secret.reveal())
            except ValueError as error:
                return Problem(ProblemKind.TOKEN, f"What the {source} holds are no access keys: {error}")
            return Obtained(KeyCredential(keys, source, method.project_id, self._clock))
        found = await in_daemon_thread(self._find_keys)
        if isinstance(found, Problem):
            return found
        project_id = method.project_id or found.project_id
        return Obtained(
            KeyCredential(found.keys, found.place, project_id, self._clock),
            project_id=found.project_id,
            file=found.file,
            iam_endpoint=found.iam_endpoint,
        )

    async def _by_command(self, method: CommandAuth) -> Obtained | Problem:
        printed = await self._run_command(method.argv, method.variables)
        if isinstance(printed, Problem):
            return printed
        return Obtained(Credential(printed.secret, "token command", printed.expires_at))

    def _issued(self, found: IssuedKeys | Problem, source: str, project_id: str | None) -> Obtained | Problem:
        if isinstance(found, Problem):
            return found
        return Obtained(KeyCredential(found.keys, source, project_id, self._clock, found.expires_at))


def _life(issued: IssuedToken) -> float | None:
    if issued.expires_at is None or issued.issued_at is None:
        return None
    return (issued.expires_at - issued.issued_at).total_seconds()


def iam_endpoint_of(profile: Profile) -> str | None:
    """Return a profile's IAM endpoint; ``None`` when it is not set and the region is unknown."""
    region = profile.iam_region
    return profile.iam_endpoint or (iam_endpoint(region) if region is not None else None)


def method_of(profile: Profile) -> AuthMethod:
    """Return a profile's sign-in method."""
    match profile.auth:
        case "password":
            return PasswordAuth(
                iam_endpoint_of(profile) or GLOBAL_ENDPOINT,
                profile.user or "",
                profile.domain or "",
                project_id=profile.project_id or None,
                project_name=profile.project_name,
            )
        case "aksk" if profile.key_command:
            return KeyCommandAuth(profile.key_command, profile.project_id or None, profile.command_env)
        case "ecs":
            return AgencyAuth(profile.project_id or None)
        case "aksk":
            return KeyAuth(profile.project_id or None)
        case "command":
            return CommandAuth(profile.token_command, iam_endpoint_of(profile), profile.command_env)
        case _:
            return TokenAuth(iam_endpoint_of(profile))


def methods_of(profiles: Mapping[str, Profile]) -> dict[str, AuthMethod]:
    """Return each profile's sign-in method."""
    return {name: method_of(profile) for name, profile in profiles.items()}


def open_authenticator(
    *,
    environ: Mapping[str, str],
    home: Path,
    clock: Clock,
    transport: "httpx.AsyncBaseTransport | None" = None,
    metadata: str = METADATA_ENDPOINT,
) -> Authenticator:
    """Return the authenticator of the real program.

    Args:
        environ: the environment for commands, and for access keys.
        home: the folder that holds the SDK's credentials.
        clock: gives the time of signatures and of IAM's answers.
        transport: replaces the network.
        metadata: the address of this server's metadata service.
    """
    return Authenticator(
        clock=clock,
        open_iam=lambda endpoint: IamClient(endpoint, clock=clock, transport=transport),
        run_command=partial(run_command, TOKEN_COMMAND, environ=environ),
        run_key_command=partial(run_command, KEY_COMMAND, environ=environ),
        ask_agency=partial(agency_keys, metadata, transport=transport),
        find_keys=partial(find_keys, environ, credentials_file(home)),
    )
