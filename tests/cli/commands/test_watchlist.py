"""`omstui add`, `remove` and `list`: what they change, what they print where, and their exit codes."""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import pytest
from hypothesis import strategies as st

from omstui.backend.secrets.secret import Secret
from omstui.core.task import WatchList
from omstui.demo.clock import SteppedClock
from tests.cli.machine import HOSTILE, ID, TOKEN, Machine, task
from tests.generated import tried
from tests.steps import is_linear


@pytest.fixture
def machine(tmp_path: Path, stepped_clock: SteppedClock) -> Machine:
    return Machine(tmp_path, stepped_clock)


def test_add_prints_what_is_new_and_keeps_it(machine: Machine) -> None:
    machine.has_profiles("lab")
    assert machine.omstui("add", ID.format(1), "--label", "one") == 0
    assert machine.out == f"{ID.format(1)}\n"
    assert machine.omstui("add", ID.format(1), ID.format(2), ID.format(2)) == 0
    assert machine.out == f"{ID.format(2)}\n"
    assert "1 task added" in machine.err
    assert "1 already there" in machine.err
    assert machine.watchlist == WatchList((task(1, label="one"), task(2)))


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["abc"], "abc does not look like a task id, which is a UUID: omstui discover lists the project's tasks"),
        ([ID.format(1), "abc", "abc", "0" * 32], "abc and 1 other do not look like task ids, which are UUIDs: omstui"),
        ([ID.format(1), ID.format(2).upper()], ""),
    ],
)
def test_add_warns_of_what_does_not_look_like_an_id_and_adds_it(machine: Machine, argv: list[str], words: str) -> None:
    machine.has_profiles("lab")
    assert machine.omstui("add", *argv) == 0
    assert machine.out.splitlines() == list(dict.fromkeys(argv))
    assert words in machine.err
    assert ("look like" in machine.err) is bool(words)


def test_add_reads_lines_names_bad_ones_and_adds_the_rest(machine: Machine) -> None:
    machine.has_profiles("lab")
    lines = f"# mine\n{ID.format(1)} one of them\nthis is prose\n{ID.format(2)},\n../etc\n{HOSTILE} x\n"
    assert machine.omstui("add", "-", stdin=lines) == 2
    assert machine.out == f"{ID.format(1)}\n{ID.format(2)}\n"
    assert [line.split(": ")[:2] for line in machine.err.splitlines()[:3]] == [
        ["omstui", "line 3"],
        ["omstui", "line 5"],
        ["omstui", "line 6"],
    ]
    assert "2 tasks added" in machine.err
    assert machine.watchlist == WatchList((task(1, label="one of them"), task(2)))


def test_lines_may_name_profiles_and_repeat_themselves(machine: Machine) -> None:
    """What names a profile goes there; what cannot go there is named, and the rest is added."""
    machine.has_profiles("lab", "prod")
    lines = f"prod/{ID.format(1)} one\nnone/{ID.format(2)}\nlab/{ID.format(1)}\n\nprod/{ID.format(1)}\n"
    assert machine.omstui("add", "-", stdin=lines) == 2
    assert machine.watchlist == WatchList((task(1, "prod", "one"), task(1)))
    assert "line 2: there is no profile none: omstui login none" in machine.err
    assert f"line 5: {ID.format(1)} stands in line 1 already, and is taken once" in machine.err
    assert machine.omstui("add", f"prod/{ID.format(3)}", f"prod/{ID.format(3)}") == 0
    assert f"argument 2: {ID.format(3)} stands in argument 1 already, and is taken once" in machine.err


@pytest.mark.parametrize(
    ("line", "words"), [("this is prose", "bad"), (f"none/{ID.format(1)}", "bad"), (ID.format(1), "repeated")]
)
def test_of_many_bad_lines_twenty_are_named_and_the_others_counted(machine: Machine, line: str, words: str) -> None:
    machine.has_profiles("lab")
    first = f"{ID.format(1)}\n"
    machine.omstui("add", "-", stdin=first + f"{line}\n" * 1_025)
    said = machine.err.splitlines()
    assert said[19].startswith("omstui: line 21: ")
    assert said[20] == f"omstui: and 1,005 more {words} lines"
    assert said[21].startswith("1 task added")
    assert machine.watchlist == WatchList((task(1),))


