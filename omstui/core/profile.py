"""A profile: where one project's tasks are asked for, and how to sign in there."""

import re
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from ipaddress import ip_address
from urllib.parse import urlsplit

from omstui.core.region import region_of_host
from omstui.core.zone import region_zone

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SIGN_IN_WAYS = ("token",)
"""The ways to sign in that this version knows."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One project at one endpoint."""

    name: str
    endpoint: str
    """Scheme and host, perhaps a port and a path prefix; no trailing slash."""

    project_id: str
    auth: str = "token"
    region: str | None = None
    zone: tzinfo = field(default=UTC)
    """The zone that names this profile's months."""


def check_profile_name(name: str) -> str:
    """Return the name when it can stand in files and on the screen.

    Raises:
        ValueError: it cannot; the message says what is possible.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name[:40]!r} is not a profile name: use letters, digits, dots, dashes and underscores")
    return name


def check_endpoint(url: str) -> str:
    """Return the endpoint in its plain form, without a slash at its end.

    Raises:
        ValueError: it is not an absolute URL, holds a credential or a query, or would send a token in clear to another
            machine: plain http is for loopback only.
    """
    url = url.strip()
    if "@" in url:  # before anything is said that repeats it
        raise ValueError("the endpoint must not hold a user or a password")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"the endpoint {url[:80]!r} is not a URL") from error
    if parts.scheme not in {"http", "https"} or not host or not url.isprintable() or any(c.isspace() for c in url):
        raise ValueError(
            f"the endpoint {url[:80]!r} is not a URL: write it as https://oms.cn-north-4.myhuaweicloud.com"
        )
    if "?" in url or "#" in url:
        raise ValueError("the endpoint must not hold a query or a fragment")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(
            f"the endpoint {url[:80]!r} would send the token in clear: use https (http is for loopback only)"
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether this host name or address is this very machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def endpoint_zone(endpoint: str, region: str | None) -> tzinfo:
    """Return the zone that names the months of a profile which does not set one."""
    return region_zone(region or region_of_host(urlsplit(endpoint).hostname or ""))
