"""`config.toml`: the profiles and settings, edited by the user and by `omstui login`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field
from msgspec.structs import asdict, replace

from omstui.backend.files.config_keys import ALERTS, ANY_TEXT, PROFILE, SETTINGS, Key, example, is_secret
from omstui.backend.files.toml import joined, key_lines, new_block, parse, parse_leniently, quoted_key, split
from omstui.backend.http.environment import with_sdk_endpoints
from omstui.backend.runtime.files import FileError, Signature, locked, read_text, signature, write_atomically
from omstui.backend.secrets.redact import mask
from omstui.core.profile import SECRET_STORES, Profile, check_profile_name, endpoint_zone
from omstui.core.settings import AlertSettings, Settings
from omstui.core.zone import region_endpoint

_UNKNOWN = "https://unknown.invalid"
"""Replaces a wrong endpoint while the rest of its profile is read."""

_Value = str | list[str]


class Config(Struct, frozen=True):
    """The contents of the file."""

    profiles: Mapping[str, Profile] = field(default_factory=lambda: MappingProxyType({}))
    settings: Settings = field(default_factory=Settings)
    remarks: tuple[str, ...] = ()
    """Sentences about what was ignored."""

    has_unknown: bool = False
    """Whether it has an unknown key or table, which may be a misspelt name."""


class ConfigFile:
    """The config file; a missing one gives a `Config` of defaults. Comments, order and unknown keys are preserved."""

    def __init__(self, path: Path, environ: Mapping[str, str] = MappingProxyType({})) -> None:
        """Create the object; nothing is read yet.

        Args:
            path: the file.
            environ: the environment, for the SDK's endpoint variables.
        """
        self.path = path
        self._environ = environ
        self._seen: Signature | None = None

    def load(self) -> Config:
        """Return the file's contents, with the endpoints from the SDK's variables in its profiles.

        Raises:
            FileError: the file cannot be read or understood. The message names the file, and for each mistake the line,
                the table, the key, and what is accepted.
        """
        self._seen = signature(self.path)
        config = _read(self.path, read_text(self.path) or "")
        profiles = {name: self.in_force(profile) for name, profile in config.profiles.items()}
        return replace(config, profiles=MappingProxyType(profiles))

    def in_force(self, profile: Profile) -> Profile:
        """Return a profile with the endpoints from the SDK's variables where it sets none itself."""
        return with_sdk_endpoints(profile, self._environ)

    def has_changed(self) -> bool:
        """Whether the file has changed since it was last loaded or written here."""
        return signature(self.path) != self._seen

    def put_profile(self, profile: Profile, zone_text: str | None = None) -> None:
        """Add a profile, or write the changes of an existing one.

        Args:
            profile: the profile; its zone is not written.
            zone_text: the zone as the user gave it; ``None`` keeps what the file says.

        Raises:
            FileError: it cannot be saved; the file is unchanged.
        """
        with locked(self.path):
            text, profiles = self._profiles()
            old = profiles.get(profile.name, {})
            values = _written(profile, zone_text)
            if profile.secret_store == SECRET_STORES[0] != old.get("secret_store"):
                values["secret_store"] = None  # the default is not written
            new = {key: value for key, value in {**old, **values}.items() if value is not None}
            if new != old:
                changed = _with_profile(text, profile.name, values, is_known=profile.name in profiles)
                self._write(text, changed, {**profiles, profile.name: new})

    def _profiles(self) -> tuple[str, dict[str, dict[str, object]]]:
        """Return the file's text and its raw profiles, after a check of the whole file."""
        text = read_text(self.path) or ""
        _read(self.path, text)
        profiles: Any = parse(self.path, text).get("profiles", {})
        return text, profiles

    def _write(self, text: str, changed: str, profiles: Mapping[str, object]) -> None:
        """Write the changed text, after a check that only the profiles differ, and differ as wanted."""
        try:
            wanted = {**parse(self.path, text), "profiles": profiles}
            is_right = {"profiles": {}, **parse(self.path, changed)} == wanted
        except FileError:
            is_right = False
        if not is_right:
            raise FileError(
                self.path, "is written in a way that omstui cannot change: begin each profile with [profiles.NAME]"
            )
        self._seen = write_atomically(self.path, changed)