def test_more_than_stdin_may_hold_is_said_and_nothing_is_added(machine: Machine) -> None:
    """Tasks that are dropped without a word would be missed later."""
    machine.has_profiles("lab")
    lines = f"{ID.format(1)}\n" * 120_000
    for stdin in (lines, io.TextIOWrapper(io.BytesIO(lines.encode()), "utf-8")):
        assert machine.omstui("add", "-", stdin=stdin) == 2
        assert machine.err == "omstui: stdin holds more than 4 MiB, and nothing is changed: give less at a time\n"
        assert machine.out == ""
        assert not machine.watchlist


@pytest.mark.parametrize("line", ["{id}", "none/{id}", "x y {id}"])
def test_the_work_of_adding_grows_with_the_lines_and_not_with_their_square(machine: Machine, line: str) -> None:
    machine.has_profiles("lab")

    def add(count: int) -> Callable[[], object]:
        machine.folders.watchlist_file.unlink(missing_ok=True)
        lines = "\n".join(line.format(id=f"{number:032x}") for number in range(count))
        return lambda: machine.omstui("add", "-", stdin=lines)

    add(1)()  # with what is imported then
    assert is_linear(add, 300)


@pytest.mark.parametrize(
    "word", [f"https://console.example/#/oms/syncTask/detail/{ID.format(1)}", f"lab/{ID.format(1)}"]
)
def test_an_argument_may_be_an_address_or_name_its_profile(machine: Machine, word: str) -> None:
    machine.has_profiles("lab", "default")
    assert machine.omstui("add", word, "--profile", "lab", "--label", "one") == 0
    assert machine.watchlist == WatchList((task(1, label="one"),))


@pytest.mark.parametrize("form", ["--csv", "--toml", "--json"])
def test_a_printed_list_is_taken_back_as_it_was(machine: Machine, form: str) -> None:
    machine.has_profiles("lab", "prod")
    tasks = (task(1, "prod", 'a, "b" # c'), task(2, "lab", "令牌"), task(3))
    machine.watches(*tasks)
    assert machine.omstui("list", form) == 0
    printed = machine.out
    machine.folders.watchlist_file.unlink()
    assert machine.omstui("add", "-", stdin=printed) == 0
    assert machine.watchlist == WatchList(tasks)
    if form == "--toml":
        machine.folders.watchlist_file.write_text(printed)
        assert machine.watchlist == WatchList(tasks)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_in_the_form_in_which_other_systems_write_it(machine: Machine, encoding: str) -> None:
    """PowerShell writes UTF-16; a label in an unknown encoding is named and not garbled."""
    machine.has_profiles("lab")
    data = f"sync_task_id;label\r\n{ID.format(1)};plain\r\n{ID.format(2)};B\u00fccher\r\n".encode(encoding)
    code = machine.omstui("add", "-", stdin=io.TextIOWrapper(io.BytesIO(data), "utf-8"))
    if encoding == "cp1252":
        assert code == 2
        assert "line 3: " in machine.err
        assert "is not UTF-8: save the text as UTF-8 and add it again" in machine.err
        assert machine.watchlist == WatchList((task(1, label="plain"),))
    else:
        assert code == 0
        assert machine.watchlist == WatchList((task(1, label="plain"), task(2, label="B\u00fccher")))


@pytest.mark.parametrize(
    ("argv", "stdin", "words"),
    [
        (["add", ".."], "", "argument 1: '..' is not a task id"),
        (["add", "a/b", ""], "", "argument 2: the task id is empty"),
        (["add", "-"], "", "there is no task id on stdin"),
        (["add", "-", "x"], "", "- stands alone"),
        (["add", "-", "--label", "x"], "", "- stands alone"),
        (["add", "x", "y", "--label", "l"], "", "--label names one task"),
        (["add", "x", "--profile", "prod"], "", "there is no profile prod: omstui profiles lists them, omstui"),
        (["add", f"prod/{ID.format(1)}"], "", "argument 1: there is no profile prod: omstui login prod"),
        (["add", "-"], "[]", "there is no task id on stdin"),
        (["add"], "", "the following arguments are required: ID"),
    ],
)
def test_add_refuses_what_cannot_be_watched(machine: Machine, argv: list[str], stdin: str, words: str) -> None:
    machine.has_profiles("lab")
    assert machine.omstui(*argv, stdin=stdin) == 2
    assert words in machine.err
    assert machine.out == ""
    assert not machine.watchlist


