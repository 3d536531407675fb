"""Copying a file on the server: its content does not come here (MS-SMB2 § 2.2.31.1, COPYCHUNK)."""

from itertools import batched, islice
from typing import TYPE_CHECKING, Final

from .errors import Changed, Exists, NotFound, SmbError, Unexpected, Unsupported
from .names import parent
from .operations import exactly, look
from .ranges import between, pieces, within
from .status import INVALID_PARAMETER, MISSING, NO_SUCH_OPERATION, OBJECT_NAME_COLLISION
from .steps import Steps, require, run_chain
from .transfer import Download
from .upload import Upload
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
    from .files import FileInfo, Revision
    from .ranges import Range

_CHUNK: Final = 1 << 20
_CHUNKS: Final = 16  # Windows and Samba take 16 MiB at a time
_ABREAST: Final = 4  # as many times that are under way

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
                content = Download(connection, from_handle, told.size, source)
                Upload(connection, to_handle, content, target).write(between(0, told.size))
            else:
                yield from _copy_ranges(from_handle, to_handle, source, between(0, told.size))
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


def copy_unchanged(to_handle: bytes, revision: Revision, ranges: tuple[Range, ...]) -> Steps[None]:
    """Copy ranges of the base of a revision to an open file, on the server.

    Raises `Changed` where the base is another version before or after, and `Unsupported`. Nobody
    can write to it meanwhile through SMB; what programs on the server write shows afterwards.
    """
    base, expected = revision.base, revision.base_info
    opening = create(
        base,
        Access.READ | Access.READ_ATTRIBUTES,
        Share.READ | Share.DELETE,
        options=Options.FILE,
    )
    reply = yield from run_chain((opening, query_all()))
    if reply[0].status in MISSING:
        raise Changed(base, "the version to build on is gone")
    from_handle = handle_of(require(reply[0], base, "opening"))
    try:
        exactly(base, expected, reply[1])
        yield from _copy_ranges(from_handle, to_handle, base, ranges)
    except SmbError:
        yield ((close(from_handle),),)
        raise
    # Its times are asked for anew, with the handle closed: while one is open Samba tells those of
    # the moment when it was opened.
    looking = (create(base, Access.READ_ATTRIBUTES, options=Options.FILE), query_all(), close())
    _, reply = yield ((close(from_handle),), looking)
    if reply[0].status in MISSING:
        raise Changed(base, "the version to build on went away while it was copied")
    require(reply[0], base, "opening")
    exactly(base, expected, reply[1])


def _copy_ranges(
    from_handle: bytes, to_handle: bytes, source: str, ranges: tuple[Range, ...]
) -> Steps[None]:
    """Copy ranges between open files to the same offsets, as many at a time as the server takes."""
    if not ranges:
        return
    (answer,) = yield from run_chain((request_resume_key(from_handle),))
    if answer.status in NO_SUCH_OPERATION:
        raise Unsupported(source, "the server copies no files")
    key = decode_resume_key(require(answer, source, "asking for its key"))
    chunk, most = _CHUNK, _CHUNKS
    at, end = 0, ranges[-1].end
    while at < end:
        calls = batched(pieces(within(ranges, at, end), chunk), most, strict=False)
        group = tuple(islice(calls, _ABREAST))
        replies = yield tuple(
            (copy_chunks(key, [CopyChunk(p.offset, p.offset, p.length) for p in call], to_handle),)
            for call in group
        )
        (first,) = replies[0]
        if first.status == INVALID_PARAMETER and (chunk, most) == (_CHUNK, _CHUNKS):
            limits = decode_copied(first)
            chunk = min(chunk, limits.chunk_bytes)
            most = min(most, limits.chunks, max(1, limits.total // max(1, chunk)))
            if chunk and most and (chunk, most) != (_CHUNK, _CHUNKS):
                continue
            raise Unsupported(source, "the server copies no files")
        for call, (answer,) in zip(group, replies, strict=True):
            if answer.status in NO_SUCH_OPERATION:
                raise Unsupported(source, "the server copies no files")
            copied = decode_copied(require(answer, source, "copying on the server")).total
            asked = sum(piece.length for piece in call)
            if copied != asked:
                raise Unexpected(source, f"{copied} bytes were copied, not {asked}")
        at = group[-1][-1].end


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
