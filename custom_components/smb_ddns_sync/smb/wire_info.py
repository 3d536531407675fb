"""What is known of a file or a volume, and changing it: QUERY_INFO and SET_INFO."""

from enum import IntEnum
import struct
from struct import Struct
from typing import Final, NamedTuple

from .errors import BadAnswer
from .facts import Space
from .names import encode_path
from .wire import HEADER_SIZE, RELATED_HANDLE, Answer, Command, Request

_QUERY: Final = Struct("<HBBIHHIII16s")
_QUERY_ANSWER: Final = Struct("<HHI")
_SET: Final = Struct("<HBBIHHI16s")
_SET_DATA_AT: Final = HEADER_SIZE + _SET.size

_OF_FILE: Final = 1
_OF_VOLUME: Final = 2

# MS-FSCC § 2.4.7: four times, attributes. § 2.4.2: all that is fixed of FileAllInformation before
# the name.
_BASIC: Final = Struct("<qqqqII")
_ALL: Final = Struct("<qqqqIIqqIBBHQIIqIII")
_RENAME: Final = Struct("<B7xQI")
_RENAME_MINIMUM: Final = (
    24  # the size of the structure with its padding, below which Windows refuses it
)
_VOLUME: Final = Struct("<qIIBx")
_FULL_SIZE: Final = Struct("<QQQII")
_SIZE: Final = Struct("<QQII")
_ATTRIBUTE_TAG: Final = Struct("<II")
_INTERNAL: Final = Struct("<Q")
_FS_ATTRIBUTE: Final = Struct("<IiI")
_CASE_SENSITIVE_SEARCH: Final = 0x1
_CASE_PRESERVED_NAMES: Final = 0x2
_LONGEST_NAME: Final = 32_767  # units that any name or path can have; more is nonsense

_ALL_BUFFER: Final = 4096


class FileClass(IntEnum):
    """Information classes of files (MS-FSCC § 2.4)."""

    BASIC = 4
    INTERNAL = 6
    RENAME = 10
    LINK = 11
    DISPOSITION = 13
    ALL = 18
    END_OF_FILE = 20
    ATTRIBUTE_TAG = 35


class VolumeClass(IntEnum):
    """Information classes of volumes (MS-FSCC § 2.5)."""

    VOLUME = 1
    ATTRIBUTE = 5
    SIZE = 3
    FULL_SIZE = 7


class NameRules(NamedTuple):
    """What FileFsAttributeInformation says of names (MS-FSCC § 2.5.1)."""

    case_sensitive: bool
    case_preserving: bool
    longest: int  # characters of one name


class AllInfo(NamedTuple):
    """FileAllInformation (MS-FSCC § 2.4.2), without what nobody here needs."""

    created: int
    accessed: int
    modified: int
    changed: int
    attributes: int
    allocated: int
    size: int
    links: int
    is_folder: bool
    file_id: int


def query_file(of: FileClass, room: int, handle: bytes = RELATED_HANDLE) -> Request:
    """Ask for an information class of an open file (MS-SMB2 § 2.2.37)."""
    body = _QUERY.pack(41, _OF_FILE, of, room, 0, 0, 0, 0, 0, handle)
    return Request(Command.QUERY_INFO, body, b"", 24, room)


def query_all(handle: bytes = RELATED_HANDLE) -> Request:
    """Ask for everything about an open file."""
    return query_file(FileClass.ALL, _ALL_BUFFER, handle)


def query_volume(of: VolumeClass, handle: bytes = RELATED_HANDLE) -> Request:
    """Ask about the volume that an open file is on."""
    body = _QUERY.pack(41, _OF_VOLUME, of, 1024, 0, 0, 0, 0, 0, handle)
    return Request(Command.QUERY_INFO, body, b"", 24, 1024)


def _fields(answer: Answer, layout: Struct) -> tuple[int, ...]:
    _, offset, length = answer.unpack(_QUERY_ANSWER)
    try:
        return layout.unpack_from(answer.cut(offset, length))
    except struct.error:
        raise BadAnswer("the server", "an answer to QUERY_INFO is shorter than its class") from None


