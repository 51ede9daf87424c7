"""The bytes of an answer as values: a task, a page of tasks, a statistic, or a problem."""

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
_NOT_UTF8 = "The answer holds text that is not UTF-8"


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


class _Point(Struct, frozen=True):
    """A bucket as it stands in an answer."""

    time_stamp: int
    statistic_num: int


class _Series(Struct, frozen=True):
    """The buckets of one kind as they stand in an answer."""

    data_type: str | None = None
    data: list[_Point] | None = None


class _Statistic(Struct, frozen=True):
    """A whole statistic as it stands in an answer."""

    statistic_time_type: str | None = None
    statistic_datas: list[_Series] | None = None


@contextmanager
def told_apart(body: bytes, form: str) -> Iterator[None]:
    """Say in one sentence why decoding fails: what the bytes are instead of this form."""
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
def _statistic_decoder() -> msgspec.json.Decoder[_Statistic]:
    return msgspec.json.Decoder(_Statistic)


@cache
def _task_decoder() -> msgspec.json.Decoder[SyncTask]:
    return msgspec.json.Decoder(SyncTask)


def _fitting_task(body: bytes) -> SyncTask | None:
    """Decode a task at once; ``None`` when a field does not fit."""
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


_Fields = TypeVar("_Fields")


class Page(Struct, frozen=True):
    """A piece of the list."""

    tasks: tuple[ListedTask, ...]
    count: int | None
    """How many tasks the project has, by its own word."""

    length: int
    """How many tasks the page has, those included that cannot be asked for."""


class _Page(Struct, Generic[_Fields], frozen=True):
    """A page as it stands in an answer."""

    tasks: list[_Fields] | None
    count: int | None = None


def decode_page(body: bytes) -> Page:
    """Read the body of a ListSyncTasks answer (API reference, ListSyncTasks, status 200).

    Null and absence are ``None``, unknown fields are ignored; so is what does not fit of a task. Tasks whose id cannot
    be asked for are counted only.

    Raises:
        BadAnswer: it is no JSON object of that form, or longer than the reference allows by far.
    """
    with told_apart(body, "a list of synchronization tasks"):
        wire = _page_decoder().decode(body)
        if not is_in_range(wire.count):
            raise BadAnswer(range_reason("count"))
        check_length("tasks", wire.tasks)
        listed = [read_fields(fields, counters=()).task for fields in wire.tasks or []]
    return Page(tuple(ListedTask(_id_of(task), task) for task in listed if _id_of(task)), wire.count, len(listed))


def _id_of(task: SyncTask) -> str:
    """Return the task's id; an empty one where a request path cannot hold it."""
    try:
        return check_task_id(task.sync_task_id or "")
    except ValueError:
        return ""


@cache
def _page_decoder() -> msgspec.json.Decoder[_Page[dict[str, msgspec.Raw]]]:
    return msgspec.json.Decoder(_Page[dict[str, msgspec.Raw]])
