"""`config.toml` is read strictly, changed sparingly, and its mistakes are named with what is accepted."""

import stat
from datetime import UTC, timedelta, timezone
from math import inf
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from omstui.backend.files.config import Config, ConfigFile
from omstui.backend.runtime import files
from omstui.backend.runtime.files import FileError
from omstui.core.profile import Profile
from omstui.core.settings import AlertSettings, Settings

CST = timezone(timedelta(hours=8))
BJ4 = Profile("prod-bj4", "https://oms.cn-north-4.myhuaweicloud.com", "p1", region="cn-north-4", zone=CST)
LAB = Profile("lab", "http://127.0.0.1:8080", "p2")

PLAIN = "[profiles.x]\nregion = 'cn-north-4'\nproject_id = 'p'\n"

HAND_WRITTEN = """\
# Mine.
interval = "90s" # slow

# Production.
[profiles.prod-bj4] # north
region = "cn-north-4"
project_id = "p1"   # the old one
colour = "red"

# How it looks.
[settings]
theme = "plain"

[keys]
"month.next" = "n"

# The lab.
[profiles.lab]
endpoint = "http://127.0.0.1:8080"
project_id = "p2"
zone = "Asia/Shanghai"
# end
"""


def file_with(tmp_path: Path, text: str) -> ConfigFile:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return ConfigFile(path)


def test_a_missing_file_is_a_config_of_defaults(tmp_path: Path) -> None:
    assert ConfigFile(tmp_path / "none" / "config.toml").load() == Config({}, Settings(), ())


def test_a_full_file_is_read(tmp_path: Path) -> None:
    config = file_with(tmp_path, HAND_WRITTEN).load()
    assert config.profiles == {
        "prod-bj4": BJ4,
        "lab": replace(LAB, zone=ZoneInfo("Asia/Shanghai")),
    }
    assert config.settings == Settings(interval=90.0, theme="plain", keys={"month.next": "n"})
    assert config.remarks == (
        f"{tmp_path}/config.toml, line 8: colour in [profiles.prod-bj4] means nothing to this version and is ignored",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", AlertSettings()),
        ("[alerts]", AlertSettings()),
        ("[alerts]\nquiet = true", AlertSettings(quiet=True)),
        ('[alerts]\non_alert = ["page", "-u", "me"]', AlertSettings(on_alert=("page", "-u", "me"))),
        ("[alerts]\nburst = 5", AlertSettings(burst=5)),
    ],
)
def test_what_is_told_and_how_has_a_table_of_its_own(tmp_path: Path, text: str, expected: AlertSettings) -> None:
    config = file_with(tmp_path, text).load()
    assert config.settings.alerts == expected
    assert not config.remarks


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("alerts = true", "alerts: it must be a table, written as [alerts]"),
        ("[alerts]\nquiet = 1", "quiet in [alerts]: it must be true or false, without quotes"),
        ("[alerts]\nburst = 0", "burst in [alerts]: it must be a whole number from 1 to 1,000,000,000, without quotes"),
        ("[alerts]\nburst = true", "burst in [alerts]: it must be a whole number"),
        ("[alerts]\nburst = 2.5", "burst in [alerts]: it must be a whole number"),
        (
            '[alerts]\non_alert = "page me"',
            (
                "on_alert in [alerts]: it must be a list of texts, the program and its arguments, "
                'written as on_alert = ["/usr/local/bin/page-me"]'
            ),
        ),
        ("[alerts]\non_alert = []", "on_alert in [alerts]: it names no program"),
        ("[alerts]\ntoken = 'x'", "token in [alerts]: a secret does not belong in this file"),
        (f"{PLAIN}alerts = 0", "alerts in [profiles.x]: it must be true or false"),
    ],
)
def test_a_mistake_about_alerts_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FileError) as caught:
        file_with(tmp_path, text).load()
    assert message in str(caught.value)


