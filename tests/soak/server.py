"""The pretend OMS on a real socket, with faults and tokens that end: ``python -m tests.soak.server``."""

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from omstui.backend.secrets.file import FileStore
from omstui.backend.secrets.secret import Secret
from omstui.demo.scenario import LAB, PROD, demo_profiles, demo_scenario, demo_token
from omstui.demo.service import SimulatedOms
from tests.backend import chaos
from tests.backend.chaos import Act, Exchange, response, serving

TOKEN_LIFE = 1_500
"""Good answers for which one token serves."""

THROTTLED = json.dumps({"error_msg": "over ratelimit,limit:200,time:1 minute", "error_code": "APIGW.0308"}).encode()
REFUSED = json.dumps({"error_msg": "decrypt token fail", "error_code": "APIGW.0301", "request_id": "8080d377"}).encode()


def _says(status: int, body: bytes, *headers: str) -> Act:
    async def act(exchange: Exchange) -> None:
        await exchange.send(response(status, body, *headers))

    return act


FAULTS: dict[str, tuple[Act, float]] = {
    "429": (_says(429, THROTTLED, "Retry-After: 20"), 0.001),
    "503": (_says(503, b"<html>proxy</html>", "Retry-After: 5"), 0.003),
    "500": (_says(500, b'{"error_code": "OMS.0001", "error_msg": "oops"}'), 0.003),
    "404": (_says(404, b'{"error_code": "OMS.1009", "error_msg": "No resources found."}'), 0.0005),
    "redirect": (_says(302, b"", "Location: http://127.0.0.1:1/"), 0.0005),
    "reset": (chaos.reset, 0.004),
    "reset in the body": (chaos.reset_in_body, 0.002),
    "short": (chaos.short_body, 0.002),
    "hung up": (chaos.hang_up, 0.002),
    "garbage": (chaos.garbage, 0.002),
    "empty": (chaos.empty, 0.002),
    "not JSON": (_says(200, b'{"status": '), 0.002),
    "too large": (chaos.large_body, 0.0005),
    "endless": (chaos.endless_body, 0.0002),
    "bomb": (chaos.gzipped, 0.0002),
    "stalled": (chaos.stall, 0.0002),
    "dripping": (chaos.drip_body, 0.0002),
}
"""What goes wrong, and with which share of the requests."""


class FollowingClock:
    """A clock that goes by the latest time that someone has asked for."""

    def __init__(self) -> None:
        self._latest_ms = 0

    def heed(self, moment_ms: int) -> None:
        """Hear of a time that has come by now."""
        self._latest_ms = max(self._latest_ms, moment_ms)

    def now(self) -> datetime:
        """The latest time."""
        return datetime.fromtimestamp(self._latest_ms / 1000, UTC)

    def monotonic(self) -> float:
        """The same in seconds."""
        return self._latest_ms / 1000

    async def sleep(self, seconds: float) -> None:
        """Wait for nothing."""


class WeeksOfOms:
    """Answers as `SimulatedOms` does, but for faults now and then, and tokens that are refused after a while.

    A refused token is replaced at once where the program finds the next one: a file that its token command prints, or
    its plain store, as another instance's `omstui login` would.
    """

    def __init__(self, folder: Path, started_at: datetime, seed: int) -> None:
        self.answers: Counter[str] = Counter()
        self._clock = FollowingClock()
        self._clock.heed(round(started_at.timestamp() * 1000))
        self._service = SimulatedOms(demo_scenario(started_at), self._clock)
        self._store = FileStore(folder / "state" / "secrets.json")
        self._command_file = folder / "token"
        self._chance = random.Random(seed)
        self._profile_of = {profile.project_id: name for name, profile in demo_profiles().items()}
        self._tokens: dict[str, str] = {}
        self._served = Counter[str]()
        for profile in (PROD, LAB):
            self._renew(profile)

    async def act(self, exchange: Exchange) -> None:
        """Answer one request, more or less."""
        target = exchange.head.split(b" ", 2)[1].decode()
        parts = urlsplit(target)
        profile = self._profile_of[parts.path.split("/")[2]]
        if exchange.token.decode() != self._tokens[profile]:
            self.answers["401"] += 1
            await exchange.send(response(401, REFUSED))
            return
        draw = self._chance.random()
        for name, (act, share) in FAULTS.items():
            draw -= share
            if draw < 0:
                self.answers[name] += 1
                await act(exchange)
                return
        for moment_ms in parse_qs(parts.query).get("query_time", []):
            self._clock.heed(int(moment_ms))
        answer = await self._service.answer("GET", target, demo_token(profile).reveal())
        self.answers[HTTPStatus(answer.status).phrase] += 1
        await exchange.send(response(answer.status, answer.body, *(f"{k}: {v}" for k, v in answer.headers.items())))
        self._served[profile] += 1
        if self._served[profile] % TOKEN_LIFE == 0:
            await asyncio.to_thread(self._renew, profile)

    def _renew(self, profile: str) -> None:
        token = f"{profile}-{self._chance.getrandbits(256):064x}"
        if profile == PROD:
            self._command_file.write_text(token, encoding="ascii")
        else:
            self._store.set(profile, Secret(token))
        self._tokens[profile] = token


async def _serve(folder: Path, started_at: datetime, seed: int, tell: Callable[[str], None]) -> None:
    oms = WeeksOfOms(folder, started_at, seed)
    async with serving(oms.act) as server:
        tell(server.url)
        while True:
            await asyncio.sleep(0.5)
            server.heads.clear()
            tell(json.dumps(oms.answers))


def main(argv: list[str]) -> None:
    """Serve until killed, and tell the address, then twice a second how many answers of each kind there were.

    Args:
        argv: the folder with the program's files, the time to begin at, a number that decides the faults.
    """
    folder, started_at, seed = argv

    def tell(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    asyncio.run(_serve(Path(folder), datetime.fromisoformat(started_at), int(seed), tell))


if __name__ == "__main__":
    main(sys.argv[1:])
