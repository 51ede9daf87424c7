"""Tasks in what people paste or pipe."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omstui.core.task import LONGEST_LABEL, TaskRef, WatchedTask, WatchList, check_task_id
from omstui.core.task_input import BadLine, Line, read_lines, repeated, written_csv
from omstui.core.text import NOT_KEPT

UUID = "0d146099-8cf4-437d-b6ef-88e043771c8b"
MANY = "more than one task id: write each on a line of its own"
OTHER = "d18befdd-eb82-41f3-8019-bbb593d74a3e"


def without_numbers(lines: Iterable[Line]) -> list[Line]:
    return [replace(line, number=0) for line in lines]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("\n  \n# a comment\n", [], id="blank lines and comments"),
        pytest.param(UUID, [Line(UUID)], id="an id"),
        pytest.param(f"{UUID}\r\n{OTHER}\r\n", [Line(UUID), Line(OTHER)], id="many lines"),
        pytest.param(f"{UUID} images to obs", [Line(UUID, "images to obs")], id="a label"),
        pytest.param(f"{UUID}\timages # ours", [Line(UUID, "images")], id="a label and a comment"),
        pytest.param(f'["{UUID}",', [Line(UUID)], id="a line of JSON"),
        pytest.param(f"<{UUID}>; 'images'", [Line(UUID, "images")], id="wrapped"),
        pytest.param(f"\ufeff{UUID}", [Line(UUID)], id="a byte order mark"),
        pytest.param(f"\u200b{UUID}\u200b", [Line(UUID)], id="marks from a web page"),
        pytest.param(UUID.replace("-", "").upper(), [Line(UUID.replace("-", "").upper())], id="another form"),
        pytest.param(f"{UUID.replace('-', '')} x", [Line(UUID.replace("-", ""), "x")], id="another form, labelled"),
        pytest.param(f"{UUID} # not {OTHER}", [Line(UUID)], id="another id in a comment"),
        pytest.param("task-7", [Line("task-7")], id="a lone word"),
        pytest.param(f"{UUID} {'x' * 99}", [Line(UUID, "x" * 64)], id="a long label"),
        pytest.param(f"prod/{UUID} images", [Line(UUID, "images", "prod")], id="a profile"),
        pytest.param(f"{UUID},images to obs", [Line(UUID, "images to obs")], id="CSV"),
        pytest.param(f'{UUID};"images"', [Line(UUID, "images")], id="CSV of a spreadsheet"),
        pytest.param(f"prod/{UUID},images", [Line(UUID, "images", "prod")], id="CSV with a profile"),
        pytest.param(
            f"https://console.example/oms/?region=cn-north-4#/oms/syncTask/detail/{UUID} images",
            [Line(UUID, "images")],
            id="an address of the console",
        ),
        pytest.param(
            f"https://oms.example/v2/{'a' * 32}/sync-tasks/{UUID}?query_time=1",
            [Line(UUID)],
            id="an address of the service",
        ),
        pytest.param(f"https://x.example/{'a' * 32}/{UUID}", [Line(UUID)], id="an address with a project's id"),
        pytest.param(
            f'sync_task_id,label,profile\n{UUID},"a, b # c",prod\n# mine\n{OTHER},,',
            [Line(UUID, "a, b # c", "prod"), Line(OTHER)],
            id="CSV with a head",
        ),
        pytest.param(f"\ufeffID, Name\r\n{UUID}, x\r\n", [Line(UUID, "x")], id="CSV of another program"),
        pytest.param(f"   # not one\nid,label\n{UUID},x", [Line(UUID, "x")], id="a comment before the head"),
        pytest.param(f'id, label\n {UUID}, "a, b"', [Line(UUID, "a, b")], id="CSV with blanks"),
        pytest.param(f"id\n( {UUID} )", [Line(UUID)], id="CSV with a wrapped id"),
        pytest.param(f"id,label,what\n{UUID},x,y,z", [Line(UUID, "x")], id="CSV with a column that means nothing"),
        pytest.param("id\nX-7", [Line("X-7")], id="CSV with a lone word"),
        pytest.param(f"{UUID};a;b,c", [Line(UUID, "a;b,c")], id="CSV with more in the label"),
        pytest.param(f"({UUID}) images", [Line(UUID, "images")], id="in brackets"),
        pytest.param(f"images://0d146099/{UUID} x # y", [Line(UUID, "x")], id="an address and a comment"),
        pytest.param(f"\u200b\n\ufeff\n{UUID}", [Line(UUID)], id="lines of marks alone"),
        pytest.param(
            f"{UUID} see http://x.example now", [Line(UUID, "see http://x.example now")], id="an address in a label"
        ),
        pytest.param(f"<prod/{UUID}>", [Line(UUID, "", "prod")], id="wrapped, with a profile"),
        pytest.param(f'"{UUID}","images"', [Line(UUID, "images")], id="CSV in quotes"),
        pytest.param(f",{UUID},images", [Line(UUID, "images")], id="CSV with nothing in its first column"),
        pytest.param(
            f"https://oms.example/v2/{'a' * 32}/sync-tasks/{'b' * 32}",
            [Line("b" * 32)],
            id="a service's, without dashes",
        ),
        pytest.param("X", [Line("X")], id="a letter"),
        pytest.param(f"id;label\r\n{UUID};a, b\r\n", [Line(UUID, "a, b")], id="CSV of another country"),
        pytest.param(f'label\tid\n"a; b"\t{UUID}\n', [Line(UUID, "a; b")], id="tabs"),
        pytest.param("[]", [], id="an empty list of JSON"),
        pytest.param(
            f'\ufeff[{{"profile": "prod",\n"sync_task_id": "{UUID}"}},\n{{"sync_task_id": "{OTHER}", "label": "x"}}]\n',
            [Line(UUID, "", "prod"), Line(OTHER, "x")],
            id="JSON",
        ),
        pytest.param(
            f'{{"schema_version": 1, "tasks": [{{"sync_task_id": "{UUID}", "watched": false}}]}}',
            [Line(UUID)],
            id="JSON of discover",
        ),
        pytest.param(
            f'# mine\n[[task]]\nid = "{UUID}"  # one\nlabel = "a # b"\nprofile = "prod"\n\n[[task]]\nid = "{OTHER}"\n',
            [Line(UUID, "a # b", "prod"), Line(OTHER)],
            id="TOML",
        ),
    ],
)
def test_lines_that_name_tasks_are_read(text: str, lines: list[Line]) -> None:
    good, bad = read_lines(text)
    assert (without_numbers(good), bad) == (lines, [])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("please add these", "'please add these' does not look like a task id", id="prose"),
        pytest.param(
            "see http://x.example now",
            "'see http://x.example now' does not look like a task id",
            id="prose and an address",
        ),
        pytest.param('"ids": [', "'\"ids\": [' does not look like a task id", id="JSON around ids"),
        pytest.param("a/b", "'a/b' is not a task id", id="a path"),
        pytest.param("[]", "'[]' is not a task id", id="brackets around nothing"),
        pytest.param(f"{'x' * 99} y", f"'{'x' * 59}…' does not look like a task id", id="long prose"),
        pytest.param("x" * 256, "the task id has 256 characters, at most 255 are possible", id="too long"),
        pytest.param(f"{'x' * 58} y", f"'{'x' * 58} y' does not look like a task id", id="just short enough"),
        pytest.param(f"{'x' * 58}/y", f"'{'x' * 58}/y' is not a task id", id="just short enough, and one word"),
        pytest.param("\x1b[31m", r"'\x1b[31m' is not a task id", id="an escape"),
        pytest.param(f"{UUID}, {OTHER}", f"'{UUID}, {OTHER[:21]}…' holds {MANY}", id="two ids"),
        pytest.param(f"{UUID},{OTHER}", f"'{UUID},{OTHER[:22]}…' holds {MANY}", id="two ids, closer"),
        pytest.param(f"{UUID}{OTHER}", f"'{UUID}{OTHER[:23]}…' holds {MANY}", id="two ids grown together"),
        pytest.param(
            f"{UUID}{OTHER}".replace("-", ""), f"'{f'{UUID}{OTHER}'.replace('-', '')[:59]}…' holds {MANY}", id="in hex"
        ),
        pytest.param("https://console.example/oms", "'https://console.example/oms' holds no task id", id="no id"),
        pytest.param(
            f"https://x.example/{UUID}/{OTHER}",
            f"'https://x.example/{UUID}/{OTHER[:4]}…' holds more than one id: write the task's alone",
            id="an address with two",
        ),
        pytest.param(
            f"-prod/{UUID}", f"'-prod/{UUID}': '-prod' is not a profile name", id="what is not a profile's name"
        ),
        pytest.param(
            f"{'p' * 41}!/{UUID}",
            f"'{'p' * 41}!/{UUID[:16]}…': '{'p' * 40}' is not a profile name",
            id="a long name that is no profile's",
        ),
        pytest.param(f"a/b/{UUID}", f"'a/b/{UUID}': 'a/b' is not a profile name", id="a path before the id"),
        pytest.param(
            f"{UUID} B\udcfccher",
            f"'{UUID} B\ufffdcher' is not UTF-8: save the text as UTF-8 and add it again",
            id="another encoding",
        ),
        pytest.param("task\ufffd7", "'task\ufffd7' is garbled: copy the task id again", id="a character that was lost"),
    ],
)
def test_lines_that_name_none_are_bad_and_say_why(text: str, reason: str) -> None:
    good, bad = read_lines(f"{OTHER}\n\n{text}\n{UUID}\n")
    assert without_numbers(good) == [Line(OTHER), Line(UUID)], "and the others are read"
    assert bad == [BadLine(3, reason)]


@given(st.text() | st.text(st.sampled_from("0123456789abcdef-\n\t #[]\"',./\\ü\x1b\ud800\ufeff")))
def test_no_text_breaks_the_reader(text: str) -> None:
    good, bad = read_lines(text)
    for line in good:
        assert check_task_id(line.sync_task_id) == line.sync_task_id
        assert len(line.label) <= LONGEST_LABEL
    assert [line.number for line in bad] == sorted({line.number for line in bad})
    assert len(good) + len(bad) <= len(text.splitlines())


@given(st.lists(st.uuids(), min_size=1), st.sampled_from(["\n", "\r\n", "\n\n", " \n"]))
def test_every_id_of_a_list_is_found_in_its_order(ids: list[object], separator: str) -> None:
    good, bad = read_lines(separator.join(map(str, ids)))
    assert [line.sync_task_id for line in good] == [str(one) for one in ids]
    assert not bad


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        (f"id,label\n{UUID},x\na b,y\n", BadLine(3, "'a b,y' is not a task id")),
        (f"id,label,profile\n{UUID},x,a/b", BadLine(2, f"'{UUID},x,a/b': 'a/b' is not a profile name")),
        (f'[[task]]\nid = "{UUID}"\n\n[[task]]\nid = 7', BadLine(4, "'id = 7': id, label and profile must be text")),
        (
            f'[\n{{"sync_task_id": "a b"}},\n{{"sync_task_id": "{UUID}"}}]',
            BadLine(2, "\"{'sync_task_id': 'a b'}\" is not a task id"),
        ),
        (
            f'[{{"label": 7}},\n{{"sync_task_id": "{UUID}"}}]',
            BadLine(1, "\"{'label': 7}\": id, label and profile must be text"),
        ),
        (f'[[task]]\nid = \n[[task]]\nid = "{UUID}"', BadLine(1, "'id = ' is not TOML")),
        ("[[task]]\nlabel = 'x'", BadLine(1, "\"label = 'x'\" is not a task id")),
    ],
)
def test_a_bad_entry_of_a_table_is_named_and_the_others_are_read(text: str, bad: BadLine) -> None:
    assert read_lines(text)[1] == [bad]


def test_a_cell_beyond_all_measure_breaks_nothing() -> None:
    assert len(read_lines(f"id,label\n{UUID},{'x' * 200_000}")[1]) == 1


def test_a_task_that_is_named_again_is_told_with_both_lines() -> None:
    good, _ = read_lines(f"{UUID} a\n{OTHER}\n\nprod/{UUID}\nlab/{UUID}\n{OTHER}")
    assert repeated(good, "prod") == [
        BadLine(4, f"{UUID} stands in line 1 already"),
        BadLine(6, f"{OTHER} stands in line 2 already"),
    ]


def test_a_task_that_is_named_again_in_json_is_told_with_both_lines() -> None:
    good, _ = read_lines(f'[{{"sync_task_id": "{UUID}"}},\n{{"sync_task_id": "{UUID}", "label": "x"}}]')
    assert repeated(good) == [BadLine(2, f"{UUID} stands in line 1 already")]


@pytest.mark.parametrize(
    "text", ['{"tasks": 7}', '{"tasks": {"a": "b"}}', '{"x": []}', "[7, 8]", '[{"label": "x"}, 7]']
)
def test_json_of_something_else_is_read_as_lines_that_name_no_task(text: str) -> None:
    good, bad = read_lines(text)
    assert (good, [line.number for line in bad]) == ([], [1])


LABELS = (
    st.text(max_size=LONGEST_LABEL).map(lambda text: " ".join(text.split())).filter(lambda text: text.isprintable())
)


@given(st.lists(st.tuples(st.sampled_from(["prod", "lab"]), st.uuids(), LABELS)))
def test_a_list_written_as_csv_is_read_back_as_it_was(entries: list[tuple[str, object, str]]) -> None:
    watchlist = WatchList().added(WatchedTask(TaskRef(profile, str(one)), label) for profile, one, label in entries)
    good, bad = read_lines("\n".join(written_csv(watchlist)))
    assert not bad
    assert [WatchedTask(TaskRef(line.profile or "", line.sync_task_id), line.label) for line in good] == [*watchlist]


def test_a_label_stays_on_its_line_of_csv() -> None:
    watchlist = WatchList((WatchedTask(TaskRef("prod", UUID), "a\nb, c"),))
    assert written_csv(watchlist) == ["profile,sync_task_id,label", f'prod,{UUID},"a b, c"']


TOKEN = "MIIFdQYJKoZIhvcNAQcCoIIFZjCCBWICAQMxDTALBglghkgBZQMEAgEwggNDBgkqAbCdEf"


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"{TOKEN}\n{TOKEN[5:]}\n7f==",
        f"X-Auth-Token: {TOKEN}",
        f"{UUID} {TOKEN}",
        f"prod/{TOKEN}",
        f"{UUID},{TOKEN}",
        f"id,label\n{UUID},{TOKEN}",
        f"id,label\n{TOKEN},x",
        f'[[task]]\nid = "{UUID}"\nprofile = "p"\nlabel = "{TOKEN}"',
        f'[{{"sync_task_id": "{UUID}", "label": "{TOKEN}"}}]',
        f"https://x.example/{TOKEN}",
    ],
)
def test_a_token_is_refused_and_no_piece_of_it_repeated(text: str) -> None:
    """Neither as an id nor as a label, and the short rest of it is no id either."""
    good, bad = read_lines(text)
    assert good == []
    assert bad
    assert {line.reason for line in bad} == {NOT_KEPT}


def test_ids_beside_a_token_are_read_and_words_are_not() -> None:
    good, bad = read_lines(f"{UUID} logs\n{TOKEN}\nab7\n")
    assert good == [Line(UUID, "logs", number=1)]
    assert [line.number for line in bad] == [2, 3]
    assert read_lines("ab7", is_after_token=True) == ([], [BadLine(1, NOT_KEPT)])
