"""A server on loopback that answers datagrams as it is told."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Self, override

type Answers = Callable[[bytes, str], Iterable[bytes]]
"""Gives what is sent back for a datagram that came from an address."""


class UdpServer(asyncio.DatagramProtocol):
    """Answers until the `async with` block ends. `got` holds what came in."""

    def __init__(self, answers: Answers, host: str = "127.0.0.1", *, drop: int = 0) -> None:
        self._answers = answers
        self._drop = drop
        self._transport: asyncio.DatagramTransport | None = None
        self.host = host
        self.got: list[bytes] = []

    @property
    def port(self) -> int:
        """The port that is listened on."""
        assert self._transport is not None
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(self.host, 0)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._transport is not None
        self._transport.close()

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        self.got.append(data)
        if len(self.got) <= self._drop:
            return
        assert self._transport is not None
        for answer in self._answers(data, str(addr[0])):
            self._transport.sendto(answer, addr)
