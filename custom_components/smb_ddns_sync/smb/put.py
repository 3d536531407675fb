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

from .copying import copy_by_any_means
from .errors import Changed, Exists, InUse, NotFound, SmbError, Unexpected, Unsupported
from .files import Attributes, Content, FileInfo, Put
from .names import parent
from .operations import (
    delete_file,
    exactly,
    folder_chain,
    info_after,
    link,
    look,
    make_folders,
    with_parents,
)
from .status import (
    ACCESS_DENIED,
    MISSING,
    NO_LINKS,
    NOT_A_DIRECTORY,
    OBJECT_NAME_COLLISION,
    OBJECT_PATH_NOT_FOUND,
    SHARING_VIOLATION,
    error_for,
)
from .steps import Reply, Steps, require, run_chain
from .transfer import upload
from .wire_create import (
    Access,
    Disposition,
    Options,
    Share,
    close,
    create,
    decode_closed,
    flush,
    handle_of,
)
from .wire_data import decode_written, write
from .wire_info import (
    AllInfo,
    decode_all,
    query_all,
    set_basic,
    set_disposition,
    set_link,
    set_name,
)

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from .connection import Connection
    from .wire import Answer, Chain, Request

_TEMPORARY: Final = Access.WRITE | Access.READ_ATTRIBUTES | Access.WRITE_ATTRIBUTES | Access.DELETE
_WITH_LINK: Final = 4  # answers of the chain that looks at the old version
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


@dataclass(frozen=True, slots=True)
class Written:
    """A temporary that holds all of the content, still open, and what it takes the place of."""

    handle: bytes
    told: AllInfo
    old: AllInfo | None


def put_small(
    connection: Connection, again: bool, put: Put, content: bytes, progress: Progress
) -> Steps[FileInfo]:
    """Put a file whose content fits into one request: two round trips, two frames."""
    if again and (done := (yield from _done_before(connection, put, len(content), progress))):
        return done
    writing = (write(0, content),) if content else ()
    first: Chain = (_open_temporary(put, again), *writing, *_finishing(put))
    known = progress.known_folders.setdefault(connection, set())
    folders = _unknown_folders(put, known)
    # Asked for once, before the first file in them, by the order of the frames. Where that fails,
    # so do the files, and each finds out for itself.
    known.update(folders)
    check = _check_chain(connection, put)
    replies = yield (*map(folder_chain, folders), first, *check)
    reply = replies[len(folders)]
    handle: bytes | None = None
    try:
        if reply[0].status == OBJECT_PATH_NOT_FOUND and put.make_parents:
            yield from make_folders(connection, False, parent(put.path))
            reply = yield from run_chain(first)
        handle = handle_of(_require_temporary(reply[0], put))
        if content:
            require(reply[1], put.path, "writing")
            count = decode_written(reply[1])
            if count != len(content):
                raise Unexpected(put.path, f"only {count} of {len(content)} bytes were written")
        told = _finished(put, reply[1 + len(writing) :], len(content))
        old = None
        if check:
            old = yield from _checked(connection, again, put, replies[-1])
    except SmbError as error:
        if handle is not None:
            yield from _discard(handle)
        if check:
            yield from _take_back(connection, put, replies[-1], error)
        raise
    return (yield from _commit(connection, put, Written(handle, told, old), progress))


