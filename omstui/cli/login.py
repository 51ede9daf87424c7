"""`omstui login`: makes or renews a profile, and keeps its credential once one request has shown that it works."""

import argparse
import asyncio
from collections.abc import Callable
from typing import TypeVar

from omstui.backend.config_file import LONGEST_PROJECT_ID, check_region
from omstui.backend.files import FileTrouble
from omstui.backend.secret import Secret
from omstui.backend.store_error import StoreError
from omstui.cli.surroundings import RETRY, USAGE, Stop, Surroundings
from omstui.core.month import query_time_ms
from omstui.core.problem import Problem, ProblemKind
from omstui.core.profile import SIGN_IN_WAYS, Profile, check_endpoint, endpoint_zone
from omstui.core.region import region_endpoint
from omstui.core.task import check_id
from omstui.core.zone import parse_zone

DEFAULT_PROFILE = "default"
_LONGEST_INPUT = 65_536
_T = TypeVar("_T")


def login(args: argparse.Namespace, around: Surroundings) -> int:
    """Make or renew the profile that the arguments describe; return the exit code."""
    name: str = args.profile or around.variable("OMSTUI_PROFILE") or DEFAULT_PROFILE
    known = around.load_config().profiles.get(name)
    profile = _described(args, around, name, known)
    from_environment = None if args.secret_stdin else around.token()
    secret = from_environment or _given(args, around, name)
    remark, code = _judged(_check(profile, secret, around), profile)
    if remark:
        around.say(remark)
    around.config_file.put_profile(profile, args.zone)
    where = f"Profile {name} is saved in {around.folders.config_file}"
    if from_environment is not None:
        around.say(f"{where}. OMSTUI_TOKEN serves it as long as it is set, and is not stored.")
    else:
        try:
            around.secret_store.set(name, secret)
        except StoreError as error:
            around.say(f"{where}, but its token is not stored. {error}.")
            return RETRY
        around.say(f"{where}; its token is in the {around.secret_store.place}.")
        if around.variable("OMSTUI_TOKEN") is not None:
            around.say("OMSTUI_TOKEN is set and goes before stored tokens: unset it to use this one.")
    is_watched = _first_task(around, name) is not None
    around.say("Next: omstui" if is_watched else f"Next: omstui add ID --profile {name}")
    return code


def _described(args: argparse.Namespace, around: Surroundings, name: str, known: Profile | None) -> Profile:
    """Put the profile together from options, from what is known of it, and from answers."""
    if known is None and not _can_ask(args, around):
        missing = [
            option
            for option, value in (
                ("--region (or --endpoint)", args.region or args.endpoint),
                ("--project-id", args.project_id),
            )
            if not value
        ]
        if missing:
            raise Stop(
                USAGE,
                f"{' and '.join(missing)} must be given for the new profile {name}: "
                f"omstui login {name} --region cn-north-4 --project-id ID",
            )
    if args.region or args.endpoint:
        region, endpoint = _place(args.region or args.endpoint)
    elif known is not None:
        region, endpoint = known.region, known.endpoint
    else:
        region, endpoint = _asked(around, "Region (such as cn-north-4) or endpoint (https://...): ", _place)
    project_id: str = (
        args.project_id or (known and known.project_id) or _asked(around, "Project id: ", check_project_id)
    )
    if args.zone:
        zone = parse_zone(args.zone)
    elif known is not None and known.endpoint == endpoint:
        zone = known.zone
    else:
        zone = endpoint_zone(endpoint, region)
    auth: str = args.auth or (known.auth if known is not None else SIGN_IN_WAYS[0])
    return Profile(name, endpoint, project_id, auth, region, zone)


def _can_ask(args: argparse.Namespace, around: Surroundings) -> bool:
    return around.stdin.isatty() and not args.secret_stdin


def _asked(around: Surroundings, words: str, check: Callable[[str], _T]) -> _T:
    """Ask until the answer will do."""
    while True:
        try:
            return check(around.ask(words))
        except ValueError as error:
            around.say(str(error))


def _place(text: str) -> tuple[str | None, str]:
    """Read a region or an endpoint as both."""
    if "/" in text:
        return None, check_endpoint(text)
    return check_region(text), region_endpoint(text)


