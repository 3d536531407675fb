"""What the tests share: HTTP sessions as the face gives them, and a real name server."""

import socket
from typing import TYPE_CHECKING

from aiohttp import ClientSession, TCPConnector
import pytest

from custom_components.smb_ddns_sync.ddns.address import Family

from .knot import (
    LOOPBACK,
    OLD_UPDATER,
    STRANGER,
    UPDATER,
    KnotServer,
    free_port,
    zone_text,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Leave asyncio's debugging off, which the test plugin turns on.

    It notes down a stack for every callback and says when a thread calls what it must not. Nothing
    here starts a thread, and the thousands of calls of the contract take half the time without it.
    """


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    """Give a session for providers."""
    async with ClientSession() as session:
        yield session


@pytest.fixture
async def sessions() -> AsyncIterator[Mapping[Family, ClientSession]]:
    """Give a session per family, bound to it."""
    async with (
        ClientSession(connector=TCPConnector(family=socket.AF_INET)) as ipv4,
        ClientSession(connector=TCPConnector(family=socket.AF_INET6)) as ipv6,
    ):
        yield {Family.IPV4: ipv4, Family.IPV6: ipv6}


@pytest.fixture(scope="session")
def primary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnotServer]:
    """Run a primary name server whose zones can be updated with keys."""
    server = KnotServer(
        tmp_path_factory.mktemp("primary"),
        LOOPBACK,
        free_port(LOOPBACK),
        {zone: zone_text(zone) for zone in ("example.com", "other.example", "slow.example")},
        updaters=(UPDATER, OLD_UPDATER),
        strangers=(STRANGER,),
    )
    with server:
        yield server
