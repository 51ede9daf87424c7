"""Reads the body of an error answer of OMS, the gateway, IAM or a host in between as a problem."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice

from msgspec import Struct

from omstui.backend.secrets.redact import mask
from omstui.core.error_codes import classify, is_own_code, may_be_own
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.text import tame
from omstui.core.watch.schedule import throttle_window

_READ_OF_ERROR = 8192
"""Characters of an error text that are read, masked and tamed; the rest is ignored."""


_MOST_OBJECTS = 100
"""JSON objects of an error body that are read; the known envelopes have up to three."""


_LONGEST_TEXT = 300


_LONGEST_CODE = 40


_LONGEST_REQUEST_ID = 64


_SHORTEST_WAIT, _LONGEST_WAIT = 1.0, 3600.0


_DEEPEST = 4


_MARKUP = re.compile(r"\s*<[!?a-z]", re.IGNORECASE)


# The pairs of code and text that the services use (API reference, Common Error Codes), in the order of the SDK.
_PAIRS = (
    ("error_code", "error_msg"),
    ("errorCode", "errorMsg"),
    ("errorCode", "errorMessage"),
    ("code", "message"),
)


_BARE = frozenset({*_PAIRS[0], "request_id"})


_ELSE = "a proxy, a portal, a wrong host"


def decode_problem(
    status: int, headers: Mapping[str, str], body: bytes, now: datetime, *, oms_host: str | None = None
) -> Problem:
    """Return the problem that an error answer describes.

    Args:
        status: the HTTP status.
        headers: the answer's headers, with names in any case.
        body: one of the services' envelopes (API reference, Common Error Codes), or anything else.
        now: the present time, from which a date in `Retry-After` is counted.
        oms_host: the host of a request to OMS: then only OMS's own codes count as its answer. ``None`` for IAM, whose
            answers have several forms, so that the status counts.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    said = _read_envelope(status, body)
    request_id = request_id_of(lowered) or said.request_id
    if 300 <= status < 400:  # with any body: following it would give the credential to another host
        is_foreign = oms_host is not None
        who = f"Somebody else answers at {oms_host} ({_ELSE}):" if is_foreign else "The address answers with"
        text = f"{who} a redirect ({status}), which is not followed"
        return Problem(ProblemKind.ENDPOINT, text, status=status, request_id=request_id, is_foreign=is_foreign)
    retry_after = _retry_after(lowered.get("retry-after"), now)
    if retry_after is None and status == 429 and said.text is not None:
        retry_after = throttle_window(said.text)
    is_own = oms_host is None or is_own_code(said.code)
    kind = classify(status, said.code, is_own=is_own)
    # A 401 in an envelope of IAM is a refusal; one without an envelope counts as one too, to be safe, but as foreign.
    is_silent = said.code is None and said.text is None
    is_foreign = not is_own and (kind is ProblemKind.ENDPOINT or (kind is ProblemKind.TOKEN and is_silent))
    text = _presentable(said.text, _LONGEST_TEXT) or f"{_name(status)}, {said.lack}"
    if is_foreign:
        is_doubtful = may_be_own(said.code, is_bare=said.is_bare)
        who, perhaps = ("It cannot be told who", "OMS, ") if is_doubtful else ("Somebody else", "")
        text = f"{who} answers at {oms_host} ({perhaps}{_ELSE}): {text}"
    return Problem(
        kind=kind,
        text=_presentable(text, _LONGEST_TEXT) or "",
        code=said.code,
        status=status,
        request_id=request_id,
        retry_after=retry_after,
        is_foreign=is_foreign,
    )


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """Return the gateway's request id, else IAM's trace id; ``None`` when there is neither.

    Args:
        headers: a mapping with lower-case names, or one that ignores case like httpx's.
    """
    for name in ("x-request-id", "x-iam-trace-id"):
        if request_id := _presentable(headers.get(name), _LONGEST_REQUEST_ID):
            return request_id
    return None


class _Envelope(Struct, frozen=True):
    """The contents of an error body."""

    code: str | None = None
    """Tamed and cut."""

    text: str | None = None
    """Not masked or tamed yet."""

    request_id: str | None = None
    lack: str = "without further words"
    """The end of the sentence when there is no text."""

    is_bare: bool = False
    """Whether it has the text `error_msg`, no code, and nothing else but a request id."""


def _read_envelope(status: int, body: bytes) -> _Envelope:
    if not body.strip():
        return _Envelope(lack="with an empty answer")
    try:
        decoded = json.loads(body.decode(errors="replace"))
    except (ValueError, RecursionError):
        return _Envelope(lack="not in the service's format")
    if not isinstance(decoded, dict):
        return _Envelope(lack="not in the service's format")
    objects = list(islice(_objects(decoded, _DEEPEST), _MOST_OBJECTS))
    pairs = [(_code(fields.get(code), status), _text(fields.get(text))) for fields in objects for code, text in _PAIRS]
    # A complete pair anywhere comes first; else a code and a text may be in different objects.
    code, text = next((pair for pair in pairs if None not in pair), (None, None))
    if code is None:
        code = next((code for code, _ in pairs if code is not None), None)
        text = next((text for _, text in pairs if text is not None), None)
    request_ids = (_presentable(fields.get("request_id"), _LONGEST_REQUEST_ID) for fields in objects)
    return _Envelope(
        code=code,
        text=text,
        request_id=next((request_id for request_id in request_ids if request_id is not None), None),
        lack="not in the service's format" if code is None else "without further words",
        is_bare=code is None and text is not None and decoded.keys() <= _BARE,
    )


def _objects(value: object, depth: int) -> Iterator[dict[str, object]]:
    """Yield an object and those inside it, outer ones first."""
    if depth == 0:
        return
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _objects(inner, depth - 1)


def _code(value: object, status: int) -> str | None:
    """Return a code, masked, tamed and cut; ``None`` for a number that only repeats the HTTP status, as in Keystone."""
    if isinstance(value, int) and not isinstance(value, bool) and value != status:
        value = str(value)
    return _presentable(value, _LONGEST_CODE)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() and not _MARKUP.match(value) else None


def _presentable(value: object, longest: int) -> str | None:
    """Return foreign text masked, tamed and cut; ``None`` when it is not text or nothing is left.

    It is masked before taming, which may cut a secret, and after it, which removes invisible characters inside one.
    """
    if not isinstance(value, str):
        return None
    text = mask(tame(mask(value[:_READ_OF_ERROR])))
    if len(value) > _READ_OF_ERROR and len(text) <= longest:  # its last word may be half of a secret
        text = f"{text.rpartition(' ')[0]} …".lstrip()
    if len(text) > longest:
        text = text[: longest - 1].rstrip() + "…"
    return text or None


def _name(status: int) -> str:
    if status >= 500:
        return f"Server error {status}"
    return f"Error {status}" if status >= 400 else f"Status {status}"


def _retry_after(value: str | None, now: datetime) -> float | None:
    """Return `Retry-After`, seconds or a date, as 1 to 3,600 s; ``None`` for an invalid value or a past date."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        seconds = float(value[:12])
    else:
        from email.utils import parsedate_to_datetime  # loads sockets, which the first picture does without

        try:
            until = parsedate_to_datetime(value)
            seconds = (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
        except (ValueError, OverflowError):
            return None
        if seconds < 0:
            return None
    return min(max(seconds, _SHORTEST_WAIT), _LONGEST_WAIT)