def check_project_id(text: str) -> str:
    """Return the project id when it can stand in a request path.

    Raises:
        ValueError: it cannot.
    """
    return check_id(text, "project id", LONGEST_PROJECT_ID)


def _given(args: argparse.Namespace, around: Surroundings, name: str) -> Secret:
    """Read the token from stdin or from the person at the terminal."""
    if args.secret_stdin:
        text = around.read(_LONGEST_INPUT)
    elif around.stdin.isatty():
        try:
            text = around.ask_secret(f"Token for profile {name} (it is not shown): ")
        except EOFError:
            raise Stop(USAGE, "no token was entered, and nothing is changed") from None
    else:
        raise Stop(USAGE, f"there is no terminal to ask for the token: pipe it into omstui login {name} --secret-stdin")
    try:
        secret = Secret.token(text)
    except ValueError as error:
        raise Stop(USAGE, f"{error}; nothing is changed") from None
    around.say(f"Read {len(secret):,} characters; asking the service whether it accepts them ...")
    return secret


def _first_task(around: Surroundings, profile: str) -> str | None:
    """Return a task that is watched by way of the profile."""
    try:
        watchlist = around.watchlist.load()
    except FileTrouble:  # whoever needs the list will hear of it
        return None
    return next((task.ref.sync_task_id for task in watchlist if task.ref.profile == profile), None)


def _check(profile: Profile, secret: Secret, around: Surroundings) -> Problem | None:
    """Ask once for a task with this credential; return what was wrong, if anything."""
    # The client is slow to import, and the other commands do without.
    from omstui.backend.auth import Credential
    from omstui.backend.client import OmsClient
    from omstui.backend.threads import DaemonExecutor
    from omstui.backend.workspace import NO_TASK

    async def ask() -> Problem | None:
        # A name server that does not answer must not hold up the end.
        asyncio.get_running_loop().set_default_executor(DaemonExecutor())
        client = OmsClient(profile, clock=around.clock, transport=around.transport)
        try:
            answer = await client.show_sync_task(
                _first_task(around, profile.name) or NO_TASK,
                query_time_ms(None, around.clock.now()),
                Credential(secret, "login"),
            )
        finally:
            await client.aclose()
        return answer if isinstance(answer, Problem) else None

    return asyncio.run(ask())


def _judged(problem: Problem | None, profile: Profile) -> tuple[str, int]:
    """Say what the service's answer means for the credential; return what to remark and the exit code.

    Raises:
        Stop: the credential does not work, or nobody could say whether it does.
    """
    if problem is None or problem.kind is ProblemKind.GONE:
        return "", 0
    said, advice = _in_full(problem), problem.advice_for(profile.name)
    again = f"omstui login {profile.name}"
    match problem.kind:
        case ProblemKind.TOKEN:
            raise Stop(
                RETRY, f"the service refused the token, and nothing is stored: {said}. Get a new one, then: {again}"
            )
        case ProblemKind.ENDPOINT:
            raise Stop(
                RETRY,
                f"this is not an OMS endpoint, and nothing is stored: {said}. "
                f"Check it: {again} --region R, or --endpoint URL; it is {profile.endpoint} now",
            )
        case ProblemKind.FORBIDDEN:
            return f"The token is accepted, but may not look at tasks: {said}. {advice}.", RETRY
        case ProblemKind.REFUSED if problem.proves_credential:
            return f"The token is accepted; the service found fault with the request: {said}. {advice}.", 0
        case ProblemKind.NETWORK:
            raise Stop(
                RETRY,
                f"the token could not be checked, and nothing is stored: {said}. Check the network, then: {again}",
            )
        case _:
            raise Stop(RETRY, f"the token could not be checked, and nothing is stored: {said}. Later again: {again}")


def _in_full(problem: Problem) -> str:
    notes = [problem.code if problem.code and problem.code not in problem.text else None]
    notes.append(f"request {problem.request_id}" if problem.request_id else None)
    known = ", ".join(note for note in notes if note)
    return problem.text.rstrip(".") + (f" ({known})" if known else "")