def test_a_profile_can_be_left_out_of_alerts_and_stays_so_when_it_is_written(tmp_path: Path) -> None:
    config = file_with(tmp_path, f"{PLAIN}alerts = false\n")
    profile = config.load().profiles["x"]
    assert profile.alerts is False
    config.put_profile(replace(profile, project_id="q"))
    assert config.load().profiles["x"] == replace(profile, project_id="q")


def test_a_profile_may_have_a_colour_which_stays_when_it_is_written(tmp_path: Path) -> None:
    config = file_with(tmp_path, f"{PLAIN}color = 'red'\n")
    profile = config.load().profiles["x"]
    assert profile.color == "red"
    config.put_profile(replace(profile, project_id="p9"))
    assert config.load().profiles["x"].color == "red"


def test_no_profile_has_a_colour_by_itself(tmp_path: Path) -> None:
    """Not even production: red is what alarms are shown in."""
    config = file_with(tmp_path, PLAIN.replace("profiles.x", "profiles.prod"))
    assert config.load().profiles["prod"].color is None


def test_an_unknown_key_about_alerts_is_remarked_upon(tmp_path: Path) -> None:
    assert "sound in [alerts] means nothing" in file_with(tmp_path, "[alerts]\nsound = 1").load().remarks[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Settings()),
        ("interval = 30", Settings(interval=30.0)),
        ("interval = 12.5", Settings(interval=12.5)),
        ('interval = "5m"', Settings(interval=300.0)),
        ("ascii = true\nmouse = false\nthin = true", Settings(ascii=True, mouse=False, thin=True)),
        ("[settings]\nascii = true\nmouse = false", Settings(ascii=True, mouse=False)),
        ('[settings]\nhistory = "90d"', Settings(history=timedelta(days=90))),
        ('history = "off"', Settings(history=None)),
        ('silent_after = "2h"', Settings(silent_after=7200.0)),
        ('[settings]\nsilent_after = "auto"', Settings(silent_after=None)),
        ('silent_after = "off"', Settings(silent_after=inf)),
        ('[settings.keys]\nquit = "Q"', Settings(keys={"quit": "Q"})),
        ('interval = "10s"\n[settings]\ntheme = "x"', Settings(interval=10.0, theme="x")),
    ],
)
def test_settings_stand_at_the_top_or_in_their_table(tmp_path: Path, text: str, expected: Settings) -> None:
    assert file_with(tmp_path, text).load().settings == expected


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ('region = "cn-north-4"\nproject_id = "p"', Profile("x", BJ4.endpoint, "p", region="cn-north-4", zone=CST)),
        ('region = "eu-west-101"\nproject_id = "p"\nzone = "UTC"', "https://oms.eu-west-101.myhuaweicloud.eu"),
        ('endpoint = "https://oms.cn-north-4.myhuaweicloud.com/"\nproject_id = "p"', CST),
        ('endpoint = "https://oms.example.com"\nregion = "cn-north-4"\nproject_id = "p"', "https://oms.example.com"),
        ('endpoint = "https://oms.example.com"\nproject_id = "p"', UTC),
        (
            'endpoint = "http://[::1]:9"\nproject_id = "p"\nauth = "token"\nzone = "UTC-3"',
            timezone(timedelta(hours=-3)),
        ),
    ],
)
def test_endpoint_region_and_zone_complete_each_other(tmp_path: Path, table: str, expected: object) -> None:
    profile = file_with(tmp_path, f"[profiles.x]\n{table}\n").load().profiles["x"]
    assert expected in {profile, profile.endpoint, profile.zone}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("interval = ", "line 1: is not TOML"),
        ("interval = true", 'interval: it must be a time, written as interval = "60s"'),
        ('interval = "5"', "interval: an interval of 5 is not possible: from 10s to 1h"),
        ('[settings]\ninterval = "soon"', "interval in [settings]: 'soon' is not an interval: write it as 60s or 5m"),
        ("interval = nan", "interval: an interval of nan is not possible"),
        ("silent_after = 5", 'silent_after: it must be text, written as silent_after = "..."'),
        ('silent_after = "1s"', "silent_after: silence after 1s is not possible: from 1m to 90d"),
        ("history = false", 'history: it must be text, written as history = "..."'),
        ('history = "long"', "history: 'long' is not a span of days: write it as 400d or 2y, or off"),
        ("theme = 3", 'theme: it must be text, written as theme = "..."'),
        ('ascii = "yes"', "ascii: it must be true or false, without quotes"),
        ("[settings]\nmouse = 1", "mouse in [settings]: it must be true or false"),
        ("mouse = true\n[settings]\nmouse = true", "mouse in [settings]: it is set at the top of the file as well"),
        ("settings = 1", "settings: it must be a table, written as [settings]"),
        ("keys = []", "keys: it must be a table, written as [keys]"),
        ("[keys]\nquit = 1", "quit in [keys]: it must be text"),
        ("profiles = []", "profiles: it must be a table, written as [profiles]"),
        ("[profiles]\nlab = 1", "lab in [profiles]: it must be a table, written as [profiles.lab]"),
        ('[profiles."a b"]', "[profiles.\"a b\"]: 'a b' is not a profile name"),
        ("[profiles.x]\nproject_id = 'p'", "[profiles.x]: it has neither region nor endpoint"),
        ("[profiles.x]\nregion = 'cn-north-4'", "[profiles.x]: it has no project_id"),
        ("[profiles.x]\nregion = 'evil.com/'", "region in [profiles.x]: 'evil.com/' is not a region"),
        ("[profiles.x]\nregion = ['a']", "region in [profiles.x]: it must be text"),
        ("[profiles.x]\nendpoint = 'http://oms.example.com'", "endpoint in [profiles.x]: the endpoint"),
        ("[profiles.x]\nendpoint = 'https://u:p@h'", "endpoint in [profiles.x]: the endpoint must not hold a user"),
        ("[profiles.x]\nregion = 'cn-north-4'\nproject_id = 'a/b'", "project_id in [profiles.x]: 'a/b' is not a"),
        ("[profiles.x]\nregion = 'cn-north-4'\nproject_id = ''", "project_id in [profiles.x]: it must be text"),
        (
            "[profiles.x]\nregion = 'cn-north-4'\nproject_id = 'p'\nauth = 'magic'",
            "auth in [profiles.x]: 'magic' is not a way to sign in: use token, password, aksk, command or ecs",
        ),
        (f"{PLAIN}auth = 'password'\ndomain = 'd'", '[profiles.x]: auth = "password" needs user, write user = "..."'),
        (f"{PLAIN}auth = 'password'\nuser = 'u'", '[profiles.x]: auth = "password" needs domain, write domain = "..."'),
        (f"{PLAIN}auth = 'command'", 'auth = "command" needs token_command, write token_command = ["vault", "read"'),
        (
            "[profiles.x]\nendpoint = 'https://a'\nproject_id = 'p'\nauth = 'password'\nuser = 'u'\ndomain = 'd'",
            'needs iam_endpoint, write iam_endpoint = "https://..."',
        ),
        (
            "[profiles.x]\nregion = 'cn-north-4'\nproject_name = 'dr'",
            "[profiles.x]: it has no project_id, and a name alone will not do, write project_id =",
        ),
        (f"{PLAIN}token_command = 'vault read'", "token_command in [profiles.x]: it must be a list of texts, the pro"),
        (f"{PLAIN}key_command = 'vault read'", "key_command in [profiles.x]: it must be a list of texts, the program"),
        (f"{PLAIN}command_env = 'A'", "command_env in [profiles.x]: it must be a list of names of environment variabl"),
        (f"{PLAIN}command_env = ['A=b']", "command_env in [profiles.x]: it must be a list of names of environment var"),
        (f"{PLAIN}key_command = []", 'it names no program, write key_command = ["vault", "read", "-format=json"'),
        (f"{PLAIN}token_command = ['vault', 3]", "token_command in [profiles.x]: it must be a list of texts, the pro"),
        (f"{PLAIN}token_command = []", "token_command in [profiles.x]: it names no program, write token_command ="),
        (f"{PLAIN}token_command = ['']", "token_command in [profiles.x]: it names no program"),
        (f"{PLAIN}token_command = ['a', \"\\u0000\"]", "token_command in [profiles.x]: it holds a zero byte"),
        (f"{PLAIN}color = 'pink'", "color in [profiles.x]: 'pink' is not a colour for a profile: use red, yellow"),
        (
            f"{PLAIN}secret_store = 'cloud'",
            "secret_store in [profiles.x]: 'cloud' is not a place for secrets: use keyring, memory, file or kernel",
        ),
        (f"{PLAIN}iam_endpoint = 'http://iam.example'", "iam_endpoint in [profiles.x]: the IAM endpoint 'http://iam"),
        (f'{PLAIN}user = "a\\u001bb"', "user in [profiles.x]: the user name cannot be one"),
        (f"{PLAIN}domain = ' '", "domain in [profiles.x]: the account name is empty"),
        (f"{PLAIN}project_name = 3", "project_name in [profiles.x]: it must be text"),
        (
            "[profiles.x]\nregion = 'cn-north-4'\nproject_id = 'p'\nzone = 'Moon'",
            "zone in [profiles.x]: 'Moon' is not a time zone: use UTC",
        ),
    ],
)
def test_a_wrong_value_is_named_with_file_table_and_key(tmp_path: Path, text: str, message: str) -> None:
    config = file_with(tmp_path, text)
    with pytest.raises(FileError) as caught:
        config.load()
    assert str(caught.value).startswith(f"{config.path}")
    assert message in str(caught.value)
    with pytest.raises(FileError):
        config.put_profile(LAB)
    assert config.path.read_text() == text


