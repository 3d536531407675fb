"""Putting a file of any size: its content goes in pieces, many under way.

A try that breaks leaves a temporary, and the next one goes on with it: in the same put after its
connection has been dialled anew, or in a later put that is given a checkpoint. What of the
temporary may be trusted is written at `Arrival`. Ranges are written in place in temporaries only,
never in a user's file: half of a range would be neither the old version nor the new one.

With a revision the server copies what has not changed before anything is sent, so that a
checkpoint means the same as without: all before it is as it is to be, copied or sent.
"""

from typing import TYPE_CHECKING

from .commit import Progress, Written, commit, done_before
from .copying import copy_unchanged
from .errors import ContentFailed, ContentWithheld, SmbError, Unsupported
from .names import parent
from .old_version import check_chain, checked, take_back
from .operations import look, make_folders
from .ranges import between, within, without
from .status import OBJECT_PATH_NOT_FOUND
from .steps import Reply, Steps, require, run_chain
from .temporary import (
    cut,
    discard,
    finished,
    finishing,
    not_as_sent,
    open_temporary,
    reopen_temporary,
    require_temporary,
    settle,
)
from .upload import Arrival, Upload, differing
from .wire_create import close, flush, handle_of
from .wire_info import decode_all, query_all

if TYPE_CHECKING:
    from .connection import Connection
    from .files import Content, FileInfo, Put
    from .wire import Chain


def put_large(
    connection: Connection, again: bool, put: Put, content: Content, progress: Progress
) -> Steps[FileInfo]:
    """Put a file of any size, going on with what an earlier try has left of it."""
    again = again or progress.begun
    progress.begun = True
    arrival = progress.arrival
    if again and (done := (yield from done_before(connection, put, content.size, progress))):
        return done
    if put.resume is not None and (done := (yield from _put_before(connection, put))):
        return done
    handle = yield from _open(connection, put, arrival, again=again)
    check: tuple[Chain, ...] = ()
    replies: tuple[Reply, ...] = ()
    durably = put.flush or put.checkpoints is not None
    try:
        yield from _fill(connection, handle, put, content, arrival)
        if put.verify:
            _verify(connection, handle, put, content, arrival)
        settle(put)
        last = tuple(request.on(handle) for request in finishing(put, durably=durably))
        check = check_chain(connection, put)
        replies = yield (last, *check)
        told = finished(put, replies[0], content.size, durably=durably)
        if durably:
            arrival.safe = content.size
            arrival.keep(put.checkpoints, put.path)
        old = None
        if check:
            before = again or put.resume is not None  # its second name may be there already
            old = yield from checked(connection, before, put, replies[-1])
    except SmbError as error:
        if not connection.failed:
            yield from _let_go(handle, put, arrival, error)
            if check and replies:
                yield from take_back(connection, put, replies[-1], error)
        raise
    stays = put.checkpoints is not None and bool(arrival.file_id)
    return (yield from commit(connection, put, Written(handle, told, old, stays), progress))


def _put_before(connection: Connection, put: Put) -> Steps[FileInfo | None]:
    """Return the file if the put to be resumed had put it in place, and nobody heard of it."""
    found = yield from look(connection, False, put.path)
    if found is None or put.resume is None or found.file_id != put.resume.file_id:
        return None
    return found if (found.size, found.modified) == (put.size, put.modified) else None


def _open(connection: Connection, put: Put, arrival: Arrival, *, again: bool) -> Steps[bytes]:
    """Open the temporary of an earlier try where there is one, else a new one."""
    if arrival.file_id:
        handle = yield from reopen_temporary(put, arrival)
        if handle is not None:
            return handle
        # One that we make now, without hearing of it, is nobody else's in the next try.
        arrival.file_id, again = 0, False
    arrival.start_over()
    opening = (open_temporary(put, again), query_all())
    reply = yield from run_chain(opening)
    if reply[0].status == OBJECT_PATH_NOT_FOUND and put.make_parents:
        yield from make_folders(connection, False, parent(put.path))
        reply = yield from run_chain(opening)
    handle = handle_of(require_temporary(reply[0], put))
    try:
        arrival.file_id = decode_all(require(reply[1], put.path, "asking for its id")).file_id
        arrival.keep(put.checkpoints, put.path)
    except SmbError:
        yield from discard(handle)
        raise
    return handle


def _fill(
    connection: Connection, handle: bytes, put: Put, content: Content, arrival: Arrival
) -> Steps[None]:
    """Have the temporary hold all of the content, sending no more of it than is needed."""
    size = content.size
    sent = between(0, size)
    if put.revision is not None and connection.able.copies:
        copied = without(put.revision.changed, arrival.safe, size)
        try:
            yield from copy_unchanged(handle, put.revision, copied)
        except Unsupported:
            connection.able.copies = False
            yield from cut(put, handle, arrival.acknowledged)
        else:
            sent = put.revision.changed
    doubtful = within(sent, arrival.safe, arrival.acknowledged)
    rest = within(sent, arrival.acknowledged, size)
    behind = arrival.acknowledged  # nothing but zeros, and what was copied
    lost = tuple(differing(connection, handle, content, put.path, doubtful))
    if lost:
        arrival.acknowledged = lost[0].offset
        # Content may tell only at its very end that it is not one version: that is read last.
        rest = rest or within(sent, lost[-1].end, size)
    upload = Upload(
        connection,
        handle,
        content,
        put.path,
        arrival,
        put.checkpoints,
        holes_from=behind,
        piece=put.piece,
    )
    upload.write((*lost, *rest))
    arrival.reached(size)
    if upload.holes:
        yield from cut(put, handle, size)


def _verify(
    connection: Connection, handle: bytes, put: Put, content: Content, arrival: Arrival
) -> None:
    """Read everything back; one that differs is nothing that anybody should go on with."""
    whole = between(0, content.size)
    for piece in differing(connection, handle, content, put.path, whole):
        arrival.file_id = 0
        raise not_as_sent(put, piece.offset)


def _let_go(handle: bytes, put: Put, arrival: Arrival, why: SmbError) -> Steps[None]:
    """Leave the temporary for a later put where that may go on with it, else delete it."""
    bad = isinstance(why, ContentFailed) and not isinstance(why, ContentWithheld)
    if put.checkpoints is None or not arrival.file_id or bad:
        yield from discard(handle)
        return
    (answer,) = yield from run_chain((flush(handle),))
    if answer.ok and arrival.acknowledged > arrival.safe:
        arrival.safe = arrival.acknowledged
        try:
            arrival.keep(put.checkpoints, put.path)
        except ContentFailed as error:
            why.add_note(str(error))
    yield ((close(handle),),)
