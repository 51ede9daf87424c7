"""The README's pictures: taken from the real app, the same each time, and up to date."""

import html
import re
from pathlib import Path

import pytest

from omstui.screenshots import FOLDER, SHOTS, Shot, take

pytestmark = pytest.mark.slow

_TEXT = re.compile(r'<text [^>]*?x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>')


def content(svg: str) -> list[str]:
    """Return the characters of a picture, line by line."""
    lines: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in _TEXT.findall(svg):
        lines.setdefault(float(y), []).append((float(x), html.unescape(text).replace("\u00a0", " ")))
    return ["".join(text for _, text in sorted(pieces)).rstrip() for _, pieces in sorted(lines.items())]


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
async def test_a_picture_shows_what_the_app_shows_now(shot: Shot) -> None:
    """When this fails, look at the change, then run ``python -m omstui.screenshots``."""
    path = FOLDER / f"{shot.name}.svg"
    assert content(await take(shot)) == content(path.read_text(encoding="utf-8"))


async def test_a_picture_taken_twice_is_the_same_to_the_letter() -> None:
    assert await take(SHOTS[0]) == await take(SHOTS[0])


def test_the_readme_shows_each_picture_that_there_is() -> None:
    readme = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\(screenshots/([a-z0-9-]+)\.svg\)", readme))
    made = {path.stem for path in FOLDER.glob("*.svg")}
    assert shown <= made
    assert made == {shot.name for shot in SHOTS}


def test_pictures_load_nothing_from_elsewhere() -> None:
    for path in sorted(Path(FOLDER).glob("*.svg")):
        assert not re.search(r"url\(.?https?:", path.read_text(encoding="utf-8")), path
