"""Putting a file whose content fits into one request, so that many are put side by side."""

from typing import TYPE_CHECKING

from .commit import Progress, Written, commit, done_before
from .errors import SmbError, Unexpected
from .names import parent
from .old_version import check_chain, checked, take_back
from .operations import folder_chain, make_folders, with_parents
from .ranges import between, pieces
from .status import OBJECT_PATH_NOT_FOUND
from .steps import Steps, require, run_chain
from .temporary import (
    discard,
    finished,
    finishing,
    not_as_sent,
    open_temporary,
    require_temporary,
    settle,
)
from .transfer import read_room
from .wire_create import handle_of
from .wire_data import decode_read, decode_written, read, write

if TYPE_CHECKING:
    from .connection import Connection
    from .files import FileInfo, Put
    from .wire import Chain


def put_small(
    connection: Connection, again: bool, put: Put, content: bytes, progress: Progress
) -> Steps[FileInfo]:
    """Put a file whose content fits into one request: two round trips, two frames."""
    if again and (done := (yield from done_before(connection, put, len(content), progress))):
        return done
    writing = (write(0, content),) if content else ()
    first: Chain = (open_temporary(put, again), *writing, *finishing(put, durably=put.flush))
    known = progress.known_folders.setdefault(connection, set())
    folders = _unknown_folders(put, known)
    # Asked for once, before the first file in them, by the order of the frames. Where that fails,
    # so do the files, and each finds out for itself.
    known.update(folders)
    check = check_chain(connection, put)
    replies = yield (*map(folder_chain, folders), first, *check)
    reply = replies[len(folders)]
    handle: bytes | None = None
    try:
        if reply[0].status == OBJECT_PATH_NOT_FOUND and put.make_parents:
            yield from make_folders(connection, False, parent(put.path))
            reply = yield from run_chain(first)
        handle = handle_of(require_temporary(reply[0], put))
        if content:
            require(reply[1], put.path, "writing")
            count = decode_written(reply[1])
            if count != len(content):
                raise Unexpected(put.path, f"only {count} of {len(content)} bytes were written")
        told = finished(put, reply[1 + len(writing) :], len(content), durably=put.flush)
        if put.verify and content:
            yield from _verify(connection, handle, put, content)
        settle(put)
        old = None
        if check:
            old = yield from checked(connection, again, put, replies[-1])
    except SmbError as error:
        if handle is not None:
            yield from discard(handle)
        if check:
            yield from take_back(connection, put, replies[-1], error)
        raise
    return (yield from commit(connection, put, Written(handle, told, old), progress))


def _verify(connection: Connection, handle: bytes, put: Put, content: bytes) -> Steps[None]:
    """Read everything back, in one more round trip, and compare it."""
    parts = tuple(pieces(between(0, len(content)), read_room(connection)))
    replies = yield tuple((read(part.offset, part.length, handle),) for part in parts)
    for part, (answer,) in zip(parts, replies, strict=True):
        there = decode_read(require(answer, put.path, "reading it back"), part.length)
        if there != content[part.offset : part.end]:
            raise not_as_sent(put, part.offset)


def _unknown_folders(put: Put, known: set[str]) -> list[str]:
    """Return the folders to ask for before the file, without waiting for the answers."""
    if not put.make_parents:
        return []
    folder = parent(put.path)
    if folder in known:
        return []
    return [each for each in with_parents(folder) if each not in known]
