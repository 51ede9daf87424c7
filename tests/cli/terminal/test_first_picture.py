"""The picture of the last known figures, before anything else."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyte
import pytest
from msgspec.structs import replace
from rich.color import ColorSystem

from omstui.backend.files.config import ConfigFile
from omstui.backend.files.watchlist import WatchListFile
from omstui.backend.history.writer import HistoryFile
from omstui.backend.runtime.files import Folders
from omstui.backend.screen_options import ScreenOptions
from omstui.cli.terminal.first_picture import first_picture, written
from omstui.core.month import Month
from omstui.core.profile import Profile
from omstui.core.settings import Settings
from omstui.core.task import SyncTask, TaskRef, WatchedTask
from omstui.core.watch.sample import Sample
from omstui.ui.drawing.colours import PALETTES

ANSWERED_AT = datetime(2026, 11, 22, 2, 10, 5, tzinfo=UTC)
NOW = ANSWERED_AT + timedelta(hours=3)
REF = TaskRef("prod", "0d146099-8cf4-437d-b6ef-88e043771c8b")
TASK = SyncTask(
    status="SYNCHRONIZING",
    src_bucket="images",
    monthly_acceptance_request=1_204_462,
    monthly_success_object=1_204_331,
    monthly_failure_object=11,
    monthly_skip_object=0,
    monthly_size=38_204_117_002_112,
)


async def remembered(tmp_path: Path, *, failures_seen: int = 8) -> ScreenOptions:
    """A machine on which one task was watched three hours ago."""
    folders = Folders(tmp_path / "config", tmp_path / "state")
    ConfigFile(folders.config_file).put_profile(
        Profile("prod", endpoint="https://oms.cn-north-4.myhuaweicloud.com", project_id="0a")
    )
    WatchListFile(folders.watchlist_file).edit(lambda tasks: tasks.added((WatchedTask(REF, label="images-to-obs"),)))
    history = HistoryFile(folders.history_file, lambda: ANSWERED_AT)
    sample = Sample(REF, Month(2026, 11), is_current=True, asked_at=ANSWERED_AT, answered_at=ANSWERED_AT, task=TASK)
    history.record(sample)
    history.acknowledge(REF, Month(2026, 11), failures_seen, ANSWERED_AT)
    await history.aclose()
    return ScreenOptions(settings=Settings(), folders=folders)


def text_of(options: ScreenOptions, columns: int = 120, rows: int = 34, now: datetime = NOW) -> list[str]:
    """The picture's characters."""
    return ["".join(span.text for span in line) for line in first_picture(options, now, columns, rows)]


async def test_the_last_figures_stand_there_with_their_age(tmp_path: Path) -> None:
    """Old ones are called stale, as the screen will call them."""
    lines = text_of(await remembered(tmp_path))
    assert len(lines) == 34
    assert "last known figures" in lines[0]
    assert lines[2].split() == [*"? images-to-obs stale 3h 1,204,331 11 +3 120 38.2 TB".split(), "10:10:05"]  # noqa: SIM905 - reads as the row does


async def test_figures_of_another_month_are_not_shown_as_this_ones(tmp_path: Path) -> None:
    """In December nothing is known of December."""
    options = await remembered(tmp_path)
    assert text_of(options, now=NOW + timedelta(days=15)) == []


@pytest.mark.parametrize(("columns", "rows"), [(120, 34), (110, 16), (80, 24), (40, 12), (500, 300)])
async def test_it_has_the_size_of_the_terminal(tmp_path: Path, columns: int, rows: int) -> None:
    """Every line is written in full, so that nothing of what stood there remains."""
    lines = text_of(await remembered(tmp_path), columns, rows)
    assert [len(line) for line in lines] == [columns] * rows


async def test_there_is_none_where_nothing_is_known_or_wanted(tmp_path: Path) -> None:
    """Then the screen comes first, as ever."""
    options = await remembered(tmp_path)
    assert text_of(replace(options, demo=True)) == []
    assert text_of(replace(options, settings=Settings(history=None))) == []
    assert text_of(replace(options, profile="dr")) == []
    assert text_of(options, 39, 12) == []
    assert text_of(options, 40, 11) == []
    options.folders.watchlist_file.write_text("[[task]]\nid =\n", encoding="utf-8")
    assert text_of(options) == []
    options.folders.history_file.unlink()
    assert text_of(options) == []


@pytest.mark.parametrize("theme", [*PALETTES, None])
@pytest.mark.parametrize("ascii_only", [False, True])
async def test_a_terminal_shows_it_as_it_is_meant(tmp_path: Path, theme: str | None, ascii_only: bool) -> None:
    """No scrolling, every cell in the theme's colours, or in the terminal's own."""
    lines = first_picture(await remembered(tmp_path), NOW, 80, 24)
    screen = pyte.Screen(80, 24)
    palette = PALETTES[theme] if theme is not None else None
    pyte.Stream(screen).feed(written(lines, palette, ColorSystem.TRUECOLOR, ascii_only=ascii_only))
    assert "images-to-obs" in screen.display[2]
    assert "omstui" in screen.display[0]
    backgrounds = {char.bg for row in screen.buffer.values() for char in row.values()}
    shown = {"default"} if palette is None else {palette.background, palette.panel, palette.boost}
    assert {f"#{one}" if one != "default" else one for one in backgrounds} <= shown | {"default"}
    if ascii_only:
        assert "".join(screen.display).isascii()


async def test_without_colours_only_the_selected_row_is_reversed(tmp_path: Path) -> None:
    """As on the screen a moment later, whose head and keys are on the terminal's own background."""
    lines = first_picture(await remembered(tmp_path), NOW, 80, 24)
    screen = pyte.Screen(80, 24)
    pyte.Stream(screen).feed(written(lines, None, ColorSystem.TRUECOLOR, ascii_only=False))
    assert {y for y, row in screen.buffer.items() if any(char.reverse for char in row.values())} == {2}
