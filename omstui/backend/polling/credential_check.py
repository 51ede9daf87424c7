"""Tries a credential before anything is kept: a channel with that credential alone, and what it may ask."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import Authenticator, way_of
from omstui.backend.http.credential import AnyCredential, Credential
from omstui.backend.oms.client import Client
from omstui.backend.polling.channel import Channel, Channels
from omstui.backend.runtime.clock import Clock
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.task import TaskRef

NO_TASK = "00000000-0000-0000-0000-000000000000"
"""An id that no task has: when the service says so, the credential has been accepted."""

EXPIRY_LIMIT = 5.0
"""Seconds that learning when a token ends may take: a courtesy, which must not hold up who is waiting."""

_TELLS_NO_MORE = frozenset({ProblemKind.FORBIDDEN, ProblemKind.GONE, ProblemKind.ENDPOINT, ProblemKind.REFUSED})
"""Answers to ListSyncTasks that leave it open what "query failed or no permission" meant."""


@asynccontextmanager
async def channel_with(
    credential: AnyCredential,
    profile: Profile,
    *,
    authenticator: Authenticator,
    open_client: Callable[[Profile], Client],
    clock: Clock,
) -> AsyncIterator[Channel]:
    """Open a channel that asks for a profile with this credential and no other one, for the length of the block."""
    only = CredentialCache({}, authenticator=authenticator, read=lambda _: None, clock=clock)
    only.replace(profile.name, credential)
    channels = Channels(profiles={profile.name: profile}, credentials=only, open_client=open_client, clock=clock)
    async with channels.opened():
        yield channels.of(profile.name)


async def try_credential(channel: Channel, sync_task_id: str | None) -> Problem | None:
    """Ask for a task; for the list too, where only that shows whether the credential is accepted.

    Args:
        channel: asks with the credential.
        sync_task_id: a task that is watched; ``None`` when there is none.

    Returns:
        what the service said against the credential or the question; it may prove the credential all the same.
    """
    sample, _ = await channel.ask_for_task(TaskRef(channel.name, sync_task_id or NO_TASK), None)
    problem = sample.problem
    if problem is not None and problem.may_be_no_denial and (sync_task_id is None or problem.is_foreign):
        listed = await channel.list_tasks()
        if not isinstance(listed, Problem):
            return None
        if problem.is_foreign or listed.kind not in _TELLS_NO_MORE:
            return listed
    return problem


async def with_end(authenticator: Authenticator, profile: Profile, credential: AnyCredential) -> AnyCredential:
    """Return the credential with the time at which it ends, where IAM tells that soon enough."""
    if isinstance(credential, Credential) and credential.expires_at is None:
        try:
            async with asyncio.timeout(EXPIRY_LIMIT):
                return await authenticator.dated(way_of(profile), credential) or credential
        except TimeoutError:
            pass
    return credential
