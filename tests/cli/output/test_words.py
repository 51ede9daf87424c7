from datetime import UTC, datetime, timedelta, timezone

import pytest

from omstui.cli.output.words import until

NOW = datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (90_000, "2026-11-23 18:40 UTC+08:00, 25 h"),
        (86_399, "2026-11-23 17:40 UTC+08:00, 23 h"),
        (7200, "2026-11-22 19:40 UTC+08:00, 2 h"),
        (7199, "2026-11-22 19:40 UTC+08:00, 119 min"),
        (59, "2026-11-22 17:41 UTC+08:00, 0 min"),
        (172_800, "2026-11-24 17:40 UTC+08:00, 2 days"),
        (-1, "2026-11-22 17:40 UTC+08:00, which has passed"),
    ],
)
def test_an_end_is_told_with_what_is_left(seconds: int, words: str) -> None:
    assert until(NOW + timedelta(seconds=seconds), NOW, timezone(timedelta(hours=8))) == words
