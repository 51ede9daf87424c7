"""The environment variables that say how to reach the network, checked before anything is drawn."""

import os
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace

from omstui.backend.secrets.redact import mask
from omstui.core.profile import Profile, check_endpoint, check_iam_endpoint
from omstui.core.text import tame

if TYPE_CHECKING:
    import ssl

PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
"""All that may name the proxy; HTTP_PROXY is for what is asked without TLS, and that is this machine alone."""

_FILE, _FOLDERS = "SSL_CERT_FILE", "SSL_CERT_DIR"
"""Certificates, by the names that OpenSSL goes by."""

IAM_VARIABLE = "HUAWEICLOUD_SDK_IAM_ENDPOINT"
OMS_VARIABLES = "HUAWEICLOUD_SDK_REGION_OMS_"
"""The SDK's names: one for IAM, and one for OMS in each region, by the region in capitals with underscores."""

_SOCKS = frozenset({"socks5", "socks5h"})
_SCHEMES = frozenset({"http", "https"}) | _SOCKS


def network_variables_complaint(environ: Mapping[str, str]) -> str | None:
    """Say in one sentence which variable keeps requests from being made; ``None`` when none does.

    It costs nothing where none is set. The values of proxies are not repeated, since they may hold a password.
    """
    name = proxy_variable(environ)
    if name is not None and (reason := _proxy_complaint(name, environ[name].strip())) is not None:
        return reason
    if environ.get(_FILE) or environ.get(_FOLDERS):
        import ssl  # takes as long as the rest before the first picture, and few set these

        sentence = load_certificates(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), environ)
        if sentence is not None:
            return sentence
    for name in sdk_endpoint_variables(environ):
        try:
            _sdk_endpoint(environ, name)
        except ValueError as error:
            return tame(mask(f"The environment variable {name} is of no use, {error}: correct or unset it"))
    return None


def sdk_endpoint_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the names of the SDK's variables that say where IAM is, and OMS in a region."""
    for name in sorted(environ):
        if (name == IAM_VARIABLE or name.startswith(OMS_VARIABLES)) and environ[name].strip():
            yield name


def with_sdk_endpoints(profile: Profile, environ: Mapping[str, str]) -> Profile:
    """Return the profile with the endpoints that the SDK's variables name, where it names none itself."""
    profile = profile.as_written
    if profile.region is not None and profile.follows_region:
        name = OMS_VARIABLES + profile.region.replace("-", "_").upper()
        if endpoint := _usable(environ, name):
            profile = replace(profile, endpoint=endpoint, endpoint_variable=name)
    if profile.iam_endpoint is None and (endpoint := _usable(environ, IAM_VARIABLE)):
        profile = replace(profile, iam_endpoint=endpoint, iam_variable=IAM_VARIABLE)
    return profile


def with_scheme(address: str) -> str:
    """Return an address as an endpoint; the SDK takes a bare host too."""
    return address if "://" in address else f"https://{address}"


def _sdk_endpoint(environ: Mapping[str, str], name: str) -> str | None:
    """Return the endpoint that a variable of the SDK's names, the first one of a list.

    Raises:
        ValueError: it is none.
    """
    address = environ.get(name, "").strip()
    if not address:
        return None
    check = check_iam_endpoint if name == IAM_VARIABLE else check_endpoint
    return check(with_scheme(address.partition(",")[0].strip()))


def _usable(environ: Mapping[str, str], name: str) -> str | None:
    """Return the same; ``None`` for what is none, which `network_variables_complaint` says before anything is asked."""
    try:
        return _sdk_endpoint(environ, name)
    except ValueError:
        return None


def proxy_variable(environ: Mapping[str, str]) -> str | None:
    """Return the name of the variable that names the proxy, if one does: in small letters it hides the other."""
    for name in ("https_proxy", "all_proxy"):
        spelt = name if name in environ else name.upper()
        if environ.get(spelt, "").strip():
            return spelt
    return None


def proxy_for(endpoint: str) -> str | None:
    """Return the address of the proxy to an endpoint, as the machine's settings name it; ``None`` when there is none.

    What NO_PROXY names is reached without: hosts and domains, with a port or without, or ``*`` for all.
    """
    from urllib.request import getproxies, proxy_bypass  # slow to import

    parts = urlsplit(endpoint)
    proxies = getproxies()
    address = proxies.get(parts.scheme, "").strip() or proxies.get("all", "").strip()
    # What Python itself does not find in NO_PROXY: an IPv6 address without its brackets, and a * among others.
    without = {one.strip() for one in proxies.get("no", "").split(",")}
    if not address or not without.isdisjoint({"*", parts.hostname}) or proxy_bypass(parts.netloc):
        return None
    return address if "://" in address else f"http://{address}"


def load_certificates(context: "ssl.SSLContext", environ: Mapping[str, str]) -> str | None:
    """Load what the variables for certificates name; the sentence says which of them names nothing.

    OpenSSL itself would then silently trust nobody.
    """
    if file := environ.get(_FILE):
        try:
            context.load_verify_locations(cafile=file)
        except OSError:
            return _certificates_sentence(_FILE, file)
    if folders := environ.get(_FOLDERS):
        if not any(_holds_files(Path(folder)) for folder in folders.split(os.pathsep) if folder):
            return _certificates_sentence(_FOLDERS, folders)
        context.load_verify_locations(capath=folders)
    return None


def proxy_sentence(name: str) -> str:
    """Say that a variable names no proxy."""
    return f"The environment variable {name} holds no address of a proxy: correct or unset it"


def socks_sentence(name: str) -> str:
    """Say that a variable names a proxy of a kind that needs more."""
    return f"{name} names a SOCKS proxy, which needs one more package: pip install 'httpx[socks]'"


def _proxy_complaint(name: str, value: str) -> str | None:
    address = value if "://" in value else f"http://{value}"
    scheme = address.partition("://")[0].lower()
    if scheme not in _SCHEMES or not _is_address(address):
        return proxy_sentence(name)
    if scheme in _SOCKS and find_spec("socksio") is None:
        return socks_sentence(name)
    return None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:  # brackets without a partner, a port that is no number
        return False
    return bool(parts.hostname) and text.isprintable() and " " not in text


def _holds_files(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except OSError:
        return False


def _certificates_sentence(name: str, value: str) -> str:
    sentence = f"The environment variable {name} names no certificates that can be read ({value}): correct or unset it"
    return tame(mask(sentence))
