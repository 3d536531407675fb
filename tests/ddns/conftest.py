"""HTTP sessions as the face gives them: one per family, and one for providers."""

import socket
from typing import TYPE_CHECKING

from aiohttp import ClientSession, TCPConnector
import pytest

from custom_components.smb_ddns_sync.ddns.address import Family

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping


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