def decode_all(answer: Answer) -> AllInfo:
    """Read FileAllInformation. A name that did not fit (BUFFER_OVERFLOW) does not matter."""
    (
        created, accessed, modified, changed, attributes, _,
        allocated, size, links, _, folder, _, file_id, *_,
    ) = _fields(answer, _ALL)  # fmt: skip
    if size < 0 or allocated < 0:
        raise BadAnswer("the server", "a file has less than no content")
    return AllInfo(
        created, accessed, modified, changed, attributes,
        allocated, size, links, bool(folder), file_id,
    )  # fmt: skip


def decode_reparse_tag(answer: Answer) -> int:
    """Read what kind of reparse point a file is (MS-FSCC § 2.4.6)."""
    return _fields(answer, _ATTRIBUTE_TAG)[1]


def decode_volume_serial(answer: Answer) -> int:
    """Read the serial number of the volume (MS-FSCC § 2.5.9)."""
    return _fields(answer, _VOLUME)[1]


def decode_internal(answer: Answer) -> int:
    """Read the file id (MS-FSCC § 2.4.22)."""
    return _fields(answer, _INTERNAL)[0]


def decode_space(answer: Answer) -> Space:
    """Read FileFsFullSizeInformation (MS-FSCC § 2.5.4): units for this account, sectors, bytes."""
    total, free, _, sectors, size = _fields(answer, _FULL_SIZE)
    return Space(total * sectors * size, free * sectors * size)


def decode_plain_space(answer: Answer) -> Space:
    """Read FileFsSizeInformation (MS-FSCC § 2.5.8), which the simplest servers have, too."""
    total, free, sectors, size = _fields(answer, _SIZE)
    return Space(total * sectors * size, free * sectors * size)


def decode_name_rules(answer: Answer) -> NameRules:
    """Read what the file system says of names (MS-FSCC § 2.5.1); its own name may be cut off."""
    attributes, longest, _ = _fields(answer, _FS_ATTRIBUTE)
    if not 0 < longest <= _LONGEST_NAME:
        raise BadAnswer("the server", f"no name can have {longest} characters at most")
    return NameRules(
        bool(attributes & _CASE_SENSITIVE_SEARCH),
        bool(attributes & _CASE_PRESERVED_NAMES),
        longest,
    )


def _set(of: FileClass, data: bytes, handle: bytes) -> Request:
    body = _SET.pack(33, _OF_FILE, of, len(data), _SET_DATA_AT, 0, 0, handle)
    return Request(Command.SET_INFO, body + data, b"", 16, len(data))


def set_basic(
    handle: bytes = RELATED_HANDLE,
    *,
    created: int = 0,
    accessed: int = 0,
    modified: int = 0,
    changed: int = 0,
    attributes: int = 0,
) -> Request:
    """Set times and attributes (MS-FSCC § 2.4.7); what is 0 stays as it is."""
    data = _BASIC.pack(created, accessed, modified, changed, attributes, 0)
    return _set(FileClass.BASIC, data, handle)


def _named(of: FileClass, path: str, replace: bool, handle: bytes) -> Request:
    name = encode_path(path)
    data = _RENAME.pack(replace, 0, len(name)) + name
    return _set(of, data.ljust(_RENAME_MINIMUM, b"\0"), handle)


def set_name(path: str, handle: bytes = RELATED_HANDLE, *, replace: bool) -> Request:
    """Rename an open file or folder (MS-FSCC § 2.4.37); needs Access.DELETE."""
    return _named(FileClass.RENAME, path, replace, handle)


def set_link(path: str, handle: bytes = RELATED_HANDLE) -> Request:
    """Give an open file a second name that must be free (MS-FSCC § 2.4.27)."""
    return _named(FileClass.LINK, path, False, handle)


def set_disposition(handle: bytes = RELATED_HANDLE, *, delete: bool = True) -> Request:
    """Have a file deleted when its last handle is closed, or not after all (MS-FSCC § 2.4.11)."""
    return _set(FileClass.DISPOSITION, bytes((delete,)), handle)


def set_end_of_file(size: int, handle: bytes = RELATED_HANDLE) -> Request:
    """Cut or extend an open file (MS-FSCC § 2.4.13)."""
    return _set(FileClass.END_OF_FILE, size.to_bytes(8, "little"), handle)
