"""Signs in once and sends one harmless request, to test whether a profile works."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from omstui.backend.runtime.files import FileError
from omstui.cli.context.context import USAGE, CliContext, UsageError
from omstui.cli.credentials.profile_input import check_project_id
from omstui.cli.credentials.refusal import RetryCommand, project_error, sign_in_error
from omstui.cli.credentials.secret_input import SecretInput
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.text import tame

if TYPE_CHECKING:
    from omstui.backend.http.credential import AnyCredential


class CredentialCheck(Struct, frozen=True):
    """Result of one test request with a credential."""

    profile: Profile
    """With the project's id, if that was looked up."""

    problem: Problem | None
    """The service's answer against the credential or the question, if any."""

    expires_at: datetime | None
    """When the credential ends, if known."""


def check_credential(profile: Profile, given: SecretInput, context: CliContext, retry: RetryCommand) -> CredentialCheck:
    """Sign in, look up the project if only its name is known, and ask once for a task.

    Args:
        profile: the profile to test.
        given: the credential.
        context: the network and the clock.
        retry: returns the command that tries again.

    Raises:
        UsageError: the sign-in failed, or there is no such project.
    """
    return asyncio.run(_try(profile, given, context, retry))


def watched_task(context: CliContext, profile_name: str) -> str | None:
    """Return the id of a task that this profile watches; `None` when there is none."""
    try:
        return context.watchlist.load().first_of(profile_name)
    except FileError:  # code that needs the list reports it
        return None


async def _try(profile: Profile, given: SecretInput, context: CliContext, retry: RetryCommand) -> CredentialCheck:
    # Imported here because the service's modules are slow to import, and other commands do not need them.
    from omstui.backend.auth.methods import method_of, open_authenticator
    from omstui.backend.http.signing import KeyCredential
    from omstui.backend.oms.client import OmsClient
    from omstui.backend.polling.try_credential import channel_with, try_credential, with_end
    from omstui.backend.runtime.threads import DaemonExecutor

    # A name server that does not answer must not delay quitting.
    asyncio.get_running_loop().set_default_executor(DaemonExecutor())
    authenticator = open_authenticator(
        clock=context.clock, environ=context.environ, home=context.home, transport=context.transport
    )
    obtained = await authenticator.obtain(method_of(profile), given.secret, given.source)
    if isinstance(obtained, Problem):
        raise sign_in_error(obtained, profile, retry)
    credential = obtained.credential
    if not profile.project_id:
        learned = obtained.project_id if profile.auth == "password" else None
        project_id = learned or await _looked_up(profile, credential, context, obtained.iam_endpoint, retry)
        try:
            profile = replace(profile, project_id=check_project_id(project_id))
        except ValueError as error:
            raise project_error(
                Problem(ProblemKind.BAD_ANSWER, tame(f"What IAM sends is none: {error}")), profile, retry
            ) from None
    if isinstance(credential, KeyCredential):
        credential = replace(credential, project_id=profile.project_id)

    def open_client(profile: Profile) -> OmsClient:
        return OmsClient(profile, clock=context.clock, transport=context.transport)

    opened = channel_with(
        credential, profile, authenticator=authenticator, open_client=open_client, clock=context.clock
    )
    async with opened as channel:
        problem = await try_credential(channel, watched_task(context, profile.name))
    if problem is None or problem.proves_credential:
        credential = await with_end(authenticator, profile, credential)
    return CredentialCheck(profile, problem, credential.expires_at)


async def _looked_up(
    profile: Profile,
    credential: "AnyCredential",
    context: CliContext,
    sdk_iam_endpoint: str | None,
    retry: RetryCommand,
) -> str:
    """Return the id of the project with the profile's project name.

    The IAM endpoint is that of the profile, else of the SDK's file with the credential, else of the SDK's variable.
    """
    from omstui.backend.auth.iam import IamClient
    from omstui.backend.auth.methods import iam_endpoint_of

    endpoint = profile.as_written.iam_endpoint or sdk_iam_endpoint or iam_endpoint_of(profile)
    name = profile.project_name or ""
    if endpoint is None:
        raise UsageError(
            USAGE,
            f"the project {name} cannot be looked up, since the IAM that belongs to {profile.endpoint} is not known: "
            f"{retry('--project-name')} --project-id ID, or --iam-endpoint URL",
        )
    iam = IamClient(endpoint, clock=context.clock, transport=context.transport)
    try:
        projects = await iam.projects(credential, name)
    finally:
        await iam.aclose()
    if isinstance(projects, Problem) or len(projects) != 1:
        found = projects if isinstance(projects, Problem) else [p.project_id for p in projects]
        raise project_error(found, profile, retry)
    return projects[0].project_id
