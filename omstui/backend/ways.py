"""From a profile to how it signs in."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from omstui.backend.clock import Clock
from omstui.backend.iam import GLOBAL_ENDPOINT, IamClient, iam_endpoint
from omstui.backend.metadata import METADATA_ENDPOINT, agency_keys
from omstui.backend.sdk_places import credentials_file, find_keys
from omstui.backend.sign_in_desk import (
    ByAgency,
    ByCommand,
    ByKeyCommand,
    ByKeys,
    ByPassword,
    ByToken,
    SignInDesk,
    Way,
)
from omstui.backend.token_command import KEY_COMMAND, TOKEN_COMMAND, run_command
from omstui.core.profile import Profile
from omstui.core.zone import region_of_host

if TYPE_CHECKING:
    import httpx


def iam_endpoint_of(profile: Profile) -> str | None:
    """Return a profile's IAM endpoint; ``None`` when none is told and the region is not known."""
    region = profile.region or region_of_host(urlsplit(profile.endpoint).hostname or "")
    return profile.iam_endpoint or (iam_endpoint(region) if region is not None else None)


def way_of(profile: Profile) -> Way:
    """Return how a profile signs in."""
    match profile.auth:
        case "password":
            return ByPassword(
                iam_endpoint_of(profile) or GLOBAL_ENDPOINT,
                profile.user or "",
                profile.domain or "",
                project_id=profile.project_id or None,
                project_name=profile.project_name,
            )
        case "aksk" if profile.key_command:
            return ByKeyCommand(profile.key_command, profile.project_id or None, profile.command_env)
        case "ecs":
            return ByAgency(profile.project_id or None)
        case "aksk":
            return ByKeys(profile.project_id or None)
        case "command":
            return ByCommand(profile.token_command, iam_endpoint_of(profile), profile.command_env)
        case _:
            return ByToken(iam_endpoint_of(profile))


def ways_of(profiles: Mapping[str, Profile]) -> dict[str, Way]:
    """Return how each profile signs in."""
    return {name: way_of(profile) for name, profile in profiles.items()}


def open_desk(
    *,
    environ: Mapping[str, str],
    home: Path,
    clock: Clock,
    transport: "httpx.AsyncBaseTransport | None" = None,
    metadata: str = METADATA_ENDPOINT,
) -> SignInDesk:
    """Make the desk that signs in for real.

    Args:
        environ: what commands are given, and where access keys are looked for.
        home: the folder in which the SDK keeps its credentials.
        clock: dates signatures and what IAM tells.
        transport: stands in for the network.
        metadata: where this server's metadata service is.
    """
    return SignInDesk(
        clock=clock,
        open_iam=lambda endpoint: IamClient(endpoint, clock=clock, transport=transport),
        run_command=partial(run_command, TOKEN_COMMAND, environ=environ),
        run_key_command=partial(run_command, KEY_COMMAND, environ=environ),
        ask_agency=partial(agency_keys, metadata, transport=transport),
        find_keys=partial(find_keys, environ, credentials_file(home)),
    )