def _written(profile: Profile, zone_text: str | None) -> dict[str, _Value | None]:
    """Return what the file must say about a profile; ``None`` for keys that it must not have."""
    plain = profile.as_written
    values = asdict(plain) | {"zone": zone_text, "endpoint": None if plain.follows_region else plain.endpoint}
    by_hand = {"alerts", "color", *(["zone"] if zone_text is None else [])}
    lists = {key: list(value) for key, value in values.items() if isinstance(value, tuple)}
    return {key: lists.get(key, values[key]) or None for key in PROFILE if key not in by_hand}


def _read(path: Path, text: str) -> Config:
    data, text, errors = parse_leniently(path, text)
    notes = _Notes(is_whole=not errors)
    top = _Table(notes, (), data)
    settings = _settings(top)
    tables = top.table("profiles")
    profiles = {name: _profile(tables.table(name), name) for name in tables.values}
    if notes.mistakes or errors:
        wrong = {at for at, _ in notes.mistakes}
        unknown = [note for note in notes.unknown if note[0] not in wrong]
        raise FileError.of_all([*errors, *_located(path, text, [*notes.mistakes, *unknown])])
    return Config(
        MappingProxyType({name: profile for name, profile in profiles.items() if profile is not None}),
        settings,
        tuple(map(str, _located(path, text, [*notes.unknown, *notes.remarks]))),
        has_unknown=bool(notes.unknown),
    )


def _settings(top: "_Table") -> Settings:
    """Read the settings, from the top of the file or from `[settings]`, and the alerts."""
    found = top.read(SETTINGS, "keys", "settings", "alerts", "profiles")
    own = top.table("settings")
    found |= own.read(SETTINGS, "keys")
    for key in (*SETTINGS, "keys"):
        if key in top.values and key in own.values:
            own.fail(key, "it is set at the top of the file as well, keep one of the two")
    keys = (own if "keys" in own.values else top).table("keys")
    alerts = AlertSettings(**top.table("alerts").read(ALERTS))
    return Settings(**found, keys=MappingProxyType(keys.read(dict.fromkeys(keys.values, ANY_TEXT))), alerts=alerts)


def _profile(table: "_Table", name: str) -> Profile | None:
    if not table.is_table:
        return None
    try:
        check_profile_name(name)
    except ValueError as error:
        table.fail("", str(error))
    found = table.read(PROFILE, login=f"omstui login {name}")
    region = found.get("region")
    if region is not None:
        found = {"endpoint": region_endpoint(region), **found}
    elif not {"region", "endpoint"} & table.values.keys():
        table.miss('it has neither region nor endpoint, write region = "cn-north-4"')
    endpoint = found.setdefault("endpoint", _UNKNOWN)
    profile = Profile(name, **{"project_id": "", "zone": endpoint_zone(endpoint, region), **found})
    for key in profile.missing:
        if key not in table.values and (key != "iam_endpoint" or endpoint != _UNKNOWN):
            table.miss(f"{_need(profile, key)}, write {example(key)}")
    for key in profile.idle:
        table.remark(table.notes.remarks, key, f'is of no use to auth = "{profile.auth}" and is kept for later')
    return profile


def _need(profile: Profile, key: str) -> str:
    if key == "iam_endpoint":
        return 'auth = "password" at an endpoint of no known region needs iam_endpoint'
    if key != "project_id":
        return f'auth = "{profile.auth}" needs {key}'
    return (
        "it has no project_id" if profile.project_name is None else "it has no project_id, and a name alone will not do"
    )


_Note = tuple[tuple[str, ...], str]
"""The table or key that a note is about, and a sentence."""


