"""Credentials: where they come from, and how a request carries them."""

import asyncio
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from omstui.backend.redact import mask
from omstui.backend.secret import Secret
from omstui.backend.store_error import StoreError
from omstui.backend.threads import in_daemon_thread
from omstui.core.problem import Problem, ProblemKind
from omstui.core.text import tame

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


@dataclass(frozen=True, slots=True)
class Credential:
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


class SignIn(Protocol):
    """How the profiles come by their credentials, as far as whoever asks the service has to do with it."""

    async def get(self, profile_name: str) -> AnyCredential | Problem:
        """Return the credential to ask with, or why there is none."""

    def revision(self, profile_name: str) -> int:
        """Return a number that rises whenever the profile's credential changes."""

    async def changed(self, profile_name: str, revision: int) -> None:
        """Return once the revision is another than this one."""

    async def renew_after(self, profile_name: str, revision: int, problem: Problem) -> bool:
        """Hear that the credential of this revision was refused, and return whether to ask again at once."""

    async def probe(self, profile_name: str) -> bool:
        """Look for another credential in place of a refused one; whether there is one now."""


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


class Revisions:
    """Counts the changes of each profile's credential, and wakes those who wait for one."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._changes: dict[str, asyncio.Event] = {}

    def of(self, profile_name: str) -> int:
        """Return how many changes there have been."""
        return self._numbers.get(profile_name, 0)

    def rise(self, profile_name: str) -> None:
        """Count a change."""
        self._numbers[profile_name] = self.of(profile_name) + 1
        if (change := self._changes.pop(profile_name, None)) is not None:
            change.set()

    async def other_than(self, profile_name: str, revision: int) -> None:
        """Return once the profile's revision is another than this one."""
        while self.of(profile_name) == revision:
            await self._changes.setdefault(profile_name, asyncio.Event()).wait()


class Credentials:
    """The tokens of all profiles: what a person has just given, else the environment's, else the secret store's.

    The store is read once for each profile, in a daemon thread, and again only after `forget`; one that locks or dies
    later changes nothing. All methods belong to the event loop's thread.
    """

    def __init__(
        self,
        read: Callable[[str], Secret | None],
        environment: Secret | None = None,
        store_name: str = "keyring",
    ) -> None:
        """Prepare to look for tokens.

        Args:
            read: returns a profile's token from the secret store, ``None`` when it holds none; raises `StoreError`.
            environment: the token of `OMSTUI_TOKEN`, which serves every profile and is never stored.
            store_name: what to call the store as a source.
        """
        self._read = read
        self._environment = Credential(environment, "environment") if environment is not None else None
        self._store_name = store_name
        self._given: dict[str, Credential] = {}
        self._readings: dict[str, asyncio.Task[Credential | Problem]] = {}
        self._revisions = Revisions()

    async def get(self, profile_name: str) -> Credential | Problem:
        """Return the profile's credential, or a problem of the kind TOKEN that says how to give it one."""
        while True:
            known = self._given.get(profile_name, self._environment)
            if known is not None:
                return known
            revision = self.revision(profile_name)
            reading = self._readings.get(profile_name)
            if reading is None:
                reading = self._readings[profile_name] = asyncio.create_task(self._from_store(profile_name))
            # Several tasks of the profile wait for one reading; one that is cancelled must not take it from the others.
            found = await asyncio.shield(reading)
            if revision == self.revision(profile_name):
                return found

    def known(self, profile_name: str) -> Credential | None:
        """Return the credential as far as it is known by now, without looking for one."""
        reading = self._readings.get(profile_name)
        found = reading.result() if reading is not None and reading.done() and not reading.cancelled() else None
        stored = found if isinstance(found, Credential) else None
        return self._given.get(profile_name, self._environment) or stored

    def revision(self, profile_name: str) -> int:
        """Return how many times the profile's credential has been replaced or forgotten."""
        return self._revisions.of(profile_name)

    def replace(self, profile_name: str, credential: Credential) -> None:
        """Use this credential from now on."""
        self._given[profile_name] = credential
        self._change(profile_name)

    def forget(self, profile_name: str) -> None:
        """Drop what is remembered; the next `get` looks into the environment and the secret store again."""
        self._given.pop(profile_name, None)
        self._change(profile_name)

    async def changed(self, profile_name: str, revision: int) -> None:
        """Return once the profile's revision is another than this one."""
        await self._revisions.other_than(profile_name, revision)

    async def renew_after(self, profile_name: str, revision: int, problem: Problem) -> bool:
        """Return whether the credential has been replaced since; a token that was given cannot be renewed from here."""
        return self.revision(profile_name) != revision

    async def probe(self, profile_name: str) -> bool:
        """Return that there is nothing new: only a person gives a credential here."""
        return False

    def _change(self, profile_name: str) -> None:
        self._readings.pop(profile_name, None)
        self._revisions.rise(profile_name)

    async def _from_store(self, profile_name: str) -> Credential | Problem:
        try:
            secret = await in_daemon_thread(self._read, profile_name)
        except StoreError as error:
            return Problem(ProblemKind.TOKEN, tame(mask(str(error))))
        if secret is None:
            return Problem(
                ProblemKind.TOKEN, f"No token is stored for profile {profile_name}: run omstui login {profile_name}"
            )
        return Credential(secret, self._store_name)
