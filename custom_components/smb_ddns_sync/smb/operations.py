"""Everything that takes one or two chains: looking, naming, deleting, folders, space, identity."""

from typing import TYPE_CHECKING, Final

from .errors import BadAnswer, Changed, Exists, NotFound, SmbError, Unsupported
from .files import SETTABLE, Attributes, FileInfo, FileKind, FolderIdentity
from .names import encode_path, last_part, parent
from .status import (
    CANNOT_DELETE,
    MISSING,
    NO_LINKS,
    NOT_A_DIRECTORY,
    OBJECT_NAME_COLLISION,
    error_for,
)
from .steps import Steps, require, run_chain
from .wire_create import (
    Access,
    Closed,
    Disposition,
    Options,
    Share,
    close,
    create,
    handle_of,
)
from .wire_directory import NAME_SURROGATE, kind_of
from .wire_info import (
    AllInfo,
    FileClass,
    VolumeClass,
    decode_all,
    decode_internal,
    decode_plain_space,
    decode_reparse_tag,
    decode_space,
    decode_volume_serial,
    query_all,
    query_file,
    query_volume,
    set_basic,
    set_disposition,
    set_link,
    set_name,
)

if TYPE_CHECKING:
    from .connection import Connection
    from .facts import Space
    from .wire import Answer, Chain, Request

_LOOK: Final = Access.READ_ATTRIBUTES
_SETTLED: Final = Share.READ | Share.DELETE
"""What others may do with a file about to go: not write to it, so that it stays as it was seen."""


def info_from(path: str, told: AllInfo, tag: int = 0) -> FileInfo:
    """Return what a server told about an open file."""
    return FileInfo(
        last_part(path),
        kind_of(told.attributes, tag),
        told.size,
        told.modified,
        told.created,
        told.accessed,
        told.changed,
        told.file_id,
        told.attributes,
        told.allocated,
    )


def info_after(path: str, closed: Closed, file_id: int) -> FileInfo:
    """Return what a server told about a file when it was closed."""
    return FileInfo(
        last_part(path),
        kind_of(closed.attributes, 0),
        closed.size,
        closed.modified,
        closed.created,
        closed.accessed,
        closed.changed,
        file_id,
        closed.attributes,
        closed.allocated,
    )


def look(connection: Connection, again: bool, path: str) -> Steps[FileInfo | None]:
    """Return what is at a path, or None; a link is told as a link."""
    del connection, again
    reply = yield from run_chain(
        (create(path, _LOOK, options=Options.OPEN_LINK), query_all(), close())
    )
    if reply[0].status in MISSING or reply[0].status == NOT_A_DIRECTORY:
        return None
    require(reply[0], path, "opening")
    told = decode_all(require(reply[1], path, "asking for its attributes"))
    if not told.attributes & Attributes.REPARSE_POINT:
        return info_from(path, told)
    reply = yield from run_chain(
        (
            create(path, _LOOK, options=Options.OPEN_LINK),
            query_file(FileClass.ATTRIBUTE_TAG, 8),
            close(),
        )
    )
    require(reply[0], path, "opening")
    return info_from(path, told, decode_reparse_tag(require(reply[1], path, "asking for its tag")))


def space(connection: Connection, again: bool) -> Steps[Space]:
    """Return how large and how free the share is."""
    del connection, again
    subject, doing = "the share", "asking for its space"
    reply = yield from run_chain((create("", _LOOK), query_volume(VolumeClass.FULL_SIZE), close()))
    require(reply[0], subject, "opening its root")
    try:
        return decode_space(require(reply[1], subject, doing))
    except Unsupported, BadAnswer:
        reply = yield from run_chain((create("", _LOOK), query_volume(VolumeClass.SIZE), close()))
        require(reply[0], subject, "opening its root")
        return decode_plain_space(require(reply[1], subject, doing))


