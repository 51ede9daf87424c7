"""The profiles of one run, and the file that they stand in."""

import asyncio
from collections import UserDict
from collections.abc import Callable, Mapping

from omstui.backend.files.config import ConfigFile
from omstui.backend.runtime.threads import in_daemon_thread
from omstui.core.profile import Profile


class Profiles(UserDict[str, Profile]):
    """The profiles by name, as the file last said, with those that were put there since."""

    def __init__(self, profiles: Mapping[str, Profile], config: ConfigFile | None = None) -> None:
        """Begin with these profiles.

        Args:
            profiles: the profiles by name.
            config: the file that keeps them; ``None`` to keep them in memory alone.
        """
        super().__init__(profiles)
        self._config = config
        # One after another: what was read before something was written must not come back after it.
        self._turn = asyncio.Lock()
        self._has_new = False
        self.on_change: Callable[[], None] = lambda: None
        """Called when profiles were made, changed or removed."""

    def in_force(self, profile: Profile) -> Profile:
        """Return a profile that may not be kept yet, with the endpoints that variables of the SDK's name."""
        return self._config.in_force(profile) if self._config is not None else profile

    async def put(self, profile: Profile) -> None:
        """Keep a profile, and let `reload` tell of it.

        Raises:
            FileError: it cannot be kept; all is as it was.
        """
        if self._config is not None:
            async with self._turn:
                await in_daemon_thread(self._config.put_profile, profile)
        self[profile.name] = profile
        self.on_change()
        self._has_new = True

    async def reload(self) -> bool:
        """Take over profiles that `omstui login`, an editor or this screen changed; whether there may be any.

        Raises:
            FileError: the file has changed and cannot be read; the last good profiles stay.
        """
        if self._config is None:
            has_new, self._has_new = self._has_new, False
            return has_new
        async with self._turn:
            # What was put there stands beside what others may have changed.
            if not self._has_new and not await in_daemon_thread(self._config.has_changed):
                return False
            self.data = dict((await in_daemon_thread(self._config.load)).profiles)
            self._has_new = False
        self.on_change()
        return True
