"""`config.toml`: profiles and settings, written by hand and by `omstui login` alike."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from omstui.backend.files.toml import (
    Block,
    Notes,
    joined,
    located,
    new_block,
    parse,
    parse_around,
    quoted,
    quoted_key,
    split,
)
from omstui.backend.http.environment import with_sdk_endpoints
from omstui.backend.runtime.files import FileError, Signature, locked, read_text, signature, write_atomically
from omstui.backend.secrets.redact import mask
from omstui.core.profile import (
    COLOURS,
    SECRET_STORES,
    SIGN_IN_WAYS,
    Profile,
    check_endpoint,
    check_iam_endpoint,
    check_name,
    check_profile_name,
    endpoint_zone,
)
from omstui.core.settings import AlertSettings, Settings, parse_history, parse_interval, parse_silence
from omstui.core.task import check_id
from omstui.core.zone import nearest_regions, parse_zone, region_endpoint, region_of_host

LONGEST_PROJECT_ID = 1024
"""Characters (API reference, ShowSyncTask)."""

_SETTINGS = ("interval", "silent_after", "theme", "ascii", "mouse", "thin", "history", "keys")
_PROFILE = (
    "endpoint",
    "region",
    "iam_endpoint",
    "project_id",
    "project_name",
    "auth",
    "user",
    "domain",
    "token_command",
    "key_command",
    "command_env",
    "secret_store",
    "zone",
    "alerts",
    "color",
)
_ALERTS = ("on_alert", "quiet", "burst")
_MOST_BURST = 1_000_000_000
_SECRETS = frozenset(
    {
        "access_key",
        "ak",
        "auth_token",
        "passcode",
        "passphrase",
        "passwd",
        "password",
        "secret",
        "secret_access_key",
        "secret_key",
        "security_token",
        "sk",
        "token",
        "x_auth_token",
    }
)
"""What people might call a key that holds a secret, in lower case and with underscores."""

_EXAMPLES = {
    "project_id": 'project_id = "..."',
    "iam_endpoint": 'iam_endpoint = "https://..."',
    "user": 'user = "..."',
    "domain": 'domain = "..."',
    "token_command": 'token_command = ["vault", "read", "-field=token", "..."]',
    "key_command": 'key_command = ["vault", "read", "-format=json", "..."]',
    "command_env": 'command_env = ["HUAWEICLOUD_SDK_SK"]',
    "on_alert": 'on_alert = ["/usr/local/bin/page-me"]',
}
_UNKNOWN = "https://unknown.invalid"
"""Stands for an endpoint that is wrong, while the rest of its profile is read."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_NAMING = re.compile(r"[:=]")
_Value = str | list[str]
_T = TypeVar("_T")


class Config(Struct, frozen=True):
    """What the user has set down."""

    profiles: Mapping[str, Profile] = field(default_factory=lambda: MappingProxyType({}))
    settings: Settings = field(default_factory=Settings)
    remarks: tuple[str, ...] = ()
    """Sentences about what was ignored."""

    has_unknown: bool = False
    """Whether it holds a key or a table that means nothing: a mistyped name of something else, perhaps."""


class ConfigFile:
    """The file; a missing one is a `Config` of defaults. Comments, order and unknown keys are the user's and stay."""

    def __init__(self, path: Path, environ: Mapping[str, str] = MappingProxyType({})) -> None:
        """Prepare for reading.

        Args:
            path: the file.
            environ: where the SDK's variables for endpoints are looked for.
        """
        self.path = path
        self._environ = environ
        self._seen: Signature | None = None

    def load(self) -> Config:
        """Return what the file holds now, with the endpoints that variables of the SDK's name for its profiles.

        Raises:
            FileError: it cannot be read or understood; the message names the file, and for each thing that is wrong
                the line, the table, the key, and what is accepted.
        """
        self._seen = signature(self.path)
        config = _read(self.path, read_text(self.path) or "")
        profiles = {name: self.in_force(profile) for name, profile in config.profiles.items()}
        return replace(config, profiles=MappingProxyType(profiles))

    def in_force(self, profile: Profile) -> Profile:
        """Return a profile with the endpoints that variables of the SDK's name, where it names none itself."""
        return with_sdk_endpoints(profile, self._environ)

    def has_changed(self) -> bool:
        """Whether the file is another one than that last loaded or written."""
        return signature(self.path) != self._seen

    def put_profile(self, profile: Profile, zone_text: str | None = None) -> None:
        """Write a profile, or what is new about one that is there.

        Args:
            profile: the profile; its zone is not written.
            zone_text: the zone as the user gave it, ``None`` to leave what the file says about it.

        Raises:
            FileError: it cannot be kept; the file is as it was.
        """
        with locked(self.path):
            text, profiles = self._profiles()
            old = profiles.get(profile.name, {})
            values = _written(profile, zone_text)
            if profile.secret_store == SECRET_STORES[0] != old.get("secret_store"):
                values["secret_store"] = None  # it goes without saying
            new = {key: value for key, value in {**old, **values}.items() if value is not None}
            if new != old:
                changed = _with_profile(text, profile.name, values, is_known=profile.name in profiles)
                self._write(text, changed, {**profiles, profile.name: new})

    def remove_profile(self, name: str) -> None:
        """Take a profile out; one that is not there does no harm.

        Raises:
            FileError: the file cannot be changed; it is as it was.
        """
        with locked(self.path):
            text, profiles = self._profiles()
            if name in profiles:
                del profiles[name]
                self._write(text, _without_profile(text, name), profiles)

    def _profiles(self) -> tuple[str, dict[str, dict[str, object]]]:
        """Return the file's text and its profiles as they stand there, once the whole is known to be in order."""
        text = read_text(self.path) or ""
        _read(self.path, text)
        return text, _raw_profiles(parse(self.path, text))

    def _write(self, text: str, changed: str, profiles: Mapping[str, object]) -> None:
        """Write the changed text once it is certain that it says what it should and that nothing else has moved."""
        try:
            new, old = parse(self.path, changed), parse(self.path, text)
            is_right = _raw_profiles(new) == profiles and _others(new) == _others(old)
        except FileError:
            is_right = False
        if not is_right:
            raise FileError(
                self.path, "is written in a way that omstui cannot change: begin each profile with [profiles.NAME]"
            )
        self._seen = write_atomically(self.path, changed)


