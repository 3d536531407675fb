"""Files and folders as a server tells of them, and what is asked to be put there.

Times are FILETIMEs: 100 ns since 1601-01-01 UTC (MS-DTYP § 2.3.3), kept as the integers they are,
so that nothing is rounded.
"""

from dataclasses import dataclass
from enum import Enum, IntFlag
from typing import TYPE_CHECKING, Final, Protocol

from .ranges import Range, apart, without

if TYPE_CHECKING:
    from collections.abc import Callable

    from .errors import SmbError

_UNIX_EPOCH = 116_444_736_000_000_000  # 1970-01-01 as a FILETIME


def filetime_from_ns(ns: int) -> int:
    """Return the FILETIME at or just before a time in nanoseconds since 1970."""
    return ns // 100 + _UNIX_EPOCH


def ns_from_filetime(filetime: int) -> int:
    """Return a FILETIME as nanoseconds since 1970, exactly."""
    return (filetime - _UNIX_EPOCH) * 100


class FileKind(Enum):
    """What is at a path."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"  # a symbolic link, junction or mount point: another name for something else


class Attributes(IntFlag):
    """File attributes that matter here (MS-FSCC § 2.6); others are kept as numbers."""

    READ_ONLY = 0x1
    HIDDEN = 0x2
    SYSTEM = 0x4
    FOLDER = 0x10
    ARCHIVE = 0x20
    NORMAL = 0x80  # none of the others
    REPARSE_POINT = 0x400
    NOT_INDEXED = 0x2000


SETTABLE: Final = (
    Attributes.READ_ONLY
    | Attributes.HIDDEN
    | Attributes.SYSTEM
    | Attributes.ARCHIVE
    | Attributes.NOT_INDEXED
)
"""What a client may set; all else says what the file is (MS-FSCC § 2.6)."""


@dataclass(frozen=True, slots=True)
class FileInfo:
    """One file or folder at the moment the server told of it. A time or id of 0 is not known."""

    name: str  # the last part of its path
    kind: FileKind
    size: int = 0
    modified: int = 0
    created: int = 0
    accessed: int = 0
    changed: int = 0  # content, attributes, name or rights
    file_id: int = 0  # stays with the file when it is renamed, where the server has ids
    attributes: int = 0  # Attributes, and bits that have no name here
    allocated: int = 0  # bytes on the disk

    @property
    def is_folder(self) -> bool:
        """Whether it can hold others."""
        return self.kind is FileKind.FOLDER

    def same_version(self, other: FileInfo) -> bool:
        """Tell whether both are one version of one file, by all that both know but the name.

        A folder's size and times change with what it holds and do not count.
        """
        if self.kind is not other.kind:
            return False
        if self.file_id and other.file_id and self.file_id != other.file_id:
            return False
        if self.kind is FileKind.FOLDER:
            return True
        if self.changed and other.changed and self.changed != other.changed:
            return False
        return (self.size, self.modified) == (other.size, other.modified)


@dataclass(frozen=True, slots=True)
class FolderIdentity:
    """Which folder this is, whatever its name: serial of the volume, and the folder's id on it."""

    volume: int
    file_id: int


@dataclass(frozen=True, slots=True)
class RootFound:
    """What a folder is found to be, with one of the files in it."""

    identity: FolderIdentity
    free: int | None
    """The bytes that this account may still write there; None where the server did not say."""
    beginning: bytes | SmbError
    """How the file begins, or why that cannot be told."""


@dataclass(frozen=True, slots=True)
class FolderListing:
    """All of one folder in no particular order, or why it could not be listed; never a part."""

    folder: str
    entries: tuple[FileInfo, ...] = ()
    error: SmbError | None = None


class Withheld(Exception):
    """Raised by content that cannot be given now and is as good as it was.

    The caller stops, or his source is out of reach. Of a put with checkpoints the temporary stays.
    """


