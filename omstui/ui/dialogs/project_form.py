"""The fields that make a profile."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from msgspec import Struct
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message
from textual.suggester import SuggestFromList

from omstui.core.profile import Profile, check_endpoint, check_profile_name, endpoint_zone
from omstui.core.task import check_id
from omstui.core.text import tame
from omstui.core.zone import EUROPEAN_REGIONS, REGIONS, nearest_regions, region_endpoint, region_of_host
from omstui.ui.dialogs.inputs import Field

_PLACES = REGIONS | EUROPEAN_REGIONS
_LONGEST_PROJECT_ID = 1024  # API reference, ShowSyncTask


class Place(Struct, frozen=True):
    """Where a project's tasks are asked for."""

    endpoint: str
    region: str | None


def read_place(text: str) -> Place:
    """Read a region, known or new, or the full URL of an endpoint.

    Raises:
        ValueError: it is neither; the message says what is accepted.
    """
    if "://" in text:
        endpoint = check_endpoint(text)
        return Place(endpoint, region_of_host(urlsplit(endpoint).hostname or ""))
    region = text.lower()
    endpoint = region_endpoint(region)
    if region_of_host(endpoint.partition("://")[2]) != region:
        wrong = f"{text[:40]!r} is not a region" if text else "the region is missing"
        example = likely_region(region) or "one such as cn-north-4"
        raise ValueError(f"{wrong}: write {example}, or a whole URL that begins with https://")
    return Place(endpoint, region)


def likely_region(region: str) -> str:
    """Return the region that is likely meant by one that is not known here; nothing where none is like it."""
    near = nearest_regions(region[:40]) if region and region not in _PLACES else []
    return near[0] if near else ""


def place_remark(text: str) -> str:
    """Say which place a region is while it is typed: ``Beijing 4``, or what the right arrow completes to."""
    region = text.lower()
    if not region:
        return ""
    if "://" in region:
        return "an endpoint of your own"
    if region in _PLACES:
        return _PLACES[region].place
    begun = next((name for name in REGIONS if name.startswith(region)), None)
    if begun is not None:
        return f"→ {REGIONS[begun].place}"
    likely = likely_region(region)
    return f"is it {likely}?" if likely else "region not known here"


class ProjectForm(VerticalScroll, can_focus=False):
    """Profile name, region or endpoint, and project id; wrong input is named at its field and stays there.

    Enter means the same in each field: this step is complete. What is missing or wrong then gets the cursor.
    """

    @dataclass
    class Finished(Message):
        """Enter was pressed in a field."""

    def compose(self) -> ComposeResult:
        """Place the three fields."""
        suggester = SuggestFromList(REGIONS, case_sensitive=False)
        yield Field("Profile", "default", placeholder="a name for this project", is_proposal=True, id="profile")
        yield Field("Region", placeholder="cn-north-4, or https://…", suggester=suggester, has_remark=True, id="region")
        yield Field("Project id", placeholder="from My Credentials in the console", id="project-id")

    def on_field_edited(self, message: Field.Edited) -> None:
        """Say where the region is; take back a complaint."""
        message.stop()
        field = message.field
        field.remark(place_remark(field.value) if field.id == "region" else "")

    def on_field_finished(self, message: Field.Finished) -> None:
        """Go on to the next step."""
        message.stop()
        self.post_message(self.Finished())

    def profile(self) -> Profile | None:
        """Return the profile that was described; else name what is wrong, and go to the first field that is.

        A field that is still empty is named once it is the first one.
        """
        fields = list(self.query(Field))
        wrong = [(field, reason) for field in fields if (reason := self._reason(field))]
        for field, reason in wrong:
            if field is wrong[0][0] or field.value:
                field.complain(reason[:1].upper() + reason[1:])
        if wrong:
            wrong[0][0].take_keys()
            return None
        name, region, project_id = (field.value for field in fields)
        place = read_place(region)
        zone = endpoint_zone(place.endpoint, place.region)
        return Profile(name, place.endpoint, project_id, region=place.region, zone=zone)

    @property
    def is_at_start(self) -> bool:
        """Whether the cursor is in the first field."""
        return self.query(Field).first().has_keys

    def take_keys(self, *, last: bool = False) -> None:
        """Put the cursor into the first field, or into the last one."""
        fields = self.query(Field)
        (fields.last() if last else fields.first()).take_keys()

    def _reason(self, field: Field) -> str:
        """Return why a field's value cannot be used; nothing when it can."""
        checks: dict[str | None, Callable[[str], object]] = {
            "profile": check_profile_name,
            "region": read_place,
            "project-id": lambda text: check_id(text, "project id", _LONGEST_PROJECT_ID),
        }
        try:
            checks[field.id](field.value)
        except ValueError as error:
            return tame(str(error))
        return ""