MISTAKEN = """\
interval = "5"
region = "typo"

[profiles.lab]
region = "cn-north-4"
project_id = "a/b"
auth = "magic"
token_command = [
    "vault",
    3,
]

[profiles.dr]   # neither region nor endpoint
project_id = "p"

[settings]
ascii = "yes"
"""


def sentences(config: ConfigFile) -> list[str]:
    with pytest.raises(FileError) as caught:
        config.load()
    assert all(sentence.startswith(f"{config.path}, line ") for sentence in caught.value.sentences)
    return [sentence.removeprefix(f"{config.path}, ") for sentence in caught.value.sentences]


def test_all_that_is_wrong_is_named_at_once_each_with_its_line(tmp_path: Path) -> None:
    """The value of several lines has that of its key, what is missing that of its table."""
    config = file_with(tmp_path, MISTAKEN)
    assert [sentence.split(": ")[:2] for sentence in sentences(config)] == [
        ["line 1", "interval"],
        ["line 2", "region means nothing to this version and is ignored"],
        ["line 6", "project_id in [profiles.lab]"],
        ["line 7", "auth in [profiles.lab]"],
        ["line 8", "token_command in [profiles.lab]"],
        ["line 13", "[profiles.dr]"],
        ["line 17", "ascii in [settings]"],
    ]
    with pytest.raises(
        FileError,
        match=r"config\.toml, line 1: interval: .*; line 2: region means .*; line 6: project_id in .*; line 17: ascii ",
    ):
        config.load()


