"""What a server tells of a file, in the engine's words, and back."""

from typing import TYPE_CHECKING, Final

from ...smb.files import FileInfo, FileKind, filetime_from_ns, ns_from_filetime
from ..endpoint import Entry, Kind
from ..moments import rounded

if TYPE_CHECKING:
    from ..endpoint import RelPath

STEP: Final = 100
"""ns; the precision of a FILETIME, MS-DTYP 2.3.3."""

_KINDS: Final = {FileKind.FILE: Kind.FILE, FileKind.FOLDER: Kind.FOLDER, FileKind.LINK: Kind.OTHER}
_FILE_KINDS: Final = {kind: of for of, kind in _KINDS.items()}


def entry_of(path: RelPath, info: FileInfo) -> Entry:
    """Return an entry at a path."""
    # An enum as a key takes longer than all else that is done with an entry.
    if info.kind is not FileKind.FILE:
        return Entry(path, _KINDS[info.kind], file_id=info.file_id)
    modified = rounded(ns_from_filetime(info.modified), STEP)
    return Entry(path, Kind.FILE, info.size, modified, info.file_id)


def info_of(entry: Entry) -> FileInfo:
    """Return what a server would tell of an entry, as far as the engine knows."""
    return FileInfo(
        entry.path.rpartition("/")[2],
        _FILE_KINDS[entry.kind],
        entry.size,
        filetime_from_ns(entry.modified) if entry.kind is Kind.FILE else 0,
        file_id=entry.file_id,
    )
