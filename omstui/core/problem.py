"""An expected failure as a value: what went wrong with one request, and what a user can do about it."""

import errno
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from math import ceil
from types import MappingProxyType

from msgspec import Struct

from omstui.core.text import tame


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


class _Advice(Struct, frozen=True):
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


class Problem(Struct, frozen=True):
    """An expected failure of one request; its texts are already masked, tamed and cut."""

    kind: ProblemKind
    text: str
    """What happened, in words: ours, or the service's."""

    code: str | None = None
    """The service's error code, such as ``APIGW.0301``."""

    status: int | None = None
    """The HTTP status, when there was an answer."""

    request_id: str | None = None
    """The gateway's id of the request, which support asks for."""

    retry_after: float | None = None
    """Seconds that the service asked us to wait, from a header or from the text."""

    is_foreign: bool = False
    """Whether the answer has no code of the service, so that a proxy, a portal or a wrong host may have written it."""

    clock_ahead: float | None = None
    """Seconds by which this machine's clock was ahead of the gateway's, if this may be why a signature was refused."""

    @property
    def proves_credential(self) -> bool:
        """Whether the gateway accepted the credential although the request failed: it checks the credential first.

        Only a code of the service or its gateway proves that; an IAM code about permissions or an answer without a code
        does not. A `REFUSED` request proves it only with a code of the service, which the request must have reached.
        """
        if self.kind is ProblemKind.REFUSED:
            return _normal(self.code or "")[0] == _SERVICE and is_own_code(self.code)
        is_let_in = self.kind in {ProblemKind.GONE, ProblemKind.MISSING, ProblemKind.FORBIDDEN}
        return is_let_in and is_own_code(self.code)

    @property
    def may_be_no_denial(self) -> bool:
        """Whether only another request can show if the credential was accepted.

        One code means "query failed or no permission", and a 404 without a code may be OMS's answer for a missing task.
        """
        if self.is_foreign and self.kind is ProblemKind.ENDPOINT:
            return self.status == 404 and self.code is None
        return self.kind is ProblemKind.FORBIDDEN and _normal(self.code or "") == (_SERVICE, "0053")

    @property
    def is_renewable(self) -> bool:
        """Whether a token or temporary keys have expired or cannot be read, so that new ones may help."""
        return self.kind is ProblemKind.TOKEN and _normal(self.code or "") in _RENEWABLE

    @property
    def has_own_advice(self) -> bool:
        """Whether the error code has more specific advice than the kind."""
        return not self.is_foreign and self.code in _ADVICE_BY_CODE

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """The remedies that omstui itself offers."""
        return self._advice.remedies

    def advice_for(self, profile: str, keys: Mapping[Remedy, str] = MappingProxyType({})) -> str:
        """Return what to do about it, as one sentence without its full stop.

        Args:
            profile: the profile that sent the request.
            keys: the keys of the remedies that the reader can press; a shell has none.
        """
        return self._advice.words(self.remedies, profile, keys)

    def advice_beside_field(self, profile: str) -> str:
        """Return the advice for a user who is already entering a new credential for the profile; often empty."""
        if self._advice is _ADVICE[ProblemKind.TOKEN]:
            return ""
        others = tuple(one for one in self.remedies if one not in {Remedy.SIGN_IN, Remedy.THEN_SIGN_IN})
        return self._advice.words(others, profile, {})

    @property
    def _advice(self) -> _Advice:
        if self.is_foreign:
            return _FOREIGN_REFUSAL if self.kind is ProblemKind.TOKEN else _FOREIGN
        if self.code in _ADVICE_BY_CODE:
            return _ADVICE_BY_CODE[self.code]
        if self.kind is ProblemKind.THROTTLED and self.retry_after:
            return _Advice(
                f"The service asked for {ceil(self.retry_after)} s, omstui waits that long or longer; {_SHARED}"
            )
        return _ADVICE[self.kind]


def no_profile(name: str) -> Problem:
    """Return the problem of a task whose profile is no longer configured."""
    shown = tame(name)
    return Problem(ProblemKind.ENDPOINT, f"config.toml has no profile {shown!r}: omstui login {shown} makes it")


