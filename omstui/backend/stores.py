"""The stores that profiles name as the place of their secrets."""

from omstui.backend.file_store import FileStore
from omstui.backend.files import Folders
from omstui.backend.secret_store import MemoryStore, SecretStore
from omstui.core.profile import Profile


class SecretStores:
    """The stores by the names that `Profile.secret_store` gives them; nothing is opened before it is used."""

    def __init__(self, keyring: SecretStore, folders: Folders) -> None:
        """Take the keyring, and prepare the others.

        Args:
            keyring: the one of the operating system.
            folders: in whose state folder the plain file is; the config folder is one that people copy and publish.
        """
        self.keyring = keyring
        self.file: SecretStore = FileStore(folders.state / "secrets.json")
        self._by_name = {"keyring": keyring, "file": self.file, "memory": MemoryStore()}

    @property
    def lasting(self) -> tuple[SecretStore, ...]:
        """Those that keep a secret beyond the run of the program."""
        return (self.keyring, self.file)

    def of(self, profile: Profile) -> SecretStore:
        """Return the store that a profile names."""
        return self._by_name[profile.secret_store]
