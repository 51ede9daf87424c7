"""The error codes of the service, its gateway and IAM: the kind of each, its own advice, and who wrote the answer."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from omstui.core.problem_kind import Advice, ProblemKind, Remedy


class ErrorCode(Struct, frozen=True):
    """What a code means."""

    kind: ProblemKind | None
    """``None`` when the HTTP status decides."""

    advice: Advice | None = None
    """More specific advice than the kind's."""

    is_renewable: bool = False
    """Whether a token or temporary keys have expired or cannot be read, so that new ones may help."""


# The gateway's .0201 is not here: the status decides what it means.
ERROR_CODES: Mapping[str, ErrorCode] = {
    "OMS.0001": ErrorCode(ProblemKind.REFUSED),
    "OMS.0002": ErrorCode(ProblemKind.REFUSED),
    "OMS.0004": ErrorCode(ProblemKind.REFUSED),
    "OMS.0005": ErrorCode(ProblemKind.REFUSED),
    "OMS.0053": ErrorCode(ProblemKind.FORBIDDEN),
    "OMS.0054": ErrorCode(ProblemKind.GONE),
    "OMS.0064": ErrorCode(ProblemKind.REFUSED),
    "OMS.0067": ErrorCode(ProblemKind.REFUSED),
    "OMS.0068": ErrorCode(ProblemKind.TOKEN, is_renewable=True),
    "OMS.0072": ErrorCode(ProblemKind.FORBIDDEN),
    "OMS.0074": ErrorCode(ProblemKind.REFUSED),
    "OMS.0151": ErrorCode(ProblemKind.REFUSED),
    "OMS.0201": ErrorCode(ProblemKind.FORBIDDEN, Advice("The account is restricted: check its balance")),
    "OMS.0202": ErrorCode(ProblemKind.FORBIDDEN, Advice("The account is frozen: ask the provider's support")),
    "OMS.0203": ErrorCode(ProblemKind.FORBIDDEN, Advice("The account's owner must complete the identity check")),
    "OMS.0204": ErrorCode(ProblemKind.FORBIDDEN, Advice("The account's owner must complete the real-name check")),
    "OMS.0205": ErrorCode(ProblemKind.FORBIDDEN),
    "OMS.0206": ErrorCode(ProblemKind.FORBIDDEN),
    "OMS.1001": ErrorCode(ProblemKind.SERVER),
    "OMS.1002": ErrorCode(ProblemKind.REFUSED),
    "OMS.1003": ErrorCode(ProblemKind.REFUSED),
    "OMS.1004": ErrorCode(ProblemKind.REFUSED),
    "OMS.1005": ErrorCode(ProblemKind.TOKEN, is_renewable=True),
    "OMS.1006": ErrorCode(ProblemKind.REFUSED),
    "OMS.1007": ErrorCode(ProblemKind.REFUSED),
    "OMS.1008": ErrorCode(ProblemKind.REFUSED),
    "OMS.1009": ErrorCode(ProblemKind.GONE),
    "OMS.1010": ErrorCode(ProblemKind.REFUSED),
    "OMS.2004": ErrorCode(ProblemKind.SERVER),
    "IAM.0001": ErrorCode(ProblemKind.TOKEN),
    "IAM.0002": ErrorCode(ProblemKind.FORBIDDEN),
    "IAM.0003": ErrorCode(ProblemKind.FORBIDDEN),
    "IAM.0006": ErrorCode(ProblemKind.SERVER),
    "IAM.0012": ErrorCode(ProblemKind.THROTTLED),
    "IAM.0020": ErrorCode(ProblemKind.SERVER),
    "IAM.0061": ErrorCode(ProblemKind.TOKEN, Advice("The user is locked: wait, do not try again")),
    "IAM.0062": ErrorCode(
        ProblemKind.TOKEN, Advice("Check user, account and password; give them again", (Remedy.SIGN_IN,))
    ),
    "IAM.0063": ErrorCode(ProblemKind.TOKEN),
    "IAM.0064": ErrorCode(ProblemKind.TOKEN),
    "IAM.0066": ErrorCode(ProblemKind.TOKEN, is_renewable=True),
    "IAM.0067": ErrorCode(ProblemKind.TOKEN, is_renewable=True),
    "IAM.0080": ErrorCode(ProblemKind.TOKEN, Advice("The user of the access key is disabled: ask the administrator")),
    "IAM.0081": ErrorCode(ProblemKind.TOKEN, Advice("Enable programmatic access for this user")),
    "IAM.0082": ErrorCode(ProblemKind.TOKEN, Advice("The user is disabled: ask the administrator")),
    "IAM.0083": ErrorCode(ProblemKind.FORBIDDEN, Advice("Ask the administrator for access to this region")),
    "IAM.1061": ErrorCode(
        None, Advice("Use a user without a virtual MFA device, or another way to sign in", (Remedy.CHANGE_SIGN_IN,))
    ),
    "IAM.1105": ErrorCode(
        ProblemKind.TOKEN, Advice("The access key has expired: make a new one", (Remedy.THEN_SIGN_IN,))
    ),
    "IAM.1107": ErrorCode(
        ProblemKind.TOKEN, Advice("The access key is inactive: activate it, or give another one", (Remedy.SIGN_IN,))
    ),
    "IAM.1108": ErrorCode(
        ProblemKind.TOKEN,
        Advice("The temporary keys have expired: give new ones", (Remedy.SIGN_IN,)),
        is_renewable=True,
    ),
    "APIGW.0101": ErrorCode(ProblemKind.ENDPOINT),
    "APIGW.0103": ErrorCode(ProblemKind.SERVER),
    "APIGW.0104": ErrorCode(ProblemKind.REFUSED),
    "APIGW.0105": ErrorCode(ProblemKind.REFUSED),
    "APIGW.0106": ErrorCode(ProblemKind.REFUSED),
    "APIGW.0204": ErrorCode(ProblemKind.ENDPOINT),
    "APIGW.0301": ErrorCode(ProblemKind.TOKEN, is_renewable=True),
    "APIGW.0302": ErrorCode(ProblemKind.FORBIDDEN),
    "APIGW.0303": ErrorCode(ProblemKind.TOKEN),
    "APIGW.0304": ErrorCode(ProblemKind.FORBIDDEN),
    "APIGW.0305": ErrorCode(ProblemKind.TOKEN),
    "APIGW.0306": ErrorCode(ProblemKind.FORBIDDEN),
    "APIGW.0307": ErrorCode(ProblemKind.TOKEN, is_renewable=True),
    "APIGW.0308": ErrorCode(ProblemKind.THROTTLED),
    "APIGW.0310": ErrorCode(ProblemKind.FORBIDDEN),
    "APIGW.0401": ErrorCode(ProblemKind.FORBIDDEN),
    "APIGW.0402": ErrorCode(ProblemKind.FORBIDDEN),
    "APIGW.0404": ErrorCode(ProblemKind.FORBIDDEN),
    "APIGW.0601": ErrorCode(ProblemKind.SERVER),
    "APIGW.0602": ErrorCode(ProblemKind.REFUSED),
    "APIGW.0605": ErrorCode(ProblemKind.SERVER),
    "APIGW.0606": ErrorCode(ProblemKind.SERVER),
    "APIGW.0607": ErrorCode(ProblemKind.ENDPOINT),
    "APIGW.0608": ErrorCode(ProblemKind.SERVER),
    "APIGW.0609": ErrorCode(ProblemKind.SERVER),
    "APIGW.0610": ErrorCode(ProblemKind.SERVER),
    "APIGW.0611": ErrorCode(ProblemKind.SERVER),
    "APIGW.0613": ErrorCode(ProblemKind.SERVER),
    "APIGW.0802": ErrorCode(ProblemKind.FORBIDDEN),
}
"""The codes of the API reference (Error Codes) and of the gateway, with one prefix for each service."""

