"""Turns the bytes of an answer into values, once: a task, a statistic, or what is wrong."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from omstui.backend.redact import mask
from omstui.core.cadence import throttle_window
from omstui.core.problem import Problem, ProblemKind, classify, is_own_code, may_be_own
from omstui.core.statistic import DATA_TYPES, WIDTHS, Statistic
from omstui.core.task import COUNTER_NAMES, FIELD_NAMES, SyncTask, moment
from omstui.core.text import tame

if TYPE_CHECKING:
    import msgspec

LARGEST_INTEGER = 2**63 - 1
"""The upper bound of every number of an answer; the lower one is 0 (API reference, ShowSyncTask)."""

_BOUNDS = {
    "sync_task_id": 255,
    "src_cloud_type": 128,
    "src_region": 100,
    "src_bucket": 1024,
    "dst_bucket": 1024,
    "dst_region": 100,
    "description": 255,
    "status": 128,
    "app_id": 255,
    "object_overwrite_mode": 128,
    "dst_storage_policy": 128,
    "consistency_check": 128,
}
"""Characters of each text of a task (API reference, ShowSyncTask); words of enumerations have the bound of the one that
names any."""

_GENEROSITY = 4
"""A text may be so many times as long as its bound before it is cut."""

_READ_OF_ERROR = 8192
"""Characters of a text about an error that are masked and tamed; the rest is not looked at."""

_MOST_OBJECTS = 100
"""JSON objects in the body of an error that are looked at; the envelopes that are known have up to three."""

_LONGEST_TEXT = 300
_LONGEST_CODE = 40
_LONGEST_REQUEST_ID = 64
_SHORTEST_WAIT, _LONGEST_WAIT = 1.0, 3600.0
_DEEPEST = 4
_LONGEST_LIST = 1000
"""Series in a statistic, and buckets in a series, at most (API reference, ListSyncTaskStatistic)."""

_MISFIT = re.compile(r"Expected `([^`]*)`, got `([^`]*)`(?: - at `\$\.(\w+)`)?")
_QUOTED_NUMBER = re.compile(rb'"(0|[1-9][0-9]{0,18})"')
_NUMBERS = frozenset({"create_time", "last_start_time", *COUNTER_NAMES})
_OUT_OF_RANGE = re.compile(r".*out of range - at `\$\.(\w+)`")
_WORDS = {
    "int": "a whole number",
    "float": "a decimal number",
    "bool": "true or false",
    "str": "text",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_MARKUP = re.compile(r"\s*<[!?a-z]", re.IGNORECASE)
_NOT_UTF8 = "The answer holds text that is not UTF-8"
# The pairs of code and text that the services use (API reference, Common Error Codes), in the order of the SDK.
_PAIRS = (
    ("error_code", "error_msg"),
    ("errorCode", "errorMsg"),
    ("errorCode", "errorMessage"),
    ("code", "message"),
)
_BARE = frozenset({*_PAIRS[0], "request_id"})
_ELSE = "a proxy, a portal, a wrong host"


class BadAnswer(ValueError):  # noqa: N818 - it names what came, as the row on the screen does
    """The bytes are not what was asked for; the message is one sentence that says why, without any text of theirs."""


class ReadTask(NamedTuple):
    """A task as an answer tells it."""

    task: SyncTask
    remarks: tuple[str, ...] = ()
    """Which fields do not fit and count as not reported, and why: ``enable_kms is text, not true or false``."""


def decode_task(body: bytes) -> SyncTask:
    """Return the task of `read_task` without the remarks."""
    return read_task(body).task


def read_task(body: bytes) -> ReadTask:
    """Read the body of a ShowSyncTask answer (API reference, ShowSyncTask, status 200).

    Null and absence are ``None``, unknown fields are ignored, unknown words of enumerations are kept, whole numbers are
    exact, also in quotes. A setting that does not fit is ``None`` with a remark; a counter must fit. A text far longer
    than the reference allows is cut and ends in ``…``.

    Raises:
        BadAnswer: it is empty, cut off, not JSON, not an object, without any known field, a counter does not fit, or
            another field does not fit and there is no counter.
    """
    import msgspec  # not needed before the first answer

    with told_apart(body, "a synchronization task"):
        task = _fitting_task(body)
        if task is None:
            return read_fields(msgspec.json.decode(body, type=dict[str, msgspec.Raw]), COUNTER_NAMES)
        if task == SyncTask() and not _known_names(body):
            raise BadAnswer("The answer holds no field of a synchronization task")
    return ReadTask(_bounded(task))


def read_fields(fields: "Mapping[str, msgspec.Raw]", counters: Sequence[str]) -> ReadTask:
    """Read a task field by field, so that one that does not fit does not take the others along.

    Args:
        fields: the JSON text of each.
        counters: those that must fit, one of which must be there for any other not to fit.

    Raises:
        BadAnswer: a counter does not fit, or another field and there is no counter.
    """
    import msgspec  # not needed before the first answer

    values: dict[str, object] = {}
    remarks: list[str] = []
    for name in FIELD_NAMES:
        text = bytes(fields.get(name, b"null"))
        quoted = _QUOTED_NUMBER.fullmatch(text) if name in _NUMBERS else None
        try:
            one = _task_decoder().decode(b'{"%b":%b}' % (name.encode(), quoted[1] if quoted else text))
            value = getattr(one, name)
            reason = "" if is_in_range(value) else range_reason(name)
        except msgspec.ValidationError as error:
            reason = _misfit(str(error), "a synchronization task")
        if not reason:
            values[name] = value
        elif name in counters:
            raise BadAnswer(reason)
        else:
            remarks.append(reason)
    if counters and remarks and all(values[name] is None for name in counters):
        raise BadAnswer(remarks[0])
    task = SyncTask(**values)  # type: ignore[arg-type]  # the decoder has checked each
    return ReadTask(_bounded(task), tuple(remarks))


def decode_statistic(body: bytes) -> Statistic:
    """Read the body of a ListSyncTaskStatistic answer (API reference, ListSyncTaskStatistic, status 200).

    Series of kinds that the reference does not know are ignored, null lists are empty.

    Raises:
        BadAnswer: it is no JSON object of that form, longer than the reference allows, or names a width of buckets or
            a time stamp that cannot be placed on a time axis.
    """
    with told_apart(body, "a statistic"):
        wire = _statistic_decoder().decode(body)
    width = WIDTHS.get(wire.statistic_time_type or "")
    if width is None:
        raise BadAnswer("statistic_time_type is not a width of buckets that is known")
    check_length("statistic_datas", wire.statistic_datas)
    series: dict[str, dict[datetime, int]] = {}
    for one in wire.statistic_datas or []:
        if one.data_type not in DATA_TYPES:
            continue
        check_length("data", one.data)
        points = series.setdefault(one.data_type, {})
        for point in one.data or []:
            at = moment(point.time_stamp)
            if at is None:
                raise BadAnswer("time_stamp is no time of the calendar")
            if not 0 <= point.statistic_num <= LARGEST_INTEGER:
                raise BadAnswer(range_reason("statistic_num"))
            points[at] = point.statistic_num
    return Statistic(width, series)


def decode_problem(
    status: int, headers: Mapping[str, str], body: bytes, now: datetime, *, oms_host: str | None = None
) -> Problem:
    """Tell what an answer that is not a good one says.

    Args:
        status: the HTTP status.
        headers: the answer's headers, names in any case.
        body: in any of the services' envelopes (API reference, Common Error Codes), or anything else.
        now: what a date in `Retry-After` is counted from.
        oms_host: the host that was asked, where OMS is to answer: only its own codes are taken for its word then. IAM,
            whose answers have several forms, is taken at its status.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    said = _read_envelope(status, body)
    request_id = request_id_of(lowered) or said.request_id
    if 300 <= status < 400:  # whatever it says: following it would hand the credential to somebody else
        is_foreign = oms_host is not None
        who = f"Somebody else answers at {oms_host} ({_ELSE}):" if is_foreign else "The address answers with"
        text = f"{who} a redirect ({status}), which is not followed"
        return Problem(ProblemKind.ENDPOINT, text, status=status, request_id=request_id, is_foreign=is_foreign)
    retry_after = _retry_after(lowered.get("retry-after"), now)
    if retry_after is None and status == 429 and said.text is not None:
        retry_after = throttle_window(said.text)
    is_own = oms_host is None or is_own_code(said.code)
    kind = classify(status, said.code, is_own=is_own)
    # A 401 in an envelope of IAM's is a refusal; one without any stays a refusal too, for caution, and says whose.
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
    """Return the gateway's, else IAM's name for the request.

    Args:
        headers: a mapping with names in lower case, or one that ignores case as httpx's does.
    """
    for name in ("x-request-id", "x-iam-trace-id"):
        if request_id := _presentable(headers.get(name), _LONGEST_REQUEST_ID):
            return request_id
    return None


