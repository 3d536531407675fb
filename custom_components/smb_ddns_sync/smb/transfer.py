"""Reading content with many requests under way: the line is full, and never flooded."""

from collections import deque
import time
from typing import TYPE_CHECKING, Final

from .caller import callers_code
from .errors import BadAnswer, ContentFailed
from .flow import Flow
from .inbox import Inbox
from .status import END_OF_FILE, error_for
from .wire_data import decode_read, read

if TYPE_CHECKING:
    from .connection import Connection
    from .files import Content

PIECE: Final = 1 << 20  # larger ones are slower, and some servers refuse them


def write_room(connection: Connection) -> int:
    """Return the bytes that one WRITE should carry."""
    return connection.room(connection.facts.max_write, PIECE)


def read_room(connection: Connection) -> int:
    """Return the bytes that one READ should ask for."""
    return connection.room(connection.facts.max_read, PIECE)


def read_content(content: Content, offset: int, length: int, path: str) -> bytes:
    """Return exactly these bytes of what is to be written; raises `ContentFailed`."""
    with callers_code(path, f"at byte {offset}"):
        data = content.read(offset, length)
    if len(data) != length:
        raise ContentFailed(
            path, f"{len(data)} bytes at {offset} instead of {length}: it has changed"
        )
    return data


class Download:
    """Reads an open file; read in sequence, it asks for pieces ahead. Of one thread."""

    def __init__(self, connection: Connection, handle: bytes, size: int, path: str) -> None:
        self._connection = connection
        self._handle = handle
        self._path = path
        self.size = size
        self.piece = PIECE
        """The most bytes to ask for at a time. Below its first value nothing is asked for ahead."""
        self._inbox = Inbox()
        self._flow = Flow()
        self._room = read_room(connection)
        self._ahead: deque[_Piece] = deque()  # in the order of the file, without holes
        self._next = 0  # where the caller goes on if he reads in sequence
        self._asked = 0  # up to where has been asked for

    def read(self, offset: int, length: int, until: int | None = None) -> bytes:
        """Return at most `length` bytes from `offset`; fewer only at the end of the file.

        Nothing at or behind `until` is asked for ahead.
        """
        length = max(0, min(length, self.size - offset))
        if not length:
            return b""
        sequential = offset == self._next
        if not sequential and not self._covered(offset):
            self._forget()
            self._asked = offset
        parts: list[memoryview | bytes] = []
        at, end = offset, offset + length
        stop = self.size if until is None else max(end, min(until, self.size))
        while at < end:
            self._ask_ahead(end, stop, sequential=sequential)
            piece = self._piece_at(at)
            data = self._wait_for(piece)
            part = data[at - piece.offset : end - piece.offset]
            if not part:
                break  # the file is shorter than it was
            parts.append(part)
            at += len(part)
            if at == piece.offset + len(data) < piece.offset + piece.length:
                break  # this piece was cut short
        self._next = at
        return bytes(parts[0]) if len(parts) == 1 else b"".join(parts)

    def _covered(self, offset: int) -> bool:
        return bool(self._ahead) and self._ahead[0].offset <= offset < self._asked

    def _forget(self) -> None:
        self._ahead.clear()
        self._asked = 0

    def _ask_ahead(self, end: int, stop: int, *, sequential: bool) -> None:
        """Keep as much under way as the line takes, up to `stop`; at least what is wanted now."""
        while self._asked < stop:
            length = min(self._room, self.piece, stop - self._asked)
            if self._asked >= end and not (sequential and self._may_go_ahead(length)):
                return
            if self._asked < end and not self._flow.has_room(length) and self._ahead:
                return
            piece = _Piece(self._asked, length)
            self._connection.submit(
                (read(piece.offset, length, self._handle),), self._inbox, piece, bulk=True
            )
            self._flow.sent(length)
            self._ahead.append(piece)
            self._asked += length

    def _may_go_ahead(self, length: int) -> bool:
        return self.piece >= PIECE and self._flow.has_room(length)

    def _piece_at(self, at: int) -> _Piece:
        while self._ahead and self._ahead[0].offset + self._ahead[0].length <= at:
            self._ahead.popleft()
        if not self._ahead:
            raise BadAnswer(self._path, "the pieces of a read do not join")
        return self._ahead[0]

    def _wait_for(self, piece: _Piece) -> memoryview:
        while piece.data is None:
            exchange = self._connection.collect(self._inbox)
            done = exchange.owner
            if not isinstance(done, _Piece):
                raise TypeError("Only pieces are asked for here")
            self._flow.answered(done.length, time.monotonic() - done.since)
            (answer,) = exchange.result()
            if answer.status == END_OF_FILE:
                done.data = memoryview(b"")
            elif answer.status:
                raise error_for(answer.status, self._path, "reading")
            else:
                done.data = decode_read(answer, done.length)
        return piece.data


class _Piece:
    """A part of the file that was asked for."""

    __slots__ = ("data", "length", "offset", "since")

    def __init__(self, offset: int, length: int) -> None:
        self.offset = offset
        self.length = length
        self.since = time.monotonic()
        self.data: memoryview | None = None
