"""The request for a task as a line for a shell."""

import shlex
from urllib.parse import quote

from omstui.core.profile import Profile

TOKEN_VARIABLE = "OMSTUI_TOKEN"  # noqa: S105 - the name of a variable


def curl_line(profile: Profile, sync_task_id: str, query_time_ms: int) -> str:
    """Return a `curl` command that asks what omstui asks (API reference, ShowSyncTask); the token stays a variable.

    Args:
        profile: where the task is.
        sync_task_id: the task.
        query_time_ms: epoch milliseconds inside the month.
    """
    segments = ("v2", profile.project_id, "sync-tasks", sync_task_id)
    path = "/".join(quote(segment, safe="", errors="replace") for segment in segments)
    url = f"{profile.endpoint}/{path}?query_time={query_time_ms}"
    headers = f'--header "Content-Type: application/json" --header "X-Auth-Token: ${TOKEN_VARIABLE}"'
    return f"curl --silent --show-error {headers} {shlex.quote(url)}"
