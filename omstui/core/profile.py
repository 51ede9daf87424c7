"""A profile: where to request one project's tasks, and how to sign in there."""

import re
from collections.abc import Mapping
from datetime import UTC, tzinfo
from ipaddress import ip_address
from urllib.parse import urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from omstui.core.zone import region_endpoint, region_of_host, region_zone

_PROJECT_ID = re.compile(r"[0-9a-fA-F]{32}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SIGN_IN_METHODS = ("token", "password", "aksk", "command", "ecs")
"""How a profile gets its credential: a token from the user, a token issued for a password, access keys that sign each
request, a token that a command prints, or the access keys of the agency of the server that omstui runs on."""

SECRET_STORES = ("keyring", "memory", "file", "kernel")
"""Where a profile's secret is kept: the operating system's keyring, memory (for one run only), a plain file, or the
Linux kernel."""

COLOURS = ("red", "yellow", "green", "cyan", "blue", "magenta")
"""The colours that a profile may have, so that production is easy to tell apart."""

LONGEST_NAME = 255
"""Characters of a user's, an account's or a project's name; the service's own limits are lower."""

_NEEDED = {"password": ("user", "domain"), "command": ("token_command",)}
"""The fields that a sign-in method requires and no other method uses."""

_OWN = {**_NEEDED, "aksk": ("key_command",)}
"""The fields that only one sign-in method uses."""


def project_id_doubt(project_id: str) -> str:
    """Return a warning when a project id does not have the form that the API reference shows; empty when it has.

    The id may still be valid. The warning does not quote it, since it may be a secret that was pasted by mistake.
    """
    if _PROJECT_ID.fullmatch(project_id):
        return ""
    return "The project id does not look like one, which has 32 hex digits"


class Profile(Struct, frozen=True):
    """One project at one endpoint."""

    name: str
    endpoint: str
    """Scheme and host, perhaps a port and a path prefix; no trailing slash."""

    project_id: str
    """Empty only until the first sign-in with a password returns the id of `project_name`."""

    auth: str = "token"
    """One of `SIGN_IN_METHODS`."""

    region: str | None = None
    zone: tzinfo = field(default=UTC)
    """The zone that names this profile's months."""

    iam_endpoint: str | None = None
    """The endpoint of IAM, if it is not the region's, in the form of `endpoint`."""

    project_name: str | None = None
    user: str | None = None
    """The IAM user whose password signs in."""

    domain: str | None = None
    """The account that the user belongs to; the service calls it a domain."""

    token_command: tuple[str, ...] = ()
    """The program that prints a token, and its arguments."""

    key_command: tuple[str, ...] = ()
    """The program that prints access keys as JSON, and its arguments; if empty, the keys are stored or the SDK's."""

    command_env: tuple[str, ...] = ()
    """The environment variables with secrets that its command receives; none by default."""

    secret_store: str = "keyring"  # noqa: S105 - the word for a place, not a secret
    """One of `SECRET_STORES`."""

    alerts: bool = True
    """Whether events of its tasks go anywhere but the event log."""

    color: str | None = None
    """One of `COLOURS`; none by default, since red also marks alarms."""

    endpoint_variable: str | None = None
    """The environment variable that `endpoint` comes from, if the profile itself names only a region."""

    iam_variable: str | None = None
    """The environment variable that `iam_endpoint` comes from, if the profile itself names none."""

    @property
    def follows_region(self) -> bool:
        """Whether the endpoint is the region's own."""
        return self.region is not None and self.endpoint == region_endpoint(self.region)

    @property
    def as_written(self) -> "Profile":
        """The profile as `config.toml` has it, without the values of environment variables."""
        plain = self
        if self.endpoint_variable is not None and self.region is not None:
            plain = replace(plain, endpoint=region_endpoint(self.region), endpoint_variable=None)
        return plain if self.iam_variable is None else replace(plain, iam_endpoint=None, iam_variable=None)

    @property
    def iam_region(self) -> str | None:
        """The region whose IAM serves this project; ``None`` for an endpoint that is not the service's own."""
        return self.region or region_of_host(urlsplit(self.endpoint).hostname or "")

    @property
    def without_looks(self) -> "Profile":
        """The profile without colour and alerts: two profiles that are equal in the rest send the same requests."""
        return replace(self, alerts=True, color=None)

    @property
    def needs_secret(self) -> bool:
        """Whether the user gives a secret, which is stored; otherwise a command or the server gives the credential."""
        return self.auth in {"token", "password"} or (self.auth == "aksk" and not self.key_command)

    @property
    def outlasts_run(self) -> bool:
        """Whether its secret is kept after the program ends."""
        return self.secret_store != SECRET_STORES[1]

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the fields without which this profile cannot sign in or ask."""
        names = [] if self.project_id or (self.auth == "password" and self.project_name) else ["project_id"]
        names += [name for name in _NEEDED.get(self.auth, ()) if not getattr(self, name)]
        if self.auth == "password" and not (self.iam_endpoint or self.iam_region):
            names.append("iam_endpoint")
        return tuple(names)

    @property
    def idle(self) -> tuple[str, ...]:
        """The names of the fields that are set but that the profile's sign-in method does not use."""
        fields = [name for way, names in _OWN.items() if way != self.auth for name in names]
        stores_nothing = not self.needs_secret and self.secret_store != SECRET_STORES[0]
        if self.needs_secret or self.auth == "ecs":  # there is no command
            fields.append("command_env")
        return (*(name for name in fields if getattr(self, name)), *(("secret_store",) if stores_nothing else ()))


def check_profile_name(name: str) -> str:
    """Return the name when it is a valid profile name.

    Raises:
        ValueError: it is not; the message says what is possible.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name[:40]!r} is not a profile name: use letters, digits, dots, dashes and underscores")
    return name


def check_endpoint(url: str) -> str:
    """Return the endpoint in its plain form, without a trailing slash.

    Raises:
        ValueError: it is not an absolute URL, holds a credential or a query, or would send a token in clear to another
            machine: plain http is for loopback only.
    """
    return _plain_endpoint(url, "endpoint", "https://oms.cn-north-4.myhuaweicloud.com", "the token")


def check_iam_endpoint(url: str) -> str:
    """Return the IAM endpoint in its plain form, without a trailing slash.

    Raises:
        ValueError: it is not valid by the rules of `check_endpoint`.
    """
    return _plain_endpoint(url, "IAM endpoint", "https://iam.cn-north-4.myhuaweicloud.com", "secrets")


def _plain_endpoint(url: str, what: str, example: str, secret: str) -> str:
    url = url.strip()
    if "@" in url:  # first, since the other messages quote the URL
        raise ValueError(f"the {what} must not hold a user or a password")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"the {what} {url[:80]!r} is not a URL") from error
    if parts.scheme not in {"http", "https"} or not host or not url.isprintable() or any(c.isspace() for c in url):
        raise ValueError(f"the {what} {url[:80]!r} is not a URL: write it as {example}")
    if "?" in url or "#" in url:
        raise ValueError(f"the {what} must not hold a query or a fragment")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(f"the {what} {url[:80]!r} would send {secret} in clear: use https (http is for loopback only)")
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def check_name(text: str, what: str) -> str:
    """Return the name of a user, an account or a project without blanks around it.

    Args:
        text: the name.
        what: what it is the name of, for the message.

    Raises:
        ValueError: it is empty, too long or not printable.
    """
    name = text.strip()
    if not name:
        raise ValueError(f"the {what} is empty")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"the {what} has {len(name):,} characters, at most {LONGEST_NAME} are possible")
    if not name.isprintable():
        raise ValueError(f"the {what} cannot be one: it holds characters that cannot be printed")
    return name


def is_loopback(host: str) -> bool:
    """Whether this host name or address is the local machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def endpoint_zone(endpoint: str, region: str | None) -> tzinfo:
    """Return the zone that names the months of a profile which does not set one."""
    return region_zone(region or region_of_host(urlsplit(endpoint).hostname or ""))


def places_reached(profiles: Mapping[str, Profile]) -> dict[str, tuple[str, str]]:
    """Return endpoint and project id by profile, without the profiles whose project id is not known yet."""
    return {name: (one.endpoint, one.project_id) for name, one in profiles.items() if one.project_id}
