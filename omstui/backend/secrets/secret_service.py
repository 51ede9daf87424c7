"""Keeps one connection to the Secret Service for as long as the program runs.

keyring opens a connection to the bus for each call. gnome-keyring may abort, which locks the user's keyring for all
programs, when connections open and close quickly (Debian bug 1147303): measured with version 42, once in about 4,000
connections; a long token in parts needs 60.
"""

from typing import Any


def keep_connection(backend: Any) -> "OneConnection":
    """Make keyring's Secret Service backend use one connection, and return that connection."""
    connection = OneConnection(getattr(backend, "preferred_collection", None))
    backend.get_preferred_collection = connection.collection
    return connection


class _KeptConnection:
    """A connection to the message bus that its users cannot close."""

    def __init__(self, connection: Any) -> None:
        self.kept = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kept, name)

    def close(self) -> None:
        """Do nothing: the next call uses the connection again."""


class OneConnection:
    """Returns the collection of the secrets over one connection, opened on first use and reopened after it breaks."""

    def __init__(self, preferred: str | None) -> None:
        """Prepare the connection; nothing is opened yet.

        Args:
            preferred: the path of a collection on the bus; ``None`` for the default one.
        """
        self._preferred = preferred
        self._connection: Any = None
        self._session: Any = None

    def collection(self) -> Any:
        """Return the collection, unlocked.

        Raises:
            SecretStorageException: there is no collection, or no Secret Service runs.
            KeyringLocked: it stays locked.
        """
        from keyring.errors import KeyringLocked
        from secretstorage.util import open_session

        collection = self._present() or self._opened()
        if collection.is_locked():
            collection.unlock()
            if collection.is_locked():
                raise KeyringLocked
        if self._session is None:
            self._session = open_session(self._connection)
        collection.session = self._session  # else each call would negotiate its own session
        return collection

    def close(self) -> None:
        """Close the connection; the next call opens a new one."""
        connection, self._connection, self._session = self._connection, None, None
        if connection is not None:
            connection.kept.close()

    def _present(self) -> Any:
        if self._connection is None:
            return None
        try:
            return self._found()
        except Exception:  # noqa: BLE001 - a new connection works, or raises a clearer error
            self.close()
            return None

    def _opened(self) -> Any:
        import secretstorage

        self._connection = _KeptConnection(secretstorage.dbus_init())
        try:
            return self._found()
        except BaseException:
            self.close()
            raise

    def _found(self) -> Any:
        import secretstorage

        if self._preferred is None:
            return secretstorage.get_default_collection(self._connection)
        return secretstorage.Collection(self._connection, self._preferred)