@pytest.mark.parametrize("value", ["x = [\n" + '"a",\n' * 3000 + "]", "a." * 900 + "b = 1"], ids=["long", "deep"])
def test_a_line_is_found_below_any_value(tmp_path: Path, value: str) -> None:
    assert f"line {value.count(chr(10)) + 2}: theme" in [
        sentence.rpartition(": ")[0] for sentence in sentences(file_with(tmp_path, f"{value}\ntheme = 3\n"))
    ]


def test_a_setting_given_twice_is_checked_in_both_places(tmp_path: Path) -> None:
    text = "theme = 3\n[settings]\ntheme = 4\n"
    assert [sentence.split(",")[0] for sentence in sentences(file_with(tmp_path, text))] == [
        "line 1: theme: it must be text",
        "line 3: theme in [settings]: it must be text",
        "line 3: theme in [settings]: it is set at the top of the file as well",
    ]


def test_unknown_names_are_told_along_with_mistakes_and_a_secret_once(tmp_path: Path) -> None:
    text = 'sound = true\n[profile.lab]\nregion = "cn-north-4"\n[profiles.dr]\nregion = 3\nproject = "p"\ntoken = "t"\n'
    assert [sentence.split(" means ")[0].split(": ")[:2] for sentence in sentences(file_with(tmp_path, text))] == [
        ["line 1", "sound"],
        ["line 2", "profile"],
        ["line 4", "[profiles.dr]"],
        ["line 5", "region in [profiles.dr]"],
        ["line 6", "project in [profiles.dr]"],
        ["line 7", "token in [profiles.dr]"],
    ]


