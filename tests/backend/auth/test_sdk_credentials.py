from pathlib import Path

import pytest
from msgspec.structs import replace

from omstui.backend.auth.sdk_credentials import FoundKeys, credentials_file, find_keys
from omstui.backend.http.signing import AccessKeys
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind

ACCESS_KEY, SECRET_KEY, SECURITY_TOKEN = "MARKEDACCESSKEY00001", "marked-secret-key-%(x)s-of-nobody", "MARKED/token+=="
KEYS = AccessKeys(Secret(ACCESS_KEY), Secret(SECRET_KEY))
TEMPORARY_KEYS = AccessKeys(Secret(ACCESS_KEY), Secret(SECRET_KEY), Secret(SECURITY_TOKEN))
PAIR = {"HUAWEICLOUD_SDK_AK": ACCESS_KEY, "HUAWEICLOUD_SDK_SK": SECRET_KEY}
FILE = f"[basic]\nak = {ACCESS_KEY}\nsk = {SECRET_KEY}\n"


def is_told(text: str) -> bool:
    return any(
        secret[place : place + 12] in text
        for secret in (ACCESS_KEY, SECRET_KEY, SECURITY_TOKEN)
        for place in range(len(secret) - 11)
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = credentials_file(tmp_path)
    assert path == tmp_path / ".huaweicloud" / "credentials"
    path.parent.mkdir()
    return path


@pytest.mark.parametrize(
    ("more", "keys", "project_id"),
    [
        ({}, KEYS, None),
        ({"HUAWEICLOUD_SDK_SECURITY_TOKEN": SECURITY_TOKEN}, TEMPORARY_KEYS, None),
        ({"HUAWEICLOUD_SDK_PROJECT_ID": "p"}, KEYS, "p"),
        ({"HUAWEICLOUD_SDK_SECURITY_TOKEN": " ", "HUAWEICLOUD_SDK_PROJECT_ID": ""}, KEYS, None),
        ({"HUAWEICLOUD_SDK_AK": f" {ACCESS_KEY}\n"}, KEYS, None),
    ],
)
def test_keys_of_the_environment_are_found(
    path: Path, more: dict[str, str], keys: AccessKeys, project_id: str | None
) -> None:
    path.write_text("[basic]\nak = other\nsk = other\n")
    assert find_keys({**PAIR, **more}, path) == FoundKeys(keys, project_id, "the environment (HUAWEICLOUD_SDK_AK)")


@pytest.mark.parametrize(
    ("text", "keys", "project_id"),
    [
        (FILE, KEYS, None),
        (f"\ufeff{FILE}", KEYS, None),
        (f"{FILE}security_token = {SECURITY_TOKEN}\nproject_id = p\n", TEMPORARY_KEYS, "p"),
        (f"{FILE}security_token =\n[global]\nak = other\nsk = other\n", KEYS, None),
        (f"; words\n[basic]\nAK: {ACCESS_KEY}\nSK: {SECRET_KEY}\niam_endpoint = https://iam.example", KEYS, None),
    ],
)
@pytest.mark.parametrize("environ", [{}, {"HUAWEICLOUD_SDK_AK": "half of a pair"}], ids=["none", "half"])
def test_keys_of_the_credentials_file_are_found(
    path: Path, text: str, keys: AccessKeys, project_id: str | None, environ: dict[str, str]
) -> None:
    path.write_text(text, encoding="utf-8")
    found = find_keys(environ, path)
    assert isinstance(found, FoundKeys)
    assert (found.keys, found.project_id, found.place) == (keys, project_id, str(path))


def test_a_variable_moves_the_file(path: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    moved.write_text(FILE)
    found = find_keys({"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(moved)}, path)
    assert isinstance(found, FoundKeys)
    assert replace(found, file=None) == FoundKeys(KEYS, None, str(moved))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it has no section [basic]"),
        (f"[global]\nak = {ACCESS_KEY}\nsk = {SECRET_KEY}", "it has no section [basic]"),
        (f"[basic]\nak = {ACCESS_KEY}", "[basic] has no sk"),
        (f"[basic]\nak =\nproject_id = {SECRET_KEY}", "[basic] has no ak and no sk"),
        ("[basic]\nidp_id = x\nid_token_file = y", "[basic] has no ak and no sk"),
        (f"{SECRET_KEY}\n", "line 1: it is not written as the SDK's credentials file is"),
        (f"[basic]\nak = {ACCESS_KEY}\n{SECRET_KEY}\n", "credentials: it is not written as the SDK's"),
        (f"{FILE}{FILE}", "line 4: it is not written as"),
        (
            f"[basic]\nak = {ACCESS_KEY}\nsk = marked secret key of nobody",
            "are no access keys: the secret key cannot be",
        ),
    ],
)
def test_a_file_without_keys_says_so_without_repeating_itself(path: Path, text: str, words: str) -> None:
    path.write_text(text)
    problem = find_keys({}, path)
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.TOKEN
    assert str(path) in problem.text
    assert words in problem.text
    assert not is_told(repr(problem))


def test_a_file_that_cannot_be_read_says_so(path: Path) -> None:
    path.write_bytes(b"[basic]\nak = \xff\n")
    not_text = find_keys({}, path)
    assert isinstance(not_text, Problem)
    assert f"{path}, line 2: is not UTF-8" in not_text.text
    folder = find_keys({}, path.parent)
    assert isinstance(folder, Problem)
    assert "is a folder, and only a regular file is read" in folder.text


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "HUAWEICLOUD_SDK_AK is not set, and there is no file "),
        ({"HUAWEICLOUD_SDK_AK": ACCESS_KEY}, "only HUAWEICLOUD_SDK_AK is set, and there is no file "),
        ({"HUAWEICLOUD_SDK_SK": SECRET_KEY}, "only HUAWEICLOUD_SDK_SK is set, and there is no file "),
    ],
)
def test_without_any_keys_it_is_said_where_they_were_looked_for(
    path: Path, environ: dict[str, str], words: str
) -> None:
    problem = find_keys(environ, path)
    assert isinstance(problem, Problem)
    assert words in problem.text
    assert problem.text.endswith(str(path))
    assert not is_told(repr(problem))


