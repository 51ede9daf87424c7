"""What the command line does to lists and credentials, apart from `omstui login`."""

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePath

from msgspec.structs import replace

from omstui.backend.auth.sdk_credentials import FoundKeys, credentials_file, find_keys
from omstui.backend.files.config import Config
from omstui.backend.files.watchlist import written_toml
from omstui.backend.history.last_answers import last_answers
from omstui.backend.secrets.calls import StoreError, StoreErrorKind
from omstui.backend.secrets.expiry_note import forget_secret, noted_expiry
from omstui.backend.secrets.places import SecretStores
from omstui.backend.secrets.redact import mask
from omstui.backend.secrets.store import SecretStore
from omstui.cli.columns import aligned
from omstui.cli.surroundings import DEFAULT_PROFILE, FIRST_PROFILE, FIRST_TASK, USAGE, CliContext, UsageError
from omstui.cli.task_names import ambiguity, named, of_profile, source_buckets
from omstui.core.problem import Problem
from omstui.core.profile import Profile, check_profile_name
from omstui.core.task import LONGEST_LABEL, TaskRef, WatchedTask, WatchList, check_task_id, task_id_doubts
from omstui.core.task_input import Line, read_lines, repeated, written_csv
from omstui.core.text import NOT_KEPT, holds_token, tame

_LONGEST_STDIN = 4 * 1024 * 1024
_MOST_SAID = 20
"""Bad lines that are named; of more there is only the number."""


def need_profile(name: str, config: Config) -> None:
    """Make sure that there is a profile of this name.

    Raises:
        UsageError: there is none.
    """
    if name not in config.profiles:
        raise UsageError(USAGE, f"there is no profile {name}: omstui profiles lists them, omstui login {name} makes it")


def _profile_name(option: str | None, around: CliContext, config: Config) -> str:
    """Return the profile that is meant, which need not exist when it is named.

    Raises:
        UsageError: none is named, and it is not clear which is meant.
    """
    name = around.chosen(option, "OMSTUI_PROFILE", check_profile_name)
    if name is not None:
        return name
    if not config.profiles:
        raise UsageError(USAGE, "there is no profile yet: run omstui login")
    if len(config.profiles) == 1:
        return next(iter(config.profiles))
    if DEFAULT_PROFILE in config.profiles:
        return DEFAULT_PROFILE
    raise UsageError(USAGE, f"which profile is meant? Name one with --profile: {', '.join(config.profiles)}")


def logout(args: argparse.Namespace, around: CliContext) -> int:
    """Forget a profile's secrets, in whatever store they are."""
    config = around.load_config()
    name = _profile_name(args.profile, around, config)
    profile, stores = config.profiles.get(name), around.stores
    if profile is None and not any(_holds(store, name) for store in stores.lasting(None)):
        need_profile(name, config)
    own, trouble = _own_store(profile, stores), None
    for store in stores.lasting(profile):
        try:
            forget_secret(store, name)
        except StoreError as error:
            if store is own:
                trouble = error
            elif error.fault is not StoreErrorKind.NONE:
                around.say(f"Another secret of profile {name} may be stored elsewhere. {error}.")
    if trouble is not None:
        raise trouble
    around.say(f"No secret of profile {name} is stored any more. To renew: omstui login {name}")
    if profile is not None and profile.auth == "command":
        around.say("Its token command goes on being run for tokens; it is set in the configuration.")
    elif profile is not None and profile.auth == "ecs":
        around.say("The agency of this server goes on giving it access keys.")
    elif profile is not None and profile.auth == "aksk" and profile.key_command:
        around.say("Its key command goes on being run for access keys; it is set in the configuration.")
    if profile is not None and isinstance(keys := _sdk_keys(profile, around), FoundKeys):
        around.say(f"The access key in {keys.place} is the SDK's and stays, and profile {name} goes on using it.")
    if around.variable("OMSTUI_TOKEN") is not None:
        around.say("OMSTUI_TOKEN is still set and goes on serving every profile.")
    return 0


def _holds(store: SecretStore, name: str) -> bool:
    """Whether a store has a secret of this name; one that is not there has none.

    Raises:
        StoreError: it is there and cannot tell.
    """
    try:
        return store.get(name) is not None
    except StoreError as error:
        if error.fault is not StoreErrorKind.NONE:
            raise
        return False


def _own_store(profile: Profile | None, stores: SecretStores) -> SecretStore | None:
    """Return the store without which nothing is certain; ``None`` for a profile that stores nothing."""
    if profile is None:
        return stores.keyring
    return stores.of(profile) if profile.needs_secret else None


