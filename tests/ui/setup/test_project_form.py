import pytest

from omstui.ui.setup.project_form import ProjectEndpoint, read_endpoint, region_remark


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("cn-north-4", ProjectEndpoint("https://oms.cn-north-4.myhuaweicloud.com", "cn-north-4")),
        ("CN-North-4", ProjectEndpoint("https://oms.cn-north-4.myhuaweicloud.com", "cn-north-4")),
        ("eu-west-101", ProjectEndpoint("https://oms.eu-west-101.myhuaweicloud.eu", "eu-west-101")),
        ("xx-new-9", ProjectEndpoint("https://oms.xx-new-9.myhuaweicloud.com", "xx-new-9")),
        (
            "https://oms.ap-southeast-3.myhuaweicloud.com/",
            ProjectEndpoint("https://oms.ap-southeast-3.myhuaweicloud.com", "ap-southeast-3"),
        ),
        ("https://oms.example.com/base", ProjectEndpoint("https://oms.example.com/base", None)),
        ("http://127.0.0.1:8000", ProjectEndpoint("http://127.0.0.1:8000", None)),
    ],
)
def test_a_region_or_a_url_says_where_tasks_are_asked_for(text: str, place: ProjectEndpoint) -> None:
    assert read_endpoint(text) == place


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the region is missing"),
        ("cn north 4", "is not a region"),
        ("cn_north", "is not a region"),
        ("cn_north-4", "'cn_north-4' is not a region: write cn-north-4, or a whole URL"),
        ("a/../b", "is not a region"),
        ("evil.com#", "is not a region"),
        ("x.evil.com/", "is not a region"),
        ("http://oms.example.com", "would send the token in clear"),
        ("https://user:pw@oms.example.com", "must not hold a user"),
        ("ftp://oms.example.com", "is not a URL"),
        ("https://", "is not a URL"),
    ],
)
def test_what_is_neither_is_refused_in_words(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_endpoint(text)


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("", ""),
        ("cn-north-4", "Beijing 4"),
        ("CN-NORTH-4", "Beijing 4"),
        ("ap-s", "→ Hong Kong"),
        ("cn-north-1", "Beijing 1"),
        ("eu-west-101", "Dublin"),
        ("xx", "region not known here"),
        ("cn-nort-4", "is it cn-north-4?"),
        ("https://oms.example.com", "an endpoint of your own"),
    ],
)
def test_the_place_is_told_while_the_region_is_typed(text: str, remark: str) -> None:
    assert region_remark(text) == remark
