"""Access keys, and requests signed with `SDK-HMAC-SHA256` (API reference, Signing Requests)."""

import hashlib
import hmac
import json
from collections.abc import Generator, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from msgspec import Struct

from omstui.backend.runtime.clock import Clock
from omstui.backend.secrets.secret import Secret
from omstui.core.zone import read_iso_time

if TYPE_CHECKING:
    import httpx

ALGORITHM = "SDK-HMAC-SHA256"
DATE_FORMAT = "%Y%m%dT%H%M%SZ"
"""The format of `X-Sdk-Date`, in UTC."""

_PARTS = ("access key", "secret key", "security token")
_LONGEST_KEY = 256


class AccessKeys(Struct, frozen=True):
    """An access key, its secret key and, for temporary keys, its security token: used and replaced together."""

    access_key: Secret
    secret_key: Secret
    security_token: Secret | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """Parse the text of `written`: each part on its own line; blank lines are ignored.

        Raises:
            ValueError: the text cannot be keys; the message names the part and never repeats it.
        """
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if not 2 <= len(lines) <= len(_PARTS):
            raise ValueError(
                "access keys are given as two or three lines: access key, secret key and, for temporary keys, "
                f"security token; there {'is 1 line' if len(lines) == 1 else f'are {len(lines)} lines'}"
            )
        return cls(*map(Secret, lines)).checked()

    def checked(self) -> Self:
        """Return these keys if their characters and lengths are allowed in a request.

        Raises:
            ValueError: they are not allowed; the message names the part and never repeats it.
        """
        for what, secret in zip(_PARTS, self.secrets, strict=False):
            value = secret.reveal()
            if not value:
                raise ValueError(f"the {what} is empty")
            bad = next((place for place, char in enumerate(value, 1) if not "!" <= char <= "~"), None)
            if bad is not None:
                raise ValueError(
                    f"the {what} cannot be one: character {bad} of {len(value)} is not a printable ASCII character"
                )
            if what != "security token" and len(value) > _LONGEST_KEY:
                raise ValueError(f"the {what} has {len(value):,} characters, at most {_LONGEST_KEY} are possible")
        if "," in self.access_key.reveal():  # it would end the key in the header
            raise ValueError("the access key cannot be one: it holds a comma")
        if self.security_token is not None:
            Secret.token(self.security_token.reveal())
        return self

    @property
    def written(self) -> Secret:
        """The keys as they are stored: each part on its own line."""
        return Secret("\n".join(secret.reveal() for secret in self.secrets))

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The access key, the secret key and, for temporary keys, the security token."""
        token = () if self.security_token is None else (self.security_token,)
        return (self.access_key, self.secret_key, *token)


class IssuedKeys(Struct, frozen=True):
    """Access keys from a program or a metadata service, and when they expire, if known."""

    keys: AccessKeys
    expires_at: datetime | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """Parse a JSON object with `access`, `secret`, `securitytoken` and `expires_at`, bare or under `credential`.

        The last two may be missing. An invalid time is ignored, since the keys may still be good.

        Raises:
            ValueError: the object has no keys; the message names the field and repeats no value.
        """
        try:
            printed = json.loads(text)
        except (ValueError, RecursionError):
            raise ValueError("it is not JSON") from None
        if isinstance(printed, dict) and "access" not in printed:
            printed = printed.get("credential", printed)
        fields = printed if isinstance(printed, dict) else {}
        parts: dict[str, Secret] = {}
        for name in ("access", "secret", "securitytoken"):
            value = fields.get(name)
            if isinstance(value, str):
                parts[name] = Secret(value.strip())
            elif value is not None or name != "securitytoken":
                raise ValueError(f"the JSON has no text named {name}")
        keys = AccessKeys(parts["access"], parts["secret"], parts.get("securitytoken") or None)
        return cls(keys.checked(), read_iso_time(fields.get("expires_at")))


class KeyCredential(Struct, frozen=True):
    """Access keys for one project, and where they came from."""

    keys: AccessKeys
    source: str
    """A word for the user: ``keyring``, ``memory``, ``HUAWEICLOUD_SDK_AK``."""

    project_id: str | None
    """Signed as `X-Project-Id`; ``None`` for a request to IAM before the project is known."""

    clock: Clock
    """Gives the time of the signatures."""

    expires_at: datetime | None = None
    """When temporary keys expire, if known."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secret values of the keys."""
        return self.keys.secrets

    @property
    def is_dated(self) -> bool:
        """Return ``True``: a signature is valid for 15 minutes on the gateway's clock."""
        return True

    def auth(self) -> "httpx.Auth":
        """Return the `httpx.Auth` that signs a request.

        Raises:
            ValueError: characters of the keys are not allowed in a request; the message does not repeat them.
        """
        return _signature_auth(self)


