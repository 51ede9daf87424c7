"""What the fault tests share."""

from collections.abc import Iterator

import pytest

from tests.faults.ssh_server import SshServer, ssh_server


def pytest_itemcollected(item: pytest.Item) -> None:
    """Put all tests of this folder into the slow tier."""
    item.add_marker("slow")


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    """A server for the whole run."""
    with ssh_server(tmp_path_factory.mktemp("sshd")) as server:
        yield server