_BY_CODE = {
    "OMS.0001": ProblemKind.REFUSED,
    "OMS.0002": ProblemKind.REFUSED,
    "OMS.0004": ProblemKind.REFUSED,
    "OMS.0005": ProblemKind.REFUSED,
    "OMS.0053": ProblemKind.FORBIDDEN,
    "OMS.0054": ProblemKind.GONE,
    "OMS.0064": ProblemKind.REFUSED,
    "OMS.0067": ProblemKind.REFUSED,
    "OMS.0068": ProblemKind.TOKEN,
    "OMS.0072": ProblemKind.FORBIDDEN,
    "OMS.0074": ProblemKind.REFUSED,
    "OMS.0151": ProblemKind.REFUSED,
    "OMS.0201": ProblemKind.FORBIDDEN,
    "OMS.0202": ProblemKind.FORBIDDEN,
    "OMS.0203": ProblemKind.FORBIDDEN,
    "OMS.0204": ProblemKind.FORBIDDEN,
    "OMS.0205": ProblemKind.FORBIDDEN,
    "OMS.0206": ProblemKind.FORBIDDEN,
    "OMS.1001": ProblemKind.SERVER,
    "OMS.1002": ProblemKind.REFUSED,
    "OMS.1003": ProblemKind.REFUSED,
    "OMS.1004": ProblemKind.REFUSED,
    "OMS.1005": ProblemKind.TOKEN,
    "OMS.1006": ProblemKind.REFUSED,
    "OMS.1007": ProblemKind.REFUSED,
    "OMS.1008": ProblemKind.REFUSED,
    "OMS.1009": ProblemKind.GONE,
    "OMS.1010": ProblemKind.REFUSED,
    "OMS.2004": ProblemKind.SERVER,
    "IAM.0001": ProblemKind.TOKEN,
    "IAM.0002": ProblemKind.FORBIDDEN,
    "IAM.0003": ProblemKind.FORBIDDEN,
    "IAM.0006": ProblemKind.SERVER,
    "IAM.0012": ProblemKind.THROTTLED,
    "IAM.0020": ProblemKind.SERVER,
    "IAM.0061": ProblemKind.TOKEN,
    "IAM.0062": ProblemKind.TOKEN,
    "IAM.0063": ProblemKind.TOKEN,
    "IAM.0064": ProblemKind.TOKEN,
    "IAM.0066": ProblemKind.TOKEN,
    "IAM.0067": ProblemKind.TOKEN,
    "IAM.0080": ProblemKind.TOKEN,
    "IAM.0081": ProblemKind.TOKEN,
    "IAM.0082": ProblemKind.TOKEN,
    "IAM.0083": ProblemKind.FORBIDDEN,
    "IAM.1105": ProblemKind.TOKEN,
    "IAM.1107": ProblemKind.TOKEN,
    "IAM.1108": ProblemKind.TOKEN,
}

_SERVICE, _GATEWAY = "OMS", "APIGW"
_RENEWABLE = frozenset(
    {
        (_GATEWAY, "0301"),
        (_GATEWAY, "0307"),
        ("IAM", "0066"),
        ("IAM", "0067"),
        ("IAM", "1108"),
        (_SERVICE, "0068"),
        (_SERVICE, "1005"),
    }
)

# The prefixes APIGW, APIG and APIC have the same numbers; the status decides what .0201 means.
_BY_GATEWAY_NUMBER = {
    "0101": ProblemKind.ENDPOINT,
    "0103": ProblemKind.SERVER,
    "0104": ProblemKind.REFUSED,
    "0105": ProblemKind.REFUSED,
    "0106": ProblemKind.REFUSED,
    "0204": ProblemKind.ENDPOINT,
    "0301": ProblemKind.TOKEN,
    "0302": ProblemKind.FORBIDDEN,
    "0303": ProblemKind.TOKEN,
    "0304": ProblemKind.FORBIDDEN,
    "0305": ProblemKind.TOKEN,
    "0306": ProblemKind.FORBIDDEN,
    "0307": ProblemKind.TOKEN,
    "0308": ProblemKind.THROTTLED,
    "0310": ProblemKind.FORBIDDEN,
    "0401": ProblemKind.FORBIDDEN,
    "0402": ProblemKind.FORBIDDEN,
    "0404": ProblemKind.FORBIDDEN,
    "0601": ProblemKind.SERVER,
    "0602": ProblemKind.REFUSED,
    "0605": ProblemKind.SERVER,
    "0606": ProblemKind.SERVER,
    "0607": ProblemKind.ENDPOINT,
    "0608": ProblemKind.SERVER,
    "0609": ProblemKind.SERVER,
    "0610": ProblemKind.SERVER,
    "0611": ProblemKind.SERVER,
    "0613": ProblemKind.SERVER,
    "0802": ProblemKind.FORBIDDEN,
}

