"""Checks each profile: whether its endpoint answers and accepts its credential, and what the credential may do."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from omstui.backend.secrets.calls import StoreError
from omstui.backend.secrets.expiry_note import noted_expiry
from omstui.backend.secrets.secret import Secret
from omstui.cli.context.context import CliContext
from omstui.cli.credentials.refusal import in_full
from omstui.cli.output.words import until
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.reports.finding import Finding, Level, RepairPlace, error, ok, skipped, warning
from omstui.core.task import TaskRef
from omstui.core.text import tame

if TYPE_CHECKING:
    from omstui.backend.auth.methods import Authenticator
    from omstui.backend.http.credential import AnyCredential
    from omstui.backend.oms.client import OmsClient
    from omstui.backend.polling.channel import Channel

_CLOCK_LIMIT = 60.0
"""Seconds by which this machine's clock may be wrong without a finding; signatures allow 900."""

_SOON = timedelta(hours=1)
_CHECKS = ("endpoint", "clock", "credential", "permission.get", "permission.list", "permission.statistic")
_USES = {"list": "omstui discover needs it", "statistic": "holes in the chart are not filled without it"}


def look_at_profiles(context: CliContext, profiles: Sequence[Profile]) -> list[Finding]:
    """Ask each profile's service, all at once, with at most three harmless requests each."""
    return asyncio.run(_look(context, profiles))


def not_tried(profiles: Sequence[Profile], reason: str) -> list[Finding]:
    """Return a finding for each check of these profiles, which says why it was skipped."""
    return [skipped(check, reason, profile=profile.name) for profile in profiles for check in _CHECKS]


async def _look(context: CliContext, profiles: Sequence[Profile]) -> list[Finding]:
    from omstui.backend.runtime.threads import DaemonExecutor

    # A name server that does not answer must not delay quitting.
    asyncio.get_running_loop().set_default_executor(DaemonExecutor())
    found = await asyncio.gather(*(_ProfileChecks(context, profile).findings() for profile in profiles))
    return [finding for findings in found for finding in findings]


