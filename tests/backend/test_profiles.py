"""The profiles of a run, which others change as well."""

from pathlib import Path

import pytest

from omstui.backend.files.config import ConfigFile
from omstui.backend.workspace import WorkspaceError
from omstui.core.profile import Profile
from omstui.demo.clock import SteppedClock
from tests.backend.lab import LAB, TOKEN, stalled, workspace


async def test_profiles_that_were_read_before_one_was_put_there_do_not_come_back_after_it(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    (tmp_path / "config.toml").write_text(
        f'[profiles.dr]\nendpoint = "https://dr.example"\nproject_id = "{"p" * 32}"\n'
    )
    await stalled(made.reload_profiles, lambda: made.set_up(LAB, TOKEN, ()))
    assert set(made.profiles) == {"lab", "dr"}
    assert await made.reload_profiles()
    assert set(made.profiles) == {"lab", "dr"}
    assert not await made.reload_profiles()


async def test_what_an_editor_wrote_before_a_profile_was_put_there_is_taken_over_with_it(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    (tmp_path / "config.toml").write_text(
        f'[profiles.dr]\nendpoint = "https://dr.example"\nproject_id = "{"p" * 32}"\n'
    )
    await made.set_up(LAB, TOKEN, ())
    assert await made.reload_profiles()
    assert set(made.profiles) == {"lab", "dr"}


async def test_profiles_of_another_shell_are_taken_over(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    ConfigFile(tmp_path / "config.toml").put_profile(LAB)
    ConfigFile(tmp_path / "config.toml").put_profile(Profile("new", "https://oms.new.example", "q" * 32))
    assert await made.reload_profiles()
    assert set(made.profiles) == {"lab", "new"}
    assert not await made.reload_profiles()
    (tmp_path / "config.toml").write_text("[profiles.lab\n")
    with pytest.raises(WorkspaceError, match=r"config\.toml, line 1"):
        await made.reload_profiles()
    assert set(made.profiles) == {"lab", "new"}, "the last good profiles stay"