def test_lines_that_are_not_toml_are_named_with_what_is_wrong_elsewhere(tmp_path: Path) -> None:
    """A profile is not told to lack what stands on such a line."""
    text = (
        '[profiles.lab]\nregion = cn-north-4\nproject_id = "a/b"\n\n[settings]\nascii = yes\ntheme = 3\ntheme = "x"\n'
    )
    assert [sentence[:22] for sentence in sentences(file_with(tmp_path, text))] == [
        "line 2: is not TOML: i",
        "line 3: project_id in ",
        "line 6: is not TOML: i",
        "line 7: theme in [sett",
        "line 8: is not TOML: c",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[profiles.lab]\ntoken_command = ["a",\nregion = "cn-north-4"\nproject_id = "p"\n', 3),
        ('[profiles.lab]\nregion = """cn-north-4\nproject_id = "p"\nauth = "magic"\n', 4),
        ('[profiles.a]\nregion = "cn-north-4"\n[profiles.b\nregion = "cn-north-4"\nproject_id = "p"\n', 3),
    ],
    ids=["a list without an end", "a text without an end", "a header without an end"],
)
def test_nothing_is_made_up_behind_a_mistake_without_an_end(tmp_path: Path, text: str, line: int) -> None:
    assert [sentence.partition(":")[0] for sentence in sentences(file_with(tmp_path, text))] == [f"line {line}"]


@pytest.mark.parametrize(
    "text",
    [
        "\nprofiles.lab.region = 3\n",
        "\nprofiles = {lab = {region = 3}}\n",
        "[profiles]\nlab.region = 3\n",
        "[profiles]\nlab = {region = 3}\n",
        '[profiles.lab]\n"region" = 3\n',
    ],
)
def test_a_line_is_found_however_the_table_is_written(tmp_path: Path, text: str) -> None:
    wrong = 'line 2: region in [profiles.lab]: it must be text, written as region = "..."'
    assert wrong in sentences(file_with(tmp_path, text))