def identity(connection: Connection, again: bool, path: str) -> Steps[FolderIdentity]:
    """Return which folder is at a path."""
    del connection, again
    reply = yield from run_chain(
        (
            create(path, _LOOK, options=Options.FOLDER),
            query_volume(VolumeClass.VOLUME),
            query_file(FileClass.INTERNAL, 8),
            close(),
        )
    )
    require(reply[0], path, "opening")
    return FolderIdentity(
        decode_volume_serial(require(reply[1], path, "asking for its volume")),
        decode_internal(require(reply[2], path, "asking for its id")),
    )


def make_folder(connection: Connection, again: bool, path: str) -> Steps[None]:
    """Make one folder in a folder that exists."""
    del connection
    disposition = Disposition.OPEN_OR_CREATE if again else Disposition.CREATE
    reply = yield from run_chain(
        (create(path, _LOOK, disposition=disposition, options=Options.FOLDER), close())
    )
    require(reply[0], path, "making the folder")


def folder_chain(path: str) -> Chain:
    """Return the chain that makes a folder where there is none."""
    return (
        create(path, _LOOK, disposition=Disposition.OPEN_OR_CREATE, options=Options.FOLDER),
        close(),
    )


def with_parents(path: str) -> list[str]:
    """Return a folder's path after those of all folders above it, the root left out."""
    parts = path.split("/") if path else []
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def make_folders(connection: Connection, again: bool, path: str) -> Steps[None]:
    """Make a folder and those above it, where they are missing; all asked for at once, in order."""
    del connection, again
    wanted = with_parents(path)
    if not wanted:
        return
    replies = yield tuple(map(folder_chain, wanted))
    if replies[-1][0].ok:
        return  # whoever may not look at those above it may still make this one
    for folder in wanted:
        # Where the order of the frames was not kept, a folder was asked for before its parent.
        reply = yield from run_chain(folder_chain(folder))
        require(reply[0], folder, "making the folder")


def exactly(path: str, expected: FileInfo, answer: Answer) -> AllInfo:
    """Return what an open file is; raise `Changed` where it is not what was expected."""
    told = decode_all(require(answer, path, "asking for its attributes"))
    # Which kind of reparse point it is was not asked for: where a link was expected it is taken for
    # one.
    tag = NAME_SURROGATE if expected.kind is FileKind.LINK else 0
    if not expected.same_version(info_from(path, told, tag)):
        raise Changed(path, "it is another version than expected")
    return told


def _open_settled(
    path: str,
    access: int,
    expected: FileInfo | None,
    options: int,
    beside: tuple[Chain, ...] = (),
) -> Steps[bytes]:
    """Open a file that nobody may write to from now on, and check its version.

    What is to be asked `beside` goes first, and nobody waits for its answers apart.
    """
    folder = expected is not None and expected.is_folder
    opening = create(
        path,
        access | Access.READ_ATTRIBUTES,
        Share.ALL if folder else _SETTLED,
        options=options | Options.OPEN_LINK,
    )
    *_, reply = yield (*beside, (opening, query_all()))
    handle = handle_of(require(reply[0], path, "opening"))
    if expected is not None:
        try:
            exactly(path, expected, reply[1])
        except SmbError:
            yield ((close(handle),),)
            raise
    return handle


def rename(
    connection: Connection,
    again: bool,
    source: str,
    target: str,
    expected: FileInfo | None,
    replace: bool,
    make_parents: bool,
) -> Steps[None]:
    """Move a file or folder by its handle, so that what moves is what was checked.

    Parents that cannot be made are found out by the move.
    """
    encode_path(target)  # a name that cannot be sent must not leave the handle open
    folders = with_parents(parent(target)) if make_parents else ()
    try:
        handle = yield from _open_settled(
            source, Access.DELETE, expected, Options.NONE, tuple(map(folder_chain, folders))
        )
    except NotFound:
        if again and (yield from _is_there(connection, target, expected)):
            return
        raise
    reply = yield from run_chain((set_name(target, handle, replace=replace), close(handle)))
    if reply[0].status == OBJECT_NAME_COLLISION:
        raise Exists(target, "the name is taken")
    if reply[0].status in MISSING:
        raise NotFound(parent(target), "the folder to move to is missing")
    require(reply[0], f"{source} to {target}", "renaming")


