"""The parts of README that are made from the code: ``python -m tests.readme`` renews them."""

import json
import re
import sys
from pathlib import Path

from omstui.core.profile import COLOURS, SECRET_STORES, SIGN_IN_METHODS, Profile
from omstui.core.settings import AlertSettings, Settings
from omstui.ui.drawing.colours import THEME_NAMES
from tests.faults.table import ROWS, SEEN

README = Path(__file__).parent.parent / "README.md"
_WIDTH = 26


def config_example() -> str:
    """Return a `config.toml` with every key there is, at its default where it has one."""
    settings, alerts, profile = Settings(), AlertSettings(), Profile("prod", "", "")
    assert settings.silent_after is None
    assert settings.history is not None
    lines = [
        "[settings]",
        _line("interval", f"{settings.interval:.0f}s", "between two requests for one task, 10s to 1h"),
        _line(
            "silent_after", "auto", 'quiet for longer is "silent": by each task\'s habit, or a time as "2h", or "off"'
        ),
        _line("theme", settings.theme, _others(settings.theme, THEME_NAMES)),
        _line("ascii", settings.ascii, "true draws with ASCII alone; by itself without UTF-8, and on TERM=linux"),
        _line("mouse", settings.mouse, "false, or --no-mouse, leaves it to the terminal"),
        _line("thin", settings.thin, "true, or --thin: a clock without seconds, for a slow line"),
        _line("history", f"{settings.history.days}d", 'how far back to remember, 9d to 4000d; "off" keeps no file'),
        "",
        "[settings.keys]           # none by default; ids stand in the help (?); doctor says what is wrong",
        '"month.previous" = "comma"',
        "",
        "[alerts]",
        '# on_alert = ["/usr/local/bin/page-me"]   # run for each alert, without a shell; none by default',
        _line("burst", alerts.burst, "failures within ten minutes that are an alarm"),
        _line("quiet", alerts.quiet, "true, or --quiet: no bell, no notification, no program; the log holds all"),
        "",
        "[profiles.prod]",
        _line("region", "cn-north-4", 'or endpoint = "https://…"; omstui regions lists them'),
        _line("project_id", "2c0689c860ad4728a497c91ec0844383", "or, with a password, project_name"),
        _line("auth", profile.auth, _others(profile.auth, SIGN_IN_METHODS)),
        _line("secret_store", profile.secret_store, _others(profile.secret_store, SECRET_STORES)),
        _line("alerts", profile.alerts, "false keeps its news to the event log"),
        '# zone = "UTC+08:00"      # names the months; by default the region\'s',
        f'# color = "red"           # {_others("red", COLOURS)}; none by default',
        '# user = "…"              # password: the IAM user, and domain = "…", the account; iam_endpoint = "https://…"',
        '# token_command = ["vault", "read", "…"]   # command: the program that prints a token, and its arguments',
        '# key_command = ["vault", "read", "…"]     # aksk: the program that prints access keys as JSON',
        '# command_env = ["HUAWEICLOUD_SDK_SK"]    # variables with secrets that the command is given; none by default',
    ]
    return "\n".join(("```toml", *lines, "```"))


def fault_table() -> str:
    """Return the table of faults with the figures that were last seen, as short as it can be understood."""
    seen = json.loads(SEEN.read_text(encoding="utf-8"))
    rows = [f"| {row.number} | {row.fault} | {row.expected} | {seen['figures'][row.number]} |" for row in ROWS]
    day = f"Seen on {seen['day']} ({seen['machine']}):\n"
    return "\n".join((day, "| | fault | what must come of it | seen |", "|---|---|---|---|", *rows))


BLOCKS = {"configuration": config_example, "faults": fault_table}


def renewed(text: str) -> str:
    """Return README with its blocks as the code says now."""
    for name, make in BLOCKS.items():
        begin, end = f"<!-- {name}: made by python -m tests.readme -->", f"<!-- end of {name} -->"
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        assert len(pattern.findall(text)) == 1, f"README has no block {name}"
        before, after = pattern.split(text)
        text = f"{before}{begin}\n{make()}\n{end}{after}"
    return text


def _line(key: str, value: str | float, comment: str) -> str:
    written = str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int) else f'"{value}"'
    return f"{f'{key} = {written}':<{_WIDTH - 1}} # {comment}"


def _others(default: str, words: tuple[str, ...]) -> str:
    return f"or {', '.join(word for word in words if word != default)}"


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
    sys.exit(0)
