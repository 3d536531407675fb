"""Copying a file on the server: its content does not come here (MS-SMB2 § 2.2.31.1, COPYCHUNK)."""

from typing import TYPE_CHECKING, Final

from .errors import Exists, NotFound, SmbError, Unexpected, Unsupported
from .names import parent
from .operations import look
from .status import INVALID_PARAMETER, MISSING, NO_SUCH_OPERATION, OBJECT_NAME_COLLISION, error_for
from .steps import Steps, require, run_chain
from .transfer import Download, upload
from .wire_control import (
    CopyChunk,
    copy_chunks,
    decode_copied,
    decode_resume_key,
    request_resume_key,
)
from .wire_create import Access, Disposition, Options, Share, close, create, handle_of
from .wire_info import AllInfo, decode_all, query_all, set_basic, set_disposition

if TYPE_CHECKING:
    from .connection import Connection
    from .files import FileInfo

_CHUNK: Final = 1 << 20
_CHUNKS: Final = 16  # Windows and Samba take 16 MiB at a time

_TARGET: Final = (
    Access.READ | Access.WRITE | Access.READ_ATTRIBUTES | Access.WRITE_ATTRIBUTES | Access.DELETE
)


def copy(connection: Connection, again: bool, source: str, target: str) -> Steps[FileInfo]:
    """Make a copy of a file under a name that is free; `Unsupported` where the server cannot."""
    return (yield from _copy(connection, again, source, target, through=False))


def copy_by_any_means(
    connection: Connection, again: bool, source: str, target: str
) -> Steps[FileInfo]:
    """Make a copy under a name that is free, on the server where it can, else through us."""
    if connection.able.copies:
        try:
            return (yield from _copy(connection, again, source, target, through=False))
        except Unsupported:
            connection.able.copies = False
    return (yield from _copy(connection, again, source, target, through=True))


def _copy(
    connection: Connection, again: bool, source: str, target: str, *, through: bool
) -> Steps[FileInfo]:
    """Copy, marked for deletion until it is whole: no part outlives a lost connection."""
    opening = create(
        source,
        Access.READ | Access.READ_ATTRIBUTES,
        Share.READ | Share.DELETE,
        options=Options.FILE,
    )
    reply = yield from run_chain((opening, query_all()))
    from_handle = handle_of(require(reply[0], source, "opening"))
    try:
        told = decode_all(require(reply[1], source, "asking for its attributes"))
        making = create(target, _TARGET, Share.NOTHING, Disposition.CREATE, Options.FILE)
        reply = yield from run_chain((making, set_disposition()))
        if reply[0].status == OBJECT_NAME_COLLISION:
            if again and (found := (yield from _copied_before(connection, target, told))):
                yield ((close(from_handle),),)
                return found
            raise Exists(target, "the name is taken")
        if reply[0].status in MISSING:
            raise NotFound(parent(target), "the folder for the copy is missing")
        to_handle = handle_of(require(reply[0], target, "making the copy"))
        try:
            if through:
                upload(
                    connection,
                    to_handle,
                    Download(connection, from_handle, told.size, source),
                    target,
                )
            else:
                yield from _copy_ranges(from_handle, to_handle, source, told.size)
            copied = yield from _keep(connection, to_handle, target, told)
        except SmbError:
            yield ((set_disposition(to_handle), close(to_handle)),)
            raise
    except SmbError:
        if not connection.failed:
            yield ((close(from_handle),),)
        raise
    yield ((close(from_handle),),)
    return copied


def _copied_before(connection: Connection, target: str, source: AllInfo) -> Steps[FileInfo | None]:
    found = yield from look(connection, False, target)
    same = found is not None and (found.size, found.modified) == (source.size, source.modified)
    return found if same else None


def _copy_ranges(from_handle: bytes, to_handle: bytes, source: str, size: int) -> Steps[None]:
    (answer,) = yield from run_chain((request_resume_key(from_handle),))
    if answer.status in NO_SUCH_OPERATION:
        raise Unsupported(source, "the server copies no files")
    key = decode_resume_key(require(answer, source, "asking for its key"))
    chunk, most = _CHUNK, _CHUNKS
    done = 0
    while done < size:
        chunks: list[CopyChunk] = []
        at = done
        while at < size and len(chunks) < most:
            length = min(chunk, size - at)
            chunks.append(CopyChunk(at, at, length))
            at += length
        (answer,) = yield from run_chain((copy_chunks(key, chunks, to_handle),))
        if answer.status == INVALID_PARAMETER and (chunk, most) == (_CHUNK, _CHUNKS):
            limits = decode_copied(answer)
            chunk = min(chunk, limits.chunk_bytes)
            most = min(most, limits.chunks, max(1, limits.total // max(1, chunk)))
            if not chunk or not most:
                raise Unsupported(source, "the server copies no files")
            if (chunk, most) != (_CHUNK, _CHUNKS):
                continue
        if answer.status in NO_SUCH_OPERATION:
            raise Unsupported(source, "the server copies no files")
        if answer.status:
            raise error_for(answer.status, source, "copying on the server")
        copied = decode_copied(answer).total
        if copied != at - done:
            raise Unexpected(source, f"{copied} bytes were copied, not {at - done}")
        done = at


def _keep(connection: Connection, handle: bytes, path: str, source: AllInfo) -> Steps[FileInfo]:
    """Check that the copy is whole, give it the times of its source, and take the mark off it."""
    times = set_basic(handle, created=source.created, modified=source.modified)
    reply = yield from run_chain((times, query_all(handle)))
    require(reply[0], path, "setting its times")
    told = decode_all(require(reply[1], path, "asking for its attributes"))
    if told.size != source.size:
        raise Unexpected(path, f"the copy has {told.size} bytes, not {source.size}")
    reply = yield from run_chain((set_disposition(handle, delete=False), close(handle)))
    require(reply[0], path, "keeping the copy")
    # Seen on a server that does not take the mark off, and says that it has.
    found = yield from look(connection, False, path)
    if found is None or found.size != source.size:
        raise Unexpected(path, "the server has not kept the copy")
    return found