class _Notes(Struct):
    """Notes about the tables and keys of a file."""

    is_whole: bool
    """Whether all lines of the file were read; otherwise a key that seems to be missing may be in the file."""

    mistakes: list[_Note] = field(default_factory=list)
    unknown: list[_Note] = field(default_factory=list)
    remarks: list[_Note] = field(default_factory=list)


def _located(path: Path, text: str, notes: Sequence[_Note]) -> list[FileError]:
    """Return the notes with line numbers: that of the key, or of the innermost table around it in the file."""
    lines = key_lines(text) if notes else {}
    return [
        FileError(path, reason, next((lines[at[:end]] for end in range(len(at), 0, -1) if at[:end] in lines), None))
        for at, reason in notes
    ]


class _Table(Struct, frozen=True):
    """A table of the file; it notes what is wrong with the value of each key."""

    notes: _Notes
    at: tuple[str, ...]
    """The parts of its name; empty at the top of the file."""

    values: Mapping[str, object]
    is_table: bool = True
    """Whether the value is a table or missing; `False` for any other value."""

    @property
    def name(self) -> str:
        """The name as in its header."""
        return ".".join(map(quoted_key, self.at))

    def fail(self, key: str, reason: str) -> None:
        """Note what is wrong with a key; an empty key stands for the table."""
        where = " in ".join(part for part in (key, f"[{self.name}]" if self.name else "") if part)
        reason = mask(reason)  # it may repeat a value, which may contain a secret
        self.notes.mistakes.append(((*self.at, *([key] if key else ())), f"{where}: {reason}" if where else reason))

    def miss(self, reason: str) -> None:
        """Note that the table lacks something."""
        if self.notes.is_whole:
            self.fail("", reason)

    def remark(self, notes: list[_Note], key: str, words: str) -> None:
        """Add a note about a key."""
        notes.append(((*self.at, key), f"{key}{f' in [{self.name}]' if self.name else ''} {words}"))

    def table(self, key: str) -> "_Table":
        value = self.values.get(key, {})
        made = _Table(self.notes, (*self.at, key), value if isinstance(value, dict) else {}, isinstance(value, dict))
        if not made.is_table:
            self.fail(key, f"it must be a table, written as [{made.name}]")
        return made

    def read(self, keys: Mapping[str, Key], *others: str, login: str = "omstui login") -> dict[str, Any]:
        """Return the valid values of these keys; note invalid values, secrets and unknown keys.

        Args:
            keys: the keys and their allowed values.
            others: keys that are read elsewhere.
            login: the command that asks for a secret.
        """
        found: dict[str, Any] = {}
        for name, value in self.values.items():
            if is_secret(name):
                self.fail(
                    name, f"a secret does not belong in this file: take the line out, then run {login}, which asks"
                )
            if name in keys:
                try:
                    found[name] = keys[name].decoded(name, value)
                except ValueError as error:
                    self.fail(name, str(error))
            elif name not in others:
                self.remark(self.notes.unknown, name, "means nothing to this version and is ignored")
        return found


def _with_profile(text: str, name: str, values: Mapping[str, _Value | None], *, is_known: bool) -> str:
    if not is_known:
        new = {key: value for key, value in values.items() if value is not None}
        block = new_block(f"[profiles.{quoted_key(name)}]", new)
        return joined([text, "\n" if text and not text.endswith("\n\n") else "", block])
    blocks, path = split(text), ("profiles", name)
    if all(block.path != path for block in blocks):  # it is inside another table
        return _with_values(text, name, values)
    return joined(
        [
            f"{block.lead}{_with_values(block.text, name, values)}{block.tail}" if block.path == path else block.written
            for block in blocks
        ]
    )


def _with_values(text: str, name: str, values: Mapping[str, _Value | None]) -> str:
    """Set a profile's values in the text of its table or of a whole file; all else stays exactly as it is."""
    import tomlkit  # slow to import

    document = tomlkit.parse(text)
    for key, value in values.items():
        table: dict[str, object] = document["profiles"][name]  # with dotted keys, stale after a change
        if value is None:
            table.pop(key, None)
        elif table.get(key) != value:
            table[key] = value
    return tomlkit.dumps(document)