@pytest.mark.parametrize(
    "key",
    ["token", "password", "secret", "ak", "sk", "AK", "secret-key", "X-Auth-Token", "security_token", "passphrase"],
)
@pytest.mark.parametrize(
    ("header", "where", "command"),
    [
        ("", "", "omstui login"),
        ("[settings]\n", " in [settings]", "omstui login"),
        (PLAIN, " in [profiles.x]", "omstui login x"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(
    tmp_path: Path, key: str, header: str, where: str, command: str
) -> None:
    config = file_with(tmp_path, f'{header}{key} = "hunter2-hunter2"\n')
    with pytest.raises(FileError) as caught:
        config.load()
    line = header.count("\n") + 1
    assert str(caught.value) == (
        f"{config.path}, line {line}: {key}{where}: a secret does not belong in this file: "
        f"take the line out, then run {command}, which asks"
    )


@pytest.mark.parametrize("key", ["region", "endpoint", "auth", "zone", "secret_store", "project_id", "iam_endpoint"])
def test_a_token_in_the_wrong_place_is_not_repeated(tmp_path: Path, key: str) -> None:
    token = "MIIabcdEfgh0123456789/" * 20
    config = file_with(tmp_path, f'[profiles.x]\n{key} = "{token}"\n')
    with pytest.raises(FileError) as caught:
        config.load()
    assert not any(token[start : start + 12] in str(caught.value) for start in range(len(token) - 11))


PASSWORD = replace(BJ4, auth="password", user="oms-watcher", domain="acme", project_name="cn-north-4")
COMMAND = replace(
    LAB, auth="command", token_command=("vault", "read", '-field="a b"'), iam_endpoint="https://iam.example"
)


@pytest.mark.parametrize(
    ("profile", "lines"),
    [
        (
            PASSWORD,
            'project_name = "cn-north-4"\nauth = "password"\nuser = "oms-watcher"\ndomain = "acme"\n',
        ),
        (replace(PASSWORD, project_id=""), 'region = "cn-north-4"\nproject_name = "cn-north-4"\nauth = "password"\n'),
        (COMMAND, 'auth = "command"\ntoken_command = ["vault", "read", "-field=\\"a b\\""]\n'),
        (COMMAND, 'endpoint = "http://127.0.0.1:8080"\niam_endpoint = "https://iam.example"\nproject_id = "p2"\n'),
        (
            replace(COMMAND, command_env=("HW_ACCESS_KEY", "HW_SECRET_KEY")),
            'command_env = ["HW_ACCESS_KEY", "HW_SECRET_KEY"]\n',
        ),
        (replace(BJ4, auth="ecs"), 'project_id = "p1"\nauth = "ecs"\n'),
        (replace(BJ4, auth="aksk", key_command=("vault", "keys")), 'auth = "aksk"\nkey_command = ["vault", "keys"]\n'),
        (replace(BJ4, auth="aksk", secret_store="file"), 'project_id = "p1"\nauth = "aksk"\nsecret_store = "file"\n'),
    ],
)
def test_every_way_to_sign_in_is_written_as_it_is_read(tmp_path: Path, profile: Profile, lines: str) -> None:
    config = ConfigFile(tmp_path / "config.toml")
    config.put_profile(profile)
    assert lines in config.path.read_text()
    assert config.load() == Config({profile.name: profile}, Settings(), ())


def test_a_command_is_put_into_a_table_written_by_hand(tmp_path: Path) -> None:
    config = file_with(tmp_path, HAND_WRITTEN)
    config.put_profile(replace(COMMAND, token_command=("get-token", "lab")))
    assert config.path.read_text() == HAND_WRITTEN.replace(
        'zone = "Asia/Shanghai"\n',
        'zone = "Asia/Shanghai"\niam_endpoint = "https://iam.example"\nauth = "command"\n'
        'token_command = ["get-token", "lab"]\n',
    )
    before = config.path.stat().st_ino
    config.put_profile(replace(COMMAND, token_command=("get-token", "lab")))
    assert config.path.stat().st_ino == before
    config.put_profile(LAB)
    assert "token_command" not in config.path.read_text()


@pytest.mark.parametrize(
    ("line", "store", "after"),
    [
        ("", "keyring", ""),
        ("", "file", 'secret_store = "file"\n'),
        ('secret_store = "keyring" # mine\n', "keyring", 'secret_store = "keyring" # mine\n'),
        ('secret_store = "keyring" # mine\n', "memory", 'secret_store = "memory" # mine\n'),
        ('secret_store = "file"\n', "keyring", ""),
    ],
)
def test_the_store_is_written_where_it_does_not_go_without_saying(
    tmp_path: Path, line: str, store: str, after: str
) -> None:
    table = '[profiles.prod-bj4]\nregion = "cn-north-4"\nproject_id = "p1"\nauth = "token"\n'
    config = file_with(tmp_path, table + line)
    config.put_profile(replace(BJ4, secret_store=store))
    assert config.path.read_text() == table + after


def test_what_serves_another_way_to_sign_in_is_kept_and_remarked_upon(tmp_path: Path) -> None:
    text = f"{PLAIN}user = 'u'\ntoken_command = ['vault']\n"
    config = file_with(tmp_path, text)
    loaded = config.load()
    assert loaded.remarks == tuple(
        f'{config.path}, line {line}: {key} in [profiles.x] is of no use to auth = "token" and is kept for later'
        for line, key in ((4, "user"), (5, "token_command"))
    )
    config.put_profile(loaded.profiles["x"])
    assert config.load().profiles == loaded.profiles
    assert "user = 'u'" in config.path.read_text()


@pytest.mark.parametrize("prefix", ["", "--token=", "X-Vault-Token: "])
def test_a_secret_in_a_command_is_refused_and_not_repeated(tmp_path: Path, prefix: str) -> None:
    token = "MIIabcdEfgh0123456789+" * 20
    config = file_with(tmp_path, f"{PLAIN}token_command = ['echo', '{prefix}{token}']")
    with pytest.raises(FileError, match=r"token_command in \[profiles.x\]: argument 1 looks like a secret") as caught:
        config.load()
    assert not any(token[start : start + 12] in str(caught.value) for start in range(len(token) - 11))


def test_unknown_keys_are_kept_ignored_and_remarked_upon(tmp_path: Path) -> None:
    text = '"col\\u001bour" = 1\n[settings]\nsound = true\n[window]\nx = 1\n'
    config = file_with(tmp_path, text)
    remarks = config.load().remarks
    assert [remark.split(": ")[1].split(" means")[0] for remark in remarks] == [
        "col\ufffdour",
        "window",
        "sound in [settings]",
    ]
    config.put_profile(LAB)
    assert config.path.read_text().startswith(text)


def test_a_first_profile_makes_a_private_file(tmp_path: Path) -> None:
    config = ConfigFile(tmp_path / "omstui" / "config.toml")
    config.put_profile(BJ4)
    config.put_profile(LAB, "UTC+08:00")
    assert config.path.read_text() == (
        '[profiles.prod-bj4]\nregion = "cn-north-4"\nproject_id = "p1"\nauth = "token"\n\n'
        '[profiles.lab]\nendpoint = "http://127.0.0.1:8080"\nproject_id = "p2"\nauth = "token"\nzone = "UTC+08:00"\n'
    )
    assert config.load().profiles == {"prod-bj4": BJ4, "lab": replace(LAB, zone=CST)}
    assert stat.S_IMODE(config.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(config.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("profile", "zone_text", "changes"),
    [
        (
            replace(BJ4, project_id="p9"),
            None,
            {'"p1"   # the': '"p9"   # the', 'colour = "red"\n': 'colour = "red"\nauth = "token"\n'},
        ),
        (
            replace(BJ4, region=None, endpoint="https://oms.example.com"),
            None,
            {
                'region = "cn-north-4"\n': "",
                'colour = "red"\n': 'colour = "red"\nendpoint = "https://oms.example.com"\nauth = "token"\n',
            },
        ),
        (LAB, "UTC", {'zone = "Asia/Shanghai"\n': 'zone = "UTC"\nauth = "token"\n'}),
        (
            Profile("new.one", "https://oms.example.com", "p3"),
            None,
            {
                "# end\n": '# end\n\n[profiles."new.one"]\nendpoint = "https://oms.example.com"\n'
                'project_id = "p3"\nauth = "token"\n'
            },
        ),
    ],
    ids=["project", "endpoint", "zone", "new"],
)
def test_what_the_user_wrote_around_a_profile_stays(
    tmp_path: Path, profile: Profile, zone_text: str | None, changes: dict[str, str]
) -> None:
    config = file_with(tmp_path, HAND_WRITTEN)
    config.put_profile(profile, zone_text)
    expected = HAND_WRITTEN
    for old, new in changes.items():
        expected = expected.replace(old, new)
    assert config.path.read_text() == expected
    assert config.load().profiles[profile.name].project_id == profile.project_id


def test_a_profile_that_is_there_already_is_not_written_again(tmp_path: Path) -> None:
    config = ConfigFile(tmp_path / "config.toml")
    config.put_profile(LAB)
    before = config.path.stat()
    config.put_profile(LAB)
    assert config.path.stat().st_ino == before.st_ino


@pytest.mark.parametrize(
    "text",
    [
        'profiles.lab.endpoint = "http://127.0.0.1:1"\nprofiles.lab.project_id = "p2" # mine\n',
        'profiles.lab.region = "cn-north-4"\nprofiles.lab.project_id = "p2" # mine\nprofiles.lab.project_name = "n"\n',
        'profiles = {lab = {endpoint = "http://127.0.0.1:1", project_id = "p2"}} # mine\n',
        '[profiles]\nlab = {endpoint = "http://127.0.0.1:1", project_id = "p2"} # mine\n',
        '[profiles]\nlab.endpoint = "http://127.0.0.1:1"\nlab.project_id = "p2" # mine\n[settings]\nascii = true\n',
        '[profiles."lab"]\r\nendpoint = "http://127.0.0.1:1" # mine\r\nproject_id = "p2"\r\n',
        '[settings]\nascii = true # mine\n[profiles]\n[profiles.lab]\nproject_id = "p2"\nendpoint = "http://[::1]"\n',
    ],
)
def test_a_profile_is_changed_however_it_is_written(tmp_path: Path, text: str) -> None:
    config = file_with(tmp_path, text)
    before = config.load()
    config.put_profile(LAB)
    assert config.load() == replace(before, profiles={"lab": LAB})
    assert "# mine" in config.path.read_text()


def test_a_file_that_cannot_take_a_profile_is_left_alone(tmp_path: Path) -> None:
    text = 'profiles = {lab = {endpoint = "http://127.0.0.1:1", project_id = "p2"}}\n'
    config = file_with(tmp_path, text)
    with pytest.raises(FileError, match=r"config\.toml: is written in a way .* \[profiles\.NAME\]"):
        config.put_profile(BJ4)
    assert config.path.read_text() == text


def test_news_from_an_editor_is_noticed_once(tmp_path: Path) -> None:
    config = file_with(tmp_path, HAND_WRITTEN)
    config.load()
    assert not config.has_changed()
    config.put_profile(replace(LAB, project_id="p4"))
    assert not config.has_changed()
    config.path.write_text("ascii = true\n")
    assert config.has_changed()
    assert config.load().settings.ascii
    assert not config.has_changed()


def test_what_an_editor_saves_while_a_profile_is_put_there_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = file_with(tmp_path, "")

    def save(_: object) -> None:
        config.path.write_text(config.path.read_text() + "\n[screen]\n")

    monkeypatch.setattr(files, "_sync_folder", save)
    config.put_profile(Profile("lab", "https://oms.example", "p" * 32))
    assert config.has_changed()


def test_endpoints_of_the_sdks_variables_are_used_and_never_written(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    ConfigFile(path).put_profile(BJ4)
    before = path.read_text()
    variables = {
        "HUAWEICLOUD_SDK_REGION_OMS_CN_NORTH_4": "https://oms.example",
        "HUAWEICLOUD_SDK_IAM_ENDPOINT": "https://iam.example",
    }
    config = ConfigFile(path, variables)
    profile = config.load().profiles[BJ4.name]
    assert (profile.endpoint, profile.iam_endpoint) == ("https://oms.example", "https://iam.example")
    config.put_profile(replace(profile, project_id="p7"))
    assert path.read_text() == before.replace('"p1"', '"p7"')
    assert ConfigFile(path).load().profiles[BJ4.name] == replace(BJ4, project_id="p7")
