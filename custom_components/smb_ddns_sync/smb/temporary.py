"""The temporary that a put writes first: opened, finished, checked, or taken away again."""

from typing import TYPE_CHECKING, Final

from .errors import Exists, NotFound, Unexpected
from .names import parent
from .status import MISSING, OBJECT_NAME_COLLISION
from .steps import Reply, Steps, require
from .wire_create import Access, Disposition, Options, Share, close, create, flush
from .wire_info import AllInfo, decode_all, query_all, set_basic, set_disposition

if TYPE_CHECKING:
    from .files import Put
    from .wire import Answer, Chain, Request

_TEMPORARY: Final = Access.WRITE | Access.READ_ATTRIBUTES | Access.WRITE_ATTRIBUTES | Access.DELETE


def open_temporary(put: Put, again: bool) -> Request:
    """Open the temporary, a new file; left over from a try that broke it is written anew."""
    disposition = Disposition.OVERWRITE_OR_CREATE if again else Disposition.CREATE
    return create(put.temporary, _TEMPORARY, Share.NOTHING, disposition, Options.FILE)


def finishing(put: Put) -> Chain:
    """Return what follows the content. Samba takes a flush only at the end of a chain."""
    return (
        set_basic(modified=put.modified, created=put.created),
        query_all(),
        *((flush(),) if put.flush else ()),
    )


def finished(put: Put, reply: Reply, size: int) -> AllInfo:
    """Check the answers to what followed the content: this is what makes the rename safe."""
    require(reply[0], put.path, "setting its time")
    told = decode_all(require(reply[1], put.path, "asking for its size"))
    if told.size != size:
        raise Unexpected(put.path, f"{told.size} bytes arrived, not {size}")
    if put.flush:
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
