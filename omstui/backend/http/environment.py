"""The environment variables of the network: proxies, certificates, SDK endpoints; checked before anything is drawn."""

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
"""The variables that may name the proxy; HTTP_PROXY is not among them: only this machine is asked without TLS."""

_FILE, _FOLDERS = "SSL_CERT_FILE", "SSL_CERT_DIR"
"""OpenSSL's variables for certificates."""

IAM_VARIABLE = "HUAWEICLOUD_SDK_IAM_ENDPOINT"
OMS_VARIABLES = "HUAWEICLOUD_SDK_REGION_OMS_"
"""The SDK's variables: one for IAM, and one for OMS in each region, with the region in capitals and underscores."""

_SOCKS = frozenset({"socks5", "socks5h"})
_SCHEMES = frozenset({"http", "https"}) | _SOCKS


def network_variables_error(environ: Mapping[str, str]) -> str | None:
    """Return a sentence about the first variable that makes requests impossible; ``None`` when there is none.

    The sentence does not repeat a proxy's value, which may contain a password.
    """
    name = proxy_variable(environ)
    if name is not None and (reason := _proxy_error(name, environ[name].strip())) is not None:
        return reason
    if environ.get(_FILE) or environ.get(_FOLDERS):
        import ssl  # as slow as the rest of the start, and few users set these

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
    """Yield the names of the SDK's variables that are set and name an endpoint of IAM or OMS."""
    for name in sorted(environ):
        if (name == IAM_VARIABLE or name.startswith(OMS_VARIABLES)) and environ[name].strip():
            yield name


def with_sdk_endpoints(profile: Profile, environ: Mapping[str, str]) -> Profile:
    """Return the profile with the endpoints of the SDK's variables where it names none itself."""
    profile = profile.as_written
    if profile.region is not None and profile.follows_region:
        name = OMS_VARIABLES + profile.region.replace("-", "_").upper()
        if endpoint := _usable(environ, name):
            profile = replace(profile, endpoint=endpoint, endpoint_variable=name)
    if profile.iam_endpoint is None and (endpoint := _usable(environ, IAM_VARIABLE)):
        profile = replace(profile, iam_endpoint=endpoint, iam_variable=IAM_VARIABLE)
    return profile


def with_scheme(address: str) -> str:
    """Return an address with a scheme, `https` for a bare host, which the SDK accepts too."""
    return address if "://" in address else f"https://{address}"


def _sdk_endpoint(environ: Mapping[str, str], name: str) -> str | None:
    """Return the endpoint of one of the SDK's variables, the first of a list; ``None`` when it is not set.

    Raises:
        ValueError: the value is not an endpoint.
    """
    address = environ.get(name, "").strip()
    if not address:
        return None
    check = check_iam_endpoint if name == IAM_VARIABLE else check_endpoint
    return check(with_scheme(address.partition(",")[0].strip()))


def _usable(environ: Mapping[str, str], name: str) -> str | None:
    """Return `_sdk_endpoint`, or ``None`` for a bad value, which `network_variables_error` has reported before."""
    try:
        return _sdk_endpoint(environ, name)
    except ValueError:
        return None


def proxy_variable(environ: Mapping[str, str]) -> str | None:
    """Return the name of the variable that names the proxy, if any; a lower-case name overrides the upper-case one."""
    for name in ("https_proxy", "all_proxy"):
        spelt = name if name in environ else name.upper()
        if environ.get(spelt, "").strip():
            return spelt
    return None


def proxy_for(endpoint: str) -> str | None:
    """Return the address of the proxy to an endpoint from the machine's settings; ``None`` when there is none.

    NO_PROXY excludes hosts and domains, with or without a port, or all with ``*``.
    """
    from urllib.request import getproxies, proxy_bypass  # slow to import

    parts = urlsplit(endpoint)
    proxies = getproxies()
    address = proxies.get(parts.scheme, "").strip() or proxies.get("all", "").strip()
    # Python itself does not match these in NO_PROXY: an IPv6 address without brackets, and a * in a longer list.
    without = {one.strip() for one in proxies.get("no", "").split(",")}
    if not address or not without.isdisjoint({"*", parts.hostname}) or proxy_bypass(parts.netloc):
        return None
    return address if "://" in address else f"http://{address}"


def load_certificates(context: "ssl.SSLContext", environ: Mapping[str, str]) -> str | None:
    """Load the certificates that the variables name; return a sentence about a variable that names none, else ``None``.

    OpenSSL itself would silently trust no certificate in that case.
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
    """Return the sentence for a variable that names no proxy."""
    return f"The environment variable {name} holds no address of a proxy: correct or unset it"


def socks_sentence(name: str) -> str:
    """Return the sentence for a variable that names a SOCKS proxy without the package for it."""
    return f"{name} names a SOCKS proxy, which needs one more package: pip install 'httpx[socks]'"


def _proxy_error(name: str, value: str) -> str | None:
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
    except ValueError:  # an unmatched bracket, or a port that is not a number
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
