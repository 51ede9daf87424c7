"""Checks the operating system's keyring, and secrets that are stored elsewhere."""

import shlex
import sys
from collections.abc import Iterator, Mapping

from omstui.backend.files.config import Config
from omstui.backend.secrets.calls import StoreError, StoreErrorKind
from omstui.backend.secrets.expiry_note import profile_of
from omstui.cli.context.context import CliContext
from omstui.core.profile import Profile
from omstui.core.reports.finding import Finding, RepairPlace, error, ok, skipped, warning
from omstui.core.text import tame

_PROBE = "doctor"
"""An account under which nothing is stored: asking for it shows whether the keyring answers."""

WITHOUT_DESKTOP = (
    'dbus-run-session -- bash -c \'read -rsp "keyring password: " p 2>/dev/tty; printf %s "$p" | '
    "gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; unset p; exec omstui 2>/dev/tty' 2>/dev/null"
)
"""Starts omstui with a keyring on a machine without a desktop, as in README."""

_OWN = {
    "linux": "keyring.backends.SecretService.Keyring",
    "darwin": "keyring.backends.macOS.Keyring",
    "win32": "keyring.backends.Windows.WinVaultKeyring",
}
"""The systems' own keyrings."""


def look_at_secrets(context: CliContext, profiles: Mapping[str, Profile], config: Config | None) -> Iterator[Finding]:
    """Yield the findings about the secret stores of these profiles.

    Args:
        context: has the stores.
        profiles: the profiles to check.
        config: the whole configuration; ``None`` when `config.toml` cannot be read, so that no secret counts as unused.
    """
    users = [name for name, one in profiles.items() if one.secret_store == "keyring" and one.needs_secret]  # noqa: S105 - the name of a store
    store = context.stores.keyring
    try:
        store.get(_PROBE)
    except StoreError as failure:
        words = failure.kind.words.replace("the store", "the keyring")
        if users:
            words = f"{words}; {', '.join(users)} would keep a secret there"
            yield error(
                "keyring",
                f"{words}{_why(failure, context.environ)}",
                _advice(failure, context.environ),
                place=RepairPlace.THERE,
            )
        elif config is None:
            yield skipped(
                "keyring", f"{words}; whether a profile needs one is not known{_why(failure, context.environ)}"
            )
        else:
            yield ok("keyring", f"{words}, and no profile needs one{_why(failure, context.environ)}")
    else:
        yield ok("keyring", f"{store.place} answers")
    yield from _in_file(context, profiles, config)
    for name, profile in profiles.items():
        if profile.secret_store == "kernel" and profile.needs_secret:  # noqa: S105 - the name of a store
            yield _kernel(context, name, profile)
    if context.variable("OMSTUI_TOKEN") is not None:
        yield ok("secrets.environment", "OMSTUI_TOKEN is set, and goes before stored tokens")


def _in_file(context: CliContext, profiles: Mapping[str, Profile], config: Config | None) -> Iterator[Finding]:
    """Yield the findings about unencrypted secrets, whether a profile uses them or not."""
    store = context.stores.file
    every = config.profiles if config is not None else {}
    users = {name for name, one in every.items() if one.secret_store == "file" and one.needs_secret}  # noqa: S105 - the name of a store
    for name in profiles:
        if name not in users:
            continue
        advice = f"omstui login {name} --secret-store keyring, where there is one"
        yield warning("secrets.file", f"the secret of {name} is kept unencrypted in {store.place}", advice)
    try:
        left = {profile_of(account) for account in store.accounts()} - users
    except StoreError as failure:
        yield warning("secrets.file", tame(str(failure)), "omstui doctor again when that is done")
        return
    words = f"secrets are kept unencrypted in {store.place}; which profiles use them is not known before"
    if config is None:
        if left:
            yield skipped("secrets.file", f"{words} config.toml can be read")
        return
    if config.has_unknown:  # it may be the misspelt name of a profile that uses them
        if left:
            advice = f"correct {tame(str(context.folders.config_file))} with an editor, then omstui doctor again"
            yield warning("secrets.file", f"{words} what means nothing in config.toml is corrected", advice)
        return
    for name in sorted(left):
        again = f", then omstui login {name}" if name in every else ""
        words = f"a secret of {tame(name)} is still kept unencrypted in {store.place}, and no profile uses it"
        yield warning("secrets.file", words, f"omstui logout {shlex.quote(tame(name))}{again}")


def _kernel(context: CliContext, name: str, profile: Profile) -> Finding:
    store = context.stores.of(profile)
    try:
        store.get(name)
    except StoreError as failure:
        advice = f"omstui login {name} --secret-store keyring, memory or file"
        return error("secrets.kernel", tame(str(failure)), advice, place=RepairPlace.THERE)
    return ok("secrets.kernel", f"the secret of {name} is looked for in the {store.place}")


def _why(failure: StoreError, environ: Mapping[str, str]) -> str:
    """Return why this keyring was chosen, as the rest of a sentence."""
    if failure.kind is StoreErrorKind.REFUSED:
        return f". {tame(str(failure))}"
    if name := environ.get("PYTHON_KEYRING_BACKEND"):
        return f". PYTHON_KEYRING_BACKEND chooses {tame(name)}"
    if failure.kind is StoreErrorKind.NONE and sys.platform == "linux" and not environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return ". There is no D-Bus session here (DBUS_SESSION_BUS_ADDRESS is not set), as usual over ssh"
    return f". {tame(str(failure))}"


def _advice(failure: StoreError, environ: Mapping[str, str]) -> str:
    has_desktop = sys.platform != "linux" or any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    is_waiting = failure.kind in {StoreErrorKind.LOCKED, StoreErrorKind.STUCK}
    if environ.get("PYTHON_KEYRING_BACKEND") and not is_waiting:
        return "unset PYTHON_KEYRING_BACKEND, or name the system's own keyring or a password manager's there"
    match failure.kind:
        case StoreErrorKind.LOCKED | StoreErrorKind.STUCK:
            ask = f"{shlex.quote(sys.executable)} -m keyring get omstui {_PROBE}"
            return f"unlock the keyring: {ask if has_desktop else WITHOUT_DESKTOP}   then omstui doctor again"
        case StoreErrorKind.REFUSED:
            own = _OWN.get(sys.platform, _OWN["linux"])
            return f"export PYTHON_KEYRING_BACKEND={own}, or the class of your password manager's keyring"
    ways = 'omstui login PROFILE --auth command --token-command "...", or --auth aksk, or set OMSTUI_TOKEN'
    return ways if has_desktop else f"{ways}, or start omstui with a gnome-keyring of its own: {WITHOUT_DESKTOP}"
