"""A file opened for reading."""

from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import TYPE_CHECKING, Self, override

from .errors import Changed, ConnectionFailed, IsAFolder, SmbError
from .files import FileInfo, FileKind
from .one_trip import close_and_look
from .operations import info_from
from .pipeline import run
from .steps import Steps, require, run_chain
from .transfer import PIECE, Download
from .wire_create import Access, Options, close, create, handle_of
from .wire_data import decode_read, read
from .wire_info import decode_all, query_all

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from .connection import Connection
    from .line import Line


class Reader(AbstractContextManager["Reader"]):
    """One version of one file, open. Of one thread.

    Others may change the file meanwhile; `check` tells. Where the connection breaks the file is
    opened anew, and if it is another version by then, `Changed` is raised: what was read never is
    of two versions without a sign.
    """

    def __init__(
        self, lane: Line, path: str, expected: FileInfo | None = None, ahead: int = 0
    ) -> None:
        """Open the file; raises `Changed` where it is another version than expected.

        So many bytes of it come with the opening.
        """
        self._lane = lane
        self._path = path
        self._ahead = ahead
        self._beginning = b""
        self._piece = PIECE
        self._connection: Connection
        self._handle: bytes
        self.info = self._open()
        if expected is not None and not expected.same_version(self.info):
            self.close()
            raise Changed(path, "it is another version than expected")

    def read(self, offset: int, length: int, until: int | None = None) -> bytes:
        """Return at most `length` bytes from `offset`; fewer only at the end of the file.

        Where it is read in sequence, what follows is asked for ahead, up to `until`: a caller that
        may stop there, or that keeps little in memory, says so.
        """
        known = self._beginning[offset : offset + length]
        if len(known) == length or offset + len(known) >= self.info.size:
            return known
        try:
            return known + self._download.read(offset + len(known), length - len(known), until)
        except ConnectionFailed:
            self._reopen()
            return known + self._download.read(offset + len(known), length - len(known), until)

    def in_pieces(self, most: int) -> None:
        """Ask for no more than so many bytes at a time, and below 1 MiB for none ahead."""
        self._piece = most or PIECE
        self._download.piece = self._piece

    def chunks(self) -> Iterator[bytes]:
        """Return the whole content, piece by piece."""
        offset = 0
        while data := self.read(offset, PIECE):
            yield data
            offset += len(data)

    def look(self) -> FileInfo:
        """Return what the open file is now, wherever it has been moved."""
        (answer,) = self._connection.ask((query_all(self._handle),))
        return info_from(self._path, decode_all(require(answer, self._path, "looking at it")))

    def check(self) -> None:
        """Raise `Changed` unless the file at the path still is the version that was opened.

        All that was read before is of that one version, then, as far as its times and size tell.
        The file is opened anew for this: while a handle is open, Samba tells the times of the
        moment when it was opened, whatever programs on the server have written since.
        """
        with suppress(ConnectionFailed):  # which closes it, too
            self.close()
        self._reopen()

    def close_and_look(self) -> FileInfo | None:
        """Let go of the file, and return what is at its path after that, or None."""
        held = self._connection, self._handle
        return run(self._lane, partial(close_and_look, path=self._path, held=held))

    def close(self) -> None:
        """Let go of the file."""
        if not self._connection.failed:
            self._connection.ask((close(self._handle),))

    @override
    def __enter__(self) -> Self:
        return self

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except SmbError:
            # The connection broke, and with it the file was closed. What was read, was read.
            if error is None and not self._connection.failed:
                raise

    def _open(self) -> FileInfo:
        opening = partial(_open, path=self._path, ahead=self._ahead)
        self._connection, self._handle, info, beginning = run(self._lane, opening)
        if self._ahead:  # opened again it is the same version, or nothing more is read
            self._beginning, self._ahead = beginning, 0
        self._download = Download(self._connection, self._handle, info.size, self._path)
        self._download.piece = self._piece
        return info

    def _reopen(self) -> None:
        found = self._open()
        if not self.info.same_version(found):
            raise Changed(self._path, "it is another version than the one that was opened")


def _open(
    connection: Connection, again: bool, path: str, ahead: int
) -> Steps[tuple[Connection, bytes, FileInfo, bytes]]:
    del again
    opening = create(path, Access.READ | Access.READ_ATTRIBUTES, options=Options.FILE)
    reading = (read(0, ahead),) if ahead else ()
    reply = yield from run_chain((opening, query_all(), *reading))
    handle = handle_of(require(reply[0], path, "opening"))
    try:
        info = info_from(path, decode_all(require(reply[1], path, "asking for its attributes")))
        if info.kind is not FileKind.FILE:
            raise IsAFolder(path)
        # What could not be read with the opening is asked for again, and told why.
        beginning = bytes(decode_read(reply[2], ahead)) if reading and reply[2].ok else b""
    except SmbError:
        yield ((close(handle),),)
        raise
    return connection, handle, info, beginning
