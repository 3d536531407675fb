"""Putting a file of any size: its content goes in pieces, many under way."""

from typing import TYPE_CHECKING

from .commit import Progress, Written, commit, done_before
from .errors import SmbError
from .names import parent
from .old_version import check_chain, checked, take_back
from .operations import make_folders
from .status import OBJECT_PATH_NOT_FOUND
from .steps import Reply, Steps, run_chain
from .temporary import discard, finished, finishing, open_temporary, require_temporary
from .transfer import upload
from .wire_create import handle_of

if TYPE_CHECKING:
    from .connection import Connection
    from .files import Content, FileInfo, Put
    from .wire import Chain


def put_large(
    connection: Connection, again: bool, put: Put, content: Content, progress: Progress
) -> Steps[FileInfo]:
    """Put a file of any size: its content goes in pieces, many under way."""
    if again and (done := (yield from done_before(connection, put, content.size, progress))):
        return done
    opening = open_temporary(put, again)
    reply = yield from run_chain((opening,))
    if reply[0].status == OBJECT_PATH_NOT_FOUND and put.make_parents:
        yield from make_folders(connection, False, parent(put.path))
        reply = yield from run_chain((opening,))
    handle = handle_of(require_temporary(reply[0], put))
    check: tuple[Chain, ...] = ()
    replies: tuple[Reply, ...] = ()
    try:
        upload(connection, handle, content, put.path)
        last = tuple(request.on(handle) for request in finishing(put))
        check = check_chain(connection, put)
        replies = yield (last, *check)
        told = finished(put, replies[0], content.size)
        old = None
        if check:
            old = yield from checked(connection, again, put, replies[-1])
    except SmbError as error:
        if not connection.failed:
            yield from discard(handle)
            if check and replies:
                yield from take_back(connection, put, replies[-1], error)
        raise
    return (yield from commit(connection, put, Written(handle, told, old), progress))
