"""How long a task is shown, as it is written."""

import pytest

from omstui.core.display import parse_cycle


@pytest.mark.parametrize(("text", "seconds"), [("20s", 20), ("20", 20), (" 2M ", 120), ("5s", 5), ("1h", 3600)])
def test_a_time_is_read(text: str, seconds: float) -> None:
    assert parse_cycle(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "4s", "61m", "1d", "nan", "inf", "-5s", "1e9h"])
def test_what_is_no_time_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"5s to 1h|20s or 2m"):
        parse_cycle(text)


@pytest.mark.parametrize("unit", ["s", "d"])
def test_of_a_long_text_the_first_forty_characters_are_quoted(unit: str) -> None:
    with pytest.raises(ValueError, match=r"(?<!9)9{40}(?!9)"):
        parse_cycle("9" * 50 + unit)
