"""What systems and programs leave behind in folders: never anybody's document.

Caches of thumbnails, how a window looked, trash and snapshots of a NAS, locks of open documents,
downloads that have not come to their end, temporaries of other programs that synchronise. A name is
here only if a program gave it, makes what is behind it anew, and no person would give it to a
document. So `*.tmp`, `*.bak` and `*~` are not.
"""

import re
from typing import TYPE_CHECKING, Final

from .endpoint import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

_FOLDERS: Final = frozenset(
    {
        # Windows
        "$recycle.bin",
        "system volume information",
        # macOS
        ".documentrevisions-v100",
        ".fseventsd",
        ".spotlight-v100",
        ".temporaryitems",
        ".trashes",
        # Linux
        "lost+found",
        # Servers: Netatalk, Samba, Synology, QNAP, ZFS, NetApp
        ".appledb",
        ".appledesktop",
        ".appledouble",
        "network trash folder",
        ".recycle",
        "#recycle",
        "#snapshot",
        "@eadir",
        "@recycle",
        "@recently-snapshot",
        ".@__thumb",
        ".zfs",
        ".snapshot",
        "~snapshot",
        # Programs that synchronise
        ".stfolder",
        ".stversions",
    }
)
_FILES: Final = frozenset(
    {
        # Windows
        "desktop.ini",
        "ehthumbs.db",
        "ehthumbs_vista.db",
        "thumbs.db",
        "hiberfil.sys",
        "pagefile.sys",
        "swapfile.sys",
        # macOS
        ".apdisk",
        ".ds_store",
        "icon\r",
        # Linux
        ".directory",
        # Programs that synchronise
        ".sync.ffs_db",
        "sync.ffs_lock",
    }
)
_FOLDER_NAMES: Final = r"\.trash-\d+"
_FILE_NAMES: Final = (
    r"\._.+"  # what macOS keeps of a file where a file system cannot
    r"|~\$.+\.(doc|dot|xls|xlt|ppt|pot|pps|vsd)[xmb]?"  # who has a document of Office open
    r"|~wr[ld]\d{4}\.tmp"
    r"|\.~lock\..+#"  # the same of LibreOffice
    r"|\..+\.sw[opx]"  # of vim
    r"|\.(nfs|smbdelete)[0-9a-f]{4,}"  # deleted and still open
    r"|\.fuse_hidden[0-9a-f]+"
    r"|.+\.(crdownload|filepart|part|partial|opdownload|aria2|!ut|!qb)"  # not downloaded yet
    r"|[.~]syncthing[.~].+\.tmp"
    r"|.+\.ffs_tmp"
)
_FOLDER_NAME: Final = re.compile(_FOLDER_NAMES, re.IGNORECASE | re.ASCII)
_FILE_NAME: Final = re.compile(_FILE_NAMES, re.IGNORECASE | re.ASCII)
# Hardly any name begins or ends so, and every name of every scan comes by here.
_BEGINNINGS: Final = (".", "~")
_ENDS: Final = (
    ".crdownload",
    ".filepart",
    ".part",
    ".partial",
    ".opdownload",
    ".aria2",
    ".!ut",
    ".!qb",
    ".ffs_tmp",
)
_SUSPICIOUS_PARTS: Final = (
    *(f"/{beginning}" for beginning in _BEGINNINGS),
    *(f"{end}/" for end in _ENDS),
)

RULES: Final = (
    *sorted(_FOLDERS),
    _FOLDER_NAMES,
    *sorted(_FILES),
    _FILE_NAMES,
)
"""All of it as plain data, by which it is noticed that it has changed."""


def may_hold_litter(names: Iterable[str]) -> bool:
    """Tell for many names at once whether one may be that of litter; hardly any folder has such."""
    path = f"/{'/'.join(names).lower()}/"
    return (
        any(map(path.__contains__, _SUSPICIOUS_PARTS))
        or not _FOLDERS.isdisjoint(found := path.split("/"))
        or not _FILES.isdisjoint(found)
    )


def is_litter(name: str, kind: Kind) -> bool:
    """Tell whether a name is that of litter; a folder and a file are told apart."""
    lower = name.lower()
    if kind is Kind.FOLDER:
        return lower in _FOLDERS or _FOLDER_NAME.fullmatch(lower) is not None
    return lower in _FILES or (
        (lower.startswith(_BEGINNINGS) or lower.endswith(_ENDS))
        and _FILE_NAME.fullmatch(lower) is not None
    )