_BY_STATUS = {
    401: ProblemKind.TOKEN,
    403: ProblemKind.FORBIDDEN,
    404: ProblemKind.GONE,
    407: ProblemKind.NETWORK,  # a proxy requires a sign-in
    408: ProblemKind.SERVER,  # the service or a load balancer timed out: a retry may help
    429: ProblemKind.THROTTLED,
    511: ProblemKind.NETWORK,  # the network requires a sign-in
}


# With 5xx and 429 a code counts only where requests at the usual pace could do harm: a locked user, a rate limit.
_HEEDED_OVER_STATUS = frozenset({ProblemKind.TOKEN, ProblemKind.THROTTLED})
# Kinds that only the service can state, about a task, a permission or a request; the answer of a proxy never counts.
_OF_SERVICE = frozenset({ProblemKind.GONE, ProblemKind.FORBIDDEN, ProblemKind.REFUSED})
_OWN_CODE = re.compile(r"(OMS|APIGW)\.\d{4}")


def classify(status: int, code: str | None, *, is_own: bool = True) -> ProblemKind:
    """Return the kind of an error answer: by code first, then by HTTP status; 5xx and 429 come before most codes.

    The status alone is not enough: the error table of 2020 has 400 on every row, refused credentials and missing tasks
    included (API reference, Error Codes), and a 404 of the gateway means a wrong address, not a missing task.

    Args:
        status: the HTTP status.
        code: the error code, if there is one.
        is_own: whether OMS or its gateway wrote the answer, see `is_own_code`; if not, a kind that only the service can
            state, by status or by an IAM code, becomes `ENDPOINT`.
    """
    kind = _kind_of_code(status, code)
    is_failure = 500 <= status < 600
    if kind is not None and (not (is_failure or status == 429) or kind in _HEEDED_OVER_STATUS):
        pass
    elif status in _BY_STATUS:
        kind = _BY_STATUS[status]
    elif 300 <= status < 400:  # a redirect is not followed with a credential
        kind = ProblemKind.ENDPOINT
    elif 400 <= status < 500:
        kind = ProblemKind.REFUSED
    else:
        kind = ProblemKind.SERVER if is_failure else ProblemKind.BAD_ANSWER
    return ProblemKind.ENDPOINT if kind in _OF_SERVICE and not is_own else kind


def is_own_code(code: str | None) -> bool:
    """Whether OMS or its gateway wrote an error answer, which only one of their codes proves, in any envelope.

    The codes of OMS are ``OMS.`` or ``S3M.`` and four digits, those of the gateway ``APIGW.``, ``APIG.`` or ``APIC.``
    and four digits. A flat body with `error_code` and `error_msg` proves nothing: other gateways and stores use it too.

    OMS may also have written an answer without a code: the code of a missing task is not documented, and both fields
    are optional (API reference, ShowSyncTask). An answer with an IAM code may have come through the gateway. Such
    answers do not count as OMS's, since another server's answer must neither raise an alarm nor prove a credential:
    `may_be_own` only decides how they are worded, and `Problem.may_be_no_denial` when another request decides.
    """
    return _OWN_CODE.fullmatch(".".join(_normal(code or ""))) is not None


def may_be_own(code: str | None, *, is_bare: bool) -> bool:
    """Whether OMS may have written an error answer; another server may have written it as well.

    Args:
        code: the error code, if there is one.
        is_bare: whether the body is the text `error_msg`, perhaps with a request id, and nothing else.
    """
    return is_bare if code is None else ".".join(_normal(code)) in _BY_CODE


