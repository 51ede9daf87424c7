"""The kinds of problems, and what a user can do about each."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct


class ProblemKind(StrEnum):
    """The kind of a problem; its value is the word on the task's row."""

    TOKEN = "token"  # noqa: S105 - a word for the screen, not a secret
    """The credential was refused, has expired or is not there."""

    GONE = "gone"
    """The service itself says that the task is not in this project and region."""

    FORBIDDEN = "forbidden"
    """The service itself says that the credential may not do this."""

    ENDPOINT = "endpoint"
    """The service does not know this path, or another server answers: wrong host, region or version, proxy, portal."""

    REFUSED = "refused"
    """The service rejects the request as invalid."""

    MISSING = "missing"
    """One answer said that the task does not exist; a second one, an interval later, makes it `GONE`."""

    BAD_ANSWER = "bad answer"
    """The answer cannot be used: not JSON, not an object, a field of the wrong type, too large."""

    THROTTLED = "throttled"
    """The service or its gateway limits the rate of requests."""

    NETWORK = "network"
    """No answer: name, connection, TLS, time limit."""

    SERVER = "server"
    """The service failed on its side."""

    INTERNAL = "internal"
    """A bug in omstui."""


class Remedy(StrEnum):
    """What a user can do in omstui about a problem."""

    SIGN_IN = "sign in"
    """Give the profile a new credential."""

    THEN_SIGN_IN = "then sign in"
    """First do what the advice says, then give the profile a new credential."""

    CHANGE_SIGN_IN = "change sign-in"
    """Sign in with another method, which the screen has no field for."""

    LIST_PROFILES = "list profiles"
    REMOVE_TASK = "remove task"


USUAL_KEYS = MappingProxyType({Remedy.SIGN_IN: "T", Remedy.THEN_SIGN_IN: "T", Remedy.REMOVE_TASK: "D"})
"""The default keys of the screen for remedies; the user can remap them."""


class Advice(Struct, frozen=True):
    """What to do about a problem: a text, then the remedies that omstui offers."""

    text: str
    remedies: tuple[Remedy, ...] = ()

    def words(self, remedies: Iterable[Remedy], profile: str, keys: Mapping[Remedy, str]) -> str:
        """Return the text and these remedies, each with its key, if it has one, and its command."""
        return self.text + "".join(_remedy_words(one, profile, keys.get(one)) for one in remedies)


def _remedy_words(remedy: Remedy, profile: str, key: str | None) -> str:
    by_key = f"{key}, or " if key is not None else ""
    match remedy:
        case Remedy.SIGN_IN:
            return f": {by_key}omstui login {profile}"
        case Remedy.THEN_SIGN_IN:
            return f", then {by_key}omstui login {profile}"
        case Remedy.CHANGE_SIGN_IN:
            return f": omstui login {profile}"
        case Remedy.LIST_PROFILES:
            return ": omstui profiles"
        case Remedy.REMOVE_TASK:
            return f"; {key or 'omstui remove'} takes it off the list"


SHARED_LIMIT = "other tools share its limit"
ADVICE: Mapping[ProblemKind, Advice] = {
    ProblemKind.TOKEN: Advice("Give this profile a new credential", (Remedy.SIGN_IN,)),
    ProblemKind.GONE: Advice("Check the task id, the project and the region", (Remedy.REMOVE_TASK,)),
    ProblemKind.FORBIDDEN: Advice("Ask the administrator for oms:synctask:get in this project"),
    ProblemKind.ENDPOINT: Advice("Check the profile's endpoint and region", (Remedy.LIST_PROFILES,)),
    ProblemKind.REFUSED: Advice("Check the task id and the project id", (Remedy.LIST_PROFILES,)),
    ProblemKind.MISSING: Advice("It is asked for once more, an interval later, before it counts as gone"),
    ProblemKind.BAD_ANSWER: Advice("Something else may be answering at this address; asking goes on slowly"),
    ProblemKind.THROTTLED: Advice(f"The service named no time, omstui chose how long it waits; {SHARED_LIMIT}"),
    ProblemKind.NETWORK: Advice("Check the network and the proxy; asking goes on by itself"),
    ProblemKind.SERVER: Advice("Trouble on the service's side; asking goes on by itself"),
    ProblemKind.INTERNAL: Advice("A mistake in omstui; the log file has the details, asking goes on"),
}
FOREIGN_ADVICE = Advice("Check the network, the proxy and the profile's endpoint", (Remedy.LIST_PROFILES,))
FOREIGN_REFUSAL_ADVICE = Advice("Check the network, the proxy and the endpoint", (Remedy.THEN_SIGN_IN,))
