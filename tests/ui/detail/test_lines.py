"""The pane's picture: all 22 fields, their month and time, and what is wrong."""

import json
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.app import App, ComposeResult

from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import FIELD_NAMES, SyncTask
from omstui.core.watch.board import Recalled, TaskState
from omstui.core.watch.condition import assess
from omstui.core.watch.month_zone import MonthZone
from omstui.ui.detail.lines import detail_lines
from omstui.ui.detail.pane import DetailPane
from omstui.ui.detail.view import View
from omstui.ui.drawing.line import text_of, width_of
from omstui.ui.drawing.month_strip import month_strip
from tests.making import BEIJING, NOW, REF, TASK, counting, sample, state

WIDTHS = (38, 44, 60, 78, 120)
OCTOBER = Month(2026, 10)
MINUTE = timedelta(minutes=1)


def view_of(
    one: TaskState,
    month: Month | None = None,
    now: datetime = NOW,
    *,
    zone: tzinfo = BEIJING,
    month_zone: tzinfo = BEIJING,
    learned_zone: MonthZone | None = None,
    since_looked: int = 0,
) -> View:
    return View(one, month, now, zone, month_zone, assess(one, now, 60.0), learned_zone, since_looked)


def shown(one: TaskState, width: int = 60, month: Month | None = None, *, later: float = 0.0) -> str:
    view = view_of(one, month, NOW + timedelta(seconds=later))
    return "\n".join(text_of(line).rstrip() for line in detail_lines(view, width))


def canned(number: str) -> SyncTask:
    path = next((Path(__file__).parents[2] / "samples").glob(f"{number}-*.json"))
    body = json.loads(path.read_text())["response"]["body"]
    return SyncTask(**{name: body[name] for name in FIELD_NAMES if name in body})


def test_every_field_of_the_answer_has_its_place() -> None:
    """Changing any of the 22 fields changes the picture."""
    before = shown(state(sample()))
    for name in FIELD_NAMES:
        value = getattr(TASK, name)
        other: object = (
            (not value) if isinstance(value, bool) else value + 1_000_000_000 if isinstance(value, int) else "OTHER"
        )
        assert shown(state(sample(replace(TASK, **{name: other})))) != before, name


@pytest.mark.parametrize("width", WIDTHS)
def test_a_cloud_in_wide_letters_takes_no_more_room_than_it_has(width: int) -> None:
    task = replace(TASK, src_cloud_type="数据数据00000", src_region=None, dst_region=None, src_bucket="b" * 63)
    lines = detail_lines(view_of(state(sample(task))), width)
    assert max(map(width_of, lines)) <= width
    route = next(text_of(line) for line in lines if "数据" in text_of(line))
    assert route.startswith("数据")


def test_a_whole_pane_in_words() -> None:
    text = shown(
        state(sample(at=NOW - timedelta(seconds=60)), sample(counting(failed=14, accepted=1_204_465)), label="images")
    )
    for words in (
        "images" + " " * 46 + "prod-bj4\n● SYNCHRONIZING · failing · answered 17:40:05",
        "0d146099-8cf4-437d-b6ef-88e043771c8b",
        "HuaweiCloud cn-north-7  oms-sdk-test-src",
        "         to cn-north-7  oms-sdk-test-dst",
        "NOVEMBER 2026 · current · UTC+08:00",
        "Accepted    1,204,465  +3.0/min over 1 min",
        "Synced      1,204,331   99.998 %  +0/min over 1 min",
        "Failed             14    0.001 %  +3 since seen (A: seen)",
        "Pending           120",
        "Size          38.2 TB  38,204,117,002,112 bytes",
        "Status       SYNCHRONIZING\nLast arrival 17:40:05\nCreated      2023-11-22 15:52:40 UTC+08:00",
        "Overwrite    when size differs or source is newer",
        "Consistency  size and modification time",
        "Storage      –",
        "Options      KMS off · metadata off · restore",
        "Description  sync task test",
    ):
        assert words in text, f"{words!r} is not in\n{text}"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("number", ["01", "02", "03", "04", "05", "06", "07", "18"])
