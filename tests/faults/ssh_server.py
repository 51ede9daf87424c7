"""A real sshd on a loopback port, for whoever runs the tests, with keys and settings of its own."""

import getpass
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.programs import need

_SETTINGS = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PermitUserRC no
PrintMotd no
PrintLastLog no
LogLevel ERROR
"""


@dataclass(frozen=True, slots=True)
class SshServer:
    """Where it listens, and the key that opens it."""

    ssh: str
    port: int
    key: Path

    def argv(self, remote: str) -> list[str]:
        """Return a client's command line that runs something in a terminal there."""
        options = (
            "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null",
            "IdentitiesOnly=yes", "IdentityAgent=none", "BatchMode=yes", "LogLevel=ERROR", "ControlPath=none",
        )  # fmt: skip
        chosen = [word for option in options for word in ("-o", option)]
        where = ["-p", str(self.port), "-i", str(self.key), f"{getpass.getuser()}@127.0.0.1"]
        return [self.ssh, "-F", "/dev/null", "-tt", "-e", "none", *chosen, *where, remote]


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """Run a server for the length of the block."""
    sshd, ssh, keygen = need("sshd", "ssh", "ssh-keygen")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd insists, and only a boot makes it
    for name in ("host", "user"):
        make = [keygen, "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(make, check=True, timeout=60)
    port, server = _started(sshd, folder)
    try:
        yield SshServer(ssh, port, folder / "user")
    finally:
        server.terminate()
        server.wait(30)


def _started(sshd: str, folder: Path) -> "tuple[int, subprocess.Popen[bytes]]":
    """Start it on a port that is free; another program may be quicker, so try a few."""
    for _ in range(5):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        settings = folder / "sshd_config"
        settings.write_text(_SETTINGS.format(port=port, folder=folder))
        log = folder / "sshd.log"
        server = subprocess.Popen([sshd, "-D", "-f", str(settings), "-E", str(log)], stdin=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while server.poll() is None and time.monotonic() < end:
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    return port, server
            time.sleep(0.02)
        server.kill()
        server.wait(30)
    raise AssertionError(f"sshd does not start: {log.read_text()}")
