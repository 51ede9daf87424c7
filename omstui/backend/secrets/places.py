"""The stores that a profile can name for its secret."""

from omstui.backend.runtime.files import Folders
from omstui.backend.secrets.file import FileStore
from omstui.backend.secrets.kernel import KernelStore
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import KeyringStore, MemoryStore, SecretStore
from omstui.core.profile import Profile

_TOKEN_LIFE = 24 * 3600
"""Seconds after which every token has expired (API reference, Obtaining a User Token)."""


class SecretStores:
    """The stores by the names in `Profile.secret_store`; each is opened on first use."""

    def __init__(self, keyring: SecretStore, folders: Folders) -> None:
        """Prepare the stores.

        Args:
            keyring: the keyring of the operating system.
            folders: the plain file is in the state folder; users copy and publish the config folder.
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
        """Return the stores that may hold a secret of this profile after the program ends.

        The kernel is among them only for a profile that names it.
        """
        is_in_kernel = profile is not None and profile.secret_store == "kernel"  # noqa: S105 - the word for a place
        return (self.keyring, self.file, *((self.of(profile),) if profile is not None and is_in_kernel else ()))

    def keep(self, profile: Profile, secret: Secret, patience: float = 0.0) -> None:
        """Store a secret that the user has just given, in the store that the profile names.

        Args:
            profile: the profile of the secret.
            secret: replaces the last one.
            patience: additional seconds for the store, which may ask the user for something.

        Raises:
            StoreError: it is not stored.
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
