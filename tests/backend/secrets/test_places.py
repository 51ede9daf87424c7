"""A profile's secret is in the store that the profile names."""

from pathlib import Path

import pytest

from omstui.backend.runtime.files import Folders
from omstui.backend.secrets.kernel import KernelStore
from omstui.backend.secrets.places import SecretStores
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import MemoryStore
from omstui.core.profile import SECRET_STORES, Profile


@pytest.fixture
def stores(tmp_path: Path) -> SecretStores:
    return SecretStores(MemoryStore(), Folders(tmp_path / "config", tmp_path / "state"))


def test_each_name_stands_for_a_store_of_its_own(stores: SecretStores) -> None:
    made = [stores.of(Profile("x", "https://a", "p", secret_store=name)) for name in SECRET_STORES]
    assert made[0] is stores.keyring
    assert made[2] is stores.file
    assert len({id(store) for store in made}) == 4
    assert set(map(id, stores.lasting(None))) == {id(made[0]), id(made[2])}


def test_the_kernel_is_asked_only_for_a_profile_that_names_it(stores: SecretStores) -> None:
    """And a token ends there by itself, while a password does not."""
    for auth, life in (("token", 86_400), ("password", None)):
        profile = Profile("x", "https://a", "p", secret_store="kernel", auth=auth)
        kept = stores.of(profile)
        assert isinstance(kept, KernelStore)
        assert kept._life == life
        assert kept in stores.lasting(profile)
    assert not any(
        isinstance(store, KernelStore) for store in stores.lasting(Profile("x", "https://a", "p", secret_store="file"))
    )


def test_the_plain_file_is_not_where_people_keep_and_share_their_configuration(
    stores: SecretStores, tmp_path: Path
) -> None:
    assert not (tmp_path / "state").exists()
    stores.file.set("x", Secret("hunter2"))
    assert (tmp_path / "state" / "secrets.json").exists()
    assert not (tmp_path / "config").exists()
