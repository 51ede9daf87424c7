"""Runs omstui and leaves notes: ``python -m tests.faults.noted FOLDER [omstui's arguments]``.

`pid` is written at once; `in-order` when the interpreter comes to its own end, which `os._exit` and signals prevent.
"""

import atexit
import os
import sys
from pathlib import Path

from omstui.__main__ import main

if __name__ == "__main__":
    folder = Path(sys.argv.pop(1))
    atexit.register((folder / "in-order").touch)
    (folder / "pid.new").write_text(str(os.getpid()))
    (folder / "pid.new").replace(folder / "pid")
    main()
