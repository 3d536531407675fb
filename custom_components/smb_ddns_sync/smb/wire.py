"""What all messages share: header, request, and an answer that is not trusted.

Layouts are those of MS-SMB2; a section number stands at each. Every decoder checks each offset and
length that a server sends against the message it came in, before it is used.
"""

from enum import IntEnum
import struct
from struct import Struct
from typing import Any, Final, NamedTuple

from .errors import BadAnswer

type Buffer = bytes | bytearray | memoryview

HEADER: Final = Struct("<4sHHIHHIIQIIQ16s")
"""MS-SMB2 § 2.2.1.2: protocol, size, credit charge, status, command, credits, flags, next, message
id, process id, tree id, session id, signature. Of an asynchronous answer (§ 2.2.1.1) the two ids
before the session's are one number of eight bytes."""
HEADER_SIZE: Final = HEADER.size
PROTOCOL: Final = b"\xfeSMB"
PROTOCOL_SMB1: Final = b"\xffSMB"
PROTOCOL_TRANSFORM: Final = b"\xfdSMB"  # § 2.2.41

FLAG_RESPONSE: Final = 0x1
FLAG_ASYNC: Final = 0x2
FLAG_RELATED: Final = 0x4
FLAG_SIGNED: Final = 0x8
FLAG_DFS: Final = 0x10000000

RELATED_HANDLE: Final = b"\xff" * 16
"""§ 3.2.4.1.4: in a related chain it stands for the handle of the CREATE before."""
UNSOLICITED: Final = 0xFFFF_FFFF_FFFF_FFFF
"""§ 2.2.23: the message id of what the server says unasked."""
CREDIT_BYTES: Final = 65536
"""§ 3.1.5.2: what one credit pays for."""


class Command(IntEnum):
    """§ 2.2.1.2."""

    NEGOTIATE = 0
    SESSION_SETUP = 1
    LOGOFF = 2
    TREE_CONNECT = 3
    TREE_DISCONNECT = 4
    CREATE = 5
    CLOSE = 6
    FLUSH = 7
    READ = 8
    WRITE = 9
    IOCTL = 11
    CANCEL = 12
    ECHO = 13
    QUERY_DIRECTORY = 14
    CHANGE_NOTIFY = 15
    QUERY_INFO = 16
    SET_INFO = 17


class Request(NamedTuple):
    """One message without its header, ready to go into a chain."""

    command: int
    body: bytes
    payload: Buffer = b""
    """What follows the body; kept apart so that large data is not copied to get here."""
    handle_at: int = 0
    """Where in the body the handle stands; 0 where the message has none."""
    weight: int = 1
    """Bytes that it sends or asks for, whichever is more: what it is charged by."""

    def on(self, handle: bytes) -> Request:
        """Return the same request for an open handle, to be sent by itself."""
        at = self.handle_at
        return self._replace(body=self.body[:at] + handle + self.body[at + 16 :]) if at else self


type Chain = tuple[Request, ...]
"""Requests in one frame (§ 3.2.4.1.4). After a CREATE they work on what it opened; else each names
its handle, as not every server passes on that of another request."""


class Answer(NamedTuple):
    """One message of the server, with its header."""

    status: int
    message: memoryview

    @property
    def ok(self) -> bool:
        """Whether the request was carried out."""
        return self.status == 0

    def unpack(self, layout: Struct, at: int = HEADER_SIZE) -> tuple[Any, ...]:
        """Return the fields of a layout that starts at an offset from the header."""
        try:
            return layout.unpack_from(self.message, at)
        except struct.error:
            raise BadAnswer("the server", "an answer is shorter than its kind allows") from None

    def cut(self, offset: int, length: int) -> memoryview:
        """Return what the server says lies at an offset, if that is inside the message."""
        if not length:
            return self.message[:0]
        if offset < HEADER_SIZE or offset + length > len(self.message):
            raise BadAnswer("the server", "an answer points outside itself")
        return self.message[offset : offset + length]
