"""Keys that a person has given to actions."""

import importlib
import pkgutil

import pytest
from textual.binding import Binding

import omstui.ui
from omstui.core.settings import Settings
from omstui.ui.keys.conflicts import BOUND, key_conflicts
from tests.ui.running import running


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"month.previous": "comma"},
        {"month.previous": "{", "month.next": "}"},
        {"move.down": "n,down"},
        {"move.down": "n , ctrl+j"},
        {"ask.now": "f5"},
        {"ask.now": "ctrl+shift+f5"},
        {"ask.now": "ä"},
        {"ask.now": "l", "event.log": "r"},
        {"wall.next": "r"},
        {"copy.id": "plus"},
        {"copy.id": "+"},
    ],
)
def test_what_is_in_order_is_not_named(keys: dict[str, str]) -> None:
    assert key_conflicts(keys) == []


@pytest.mark.parametrize(
    ("keys", "sentences"),
    [
        (
            {"month.prevous": "x"},
            ["There is no action month.prevous, perhaps month.previous is meant: the help (?) lists the ids"],
        ),
        ({"zzzz": "x"}, ["There is no action zzzz: the help (?) lists the ids"]),
        ({"ask.now": "Esc"}, ["ask.now cannot be given Esc, which is no key, perhaps escape is meant"]),
        (
            {"ask.now": "ctrl+pgup"},
            ["ask.now cannot be given ctrl+pgup, which is no key, perhaps ctrl+pageup is meant"],
        ),
        ({"ask.now": "strg+r"}, ["ask.now cannot be given strg+r, which is no key"]),
        ({"ask.now": ""}, ["ask.now cannot be given no key at all: leave the line out"]),
        ({"ask.now": "n,,"}, ["ask.now cannot be given no key at all: leave the line out"] * 2),
        ({"ask.now": "l"}, ["The key l is for event.log and for ask.now: give one of them another"]),
        ({"ask.now": "["}, ["The key [ is for month.previous and for ask.now: give one of them another"]),
        ({"ask.now": "n", "ask.all": "n"}, ["The key n is for ask.now and for ask.all: give one of them another"]),
        ({"event.jump": "l"}, ["The key l is for event.close and for event.jump: give one of them another"]),
        ({"a\x1b[2J": "x"}, ["There is no action a�[2J: the help (?) lists the ids"]),
    ],
)
def test_what_is_wrong_is_named(keys: dict[str, str], sentences: list[str]) -> None:
    assert key_conflicts(keys) == sentences


def test_every_place_where_keys_are_bound_is_looked_at() -> None:
    """Each class that has bindings is in `BOUND`, a base of one that is, or has its bindings offered by one that is."""
    looked_at: set[type] = set()
    known: set[str | None] = set()
    for path in BOUND:
        module, _, name = path.rpartition(".")
        bound = getattr(importlib.import_module(f"omstui.ui.{module}"), name)
        looked_at |= set(bound.__mro__)
        known |= {binding.id for binding in bound.BINDINGS if isinstance(binding, Binding)}
    for found in pkgutil.walk_packages(omstui.ui.__path__, "omstui.ui."):
        for one in vars(importlib.import_module(found.name)).values():
            if isinstance(one, type) and one.__module__ == found.name and (bindings := vars(one).get("BINDINGS")):
                assert one in looked_at or {binding.id for binding in bindings} <= known, one


async def test_it_is_said_at_the_start_and_stops_nobody() -> None:
    settings = Settings(keys={"ask.now": "l", "nothing": "x"})
    async with running(settings=settings) as run:
        await run.until(lambda: "config.toml" in run.text(), "the sentence")
        said = " ".join(run.text().split())
        assert "and 1 more: omstui doctor" in said
        await run.press("j")
        assert "config.toml" not in run.text()


async def test_a_key_that_was_given_does_its_work() -> None:
    async with running(settings=Settings(keys={"view.wall": "b"})) as run:
        await run.press("b")
        assert run.app.screen is not run.main
