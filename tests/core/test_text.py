import base64
import unicodedata
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.core.text import holds_token, tame
from tests.generated import tried
from tests.samples_reader import load_sample

ODD = (
    "ab []\t\n\r\v\f\x00\x07\x1b\x7f\x85\x9b\u00a0\u00ad\u0301\u0302\u0488\u034f\u061c\u115f\u180b\u180e\u200b\u200d"
    "\u200e\u2028\u2029\u202e\u2060\u2066\u2069\u3000\u3164\ue000\ufe0f\ufeff\ufff9\U000e0041\U000e0100\U0001f69a\ud800"
)
TEXTS = st.text(st.sampled_from(ODD), max_size=40) | st.text(max_size=40)
TOWERS = st.text(st.sampled_from("a\u0301\u0302\u0488\u200b\ufe0f"), max_size=40)


@pytest.mark.fault("R22")
def test_nothing_that_a_terminal_acts_on_or_that_hides_is_left(figure: Callable[[str], None]) -> None:
    def check(text: str) -> None:
        categories = {unicodedata.category(char) for char in tame(text)}
        assert not categories & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

    figure(f"nothing hostile left in {tried(TEXTS, check)} texts")


@pytest.mark.fault("R22")
def test_taming_twice_changes_nothing(figure: Callable[[str], None]) -> None:
    def check(text: str) -> None:
        assert tame(tame(text)) == tame(text)

    figure(f"{tried(TEXTS, check)} tamed twice")


@pytest.mark.fault("R22")
def test_it_stays_on_one_line_and_grows_no_longer(figure: Callable[[str], None]) -> None:
    def check(text: str) -> None:
        tamed = tame(text)
        assert len(tamed.splitlines()) <= 1
        assert len(tamed) <= len(text)
        assert tamed == tamed.strip()

    figure(f"{tried(TEXTS, check)} on one line")


@pytest.mark.fault("R22")
def test_at_most_two_combining_marks_stand_in_a_row(figure: Callable[[str], None]) -> None:
    def check(text: str) -> None:
        row = 0
        for char in tame(text):
            row = row + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
            assert row <= 2

    figure(f"at most two marks in a row in {tried(TEXTS | TOWERS, check)}")


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), max_size=40))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert tame(text) == text


@pytest.mark.parametrize(
    ("text", "tamed"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("日志归档 é ü Ж 🚚", "日志归档 é ü Ж 🚚", id="letters of the world"),
        pytest.param("[bold red]x[/]", "[bold red]x[/]", id="markup stays for whoever displays it"),
        pytest.param("\x1b[31mred\x1b[0m", "�[31mred�[0m", id="escapes"),
        pytest.param("a\x9b2Jb", "a�2Jb", id="an escape of one byte"),
        pytest.param("\x1b]52;c;aGk=\x07", "�]52;c;aGk=�", id="the clipboard"),
        pytest.param("a\r\nb\tc\u2028d\u2029e\x85f", "a b c d e f", id="line breaks"),
        pytest.param("a \n\n b", "a  b", id="a break beside a blank"),
        pytest.param("\n a \n", "a", id="breaks at the ends"),
        pytest.param("gpj\u202eexe", "gpj�exe", id="writing direction"),
        pytest.param("a\u2066b\u2069", "a�b�", id="isolates"),
        pytest.param("pass\u200bword\ufeff\u00ad", "password", id="invisible ones"),
        pytest.param("👩\u200d💻\ufe0f", "👩💻", id="joined emoji come apart"),
        pytest.param("e\u0301\u0301\u0301\u0301x", "e\u0301\u0301x", id="towers of marks"),
        pytest.param("e\u0301\u0301\u200b\u0301\ufe0f\u0301x", "e\u0301\u0301x", id="towers with gaps"),
        pytest.param("e\u0301\u0301f\u0301\u0301", "e\u0301\u0301f\u0301\u0301", id="marks on two letters"),
        pytest.param("\ue000\ud800\uffff", "���", id="private, surrogate, unassigned"),
        pytest.param("\U000e0041", "�", id="tag characters"),
    ],
)
def test_hostile_text_is_tamed(text: str, tamed: str) -> None:
    assert tame(text) == tamed


