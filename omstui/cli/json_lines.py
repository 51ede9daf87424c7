"""Objects of JSON, one a line, each sent out at once."""

import json
from collections.abc import Callable
from typing import TextIO

from omstui.cli.row_json import Json


class JsonLines:
    """Writes lines until one cannot be written; nothing is written after that."""

    def __init__(self, stream: TextIO, ended: Callable[[], None]) -> None:
        """Write to a stream; `ended` is called when it takes no more."""
        self._stream = stream
        self._ended = ended
        self.trouble: OSError | None = None
        """Why no more can be written."""

    def put(self, value: Json) -> None:
        """Write an object."""
        if self.trouble is not None:
            return
        try:
            self._stream.write(json.dumps(value) + "\n")
            self._stream.flush()
        except OSError as error:
            self.trouble = error
            self._ended()
