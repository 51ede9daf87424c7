"""What `config.toml` may hold: values that serve are returned, others refused with what is accepted."""

import pytest

from omstui.backend.files.config_keys import PROFILE, check_region, check_token_command, is_variable
from omstui.core.profile import Profile


def test_every_key_is_a_field_of_a_profile() -> None:
    """And the name and the environment are all that a profile has beside them."""
    assert set(Profile.__struct_fields__) - PROFILE.keys() == {"name", "endpoint_variable", "iam_variable"}
    assert PROFILE.keys() <= set(Profile.__struct_fields__)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("A", True), ("_a1", True), ("A" * 100, True), ("A" * 101, False), ("A\n", False), ("1A", False)],
)
def test_a_variable_has_a_name_that_a_shell_takes(name: str, *, is_one: bool) -> None:
    assert is_variable(name) is is_one


@pytest.mark.parametrize(
    "argv",
    [
        ["vault"],
        ["get token", "", "--for=x"],
        ["vault", "read", "-field=token", "secret/data/huawei/oms/prod/2c0689c860ad4728a497c91ec0844383"],
        ["gcloud", "secrets", "versions", "access", "latest", "--secret=oms-token"],
        ["pass", "show", "huawei/oms: token"],
    ],
)
def test_a_command_is_a_program_with_any_arguments(argv: list[str]) -> None:
    assert check_token_command(argv) == tuple(argv)


@pytest.mark.parametrize("region", ["cn-north-4", "eu-west-101", "new-region-7"])
def test_a_region_is_what_a_host_name_can_be_built_of(region: str) -> None:
    assert check_region(region) == region


@pytest.mark.parametrize("region", ["", "a/b", "a.b", "a@b", "A B", "x\n", "[", "a?b", "é"])
def test_anything_else_is_no_region(region: str) -> None:
    with pytest.raises(ValueError, match="is not a region"):
        check_region(region)