def test_no_answer_breaks_the_pane(number: str, width: int) -> None:
    """Each canned answer fits each width and holds nothing that a terminal would act on."""
    one = state(sample(canned(number)))
    view = view_of(one)
    for line in detail_lines(view, width):
        assert width_of(line) <= width, text_of(line)
        assert all(char.isprintable() for char in text_of(line))


def test_nulls_are_dashes_and_nothing_is_invented() -> None:
    text = shown(state(sample(canned("03"))))
    assert "STANDARD" not in text
    assert "off" not in text
    assert " 0" not in text.split("Accepted")[1].split("Created")[0].replace("0.000", "")
    assert text.count("–") > 12
    assert "n/a  not all counters reported" in text


def test_huge_counts_stay_exact_and_impossible_times_are_told_as_numbers() -> None:
    text = shown(state(sample(canned("02"))))
    for words in (
        "9,223,372,036,854,775,807",
        "9,214,364,837,600,034,807",
        "9,007,199,254,740,993",
        "9.22 EB",
        "unknown (0)",
    ):
        assert words in text
    assert "9223372036854775807 ms: outside the calendar" in text
    assert "Pending             0" in text


def test_unknown_words_are_shown_as_they_came() -> None:
    """All that was processed has failed in the sample as it stands, which is a state of its own."""
    text = shown(state(sample(replace(canned("04"), monthly_success_object=1))))
    for words in (
        "pausing?",
        "Status       PAUSING (unknown value)",
        "ETAG_COMPARISON_OVERWRITE (unknown value)",
        "COLD (unknown value)",
        "Google",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"consistency_check": "no_check"}, "Consistency size and modification time, where the size is known"),
        ({"consistency_check": "crc64"}, "Consistency CRC64; where there is none, size and modification time"),
        (
            {"object_overwrite_mode": "CRC64_COMPARISON_OVERWRITE"},
            "Overwrite when CRC64 differs; where there is none, when size differs or source is newer",
        ),
    ],
)
def test_a_comparison_is_told_with_what_it_falls_back_to(fields: dict[str, str], words: str) -> None:
    text = shown(state(sample(replace(TASK, **fields))))
    assert words in " ".join(text.split())