class Signature(Struct, frozen=True):
    """A signature and the texts that it was computed from."""

    canonical_request: str
    string_to_sign: str
    authorization: str
    """The value of the header `Authorization`."""

    def __repr__(self) -> str:
        return "Signature(***)"


def sign(
    keys: AccessKeys,
    method: str,
    path: str,
    query: Iterable[tuple[str, str]],
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
) -> Signature:
    """Sign a request.

    Args:
        keys: the access key and the secret key; a security token is passed in `headers`.
        method: the HTTP method in capitals.
        path: the path of the URL, percent-encoded or not.
        query: names and values, not encoded.
        headers: the headers to sign, with `X-Sdk-Date`; they must arrive unchanged.
        body: the body of the request.

    Raises:
        KeyError: there is no `X-Sdk-Date`.
    """
    values = {name.lower(): value.strip() for name, value in headers.items()}
    names = sorted(name for name in values if "_" not in name)
    signed_names = ";".join(names)
    canonical_request = "\n".join(
        (
            method,
            canonical_path(path),
            canonical_query(query),
            *(f"{name}:{values[name]}" for name in names),
            "",
            signed_names,
            hashlib.sha256(body).hexdigest(),
        )
    )
    digest = hashlib.sha256(canonical_request.encode()).hexdigest()
    string_to_sign = f"{ALGORITHM}\n{values['x-sdk-date']}\n{digest}"
    signature = hmac.new(keys.secret_key.reveal().encode(), string_to_sign.encode(), hashlib.sha256).hexdigest()
    access = keys.access_key.reveal()
    authorization = f"{ALGORITHM} Access={access}, SignedHeaders={signed_names}, Signature={signature}"
    return Signature(canonical_request, string_to_sign, authorization)


def canonical_path(path: str) -> str:
    """Return the path as it is signed: each segment decoded and percent-encoded again, with a slash at the end."""
    parts = unquote_to_bytes(path).split(b"/")
    encoded = "/".join(quote(part, safe="") for part in parts)
    return encoded if encoded.endswith("/") else f"{encoded}/"


def canonical_query(query: Iterable[tuple[str, str]]) -> str:
    """Return the query as it is signed and sent: sorted and percent-encoded."""
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query))


def _signature_auth(credential: KeyCredential) -> "httpx.Auth":
    import httpx  # slow to import

    keys, project_id, clock = credential.keys.checked(), credential.project_id or "", credential.clock
    if not all("!" <= char <= "~" for char in project_id):
        raise ValueError("the project id cannot stand in a signed header: it is not made of printable ASCII characters")

    class SignatureAuth(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            query = parse_qsl(request.url.query.decode("ascii"), keep_blank_values=True)
            if query:
                # The query is sent as it is signed, so that the gateway cannot read it in another encoding.
                request.url = request.url.copy_with(query=canonical_query(query).encode("ascii"))
            path = request.url.raw_path.partition(b"?")[0].decode("ascii")
            signed = {"Host": request.headers["Host"], "X-Sdk-Date": clock.now().strftime(DATE_FORMAT)}
            if project_id:
                signed["X-Project-Id"] = project_id
            if keys.security_token is not None:
                signed["X-Security-Token"] = keys.security_token.reveal()
            request.headers.update(signed)
            signature = sign(keys, request.method, path, query, headers=signed, body=request.content)
            request.headers["Authorization"] = signature.authorization
            yield request

    return SignatureAuth()
