from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.core.profile import check_endpoint
from omstui.core.zone import (
    REGIONS,
    nearest_regions,
    offset_name,
    parse_zone,
    region_endpoint,
    region_of_host,
    region_zone,
)


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


NOW = datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)
BEIJING = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("UTC", UTC),
        ("utc", UTC),
        ("GMT", UTC),
        ("Z", UTC),
        ("UTC+08:00", BEIJING),
        ("utc+8", BEIJING),
        ("GMT+0800", BEIJING),
        ("+08:00", BEIJING),
        (" +8 ", BEIJING),
        ("UTC-06:00", timezone(timedelta(hours=-6))),
        ("-09:30", timezone(timedelta(hours=-9, minutes=-30))),
        ("+05:45", timezone(timedelta(hours=5, minutes=45))),
        ("UTC+00:00", timezone(timedelta())),
        ("+14", timezone(timedelta(hours=14))),
        ("America/Santiago", ZoneInfo("America/Santiago")),
        ("Asia/Shanghai", ZoneInfo("Asia/Shanghai")),
    ],
)
def test_zones_are_read_in_the_forms_that_people_write(text: str, zone: tzinfo) -> None:
    assert parse_zone(text) == zone


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "8", "UTC+", "UTC+15", "UTC+14:30", "UTC+8:60", "+08:00:00", "UTC 8", "Beijing", "Asia", "Asia/",
        "Asia/Nowhere", "/etc/passwd", "../../etc/passwd", "a\0b", "\ud800", "x" * 5000, "[bold]",
    ],
)  # fmt: skip
def test_what_is_no_zone_is_refused_with_what_would_be_one(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone: use UTC, an offset such as UTC\\+08:00, or a name"):
        parse_zone(text)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        zone = parse_zone(text)
    except ValueError:
        return
    assert NOW.astimezone(zone) == NOW


@pytest.mark.parametrize(
    ("zone", "at", "name"),
    [
        (UTC, NOW, "UTC+00:00"),
        (BEIJING, NOW, "UTC+08:00"),
        (timezone(timedelta(hours=-9, minutes=-30)), NOW, "UTC-09:30"),
        (timezone(timedelta(minutes=-30)), NOW, "UTC-00:30"),
        (timezone(timedelta(hours=5, minutes=45)), NOW, "UTC+05:45"),
        (ZoneInfo("America/Santiago"), NOW, "UTC-03:00"),
        (ZoneInfo("America/Santiago"), datetime(2026, 6, 1, tzinfo=UTC), "UTC-04:00"),
    ],
)
def test_a_zone_is_named_by_its_offset_at_that_moment(zone: tzinfo, at: datetime, name: str) -> None:
    assert offset_name(zone, at) == name


@given(st.integers(-14 * 60, 14 * 60))
def test_a_named_offset_is_read_back_as_the_same(minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    assert parse_zone(offset_name(zone, NOW)) == zone


@pytest.mark.parametrize(
    ("region", "name"),
    [
        (None, "UTC+00:00"),
        ("cn-north-4", "UTC+08:00"),
        ("cn-brand-new-7", "UTC+08:00"),
        ("ap-southeast-2", "UTC+07:00"),
        ("ap-southeast-3", "UTC+08:00"),
        ("la-north-2", "UTC-06:00"),
        ("eu-west-101", "UTC+00:00"),
        ("xx-unknown-1", "UTC+00:00"),
    ],
)
def test_months_of_a_region_are_named_in_its_own_time(region: str | None, name: str) -> None:
    assert offset_name(region_zone(region), NOW) == name


def test_months_of_the_european_site_are_named_in_its_time_in_summer_too() -> None:
    """It is not in the list of regions."""
    assert offset_name(region_zone("eu-west-101"), datetime(2026, 7, 15, 12, tzinfo=UTC)) == "UTC+01:00"


@pytest.mark.parametrize("region", REGIONS)
def test_the_zone_of_a_known_region_is_the_one_in_its_table(region: str) -> None:
    assert offset_name(region_zone(region), NOW) == offset_name(parse_zone(REGIONS[region].zone), NOW)