@dataclass(frozen=True, slots=True)
class _Point:
    """A bucket as it stands in an answer."""

    time_stamp: int
    statistic_num: int


@dataclass(frozen=True, slots=True)
class _Series:
    """The buckets of one kind as they stand in an answer."""

    data_type: str | None = None
    data: list[_Point] | None = None


@dataclass(frozen=True, slots=True)
class _Statistic:
    """A whole statistic as it stands in an answer."""

    statistic_time_type: str | None = None
    statistic_datas: list[_Series] | None = None


@contextmanager
def told_apart(body: bytes, form: str) -> Iterator[None]:
    """Say in one sentence why decoding fails: what the bytes are instead of this form."""
    import msgspec  # not needed before the first answer

    if not body.strip():
        raise BadAnswer("The answer is empty")
    try:
        yield
    except msgspec.ValidationError as error:
        raise BadAnswer(_misfit(str(error), form)) from None
    except msgspec.DecodeError as error:
        raise BadAnswer(_malformed(body, str(error))) from None
    except UnicodeDecodeError:  # msgspec before 0.23
        raise BadAnswer(_NOT_UTF8) from None
    except RecursionError:
        raise BadAnswer("The answer is nested too deeply") from None


def check_length(name: str, values: Sequence[object] | None) -> None:
    """Make sure that a list is not longer than the service's own bound.

    Raises:
        BadAnswer: it is.
    """
    if values is not None and len(values) > _LONGEST_LIST:
        raise BadAnswer(f"{name} holds more than {_LONGEST_LIST:,} entries")