@pytest.mark.parametrize(
    ("profiles", "environ", "argv", "expected"),
    [
        (["lab"], {}, [], "lab"),
        (["lab", "default"], {}, [], "default"),
        (["lab", "prod"], {"OMSTUI_PROFILE": "prod"}, [], "prod"),
        (["lab", "prod"], {"OMSTUI_PROFILE": "prod"}, ["--profile", "lab"], "lab"),
    ],
)
def test_tasks_go_to_the_profile_that_is_meant(
    machine: Machine, profiles: list[str], environ: Mapping[str, str], argv: list[str], expected: str
) -> None:
    machine.has_profiles(*profiles)
    machine.environ.update(environ)
    assert machine.omstui("add", ID.format(1), *argv) == 0
    assert machine.watchlist == WatchList((task(1, expected),))


def test_remove_takes_off_what_is_meant_and_names_what_is_not_there(machine: Machine) -> None:
    machine.watches(task(1), task(2), task(3), task(3, "prod"))
    assert machine.omstui("remove", ID.format(1), ID.format(9), ID.format(3)) == 2
    assert machine.out == f"{ID.format(1)}\n"
    assert f"{ID.format(9)} is not watched: omstui list shows what is" in machine.err
    three = ID.format(3)
    assert f"omstui: '{three}' names 2 tasks: write one of lab/{three}, prod/{three}\n" in machine.err
    assert machine.omstui("remove", ID.format(3), "--profile", "prod") == 0
    assert machine.watchlist == WatchList((task(2), task(3)))


def test_remove_takes_what_other_commands_take(machine: Machine) -> None:
    """A label where it names one task, and an id behind its profile."""
    machine.watches(task(1, label="one"), task(2, label="two"), task(3, label="two"), task(3, "prod"))
    assert machine.omstui("remove", "one", "two", f"prod/{ID.format(3)}") == 2
    assert machine.out == f"{ID.format(1)}\n{ID.format(3)}\n"
    assert f"omstui: 'two' names 2 tasks: write one of lab/{ID.format(2)}, lab/{ID.format(3)}\n" in machine.err
    assert machine.watchlist == WatchList((task(2, label="two"), task(3, label="two")))


def test_remove_takes_the_bucket_that_the_list_shows_for_a_task_without_a_label(machine: Machine) -> None:
    machine.has_profiles("lab")
    machine.store.set("lab", Secret(TOKEN))
    machine.watches(task(1), task(2, label="photos"))
    machine.answer = lambda _: httpx.Response(200, json={"status": "STOPPED", "src_bucket": "photos-2026"})
    assert machine.omstui("once") == 0
    assert machine.omstui("remove", "photos-2026") == 0
    assert machine.watchlist == WatchList((task(2, label="photos"),))


def test_the_list_is_data_on_stdout(machine: Machine) -> None:
    machine.watches(task(1, "prod-bj4", "one"), task(2, "lab", "令牌"), task(3))
    assert machine.omstui("list") == 0
    assert machine.out == (f"prod-bj4  {ID.format(1)}  one\nlab       {ID.format(2)}  令牌\nlab       {ID.format(3)}\n")
    assert machine.err == ""
    assert machine.omstui("list", "--json") == 0
    assert json.loads(machine.out)[1] == {"profile": "lab", "sync_task_id": ID.format(2), "label": "令牌"}
    assert machine.out.isascii()


def test_the_demo_s_list_is_printed_in_every_form_and_touches_nothing(machine: Machine) -> None:
    machine.folders.config.mkdir(parents=True)
    for path in (machine.folders.config_file, machine.folders.watchlist_file):
        path.write_text("not TOML")
    for form, words in (("", "images-to-obs"), ("--json", "images-to-obs"), ("--csv", "images-to-obs"), ("--toml", "")):
        assert machine.omstui("list", "--demo", *([form] if form else [])) == 0
        assert machine.out.count("\n") >= 6
        assert words in machine.out
        assert machine.err == ""


def test_hostile_labels_reach_no_terminal(machine: Machine) -> None:
    machine.watches(task(1, label=HOSTILE))
    assert machine.omstui("list") == 0
    assert machine.out.endswith("  a\ufffd]52;c;x\ufffd\ufffdb\n")
    assert machine.omstui("list", "--json") == 0
    assert json.loads(machine.out)[0]["label"] == HOSTILE
    for form in ("--csv", "--toml"):
        assert machine.omstui("list", form) == 0
        assert "\u202e" not in machine.out