@pytest.mark.parametrize("name", ["description", "app_id"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_text_as_long_as_the_service_takes_it_is_shown_whole(name: str, width: int) -> None:
    """The bound is one of characters, however wide they are; what is longer ends in an ellipsis."""
    whole = "数据同步任务" * 42 + "end"
    for text, end in ((whole, "end"), (whole + "s", "en…")):
        facts = shown(state(sample(replace(TASK, **{name: text}))), width).split("Storage")[1]
        assert facts.count("数据同步任务"[0]) == 42
        assert end in "".join(facts.split())


def test_fields_that_do_not_fit_are_named_below_the_figures() -> None:
    one = replace(
        sample(), remarks=("enable_kms is text, not true or false", "create_time is text, not a whole number")
    )
    assert shown(state(one)).endswith(
        "Bad fields   enable_kms is text, not true or false;\n             create_time is text, not a whole number"
    )


def test_where_failed_objects_are_listed_is_named_without_moving_anything() -> None:
    """By the documentation, in the destination bucket; the lines below stay where they are without failures."""
    place = f"obs://oms-sdk-test-dst/oms/sync_task/{REF.sync_task_id}/failed_object_lists/ (by the documentation)"
    for width in WIDTHS:
        failed, well = (shown(state(sample(counting(failed=number))), width) for number in (11, 0))
        assert place.replace(" ", "") in "".join(failed.split("Failed lists")[1].split())
        assert "obs://" not in well
        assert failed.count("\n") == well.count("\n")
        assert failed.partition("by month")[0].count("\n") == well.partition("by month")[0].count("\n")
    assert "Failed             11   <0.001 %  Y: where they are listed" in failed
    assert "where they are listed" not in well
    unnamed = shown(state(sample(replace(TASK, dst_bucket=None))))
    assert "Failed lists –" in unnamed


def test_contradicting_counters_give_no_pending_and_no_bar() -> None:
    text = shown(state(sample(canned("18"))))
    assert "n/a\n         more done than accepted" in text
    assert " -4" not in text
    assert "━" not in text


def test_a_past_month_says_so_plainly_and_when_it_was_answered() -> None:
    text = shown(state(sample(), sample(counting(synced=7), month=OCTOBER)), month=OCTOBER)
    assert "OCTOBER 2026" in text
    assert "PAST MONTH – not live" in text
    assert "current" not in text.split("PAST")[0].rpartition("\n")[0]
    assert "          7 " in text
    assert "/min" not in text
    assert "PAST MONTH – not live, not final" in text
    confirmed = replace(sample(counting(synced=7), month=OCTOBER), agreed=True)
    recalled = state().with_recalled(Recalled(months={OCTOBER: confirmed}), NOW, BEIJING, 60.0).filed(sample(), 60.0)
    assert "not final" not in shown(recalled, month=OCTOBER)


def test_the_figures_of_another_month_are_never_shown_for_it() -> None:
    text = shown(state(sample()), month=OCTOBER)
    assert "1,204,331" not in text
    assert "No answer yet" in text


def test_when_the_month_has_turned_the_old_figures_keep_their_name() -> None:
    """Until the new month is answered, the pane names the month that its figures are of."""
    eleven = state(sample(at=NOW.replace(day=30, hour=15, minute=59)))
    view = view_of(eleven, now=NOW.replace(day=30, hour=16, minute=0))
    text = "\n".join(text_of(line) for line in detail_lines(view, 60))
    assert "NOVEMBER 2026" in text
    assert "The month has turned" in text


def test_a_problem_is_told_in_full_with_what_to_do_and_old_figures_are_dated() -> None:
    refusal = Problem(
        ProblemKind.TOKEN, "Incorrect IAM authentication information", "APIGW.0301", 401, "8080d377bffeb6d5"
    )
    late = state(sample(at=NOW - timedelta(minutes=5)), sample(refusal))
    text = shown(late, 70)
    for words in (
        "✗ token · APIGW.0301 · HTTP 401",
        "Incorrect IAM authentication information",
        "request id 8080d377bffeb6d5",
        "omstui login prod-bj4",
        "Figures below: answered 2026-11-22 17:35:05 UTC+08:00, 5 min ago",
        "1,204,331",
    ):
        assert words in text
    assert "/min" not in text


def test_a_stale_answer_is_dated_even_without_a_problem() -> None:
    """With every poller dead, nothing but the clock moves, and the pane says so."""
    text = shown(state(sample()), later=121)
    assert "stale · 2 min old" in text
    assert "Figures below: answered" in text


def test_of_an_answer_from_the_future_nobody_knows_how_old_it_is() -> None:
    """A clock that was set back makes no answer 0 seconds old."""
    text = shown(state(sample()), width=100, later=-300)
    assert "● stale · nobody knows how old" in text
    assert "Figures below: answered 2026-11-22 17:40:05 UTC+08:00, by a clock that was set back since" in text
    assert "0 s" not in text


@pytest.mark.parametrize(("width", "offset"), [(42, "UTC+08:00"), (39, "+08:00"), (38, "+08")])
def test_the_task_s_times_stand_on_one_line_each(width: int, offset: str) -> None:
    created = f"2023-11-22 15:52:40 {offset}"
    assert f"\nCreated      {created}\nLast started {created}\n" in shown(state(sample()), width=width)


def test_failures_that_are_new_in_both_ways_are_told_once() -> None:
    """Else the pane says the same twice below each other."""
    made = state(sample(at=NOW - MINUTE), sample(counting(failed=14)))
    views = [view_of(made, since_looked=number) for number in (0, 3, 2)]
    drawn = ["\n".join(text_of(line) for line in detail_lines(view, 42)) for view in views]
    assert ["since you looked" in text for text in drawn] == [False, False, True]
    assert all("+3 since seen (A: seen)" in text for text in drawn)


def test_a_past_months_trouble_promises_no_asking_that_does_not_come() -> None:
    """A past month is asked for once, then only by a key, whatever the trouble was."""
    for kind in ProblemKind:
        trouble = sample(Problem(kind, "Trouble"), month=OCTOBER)
        earlier = sample(counting(synced=7), month=OCTOBER, at=NOW - timedelta(seconds=60))
        for one in (state(sample(), trouble), state(sample(), earlier, trouble)):
            text = " ".join(shown(one, 120, OCTOBER).split())
            assert "r asks again" in text
            assert "by itself" not in text
            assert "goes on" not in text
            assert "Waiting as long" not in text
            assert ("T, or omstui login prod-bj4; then r asks again" in text) == (kind is ProblemKind.TOKEN)


def test_the_current_month_by_its_name_is_the_current_month() -> None:
    """Profiles have different zones: what is past for one may be the present for another."""
    one = state(sample(at=NOW - timedelta(seconds=60)), sample(counting(failed=14)))
    assert shown(one, month=Month(2026, 11)) == shown(one)
    assert not view_of(one, Month(2026, 11)).is_past
    turning = NOW.replace(day=30, hour=18)
    assert not view_of(one, Month(2026, 12), turning).is_past
    assert view_of(one, Month(2026, 11), turning).is_past
    assert not view_of(one, Month(2026, 11), turning, zone=UTC, month_zone=UTC).is_past


def test_a_month_in_the_future_is_neither_past_nor_live() -> None:
    december = Month(2026, 12)
    text = shown(state(sample()), month=december)
    assert "DECEMBER 2026" in text
    assert "in the future" in text
    assert "PAST" not in text
    assert "current" not in text.replace("t current month", "")
    assert "1,204,331" not in text
    assert not view_of(state(sample()), december).is_past
    assert "in the future" in shown(state(), month=december)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("SYNCHRONIZING", "SYNCHRONIZING"),
        ("STOPPED", "STOPPED"),
        ("Stopped", "Stopped (unknown value)"),
        ("PAUSED_BY_ADMINISTRATOR", "PAUSED_BY_ADMINISTRATOR (unknown value)"),
        ("a\x1b[31m", "a\ufffd[31m (unknown value)"),
        ("", "(empty) (unknown value)"),
        (None, "–"),
    ],
)
@pytest.mark.parametrize("outcome", [None, Problem(ProblemKind.SERVER, "503")])
def test_the_status_stands_there_as_it_came(status: str | None, words: str, outcome: Problem | None) -> None:
    """Whatever else the title says, in trouble and when stale too."""
    one = state(sample(replace(TASK, status=status)), *([sample(outcome)] if outcome is not None else []))
    assert f"Status       {words}\n" in shown(one)
    assert f"Status       {words}\n" in shown(one, later=500)


