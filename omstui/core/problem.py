"""Expected trouble as a value: what went wrong with one request, and what a person can do about it."""

import errno
from dataclasses import dataclass
from enum import StrEnum

from omstui.core.text import tame


class ProblemKind(StrEnum):
    """What kind of trouble it is; the value is the word on the task's row."""

    TOKEN = "token"  # noqa: S105 - a word for the screen, not a secret
    """The credential was refused, has expired or is not there."""

    GONE = "gone"
    """The task is not in this project and region."""

    FORBIDDEN = "forbidden"
    """The credential is good but may not do this."""

    ENDPOINT = "endpoint"
    """Nobody there knows this path: wrong host, region or version; not a missing task."""

    REFUSED = "refused"
    """The service does not accept the request as it stands."""

    BAD_ANSWER = "bad answer"
    """An answer came that is not one: not JSON, not an object, a field of the wrong type, too large."""

    THROTTLED = "throttled"
    """The service or its gateway asks for patience."""

    NETWORK = "network"
    """No answer: name, connection, TLS, time limit."""

    SERVER = "server"
    """The service failed on its side."""

    INTERNAL = "internal"
    """A mistake in this program."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One piece of trouble; its texts are already masked, tamed and cut."""

    kind: ProblemKind
    text: str
    """What happened, in words: ours, or the service's."""

    code: str | None = None
    """The service's error code, such as ``APIGW.0301``."""

    status: int | None = None
    """The HTTP status, when there was an answer."""

    request_id: str | None = None
    """The gateway's name for the request, which support asks for."""

    retry_after: float | None = None
    """Seconds that the service asked us to wait, from a header or from the text."""

    @property
    def proves_credential(self) -> bool:
        """Whether the credential was let in all the same: the gateway checks it before the service sees the request."""
        is_from_service = (self.code or "").upper().startswith("OMS.")
        is_let_in = self.kind in {ProblemKind.GONE, ProblemKind.FORBIDDEN}
        return is_let_in or (self.kind is ProblemKind.REFUSED and is_from_service)

    @property
    def is_renewable(self) -> bool:
        """Whether it says that a token or temporary keys have ended or are not understood, so new ones may help."""
        return self.kind is ProblemKind.TOKEN and _normal(self.code or "") in _RENEWABLE

    def advice_for(self, profile: str) -> str:
        """Return what the person at the screen can do, with this profile."""
        return _ADVICE_BY_CODE.get(self.code or "", _ADVICE[self.kind]).replace("{profile}", profile)

    def advice_beside_field(self, profile: str) -> str:
        """Return what else can be done by someone who is giving the profile a new credential; often nothing."""
        advice = self.advice_for(profile)
        if advice == _ADVICE[ProblemKind.TOKEN].replace("{profile}", profile):
            return ""
        return advice.partition(": T, or ")[0].partition(", then T, or ")[0]


def no_profile(name: str) -> Problem:
    """Return why nothing can be asked for a task whose profile is not configured any more."""
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

_GATEWAY = "APIGW"
_RENEWABLE = frozenset(
    {
        (_GATEWAY, "0301"),
        (_GATEWAY, "0307"),
        ("IAM", "0066"),
        ("IAM", "0067"),
        ("IAM", "1108"),
        ("OMS", "0068"),
        ("OMS", "1005"),
    }
)

# The same number comes with the prefixes APIGW, APIG and APIC; .0201 is told apart by its status.
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
    407: ProblemKind.NETWORK,  # a proxy on the way wants a user
    408: ProblemKind.SERVER,  # the service or a balancer gave up waiting: worth asking again
    429: ProblemKind.THROTTLED,
    511: ProblemKind.NETWORK,  # a network that wants a sign-in of its own
}


def classify(status: int, code: str | None) -> ProblemKind:
    """Tell the kind of an error answer: the code first, then the HTTP status.

    The status alone does not do: the error table of 2020 has 400 on every row, refused credentials and missing tasks
    included (API reference, Error Codes), and a 404 of the gateway is a wrong address, not a missing task.
    """
    if code is not None:
        prefix, number = _normal(code)
        if prefix == _GATEWAY:
            if number in _BY_GATEWAY_NUMBER:
                return _BY_GATEWAY_NUMBER[number]
            if status == 404:
                return ProblemKind.ENDPOINT
        elif (kind := _BY_CODE.get(f"{prefix}.{number}")) is not None:
            return kind
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 300 <= status < 400:  # a redirect is not followed with a credential
        return ProblemKind.ENDPOINT
    if 400 <= status < 500:
        return ProblemKind.REFUSED
    return ProblemKind.SERVER if 500 <= status < 600 else ProblemKind.BAD_ANSWER


def _normal(code: str) -> tuple[str, str]:
    """Part a code into the service that it is of, by one name for each, and the number."""
    prefix, _, number = code.upper().partition(".")
    if prefix.startswith(("APIG", "APIC")):
        return _GATEWAY, number
    return ("OMS" if prefix == "S3M" else prefix), number  # the old v1 API numbers its errors alike


_ADVICE = {
    ProblemKind.TOKEN: "Give this profile a new credential: T, or omstui login {profile}",
    ProblemKind.GONE: "Check the task id, the project and the region; D takes it off the list",
    ProblemKind.FORBIDDEN: "Ask the administrator for oms:synctask:get in this project",
    ProblemKind.ENDPOINT: "Check the profile's endpoint and region: omstui profiles",
    ProblemKind.REFUSED: "Check the task id and the project id: omstui profiles",
    ProblemKind.BAD_ANSWER: "Something else may be answering at this address; asking goes on slowly",
    ProblemKind.THROTTLED: "Waiting as long as the service asks; other tools in the account share its limit",
    ProblemKind.NETWORK: "Check the network and the proxy; asking goes on by itself",
    ProblemKind.SERVER: "Trouble on the service's side; asking goes on by itself",
    ProblemKind.INTERNAL: "A mistake in omstui; the log file has the details, asking goes on",
}

_ADVICE_BY_CODE = {
    "OMS.0201": "The account is restricted: check its balance",
    "OMS.0202": "The account is frozen: ask the provider's support",
    "OMS.0203": "The account's owner must complete the identity check",
    "OMS.0204": "The account's owner must complete the real-name check",
    "IAM.0061": "The user is locked: wait, do not try again",
    "IAM.0062": "Check user, account and password; give them anew: T, or omstui login {profile}",
    "IAM.0080": "The user of the access key is disabled: ask the administrator",
    "IAM.0081": "Enable programmatic access for this user",
    "IAM.0082": "The user is disabled: ask the administrator",
    "IAM.0083": "Ask the administrator for access to this region",
    "IAM.1061": "Use a user without a virtual MFA device, or another way to sign in: omstui login {profile}",
    "IAM.1105": "The access key has expired: make a new one, then T, or omstui login {profile}",
    "IAM.1107": "The access key is inactive: activate it, or give another one: T, or omstui login {profile}",
    "IAM.1108": "The temporary keys have expired: give new ones: T, or omstui login {profile}",
}


def descriptors_words(error: BaseException) -> str | None:
    """Say what to do about an error that is for want of a file descriptor; ``None`` for any other."""
    if not isinstance(error, OSError) or error.errno not in {errno.EMFILE, errno.ENFILE}:
        return None
    if error.errno == errno.ENFILE:
        return "this machine has no free file descriptor: end other programs, then start omstui again"
    return "this process has no free file descriptor: ulimit -n 1024, then start omstui again"
