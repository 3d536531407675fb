"""Home Assistant's WebSocket: commands, and events as they happen."""

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from .home_assistant_client import HomeAssistantClient, Json, RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_LIMIT = 60.0  # seconds for the answer to a command


class EndedError(Exception):
    """The connection is over; Home Assistant stopped or restarts."""


class EventConnection:
    """One open connection. Use `connect` to get one."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._last = 0
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._subscribed: dict[int, asyncio.Queue[Json | None]] = {}

    async def command(self, kind: str, **fields: Any) -> Any:
        """Send a command and return its result."""
        _, result = await self._send(kind, fields)
        return result

    async def events(self, kind: str, **fields: Any) -> AsyncIterator[Json]:
        """Subscribe with a command and yield each event until the connection ends."""
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._subscribed[self._last + 1] = queue
        await self._send(kind, fields)
        while (event := await queue.get()) is not None:
            yield event

    async def _send(self, kind: str, fields: dict[str, Any]) -> tuple[int, Any]:
        self._last += 1
        number = self._last
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self._socket.send_json({"id": number, "type": kind, **fields})
            async with asyncio.timeout(_LIMIT):
                return number, await waiting
        finally:
            del self._waiting[number]

    async def read(self) -> None:
        """Hand out what arrives, until the connection ends."""
        try:
            async for message in self._socket:
                if message.type is not WSMsgType.TEXT:
                    break
                self._take(message.json())
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(EndedError("Home Assistant closed the connection"))
            for queue in self._subscribed.values():
                queue.put_nowait(None)

    def _take(self, message: Json) -> None:
        number = message["id"]
        if message["type"] == "event":
            if number in self._subscribed:
                self._subscribed[number].put_nowait(message["event"])
            return
        waiting = self._waiting.get(number)
        if waiting is None or waiting.done():
            return
        if message.get("success", True):
            waiting.set_result(message.get("result"))
        else:
            waiting.set_exception(RefusedError(message["error"]["message"]))


@asynccontextmanager
async def connect(
    session: ClientSession, client: HomeAssistantClient
) -> AsyncIterator[EventConnection]:
    """Open a connection, log it in, and close it at the end."""
    async with session.ws_connect(
        f"{client.url}/api/websocket", max_msg_size=0, heartbeat=30
    ) as socket:
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": await client.token()})
        answer = await socket.receive_json()
        if answer["type"] != "auth_ok":
            raise RefusedError(f"The WebSocket refuses the log-in: {answer.get('message')}")
        connection = EventConnection(socket)
        reader = asyncio.create_task(connection.read())
        try:
            yield connection
        finally:
            await socket.close()
            await reader
