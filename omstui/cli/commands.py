"""What the command line does to lists and credentials, apart from `omstui login`."""

import argparse
import json
from collections.abc import Mapping, Sequence

from omstui.backend.config_file import Config
from omstui.backend.store_error import StoreError
from omstui.cli.login import DEFAULT_PROFILE
from omstui.cli.surroundings import USAGE, Stop, Surroundings
from omstui.core.profile import check_profile_name
from omstui.core.task import TaskRef, check_task_id
from omstui.core.text import tame
from omstui.core.watchlist import Line, WatchedTask, WatchList, read_lines

_LONGEST_STDIN = 4 * 1024 * 1024


def need_profile(name: str, config: Config) -> None:
    """Make sure that there is a profile of this name.

    Raises:
        Stop: there is none.
    """
    if name not in config.profiles:
        raise Stop(USAGE, f"there is no profile {name}: run omstui login {name}")


def _profile_name(option: str | None, around: Surroundings, config: Config) -> str:
    """Return the profile that is meant, which need not exist when it is named.

    Raises:
        Stop: none is named, and it is not clear which is meant.
    """
    name = around.chosen(option, "OMSTUI_PROFILE", check_profile_name)
    if name is not None:
        return name
    if not config.profiles:
        raise Stop(USAGE, "there is no profile yet: run omstui login")
    if len(config.profiles) == 1:
        return next(iter(config.profiles))
    if DEFAULT_PROFILE in config.profiles:
        return DEFAULT_PROFILE
    raise Stop(USAGE, f"which profile is meant? Name one with --profile: {', '.join(config.profiles)}")


def logout(args: argparse.Namespace, around: Surroundings) -> int:
    """Forget a profile's secrets."""
    config = around.load_config()
    name = _profile_name(args.profile, around, config)
    if name not in config.profiles and around.secret_store.get(name) is None:
        need_profile(name, config)
    around.secret_store.delete(name)
    around.say(
        f"The {around.secret_store.place} holds no secret of profile {name} any more. To renew: omstui login {name}"
    )
    if around.variable("OMSTUI_TOKEN") is not None:
        around.say("OMSTUI_TOKEN is still set and goes on serving every profile.")
    return 0


def profiles(args: argparse.Namespace, around: Surroundings) -> int:
    """List the profiles."""
    rows = [
        {
            "name": profile.name,
            "endpoint": profile.endpoint,
            "project_id": profile.project_id,
            "auth": profile.auth,
            "zone": str(profile.zone),
            "secret": _secret_place(profile.name, around),
        }
        for profile in around.load_config().profiles.values()
    ]
    _print(rows, around, as_json=args.json)
    if not rows:
        around.say("There is no profile yet. Next: omstui login")
    if rows and around.variable("OMSTUI_TOKEN") is not None:
        around.say("OMSTUI_TOKEN is set and goes before stored tokens.")
    return 0


def _secret_place(name: str, around: Surroundings) -> str:
    try:
        secret = around.secret_store.get(name)
    except StoreError as error:
        return f"cannot tell: {error}"
    return around.secret_store.place if secret is not None else "none"


def add(args: argparse.Namespace, around: Surroundings) -> int:
    """Watch tasks."""
    config = around.load_config()
    profile = _profile_name(args.profile, around, config)
    need_profile(profile, config)
    lines, bad = _lines(args, around)
    for line in bad:
        around.say(line)
    wanted = [WatchedTask(TaskRef(profile, line.sync_task_id), line.label) for line in lines]
    before = WatchList()

    def add(watchlist: WatchList) -> WatchList:
        nonlocal before
        before = watchlist
        return watchlist.added(wanted)

    after = around.watchlist.edit(add) if wanted else before
    new = [task for task in after if task.ref not in before]
    for task in new:
        around.put(tame(task.ref.sync_task_id))
    known = len({task.ref for task in wanted}) - len(new)
    if wanted:
        already = f"; {known} already there" if known else ""
        around.say(f"{_count(len(new), 'task')} added to {around.folders.watchlist_file}{already}. Next: omstui")
    return USAGE if bad or not wanted else 0


def _lines(args: argparse.Namespace, around: Surroundings) -> tuple[list[Line], list[str]]:
    """Return the tasks that the arguments name, and sentences about what names none."""
    if "-" in args.ids:
        if len(args.ids) > 1 or args.label is not None:
            raise Stop(USAGE, "- stands alone: ids and labels are then read from stdin")
        if around.stdin.isatty():
            around.say("Task ids, one a line, a label may follow; ctrl+d ends.")
        lines, bad = read_lines(around.read(_LONGEST_STDIN))
        said = [f"line {line.number}: {line.reason}" for line in bad]
        return lines, said if lines or said else ["there is no task id on stdin"]
    if args.label is not None and len(args.ids) > 1:
        raise Stop(USAGE, "--label names one task: add the others by themselves")
    good, wrong = [], []
    for number, text in enumerate(args.ids, 1):
        try:
            good.append(Line(check_task_id(text), args.label or ""))
        except ValueError as error:
            wrong.append(f"argument {number}: {error}")
    return good, wrong


def remove(args: argparse.Namespace, around: Surroundings) -> int:
    """Watch tasks no longer."""
    profile = around.chosen(args.profile, "OMSTUI_PROFILE", check_profile_name)
    unwanted: dict[str, list[TaskRef]] = {}

    def remove(watchlist: WatchList) -> WatchList:
        unwanted.clear()
        for sync_task_id in args.ids:
            unwanted[sync_task_id] = [
                task.ref
                for task in watchlist
                if task.ref.sync_task_id == sync_task_id and profile in {None, task.ref.profile}
            ]
        return watchlist.removed(ref for refs in unwanted.values() for ref in refs if len(refs) == 1)

    around.watchlist.edit(remove)
    code = 0
    for sync_task_id, refs in unwanted.items():
        if len(refs) == 1:
            around.put(tame(sync_task_id))
            continue
        code = USAGE
        below = f" by way of {profile}" if profile else ""
        if refs:
            names = ", ".join(ref.profile for ref in refs)
            around.say(f"{sync_task_id} is watched by way of {names}: say which with --profile")
        else:
            around.say(f"{sync_task_id} is not watched{below}: omstui list shows what is")
    removed = sum(len(refs) == 1 for refs in unwanted.values())
    around.say(f"{_count(removed, 'task')} removed from {around.folders.watchlist_file}.")
    return code


def list_tasks(args: argparse.Namespace, around: Surroundings) -> int:
    """Print the watch list."""
    rows = [
        {"profile": task.ref.profile, "sync_task_id": task.ref.sync_task_id, "label": task.label}
        for task in around.watchlist.load()
    ]
    _print(rows, around, as_json=args.json)
    if not rows:
        around.say("No task is watched yet. Next: omstui add ID")
    return 0


def _print(rows: Sequence[Mapping[str, str]], around: Surroundings, *, as_json: bool) -> None:
    """Print rows as JSON, where escapes keep hostile text harmless, or as tamed columns."""
    if as_json:
        around.put(json.dumps(list(rows), indent=2))
        return
    cells = [[tame(value) for value in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        around.put("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