_GATEWAY = "APIGW"
_PREFIXES = MappingProxyType({"APIG": _GATEWAY, "APIC": _GATEWAY, "S3M": "OMS"})
"""Other prefixes of the same numbers; ``S3M`` is the API's old version 1."""


def error_code(code: str | None) -> ErrorCode | None:
    """Return what a code means, whatever prefix its service wrote; ``None`` for an unknown code."""
    return ERROR_CODES.get(_normal(code)) if code is not None else None


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
    return _OWN_CODE.fullmatch(_normal(code or "")) is not None


def may_be_own(code: str | None, *, is_bare: bool) -> bool:
    """Whether OMS may have written an error answer; another server may have written it as well.

    Args:
        code: the error code, if there is one.
        is_bare: whether the body is the text `error_msg`, perhaps with a request id, and nothing else.
    """
    if code is None:
        return is_bare
    known = error_code(code)
    return known is not None and known.kind is not None


def _kind_of_code(status: int, code: str | None) -> ProblemKind | None:
    """Return the kind of a code in the API reference; ``None`` for other codes."""
    if (known := error_code(code)) is not None:
        return known.kind
    return ProblemKind.ENDPOINT if status == 404 and _normal(code or "").startswith(f"{_GATEWAY}.") else None


def _normal(code: str) -> str:
    """Return a code with one name for all prefixes of its service."""
    prefix, _, number = code.upper().partition(".")
    return f"{_PREFIXES.get(prefix, prefix)}.{number}"


def is_service_code(code: str | None) -> bool:
    """Whether OMS itself, not its gateway, wrote an error answer."""
    return is_own_code(code) and _normal(code or "").startswith("OMS.")


def is_query_or_permission(code: str | None) -> bool:
    """Whether a code means "query failed or no permission", so that it does not say which (``OMS.0053``)."""
    return code is not None and _normal(code) == "OMS.0053"
