"""Opening and closing: CREATE, CLOSE, FLUSH."""

from enum import IntEnum, IntFlag
from struct import Struct
from typing import Final, NamedTuple

from .errors import BadAnswer
from .names import encode_path
from .wire import HEADER_SIZE, RELATED_HANDLE, Answer, Command, Request


class Access(IntFlag):
    """Rights asked for on a handle (MS-SMB2 § 2.2.13.1)."""

    READ = 0x1  # of a folder: list
    WRITE = 0x2
    APPEND = 0x4
    READ_ATTRIBUTES = 0x80
    WRITE_ATTRIBUTES = 0x100
    DELETE = 0x1_0000  # to rename, too
    SYNCHRONIZE = 0x10_0000


class Share(IntFlag):
    """What others may do while the handle is open."""

    NOTHING = 0
    READ = 1
    WRITE = 2
    DELETE = 4
    ALL = 7


class Disposition(IntEnum):
    """What is done where the name exists, and where it does not."""

    SUPERSEDE = 0
    OPEN = 1
    CREATE = 2
    OPEN_OR_CREATE = 3
    OVERWRITE = 4
    OVERWRITE_OR_CREATE = 5


class Options(IntFlag):
    """How the handle behaves."""

    NONE = 0
    FOLDER = 0x1  # fails where a file is
    FILE = 0x40  # fails where a folder is
    DELETE_ON_CLOSE = 0x1000  # goes with its last handle, also where the connection breaks
    OPEN_LINK = 0x20_0000  # a link itself, not what it leads to


# Structure size, oplock level none (an oplock break would come unasked), impersonation, access,
# attributes, share, disposition, options, name, contexts.
_CREATE: Final = Struct("<HBBIQQIIIIIHHII")
_NAME_AT: Final = HEADER_SIZE + _CREATE.size
_IMPERSONATION: Final = 2
_HANDLE_AT: Final = HEADER_SIZE + 64  # in the answer to CREATE, § 2.2.14
_CLOSE: Final = Struct("<HHI16s")
_CLOSED: Final = Struct("<HHIqqqqqqI")
_FLUSH: Final = Struct("<HHI16s")

_POST_QUERY: Final = 1


def create(
    path: str,
    access: int,
    share: int = Share.ALL,
    disposition: int = Disposition.OPEN,
    options: int = Options.NONE,
    attributes: int = 0,
) -> Request:
    """Open or make what is at a path (§ 2.2.13). Neither oplock nor lease is ever asked for."""
    name = encode_path(path)
    body = _CREATE.pack(
        57, 0, 0, _IMPERSONATION, 0, 0, access, attributes, share, disposition, options,
        _NAME_AT, len(name), 0, 0,
    )  # fmt: skip
    # The buffer has at least one byte, also where the name is empty.
    return Request(Command.CREATE, body + (name or b"\0\0"))


def handle_of(answer: Answer) -> bytes:
    """Return only the handle that a CREATE opened."""
    handle = bytes(answer.message[_HANDLE_AT : _HANDLE_AT + 16])
    if len(handle) != 16:  # noqa: PLR2004 - a handle's size
        raise BadAnswer("the server", "the answer to CREATE holds no handle")
    return handle


def close(handle: bytes = RELATED_HANDLE, *, query: bool = False) -> Request:
    """Close a handle (§ 2.2.15), asking for its attributes at that moment or not."""
    return Request(Command.CLOSE, _CLOSE.pack(24, _POST_QUERY if query else 0, 0, handle), b"", 8)


class Closed(NamedTuple):
    """The attributes that CLOSE was asked for (§ 2.2.16)."""

    created: int
    accessed: int
    modified: int
    changed: int
    allocated: int
    size: int
    attributes: int


def decode_closed(answer: Answer) -> Closed | None:
    """Read the answer to CLOSE; None where the server did not tell the attributes."""
    _, flags, _, *rest = answer.unpack(_CLOSED)
    if not flags & _POST_QUERY:
        return None
    closed = Closed(*rest)
    if closed.size < 0 or closed.allocated < 0:
        raise BadAnswer("the server", "a file has less than no content")
    return closed


def flush(handle: bytes = RELATED_HANDLE) -> Request:
    """Have the server put on its disk what was written (§ 2.2.17)."""
    return Request(Command.FLUSH, _FLUSH.pack(24, 0, 0, handle), b"", 8)