def put_large(
    connection: Connection, again: bool, put: Put, content: Content, progress: Progress
) -> Steps[FileInfo]:
    """Put a file of any size: its content goes in pieces, many under way."""
    if again and (done := (yield from _done_before(connection, put, content.size, progress))):
        return done
    opening = _open_temporary(put, again)
    reply = yield from run_chain((opening,))
    if reply[0].status == OBJECT_PATH_NOT_FOUND and put.make_parents:
        yield from make_folders(connection, False, parent(put.path))
        reply = yield from run_chain((opening,))
    handle = handle_of(_require_temporary(reply[0], put))
    check: tuple[Chain, ...] = ()
    replies: tuple[Reply, ...] = ()
    try:
        upload(connection, handle, content, put.path)
        finishing = tuple(request.on(handle) for request in _finishing(put))
        check = _check_chain(connection, put)
        replies = yield (finishing, *check)
        told = _finished(put, replies[0], content.size)
        old = None
        if check:
            old = yield from _checked(connection, again, put, replies[-1])
    except SmbError as error:
        if not connection.failed:
            yield from _discard(handle)
            if check and replies:
                yield from _take_back(connection, put, replies[-1], error)
        raise
    return (yield from _commit(connection, put, Written(handle, told, old), progress))


def _open_temporary(put: Put, again: bool) -> Request:
    """Open the temporary, a new file; left over from a try that broke it is written anew."""
    disposition = Disposition.OVERWRITE_OR_CREATE if again else Disposition.CREATE
    return create(put.temporary, _TEMPORARY, Share.NOTHING, disposition, Options.FILE)


def _finishing(put: Put) -> Chain:
    """Return what follows the content. Samba takes a flush only at the end of a chain."""
    return (set_basic(modified=put.modified), query_all(), *((flush(),) if put.flush else ()))


def _finished(put: Put, reply: Reply, size: int) -> AllInfo:
    """Check the answers to what followed the content: this is what makes the rename safe."""
    require(reply[0], put.path, "setting its time")
    told = decode_all(require(reply[1], put.path, "asking for its size"))
    if told.size != size:
        raise Unexpected(put.path, f"{told.size} bytes arrived, not {size}")
    if put.flush:
        require(reply[2], put.path, "flushing")
    return told


def _require_temporary(answer: Answer, put: Put) -> Answer:
    if answer.status in MISSING:
        raise NotFound(parent(put.path), "the folder is missing")
    if answer.status == OBJECT_NAME_COLLISION:
        raise Exists(put.temporary, "the temporary name is taken")
    return require(answer, put.path, "making the temporary file")


def _unknown_folders(put: Put, known: set[str]) -> list[str]:
    """Return the folders to ask for before the file, without waiting for the answers."""
    if not put.make_parents:
        return []
    folder = parent(put.path)
    if folder in known:
        return []
    return [each for each in with_parents(folder) if each not in known]


def _discard(handle: bytes) -> Steps[None]:
    """Delete the temporary by its handle."""
    yield ((set_disposition(handle), close(handle)),)


def _discard_closed(put: Put) -> Steps[None]:
    """Delete the temporary by its name."""
    yield (
        (create(put.temporary, Access.DELETE, options=Options.FILE), set_disposition(), close()),
    )


def _check_chain(connection: Connection, put: Put) -> tuple[Chain, ...]:
    """Return what looks at the version to be replaced and gives it its second name."""
    if put.expected is None:
        return ()
    linking = put.keep_old_at is not None and connection.able.links
    access = Access.READ_ATTRIBUTES | (Access.WRITE_ATTRIBUTES if linking else 0)
    return (
        (
            create(put.path, access, options=Options.OPEN_LINK),
            query_all(),
            *((set_link(put.keep_old_at),) if linking and put.keep_old_at is not None else ()),
            close(),
        ),
    )


def _checked(connection: Connection, again: bool, put: Put, reply: Reply) -> Steps[AllInfo]:
    """Check the version to be replaced, and that it has its second name where it is to have one."""
    if put.expected is None:
        raise RuntimeError("Nothing is expected, so nothing was looked at")
    if reply[0].status in MISSING or reply[0].status == NOT_A_DIRECTORY:
        raise Changed(put.path, "it is gone")
    require(reply[0], put.path, "opening the version to be replaced")
    old = exactly(put.path, put.expected, reply[1])
    if put.keep_old_at is not None and not _linked(reply):
        status = reply[2].status if len(reply) == _WITH_LINK else None
        yield from _keep_old(connection, again, put, put.keep_old_at, old, status)
    return old


