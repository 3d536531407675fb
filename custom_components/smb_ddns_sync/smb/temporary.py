"""The temporary that a put writes first: opened, finished, checked, or taken away again."""

from typing import TYPE_CHECKING, Final

from .caller import callers_code
from .errors import Exists, NotFound, SmbError, Unexpected
from .names import parent
from .status import MISSING, OBJECT_NAME_COLLISION
from .steps import Reply, Steps, require, run_chain
from .wire_create import Access, Disposition, Options, Share, close, create, flush, handle_of
from .wire_info import (
    AllInfo,
    decode_all,
    query_all,
    set_basic,
    set_disposition,
    set_end_of_file,
)

if TYPE_CHECKING:
    from .files import Put
    from .upload import Arrival
    from .wire import Answer, Chain, Request

_TEMPORARY: Final = Access.WRITE | Access.READ_ATTRIBUTES | Access.WRITE_ATTRIBUTES | Access.DELETE


def open_temporary(put: Put, again: bool) -> Request:
    """Open the temporary, a new file; left over from a try that broke it is written anew."""
    disposition = Disposition.OVERWRITE_OR_CREATE if again else Disposition.CREATE
    access = _TEMPORARY | (Access.READ if put.verify else 0)
    return create(put.temporary, access, Share.NOTHING, disposition, Options.FILE)


def reopen_temporary(put: Put, arrival: Arrival) -> Steps[bytes | None]:
    """Open the temporary of an earlier try, or return None where there is none any more.

    It ends at what has been acknowledged when this returns, so that nothing but zeros is read
    behind it. One that is shorter than what was flushed is not trusted at all. Raises `Exists`
    where the name belongs to another file, and `InUse` where somebody has it open: also the
    server, which may not have noticed yet that an earlier connection is gone.
    """
    access = _TEMPORARY | Access.READ
    opening = create(put.temporary, access, Share.NOTHING, options=Options.FILE)
    reply = yield from run_chain((opening, query_all()))
    if reply[0].status in MISSING:
        return None
    handle = handle_of(require(reply[0], put.temporary, "opening the temporary file"))
    try:
        told = decode_all(require(reply[1], put.temporary, "asking for its attributes"))
        if told.file_id != arrival.file_id:
            raise Exists(put.temporary, "the temporary name belongs to another file")
        if told.size < arrival.safe:
            arrival.start_over()
        arrival.acknowledged = min(arrival.acknowledged, told.size)
        if told.size > arrival.acknowledged:
            yield from cut(put, handle, arrival.acknowledged)
    except SmbError:
        yield ((close(handle),),)
        raise
    return handle


def cut(put: Put, handle: bytes, size: int) -> Steps[None]:
    """Have the temporary end there."""
    (answer,) = yield from run_chain((set_end_of_file(size, handle),))
    require(answer, put.path, "setting the size of the temporary file")


def finishing(put: Put, *, durably: bool) -> Chain:
    """Return what follows the content. Samba takes a flush only at the end of a chain."""
    times = set_basic(modified=put.modified, created=put.created)
    return (times, query_all(), *((flush(),) if durably else ()))


def finished(put: Put, reply: Reply, size: int, *, durably: bool) -> AllInfo:
    """Check the answers to what followed the content: this is what makes the rename safe."""
    require(reply[0], put.path, "setting its time")
    told = decode_all(require(reply[1], put.path, "asking for its size"))
    if told.size != size:
        raise Unexpected(put.path, f"{told.size} bytes arrived, not {size}")
    if durably:
        require(reply[2], put.path, "flushing")
    return told


def require_temporary(answer: Answer, put: Put) -> Answer:
    """Return the answer where the temporary is open; say what stands in the way where not."""
    if answer.status in MISSING:
        raise NotFound(parent(put.path), "the folder is missing")
    if answer.status == OBJECT_NAME_COLLISION:
        raise Exists(put.temporary, "the temporary name is taken")
    return require(answer, put.path, "making the temporary file")


def discard(handle: bytes) -> Steps[None]:
    """Delete the temporary by its handle."""
    yield ((set_disposition(handle), close(handle)),)


def discard_closed(put: Put) -> Steps[None]:
    """Delete the temporary by its name."""
    yield (
        (create(put.temporary, Access.DELETE, options=Options.FILE), set_disposition(), close()),
    )


def settle(put: Put) -> None:
    """Ask the caller whether what was read is what is to be put; raises `ContentFailed`."""
    if put.settled is None:
        return
    with callers_code(put.path, "when all was read"):
        put.settled()


def not_as_sent(put: Put, offset: int) -> Unexpected:
    """Return the error for a temporary that is not what was to be put."""
    return Unexpected(put.path, f"what was read back differs from what was sent, from {offset}")
