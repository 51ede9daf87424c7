"""The canned answers of tests/samples, as pieces of a request and a response."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "samples"


@dataclass(frozen=True, slots=True)
class CannedAnswer:
    """One file of tests/samples."""

    name: str
    shows: str
    method: str
    path: str
    query: Mapping[str, str]
    status: int
    headers: Mapping[str, str]
    content: bytes
    """The body's bytes, as on the wire."""

    body: Any
    """The body's JSON value with exact integers; ``None`` when the bytes are not JSON."""


def load_sample(name: str) -> CannedAnswer:
    """Read a sample by its file name, with or without ``.json``, or by its number: ``01``.

    Raises:
        FileNotFoundError: there is no such sample, or more than one.
    """
    found = sorted(_FOLDER.glob(f"{name.removesuffix('.json')}*.json"))
    if len(found) != 1:
        raise FileNotFoundError(f"{name!r} names {len(found)} samples")
    envelope = json.loads(found[0].read_text(encoding="utf-8"))
    request, response = envelope["request"], envelope["response"]
    if "body_text" in response:
        body, content = None, response["body_text"].encode()
    else:
        body = response["body"]
        content = json.dumps(body, ensure_ascii=False).encode()
    return CannedAnswer(
        name=found[0].stem,
        shows=envelope["shows"],
        method=request["method"],
        path=request["path"],
        query=request.get("query", {}),
        status=response["status"],
        headers=response["headers"],
        content=content,
        body=body,
    )


def sample_names() -> list[str]:
    """Return the names of all samples, in order."""
    return sorted(path.stem for path in _FOLDER.glob("[0-9]*.json"))