@pytest.mark.parametrize("width", [58, 78])
@pytest.mark.parametrize("month", [None, OCTOBER])
def test_with_few_rows_the_figures_come_before_id_and_settings(width: int, month: Month | None) -> None:
    one = state(sample(), sample(counting(synced=7), month=OCTOBER))
    view = view_of(one, month)
    short, tall = ([text_of(line).rstrip() for line in detail_lines(view, width, height)] for height in (6, 30))
    assert tall == [text_of(line).rstrip() for line in detail_lines(view, width)]
    strip = [text_of(line).rstrip() for line in month_strip(view.strip, width)]
    assert len(strip) == 3
    assert sorted(filter(None, short + strip)) == sorted(filter(None, tall)), "the months side by side take their leave"
    first = short[: 6 if month is None else 8]
    assert any(line.startswith("Synced") for line in first)
    assert any(line.startswith("Failed") for line in first)
    assert not any(REF.sync_task_id in line for line in first)


def test_with_few_rows_trouble_still_comes_before_old_figures() -> None:
    one = state(sample(), sample(Problem(ProblemKind.SERVER, "503 for a while")))
    view = view_of(one)
    text = "\n".join(text_of(line).rstrip() for line in detail_lines(view, 58, 6))
    assert text.index("503 for a while") < text.index("Accepted") < text.index(REF.sync_task_id)


class PaneApp(App[None]):
    CSS = "#pane { height: 1fr; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; overflow-x: hidden; }"

    def compose(self) -> ComposeResult:
        yield DetailPane(id="pane")


@pytest.mark.parametrize("height", [8, 14, 50])
async def test_a_scroll_bar_that_comes_hides_nothing(height: int) -> None:
    app = PaneApp()
    async with app.run_test(size=(50, height)) as pilot:
        pane = app.query_one(DetailPane)
        pane.show_view(view_of(state(sample())))
        await pilot.pause()
        await pilot.pause()
        lines = [text_of(line) for line in pane.lines]
        assert {len(line) for line in lines} == {49 if len(lines) > height else 50}
        assert lines[0].endswith("prod-bj4")
        assert any(line.endswith("] ›") for line in lines)


