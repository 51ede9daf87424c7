"""The stores that profiles name as the place of their secrets."""

from omstui.backend.runtime.files import Folders
from omstui.backend.secrets.file import FileStore
from omstui.backend.secrets.kernel import KernelStore
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import KeyringStore, MemoryStore, SecretStore
from omstui.core.profile import Profile

_TOKEN_LIFE = 24 * 3600
"""Seconds after which a token has ended in any case (API reference, Obtaining a User Token)."""


class SecretStores:
    """The stores by the names that `Profile.secret_store` gives them; nothing is opened before it is used."""

    def __init__(self, keyring: SecretStore, folders: Folders) -> None:
        """Take the keyring, and prepare the others.

        Args:
            keyring: the one of the operating system.
            folders: in whose state folder the plain file is; the config folder is one that people copy and publish.
        """
        self.keyring = keyring
        self.file = FileStore(folders.state / "secrets.json")
        self._by_name: dict[str, SecretStore] = {
            "keyring": keyring,
            "file": self.file,
            "memory": MemoryStore(),
            "kernel": KernelStore(),
        }
        self._tokens_in_kernel = KernelStore(life=_TOKEN_LIFE)

    def lasting(self, profile: Profile | None) -> tuple[SecretStore, ...]:
        """Return those that may keep a secret of this profile beyond the run of the program.

        The kernel is asked only for a profile that names it.
        """
        is_in_kernel = profile is not None and profile.secret_store == "kernel"  # noqa: S105 - the word for a place
        return (self.keyring, self.file, *((self.of(profile),) if profile is not None and is_in_kernel else ()))

    def keep(self, profile: Profile, secret: Secret, patience: float = 0.0) -> None:
        """Keep a secret that a person has just given, in the store that the profile names.

        Args:
            profile: whose.
            secret: in place of the last one.
            patience: seconds that the store has more than usual, for what it may ask the person.

        Raises:
            StoreError: it is not kept.
        """
        store = self.of(profile)
        if isinstance(store, KeyringStore | FileStore | KernelStore):
            with store.calls.at_a_persons_wish(patience):
                store.set(profile.name, secret)
        else:
            store.set(profile.name, secret)

    def of(self, profile: Profile) -> SecretStore:
        """Return the store that a profile names."""
        if (profile.secret_store, profile.auth) == ("kernel", "token"):
            return self._tokens_in_kernel
        return self._by_name[profile.secret_store]
