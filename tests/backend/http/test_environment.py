"""Variables that keep requests from being made are found before anything is drawn, and no others are."""

import sys
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from omstui.backend.http.environment import network_variables_error, proxy_for, with_sdk_endpoints
from omstui.core.profile import Profile

ENDPOINT = "https://oms.cn-north-4.myhuaweicloud.com"
CERTIFICATES = Path(__file__).parents[1] / "certificates"
GOOD: tuple[dict[str, str], ...] = (
    {},
    {"HTTPS_PROXY": ""},
    {"HTTPS_PROXY": "proxy.example.com:3128"},
    {"https_proxy": "http://user:pass@proxy.example.com:3128/"},
    {"ALL_PROXY": "https://[::1]:3128"},
    {"ALL_PROXY": "socks5://proxy.example.com:1080"},
    {"HTTP_PROXY": "socks4://s3cr3t:port"},
    {"HTTPS_PROXY": " http://proxy.example.com:3128 ", "ALL_PROXY": "socks4://s3cr3t:port"},
    {"https_proxy": "http://proxy.example.com:3128", "HTTPS_PROXY": "gopher://s3cr3t"},
    {"NO_PROXY": "*"},
    {"NO_PROXY": "localhost, 127.0.0.1,::1,.example.com,10.0.0.0/8,host:8080,"},
    {"NO_PROXY": "a, [::s3cr3t"},
    {"no_proxy": "[::1]", "NO_PROXY": "s3cr3t:port"},
)
BAD = (
    ({"HTTPS_PROXY": "http://user:s3cr3t@[::1"}, "HTTPS_PROXY holds no address of a proxy"),
    ({"https_proxy": "gopher://s3cr3t"}, "https_proxy holds no address of a proxy"),
    ({"ALL_PROXY": "http://s3cr3t:port"}, "ALL_PROXY holds no address of a proxy"),
)


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("variables", GOOD)
def test_what_requests_can_be_made_with_is_not_complained_of(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert network_variables_error(variables) is None
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    httpx.AsyncHTTPTransport(proxy=proxy_for(ENDPOINT))


@pytest.mark.parametrize(("variables", "words"), BAD)
def test_what_it_cannot_take_is_named_without_its_value(
    variables: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentence = network_variables_error(variables)
    assert sentence is not None
    assert words in sentence
    assert "s3cr3t" not in sentence
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises((ValueError, ImportError, httpx.InvalidURL)):
        httpx.AsyncHTTPTransport(proxy=proxy_for(ENDPOINT))


def test_a_kind_of_proxy_that_needs_one_more_package_is_named_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine where it is not installed."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    sentence = network_variables_error({"HTTPS_PROXY": "socks5://s3cr3t:1080"})
    assert sentence is not None
    assert sentence.startswith("HTTPS_PROXY names a SOCKS proxy")
    assert sentence.endswith("pip install 'httpx[socks]'")
    assert "s3cr3t" not in sentence
    monkeypatch.setenv("HTTPS_PROXY", "socks5://s3cr3t:1080")
    with pytest.raises(ImportError, match="socksio"):
        httpx.AsyncHTTPTransport(proxy=proxy_for(ENDPOINT))


@pytest.mark.parametrize(
    ("variables", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://one:1"}, "http://one:1"),
        ({"https_proxy": "one:1"}, "http://one:1"),
        ({"https_proxy": "http://user:pass@[::1]:3128"}, "http://user:pass@[::1]:3128"),
        ({"HTTPS_PROXY": "", "ALL_PROXY": "http://all:1"}, "http://all:1"),
        ({"HTTPS_PROXY": "http://one:1", "ALL_PROXY": "http://all:1"}, "http://one:1"),
        ({"HTTP_PROXY": "http://other:1"}, None),
        ({"HTTPS_PROXY": "http://one:1", "NO_PROXY": "*"}, None),
        ({"HTTPS_PROXY": "http://one:1", "NO_PROXY": "localhost, *"}, None),
        ({"HTTPS_PROXY": "http://one:1", "NO_PROXY": "a, oms.example "}, None),
        ({"HTTPS_PROXY": "http://one:1", "NO_PROXY": "oms.example:8443"}, None),
        ({"HTTPS_PROXY": "http://one:1", "NO_PROXY": ".example"}, None),
        ({"HTTPS_PROXY": "http://one:1", "NO_PROXY": "example"}, None),
        ({"HTTPS_PROXY": "http://one:1", "NO_PROXY": "OMS.Example"}, None),
        ({"HTTPS_PROXY": "http://one:1", "NO_PROXY": "oms.example:443,ms.example,example.com"}, "http://one:1"),
    ],
)
def test_the_proxy_is_the_one_that_the_machine_names(
    variables: dict[str, str], proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert proxy_for("https://oms.example:8443/prefix") == proxy


@pytest.mark.parametrize("excepted", ["fd00::1", "[fd00::1]", "a,fd00::1"])
def test_an_ipv6_address_is_excepted_with_its_brackets_and_without(
    excepted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://one:1")
    monkeypatch.setenv("NO_PROXY", excepted)
    assert proxy_for("https://[fd00::1]") is None
    assert proxy_for("https://[fd00::2]") == "http://one:1"


@pytest.mark.parametrize(
    ("name", "value", "is_good"),
    [
        ("SSL_CERT_FILE", "authority.pem", True),
        ("SSL_CERT_FILE", "nowhere.pem", False),
        ("SSL_CERT_FILE", ".", False),
        ("SSL_CERT_FILE", "../test_client.py", False),
        ("SSL_CERT_DIR", ".", True),
        ("SSL_CERT_DIR", "nowhere", False),
    ],
)
def test_certificates_must_be_where_a_variable_says(name: str, value: str, is_good: bool) -> None:
    sentence = network_variables_error({name: str(CERTIFICATES / value)})
    assert (sentence is None) is is_good
    if sentence is not None:
        assert sentence.startswith(f"The environment variable {name} names no certificates that can be read (")
        assert sentence.endswith("correct or unset it")


# Where the SDK's variables say that IAM and OMS are

LAB = Profile("lab", "https://oms.cn-north-4.myhuaweicloud.com", "p", region="cn-north-4")
OMS, IAM = "HUAWEICLOUD_SDK_REGION_OMS_CN_NORTH_4", "HUAWEICLOUD_SDK_IAM_ENDPOINT"


@pytest.mark.parametrize(
    "value", ["https://oms.example", " oms.example ", "https://oms.example/,https://b.example", "oms.example,b.example"]
)
def test_the_variable_of_a_region_says_where_its_oms_is(value: str) -> None:
    profile = with_sdk_endpoints(LAB, {OMS: value})
    assert (profile.endpoint, profile.endpoint_variable) == ("https://oms.example", OMS)
    assert with_sdk_endpoints(profile, {}) == LAB == profile.as_written


@pytest.mark.parametrize(
    "profile",
    [
        replace(LAB, region="cn-east-3", endpoint="https://oms.cn-east-3.myhuaweicloud.com"),
        replace(LAB, endpoint="https://own.example"),
        replace(LAB, region=None),
    ],
    ids=["another region", "an endpoint of its own", "no region"],
)
def test_what_a_profile_names_itself_goes_before_the_variable(profile: Profile) -> None:
    assert with_sdk_endpoints(profile, {OMS: "https://oms.example"}) == profile


def test_the_variable_for_iam_serves_profiles_that_name_none() -> None:
    profile = with_sdk_endpoints(LAB, {IAM: "iam.example"})
    assert (profile.iam_endpoint, profile.iam_variable) == ("https://iam.example", IAM)
    assert profile.as_written == LAB
    own = replace(LAB, iam_endpoint="https://own.example")
    assert with_sdk_endpoints(own, {IAM: "iam.example"}) == own


@pytest.mark.parametrize("name", [OMS, IAM])
@pytest.mark.parametrize("value", ["http://a.example", "https://user:s3cr3t@a.example", "https:///", "a b"])
def test_a_variable_that_is_no_endpoint_is_named_and_not_used(name: str, value: str) -> None:
    assert with_sdk_endpoints(LAB, {name: value}) == LAB
    sentence = network_variables_error({name: value})
    assert sentence is not None
    assert f"The environment variable {name} is of no use, the " in sentence
    assert "s3cr3t" not in sentence


@pytest.mark.parametrize("environ", [{OMS: "", IAM: " "}, {"HUAWEICLOUD_SDK_REGION_OBS_CN_NORTH_4": "x y"}])
def test_an_empty_variable_and_those_of_other_services_say_nothing(environ: dict[str, str]) -> None:
    assert with_sdk_endpoints(LAB, environ) == LAB
    assert network_variables_error(environ) is None
