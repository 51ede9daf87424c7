"""The form for a profile: name, region and project id."""

from collections.abc import Callable
from urllib.parse import urlsplit

from msgspec import Struct
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.suggester import SuggestFromList

from omstui.core.profile import Profile, check_endpoint, check_profile_name, endpoint_zone
from omstui.core.task import check_id
from omstui.core.text import tame
from omstui.core.zone import EUROPEAN_REGIONS, REGIONS, nearest_regions, region_endpoint, region_of_host
from omstui.ui.dialogs.inputs import Field

_PLACES = REGIONS | EUROPEAN_REGIONS
_LONGEST_PROJECT_ID = 1024  # API reference, ShowSyncTask


class Place(Struct, frozen=True):
    """The endpoint of a project, and its region if known."""

    endpoint: str
    region: str | None


def read_place(text: str) -> Place:
    """Return the place of a region, known or new, or of the full URL of an endpoint.

    Raises:
        ValueError: the text is neither; the message says what is accepted.
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
    """Return the known region most like an unknown one; empty when none is like it."""
    near = nearest_regions(region[:40]) if region and region not in _PLACES else []
    return near[0] if near else ""


def place_remark(text: str) -> str:
    """Return a remark on a region while it is typed: ``Beijing 4``, or what the right arrow completes it to."""
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
    """Fields for profile name, region or endpoint, and project id; an error is shown at its field, with the input kept.

    Enter in any field posts `Input.Submitted`. If a field is missing or wrong, that field gets the focus.
    """

    def compose(self) -> ComposeResult:
        """Place the three fields."""
        suggester = SuggestFromList(REGIONS, case_sensitive=False)
        yield Field("Profile", "default", placeholder="a name for this project", is_proposal=True, id="profile")
        yield Field("Region", placeholder="cn-north-4, or https://…", suggester=suggester, has_remark=True, id="region")
        yield Field("Project id", placeholder="from My Credentials in the console", id="project-id")

    def on_field_edited(self, message: Field.Edited) -> None:
        """Show the place of the region, and clear an error."""
        message.stop()
        field = message.field
        field.remark(place_remark(field.value) if field.id == "region" else "")

    def profile(self) -> Profile | None:
        """Return the profile of the fields; ``None`` after showing errors and focusing the first wrong field.

        An empty field gets an error only if it is the first wrong one.
        """
        fields = list(self.query(Field))
        wrong = [(field, reason) for field in fields if (reason := self._reason(field))]
        for field, reason in wrong:
            if field is wrong[0][0] or field.value:
                field.complain(reason[:1].upper() + reason[1:])
        if wrong:
            wrong[0][0].focus_input()
            return None
        name, region, project_id = (field.value for field in fields)
        place = read_place(region)
        zone = endpoint_zone(place.endpoint, place.region)
        return Profile(name, place.endpoint, project_id, region=place.region, zone=zone)

    @property
    def is_at_start(self) -> bool:
        """Whether the first field has the focus."""
        return self.query(Field).first().is_focused

    def focus_field(self, *, last: bool = False) -> None:
        """Focus the first field, or the last one."""
        fields = self.query(Field)
        (fields.last() if last else fields.first()).focus_input()

    def _reason(self, field: Field) -> str:
        """Return what is wrong with a field's value; empty when it is valid."""
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
