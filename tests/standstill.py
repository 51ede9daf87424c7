"""A program that stands still, for real."""

import signal
import subprocess
import sys
import time


def after_a_standstill(script: str, *args: str, seconds: float, line: str = "") -> str:
    """Stop a script once it has said that it has begun, let it go on and give it a line; return what it says then."""
    command = [sys.executable, "-c", script, *args]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == "begun\n"
        time.sleep(0.2)  # for what the script does behind that
        child.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        child.send_signal(signal.SIGCONT)
        child.stdin.write(f"{line}\n")
        child.stdin.flush()
        return child.stdout.read()