def check_region(region: str) -> str:
    """Return the region when a host name can be built of it.

    Raises:
        ValueError: it cannot.
    """
    if region_of_host(_host(region_endpoint(region))) != region:
        near = " or ".join(nearest_regions(region[:40]))
        raise ValueError(f"{region[:40]!r} is not a region: write it as {near or 'cn-north-4'}")
    return region


def _host(endpoint: str) -> str:
    try:
        return urlsplit(endpoint).hostname or ""
    except ValueError:
        return ""


def is_variable(name: str) -> bool:
    """Whether an environment variable can have this name."""
    return _VARIABLE.fullmatch(name) is not None


def check_token_command(argv: Sequence[str]) -> tuple[str, ...]:
    """Return the program and its arguments when they can be run.

    Raises:
        ValueError: they cannot.
    """
    if not argv or not argv[0].strip():
        raise ValueError("it names no program")
    if any("\0" in part for part in argv):
        raise ValueError("it holds a zero byte, which no program can be given")
    for number, part in enumerate(argv[1:], 1):
        bare = _NAMING.sub(" ", part)  # --secret=NAME names one, and is none
        if mask(bare) != bare:
            raise ValueError(
                f"argument {number} looks like a secret, which config.toml and every list of processes would show: "
                "put the command into a script of its own"
            )
    return tuple(argv)


def _written(profile: Profile, zone_text: str | None) -> dict[str, _Value | None]:
    """Return what the file is to say of a profile; ``None`` for what it is not to say."""
    profile = profile.as_written
    values: dict[str, _Value | None] = {
        "region": profile.region,
        "endpoint": None if profile.follows_region else profile.endpoint,
        "iam_endpoint": profile.iam_endpoint,
        "project_id": profile.project_id or None,
        "project_name": profile.project_name,
        "auth": profile.auth,
        "user": profile.user,
        "domain": profile.domain,
        "token_command": list(profile.token_command) or None,
        "key_command": list(profile.key_command) or None,
        "command_env": list(profile.command_env) or None,
        "secret_store": profile.secret_store,
    }
    return values if zone_text is None else {**values, "zone": zone_text}


def _read(path: Path, text: str) -> Config:
    data, text, troubles = parse_around(path, text)
    notes = Notes(is_whole=not troubles)
    top = _Table(notes, (), data)
    top.refuse_secrets("omstui login")
    top.remark_unknown((*_SETTINGS, "settings", "alerts", "profiles"))
    settings = _settings(top, top.table("settings"))
    settings = replace(settings, alerts=_alerts(top.table("alerts")))
    tables = top.table("profiles")
    profiles = {name: _profile(tables.table(name), name) for name in tables.values}
    if notes.mistakes or troubles:
        wrong = {at for at, _ in notes.mistakes}
        unknown = [note for note in notes.unknown if note[0] not in wrong]
        raise FileError.of_all([*troubles, *located(path, text, [*notes.mistakes, *unknown])])
    return Config(
        MappingProxyType({name: profile for name, profile in profiles.items() if profile is not None}),
        settings,
        tuple(map(str, located(path, text, [*notes.unknown, *notes.remarks]))),
        has_unknown=bool(notes.unknown),
    )