def profiles(args: argparse.Namespace, around: CliContext) -> int:
    """List the profiles."""
    rows = [_profile_row(profile, around) for profile in around.load_config().profiles.values()]
    if not args.json:
        for row in rows:
            row["expires_at"] = f"until {row['expires_at']}" if row["expires_at"] is not None else None
    _print(rows, around, as_json=args.json)
    if not rows:
        around.say("There is no profile yet. Next: omstui login")
    if rows and around.variable("OMSTUI_TOKEN") is not None:
        around.say("OMSTUI_TOKEN is set and goes before stored tokens.")
    return 0


def _profile_row(profile: Profile, around: CliContext) -> dict[str, str | None]:
    place, expires_at = _secret_facts(profile, around)
    return {
        "name": profile.name,
        "endpoint": profile.endpoint,
        "project_id": profile.project_id,
        "auth": profile.auth,
        "zone": str(profile.zone),
        "secret_store": profile.secret_store if profile.needs_secret else None,
        "secret": place,
        "expires_at": f"{expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if expires_at is not None else None,
    }


def _secret_facts(profile: Profile, around: CliContext) -> tuple[str, datetime | None]:
    """Return where a profile's secret is, in words, and when it ends where that is known."""
    if not profile.needs_secret:
        argv = profile.token_command if profile.auth == "command" else profile.key_command
        return (f"command {PurePath(argv[0]).name}" if profile.auth != "ecs" else "this server's agency"), None
    store = around.stores.of(profile)
    if not profile.outlasts_run:
        return store.place, None
    try:
        secret = store.get(profile.name)
        if secret is not None:
            return store.place, noted_expiry(store, profile.name, secret) if profile.auth == "token" else None
        trouble = ""
    except StoreError as error:
        trouble = f"cannot tell: {error}"
    if isinstance(keys := _sdk_keys(profile, around), FoundKeys):
        return keys.place, None
    return trouble or "none", None


def _sdk_keys(profile: Profile, around: CliContext) -> FoundKeys | Problem | None:
    """Return the access keys of the SDK's places, for a profile that would use them."""
    is_theirs = profile.auth == "aksk" and profile.needs_secret
    return find_keys(around.environ, credentials_file(around.home)) if is_theirs else None


def add(args: argparse.Namespace, around: CliContext) -> int:
    """Watch tasks."""
    config = around.load_config()
    if args.profile is not None:
        need_profile(args.profile, config)
    lines, bad = _lines(args, around)
    default = None
    if not lines or any(line.profile is None for line in lines):
        default = _profile_name(args.profile, around, config)
        need_profile(default, config)
    where = _place(args)
    names = {None, *config.profiles}
    unknown = [line for line in lines if line.profile not in names]
    lines = [line for line in lines if line.profile in names]
    wanted = [WatchedTask(TaskRef(line.profile or default or "", line.sync_task_id), line.label) for line in lines]
    bad += [
        f"{where} {line.number}: there is no profile {line.profile}: omstui login {line.profile}" for line in unknown
    ]
    _say_some(bad, "bad", where, around)
    again = [f"{where} {one.number}: {one.reason}, and is taken once" for one in repeated(lines, default, where)]
    _say_some(again, "repeated", where, around)
    if doubts := task_id_doubts(task.ref.sync_task_id for task in wanted):
        around.say(f"{mask(doubts)}: omstui discover lists the project's tasks")
    if wanted:
        watch(wanted, around)
    return USAGE if bad or not wanted else 0


def watch(wanted: Sequence[WatchedTask], around: CliContext) -> None:
    """Put tasks on the watch list, print the ids that are new there, and say how many are."""
    before = WatchList()

    def added(watchlist: WatchList) -> WatchList:
        nonlocal before
        before = watchlist
        return watchlist.added(wanted)

    new = [task for task in around.watchlist.edit(added) if task.ref not in before]
    for task in new:
        around.put(tame(task.ref.sync_task_id))
    known = len({task.ref for task in wanted}) - len(new)
    already = f"; {known} already there" if known else ""
    around.say(f"{_count(len(new), 'task')} added to {around.folders.watchlist_file}{already}. Next: omstui")