def test_keys_of_the_environment_that_are_none_are_not_repeated(path: Path) -> None:
    problem = find_keys({**PAIR, "HUAWEICLOUD_SDK_SK": "marked secret key of nobody"}, path)
    assert isinstance(problem, Problem)
    assert problem.text.startswith("What the environment (HUAWEICLOUD_SDK_AK) holds are no access keys: ")
    assert "marked" not in problem.text


def test_what_was_found_shows_nothing(path: Path) -> None:
    path.write_text(FILE)
    assert not is_told(repr(find_keys({}, path)))


def test_what_was_read_knows_when_it_has_changed(path: Path) -> None:
    path.write_text(FILE)
    found = find_keys({}, path)
    assert isinstance(found, FoundKeys)
    assert found.file is not None
    assert not found.file.has_changed()
    path.write_text(f"{path.read_text()}\n")
    assert found.file.has_changed()


def test_keys_of_the_environment_do_not_change(path: Path) -> None:
    found = find_keys(PAIR, path)
    assert isinstance(found, FoundKeys)
    assert found.file is None


@pytest.mark.parametrize("address", ["iam.example", "https://iam.example/"])
def test_the_file_says_where_iam_is(path: Path, address: str) -> None:
    path.write_text(f"{FILE}iam_endpoint = {address}\n")
    found = find_keys({}, path)
    assert isinstance(found, FoundKeys)
    assert found.iam_endpoint == "https://iam.example"


def test_an_iam_endpoint_that_is_none_is_named(path: Path) -> None:
    path.write_text(f"{FILE}iam_endpoint = http://iam.example\n")
    problem = find_keys({}, path)
    assert isinstance(problem, Problem)
    assert f"{path}: iam_endpoint in [basic]: the IAM endpoint 'http://iam.example' would send" in problem.text
