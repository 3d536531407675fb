"""Content: READ and WRITE."""

from struct import Struct
from typing import Final

from .errors import BadAnswer
from .wire import HEADER_SIZE, RELATED_HANDLE, Answer, Buffer, Command, Request

# Structure size, where the data is to stand, flags, length, offset, handle, minimum, channel,
# remaining, channel info.
_READ: Final = Struct("<HBBIQ16sIIIHH")
_READ_ANSWER: Final = Struct("<HBBIII")
_WRITE: Final = Struct("<HHIQ16sIIHHI")
_WRITE_ANSWER: Final = Struct("<HHIIHH")
_DATA_AT: Final = HEADER_SIZE + _WRITE.size


def read(offset: int, length: int, handle: bytes = RELATED_HANDLE) -> Request:
    """Read at most `length` bytes (MS-SMB2 § 2.2.19); fewer, or END_OF_FILE, at the end."""
    body = _READ.pack(49, 80, 0, length, offset, handle, 0, 0, 0, 0, 0)
    return Request(Command.READ, body + b"\0", b"", 16, length)


def decode_read(answer: Answer, asked: int) -> memoryview:
    """Return the content that READ brought (§ 2.2.20)."""
    _, offset, _, length, _, _ = answer.unpack(_READ_ANSWER)
    if length > asked:
        raise BadAnswer("the server", f"it sent {length} bytes where {asked} were asked for")
    return answer.cut(offset, length)


def write(offset: int, data: Buffer, handle: bytes = RELATED_HANDLE) -> Request:
    """Write all of the data at an offset (§ 2.2.21)."""
    length = len(data)
    body = _WRITE.pack(49, _DATA_AT, length, offset, handle, 0, 0, 0, 0, 0)
    return Request(Command.WRITE, body, data, 16, length)


def decode_written(answer: Answer) -> int:
    """Return how many bytes WRITE says it wrote (§ 2.2.22): on a full disk maybe not all."""
    count: int = answer.unpack(_WRITE_ANSWER)[2]
    return count