def _settings(top: "_Table", own: "_Table") -> Settings:
    """Read the settings, which stand at the top of the file or in a table of their own."""
    own.refuse_secrets("omstui login")
    own.remark_unknown(_SETTINGS)
    for key in _SETTINGS:
        if key in top.values and key in own.values:
            own.fail(key, "it is set at the top of the file as well, keep one of the two")
    place = {key: own if key in own.values else top for key in _SETTINGS}
    default = Settings()
    keys = place["keys"].table("keys")
    return Settings(
        interval=place["interval"].interval(default.interval),
        silent_after=place["silent_after"].checked("silent_after", parse_silence),
        theme=place["theme"].text("theme") or default.theme,
        ascii=place["ascii"].flag("ascii", default=default.ascii),
        mouse=place["mouse"].flag("mouse", default=default.mouse),
        thin=place["thin"].flag("thin", default=default.thin),
        history=place["history"].history(default.history),
        keys=MappingProxyType({binding: keys.text(binding) or "" for binding in keys.values}),
    )


def _alerts(table: "_Table") -> AlertSettings:
    table.refuse_secrets("omstui login")
    table.remark_unknown(_ALERTS)
    default = AlertSettings()
    return AlertSettings(
        quiet=table.flag("quiet", default=default.quiet),
        on_alert=table.command("on_alert"),
        burst=table.number("burst", default.burst, _MOST_BURST),
    )


def _profile(table: "_Table", name: str) -> Profile | None:
    if not table.is_table:
        return None
    try:
        check_profile_name(name)
    except ValueError as error:
        table.fail("", str(error))
    table.refuse_secrets(f"omstui login {name}")
    table.remark_unknown(_PROFILE)
    region = table.checked("region", check_region)
    endpoint = table.checked("endpoint", check_endpoint) or (region_endpoint(region) if region is not None else None)
    if endpoint is None:
        if not {"region", "endpoint"} & table.values.keys():
            table.miss('it has neither region nor endpoint, write region = "cn-north-4"')
        endpoint = _UNKNOWN
    profile = Profile(
        name,
        endpoint,
        table.checked("project_id", lambda text: check_id(text, "project id", LONGEST_PROJECT_ID)) or "",
        table.one_of("auth", SIGN_IN_WAYS, "a way to sign in"),
        region,
        table.checked("zone", parse_zone) or endpoint_zone(endpoint, region),
        iam_endpoint=table.checked("iam_endpoint", check_iam_endpoint),
        project_name=table.checked("project_name", lambda text: check_name(text, "project name")),
        user=table.checked("user", lambda text: check_name(text, "user name")),
        domain=table.checked("domain", lambda text: check_name(text, "account name")),
        token_command=table.command("token_command"),
        key_command=table.command("key_command"),
        command_env=table.variables("command_env"),
        secret_store=table.one_of("secret_store", SECRET_STORES, "a place for secrets"),
        alerts=table.flag("alerts", default=True),
        color=table.one_of("color", COLOURS, "a colour for a profile") if "color" in table.values else None,
    )
    for key in profile.missing:
        if key not in table.values and (key != "iam_endpoint" or endpoint != _UNKNOWN):
            table.miss(f"{_need(profile, key)}, write {_EXAMPLES[key]}")
    table.remark_idle(profile)
    return profile


def _need(profile: Profile, key: str) -> str:
    if key == "iam_endpoint":
        return 'auth = "password" at an endpoint of no known region needs iam_endpoint'
    if key != "project_id":
        return f'auth = "{profile.auth}" needs {key}'
    return (
        "it has no project_id" if profile.project_name is None else "it has no project_id, and a name alone will not do"
    )


