"""A pretend metadata service of a server of the cloud, with the IAM and the OMS that take its keys, on one port."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from tests.backend import chaos
from tests.backend.iam_server import IamServer, Request

SESSION = "marked-session-of-the-metadata-service"
SECRET_KEY, SECURITY_TOKEN = "marked-secret-key-of-the-agency", "MARKED-security-token-of-the-agency"


@dataclass
class MetadataServer(IamServer):
    """Gives access keys to who asks as the service's documentation says, and forgets them when they end."""

    session_status: int = 200
    """How a PUT for a session is answered."""

    keys_answer: bytes | None = None
    """What is answered instead of keys."""

    key_life: float = 86_400.0
    ends: dict[str, datetime] = field(default_factory=dict)
    """When each access key ends."""

    metadata_requests: list[Request] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def answer(self, request: Request) -> bytes:
        """Answer a request to any of the three."""
        for access_key in [name for name, end in self.ends.items() if end <= self.now()]:
            del self.ends[access_key], self.keys[access_key]
        match request.method, request.path:
            case "PUT", "/meta-data/latest/api/token":
                self.metadata_requests.append(request)
                if self.session_status != 200:
                    return chaos.response(self.session_status, b"no", "Location: /elsewhere")
                assert request.headers["x-metadata-token-ttl-seconds"] == "21600"
                return chaos.response(200, SESSION.encode())
            case "GET", "/openstack/latest/securitykey":
                self.metadata_requests.append(request)
                if self.session_status == 200 and request.headers.get("x-metadata-token") != SESSION:
                    return chaos.response(401, b"no session")
                return self.keys_answer or self._issued()
        return super().answer(request)

    def _issued(self) -> bytes:
        access_key = f"AGENCYKEY{next(self.numbers)}"
        self.keys[access_key], self.security_tokens[access_key] = SECRET_KEY, SECURITY_TOKEN
        end = self.ends[access_key] = self.now() + timedelta(seconds=self.key_life)
        return chaos.response(
            200,
            b'{"credential": {"access": "%b", "secret": "%b", "securitytoken": "%b", "expires_at": "%b"}}'
            % tuple(
                text.encode()
                for text in (access_key, SECRET_KEY, SECURITY_TOKEN, end.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
            ),
        )
