"""What a project has."""

import pytest

from omstui.core.listing import ListedTask, Listing, listing_advice
from omstui.core.problem import Problem, ProblemKind
from omstui.core.task import SyncTask, TaskRef
from omstui.core.watchlist import WatchedTask


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
