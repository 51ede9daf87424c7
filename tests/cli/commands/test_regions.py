"""`omstui regions`, and what login says about places."""

import json
from pathlib import Path

import pytest

from omstui.core.zone import REGIONS
from omstui.demo.clock import SteppedClock
from tests.cli.machine import Machine


@pytest.fixture
def machine(tmp_path: Path, stepped_clock: SteppedClock) -> Machine:
    return Machine(tmp_path, stepped_clock)


@pytest.mark.parametrize("argv", [["regions"], ["login", "--region", "?"]])
def test_regions_are_listed_with_their_places(machine: Machine, argv: list[str]) -> None:
    assert machine.omstui(*argv) == 0
    assert [line.split()[0] for line in machine.out.splitlines()] == list(REGIONS)
    assert "ap-southeast-3  Singapore                      UTC+08:00" in machine.out
    assert not machine.folders.config_file.exists()


def test_scripts_read_regions_too(machine: Machine) -> None:
    assert machine.omstui("regions", "--json") == 0
    assert json.loads(machine.out)[0] == {"region": "cn-north-1", "place": "Beijing 1", "zone": "UTC+08:00"}


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ("cn-nroth-4", "Did you mean cn-north-4 (Beijing 4)"),
        ("singapore", "Did you mean ap-southeast-3 (Singapore)?"),
        ("xx-mars-1", "omstui regions lists them."),
    ],
)
def test_an_unlisted_region_is_remarked_upon_and_tried_all_the_same(machine: Machine, region: str, words: str) -> None:
    """New regions appear without notice."""
    assert machine.omstui("login", "lab", "--region", region, "--project-id", "p1") == 2
    assert f"{region} is not among the regions" in machine.err
    assert words in machine.err
    assert (
        machine.omstui("login", "lab", "--region", region, "--project-id", "p1", "--secret-stdin", stdin="x" * 40) == 0
    )
    assert machine.requests[0].url.host == f"oms.{region}.myhuaweicloud.com"


def test_no_other_region_is_suggested_for_one_of_the_european_site(machine: Machine) -> None:
    assert machine.omstui("login", "lab", "--region", "eu-west-101", "--project-id", "p1") == 2
    assert "eu-west-101 (Dublin) is of the European site: " in machine.err
    assert "Did you mean" not in machine.err


def test_what_cannot_be_a_region_is_told_with_those_like_it(machine: Machine) -> None:
    assert machine.omstui("login", "--region", "Hong Kong") == 2
    assert "'Hong Kong' is not a region: write it as ap-southeast-1" in machine.err


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://oms.partner.example/v2/x", "has a path, '/v2/x': write https://oms.partner.example"),
        ("http://oms.partner.example", "use https"),
        ("https://", "is not a URL"),
    ],
)
def test_an_endpoint_is_scheme_and_host(machine: Machine, url: str, words: str) -> None:
    assert machine.omstui("login", "lab", "--endpoint", url, "--project-id", "p1", "--secret-stdin") == 2
    assert words in machine.err
    assert not machine.requests


@pytest.mark.parametrize(
    ("argv", "is_told"),
    [
        (["--endpoint", "https://oms.partner.example"], True),
        (["--endpoint", "https://oms.partner.example", "--zone", "Europe/Berlin"], False),
        (["--endpoint", "https://oms.eu-west-101.myhuaweicloud.eu"], False),
    ],
)
def test_a_place_whose_zone_is_not_known_is_told_to_be_utc(machine: Machine, argv: list[str], is_told: bool) -> None:
    line = ["login", "lab", *argv, "--project-id", "p1", "--secret-stdin"]
    assert machine.omstui(*line, stdin="x" * 40) == 0
    assert ("so UTC does: omstui login lab --zone Z" in machine.err) is is_told
    assert machine.omstui(*line, stdin="x" * 40) == 0
    assert "so UTC does" not in machine.err
