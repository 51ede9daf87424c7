"""The marks by which rows of different profiles are told apart: a letter, and a colour where the user chose one."""

from collections.abc import Iterable, Mapping

from omstui.core.profile import Profile
from omstui.ui.line import Span


def profile_marks(profiles: Mapping[str, Profile], shown: Iterable[str]) -> dict[str, Span]:
    """Return a letter for each profile that is shown; nothing for a single one, or where none has a colour.

    Args:
        profiles: the profiles that there are, with their colours.
        shown: the profiles of the rows, in any order and number.
    """
    names = sorted(set(shown))
    colours = {name: profiles[name].color for name in names if name in profiles}
    if len(names) < 2 or not any(colours.values()):
        return {}
    taken: dict[str, str] = {}
    for name in names:
        letters = [char.upper() for char in name if char.isalnum()]
        taken[name] = next((one for one in letters if one not in taken.values()), "?")
    return {name: Span(letter, profile_role(colours.get(name))) for name, letter in taken.items()}


def profile_role(color: str | None) -> str:
    """Return the role that draws in a profile's colour."""
    return f"strong tag-{color}" if color else "dim"
