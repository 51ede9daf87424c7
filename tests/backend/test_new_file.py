"""A file that was not there before."""

import sys
from pathlib import Path

import pytest

from omstui.backend.files import FileTrouble
from omstui.backend.new_file import write_new


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    paths = [write_new([tmp_path], "list", ".csv", f"{number}\r\n") for number in range(3)]
    assert [path.name for path in paths] == ["list.csv", "list-2.csv", "list-3.csv"]
    assert [path.read_bytes() for path in paths] == [b"0\r\n", b"1\r\n", b"2\r\n"]


def test_what_one_folder_does_not_take_goes_into_the_next(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert write_new([tmp_path / "file", tmp_path / "gone", tmp_path], "a", ".csv", "x") == tmp_path / "a.csv"


def test_without_a_folder_that_takes_it_the_last_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileTrouble, match="gone: nothing can be written there: No such file"):
        write_new([tmp_path / "gone"], "a", ".csv", "x")


@pytest.mark.skipif(sys.platform == "win32", reason="needs links that anybody may make")
def test_a_link_that_has_the_name_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to(tmp_path / "elsewhere")
    assert write_new([tmp_path], "a", ".csv", "x").name == "a-2.csv"
    assert not (tmp_path / "elsewhere").exists()
