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

_REGIONS = REGIONS | EUROPEAN_REGIONS
_LONGEST_PROJECT_ID = 1024  # API reference, ShowSyncTask


class ProjectEndpoint(Struct, frozen=True):
    """Where the tasks of a project are requested: the endpoint, and its region if known."""

    url: str
    region: str | None


def read_endpoint(text: str) -> ProjectEndpoint:
    """Return the endpoint of a region, known or new, or of a full URL.

    Raises:
        ValueError: the text is neither; the message says what is accepted.
    """
    if "://" in text:
        endpoint = check_endpoint(text)
        return ProjectEndpoint(endpoint, region_of_host(urlsplit(endpoint).hostname or ""))
    region = text.lower()
    endpoint = region_endpoint(region)
    if region_of_host(endpoint.partition("://")[2]) != region:
        wrong = f"{text[:40]!r} is not a region" if text else "the region is missing"
        example = likely_region(region) or "one such as cn-north-4"
        raise ValueError(f"{wrong}: write {example}, or a whole URL that begins with https://")
    return ProjectEndpoint(endpoint, region)


def likely_region(region: str) -> str:
    """Return the known region most like an unknown one; empty when none is like it."""
    nearest = nearest_regions(region[:40]) if region and region not in _REGIONS else []
    return nearest[0] if nearest else ""


def region_remark(text: str) -> str:
    """Return a remark on a region while it is typed: ``Beijing 4``, or what the right arrow completes it to."""
    region = text.lower()
    if not region:
        return ""
    if "://" in region:
        return "an endpoint of your own"
    if region in _REGIONS:
        return _REGIONS[region].place
    completed = next((name for name in REGIONS if name.startswith(region)), None)
    if completed is not None:
        return f"→ {REGIONS[completed].place}"
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
        field.show_remark(region_remark(field.value) if field.id == "region" else "")

    def profile(self) -> Profile | None:
        """Return the profile of the fields; ``None`` after showing errors and focusing the first wrong field.

        An empty field gets an error only if it is the first wrong one.
        """
        fields = list(self.query(Field))
        wrong = [(field, reason) for field in fields if (reason := self._reason(field))]
        for field, reason in wrong:
            if field is wrong[0][0] or field.value:
                field.show_error(reason[:1].upper() + reason[1:])
        if wrong:
            wrong[0][0].focus_input()
            return None
        name, region, project_id = (field.value for field in fields)
        where = read_endpoint(region)
        zone = endpoint_zone(where.url, where.region)
        return Profile(name, where.url, project_id, region=where.region, zone=zone)

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
            "region": read_endpoint,
            "project-id": lambda text: check_id(text, "project id", _LONGEST_PROJECT_ID),
        }
        try:
            checks[field.id](field.value)
        except ValueError as error:
            return tame(str(error))
        return ""
