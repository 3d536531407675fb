"""The same tests on servers of every setting."""

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.target import ShareTarget
from tests.smb.servers import SETTINGS, Place, Servers

if TYPE_CHECKING:
    from collections.abc import Iterator

type Clients = dict[ShareTarget, ShareClient]


@pytest.fixture(name="place", params=list(SETTINGS.values()), ids=list(SETTINGS))
def place_fixture(request: pytest.FixtureRequest, servers: Servers) -> Place:
    """Return an empty share of each server in turn."""
    return servers.place(request.param)


@pytest.fixture(name="clients", scope="session")
def clients_fixture() -> Iterator[Clients]:
    """Keep one client of each server for all tests: what one leaves behind, another one meets."""
    clients: Clients = {}
    yield clients
    with ExitStack() as stack:
        for client in clients.values():
            stack.enter_context(closing(client))


@pytest.fixture(name="client")
def client_fixture(place: Place, clients: Clients) -> ShareClient:
    """Return the one client of the share."""
    return clients.setdefault(place.target, ShareClient(place.target))
