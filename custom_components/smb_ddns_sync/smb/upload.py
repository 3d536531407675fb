"""Writing content with many requests under way, and knowing at every moment what has arrived."""

from dataclasses import dataclass
import time
from typing import TYPE_CHECKING, Final, cast

from .caller import callers_code
from .errors import ContentFailed, SmbError, Unexpected
from .files import Checkpoint
from .flow import Flow
from .inbox import Inbox
from .ranges import Range, pieces
from .status import NO_SUCH_OPERATION, error_for
from .transfer import PIECE, Download, read_content, write_room
from .wire_create import flush
from .wire_data import decode_written, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .connection import Connection
    from .files import Checkpoints, Content
    from .inbox import Exchange

_NO_HOLES: Final = 1 << 63


@dataclass(slots=True)
class Arrival:
    """How much of a temporary is there, in the eyes of one put over its tries.

    A byte counts as arrived when the server has acknowledged it on the connection that still
    stands; or when it was flushed after that (`safe`); or when it has been read back and compared.
    Anything else is written anew: what a server has acknowledged and not flushed may be lost in a
    crash that we do not hear of.
    """

    file_id: int = 0  # of the temporary; 0: it is not known, and nothing can be built on
    safe: int = 0  # all bytes before are on the server's disk
    acknowledged: int = 0  # all bytes before were acknowledged, maybe on an earlier connection
    furthest: int = 0  # the most that was ever acknowledged: tries that get further are worth it

    @staticmethod
    def at(checkpoint: Checkpoint | None) -> Arrival:
        """Return what is there at a checkpoint."""
        if checkpoint is None:
            return Arrival()
        return Arrival(checkpoint.file_id, *(checkpoint.done,) * 3)

    def start_over(self) -> None:
        """Trust nothing of what is there."""
        self.safe = self.acknowledged = 0

    def reached(self, offset: int) -> None:
        """Count all bytes before the offset as acknowledged."""
        self.acknowledged = offset
        self.furthest = max(self.furthest, offset)

    def keep(self, checkpoints: Checkpoints | None, path: str) -> None:
        """Have somebody keep what is safe; raises `ContentFailed` where he could not."""
        if checkpoints is None or not self.file_id:
            return
        with callers_code(path, "on keeping a checkpoint"):
            checkpoints.keep(Checkpoint(self.file_id, self.safe))


class Upload:
    """Writes ranges of the content to an open file. Of one thread.

    Where bytes from `holes_from` on are known to be zero, zeros are not sent, and what is read
    there is zeros all the same; the end of the file is then set by the caller.
    """

    def __init__(
        self,
        connection: Connection,
        handle: bytes,
        content: Content,
        path: str,
        arrival: Arrival | None = None,
        checkpoints: Checkpoints | None = None,
        *,
        holes_from: int = _NO_HOLES,
        piece: int = 0,
    ) -> None:
        self.holes = False  # whether any were left
        self._connection = connection
        self._handle = handle
        self._content = content
        self._path = path
        self._arrival = Arrival() if arrival is None else arrival
        self._checkpoints = checkpoints
        self._holes_from = holes_from
        self._piece = min(write_room(connection), piece or PIECE)
        self._inbox = Inbox()
        self._flow = Flow()
        self._covered = self._arrival.acknowledged  # up to the end of the last piece sent
        # Pieces under way, in their order, each by where it begins to cover the file. A hole is
        # covered by the piece after it: until that has arrived, the file does not reach so far.
        self._under_way: dict[int, int] = {}
        self._flushing: int | None = None  # up to where, if a flush is under way
        self._failure: SmbError | None = None
        self._gaps = False  # a piece failed: nothing tells any more what lies before the next

    def write(self, ranges: Iterable[Range]) -> None:
        """Write the ranges, in order; every answer has been checked when it returns.

        A first failure ends it, once all that is under way has been answered.
        """
        for piece in pieces(ranges, self._piece):
            while self._failure is None and not self._flow.has_room(piece.length):
                self._collect()
            if self._failure is None:
                self._send(piece)
            if self._failure is not None:
                break
        while self._under_way or self._flushing is not None:
            self._collect()
        if self._failure is not None:
            raise self._failure

    def _send(self, piece: Range) -> None:
        try:
            data = read_content(self._content, piece.offset, piece.length, self._path)
        except ContentFailed as error:
            self._failure = error
            return
        if piece.offset >= self._holes_from and not data[0] and data == bytes(piece.length):
            self.holes = True
            return
        self._connection.submit(
            (write(piece.offset, data, self._handle),),
            self._inbox,
            (self._covered, piece.length, time.monotonic()),
            bulk=True,
        )
        self._under_way[self._covered] = piece.length
        self._flow.sent(piece.length)
        self._covered = piece.end

    def _collect(self) -> None:
        exchange = self._connection.collect(self._inbox)
        if exchange.owner is None:
            self._flushed(exchange)
            return
        covers, length, since = cast("tuple[int, int, float]", exchange.owner)
        self._flow.answered(length, time.monotonic() - since)
        del self._under_way[covers]
        if (failure := _failure_of(exchange, length, self._path)) is not None:
            self._failure = self._failure or failure
            self._gaps = True
        if not self._gaps:
            self._arrival.reached(next(iter(self._under_way), self._covered))
        if self._failure is None:
            self._flush()

    def _flush(self) -> None:
        if self._checkpoints is None or self._flushing is not None:
            return
        if self._arrival.acknowledged - self._arrival.safe < self._checkpoints.every:
            return
        self._flushing = self._arrival.acknowledged
        self._connection.submit((flush(self._handle),), self._inbox, bulk=True)

    def _flushed(self, exchange: Exchange) -> None:
        """Keep a checkpoint: what was acknowledged before the flush was sent is on the disk."""
        done, self._flushing = self._flushing, None
        (answer,) = exchange.result()
        if answer.status in NO_SUCH_OPERATION:
            self._checkpoints = None  # it never will be safe there
        elif answer.status:
            self._failure = self._failure or error_for(answer.status, self._path, "flushing")
        elif done is not None:
            self._arrival.safe = done
            try:
                self._arrival.keep(self._checkpoints, self._path)
            except ContentFailed as error:
                self._failure = self._failure or error


def _failure_of(exchange: Exchange, length: int, path: str) -> SmbError | None:
    (answer,) = exchange.result()
    if answer.status:
        return error_for(answer.status, path, "writing")
    count = decode_written(answer)
    if count != length:
        return Unexpected(path, f"only {count} of {length} bytes were written")
    return None


def differing(
    connection: Connection, handle: bytes, content: Content, path: str, ranges: Iterable[Range]
) -> Iterator[Range]:
    """Read ranges of an open file back, and return the pieces that are not as the content."""
    for each in ranges:
        download = Download(connection, handle, each.end, path)
        for piece in pieces((each,), PIECE):
            there = download.read(piece.offset, piece.length)
            if there != read_content(content, piece.offset, piece.length, path):
                yield piece
