"""Listing a folder: QUERY_DIRECTORY."""

from enum import IntEnum
from struct import Struct
from typing import Final

from .errors import BadAnswer
from .files import Attributes, FileInfo, FileKind
from .names import checked_name, decode_name
from .wire import HEADER_SIZE, RELATED_HANDLE, Answer, Command, Request

_QUERY: Final = Struct("<HBBI16sHHI")
_ANSWER: Final = Struct("<HHI")
_PATTERN: Final = "*".encode("utf-16-le")
_RESTART: Final = 1
# Plain numbers: an operation of an enum takes longer than all else that is done with an entry.
_REPARSE_POINT: Final = Attributes.REPARSE_POINT.value
_FOLDER: Final = Attributes.FOLDER.value

NAME_SURROGATE: Final = 0x2000_0000
"""MS-FSCC § 2.1.2.1: set in the tag of a reparse point that is another name for something else."""


class DirectoryClass(IntEnum):
    """How entries are told (MS-FSCC § 2.4): both hold all times, sizes and the file id."""

    ID_FULL = 38  # without short names, which cost servers time
    ID_BOTH = 37


# Next entry, index, four times, size, allocated, attributes, length of the name, reparse tag; then
# the id.
_ID_FULL: Final = Struct("<IIqqqqqqIIIxxxxQ")
_ID_BOTH: Final = Struct("<IIqqqqqqIIIBx24sxxQ")


def kind_of(attributes: int, tag: int) -> FileKind:
    """Tell what a file is. A reparse point that stands for nothing else is a plain file."""
    if attributes & _REPARSE_POINT and tag & NAME_SURROGATE:
        return FileKind.LINK
    return FileKind.FOLDER if attributes & _FOLDER else FileKind.FILE


def query_directory(
    room: int,
    handle: bytes = RELATED_HANDLE,
    *,
    of: DirectoryClass = DirectoryClass.ID_FULL,
    restart: bool = False,
) -> Request:
    """Ask for as many next entries of an open folder as fit (MS-SMB2 § 2.2.33)."""
    body = _QUERY.pack(
        33, of, _RESTART if restart else 0, 0, handle,
        HEADER_SIZE + _QUERY.size, len(_PATTERN), room,
    )  # fmt: skip
    return Request(Command.QUERY_DIRECTORY, body + _PATTERN, b"", 8, room)


def decode_entries(answer: Answer, folder: str, of: DirectoryClass) -> list[FileInfo]:
    """Read one answer of entries (§ 2.2.34), without `.` and `..`, in time linear to its size."""
    _, offset, length = answer.unpack(_ANSWER)
    data = bytes(answer.cut(offset, length))
    layout = _ID_FULL if of is DirectoryClass.ID_FULL else _ID_BOTH
    unpack, fixed = layout.unpack_from, layout.size
    entries: list[FileInfo] = []
    at = 0
    following = length  # an entry that promises another one that is not there is an error, too
    while following:
        if at + fixed > length:
            raise BadAnswer(folder, "an entry of the listing is cut short")
        fields = unpack(data, at)
        following, _, created, accessed, modified, changed, size, allocated = fields[:8]
        attributes, name_size, tag = fields[8:11]
        name_at = at + fixed
        if name_at + name_size > length or (following and following < fixed + name_size):
            raise BadAnswer(folder, "an entry of the listing lies about its length")
        if size < 0 or allocated < 0:
            raise BadAnswer(folder, "an entry of the listing has less than no content")
        name = decode_name(data[name_at : name_at + name_size], folder)
        if name not in {".", ".."}:
            entries.append(
                FileInfo(
                    checked_name(name, folder),
                    kind_of(attributes, tag),
                    size,
                    modified,
                    created,
                    accessed,
                    changed,
                    fields[-1],
                    attributes,
                    allocated,
                )
            )
        at += following
    return entries