def _kind_of_code(status: int, code: str | None) -> ProblemKind | None:
    """Return the kind of a code in the API reference; ``None`` for other codes."""
    prefix, number = _normal(code or "")
    if prefix != _GATEWAY:
        return _BY_CODE.get(f"{prefix}.{number}")
    return _BY_GATEWAY_NUMBER.get(number, ProblemKind.ENDPOINT if status == 404 else None)


def _normal(code: str) -> tuple[str, str]:
    """Split a code into its service, with one name for all its prefixes, and its number."""
    prefix, _, number = code.upper().partition(".")
    if prefix in {_GATEWAY, "APIG", "APIC"}:
        return _GATEWAY, number
    return (_SERVICE if prefix == "S3M" else prefix), number  # S3M is the old v1 API, with the same numbers


_SHARED = "other tools share its limit"
_ADVICE = {
    ProblemKind.TOKEN: _Advice("Give this profile a new credential", (Remedy.SIGN_IN,)),
    ProblemKind.GONE: _Advice("Check the task id, the project and the region", (Remedy.REMOVE_TASK,)),
    ProblemKind.FORBIDDEN: _Advice("Ask the administrator for oms:synctask:get in this project"),
    ProblemKind.ENDPOINT: _Advice("Check the profile's endpoint and region", (Remedy.LIST_PROFILES,)),
    ProblemKind.REFUSED: _Advice("Check the task id and the project id", (Remedy.LIST_PROFILES,)),
    ProblemKind.MISSING: _Advice("It is asked for once more, an interval later, before it counts as gone"),
    ProblemKind.BAD_ANSWER: _Advice("Something else may be answering at this address; asking goes on slowly"),
    ProblemKind.THROTTLED: _Advice(f"The service named no time, omstui chose how long it waits; {_SHARED}"),
    ProblemKind.NETWORK: _Advice("Check the network and the proxy; asking goes on by itself"),
    ProblemKind.SERVER: _Advice("Trouble on the service's side; asking goes on by itself"),
    ProblemKind.INTERNAL: _Advice("A mistake in omstui; the log file has the details, asking goes on"),
}
_FOREIGN = _Advice("Check the network, the proxy and the profile's endpoint", (Remedy.LIST_PROFILES,))
_FOREIGN_REFUSAL = _Advice("Check the network, the proxy and the endpoint", (Remedy.THEN_SIGN_IN,))

_ADVICE_BY_CODE = {
    "OMS.0201": _Advice("The account is restricted: check its balance"),
    "OMS.0202": _Advice("The account is frozen: ask the provider's support"),
    "OMS.0203": _Advice("The account's owner must complete the identity check"),
    "OMS.0204": _Advice("The account's owner must complete the real-name check"),
    "IAM.0061": _Advice("The user is locked: wait, do not try again"),
    "IAM.0062": _Advice("Check user, account and password; give them anew", (Remedy.SIGN_IN,)),
    "IAM.0080": _Advice("The user of the access key is disabled: ask the administrator"),
    "IAM.0081": _Advice("Enable programmatic access for this user"),
    "IAM.0082": _Advice("The user is disabled: ask the administrator"),
    "IAM.0083": _Advice("Ask the administrator for access to this region"),
    "IAM.1061": _Advice("Use a user without a virtual MFA device, or another way to sign in", (Remedy.CHANGE_SIGN_IN,)),
    "IAM.1105": _Advice("The access key has expired: make a new one", (Remedy.THEN_SIGN_IN,)),
    "IAM.1107": _Advice("The access key is inactive: activate it, or give another one", (Remedy.SIGN_IN,)),
    "IAM.1108": _Advice("The temporary keys have expired: give new ones", (Remedy.SIGN_IN,)),
}


def descriptors_words(error: BaseException) -> str | None:
    """Return what to do when an error means that no file descriptor is free; ``None`` for any other error."""
    if not isinstance(error, OSError) or error.errno not in {errno.EMFILE, errno.ENFILE}:
        return None
    if error.errno == errno.ENFILE:
        return "this machine has no free file descriptor: end other programs, then start omstui again"
    return "this process has no free file descriptor: ulimit -n 1024, then start omstui again"
