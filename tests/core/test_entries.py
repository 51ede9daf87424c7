"""Read-only mappings that differ in a few entries."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from omstui.core.entries import with_entries


@pytest.mark.parametrize("kind", [dict, MappingProxyType])
def test_entries_are_put_in_and_the_mapping_stays_as_it_was(kind: type[Mapping[str, int]]) -> None:
    before = kind({"b": 1, "a": 2})  # type: ignore[call-arg] # both take a dictionary
    after = with_entries(before, {"c": 3, "b": 4})
    assert list(after.items()) == [("b", 4), ("a", 2), ("c", 3)]
    assert list(before.items()) == [("b", 1), ("a", 2)]


def test_nothing_can_be_put_into_it_afterwards() -> None:
    with pytest.raises(TypeError):
        with_entries({}, {"a": 1})["b"] = 2  # type: ignore[index] # that is what is tried
