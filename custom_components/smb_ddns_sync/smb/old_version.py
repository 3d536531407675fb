"""The version that a put replaces: that it is the expected one, and where it goes on living."""

from typing import TYPE_CHECKING, Final

from .copying import copy_by_any_means
from .errors import Changed, Exists, SmbError, Unsupported
from .names import parent
from .operations import delete_file, exactly, link, look, make_folders
from .status import (
    ACCESS_DENIED,
    MISSING,
    NO_LINKS,
    NOT_A_DIRECTORY,
    OBJECT_NAME_COLLISION,
    error_for,
)
from .steps import Reply, Steps, require
from .wire_create import Access, Options, close, create
from .wire_info import AllInfo, query_all, set_link

if TYPE_CHECKING:
    from .connection import Connection
    from .files import FileInfo, Put
    from .wire import Chain

_WITH_LINK: Final = 4  # answers of the chain that looks at the old version


def check_chain(connection: Connection, put: Put) -> tuple[Chain, ...]:
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


def checked(connection: Connection, again: bool, put: Put, reply: Reply) -> Steps[AllInfo]:
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


def take_back(connection: Connection, put: Put, reply: Reply, why: SmbError) -> Steps[None]:
    """Take back the second name that the old version was given before all the rest failed."""
    if put.keep_old_at is not None and _linked(reply):
        yield from drop_kept(connection, put.keep_old_at, why)


def drop_kept(connection: Connection, kept: str, why: SmbError) -> Steps[None]:
    """Take back the second name of a version that is not replaced after all."""
    try:
        yield from delete_file(connection, True, kept, None)
    except SmbError as error:
        why.add_note(f"The second name stays: {error}")


def _same_content(found: FileInfo, old: AllInfo) -> bool:
    return (found.size, found.modified) == (old.size, old.modified)