def test_an_answer_for_another_id_is_pointed_out() -> None:
    text = shown(state(sample(replace(TASK, sync_task_id="d18befdd-eb82-41f3-8019-bbb593d74a3e"))))
    assert "The answer names another id:\nd18befdd" in text
    assert REF.sync_task_id in text


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("pending", "words"),
    [
        ([5 + number for number in range(42)], "growing for 41 min"),
        ([1_000 - 10 * number for number in range(31)], "empty in about 1 h 10 min at the pace of the last 10 min"),
    ],
)
def test_how_pending_goes_on_is_told_whole_at_every_width(width: int, pending: list[int], words: str) -> None:
    answers = [
        sample(
            counting(accepted=2_000 + 20 * number, synced=2_000 + 20 * number - left, failed=0, skipped=0),
            at=NOW + number * MINUTE,
        )
        for number, left in enumerate(pending)
    ]
    text = shown(state(*answers), width, later=60.0 * len(pending))
    # Side by side with the facts the words stand in a column of their own.
    assert all(word in text for word in words.split()), text
    assert width >= 78 or words in " ".join(text.split())
    assert all(len(line) <= width for line in text.splitlines())


@pytest.mark.parametrize("width", WIDTHS)
def test_silence_is_told_whole_at_every_width_with_how_long_it_has_been_quiet(width: int) -> None:
    answers = [sample(counting(failed=0), at=NOW + number * MINUTE) for number in range(21)]
    quiet = replace(state(*answers), silent_after=600.0)
    text = " ".join(shown(quiet, width, later=1200.0).split())
    assert "● silent" in text
    assert "none seen; nothing in 20 min" in text
    assert "watched since" in text


def test_a_past_month_is_not_final_until_it_was_asked_for_after_its_end() -> None:
    """October is over in every time zone at 12:00 UTC on 1 November; a second answer has to confirm what it came to."""
    end = OCTOBER.over_everywhere_at
    for asked_at, answers, is_final in ((end - 2 * MINUTE, 2, False), (end, 1, False), (end, 2, True)):
        past = [sample(month=OCTOBER, at=asked_at + number * MINUTE) for number in range(answers)]
        text = " ".join(shown(state(sample(), *past), 120, OCTOBER).split())
        assert ("PAST MONTH – not live, not final, answered" in text) is not is_final
    assert "not final" not in shown(state(sample()), 120, OCTOBER), "without figures there is nothing to say it of"


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_said_at_the_turn_of_a_month_is_told_whole_at_every_width(width: int) -> None:
    last = state(sample(at=NOW.replace(day=30, hour=15, minute=59)))
    for now, zone, words in (
        (NOW.replace(day=30, hour=16, minute=0), BEIJING, "The month has turned; no answer for the new one yet"),
        (NOW.replace(day=30, hour=16, minute=0), UTC, ""),
        (
            NOW.replace(day=30, hour=15, minute=59),
            timezone(timedelta(hours=14)),
            "The service still counts November; here it is December",
        ),
    ):
        lines = detail_lines(view_of(last, now=now, month_zone=zone), width)
        assert words in " ".join(text_of(line).strip() for line in lines)
        assert max(map(width_of, lines)) <= width


@pytest.mark.parametrize("width", [38, 44, 60])
def test_where_months_begin_otherwise_than_the_profile_says_the_command_that_mends_it_is_told(width: int) -> None:
    seen_at = NOW.replace(day=1)
    exact, vague = (MonthZone(timedelta(hours=8), timedelta(hours=most), seen_at) for most in (8, 9))
    advice = "but the profile says UTC+00:00: omstui login prod-bj4 --zone"
    for learned, zone, words in (
        (exact, UTC, f"begin at UTC+08:00 (seen 1 November), {advice} UTC+08:00"),
        (vague, UTC, f"begin between UTC+08:00 and UTC+09:00, {advice} Z"),
        (exact, BEIJING, "begin at UTC+08:00 (seen 1 November)"),
    ):
        lines = detail_lines(view_of(state(sample()), zone=zone, month_zone=zone, learned_zone=learned), width)
        facts = " ".join(" ".join(text_of(line) for line in lines).split())
        assert words in facts
        assert ("omstui login" in facts) is (zone is UTC)
