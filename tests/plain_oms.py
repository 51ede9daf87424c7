"""A plain HTTP server that answers ShowSyncTask with what it is given: it shares no code with the program."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_REQUEST_ID = "f991eeec77df1692c74f253d765ca146"


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    tokens: list[str]


@dataclass
class PlainOms:
    """Serves on a loopback port for the length of a ``with``."""

    answer: Callable[[str, int], tuple[int, Any]]
    """From task id and query_time to status and JSON body, or text."""

    token: str
    seen: list[Seen] = field(default_factory=list)
    request_ids: dict[str, str] = field(default_factory=dict)
    """What the header says instead of the usual, for a task; nothing when it is empty."""

    def __enter__(self) -> "PlainOms":
        oms = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                url = urlsplit(self.path)
                tokens = self.headers.get_all("X-Auth-Token", [])
                oms.seen.append(Seen(self.command, url.path, parse_qs(url.query), tokens))
                status, body = oms._judge(url.path, parse_qs(url.query), tokens)
                data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                if request_id := oms.request_ids.get(url.path.rpartition("/")[2], _REQUEST_ID):
                    self.send_header("X-Request-Id", request_id)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                with suppress(ConnectionError):  # whoever asked has given up meanwhile
                    self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = handle_any  # noqa: N815 - the base class's names

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def _judge(self, path: str, query: dict[str, list[str]], tokens: list[str]) -> tuple[int, Any]:
        if tokens != [self.token]:
            return 401, {"error_msg": "Incorrect IAM authentication information: decrypt token fail",
                         "error_code": "APIGW.0301", "request_id": "8080d377bffeb6d519b0567c09cebe6b"}  # fmt: skip
        parts = path.split("/")
        if len(parts) != 5 or parts[1] != "v2" or parts[3] != "sync-tasks":
            return 404, {"error_msg": "The API does not exist", "error_code": "APIGW.0101"}
        return self.answer(parts[4], int(query["query_time"][0]))