class Content(Protocol):
    """What is to be written, read piece by piece in the thread that puts it."""

    @property
    def size(self) -> int:
        """The number of bytes; fixed from the start."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Return at most `length` bytes from `offset`; fewer only at the end.

        The same bytes may be asked for again, where they are verified or the connection broke, and
        have to be the same then. What it raises becomes the cause of `ContentFailed`; `Withheld`
        says that nothing is wrong with the content.
        """
        ...


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A temporary, and how much of it is on the server's disk: what a later put may build on."""

    file_id: int
    """Which file it is: one of another id under the same name is never gone on with."""
    done: int
    """All bytes before this one are as they are to be, and were flushed since they were written."""

    def __post_init__(self) -> None:
        """Check it: without an id nobody can tell whose file it is."""
        if not self.file_id or self.done < 0:
            raise ValueError(f"{self.done} bytes of file {self.file_id} are no checkpoint")


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Who keeps the checkpoints of a put, so that another one can resume it."""

    keep: Callable[[Checkpoint], None]
    """Called in the putting thread: first with 0 bytes done, before any content is written."""
    every: int = 64 << 20
    """Bytes between two; each costs the server a flush, beside the content that goes on."""

    def __post_init__(self) -> None:
        """Check it."""
        if self.every <= 0:
            raise ValueError(f"{self.every} bytes between checkpoints")


@dataclass(frozen=True, slots=True)
class Revision:
    """An older version on the same share, from which the server copies what has not changed."""

    base: str
    base_info: FileInfo
    """The version that `base` has to be, before the copy and after it."""
    changed: tuple[Range, ...]
    """What is sent, in order and apart; all other bytes stand in the base at the same offset."""

    def __post_init__(self) -> None:
        """Check it."""
        if not apart(self.changed):
            raise ValueError("The changed ranges overlap or are out of order")
        if self.base_info.kind is not FileKind.FILE:
            raise ValueError(f"{self.base} is no file to build on")


@dataclass(frozen=True, slots=True)
class Put:
    """A file to be put at `path`, whole or not at all, over exactly what is expected there.

    Content that fits into one request, and into `piece`, is always sent whole and never leaves a
    temporary behind; `checkpoints` and `revision` are for what is larger.
    """

    path: str
    temporary: str
    """Where it is written first: a free name in the same folder, whose rights it inherits."""
    content: bytes | Content
    modified: int
    """FILETIME that the file is to show."""
    expected: FileInfo | None = None
    """What must be at `path` just before it is replaced: nothing, or this very version."""
    keep_old_at: str | None = None
    """Where the replaced version keeps living: made before the replacement, its folders too."""
    make_parents: bool = False
    flush: bool = False
    """Whether the server must have it on disk, not only in memory, before the old version goes."""
    created: int = 0
    """FILETIME of its creation to be shown; 0: when it was put there, as the server has it."""
    verify: bool = False
    """Whether the temporary is read back and compared with the content before it gets its name."""
    checkpoints: Checkpoints | None = None
    """Where they are kept, a put that fails leaves its temporary unless it is known to be bad."""
    resume: Checkpoint | None = None
    """What an earlier put of the very same content left at `temporary`; where it is gone, or has
    lost what it had, this put starts at the beginning. Raises `Exists` where it is another file."""
    revision: Revision | None = None
    """How to send only what has changed. `content` is all of the new version all the same: where
    the server copies nothing, all of it is sent."""

    piece: int = 0
    """The most bytes that one request may carry, so that the line has room for others; 0: as the
    server likes it."""
    settled: Callable[[], None] | None = None
    """Called in the putting thread when all that is wanted of the content was read, and before it
    gets its name: the last moment to say that it was not one version. Not every byte has been asked
    for where a put is resumed or revises. What it raises becomes the cause of `ContentFailed`."""

    def __post_init__(self) -> None:
        """Check that what is to be copied stands in the base, and what is resumed is no more."""
        if self.resume is not None and self.resume.done > self.size:
            raise ValueError(f"More of {self.path} is said to be there than it holds")
        if self.revision is None:
            return
        copied = without(self.revision.changed, 0, self.size)
        if copied and copied[-1].end > self.revision.base_info.size:
            raise ValueError(f"What is new at the end of {self.path} is not told as changed")

    @property
    def size(self) -> int:
        """The bytes of the content."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.size