def _is_there(connection: Connection, path: str, expected: FileInfo | None) -> Steps[bool]:
    found = yield from look(connection, False, path)
    return found is not None and (
        expected is None or not expected.file_id or expected.file_id == found.file_id
    )


def link(connection: Connection, again: bool, source: str, target: str) -> Steps[None]:
    """Give a file a second name; `Unsupported` where server or file system has no such thing."""
    reply = yield from run_chain(
        (
            create(
                source,
                Access.READ_ATTRIBUTES | Access.WRITE_ATTRIBUTES,
                options=Options.FILE | Options.OPEN_LINK,
            ),
            query_all(),
            set_link(target),
            close(),
        )
    )
    require(reply[0], source, "opening")
    status = reply[2].status
    if status == OBJECT_NAME_COLLISION:
        told = decode_all(require(reply[1], source, "asking for its id"))
        if again and (yield from _is_there(connection, target, info_from(source, told))):
            return
        raise Exists(target, "the name is taken")
    if status in MISSING:
        raise NotFound(parent(target), "the folder for the new name is missing")
    if status in NO_LINKS:
        raise Unsupported(source, f"no second name can be made (status 0x{status:08X})")
    require(reply[2], target, "linking")


def delete_file(
    connection: Connection, again: bool, path: str, expected: FileInfo | None
) -> Steps[None]:
    """Delete a file by its handle, so that what goes is what was checked; a read-only one, too."""
    del connection
    is_link = expected is not None and expected.kind is FileKind.LINK
    options = Options.NONE if is_link else Options.FILE
    try:
        handle = yield from _open_settled(path, Access.DELETE, expected, options)
    except NotFound:
        if again:
            return
        raise
    reply = yield from run_chain((set_disposition(handle), close(handle)))
    if reply[0].status == CANNOT_DELETE:
        yield from _delete_read_only(path, expected, options)
        return
    require(reply[0], path, "deleting")


def _delete_read_only(path: str, expected: FileInfo | None, options: int) -> Steps[None]:
    handle = yield from _open_settled(
        path, Access.DELETE | Access.WRITE_ATTRIBUTES, expected, options
    )
    reply = yield from run_chain(
        (set_basic(handle, attributes=Attributes.NORMAL), set_disposition(handle))
    )
    failed = next((answer for answer in reply if not answer.ok), None)
    if failed is not None:
        yield ((set_basic(handle, attributes=Attributes.READ_ONLY), close(handle)),)
        raise error_for(failed.status, path, "deleting a read-only file")
    yield ((close(handle),),)


def delete_folder(connection: Connection, again: bool, path: str) -> Steps[None]:
    """Delete an empty folder."""
    del connection
    reply = yield from run_chain(
        (
            create(
                path,
                Access.DELETE | Access.READ_ATTRIBUTES,
                options=Options.FOLDER | Options.OPEN_LINK,
            ),
            set_disposition(),
            close(),
        )
    )
    if again and reply[0].status in MISSING:
        return
    require(reply[0], path, "opening")
    require(reply[1], path, "deleting")


def set_times(
    connection: Connection,
    again: bool,
    path: str,
    *,
    modified: int = 0,
    created: int = 0,
    accessed: int = 0,
    changed: int = 0,
) -> Steps[None]:
    """Set the times of a file or folder that are not 0."""
    del connection, again
    setting = set_basic(modified=modified, created=created, accessed=accessed, changed=changed)
    yield from _set(path, setting, "setting its times")


def set_attributes(connection: Connection, again: bool, path: str, attributes: int) -> Steps[None]:
    """Set the attributes of a file or folder that can be set, all of them."""
    del connection, again
    # Without any, the one that says so: 0 would leave them as they are (MS-FSCC § 2.4.7).
    setting = set_basic(attributes=attributes & SETTABLE or Attributes.NORMAL)
    yield from _set(path, setting, "setting its attributes")


def _set(path: str, setting: Request, doing: str) -> Steps[None]:
    opening = create(path, Access.WRITE_ATTRIBUTES, options=Options.OPEN_LINK)
    reply = yield from run_chain((opening, setting, close()))
    require(reply[0], path, "opening")
    require(reply[1], path, doing)
