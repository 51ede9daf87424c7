"""`omstui profiles` and `omstui logout`: list the profiles, and delete what is stored for one."""

import argparse
from datetime import UTC, datetime
from pathlib import PurePath

from omstui.backend.auth.sdk_credentials import FoundKeys, credentials_file, find_keys
from omstui.backend.secrets.calls import StoreError, StoreErrorKind
from omstui.backend.secrets.expiry_note import forget_secret, noted_expiry
from omstui.backend.secrets.places import SecretStores
from omstui.backend.secrets.store import SecretStore
from omstui.cli.context.context import (
    CliContext,
    need_profile,
    profile_name,
)
from omstui.cli.context.options import ONLY, MakeParser, checked
from omstui.cli.output.lines import table_lines
from omstui.core.problem import Problem
from omstui.core.profile import Profile, check_profile_name


def logout_options(make: MakeParser) -> None:
    """Define the options of `omstui logout`."""
    parser = make(
        description="Forget the secrets of a profile; the profile itself and its tasks stay.",
        epilog="example:\n  omstui logout prod",
    )
    parser.set_defaults(run=logout)
    parser.add_argument("profile", nargs="?", type=checked(check_profile_name), metavar="PROFILE", help=ONLY)


def profiles_options(make: MakeParser) -> None:
    """Define the options of `omstui profiles`."""
    parser = make(
        description="List the profiles: name, endpoint, project, way to sign in, zone, and where the secret is.",
        epilog="example:\n  omstui profiles --json | jq -r '.[].name'",
    )
    parser.set_defaults(run=profiles)
    parser.add_argument("--json", action="store_true", help="as a JSON array of objects")


def logout(args: argparse.Namespace, context: CliContext) -> int:
    """Delete a profile's secrets from all stores."""
    config = context.load_config()
    name = profile_name(args.profile, context, config)
    profile, stores = config.profiles.get(name), context.stores
    if profile is None and not any(_holds(store, name) for store in stores.lasting(None)):
        need_profile(name, config)
    own, failure = _own_store(profile, stores), None
    for store in stores.lasting(profile):
        try:
            forget_secret(store, name)
        except StoreError as error:
            if store is own:
                failure = error
            elif error.kind is not StoreErrorKind.NONE:
                context.say(f"Another secret of profile {name} may be stored elsewhere. {error}.")
    if failure is not None:
        raise failure
    context.say(f"No secret of profile {name} is stored any more. To renew: omstui login {name}")
    if profile is not None and profile.auth == "command":
        context.say("Its token command goes on being run for tokens; it is set in the configuration.")
    elif profile is not None and profile.auth == "ecs":
        context.say("The agency of this server goes on giving it access keys.")
    elif profile is not None and profile.auth == "aksk" and profile.key_command:
        context.say("Its key command goes on being run for access keys; it is set in the configuration.")
    if profile is not None and isinstance(keys := _sdk_keys(profile, context), FoundKeys):
        context.say(f"The access key in {keys.place} is the SDK's and stays, and profile {name} goes on using it.")
    if context.variable("OMSTUI_TOKEN") is not None:
        context.say("OMSTUI_TOKEN is still set and goes on serving every profile.")
    return 0


def _holds(store: SecretStore, name: str) -> bool:
    """Whether a store has a secret with this name; a store that does not exist has none.

    Raises:
        StoreError: the store exists and cannot be read.
    """
    try:
        return store.get(name) is not None
    except StoreError as error:
        if error.kind is not StoreErrorKind.NONE:
            raise
        return False


def _own_store(profile: Profile | None, stores: SecretStores) -> SecretStore | None:
    """Return the store that must be emptied; ``None`` for a profile that stores nothing."""
    if profile is None:
        return stores.keyring
    return stores.of(profile) if profile.needs_secret else None


def profiles(args: argparse.Namespace, context: CliContext) -> int:
    """List the profiles."""
    rows = [_profile_row(profile, context) for profile in context.load_config().profiles.values()]
    if not args.json:
        for row in rows:
            row["expires_at"] = f"until {row['expires_at']}" if row["expires_at"] is not None else None
    for line in table_lines(rows, as_json=args.json):
        context.print(line)
    if not rows:
        context.say("There is no profile yet. Next: omstui login")
    if rows and context.variable("OMSTUI_TOKEN") is not None:
        context.say("OMSTUI_TOKEN is set and goes before stored tokens.")
    return 0


def _profile_row(profile: Profile, context: CliContext) -> dict[str, str | None]:
    place, expires_at = _secret_facts(profile, context)
    return {
        "name": profile.name,
        "endpoint": profile.endpoint,
        "project_id": profile.project_id,
        "auth": profile.auth,
        "zone": str(profile.zone),
        "secret_store": profile.secret_store if profile.needs_secret else None,
        "secret": place,
        "expires_at": f"{expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if expires_at is not None else None,
    }


def _secret_facts(profile: Profile, context: CliContext) -> tuple[str, datetime | None]:
    """Return where a profile's secret is, in words, and when it ends, if known."""
    if not profile.needs_secret:
        argv = profile.token_command if profile.auth == "command" else profile.key_command
        return (f"command {PurePath(argv[0]).name}" if profile.auth != "ecs" else "this server's agency"), None
    store = context.stores.of(profile)
    if not profile.outlasts_run:
        return store.place, None
    try:
        secret = store.get(profile.name)
        if secret is not None:
            return store.place, noted_expiry(store, profile.name, secret) if profile.auth == "token" else None
        reason = ""
    except StoreError as error:
        reason = f"cannot tell: {error}"
    if isinstance(keys := _sdk_keys(profile, context), FoundKeys):
        return keys.place, None
    return reason or "none", None


def _sdk_keys(profile: Profile, context: CliContext) -> FoundKeys | Problem | None:
    """Return the SDK's access keys, for a profile that would use them."""
    is_theirs = profile.auth == "aksk" and profile.needs_secret
    return find_keys(context.environ, credentials_file(context.home)) if is_theirs else None
