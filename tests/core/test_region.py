import pytest

from omstui.core.profile import check_endpoint
from omstui.core.region import REGIONS, nearest_regions, region_endpoint, region_of_host
from omstui.core.zone import parse_zone


@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        ("cn-north-4", "https://oms.cn-north-4.myhuaweicloud.com"),
        ("ap-southeast-3", "https://oms.ap-southeast-3.myhuaweicloud.com"),
        ("eu-west-101", "https://oms.eu-west-101.myhuaweicloud.eu"),
        ("xx-new-9", "https://oms.xx-new-9.myhuaweicloud.com"),
    ],
)
def test_an_endpoint_follows_from_the_region_known_or_new(region: str, endpoint: str) -> None:
    assert region_endpoint(region) == endpoint


def test_the_regions_are_the_21_of_the_sdk_s_list() -> None:
    """The European site is not among them; a profile may name it all the same."""
    assert set(REGIONS) == {
        "af-south-1", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
        "cn-east-2", "cn-east-3", "cn-east-4", "cn-north-1", "cn-north-4", "cn-north-9", "cn-north-12", "cn-south-1",
        "cn-south-4", "cn-southwest-2", "la-north-2", "la-south-2", "me-east-1", "sa-brazil-1", "tr-west-1",
    }  # fmt: skip


@pytest.mark.parametrize("region", REGIONS)
def test_each_known_region_has_an_endpoint_that_leads_back_to_it_and_a_zone(region: str) -> None:
    endpoint = region_endpoint(region)
    assert check_endpoint(endpoint) == endpoint
    assert region_of_host(endpoint.removeprefix("https://")) == region
    parse_zone(REGIONS[region].zone)
    assert REGIONS[region].place


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("oms.cn-north-4.myhuaweicloud.com", "cn-north-4"),
        ("OMS.CN-North-4.MyHuaweiCloud.com", "cn-north-4"),
        ("oms.eu-west-101.myhuaweicloud.eu", "eu-west-101"),
        ("oms.xx-new-9.myhuaweicloud.com", "xx-new-9"),
        ("obs.cn-north-4.myhuaweicloud.com", None),
        ("oms.cn-north-4.myhuaweicloud.com.evil.example", None),
        ("evil.oms.cn-north-4.myhuaweicloud.com", None),
        ("oms.myhuaweicloud.com", None),
        ("omsxcn-north-4xmyhuaweicloud.com", None),
        ("127.0.0.1", None),
        ("", None),
    ],
)
def test_a_host_belongs_to_a_region_when_it_is_one_of_the_service(host: str, region: str | None) -> None:
    assert region_of_host(host) == region


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        (" Jakarta\n", ["ap-southeast-4"]),
        ("DUBLIN", []),
        ("bei", ["cn-north-1", "cn-north-4"]),
        ("be", []),
        ("ang", ["cn-east-2", "cn-east-3", "cn-south-1"]),
        ("tr-west", ["tr-west-1"]),
        ("CN-North4", ["cn-north-4", "cn-north-9", "cn-north-1"]),
        ("us-east-1", ["me-east-1"]),
        ("eu-central", []),
        ("", []),
    ],
)
def test_a_name_that_is_none_leads_to_at_most_three_that_are_like_it(text: str, regions: list[str]) -> None:
    """By the place, of which three letters are enough, and by spelling, where little may differ."""
    assert nearest_regions(text) == regions
