"""What would be several operations and is asked for in one round trip, for who waits far away.

Chains that are sent together are carried out in the order of their frames, as far as it matters
here: a server that does it otherwise tells an older or a younger truth by some microseconds.
"""

from typing import TYPE_CHECKING

from .errors import Exists, NotFound, SmbError, Unexpected
from .files import FileInfo, FolderIdentity, RootFound
from .names import parent
from .operations import delete_file, info_after, info_from, look
from .status import END_OF_FILE, MISSING, OBJECT_NAME_COLLISION
from .steps import Reply, Steps, require, run_chain
from .wire_create import (
    Access,
    Disposition,
    Options,
    Share,
    close,
    create,
    decode_closed,
)
from .wire_data import decode_read, decode_written, read, write
from .wire_info import (
    FileClass,
    VolumeClass,
    decode_all,
    decode_internal,
    decode_space,
    decode_volume_serial,
    query_all,
    query_file,
    query_volume,
    set_basic,
)

if TYPE_CHECKING:
    from .connection import Connection
    from .wire import Answer, Chain


def _beginning_chain(path: str, longest: int) -> Chain:
    opening = create(path, Access.READ | Access.READ_ATTRIBUTES, options=Options.FILE)
    return (opening, read(0, longest), close())


def _beginning(path: str, longest: int, reply: Reply) -> bytes:
    require(reply[0], path, "opening")
    if reply[1].status == END_OF_FILE:
        return b""
    return bytes(decode_read(require(reply[1], path, "reading"), longest))


def read_beginning(connection: Connection, again: bool, path: str, longest: int) -> Steps[bytes]:
    """Return how a file begins; `longest` bytes at most, which fit into one request."""
    del connection, again
    return _beginning(path, longest, (yield from run_chain(_beginning_chain(path, longest))))


def find_root(
    connection: Connection, again: bool, folder: str, file: str, longest: int
) -> Steps[RootFound]:
    """Return which folder is at a path, what is free there, and how a file of it begins."""
    del connection, again
    replies = yield (
        (
            create(folder, Access.READ_ATTRIBUTES, options=Options.FOLDER),
            query_volume(VolumeClass.VOLUME),
            query_file(FileClass.INTERNAL, 8),
            query_volume(VolumeClass.FULL_SIZE),
            close(),
        ),
        _beginning_chain(file, longest),
    )
    root, beginning = replies
    require(root[0], folder, "opening")
    identity = FolderIdentity(
        decode_volume_serial(require(root[1], folder, "asking for its volume")),
        decode_internal(require(root[2], folder, "asking for its id")),
    )
    told: bytes | SmbError
    try:
        told = _beginning(file, longest, beginning)
    except SmbError as error:
        told = error
    return RootFound(identity, _free(root[3], folder), told)


def _free(answer: Answer, folder: str) -> int | None:
    try:
        return decode_space(require(answer, folder, "asking for its space")).free
    except SmbError:
        return None  # whoever needs it asks in another way, and is told why


def make_file(
    connection: Connection, again: bool, path: str, content: bytes, modified: int
) -> Steps[FileInfo]:
    """Make a small file under its own name, where nothing is; `Exists` where something is.

    Whoever looks meanwhile may see it empty. Where an earlier try of this broke, it may be our own
    file that exists.
    """
    writing = (write(0, content),) if content else ()
    reply = yield from run_chain(
        (
            create(
                path,
                Access.WRITE | Access.READ_ATTRIBUTES | Access.WRITE_ATTRIBUTES,
                Share.NOTHING,
                Disposition.CREATE,
                Options.FILE,
            ),
            *writing,
            set_basic(modified=modified),
            query_all(),
            close(query=True),
        )
    )
    if reply[0].status == OBJECT_NAME_COLLISION:
        raise Exists(path, "something is there already")
    if reply[0].status in MISSING:
        raise NotFound(parent(path), "the folder is missing")
    require(reply[0], path, "making the file")
    told = decode_all(require(reply[-2], path, "asking for its attributes"))
    made = info_from(path, told)
    try:
        if content:
            count = decode_written(require(reply[1], path, "writing"))
            if count != len(content):
                raise Unexpected(path, f"only {count} of {len(content)} bytes were written")
        require(reply[-3], path, "setting its time")
    except SmbError as error:
        yield from _take_back(connection, path, made, error)
        raise
    closed = decode_closed(reply[-1]) if reply[-1].ok else None
    if closed is not None:
        return info_after(path, closed, told.file_id)
    found = yield from look(connection, again, path)
    return made if found is None else found


def _take_back(connection: Connection, path: str, made: FileInfo, why: SmbError) -> Steps[None]:
    """Delete what could not be made as a whole."""
    try:
        yield from delete_file(connection, True, path, made)
    except SmbError as error:
        why.add_note(f"What was made of it stays: {error}")


def close_and_look(
    connection: Connection, again: bool, path: str, held: tuple[Connection, bytes]
) -> Steps[FileInfo | None]:
    """Let go of an open file, and return what is at its path after that, or None."""
    opened_on, handle = held
    steps = look(connection, again, path)
    group = next(steps)
    try:
        if opened_on is connection:
            _, *replies = yield ((close(handle),), *group)
        else:  # with the other connection the file was closed
            replies = list((yield group))
        while True:
            group = steps.send(tuple(replies))
            replies = list((yield group))
    except StopIteration as end:
        found: FileInfo | None = end.value
        return found
