"""Decodes the bytes of an answer to values: a task, a page of tasks, or a statistic."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Generic, NamedTuple, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from omstui.backend.http.error_body import _MARKUP
from omstui.core.task import COUNTER_NAMES, FIELD_NAMES, ListedTask, SyncTask, check_task_id, moment
from omstui.core.watch.sample import DATA_TYPES, WIDTHS, Statistic

LARGEST_INTEGER = 2**63 - 1
"""The upper bound of every number in an answer; the lower one is 0 (API reference, ShowSyncTask)."""

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
"""The most characters of each text of a task (API reference, ShowSyncTask); enumerations share the one bound that is
given for any of them."""

_GENEROSITY = 4
"""A text that is longer than its bound times this factor is cut."""


_LONGEST_LIST = 1000
"""The most series in a statistic, and buckets in a series (API reference, ListSyncTaskStatistic)."""

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
_NOT_UTF8 = "The answer holds text that is not UTF-8"


class BadAnswer(ValueError):  # noqa: N818 - the screen's row uses the same name
    """The bytes are not the expected answer; the message is one sentence that says why, without text of the answer."""


class ReadTask(NamedTuple):
    """The task of an answer, and remarks on its fields."""

    task: SyncTask
    remarks: tuple[str, ...] = ()
    """Fields that have a wrong type or range and count as not reported: ``enable_kms is text, not true or false``."""


def decode_task(body: bytes) -> SyncTask:
    """Return the task of `read_task` without the remarks.

    Raises:
        BadAnswer: as in `read_task`.
    """
    return read_task(body).task


def read_task(body: bytes) -> ReadTask:
    """Decode the body of a ShowSyncTask answer (API reference, ShowSyncTask, status 200).

    Null and missing fields are ``None``, unknown fields are ignored, unknown enumeration words are kept, integers are
    exact, also in quotes. A setting of a wrong type or range is ``None`` with a remark; a counter must be valid. A text
    that is more than four times as long as the reference allows is cut and ends in ``…``.

    Raises:
        BadAnswer: the body is empty, cut off, not JSON, not an object, or without any known field; a counter is
            invalid; or another field is invalid and there is no counter.
    """
    with told_apart(body, "a synchronization task"):
        task = _fitting_task(body)
        if task is None:
            return read_fields(msgspec.json.decode(body, type=dict[str, msgspec.Raw]), COUNTER_NAMES)
        if task == SyncTask() and not _known_names(body):
            raise BadAnswer("The answer holds no field of a synchronization task")
    return ReadTask(_bounded(task))


def read_fields(fields: "Mapping[str, msgspec.Raw]", counters: Sequence[str]) -> ReadTask:
    """Decode a task field by field, so that an invalid field does not spoil the others.

    Args:
        fields: the JSON text of each field.
        counters: the fields that must be valid; if any are named, other invalid fields need at least one counter.

    Raises:
        BadAnswer: a counter is invalid; or another field is invalid and there is no counter.
    """
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
    """Decode the body of a ListSyncTaskStatistic answer (API reference, ListSyncTaskStatistic, status 200).

    Series of types that the reference does not list are ignored; null lists are empty.

    Raises:
        BadAnswer: the body is not a JSON object of this form, is longer than the reference allows, or has an unknown
            bucket width, a time stamp beyond the calendar or a number out of range.
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


class _Point(Struct, frozen=True):
    """One bucket of an answer."""

    time_stamp: int
    statistic_num: int


class _Series(Struct, frozen=True):
    """The buckets of one data type in an answer."""

    data_type: str | None = None
    data: list[_Point] | None = None


class _Statistic(Struct, frozen=True):
    """The body of a statistic answer."""

    statistic_time_type: str | None = None
    statistic_datas: list[_Series] | None = None


@contextmanager
def told_apart(body: bytes, form: str) -> Iterator[None]:
    """Turn decoding errors within the block into a `BadAnswer` that says what the bytes are instead of this form.

    Raises:
        BadAnswer: the body is empty, or the block raised a decoding error.
    """
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
    """Check that a list is not longer than the service's own bound, 1,000.

    Raises:
        BadAnswer: it is longer.
    """
    if values is not None and len(values) > _LONGEST_LIST:
        raise BadAnswer(f"{name} holds more than {_LONGEST_LIST:,} entries")


