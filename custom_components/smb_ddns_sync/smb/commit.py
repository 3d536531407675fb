"""Putting a file in place: written under a temporary name, checked, and only then given its own.

Why two phases: on a full disk WRITE fails, and a rename in the same chain is carried out all the
same; it would put a truncated file in the place of a good one. So the rename is sent when the
answers of everything before it are known. Invariant: whatever fails or breaks, `path` holds what it
held before or all of the new content.

SMB has no compare-and-swap. Where nothing is expected at `path`, the server itself refuses to
replace. Where a version is expected, it is compared one round trip before the rename: a change that
somebody else completes just then is replaced unseen, and lives on only at `keep_old_at`, if that
was asked for.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from .errors import Changed, InUse, SmbError
from .files import Attributes, FileInfo, Put
from .old_version import drop_kept
from .operations import info_after, look, set_attributes
from .status import ACCESS_DENIED, OBJECT_NAME_COLLISION, SHARING_VIOLATION, error_for
from .steps import Steps, run_chain
from .temporary import discard_closed
from .upload import Arrival
from .wire_create import Access, Options, Share, close, create, decode_closed
from .wire_info import AllInfo, set_name

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from .connection import Connection

_KEPT: Final = Attributes.READ_ONLY | Attributes.HIDDEN | Attributes.SYSTEM


type KnownFolders = MutableMapping[Connection, set[str]]
"""Folders that have been asked for, on each connection: it keeps the order, and no other does."""


@dataclass(slots=True)
class Progress:
    """What is known of one put over its tries; the folders are known to all of one caller."""

    known_folders: KnownFolders = field(default_factory=WeakKeyDictionary)
    file_id: int = 0
    sent: bool = False  # the rename, so that it may have happened
    attributes: int = 0  # of the old version, before we changed them
    begun: bool = False
    arrival: Arrival = field(default_factory=Arrival)


@dataclass(frozen=True, slots=True)
class Written:
    """A temporary that holds all of the content, still open, and what it takes the place of."""

    handle: bytes
    told: AllInfo
    old: AllInfo | None
    stays: bool = False  # it is left where it cannot take that place


def done_before(
    connection: Connection, put: Put, size: int, progress: Progress
) -> Steps[FileInfo | None]:
    """Return the file if the try that broke had put it in place without us hearing of it."""
    if not progress.sent:
        return None
    found = yield from look(connection, False, put.path)
    if found is None or found.size != size or found.file_id != progress.file_id:
        return None
    return found if progress.file_id or found.modified == put.modified else None


def commit(
    connection: Connection, put: Put, written: Written, progress: Progress
) -> Steps[FileInfo]:
    """Give the temporary its name. Up to here `path` has not been touched."""
    if written.old is not None:
        progress.attributes |= written.old.attributes & _KEPT
    special = progress.attributes
    if special & Attributes.READ_ONLY:
        yield from set_attributes(connection, True, put.path, Attributes.NORMAL)
    progress.file_id = written.told.file_id
    progress.sent = True
    naming = set_name(put.path, written.handle, replace=put.expected is not None)
    reply = yield from run_chain((naming, close(written.handle, query=True)))
    if not reply[0].ok:
        progress.sent = False
        error = yield from _why_refused(put, reply[0].status)
        if not written.stays:
            yield from discard_closed(put)
        if special & Attributes.READ_ONLY:
            yield from set_attributes(connection, True, put.path, special)
        if put.keep_old_at is not None and written.old is not None:
            yield from drop_kept(connection, put.keep_old_at, error)
        raise error
    if special:
        yield from set_attributes(connection, True, put.path, special)
    closed = decode_closed(reply[1]) if reply[1].ok else None
    if closed is None or special:
        found = yield from look(connection, False, put.path)
        if found is None:
            raise Changed(put.path, "somebody took it away right after it was put in place")
        return found
    return info_after(put.path, closed, written.told.file_id)


def _why_refused(put: Put, status: int) -> Steps[SmbError]:
    """Return the error for a rename that the server did not carry out."""
    if status == OBJECT_NAME_COLLISION:
        return Changed(put.path, "something is there now")
    if status in {ACCESS_DENIED, SHARING_VIOLATION}:
        # Servers say "access denied" also where somebody has the old version open.
        reply = yield from run_chain(
            (create(put.path, Access.DELETE, Share.NOTHING, options=Options.OPEN_LINK), close())
        )
        if reply[0].status == SHARING_VIOLATION:
            return InUse(put.path, "somebody has the version open that is to be replaced")
    return error_for(status, put.path, "renaming the temporary file")
