from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from omstui.core.profile import (
    LONGEST_NAME,
    Profile,
    check_endpoint,
    check_iam_endpoint,
    check_name,
    check_profile_name,
    endpoint_zone,
    is_loopback,
)
from omstui.core.zone import offset_name


@pytest.mark.parametrize("name", ["a", "7", "prod-bj4", "a.b_c-d", "A" * 64])
def test_a_plain_name_is_a_profile_name(name: str) -> None:
    assert check_profile_name(name) == name


@pytest.mark.parametrize("name", ["", "-a", ".a", "_a", "a b", "a/b", "a\n", "ü", "a[b]", "A" * 65, "\x1b[31m"])
def test_what_could_be_misread_in_files_is_no_profile_name(name: str) -> None:
    with pytest.raises(ValueError, match="is not a profile name: use letters, digits, dots") as raised:
        check_profile_name(name)
    assert str(raised.value).isprintable()
    assert repr(name[:40]) in str(raised.value)


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://oms.cn-north-4.myhuaweicloud.com", "https://oms.cn-north-4.myhuaweicloud.com"),
        (" https://oms.example/ \n", "https://oms.example"),
        ("HTTPS://oms.example", "https://oms.example"),
        ("https://oms.example:8443/prefix/", "https://oms.example:8443/prefix"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://127.0.0.1:4711", "http://127.0.0.1:4711"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://localhost:4711/", "http://localhost:4711"),
        ("http://LocalHost", "http://LocalHost"),
        ("http://[::1]:4711", "http://[::1]:4711"),
        ("https://oms.example/X//", "https://oms.example/X"),
    ],
)
def test_an_endpoint_is_kept_in_its_plain_form(url: str, endpoint: str) -> None:
    assert check_endpoint(url) == endpoint
    assert check_endpoint(endpoint) == endpoint


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "^the endpoint '' is not a URL: write it as https://oms.cn-north-4.myhuaweicloud.com"),
        ("oms.example", "is not a URL"),
        ("oms.example:443", "is not a URL"),
        ("//oms.example", "is not a URL"),
        ("ftp://oms.example", "is not a URL"),
        ("file:///etc/passwd", "is not a URL"),
        ("https://", "is not a URL"),
        ("https://:443", "is not a URL"),
        ("https:///path", "is not a URL"),
        ("https://oms.example:99999", "is not a URL"),
        ("https://oms.example:x", "is not a URL"),
        ("https://[::1", "is not a URL"),
        ("https://oms example", "is not a URL"),
        ("https://oms.\nexample", "is not a URL"),
        ("https://oms.example/a\tb", "is not a URL"),
        ("https://oms.example/\x1b[31m", "is not a URL"),
        ("https://oms.example\u200b", "is not a URL"),
        ("https://oms.example?x=1", "must not hold a query or a fragment"),
        ("https://oms.example?", "must not hold a query or a fragment"),
        ("https://oms.example/#top", "must not hold a query or a fragment"),
        ("http://oms.example", "would send the token in clear: use https"),
        ("http://10.0.0.1", "would send the token in clear: use https"),
        ("http://localhost.example", "would send the token in clear: use https"),
        ("http://127.0.0.1.example", "would send the token in clear: use https"),
        ("http://0.0.0.0", "would send the token in clear: use https"),
    ],
)
def test_what_is_no_endpoint_is_refused_with_the_reason(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        check_endpoint(url)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("scheme", ["x", "https://[", "http://"])
def test_of_a_long_endpoint_80_characters_are_repeated(scheme: str) -> None:
    with pytest.raises(ValueError, match="the endpoint") as raised:
        check_endpoint(scheme + "y" * 100)
    assert f"'{(scheme + 'y' * 100)[:80]}'" in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@oms.example",
        "https://hunter2@oms.example",
        "http://hunter2@localhost",
        "ftp://user:hunter2@oms.example",
        "https://user:hunter2@oms.example:x",
        "user:hunter2@oms.example",
        "https://@oms.example",
    ],
)
def test_a_password_in_an_endpoint_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="must not hold a user or a password") as raised:
        check_endpoint(url)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "iam.example",
            "the IAM endpoint 'iam.example' is not a URL: write it as https://iam.cn-north-4.myhuaweicloud",
        ),
        ("https://[::1", "the IAM endpoint 'https://.*' is not a URL"),
        ("http://iam.example", "the IAM endpoint 'http://iam.example' would send secrets in clear"),
        ("https://iam.example?x", "the IAM endpoint must not hold a query"),
        ("https://user:hunter2@iam.example", "the IAM endpoint must not hold a user or a password"),
    ],
)
def test_an_iam_endpoint_is_refused_for_the_same_reasons_under_its_own_name(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_iam_endpoint(url)


@pytest.mark.parametrize("url", ["https://iam.example/", "http://127.0.0.1:9/"])
def test_an_iam_endpoint_is_kept_in_its_plain_form(url: str) -> None:
    assert check_iam_endpoint(url) == url.rstrip("/")


@pytest.mark.parametrize("name", ["oms-watcher", "\u90e8\u95e8 A", "a@b.example", "x" * LONGEST_NAME])
def test_a_name_in_the_account_is_whatever_can_be_printed(name: str) -> None:
    assert check_name(f" {name}\n", "user name") == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the user name is empty"),
        (" \n", "the user name is empty"),
        ("a\x1b[31mb", "the user name cannot be one: it holds characters that cannot be printed"),
        ("a\nb", "the user name cannot be one"),
        ("x" * 256, "the user name has 256 characters, at most 255 are possible"),
    ],
)
def test_what_is_no_name_is_refused_and_not_repeated(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        check_name(text, "user name")
    assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    ("host", "is_so"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("127.0.0.1", True),
        ("127.255.0.9", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("128.0.0.1", False),
        ("::2", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_loopback_is_this_machine_alone(host: str, is_so: bool) -> None:
    assert is_loopback(host) is is_so


@pytest.mark.parametrize(
    ("endpoint", "region", "name"),
    [
        ("https://oms.la-north-2.myhuaweicloud.com", None, "UTC-06:00"),
        ("https://oms.la-north-2.myhuaweicloud.com", "cn-north-4", "UTC+08:00"),
        ("https://oms.example", "sa-brazil-1", "UTC-03:00"),
        ("https://oms.example", None, "UTC+00:00"),
        ("http://127.0.0.1:4711", None, "UTC+00:00"),
    ],
)
def test_the_zone_follows_from_the_region_given_else_from_the_host(
    endpoint: str, region: str | None, name: str
) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    assert offset_name(endpoint_zone(endpoint, region), at) == name


def test_a_profile_signs_in_with_a_token_and_names_months_in_utc_unless_told_otherwise() -> None:
    profile = Profile("p", "https://oms.example", "x")
    assert (profile.auth, profile.region, profile.zone) == ("token", None, UTC)


OURS = Profile("p", "https://oms.cn-north-4.myhuaweicloud.com", "x")
FOREIGN = Profile("p", "https://oms.example", "x")


@pytest.mark.parametrize(
    ("profile", "region"),
    [
        (OURS, "cn-north-4"),
        (FOREIGN, None),
        (replace(FOREIGN, region="eu-west-101"), "eu-west-101"),
        (replace(FOREIGN, endpoint="http://127.0.0.1:4711"), None),
    ],
)
def test_only_the_services_own_endpoints_have_to_do_with_a_regions_iam(profile: Profile, region: str | None) -> None:
    assert profile.iam_region == region


@pytest.mark.parametrize(
    ("profile", "missing"),
    [
        (FOREIGN, ()),
        (replace(FOREIGN, project_id=""), ("project_id",)),
        (replace(FOREIGN, project_id="", project_name="dr"), ("project_id",)),
        (replace(OURS, auth="aksk"), ()),
        (replace(OURS, auth="ecs"), ()),
        (replace(OURS, auth="ecs", project_id="", project_name="dr"), ("project_id",)),
        (replace(OURS, auth="aksk", project_id="", project_name="dr"), ("project_id",)),
        (replace(OURS, auth="command"), ("token_command",)),
        (replace(OURS, auth="command", token_command=("a",)), ()),
        (replace(OURS, auth="password"), ("user", "domain")),
        (replace(OURS, auth="password", user="u"), ("domain",)),
        (replace(OURS, auth="password", user="u", domain="d"), ()),
        (replace(OURS, auth="password", user="u", domain="d", project_id=""), ("project_id",)),
        (replace(OURS, auth="password", user="u", domain="d", project_id="", project_name="dr"), ()),
        (replace(FOREIGN, auth="password", user="u", domain="d"), ("iam_endpoint",)),
        (replace(FOREIGN, auth="password", user="u", domain="d", iam_endpoint="https://iam.example"), ()),
        (replace(FOREIGN, auth="password", user="u", domain="d", region="cn-north-4"), ()),
    ],
)
def test_each_way_to_sign_in_needs_its_own_fields(profile: Profile, missing: tuple[str, ...]) -> None:
    assert profile.missing == missing


@pytest.mark.parametrize(
    ("auth", "idle"),
    [
        ("token", ("user", "domain", "token_command", "key_command")),
        ("password", ("token_command", "key_command")),
        ("aksk", ("user", "domain", "token_command", "secret_store")),
        ("command", ("user", "domain", "key_command", "secret_store")),
        ("ecs", ("user", "domain", "token_command", "key_command", "secret_store")),
    ],
)
def test_what_serves_another_way_is_idle(auth: str, idle: tuple[str, ...]) -> None:
    commands = replace(OURS, token_command=("a",), key_command=("b",))
    full = replace(commands, user="u", domain="d", secret_store="file", iam_endpoint="https://iam")
    is_run = auth in {"aksk", "command"}
    with_variables = replace(full, auth=auth, command_env=("HW_SECRET_KEY",))
    assert ("command_env" in with_variables.idle) is not is_run
    assert replace(full, auth=auth).idle == idle
    assert replace(OURS, auth=auth).idle == ()


@pytest.mark.parametrize(
    ("profile", "needs_one"),
    [
        (OURS, True),
        (replace(OURS, auth="password"), True),
        (replace(OURS, auth="aksk"), True),
        (replace(OURS, auth="aksk", key_command=("a",)), False),
        (replace(OURS, auth="token", key_command=("a",)), True),
        (replace(OURS, auth="command"), False),
        (replace(OURS, auth="ecs"), False),
    ],
)
def test_a_command_or_the_server_itself_gives_what_no_person_has_to(profile: Profile, needs_one: bool) -> None:
    assert profile.needs_secret is needs_one


@pytest.mark.parametrize(("store", "does_so"), [("keyring", True), ("file", True), ("memory", False)])
def test_only_what_is_in_memory_ends_with_the_program(store: str, does_so: bool) -> None:
    assert replace(OURS, secret_store=store).outlasts_run is does_so