@cache
def _statistic_decoder() -> msgspec.json.Decoder[_Statistic]:
    return msgspec.json.Decoder(_Statistic)


@cache
def _task_decoder() -> msgspec.json.Decoder[SyncTask]:
    return msgspec.json.Decoder(SyncTask)


def _fitting_task(body: bytes) -> SyncTask | None:
    """Decode a whole task; return ``None`` when a field is invalid."""
    try:
        task = _task_decoder().decode(body)
    except msgspec.ValidationError:
        return None
    return task if all(is_in_range(getattr(task, name)) for name in _NUMBERS) else None


def _bounded(task: SyncTask) -> SyncTask:
    """Return the task with its overlong texts cut."""
    cut = {
        name: text[: _GENEROSITY * bound - 1] + "…"
        for name, bound in _BOUNDS.items()
        if (text := getattr(task, name)) is not None and len(text) > _GENEROSITY * bound
    }
    return replace(task, **cut) if cut else task


def _known_names(body: bytes) -> bool:
    """Return whether an object has any field of a task, even a null one."""
    names = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return any(name in names for name in FIELD_NAMES)


def _misfit(words: str, form: str) -> str:
    """Return which field is invalid, from msgspec's message."""
    if match := _OUT_OF_RANGE.fullmatch(words):
        return range_reason(match.group(1))
    match = _MISFIT.fullmatch(words)
    if match is None:
        return f"The answer does not have the form of {form}"
    expected, got, field = match.groups()
    expected, got = (_WORDS.get(word.removesuffix(" | null"), "something else") for word in (expected, got))
    return f"{field} is {got}, not {expected}" if field is not None else f"The answer is {got}, not {expected}"


def _malformed(body: bytes, words: str) -> str:
    """Return why the body is not JSON, from msgspec's message."""
    if _MARKUP.match(body[:100].decode("ascii", "replace")):
        return "The answer is an HTML page, not JSON"
    if "UTF-8" in words:
        return _NOT_UTF8
    if "surrogate" in words or (
        "truncated" in words and _is_json(body)
    ):  # msgspec says "truncated" of half a surrogate pair too
        return "The answer holds text that is not valid Unicode"
    return "Incomplete answer: the JSON text ends too early" if "truncated" in words else "The answer is not JSON"


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def is_in_range(value: object) -> bool:
    """Return whether a value is within the bounds of the reference; ``True`` for what is not an integer."""
    return not isinstance(value, int) or 0 <= value <= LARGEST_INTEGER


def range_reason(name: str) -> str:
    """Return the sentence for a number that is out of range."""
    return f"{name} is out of range: numbers from 0 to {LARGEST_INTEGER} are possible"


_Fields = TypeVar("_Fields")


class Page(Struct, frozen=True):
    """A page of the task list."""

    tasks: tuple[ListedTask, ...]
    count: int | None
    """How many tasks the project has, as the answer says."""

    length: int
    """How many tasks the page has, including those without a usable id."""


class _Page(Struct, Generic[_Fields], frozen=True):
    """The body of a page answer."""

    tasks: list[_Fields] | None
    count: int | None = None


def decode_page(body: bytes) -> Page:
    """Decode the body of a ListSyncTasks answer (API reference, ListSyncTasks, status 200).

    Null, missing and invalid fields of a task are ``None``; unknown fields are ignored. Tasks without a usable id are
    only counted.

    Raises:
        BadAnswer: the body is not a JSON object of this form, has more than 1,000 tasks, or `count` is out of range.
    """
    with told_apart(body, "a list of synchronization tasks"):
        wire = _page_decoder().decode(body)
        if not is_in_range(wire.count):
            raise BadAnswer(range_reason("count"))
        check_length("tasks", wire.tasks)
        listed = [read_fields(fields, counters=()).task for fields in wire.tasks or []]
    return Page(tuple(ListedTask(_id_of(task), task) for task in listed if _id_of(task)), wire.count, len(listed))


def _id_of(task: SyncTask) -> str:
    """Return the task's id; an empty string when a request path cannot contain it."""
    try:
        return check_task_id(task.sync_task_id or "")
    except ValueError:
        return ""


@cache
def _page_decoder() -> msgspec.json.Decoder[_Page[dict[str, msgspec.Raw]]]:
    return msgspec.json.Decoder(_Page[dict[str, msgspec.Raw]])
