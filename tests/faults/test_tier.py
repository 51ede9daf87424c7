"""The fault tests are in the slow tier."""

import pytest


def test_a_test_of_this_folder_is_slow(request: pytest.FixtureRequest) -> None:
    """Without a mark of its own or of its module."""
    assert request.node.get_closest_marker("slow") is not None