def test_an_empty_list_names_the_next_step(machine: Machine) -> None:
    assert machine.omstui("list") == 0
    assert machine.out == ""
    assert "Next: omstui login, then omstui add ID" in machine.err
    machine.has_profiles("lab")
    assert machine.omstui("list") == 0
    assert "Next: omstui discover --add, or omstui add ID" in machine.err


@pytest.mark.parametrize("argv", [["list"], ["add", ID.format(1)], ["remove", ID.format(1)]])
def test_a_broken_list_is_named_and_left_alone(machine: Machine, argv: list[str]) -> None:
    machine.has_profiles("lab")
    machine.folders.watchlist_file.write_text("[[task]]\nid = \n")
    assert machine.omstui(*argv) == 2
    assert machine.err.startswith(f"omstui: {machine.folders.watchlist_file}, line 2: is not TOML")
    assert machine.folders.watchlist_file.read_text() == "[[task]]\nid = \n"


@pytest.mark.parametrize("argv", [["profiles"], []], ids=["profiles", "the screen"])
def test_each_mistake_in_the_configuration_is_a_line_of_its_own(machine: Machine, argv: list[str]) -> None:
    machine.has_profiles("lab")
    path = machine.folders.config_file
    path.write_text(f'interval = "5"\n{path.read_text()}color = "pink"\n')
    assert machine.omstui(*argv) == 2
    first, second = machine.err.splitlines()
    assert first.startswith(f"omstui: {path}, line 1: interval: ")
    assert f"omstui: {path}, line {len(path.read_text().splitlines())}: color in [profiles.lab]: " in second
    assert not machine.opened


LOOKS_LIKE_A_TOKEN = "MIIFdQYJKoZIhvcNAQcCoIIFZjCCBWICAQMxDTALBglghkgBZQMEAgEwggNDBgkqAbCdEf"


@pytest.mark.parametrize(
    "argv",
    [
        ["add", LOOKS_LIKE_A_TOKEN],
        ["add", "a" * 256],
        ["add", ID, "--label", LOOKS_LIKE_A_TOKEN],
        ["add", f"lab/{LOOKS_LIKE_A_TOKEN}"],
        ["remove", LOOKS_LIKE_A_TOKEN],
        ["once", LOOKS_LIKE_A_TOKEN],
    ],
    ids=" ".join,
)
def test_a_token_is_kept_nowhere_and_no_piece_of_it_repeated(machine: Machine, argv: list[str]) -> None:
    machine.has_profiles("lab")
    assert machine.omstui(*argv) == 2
    assert machine.watchlist == WatchList()
    assert LOOKS_LIKE_A_TOKEN[:12] not in machine.err + machine.out
    assert "aaaa" not in machine.err


LABELS = st.text(st.sampled_from("aB3-_/+=#\"'\\,;[]é日\u200b\x1b \t"), max_size=70) | st.lists(
    st.sampled_from(
        ["mii", "MII", "eyJ", "gAAAA", "Images", "2024", "Hangzhou", "Backup1", "-", "/", " ", "x-auth-token", ":"]
    ),
    max_size=12,
).map("".join)


def test_what_list_prints_is_taken_back_for_every_label_that_was_accepted(
    tmp_path_factory: pytest.TempPathFactory, stepped_clock: SteppedClock
) -> None:
    """As CSV, TOML and JSON, also where a label has pieces of a token or marks of these forms."""

    def check(given: tuple[str, str]) -> None:
        label, form = given
        machine = Machine(tmp_path_factory.mktemp("home"), stepped_clock)
        machine.has_profiles("lab")
        if machine.omstui("add", ID.format(1), f"--label={label}") != 0:
            assert "the label: " in machine.err or "a label has " in machine.err
            return
        assert machine.omstui("list", form) == 0
        printed = machine.out
        assert machine.omstui("remove", ID.format(1)) == 0
        assert machine.omstui("add", "-", stdin=printed) == 0
        assert machine.omstui("list", form) == 0
        assert machine.out == printed

    assert tried(st.tuples(LABELS, st.sampled_from(["--csv", "--toml", "--json"])), check) > 0