class _Table(Struct, frozen=True):
    """A table of the file, whose readers note it and the key when a value will not do, and return something else."""

    notes: Notes
    at: tuple[str, ...]
    """The parts of its name; empty at the top of the file."""

    values: Mapping[str, object]
    is_table: bool = True
    """Whether the file has a table there, or none; else it has something else."""

    @property
    def name(self) -> str:
        """The name as in its header."""
        return ".".join(map(quoted_key, self.at))

    def fail(self, key: str, reason: str) -> None:
        """Note what is wrong with a key, or with the table when the key is empty."""
        where = " in ".join(part for part in (key, f"[{self.name}]" if self.name else "") if part)
        reason = mask(reason)  # it may repeat a value, and someone may have put a secret there
        self.notes.mistakes.append(((*self.at, *([key] if key else ())), f"{where}: {reason}" if where else reason))

    def miss(self, reason: str) -> None:
        """Note that something is missing in the table."""
        if self.notes.is_whole:
            self.fail("", reason)

    def remark_unknown(self, known: Iterable[str]) -> None:
        where = f" in [{self.name}]" if self.name else ""
        self.notes.unknown += [
            ((*self.at, key), f"{key}{where} means nothing to this version and is ignored")
            for key in self.values
            if key not in known
        ]

    def refuse_secrets(self, command: str) -> None:
        for key in self.values:
            if key.lower().replace("-", "_") in _SECRETS:
                reason = f"take the line out, then run {command}, which asks"
                self.fail(key, f"a secret does not belong in this file: {reason}")

    def remark_idle(self, profile: Profile) -> None:
        self.notes.remarks += [
            ((*self.at, key), f'{key} in [{self.name}] is of no use to auth = "{profile.auth}" and is kept for later')
            for key in profile.idle
        ]

    def table(self, key: str) -> "_Table":
        value = self.values.get(key, {})
        made = _Table(self.notes, (*self.at, key), value if isinstance(value, dict) else {}, isinstance(value, dict))
        if not made.is_table:
            self.fail(key, f"it must be a table, written as [{made.name}]")
        return made

    def text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value:
            self.fail(key, f'it must be text, written as {quoted_key(key)} = "..."')
            return None
        return value

    def one_of(self, key: str, words: Sequence[str], what: str) -> str:
        word = self.text(key) or words[0]
        if word not in words:
            self.fail(key, f"{word[:40]!r} is not {what}: use {', '.join(words[:-1])} or {words[-1]}")
            return words[0]
        return word

    def command(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            self.fail(key, f"it must be a list of texts, the program and its arguments, written as {_EXAMPLES[key]}")
            return ()
        try:
            return check_token_command(value) if key in self.values else ()
        except ValueError as error:
            self.fail(key, f"{error}, write {_EXAMPLES[key]}")
            return ()

    def variables(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(name, str) and is_variable(name) for name in value):
            self.fail(key, f"it must be a list of names of environment variables, written as {_EXAMPLES[key]}")
            return ()
        return tuple(value)

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            self.fail(key, "it must be true or false, without quotes")
            return default
        return value

    def number(self, key: str, default: int, most: int) -> int:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            self.fail(key, f"it must be a whole number from 1 to {most:,}, without quotes")
            return default
        return value

    def interval(self, default: float) -> float:
        value = self.values.get("interval", default)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.fail("interval", 'it must be a time, written as interval = "60s"')
            return default
        try:
            return parse_interval(str(value))
        except ValueError as error:
            self.fail("interval", str(error))
            return default

    def history(self, default: timedelta | None) -> timedelta | None:
        text = self.text("history")
        if text is None:
            return default
        try:
            return parse_history(text)
        except ValueError as error:
            self.fail("history", str(error))
            return default

    def checked(self, key: str, check: Callable[[str], _T]) -> _T | None:
        value = self.text(key)
        if value is None:
            return None
        try:
            return check(value)
        except ValueError as error:
            self.fail(key, str(error))
            return None


def _raw_profiles(data: Mapping[str, object]) -> dict[str, dict[str, object]]:
    profiles = data.get("profiles", {})
    if not isinstance(profiles, dict):
        return {}
    return {name: profile for name, profile in profiles.items() if isinstance(profile, dict)}


def _others(data: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in data.items() if key != "profiles"}


def _with_profile(text: str, name: str, values: Mapping[str, _Value | None], *, is_known: bool) -> str:
    if not is_known:
        texts = {key: value for key, value in values.items() if isinstance(value, str)}
        lists = {key: value for key, value in values.items() if isinstance(value, list)}
        block = new_block(f"[profiles.{quoted_key(name)}]", texts)
        lines = [f"{key} = [{', '.join(map(quoted, value))}]\n" for key, value in lists.items()]
        return joined([text, "\n" if text and not text.endswith("\n\n") else "", block, *lines])
    blocks = split(text)
    if not any(_is_profile(block, name) for block in blocks):
        return _with_values(text, name, values)
    return joined(
        [
            f"{block.lead}{_with_values(block.text, name, values)}{block.tail}"
            if _is_profile(block, name)
            else block.written
            for block in blocks
        ]
    )


def _with_values(text: str, name: str, values: Mapping[str, _Value | None]) -> str:
    """Set a profile's values in the text of its table, or of a whole file, and leave all else to the letter."""
    import tomlkit  # slow to import

    document = tomlkit.parse(text)
    table: dict[str, object] = document["profiles"][name]
    for key, value in values.items():
        if value is None:
            table.pop(key, None)
        elif table.get(key) != value:
            table[key] = value
    return tomlkit.dumps(document)


def _without_profile(text: str, name: str) -> str:
    blocks = split(text)
    if any(_is_profile(block, name) for block in blocks):
        return joined([block.remains if block.path[:2] == ("profiles", name) else block.written for block in blocks])
    import tomlkit  # slow to import

    document = tomlkit.parse(text)
    del document["profiles"][name]
    return tomlkit.dumps(document)


def _is_profile(block: Block, name: str) -> bool:
    return block.path == ("profiles", name) and not block.is_entry
