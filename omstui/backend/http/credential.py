"""Credentials: where they come from, and how a request carries them."""

from collections.abc import Generator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from omstui.backend.secrets.secret import Secret

if TYPE_CHECKING:
    import httpx

TOKEN_HEADER = "X-Auth-Token"  # noqa: S105 - the header's name


class AnyCredential(Protocol):
    """What a request is sent with: a token that goes along, or keys that sign it."""

    @property
    def source(self) -> str:
        """Where it came from, a word for people."""

    @property
    def expires_at(self) -> datetime | None:
        """When it ends, where that is known."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """All that an answer may repeat and nobody may read."""

    @property
    def is_dated(self) -> bool:
        """Whether it puts the time of the request under a signature, so that a wrong clock gets it refused."""

    def auth(self) -> "httpx.Auth":
        """Return what puts it into a request.

        Raises:
            ValueError: it cannot stand in a request; the message does not repeat it.
        """


class Credential(Struct, frozen=True):
    """A token for one project, and where it came from."""

    secret: Secret
    source: str
    """A word for people: ``keyring``, ``environment``, ``memory``."""

    expires_at: datetime | None = None
    """When the token ends, where that is known."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The token."""
        return (self.secret,)

    @property
    def is_dated(self) -> bool:
        """A token does not depend on this machine's clock."""
        return False

    def auth(self) -> "httpx.Auth":
        """Return what puts the token into its header.

        Raises:
            ValueError: it cannot stand in a request; the message does not repeat it.
        """
        return token_auth({TOKEN_HEADER: self.secret})


class Anonymous(Struct, frozen=True):
    """No credential at all: whether somebody answers at an address can be asked without one."""

    source: str = "nobody"
    expires_at: datetime | None = None
    secrets: tuple[Secret, ...] = ()
    is_dated: bool = False

    def auth(self) -> "httpx.Auth":
        """Add nothing to a request."""
        import httpx

        return httpx.Auth()


class HeaderToken(Struct, frozen=True):
    """A token for one question, in the headers in which that wants it."""

    secret: Secret
    headers: tuple[str, ...]
    source: str
    expires_at: datetime | None = None
    is_dated: bool = False

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The token."""
        return (self.secret,)

    def auth(self) -> "httpx.Auth":
        """Return what puts the token into the headers."""
        return token_auth(dict.fromkeys(self.headers, self.secret))


def token_auth(headers: Mapping[str, Secret]) -> "httpx.Auth":
    """Return what puts tokens into headers: the only place where they leave their wrapping for a request.

    Raises:
        ValueError: a value cannot be a token; a header that is refused further down would be repeated in the error.
    """
    import httpx  # slow to import

    tokens = {name: Secret.token(secret.reveal()) for name, secret in headers.items()}

    class TokenAuth(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            for name, token in tokens.items():
                request.headers[name] = token.reveal()
            yield request

    return TokenAuth()
