"""Access keys where the SDK looks for them: its environment variables, then its credentials file."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from omstui.backend.http.environment import with_scheme
from omstui.backend.http.signing import AccessKeys
from omstui.backend.runtime.files import FileError, Signature, read_text, signature
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import check_iam_endpoint
from omstui.core.text import tame

ACCESS_KEY, SECRET_KEY = "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"
_SECURITY_TOKEN, _PROJECT_ID = "HUAWEICLOUD_SDK_SECURITY_TOKEN", "HUAWEICLOUD_SDK_PROJECT_ID"
_CREDENTIALS_FILE = "HUAWEICLOUD_SDK_CREDENTIALS_FILE"
_SECTION = "basic"
"""The SDK's section for credentials of a project; those of an account are in ``[global]``."""


class ReadFile(Struct, frozen=True):
    """A file as it was when it was read."""

    path: Path
    signature: Signature

    def has_changed(self) -> bool:
        """Whether the file has changed since; costs one `stat`."""
        return signature(self.path) != self.signature


class FoundKeys(Struct, frozen=True):
    """Access keys, and where they are."""

    keys: AccessKeys
    project_id: str | None
    place: str
    """In words."""

    file: ReadFile | None = None
    """The file they were read from; ``None`` for the environment, which does not change."""

    iam_endpoint: str | None = None
    """The IAM address in that file."""


def credentials_file(home: Path) -> Path:
    """Return the SDK's default credentials file."""
    return home / ".huaweicloud" / "credentials"


def find_keys(environ: Mapping[str, str], path: Path) -> FoundKeys | Problem:
    """Return the SDK's keys, or what was looked for; reads a file.

    Args:
        environ: the environment; a complete pair of keys there goes before the file, half a pair is ignored.
        path: the credentials file, unless `HUAWEICLOUD_SDK_CREDENTIALS_FILE` names another.
    """
    values = {name: value.strip() for name, value in environ.items() if value.strip()}
    if values.keys() >= {ACCESS_KEY, SECRET_KEY}:
        return _found(
            f"the environment ({ACCESS_KEY})",
            (values[ACCESS_KEY], values[SECRET_KEY], values.get(_SECURITY_TOKEN)),
            values.get(_PROJECT_ID),
        )
    if _CREDENTIALS_FILE in values:
        path = Path(values[_CREDENTIALS_FILE])
    file = ReadFile(path, signature(path))  # before reading, so that a change meanwhile is noticed
    try:
        text = read_text(path)
    except FileError as error:
        return _problem(str(error))
    if text is None:
        lone = next((name for name in (ACCESS_KEY, SECRET_KEY) if name in values), None)
        half = f"of {ACCESS_KEY} and {SECRET_KEY} only {lone} is set" if lone else f"{ACCESS_KEY} is not set"
        return _problem(f"There are no access keys: {half}, and there is no file {path}")
    found = _from_file(path, text)
    return found if isinstance(found, Problem) else replace(found, file=file)


def _from_file(path: Path, text: str) -> FoundKeys | Problem:
    import configparser  # needed for this file only

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error as error:  # its own text repeats lines of the file
        line = getattr(error, "lineno", None)
        where = f"{path}, line {line}" if isinstance(line, int) else f"{path}"
        return _problem(f"{where}: it is not written as the SDK's credentials file is")
    if not parser.has_section(_SECTION):
        return _problem(f"{path}: it has no section [{_SECTION}], where the keys of a project stand")
    section = {name: value.strip() for name, value in parser.items(_SECTION) if value.strip()}
    lacking = [name for name in ("ak", "sk") if name not in section]
    if lacking:
        return _problem(f"{path}: [{_SECTION}] has no {' and no '.join(lacking)}")
    parts = (section["ak"], section["sk"], section.get("security_token"))
    found = _found(str(path), parts, section.get("project_id"))
    if isinstance(found, Problem) or "iam_endpoint" not in section:
        return found
    try:
        return replace(found, iam_endpoint=check_iam_endpoint(with_scheme(section["iam_endpoint"])))
    except ValueError as error:
        return _problem(f"{path}: iam_endpoint in [{_SECTION}]: {error}")


def _found(place: str, parts: tuple[str, str, str | None], project_id: str | None) -> FoundKeys | Problem:
    access_key, secret_key, security_token = parts
    keys = AccessKeys(Secret(access_key), Secret(secret_key), Secret(security_token) if security_token else None)
    try:
        return FoundKeys(keys.checked(), project_id, tame(place))
    except ValueError as error:
        return _problem(f"What {place} holds are no access keys: {error}")


def _problem(text: str) -> Problem:
    return Problem(ProblemKind.TOKEN, tame(text))
