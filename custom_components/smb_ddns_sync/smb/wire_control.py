"""The rest: IOCTL with what is asked through it, CHANGE_NOTIFY, ECHO, and saying goodbye."""

from enum import IntEnum, IntFlag
from struct import Struct
from typing import Final, NamedTuple

from .errors import BadAnswer
from .names import decode_name
from .wire import HEADER_SIZE, RELATED_HANDLE, Answer, Command, Request

_IOCTL: Final = Struct("<HHI16sIIIIIIII")
_IOCTL_ANSWER: Final = Struct("<HHI16sIIIIII")
_IOCTL_DATA_AT: Final = HEADER_SIZE + _IOCTL.size
_IS_FSCTL: Final = 1
_NOTIFY: Final = Struct("<HHI16sII")
_NOTIFY_ANSWER: Final = Struct("<HHI")
_NOTIFIED: Final = Struct("<III")
_EMPTY: Final = Struct("<HH")
_COPY: Final = Struct("<24sII")
_COPY_CHUNK: Final = Struct("<QQII")
_COPIED: Final = Struct("<III")

RESUME_KEY_SIZE: Final = 24


class Control(IntEnum):
    """Control codes (MS-SMB2 § 2.2.31)."""

    PIPE_TRANSCEIVE = 0x0011_C017
    REQUEST_RESUME_KEY = 0x0014_0078
    COPY_CHUNK = 0x0014_40F2  # the target's handle may read, too
    COPY_CHUNK_WRITE = 0x0014_80F2  # the target's handle may only write


class Filter(IntFlag):
    """Which changes are told (§ 2.2.35)."""

    FILE_NAME = 0x1
    FOLDER_NAME = 0x2
    ATTRIBUTES = 0x4
    SIZE = 0x8
    MODIFIED = 0x10
    CREATED = 0x40


class Action(IntEnum):
    """What happened to a name (MS-FSCC § 2.7.1)."""

    ADDED = 1
    REMOVED = 2
    MODIFIED = 3
    RENAMED_FROM = 4
    RENAMED_TO = 5


class CopyChunk(NamedTuple):
    """A range to be copied on the server."""

    source: int
    target: int
    length: int


class Copied(NamedTuple):
    """What COPY_CHUNK did, or the limits, where it is refused as invalid (§ 2.2.32.1)."""

    chunks: int
    chunk_bytes: int
    total: int


def ioctl(code: int, data: bytes, room: int, handle: bytes = RELATED_HANDLE) -> Request:
    """Send a control code (§ 2.2.31)."""
    body = _IOCTL.pack(
        57, 0, code, handle,
        _IOCTL_DATA_AT if data else 0, len(data), 0, 0, 0, room, _IS_FSCTL, 0,
    )  # fmt: skip
    return Request(Command.IOCTL, body + (data or b"\0"), b"", 8, max(len(data), room))


def decode_ioctl(answer: Answer) -> memoryview:
    """Return the output of a control code (§ 2.2.32)."""
    _, _, _, _, _, _, offset, length, _, _ = answer.unpack(_IOCTL_ANSWER)
    return answer.cut(offset, length)


def request_resume_key(handle: bytes = RELATED_HANDLE) -> Request:
    """Ask for the key by which an open file is the source of a server-side copy (§ 2.2.31)."""
    return ioctl(Control.REQUEST_RESUME_KEY, b"", 32, handle)


def decode_resume_key(answer: Answer) -> bytes:
    """Return the key (§ 2.2.32.3)."""
    key = bytes(decode_ioctl(answer)[:RESUME_KEY_SIZE])
    if len(key) != RESUME_KEY_SIZE:
        raise BadAnswer("the server", "the key of the source is cut short")
    return key


def copy_chunks(key: bytes, chunks: list[CopyChunk], handle: bytes) -> Request:
    """Copy ranges from the file of a key to an open file, on the server (§ 2.2.31.1)."""
    data = _COPY.pack(key, len(chunks), 0) + b"".join(
        _COPY_CHUNK.pack(*chunk, 0) for chunk in chunks
    )
    return ioctl(Control.COPY_CHUNK_WRITE, data, _COPIED.size, handle)


def decode_copied(answer: Answer) -> Copied:
    """Read what was copied, or the limits."""
    data = decode_ioctl(answer)
    if len(data) < _COPIED.size:
        raise BadAnswer("the server", "the answer to a server-side copy is cut short")
    return Copied(*_COPIED.unpack_from(data))


def transceive(data: bytes, room: int, handle: bytes = RELATED_HANDLE) -> Request:
    """Write a message to a named pipe and read its answer in one go."""
    return ioctl(Control.PIPE_TRANSCEIVE, data, room, handle)


def change_notify(
    room: int, filters: int, handle: bytes = RELATED_HANDLE, *, tree: bool
) -> Request:
    """Wait for changes in an open folder (§ 2.2.35)."""
    body = _NOTIFY.pack(32, 1 if tree else 0, room, handle, filters, 0)
    return Request(Command.CHANGE_NOTIFY, body, b"", 8, room)


def decode_notified(answer: Answer, folder: str) -> list[tuple[int, str]]:
    """Read what changed (§ 2.2.36, MS-FSCC § 2.7.1): actions, and paths below the folder."""
    _, offset, length = answer.unpack(_NOTIFY_ANSWER)
    data = bytes(answer.cut(offset, length))
    changes: list[tuple[int, str]] = []
    at = 0
    following = length  # a change that promises another one that is not there is an error, too
    while following:
        if at + _NOTIFIED.size > length:
            raise BadAnswer(folder, "a notification is cut short")
        following, action, size = _NOTIFIED.unpack_from(data, at)
        start = at + _NOTIFIED.size
        if start + size > length or (following and following < _NOTIFIED.size + size):
            raise BadAnswer(folder, "a notification lies about its length")
        name = decode_name(data[start : start + size], folder)
        changes.append((action, name.replace("\\", "/")))
        at += following
    return changes


ECHO: Final = Request(Command.ECHO, _EMPTY.pack(4, 0))  # § 2.2.28
TREE_DISCONNECT: Final = Request(Command.TREE_DISCONNECT, _EMPTY.pack(4, 0))  # § 2.2.11
LOGOFF: Final = Request(Command.LOGOFF, _EMPTY.pack(4, 0))  # § 2.2.7
