"""Somebody on the line between client and server, who changes what passes."""

from contextlib import suppress
import socket
from threading import Thread
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    type Change = Callable[[bytearray], bytes | bytearray]
    """Returns what goes on in place of a frame."""


class Meddler:
    """A line to a server on which every frame, either way, may be changed."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        to_server: Change = bytes,
        to_client: Change = bytes,
    ) -> None:
        self._target = (host, port)
        self._changes = to_server, to_client
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()
        self._socks: list[socket.socket] = []
        self._threads = [Thread(target=self._listen, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._socks:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for sock in self._socks:
            sock.close()

    def _listen(self) -> None:
        with suppress(OSError):  # the end
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._socks += [client, server]
                for source, sink, change in (
                    (client, server, self._changes[0]),
                    (server, client, self._changes[1]),
                ):
                    thread = Thread(target=_carry, args=(source, sink, change), daemon=True)
                    self._threads.append(thread)
                    thread.start()


def _carry(source: socket.socket, sink: socket.socket, change: Change) -> None:
    with suppress(OSError, EOFError):
        while True:
            size = int.from_bytes(_exactly(source, 4))
            frame = change(bytearray(_exactly(source, size)))
            sink.sendall(len(frame).to_bytes(4) + frame)
    for sock in (source, sink):
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = sock.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data
