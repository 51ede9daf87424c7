"""Explains the service's or IAM's answer to a new credential: what is wrong, and what to run next."""

from collections.abc import Callable, Sequence

from omstui.cli.context.context import RETRY, USAGE, UsageError
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.text import tame

_REFUSED = {
    "token": "the service refused the token",
    "password": "IAM took the password, but the service refused the token that it issued",
    "aksk": "the service refused the access key or its signature",
    "command": "the service refused the token that the command printed",
    "ecs": "the service refused the access keys of this server's agency",
}
_REMEDIES = {
    "token": "Get a new one",
    "password": "Check region and project",
    "aksk": "Check the access key",
    "command": "Check the command",
    "ecs": "Check the agency's permissions",
}
_ACCEPTED = {
    "token": "token",
    "password": "password",
    "aksk": "access key",
    "command": "command's token",
    "ecs": "agency's access key",
}
_OTHER_REGION = "it is damaged, or was issued in another region than that of {place}"

# Parts of the gateway's texts for the single code .0301, searched in order (API reference, API Gateway Error Codes).
_REASONS = (
    ("reach the limit", "the access key is locked after failed signatures: wait five minutes"),
    ("not exist", "no such access key is known at {place}: check the key, and the region"),
    ("signature", "the secret key does not belong to the access key"),
    ("expires", "it has expired"),
    ("expired", "it has expired"),
    ("decrypt", _OTHER_REGION),
)
_REASONS_BY_NUMBER = {
    "0307": "it has to be renewed, or was issued in another region than that of {place}",
    "0066": "it has expired",
    "0067": _OTHER_REGION,
    "1105": "the access key has expired",
    "1107": "the access key is not active",
    "1108": "the temporary keys have expired",
}
_FORBIDDEN_BY_NUMBER = {
    "0310": "the project is frozen, or another one is meant",
    "0401": "the account does not let requests from this address in",
    "0402": "the account does not let requests from this address in",
    "0802": "its user may not work in this region",
    "0083": "its user may not work in this region",
}
_UNSURE = "the profile could not be checked, and nothing is stored"


RetryCommand = Callable[..., str]
"""Returns the command that tries again, without the named options."""


def retry_by_name(profile: Profile) -> RetryCommand:
    """Return the function that tries again with a stored profile, which needs only its name."""
    return lambda *_: f"omstui login {profile.name}"


def remark_on(problem: Problem | None, profile: Profile, retry: RetryCommand | None = None) -> tuple[str, int]:
    """Return the remark and the exit code for the service's answer to a credential.

    Raises:
        UsageError: the credential does not work, or no answer shows whether it does.
    """
    if problem is None or problem.kind is ProblemKind.GONE:
        return "", 0
    retry = retry or retry_by_name(profile)
    said, again = in_full(problem), retry()
    noun = _ACCEPTED[profile.auth]
    match problem.kind:
        case _ if problem.is_foreign:
            way = f"the network, the proxy and the endpoint ({profile.endpoint})"
            raise UsageError(RETRY, f"{_UNSURE}: {said}. Check {way}, then: {again}")
        case ProblemKind.TOKEN:
            reason = _reason(problem, profile)
            raise UsageError(
                RETRY,
                f"{_REFUSED[profile.auth]}, and nothing is stored: {reason}{said}. "
                f"{_REMEDIES[profile.auth]}, then: {again}",
            )
        case ProblemKind.ENDPOINT:
            raise UsageError(
                RETRY,
                f"this is not an OMS endpoint, and nothing is stored: {said}. "
                f"Check the region: {retry('--region', '--endpoint')} --region R, or --endpoint URL; "
                f"it is {profile.endpoint} now",
            )
        case ProblemKind.FORBIDDEN:
            again = f"omstui login {profile.name}"  # the profile is stored
            why = _FORBIDDEN_BY_NUMBER.get(_number(problem))
            why = f"{why}. It says: " if why else ""
            advice = _own_advice(problem, profile.name)
            if _number(problem) == "0310":
                advice = f"Check the project: {again} --project-id ID; it is {profile.project_id} now"
            elif advice is None:
                advice = (
                    f"Ask the administrator for oms:synctask:get in project {profile.project_id}, "
                    f"or name the right one: {again} --project-id ID"
                )
            return f"The {noun} is accepted, but may not look at tasks: {why}{said}. {advice}.", RETRY
        case ProblemKind.REFUSED if problem.proves_credential:
            advice = problem.advice_for(profile.name)
            return f"The {noun} is accepted; the service found fault with the request: {said}. {advice}.", 0
        case ProblemKind.NETWORK:
            raise UsageError(RETRY, f"{_UNSURE}: {said}. Check the network, then: {again}")
        case _:
            raise UsageError(RETRY, f"{_UNSURE}: {said}. Later again: {again}")


def sign_in_error(problem: Problem, profile: Profile, retry: RetryCommand | None = None) -> UsageError:
    """Return the error for a sign-in that failed."""
    retry = retry or retry_by_name(profile)
    said, again = in_full(problem), retry()
    if problem.kind is not ProblemKind.TOKEN:
        return UsageError(RETRY, f"signing in did not work, and nothing is changed: {said}. Later again: {again}")
    if profile.auth == "command":
        other = f'{retry("--token-command")} --token-command "..."'
        return UsageError(RETRY, f"{said}; nothing is changed. Check it, or give another: {other}")
    if profile.auth == "aksk" and profile.key_command:
        other = f'{retry("--key-command")} --key-command "..."'
        return UsageError(RETRY, f"{said}; nothing is changed. Check it, or give another: {other}")
    if profile.auth == "ecs":
        other = f"{retry('--auth')} --auth aksk"
        return UsageError(RETRY, f"{said}; nothing is changed. Elsewhere sign in another way: {other}")
    if profile.auth != "password":
        return UsageError(RETRY, f"{said}; nothing is changed. Check it, then: {again}")
    once = "The password was sent once, and is not sent again by itself, since a few wrong ones lock the user"
    advice = _own_advice(problem, again.removeprefix("omstui login ")) or "Check user, account and password"
    if problem.code == "IAM.0061":
        advice = "Once that is over"
    is_named = problem.has_own_advice and problem.remedies
    then = "" if is_named else f": {again}"
    return UsageError(RETRY, f"{said}; nothing is changed. {once}. {advice}{then}")


def project_error(found: Problem | Sequence[str], profile: Profile, retry: RetryCommand | None = None) -> UsageError:
    """Return the error for a project name without an id: the lookup failed, or found none or several, listed then."""
    retry = retry or retry_by_name(profile)
    name, by_id = profile.project_name, f"{retry('--project-name')} --project-id ID"
    if isinstance(found, Problem):
        said = in_full(found)
        return UsageError(
            RETRY, f"the project {name} could not be looked up, and nothing is changed: {said}. Or: {by_id}"
        )
    if not found:
        return UsageError(
            USAGE, f"there is no project named {name} that this credential may see. Check the name, or: {by_id}"
        )
    return UsageError(USAGE, f"{len(found)} projects are named {name}: {', '.join(found)}. Say which: {by_id}")


def in_full(problem: Problem) -> str:
    """Return the problem's text with its code and request id."""
    notes = [problem.code if problem.code and problem.code not in problem.text else None]
    notes.append(f"request {problem.request_id}" if problem.request_id else None)
    known = ", ".join(note for note in notes if note)
    return problem.text.rstrip(".") + (f" ({known})" if known else "")


def _own_advice(problem: Problem, name: str) -> str | None:
    """Return the advice for the problem's code; ``None`` where there is advice for its kind only."""
    return problem.advice_for(name) if problem.has_own_advice else None


def _reason(problem: Problem, profile: Profile) -> str:
    """Return the likely reason of a refusal, with the words before the service's text; empty when unknown."""
    reason = _REASONS_BY_NUMBER.get(_number(problem))
    if reason is None:
        text = problem.text.lower()
        reason = next((meaning for words, meaning in _REASONS if words in text), None)
    is_clock = problem.clock_ahead is not None  # reported already
    if reason is None or is_clock:
        return ""
    return f"{reason.format(place=tame(profile.region or profile.endpoint))}. It says: "


def _number(problem: Problem) -> str:
    return (problem.code or "").rpartition(".")[2]
