"""`omstui doctor`: checks everything that omstui depends on, and says how to repair what is wrong."""

import argparse
import json
from collections.abc import Iterable, Sequence
from itertools import groupby

from omstui import __version__
from omstui.cli.context.context import RETRY, USAGE, CliContext, need_profile
from omstui.cli.context.options import MakeParser, add_demo, checked
from omstui.cli.doctor.config import look_at_config, look_at_keys, look_at_variables, look_at_watchlist
from omstui.cli.doctor.files import look_at_files
from omstui.cli.doctor.secrets import look_at_secrets
from omstui.cli.doctor.service import look_at_profiles, not_tried
from omstui.cli.doctor.terminal import look_at_terminal
from omstui.cli.output.lines import Json
from omstui.cli.output.row_json import time_text
from omstui.cli.output.row_table import PRETENDED
from omstui.core.profile import Profile, check_profile_name
from omstui.core.reports.finding import Finding, Level, RepairPlace, worst_place
from omstui.core.text import tame


def doctor_options(make: MakeParser) -> None:
    """Define the options of `omstui doctor`."""
    parser = make(
        description="Look at terminal, files, configuration, keys, keyring, proxies, and at each profile's endpoint, "
        "clock, credential and permissions.",
        epilog="""\
Each profile is asked three times at most, with harmless requests, and signs in once. Nothing is changed, and no
secret is printed. What is not tried is listed as skipped.

exit codes:
  0 no error; there may be warnings   2 an error in configuration, files or environment of this machine
  3 an error of network, service or credential, and none here   130 interrupted

examples:
  omstui doctor
  omstui doctor --offline              ask nobody
  omstui doctor --demo                 the profiles of a pretend OMS; needs no account
  omstui doctor --profile prod --json | jq -r '.findings[] | select(.level == "error") | .next'""",
    )
    parser.set_defaults(run=doctor)
    parser.add_argument("--profile", type=checked(check_profile_name), metavar="P", help="look at this profile only")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as an object of JSON; --schema prints what is in it")
    form.add_argument("--schema", action="store_true", help="print the JSON schema of --json, and look at nothing")
    parser.add_argument("--offline", action="store_true", help="look at this machine only, and ask no service")
    add_demo(parser)


SCHEMA_VERSION = 1
"""Changes when a field changes its meaning or is removed; a new field leaves it unchanged."""

_CODES = {None: 0, RepairPlace.HERE: USAGE, RepairPlace.THERE: RETRY}
_TITLES = {
    "terminal": "Terminal",
    "files": "Files",
    "config": "Configuration",
    "watchlist": "Watch list",
    "keys": "Keys",
    "variables": "Environment",
    "keyring": "Secrets",
    "secrets": "Secrets",
}


def doctor(args: argparse.Namespace, context: CliContext) -> int:
    """Run the checks, print the findings, and return the exit code."""
    if args.schema:
        context.print(json.dumps(schema(), indent=2))
        return 0
    if args.pretend:
        from omstui.cli.context.demo import demo_context  # loads the demo

        context = demo_context(context)
    findings = list(_findings(args, context))
    code = _CODES[worst_place(findings)]
    if args.json:
        context.print(json.dumps(_document(findings, context, code), indent=2))
    else:
        for line in lines(findings):
            context.print(line)
    errors, warnings = (sum(one.level is level for one in findings) for level in (Level.ERROR, Level.WARNING))
    context.say(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}.")
    if args.pretend:
        context.say(PRETENDED)
    return code


def _findings(args: argparse.Namespace, context: CliContext) -> Iterable[Finding]:
    config, about_config = (context.load_config(), []) if args.pretend else look_at_config(context)
    if args.profile is not None and config is not None:
        need_profile(args.profile, config)
    profiles = dict(config.profiles) if config is not None else {}
    if args.profile is not None:
        profiles = {name: profile for name, profile in profiles.items() if name == args.profile}
    yield from look_at_terminal(context)
    if args.pretend:  # the demo has no files, and the machine's variables do not apply to it
        yield from _about_profiles(list(profiles.values()), [], context, is_offline=args.offline)
        return
    yield from look_at_files(context.folders)
    yield from about_config
    yield from look_at_watchlist(context, config)
    if config is not None:
        yield from look_at_keys(config)
    about_variables = list(look_at_variables(context))
    yield from about_variables
    yield from look_at_secrets(context, profiles, config)
    yield from _about_profiles(list(profiles.values()), about_variables, context, is_offline=args.offline)


def _about_profiles(
    profiles: Sequence[Profile], about_variables: Sequence[Finding], context: CliContext, *, is_offline: bool
) -> list[Finding]:
    if is_offline:
        return not_tried(profiles, "not tried: --offline")
    if any(one.level is Level.ERROR for one in about_variables):
        return not_tried(profiles, "not tried: a variable stands in the way")
    return look_at_profiles(context, profiles) if profiles else []


def lines(findings: Sequence[Finding]) -> list[str]:
    """Return the findings as aligned lines under titles, with the next step below each that needs one."""
    width = max(map(len, Level))
    made: list[str] = []
    reported: dict[str, str | None] = {}
    """The first profile with each endpoint error."""

    for title, group in groupby(findings, _title):
        made += [title] if not made else ["", title]
        for one in group:
            is_reported = one.check == "endpoint" and reported.setdefault(one.text, one.profile) != one.profile
            text = f"the same as for profile {reported[one.text]}" if is_reported else one.text
            made.append(f"  {one.level:<{width}}  {_subject(one)}{tame(text)}")
            if one.advice is not None:
                made.append(f"  {'':<{width}}  next: {tame(one.advice)}")
    return made


def _title(finding: Finding) -> str:
    if finding.profile is not None:
        return f"Profile {finding.profile}"
    return _TITLES[finding.check.partition(".")[0]]


def _subject(finding: Finding) -> str:
    """Return the check's name, where the text alone does not tell it."""
    return f"{finding.check.replace('.', ' ')}: " if finding.profile is not None else ""


def _document(findings: Sequence[Finding], context: CliContext, code: int) -> Json:
    return {
        "schema_version": SCHEMA_VERSION,
        "version": __version__,
        "at": time_text(context.clock.now()),
        "exit_code": code,
        "findings": [
            {"check": one.check, "profile": one.profile, "level": one.level, "text": one.text, "next": one.advice}
            for one in findings
        ],
    }


def schema() -> Json:
    """Return the JSON schema of `--json` (JSON Schema, draft 2020-12)."""
    texts = {"check": {"type": "string"}, "text": {"type": "string"}}
    finding = {
        **texts,
        "profile": {"description": "whose; null for the machine", "type": ["string", "null"]},
        "level": {"enum": [str(level) for level in Level]},
        "next": {"description": "what to run or change", "type": ["string", "null"]},
    }
    properties: Json = {
        "schema_version": {"const": SCHEMA_VERSION},
        "version": {"type": "string"},
        "at": {"type": "string", "format": "date-time"},
        "exit_code": {"enum": sorted(_CODES.values())},
        "findings": {"type": "array", "items": {"type": "object", "properties": finding, "required": [*finding]}},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "omstui doctor --json",
        "type": "object",
        "properties": properties,
        "required": [*properties],
    }


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}" if number else f"no {thing}"
