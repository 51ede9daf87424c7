"""Tests a credential before it is stored, through a channel that uses only this credential."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import Authenticator, method_of
from omstui.backend.http.credential import AnyCredential, Credential
from omstui.backend.oms.client import Client
from omstui.backend.polling.channel import Channel, Channels
from omstui.backend.runtime.clock import Clock
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.task import TaskRef

NO_TASK = "00000000-0000-0000-0000-000000000000"
"""An id that no task has. When the service says so, it has accepted the credential."""

EXPIRY_LIMIT = 5.0
"""Longest wait in seconds for the time at which a token ends: it is optional, and the user waits."""

_TELLS_NO_MORE = frozenset({ProblemKind.FORBIDDEN, ProblemKind.GONE, ProblemKind.ENDPOINT, ProblemKind.REFUSED})
"""Answers to ListSyncTasks that do not explain what "query failed or no permission" meant."""


@asynccontextmanager
async def channel_with(
    credential: AnyCredential,
    profile: Profile,
    *,
    authenticator: Authenticator,
    open_client: Callable[[Profile], Client],
    clock: Clock,
) -> AsyncIterator[Channel]:
    """Open a channel that asks for a profile with this credential only; it closes with the block."""
    only = CredentialCache({}, authenticator=authenticator, read=lambda _: None, clock=clock)
    only.replace(profile.name, credential)
    channels = Channels(profiles={profile.name: profile}, credentials=only, open_client=open_client, clock=clock)
    async with channels.opened():
        yield channels.of(profile.name)


async def try_credential(channel: Channel, sync_task_id: str | None) -> Problem | None:
    """Test a credential: ask for a task, and for the list where only the list shows whether it is accepted.

    Args:
        channel: asks with the credential.
        sync_task_id: a watched task; ``None`` when there is none.

    Returns:
        the service's answer against the credential or the question, which may still prove the credential; ``None`` when
            it accepted both.
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
    """Return the credential with the time at which it ends, if IAM tells it within `EXPIRY_LIMIT`."""
    if isinstance(credential, Credential) and credential.expires_at is None:
        try:
            async with asyncio.timeout(EXPIRY_LIMIT):
                return await authenticator.dated(method_of(profile), credential) or credential
        except TimeoutError:
            pass
    return credential
