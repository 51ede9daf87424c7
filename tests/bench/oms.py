"""A service that costs as little as can be, in a process of its own: ``python -m tests.bench.oms [dead project]``.

Every answer has other figures than the one before. ``/seen`` tells what was asked for so far; the dead project is
never answered.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

CREATED_AGO = 400 * 86_400_000
"""Milliseconds: the tasks have a past that can be looked at."""


@dataclass
class Seen:
    """What was asked for."""

    dead: str
    requests: int = 0
    latest: dict[str, float] = field(default_factory=dict)
    gaps: dict[str, float] = field(default_factory=dict)
    """By project, the longest time between two requests for one task, since last told."""

    by_project: dict[str, int] = field(default_factory=dict)

    def add(self, project: str, sync_task_id: str) -> None:
        """Count a request."""
        now = time.monotonic()
        before = self.latest.get(sync_task_id, now)
        self.latest[sync_task_id] = now
        self.requests += 1
        self.by_project[project] = self.by_project.get(project, 0) + 1
        self.gaps[project] = max(self.gaps.get(project, 0.0), now - before)

    def told(self) -> bytes:
        """Tell, and begin anew with the gaps."""
        told = {"requests": self.requests, "by_project": self.by_project, "gaps": self.gaps, "tasks": len(self.latest)}
        self.gaps = {}
        return json.dumps(told).encode()


class Conversation(asyncio.Protocol):
    """One connection; requests come whole or in pieces."""

    def __init__(self, seen: Seen) -> None:
        self._seen, self._buffer = seen, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            target = head.split(b" ", 2)[1].decode()
            if target == "/seen":
                self._answer(self._seen.told())
                continue
            _, _, project, _, sync_task_id = target.partition("?")[0].split("/")
            self._seen.add(project, sync_task_id)
            if project != self._seen.dead:
                self._answer(_task(sync_task_id, self._seen.requests))

    def _answer(self, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


def _task(sync_task_id: str, number: int) -> bytes:
    created = time.time_ns() // 1_000_000 - CREATED_AGO
    return json.dumps(
        {
            "sync_task_id": sync_task_id,
            "src_cloud_type": "AWS",
            "src_region": "ap-southeast-1",
            "src_bucket": "source",
            "create_time": created - created % 86_400_000,
            "last_start_time": created - created % 86_400_000,
            "dst_bucket": "target",
            "dst_region": "cn-north-4",
            "description": "",
            "status": "SYNCHRONIZING",
            "enable_kms": False,
            "enable_metadata_migration": False,
            "enable_restore": False,
            "object_overwrite_mode": "NO_OVERWRITE",
            "dst_storage_policy": "STANDARD",
            "consistency_check": "size_last_modified",
            "monthly_acceptance_request": 2_000_000 + 1013 * number,
            "monthly_success_object": 1_990_000 + 1009 * number,
            "monthly_failure_object": 11,
            "monthly_skip_object": 1000 + number,
            "monthly_size": 38_204_117_002_112 + 1_000_000_007 * number,
        }
    ).encode()


async def _serve(dead: str) -> None:
    seen = Seen(dead)
    server = await asyncio.get_running_loop().create_server(lambda: Conversation(seen), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201 - who started it reads it
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1] if len(sys.argv) > 1 else ""))
