"""What a project has."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import (
    COUNTER_NAMES,
    FIELD_NAMES,
    ListedTask,
    Listing,
    SyncTask,
    TaskRef,
    WatchedTask,
    WatchList,
    check_id,
    check_task_id,
    listing_advice,
    moment,
)
from tests.samples_reader import load_sample
from tests.steps import steps

LARGEST = 2**63 - 1


def counted(accepted: int | None, synced: int | None, failed: int | None, skipped: int | None) -> SyncTask:
    return SyncTask(
        monthly_acceptance_request=accepted,
        monthly_success_object=synced,
        monthly_failure_object=failed,
        monthly_skip_object=skipped,
    )


def test_the_fields_are_those_of_the_reference() -> None:
    assert tuple(load_sample("01").body) == FIELD_NAMES
    assert len(FIELD_NAMES) == 22
    assert len(COUNTER_NAMES) == 5


@pytest.mark.parametrize(
    ("task", "processed", "pending", "contradicts"),
    [
        pytest.param(counted(11, 0, 11, 0), 11, 0, False, id="all failed"),
        pytest.param(counted(100, 60, 5, 7), 72, 28, False, id="some under way"),
        pytest.param(counted(0, 0, 0, 0), 0, 0, False, id="nothing yet"),
        pytest.param(counted(10, 12, 1, 1), 14, None, True, id="more done than accepted"),
        pytest.param(counted(None, 1, 1, 1), 3, None, False, id="accepted missing"),
        pytest.param(counted(10, None, 1, 1), None, None, False, id="synced missing"),
        pytest.param(counted(10, 1, None, 1), None, None, False, id="failed missing"),
        pytest.param(counted(10, 1, 1, None), None, None, False, id="skipped missing"),
        pytest.param(counted(LARGEST, LARGEST - 1, 0, 0), LARGEST - 1, 1, False, id="as large as can be"),
        pytest.param(SyncTask(), None, None, False, id="nothing reported"),
    ],
)
def test_pending_is_what_was_accepted_and_is_not_done_with(
    task: SyncTask, processed: int | None, pending: int | None, contradicts: bool
) -> None:
    assert task.processed == processed
    assert task.pending == pending
    assert task.has_contradicting_counters is contradicts


@pytest.mark.parametrize(
    ("task", "has_only_failed"),
    [
        (counted(11, 0, 11, 0), True),
        (counted(20, 0, 11, 0), True),
        (counted(None, 0, 11, 0), True),
        (counted(11, 1, 11, 0), False),
        (counted(11, 0, 11, 1), False),
        (counted(11, 0, 0, 0), False),
        (counted(11, None, 11, 0), False),
        (counted(11, 0, 11, None), False),
    ],
)
def test_all_has_failed_where_something_was_processed_and_nothing_of_it_went_well(
    task: SyncTask, has_only_failed: bool
) -> None:
    """A counter that is not reported is not taken for 0."""
    assert task.has_only_failed is has_only_failed


@given(*[st.integers(0, LARGEST)] * 4)
def test_pending_is_exact_or_nothing_and_never_clamped(accepted: int, synced: int, failed: int, skipped: int) -> None:
    difference = accepted - synced - failed - skipped
    task = counted(accepted, synced, failed, skipped)
    assert task.pending == (difference if difference >= 0 else None)
    assert task.has_contradicting_counters == (difference < 0)


@pytest.mark.parametrize(
    ("status", "is_stopped", "is_synchronizing"),
    [
        ("STOPPED", True, False),
        ("SYNCHRONIZING", False, True),
        ("PAUSED", False, False),
        ("stopped", False, False),
        ("", False, False),
        (None, False, False),
    ],
)
def test_an_unknown_status_is_neither_running_nor_stopped(
    status: str | None, is_stopped: bool, is_synchronizing: bool
) -> None:
    task = SyncTask(status=status)
    assert (task.is_stopped, task.is_synchronizing) == (is_stopped, is_synchronizing)


@pytest.mark.parametrize(
    ("epoch_ms", "at"),
    [
        (1_700_639_560_751, datetime(2023, 11, 22, 7, 52, 40, 751_000, tzinfo=UTC)),
        (1_700_639_560_000, datetime(2023, 11, 22, 7, 52, 40, tzinfo=UTC)),
        (86_400_000, datetime(1970, 1, 2, tzinfo=UTC)),
        (253_402_214_399_999, datetime(9999, 12, 30, 23, 59, 59, 999_000, tzinfo=UTC)),
        (None, None),
        (0, None),
        (1, None),
        (86_399_999, None),
        (253_402_214_400_000, None),
        (LARGEST, None),
        (-1, None),
    ],
)
def test_epoch_milliseconds_become_a_time_or_nothing(epoch_ms: int | None, at: datetime | None) -> None:
    assert moment(epoch_ms) == at


@given(st.integers(0, LARGEST) | st.integers(0, 253_402_300_800_000), st.integers(-24 * 60 + 1, 24 * 60 - 1))
def test_whatever_time_there_is_can_be_shown_in_every_zone(epoch_ms: int, minutes: int) -> None:
    at = moment(epoch_ms)
    if at is not None:
        assert 1970 <= at.astimezone(timezone(timedelta(minutes=minutes))).year <= 9999
        assert (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1) == epoch_ms


def test_times_of_a_task_are_those_it_was_answered_with() -> None:
    assert SyncTask(create_time=1_700_639_560_751).created_at == moment(1_700_639_560_751)
    assert SyncTask(create_time=0).created_at is None


def test_a_reference_to_a_task_names_profile_and_id_and_sorts_by_them() -> None:
    refs = [TaskRef("b", "1"), TaskRef("a", "2"), TaskRef("a", "1")]
    assert [str(ref) for ref in sorted(refs)] == ["a/1", "a/2", "b/1"]


@pytest.mark.parametrize(
    "text", ["0d146099-8cf4-437d-b6ef-88e043771c8b", "x", "X", "a" * 255, "Ünïcode", "...", ".x", "a,b", "a:b@c"]
)
def test_what_can_stand_in_a_path_is_an_id(text: str) -> None:
    assert check_task_id(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the task id is empty"),
        ("a" * 256, "the task id has 256 characters, at most 255 are possible"),
        (".", "'.' is not a task id"),
        ("..", "'..' is not a task id"),
        ("a/b", "is not a task id"),
        ("a\\b", "is not a task id"),
        ("a?b", "is not a task id"),
        ("a#b", "is not a task id"),
        ("a b", "is not a task id"),
        (" " * 99, f"'{' ' * 40}' is not a task id"),
        ("a\tb", "is not a task id"),
        ("a\n", "is not a task id"),
        ("a\u3000b", "is not a task id"),
        ("a\u200bb", "is not a task id"),
        ("\x1b[31m", "is not a task id"),
        ("\ud800", "is not a task id"),
    ],
)
def test_what_could_lead_a_path_elsewhere_is_no_id(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        check_task_id(text)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 120


def test_other_ids_are_called_by_their_names() -> None:
    with pytest.raises(ValueError, match="the project id has 4 characters, at most 3 are possible"):
        check_id("abcd", "project id", 3)
    assert check_id("abc", "project id", 3) == "abc"


REFS = st.builds(TaskRef, st.sampled_from("pq"), st.sampled_from("abcde"))
TASKS = st.builds(WatchedTask, REFS, st.sampled_from(["", "one", "two"]))
LISTS = st.lists(TASKS, max_size=8).map(lambda tasks: WatchList().added(tasks))


def refs(watchlist: WatchList) -> list[TaskRef]:
    return [task.ref for task in watchlist]


@given(LISTS, st.lists(TASKS))
def test_adding_keeps_what_is_there_and_appends_each_new_task_once(
    watchlist: WatchList, new: list[WatchedTask]
) -> None:
    added = watchlist.added(new)
    assert added.tasks[: len(watchlist)] == watchlist.tasks
    assert len(set(refs(added))) == len(added)
    assert set(refs(added)) == set(refs(watchlist)) | {task.ref for task in new}
    assert added.added(new) == added


@given(LISTS, st.lists(REFS))
def test_removing_takes_exactly_those_tasks_and_keeps_the_order(watchlist: WatchList, gone: list[TaskRef]) -> None:
    left = watchlist.removed(gone)
    assert list(left) == [task for task in watchlist if task.ref not in gone]
    assert left.removed(gone) == left


@given(LISTS, st.data())
def test_an_undone_removal_restores_the_list(watchlist: WatchList, data: st.DataObject) -> None:
    if not len(watchlist):
        return
    index = data.draw(st.integers(0, len(watchlist) - 1))
    task = watchlist.tasks[index]
    assert watchlist.removed([task.ref]).inserted(task, index) == watchlist


@given(LISTS, TASKS, st.integers(0, 20))
def test_inserting_is_once_only_at_its_place_or_at_the_end(watchlist: WatchList, task: WatchedTask, index: int) -> None:
    inserted = watchlist.inserted(task, index)
    if task.ref in watchlist:
        assert inserted == watchlist
    else:
        assert inserted.tasks.index(task) == min(index, len(watchlist))
        assert inserted.removed([task.ref]) == watchlist


@given(LISTS, REFS)
def test_another_label_changes_that_entry_alone(watchlist: WatchList, ref: TaskRef) -> None:
    relabelled = watchlist.relabelled(ref, "new")
    assert refs(relabelled) == refs(watchlist)
    assert [task.label for task in relabelled] == ["new" if task.ref == ref else task.label for task in watchlist]


@given(LISTS, REFS)
def test_a_task_is_found_when_it_is_watched(watchlist: WatchList, ref: TaskRef) -> None:
    found = watchlist.find(ref)
    assert (found is not None) == (ref in watchlist) == (ref in refs(watchlist))
    assert found is None or found.ref == ref


def test_a_long_list_is_not_walked_through_to_find_a_task() -> None:
    short, long = (WatchList(tuple(WatchedTask(TaskRef("p", f"{one}")) for one in range(size))) for size in (1, 999))
    last = TaskRef("p", "998")
    assert steps(lambda: (last in long, long.find(last))) == steps(lambda: (last in short, short.find(last)))


@pytest.mark.parametrize(
    ("task", "route"),
    [
        (SyncTask(), "– → –"),
        (SyncTask(src_cloud_type="AWS", src_region="eu-1", src_bucket="a", dst_region="cn", dst_bucket="b"), None),
        (SyncTask(src_bucket="a"), "a → –"),
    ],
)
def test_a_route_names_what_is_known(task: SyncTask, route: str | None) -> None:
    assert ListedTask("x", task).route == (route or "AWS eu-1 a → cn b")


def test_what_is_watched_by_way_of_another_profile_is_not_watched_here() -> None:
    listing = Listing(tuple(ListedTask(one, SyncTask()) for one in "abc"))
    watched = {TaskRef("lab", "a"), TaskRef("prod", "b")}
    assert listing.unwatched("lab", watched) == (WatchedTask(TaskRef("lab", "b")), WatchedTask(TaskRef("lab", "c")))


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (Problem(ProblemKind.FORBIDDEN, "no", "OMS.0053", 403), "oms:synctask:list"),
        (Problem(ProblemKind.FORBIDDEN, "no", "IAM.0083", 403), "access to this region"),
        (Problem(ProblemKind.GONE, "no", "OMS.1009", 404), "give their ids"),
        (Problem(ProblemKind.TOKEN, "no", "APIGW.0301", 401), "omstui login lab"),
    ],
)
def test_trouble_comes_with_what_to_do_about_the_list(problem: Problem, words: str) -> None:
    advice = listing_advice(problem, "lab")
    assert words in advice
    assert "synctask:get" not in advice
