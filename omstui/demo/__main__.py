"""Serves the pretend OMS on a loopback port: ``python -m omstui.demo``."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from omstui.backend.clock import SystemClock
from omstui.demo import cast
from omstui.demo.scenario import PROD, demo_profiles, demo_scenario, demo_token
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
    """Return what to type to watch the pretend service by way of a real profile."""
    endpoint = f"http://{HOST}:{port}"
    project_id = demo_profiles()[PROD].project_id
    ids = " ".join((cast.IMAGES, cast.LOGS, cast.BACKUP))
    # The demo's tokens are made-up words that open nothing else: this one is printed on purpose, and a plain file will
    # do for it, which there is on every machine.
    token = demo_token(PROD).reveal()
    login = f"--endpoint {endpoint} --project-id {project_id} --secret-store file"
    return f"""\
A pretend OMS listens on {endpoint} until ctrl+c.
Try it in another terminal:

  printf %s {token} | omstui login lab {login} --secret-stdin
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