class _ProfileChecks(Struct):
    """The checks of one profile."""

    context: CliContext
    profile: Profile

    async def findings(self) -> list[Finding]:
        """Ask for a task, the list and the statistic; without a credential, only once for a task."""
        from omstui.backend.http.credential import Anonymous
        from omstui.backend.oms.client import OmsClient
        from omstui.backend.polling.try_credential import NO_TASK, channel_with

        found = await self._credential()
        credential = None if isinstance(found, Finding) else found
        client = OmsClient(self.profile, clock=self.context.clock, transport=self.context.transport)
        opened = channel_with(
            credential or Anonymous(),
            self.profile,
            authenticator=self._authenticator(),
            open_client=lambda _: client,
            clock=self.context.clock,
        )
        task = self._watched()
        async with opened as channel:
            sample, _ = await channel.ask_for_task(TaskRef(channel.name, task or NO_TASK), None)
            problem = sample.problem
            findings = [self._endpoint(problem)]
            findings += self._clock(client)
            if isinstance(found, Finding):
                rest = _CHECKS[3:]
                return [*findings, found, *(self._skipped(check, "there is no credential") for check in rest)]
            accepted = await self._accepted(found, problem)
            findings.append(accepted)
            if problem is not None and not problem.proves_credential:
                return findings + [self._skipped(check, "no answer shows it") for check in _CHECKS[3:]]
            listed, *more = await self._may_more(channel, task)
            if task is None and problem is not None and problem.may_be_no_denial and listed.level is Level.OK:
                reason = "what the service says about no task does not show it, and no task is watched by this profile"
                return [*findings, self._skipped("permission.get", reason), listed, *more]
            return [*findings, self._may_get(problem, task), listed, *more]

    def _skipped(self, check: str, reason: str) -> Finding:
        return skipped(check, f"not tried: {reason}", profile=self.profile.name)

    def _watched(self) -> str | None:
        from omstui.cli.credentials.credential_check import watched_task

        return watched_task(self.context, self.profile.name)

    def _authenticator(self) -> "Authenticator":
        from omstui.backend.auth.methods import open_authenticator

        context = self.context
        return open_authenticator(
            clock=context.clock, environ=context.environ, home=context.home, transport=context.transport
        )

    async def _credential(self) -> "AnyCredential | Finding":
        """Obtain a credential as the screen does, or return why there is none."""
        from omstui.backend.auth.methods import method_of
        from omstui.backend.http.signing import KeyCredential
        from omstui.backend.runtime.threads import in_daemon_thread

        context, profile = self.context, self.profile
        store, secret, source = context.stores.of(profile), None, ""
        if profile.needs_secret:
            if profile.auth == "token" and context.variable("OMSTUI_TOKEN") is not None:
                secret, source = Secret.token(context.environ["OMSTUI_TOKEN"]), "OMSTUI_TOKEN"
            else:
                try:
                    secret, source = await in_daemon_thread(store.get, profile.name), store.place
                except StoreError as failure:
                    if profile.auth != "aksk":
                        return self._no_credential(f"it cannot be read: {tame(str(failure))}")
        if secret is None and profile.auth in {"token", "password"}:
            if not profile.outlasts_run:
                text = f"the {profile.auth} is given inside omstui and kept in memory: it cannot be tried from here"
                return skipped("credential", text, profile=profile.name)
            return self._no_credential(f"there is none in {store.place}")
        obtained = await self._authenticator().obtain(method_of(profile), secret, source)
        if isinstance(obtained, Problem):
            return self._no_credential(in_full(obtained))
        if not profile.project_id and obtained.project_id is not None:
            self.profile = replace(profile, project_id=obtained.project_id)
        credential = obtained.credential
        if isinstance(credential, KeyCredential):
            return replace(credential, project_id=self.profile.project_id)
        return credential

    def _no_credential(self, reason: str) -> Finding:
        name = self.profile.name
        return error("credential", reason, f"omstui login {name}", profile=name, place=RepairPlace.THERE)

    def _endpoint(self, problem: Problem | None) -> Finding:
        name, shown = self.profile.name, tame(self.profile.endpoint)
        if problem is not None and problem.kind is ProblemKind.NETWORK:
            advice = f"check network, proxy and certificates; another place: omstui login {name} --region R"
            return error("endpoint", problem.text, advice, profile=name, place=RepairPlace.THERE)
        if problem is not None and problem.is_foreign:
            advice = f"check the network and the proxy; another place: omstui login {name} --region R"
            return error("endpoint", in_full(problem), advice, profile=name, place=RepairPlace.THERE)
        if problem is not None and problem.kind in {ProblemKind.ENDPOINT, ProblemKind.BAD_ANSWER}:
            advice = f"omstui login {name} --region R, or --endpoint URL"
            text = f"{shown} is no OMS endpoint: {in_full(problem)}"
            return error("endpoint", text, advice, profile=name, place=RepairPlace.THERE)
        if problem is not None and problem.kind in {ProblemKind.SERVER, ProblemKind.THROTTLED}:
            return warning("endpoint", f"{shown}: {in_full(problem)}", "omstui doctor again in a minute", profile=name)
        encrypted = ", encrypted, its certificate is trusted" if shown.startswith("https:") else ""
        return ok("endpoint", f"{shown} answers{encrypted}", profile=name)

    def _clock(self, client: "OmsClient") -> list[Finding]:
        ahead, name = client.seconds_ahead, self.profile.name
        if ahead is None:
            return [self._skipped("clock", "the service told no date")]
        if abs(ahead) <= _CLOCK_LIMIT:
            return [ok("clock", "this machine's clock agrees with the service's", profile=name)]
        where = f"{abs(ahead):,.0f} s {'ahead of' if ahead > 0 else 'behind'} the service's"
        return [
            warning(
                "clock",
                f"this machine's clock is {where}: signatures, months and ages suffer",
                "set the clock: timedatectl set-ntp true",
                profile=name,
            )
        ]

    async def _accepted(self, credential: "AnyCredential", problem: Problem | None) -> Finding:
        name = self.profile.name
        if problem is not None and problem.kind is ProblemKind.TOKEN and not problem.is_foreign:
            text = f"refused, from {credential.source}: {in_full(problem)}"
            return error("credential", text, f"omstui login {name}", profile=name, place=RepairPlace.THERE)
        if problem is not None and not problem.proves_credential:
            return self._skipped("credential", "no answer shows whether it is accepted")
        text, now = f"accepted, from {credential.source}", self.context.clock.now()
        ends_at = await self._end_of(credential)
        if ends_at is None:
            return ok("credential", text, profile=name)
        text += f", until {until(ends_at, now, self.profile.zone)}"
        if self.profile.auth == "token" and ends_at - now < _SOON:
            return warning("credential", text, f"omstui login {name}", profile=name)
        return ok("credential", text, profile=name)

    async def _end_of(self, credential: "AnyCredential") -> datetime | None:
        """Return when the credential ends, as stored, or as IAM tells in time."""
        from omstui.backend.http.credential import Credential
        from omstui.backend.polling.try_credential import with_end
        from omstui.backend.runtime.threads import in_daemon_thread

        if credential.expires_at is not None or not isinstance(credential, Credential):
            return credential.expires_at
        context, profile = self.context, self.profile
        try:
            store = context.stores.of(profile)
            if noted := await in_daemon_thread(noted_expiry, store, profile.name, credential.secret):
                return noted
        except StoreError:
            pass  # optional
        return (await with_end(self._authenticator(), profile, credential)).expires_at

    def _may_get(self, problem: Problem | None, task: str | None) -> Finding:
        name, check = self.profile.name, "permission.get"
        if problem is None:
            return ok(check, "oms:synctask:get is granted: a task was shown", profile=name)
        if problem.kind is ProblemKind.FORBIDDEN:
            advice = problem.advice_for(name)
            return error(check, f"oms:synctask:get: {in_full(problem)}", advice, profile=name, place=RepairPlace.THERE)
        if task is not None and problem.kind is ProblemKind.GONE:
            text = f"the watched task {tame(task)} is not in this project and region: {in_full(problem)}"
            then = f"omstui remove {name}/{tame(task)}, or omstui login {name} --project-id ID"
            return warning(check, text, f"omstui doctor again in a minute; if it says the same, {then}", profile=name)
        return ok(check, "oms:synctask:get is granted, as far as an answer about no task shows", profile=name)

    async def _may_more(self, channel: "Channel", task: str | None) -> list[Finding]:
        listed = await channel.list_tasks()
        found = [self._optional("list", listed if isinstance(listed, Problem) else None)]
        if task is None:
            return [*found, self._skipped("permission.statistic", "no task is watched by way of this profile")]
        counted = (await channel.ask_for_statistic(task, timedelta(hours=1))).outcome
        return [*found, self._optional("statistic", counted if isinstance(counted, Problem) else None)]

    def _optional(self, what: str, problem: Problem | None) -> Finding:
        """Return the finding about a permission that watching does not need."""
        name, check, action = self.profile.name, f"permission.{what}", _ACTIONS[what]
        if problem is None:
            return ok(check, f"{action} is granted", profile=name)
        if problem.kind is ProblemKind.FORBIDDEN:
            text = f"{action} is not granted, and {_USES[what]}: {in_full(problem)}"
            return warning(check, text, f"ask the administrator for {action}, or do without", profile=name)
        text = f"{action} is not to be had here, and {_USES[what]}: {in_full(problem)}"
        return warning(check, text, "do without, or ask the provider whether the region offers it", profile=name)


_ACTIONS = {"list": "oms:synctask:list", "statistic": "oms:synctask:statistics"}
