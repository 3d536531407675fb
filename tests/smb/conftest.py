"""Servers, places on them, clients of them, and lines to them."""

from typing import TYPE_CHECKING, Protocol

import pytest

from custom_components.smb_ddns_sync.smb.client import ShareClient
from demo.proxy import Proxy

from .servers import DEFAULT, SETTINGS, Place, Servers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custom_components.smb_ddns_sync.smb.target import ShareTarget


class Connect(Protocol):
    """Makes clients that are closed after the test."""

    def __call__(self, target: ShareTarget, *, deadline: float = 15.0) -> ShareClient:
        """Return a client that has not dialled yet."""
        ...


@pytest.fixture(name="servers", scope="session")
def servers_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Start servers when they are needed, and stop them after the last test."""
    servers = Servers(tmp_path_factory.mktemp("samba"))
    yield servers
    servers.stop()


@pytest.fixture(name="place")
def place_fixture(servers: Servers) -> Place:
    """Return an empty share of a server as Samba comes: SMB 3.1.1, signed."""
    return servers.place(SETTINGS[DEFAULT])


@pytest.fixture(name="proxy")
def proxy_fixture(place: Place) -> Iterator[Proxy]:
    """Lay a line to that server."""
    with Proxy(place.server.host, place.server.port) as proxy:
        yield proxy


@pytest.fixture(name="connect")
def connect_fixture() -> Iterator[Connect]:
    """Make clients that are closed after the test."""
    clients: list[ShareClient] = []

    def connect(target: ShareTarget, *, deadline: float = 15.0) -> ShareClient:
        clients.append(ShareClient(target, deadline=deadline))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture(name="client")
def client_fixture(place: Place, connect: Connect) -> ShareClient:
    """Return a client of that server's share."""
    return connect(place.target)
