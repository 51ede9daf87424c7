"""What the fault tests share."""

from collections.abc import Iterator

import pytest

from tests.faults.ssh_server import SshServer, ssh_server


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    """A server for the whole run."""
    with ssh_server(tmp_path_factory.mktemp("sshd")) as server:
        yield server
