"""Credentials: their source, and how a request carries them."""

from collections.abc import Generator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from omstui.backend.secrets.secret import Secret

if TYPE_CHECKING:
    import httpx

TOKEN_HEADER = "X-Auth-Token"  # noqa: S105 - the header's name


class AnyCredential(Protocol):
    """A credential of a request: a token in a header, or keys that sign the request."""

    @property
    def source(self) -> str:
        """Where it came from, in a word for the user."""

    @property
    def expires_at(self) -> datetime | None:
        """When it expires, if known."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Its secret values, which are masked in answers."""

    @property
    def is_dated(self) -> bool:
        """Whether it signs the time of the request, so that it is refused when this machine's clock is wrong."""

    def auth(self) -> "httpx.Auth":
        """Return the `httpx.Auth` that puts it into a request.

        Raises:
            ValueError: its characters are not allowed in a request; the message does not repeat them.
        """


class Credential(Struct, frozen=True):
    """A token for one project, and where it came from."""

    secret: Secret
    source: str
    """A word for the user: ``keyring``, ``environment``, ``memory``."""

    expires_at: datetime | None = None
    """When the token expires, if known."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The token."""
        return (self.secret,)

    @property
    def is_dated(self) -> bool:
        """Return ``False``: a token does not depend on this machine's clock."""
        return False

    def auth(self) -> "httpx.Auth":
        """Return the `httpx.Auth` that puts the token into its header.

        Raises:
            ValueError: its characters are not allowed in a request; the message does not repeat them.
        """
        return token_auth({TOKEN_HEADER: self.secret})


class Anonymous(Struct, frozen=True):
    """No credential, for a request that only checks whether an address answers."""

    source: str = "nobody"
    expires_at: datetime | None = None
    secrets: tuple[Secret, ...] = ()
    is_dated: bool = False

    def auth(self) -> "httpx.Auth":
        """Return the `httpx.Auth` that adds nothing to a request."""
        import httpx

        return httpx.Auth()


class HeaderToken(Struct, frozen=True):
    """A token for one request, in the headers that the request needs."""

    secret: Secret
    headers: tuple[str, ...]
    source: str = "token"
    expires_at: datetime | None = None
    is_dated: bool = False

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The token."""
        return (self.secret,)

    def auth(self) -> "httpx.Auth":
        """Return the `httpx.Auth` that puts the token into the headers."""
        return token_auth(dict.fromkeys(self.headers, self.secret))


def token_auth(headers: Mapping[str, Secret]) -> "httpx.Auth":
    """Return the `httpx.Auth` that puts tokens into headers; only this code reveals them for a request.

    Raises:
        ValueError: a value cannot be a token; checked here, since a later error would repeat it.
    """
    import httpx  # slow to import

    tokens = {name: Secret.token(secret.reveal()) for name, secret in headers.items()}

    class TokenAuth(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            for name, token in tokens.items():
                request.headers[name] = token.reveal()
            yield request

    return TokenAuth()