def _lines(args: argparse.Namespace, around: CliContext) -> tuple[list[Line], list[str]]:
    """Return the tasks that the arguments name, and sentences about what names none."""
    if "-" in args.ids:
        if len(args.ids) > 1 or args.label is not None:
            raise UsageError(USAGE, "- stands alone: ids and labels are then read from stdin")
        if around.stdin.isatty():
            around.say("Task ids, one a line, a label may follow; ctrl+d ends.")
        lines, bad = read_lines(around.read(_LONGEST_STDIN))
        said = [f"{_place(args)} {line.number}: {line.reason}" for line in bad]
        return lines, said if lines or said else ["there is no task id on stdin"]
    label = tame(args.label or "")
    if holds_token(label):
        raise UsageError(USAGE, f"the label: {NOT_KEPT}")
    if len(label) > LONGEST_LABEL:
        raise UsageError(
            USAGE, f"a label has {LONGEST_LABEL} characters at most; this one has {len(label)}: shorten it"
        )
    if args.label is not None and len(args.ids) > 1:
        raise UsageError(USAGE, "--label names one task: add the others by themselves")
    good, wrong = [], []
    for number, text in enumerate(args.ids, 1):
        try:
            good.append(_argument(text, label, number))
        except ValueError as error:
            wrong.append(f"{_place(args)} {number}: {error}")
    return good, wrong


def _say_some(sentences: Sequence[str], what: str, where: str, around: CliContext) -> None:
    """Say the first of many sentences, and how many more there are."""
    for sentence in sentences[:_MOST_SAID]:
        around.say(f"omstui: {sentence}")
    if (more := len(sentences) - _MOST_SAID) > 0:
        around.say(f"omstui: and {_count(more, f'more {what} {where}')}")


def _place(args: argparse.Namespace) -> str:
    """Return what the numbers count that bad ids are named by."""
    return "line" if "-" in args.ids else "argument"


def _argument(text: str, label: str, number: int) -> Line:
    """Read an id, or a word that holds one: an address, ``profile/id``.

    Raises:
        ValueError: it holds none.
    """
    if holds_token(text):
        raise ValueError(NOT_KEPT)
    if "/" in text and len(found := read_lines(text)[0]) == 1:
        return Line(found[0].sync_task_id, label or found[0].label, found[0].profile, number)
    return Line(check_task_id(text), label, None, number)


def remove(args: argparse.Namespace, around: CliContext) -> int:
    """Watch tasks no longer."""
    profile = around.chosen(args.profile, "OMSTUI_PROFILE", check_profile_name)
    unwanted: dict[str, tuple[WatchedTask, ...]] = {}

    def remove(watchlist: WatchList) -> WatchList:
        own = of_profile(watchlist, profile)
        unwanted.clear()
        unwanted.update(named(own, args.ids))
        if missing := [word for word, tasks in unwanted.items() if not tasks]:
            unwanted.update(named(own, missing, source_buckets(last_answers(around.folders.history_file))))
        return watchlist.removed(tasks[0].ref for tasks in unwanted.values() if len(tasks) == 1)

    around.watchlist.edit(remove)
    code = 0
    for word, tasks in unwanted.items():
        if len(tasks) == 1:
            around.put(tame(tasks[0].ref.sync_task_id))
            continue
        code = USAGE
        below = f" by way of {profile}" if profile else ""
        unknown = f"{mask(word)} is not watched{below}: omstui list shows what is"
        around.say(f"omstui: {ambiguity(word, tasks) if tasks else unknown}")
    removed = len({tasks[0].ref for tasks in unwanted.values() if len(tasks) == 1})
    around.say(f"{_count(removed, 'task')} removed from {around.folders.watchlist_file}.")
    return code


def list_tasks(args: argparse.Namespace, around: CliContext) -> int:
    """Print the watch list."""
    if args.pretend:
        from omstui.cli.pretending import pretended  # brings the demo along

        around = pretended(around)
    if args.csv or args.toml:
        watchlist = WatchList(tuple(replace(task, label=tame(task.label)) for task in around.watchlist.load()))
        for line in written_csv(watchlist) if args.csv else written_toml(watchlist).splitlines():
            around.put(line)
        return 0
    rows = [
        {"profile": task.ref.profile, "sync_task_id": task.ref.sync_task_id, "label": task.label}
        for task in around.watchlist.load()
    ]
    _print(rows, around, as_json=args.json)
    if not rows:
        around.say(f"No task is watched yet. Next: {FIRST_TASK if around.load_config().profiles else FIRST_PROFILE}")
    return 0


def _print(rows: Sequence[Mapping[str, str | None]], around: CliContext, *, as_json: bool) -> None:
    """Print rows as JSON, where escapes keep hostile text harmless, or as tamed columns."""
    if as_json:
        around.put(json.dumps(list(rows), indent=2))
        return
    cells = [[tame(value or "") for value in row.values()] for row in rows]
    for line in aligned(cells, frozenset(range(len(cells[0])))) if cells else ():
        around.put(line)


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
