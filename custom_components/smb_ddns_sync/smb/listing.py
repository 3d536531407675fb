"""Listing a folder completely, or not at all."""

from typing import TYPE_CHECKING, Final

from .errors import BadAnswer, SmbError
from .status import NO_MORE_FILES, NO_SUCH_FILE, NO_SUCH_OPERATION
from .steps import Reply, Steps, require, run_chain
from .wire_create import Access, Options, close, create, handle_of
from .wire_directory import DirectoryClass, decode_entries, query_directory

if TYPE_CHECKING:
    from .connection import Connection
    from .files import FileInfo
    from .wire import Answer

_SMALL: Final = 64 << 10  # what one credit pays for: some 400 entries
_LARGE: Final = 1 << 20
_MOST_ENTRIES: Final = 1_000_000
"""Of all folders that are listed side by side on one connection, as long as they are not at their
end: some 500 MB. A server that never comes to an end must not take all memory."""

_ACCESS: Final = Access.READ | Access.READ_ATTRIBUTES


def list_folder(connection: Connection, again: bool, path: str) -> Steps[tuple[FileInfo, ...]]:
    """Return all entries of a folder. A small one takes one round trip.

    Complete is only what ended with the server's NO_MORE_FILES; everything else is an error.
    """
    del again
    room = connection.room(connection.facts.max_transact, _SMALL)
    of = connection.able.entries
    reply = yield from _small(path, room, of)
    if reply[0].ok and reply[1].status in NO_SUCH_OPERATION and of is DirectoryClass.ID_FULL:
        of = connection.able.entries = DirectoryClass.ID_BOTH
        reply = yield from _small(path, room, of)
    require(reply[0], path, "opening the folder")
    entries: dict[str, FileInfo] = {}
    if _take(reply[1], path, of, entries) or _take(reply[2], path, of, entries):
        return tuple(entries.values())
    return (yield from _large(connection, path, of))


def _small(path: str, room: int, of: DirectoryClass) -> Steps[Reply]:
    return (
        yield from run_chain(
            (
                create(path, _ACCESS, options=Options.FOLDER),
                query_directory(room, of=of),
                query_directory(room, of=of),
                close(),
            )
        )
    )


def _take(answer: Answer, path: str, of: DirectoryClass, entries: dict[str, FileInfo]) -> bool:
    """Add an answer's entries; tell whether it is the end.

    A name is told once: a file system may list one twice that is replaced meanwhile.
    """
    if answer.status in {NO_MORE_FILES, NO_SUCH_FILE}:
        return True
    for found in decode_entries(require(answer, path, "listing"), path, of):
        entries[found.name] = found
    return False


def _large(connection: Connection, path: str, of: DirectoryClass) -> Steps[tuple[FileInfo, ...]]:
    """List a folder anew in large pieces, on one handle, up to its end."""
    room = connection.room(connection.facts.max_transact, _LARGE)
    reply = yield from run_chain(
        (create(path, _ACCESS, options=Options.FOLDER), query_directory(room, of=of))
    )
    handle = handle_of(require(reply[0], path, "opening the folder"))
    entries: dict[str, FileInfo] = {}
    counted = 0
    try:
        answer, idle = reply[1], 0
        while not _take(answer, path, of, entries):
            found, counted = len(entries) - counted, len(entries)
            idle = 0 if found else idle + 1
            if idle > 1:  # the first may hold only . and ..
                raise BadAnswer(path, "the listing does not come to an end")
            if connection.able.listed.add(found) > _MOST_ENTRIES:
                raise BadAnswer(path, f"more than {_MOST_ENTRIES} entries in one folder")
            (answer,) = yield from run_chain((query_directory(room, handle, of=of),))
    except SmbError:
        yield ((close(handle),),)
        raise
    finally:
        connection.able.listed.add(-counted)
    yield ((close(handle),),)
    return tuple(entries.values())