def _keep_old(
    connection: Connection,
    again: bool,
    put: Put,
    kept: str,
    old: AllInfo,
    status: int | None,
) -> Steps[None]:
    """Keep the old version: as a link, else as a copy by the server, else as one by us."""
    if status == OBJECT_NAME_COLLISION:
        found = yield from look(connection, False, kept)
        if again and found is not None and _same_content(found, old):
            return
        raise Exists(kept, "the name for the old version is taken")
    if status in MISSING or status is None:
        yield from make_folders(connection, False, parent(kept))
    if status in MISSING:
        try:
            yield from link(connection, again, put.path, kept)
        except Unsupported:
            connection.able.links = False
        else:
            return
    elif status in NO_LINKS:
        # A right that is missing on this file says nothing about the next.
        connection.able.links = status == ACCESS_DENIED
        yield from make_folders(connection, False, parent(kept))
    elif status is not None:
        raise error_for(status, kept, "keeping the old version")
    yield from copy_by_any_means(connection, again, put.path, kept)


def _linked(reply: Reply) -> bool:
    """Tell whether the look at the old version gave it its second name."""
    return len(reply) == _WITH_LINK and reply[2].ok


def _take_back(connection: Connection, put: Put, reply: Reply, why: SmbError) -> Steps[None]:
    """Take back the second name that the old version was given before all the rest failed."""
    if put.keep_old_at is not None and _linked(reply):
        yield from _drop_kept(connection, put.keep_old_at, why)


def _drop_kept(connection: Connection, kept: str, why: SmbError) -> Steps[None]:
    """Take back the second name of a version that is not replaced after all."""
    try:
        yield from delete_file(connection, True, kept, None)
    except SmbError as error:
        why.add_note(f"The second name stays: {error}")


def _same_content(found: FileInfo, old: AllInfo) -> bool:
    return (found.size, found.modified) == (old.size, old.modified)


def _done_before(
    connection: Connection, put: Put, size: int, progress: Progress
) -> Steps[FileInfo | None]:
    """Return the file if the try that broke had put it in place without us hearing of it."""
    if not progress.sent:
        return None
    found = yield from look(connection, False, put.path)
    if found is None or found.size != size or found.file_id != progress.file_id:
        return None
    return found if progress.file_id or found.modified == put.modified else None


def _commit(
    connection: Connection, put: Put, written: Written, progress: Progress
) -> Steps[FileInfo]:
    """Give the temporary its name. Up to here `path` has not been touched."""
    if written.old is not None:
        progress.attributes |= written.old.attributes & _KEPT
    special = progress.attributes
    if special & Attributes.READ_ONLY:
        yield from _set_attributes(put.path, Attributes.NORMAL)
    progress.file_id = written.told.file_id
    progress.sent = True
    naming = set_name(put.path, written.handle, replace=put.expected is not None)
    reply = yield from run_chain((naming, close(written.handle, query=True)))
    if not reply[0].ok:
        progress.sent = False
        error = yield from _why_refused(put, reply[0].status)
        yield from _discard_closed(put)
        if special & Attributes.READ_ONLY:
            yield from _set_attributes(put.path, special)
        if put.keep_old_at is not None and written.old is not None:
            yield from _drop_kept(connection, put.keep_old_at, error)
        raise error
    if special:
        yield from _set_attributes(put.path, special)
    closed = decode_closed(reply[1]) if reply[1].ok else None
    if closed is None or special:
        found = yield from look(connection, False, put.path)
        if found is None:
            raise Changed(put.path, "somebody took it away right after it was put in place")
        return found
    return info_after(put.path, closed, written.told.file_id)


def _set_attributes(path: str, attributes: int) -> Steps[None]:
    reply = yield from run_chain(
        (create(path, Access.WRITE_ATTRIBUTES), set_basic(attributes=attributes), close())
    )
    require(reply[0], path, "opening to change its attributes")
    require(reply[1], path, "changing its attributes")


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