@cache
def _statistic_decoder() -> "msgspec.json.Decoder[_Statistic]":
    import msgspec  # not needed before the first answer

    return msgspec.json.Decoder(_Statistic)


@cache
def _task_decoder() -> "msgspec.json.Decoder[SyncTask]":
    import msgspec  # not needed before the first answer

    return msgspec.json.Decoder(SyncTask)


def _fitting_task(body: bytes) -> SyncTask | None:
    """Decode a task at once; ``None`` when a field does not fit."""
    import msgspec  # not needed before the first answer

    try:
        task = _task_decoder().decode(body)
    except msgspec.ValidationError:
        return None
    return task if all(is_in_range(getattr(task, name)) for name in _NUMBERS) else None


def _bounded(task: SyncTask) -> SyncTask:
    """Return the task with texts that are far longer than the reference allows cut."""
    cut = {
        name: text[: _GENEROSITY * bound - 1] + "…"
        for name, bound in _BOUNDS.items()
        if (text := getattr(task, name)) is not None and len(text) > _GENEROSITY * bound
    }
    return replace(task, **cut) if cut else task


def _known_names(body: bytes) -> bool:
    """Whether an object has any field of a task, be it null."""
    import msgspec  # not needed before the first answer

    names = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return any(name in names for name in FIELD_NAMES)


def _misfit(words: str, form: str) -> str:
    """Say which field does not fit, from msgspec's own words."""
    if match := _OUT_OF_RANGE.fullmatch(words):
        return range_reason(match.group(1))
    match = _MISFIT.fullmatch(words)
    if match is None:
        return f"The answer does not have the form of {form}"
    expected, got, field = match.groups()
    expected, got = (_WORDS.get(word.removesuffix(" | null"), "something else") for word in (expected, got))
    return f"{field} is {got}, not {expected}" if field is not None else f"The answer is {got}, not {expected}"


def _malformed(body: bytes, words: str) -> str:
    """Say why it is no JSON, from msgspec's own words."""
    if _MARKUP.match(body[:100].decode("ascii", "replace")):
        return "The answer is an HTML page, not JSON"
    if "UTF-8" in words:
        return _NOT_UTF8
    if "surrogate" in words or (
        "truncated" in words and _is_json(body)
    ):  # it calls half a surrogate pair truncated too
        return "The answer holds text that is not valid Unicode"
    return "Incomplete answer: the JSON text ends too early" if "truncated" in words else "The answer is not JSON"


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def is_in_range(value: object) -> bool:
    """Whether a value, if it is a number, is within the bounds of the reference."""
    return not isinstance(value, int) or 0 <= value <= LARGEST_INTEGER


def range_reason(name: str) -> str:
    """Say that the number of this name is out of bounds."""
    return f"{name} is out of range: numbers from 0 to {LARGEST_INTEGER} are possible"


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What an error body says."""

    code: str | None = None
    """Already tamed and cut."""

    text: str | None = None
    """As it came."""

    request_id: str | None = None
    lack: str = "without further words"
    """How to end the sentence when there is no text."""

    is_bare: bool = False
    """Whether it is the text `error_msg` without a code, and nothing besides a request id."""


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
    # A whole pair goes before halves, wherever it stands; halves may stand apart.
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
    """Go through an object and those within it, outer ones first."""
    if depth == 0:
        return
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _objects(inner, depth - 1)


def _code(value: object, status: int) -> str | None:
    """Read a code; a number that only repeats the HTTP status, as Keystone's does, is none."""
    if isinstance(value, int) and not isinstance(value, bool) and value != status:
        value = str(value)
    return _presentable(value, _LONGEST_CODE)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() and not _MARKUP.match(value) else None


def _presentable(value: object, longest: int) -> str | None:
    """Return foreign text masked, tamed and cut; ``None`` when nothing is left or it is no text.

    Masked before taming, which cuts, and after it, which joins what invisible characters keep apart.
    """
    if not isinstance(value, str):
        return None
    text = mask(tame(mask(value[:_READ_OF_ERROR])))
    if len(value) > _READ_OF_ERROR and len(text) <= longest:  # its last word may be the first half of a secret
        text = f"{text.rpartition(' ')[0]} …".lstrip()
    if len(text) > longest:
        text = text[: longest - 1].rstrip() + "…"
    return text or None


def _name(status: int) -> str:
    if status >= 500:
        return f"Server error {status}"
    return f"Error {status}" if status >= 400 else f"Status {status}"


def _retry_after(value: str | None, now: datetime) -> float | None:
    """Read `Retry-After`: seconds or a date, from 1 s to 1 h; ``None`` for rubbish and what has passed."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        seconds = float(value[:12])
    else:
        try:
            until = parsedate_to_datetime(value)
            seconds = (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
        except (ValueError, OverflowError):
            return None
        if seconds < 0:
            return None
    return min(max(seconds, _SHORTEST_WAIT), _LONGEST_WAIT)
