"""A web server on loopback that can be told to misbehave: stand-ins are made of it."""

from abc import ABC, abstractmethod
import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
import socket
from typing import TYPE_CHECKING, Self, override

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from ssl import SSLContext


class Fault(ABC):
    """A way of not answering as one should."""

    @abstractmethod
    async def answer(self, request: web.BaseRequest, closing: asyncio.Event) -> web.StreamResponse:
        """Misbehave; `closing` is set when the server ends."""


@dataclass(frozen=True, slots=True)
class Page(Fault):
    """Answers with this, whatever is asked."""

    body: str | bytes = "<html><body>Please log in. Your address is 8.8.4.4</body></html>"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @override
    async def answer(self, request: web.BaseRequest, closing: asyncio.Event) -> web.StreamResponse:
        body = self.body.encode() if isinstance(self.body, str) else self.body
        headers = {"Content-Type": "text/html"} | dict(self.headers)
        return web.Response(body=body, status=self.status, headers=headers)


@dataclass(frozen=True, slots=True)
class Silence(Fault):
    """Takes the request and never answers."""

    @override
    async def answer(self, request: web.BaseRequest, closing: asyncio.Event) -> web.StreamResponse:
        await closing.wait()
        return web.Response(status=503)


@dataclass(frozen=True, slots=True)
class RawBytes(Fault):
    """Sends bytes that need not be HTTP, and hangs up."""

    sent: bytes = b""

    @override
    async def answer(self, request: web.BaseRequest, closing: asyncio.Event) -> web.StreamResponse:
        transport = request.transport
        if transport is not None:
            transport.write(self.sent)
            transport.close()
        return web.Response()


@dataclass(frozen=True, slots=True)
class _Plan:
    fault: Fault
    landed: bool
    times: int | None
    methods: frozenset[str] | None
    paths: str

    def concerns(self, request: web.BaseRequest) -> bool:
        right_method = self.methods is None or request.method in self.methods
        return right_method and request.path.endswith(self.paths)


class WebServer(ABC):
    """Serves on all given loopback hosts, on one port; ends with the `async with` block."""

    def __init__(self, *, hosts: Sequence[str] = ("127.0.0.1",), port: int = 0) -> None:
        self._hosts = tuple(hosts)
        self._wish = port
        self._port: int | None = None
        self._plan: _Plan | None = None
        self.requests = 0  # that came in
        self.faults = 0  # of them, that a fault came of
        self._stack = AsyncExitStack()
        self._closing = asyncio.Event()

    @property
    def port(self) -> int:
        """The port that is listened on, while the server runs."""
        if self._port is None:
            raise RuntimeError("the server does not run")
        return self._port

    @property
    def url(self) -> str:
        """The root at the first host."""
        host = self._hosts[0]
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def tls(self) -> SSLContext | None:
        """The context of a server that speaks TLS."""
        return None

    def misbehave(
        self,
        fault: Fault,
        *,
        landed: bool = False,
        times: int | None = None,
        methods: Collection[str] | None = None,
        paths: str = "",
    ) -> None:
        """Answer with a fault from now on, or so many times.

        `methods` and the ending of `paths` say which requests it concerns, all if not given.
        `landed`: what is asked for is done first, and only the answer is lost.
        """
        only = None if methods is None else frozenset(methods)
        self._plan = _Plan(fault, landed, times, only, paths)

    def behave(self) -> None:
        """Answer as one should again."""
        self._plan = None

    @abstractmethod
    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Do what is asked for, and answer."""

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._closing.clear()
            # What is asked may hold credentials, so it is written nowhere.
            server = web.Server(self._handle, access_log=None)
            runner = web.ServerRunner(server, shutdown_timeout=0.5)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            stack.callback(self._closing.set)
            port = self._wish
            for host in self._hosts:
                listener = _listen(host, port)
                port = listener.getsockname()[1]
                await web.SockSite(runner, listener, ssl_context=self.tls).start()
            self._port = port
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._port = None
        await self._stack.aclose()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests += 1
        plan = self._plan
        if plan is None or not plan.concerns(request):
            return await self.serve(request)
        if plan.times is not None:
            left = plan.times - 1
            self._plan = replace(plan, times=left) if left > 0 else None
        if plan.landed:
            await self.serve(request)
        return await self.fail(plan.fault, request)

    async def fail(self, fault: Fault, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request with a fault."""
        self.faults += 1
        return await fault.answer(request, self._closing)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener
