"""Serves the pretend OMS on a loopback port: ``python -m omstui.demo``."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from omstui.backend.runtime.clock import SystemClock
from omstui.demo.iam import ACCOUNT, KEYS, PASSWORD, USER
from omstui.demo.scenario import BACKUP, IMAGES, LOGS, PROD, demo_profiles, demo_scenario, demo_token
from omstui.demo.server import HOST, loopback
from omstui.demo.service import SimulatedOms

_LARGEST_PORT = 65_535


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted; returns the exit code."""
    options = _parser().parse_args(argv)
    try:
        asyncio.run(_serve(options.port, options.latency))
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        sys.stderr.write(f"cannot listen on port {options.port} of {HOST}: {error.strerror}; try --port 0\n")
        return 2
    return 0


async def _serve(port: int, latency: float) -> None:
    clock = SystemClock()
    service = SimulatedOms(demo_scenario(clock.now()), clock, latency)
    async with loopback(service, port) as taken:
        sys.stdout.write(instructions(taken))
        sys.stdout.flush()
        await asyncio.Event().wait()


def instructions(port: int) -> str:
    """Return the commands that watch the pretend service through a real profile, for each sign-in method."""
    endpoint = f"http://{HOST}:{port}"
    profile = demo_profiles()[PROD]
    ids = " ".join((IMAGES, LOGS, BACKUP))
    # The demo's secrets are made-up words that open nothing else: printing them is safe, and so is a plain file, which
    # is available on every machine.
    token, password = demo_token(PROD).reveal(), PASSWORD.reveal()
    keys = " ".join(part.reveal() for part in KEYS.secrets)
    login = f"omstui login lab --endpoint {endpoint}"
    project = f"--project-id {profile.project_id}"
    stored = "--secret-store file --secret-stdin"
    user = f"--iam-endpoint {endpoint} --project-name {profile.region} --user {USER} --domain {ACCOUNT}"
    return f"""\
A pretend OMS, with an IAM of its own, listens on {endpoint} until ctrl+c.
In another terminal, sign in with a token:

  printf %s {token} | {login} {project} {stored}

or with a password, access keys, or a command that prints a token:

  printf %s {password} | {login} --auth password {user} {stored}
  printf '%s\\n' {keys} | {login} --auth aksk {project} {stored}
  {login} --auth command {project} --token-command "echo {token}"

then watch:

  omstui add {ids} --profile lab
  omstui
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m omstui.demo", description="Serve a pretend OMS on the loopback address."
    )
    parser.add_argument("--port", type=_port, default=0, help="the port to listen on; 0, the default, takes a free one")
    parser.add_argument("--latency", type=_seconds, default=0.0, help="seconds that each answer takes")
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _LARGEST_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: use 0 to {_LARGEST_PORT}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 3600")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