@pytest.mark.parametrize("char", ["\ufe00", "\ufe0f", "\U000e0100", "\U000e01ef", "\u034f"])
def test_marks_that_only_choose_a_look_vanish(char: str) -> None:
    assert tame(f"a{char}b") == "ab"


@pytest.mark.parametrize(
    "char",
    [
        "\u00ad",
        "\u034f",
        "\u061c",
        "\u115f",
        "\u1160",
        "\u17b4",
        "\u17b5",
        "\u180e",
        "\u200b",
        "\u200c",
        "\u200d",
        "\u2060",
        "\u3164",
        "\ufeff",
        "\uffa0",
    ],
    ids=ascii,
)
def test_what_nobody_sees_vanishes(char: str) -> None:
    """Some of them count as letters: two names that look alike would be different ones."""
    assert tame(f"a{char}b") == "ab"


@pytest.mark.parametrize(("char", "tamed"), [("\ufe10", "\ufe10"), ("\ufe20", "\ufe20"), ("\U000e01f0", "�")])
def test_their_neighbours_do_not(char: str, tamed: str) -> None:
    assert tame(f"a{char}b") == f"a{tamed}b"


def test_two_marks_may_stand_at_the_beginning() -> None:
    assert tame("\u0301\u0302\u0303a") == "\u0301\u0302a"


def test_endless_text_is_read_up_to_a_bound() -> None:
    assert len(tame("x" * 1_000_000)) == 4096


def test_the_sample_with_hostile_text_comes_out_harmless() -> None:
    tamed = tame(load_sample("07").body["description"])
    assert "\x1b" not in tamed
    assert "\u202e" not in tamed
    assert "line1 line2 end" in tamed
    assert "[bold red]not markup[/]" in tamed


@pytest.mark.parametrize(
    "text",
    [
        "MIIFdQYJKoZIhvcNAQcCoIIF",
        "gAAAAABlYQ3kZkq1Jv0sX2P8a7",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        "images MIIFdQYJKoZIhvcNAQcCoIIFZjCCBWICAQMxDTALBglghkgBZQMEAgEwggNDBgkq",
        "X-Auth-Token: short",
        "x-auth-token=short",
        "dKq0Xv2LmN9pRsT4uVwXyZaBcDeFgHiJkLmNoPq8",
        "Zm9v/YmFyQmF6+UXV4Q29yZ2UxR3JhdWx0R2FycGx5Vw==",
        "X-AUTH-TOKEN: short",
    ],
)
def test_tokens_and_keys_are_told_by_their_look(text: str) -> None:
    assert holds_token(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "images to obs",
        "0d146099-8cf4-437d-b6ef-88e043771c8b",
        "prod-bj4/0d146099-8cf4-437d-b6ef-88e043771c8b",
        "2C0689C860AD4728A497C91EC0844383",
        "x" * 255,
        "MIIgration",
        "mii-production-bucket-backup",
        "MII-production-bucket-backup-2026",
        "EYJafjallajokullEruption",
        "Images2024HangzhouToBeijingProductionBackup1",
        "Images2024/HangzhouToBeijing/ProductionBackup1",
        "Backup-Of-The-Whole-Image-Archive-2026-In-North-4-And-More",
        "https://console.example/oms/?region=cn-north-4#/oms/syncTask/detail/0d146099-8cf4-437d-b6ef-88e043771c8b",
    ],
)
def test_ids_labels_and_addresses_are_no_tokens(text: str) -> None:
    assert not holds_token(text)


@given(st.integers(0, 2**32).map(lambda seed: Random(seed).randbytes(3000)))
def test_every_line_of_a_wrapped_token_but_its_last_is_told(raw: bytes) -> None:
    token = base64.b64encode(b"0\x82" + raw).decode()
    assert holds_token(token)
    assert all(holds_token(token[at : at + 76]) for at in range(0, len(token) - 76, 76))
