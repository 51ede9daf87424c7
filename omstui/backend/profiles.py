"""The profiles of one run, and the file that holds them."""

import asyncio
from collections import UserDict
from collections.abc import Callable, Mapping

from omstui.backend.files.config import ConfigFile
from omstui.backend.runtime.threads import in_daemon_thread
from omstui.core.profile import Profile


class Profiles(UserDict[str, Profile]):
    """The profiles by name, as last read from the file, and those that this run has stored since."""

    def __init__(self, profiles: Mapping[str, Profile], config: ConfigFile | None = None) -> None:
        """Start with these profiles.

        Args:
            profiles: the profiles by name.
            config: the file that holds them; ``None`` to keep them in memory only.
        """
        super().__init__(profiles)
        self._config = config
        # One access at a time: a text that was read before a write must not be taken over after it.
        self._turn = asyncio.Lock()
        self._has_new = False
        self.on_change: Callable[[], None] = lambda: None
        """Called after profiles were made, changed or removed."""

    def in_force(self, profile: Profile) -> Profile:
        """Return a profile, stored or not, with the endpoints from the SDK's variables."""
        return self._config.in_force(profile) if self._config is not None else profile

    async def put(self, profile: Profile) -> None:
        """Store a profile; the next `reload` reports it.

        Raises:
            FileError: it cannot be stored; nothing has changed.
        """
        if self._config is not None:
            async with self._turn:
                await in_daemon_thread(self._config.put_profile, profile)
        self[profile.name] = profile
        self.on_change()
        self._has_new = True

    async def reload(self) -> bool:
        """Take over profiles that `omstui login`, an editor or this run changed; return whether they may differ.

        Raises:
            FileError: the file has changed and cannot be read; the last good profiles stay.
        """
        if self._config is None:
            has_new, self._has_new = self._has_new, False
            return has_new
        async with self._turn:
            # What this run has stored is in the file, beside what others may have changed.
            if not self._has_new and not await in_daemon_thread(self._config.has_changed):
                return False
            self.data = dict((await in_daemon_thread(self._config.load)).profiles)
            self._has_new = False
        self.on_change()
        return True
