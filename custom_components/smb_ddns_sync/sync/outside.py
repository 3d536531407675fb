"""Which paths of a share people may name from outside: in links, media and actions.

A path never leaves the share, never means a stream of a file (MS-FSCC § 2.1.5), and never leads to
what is ours: trash, marker, locks and temporaries, under whichever name a server takes for theirs.
"""

import re
from typing import TYPE_CHECKING, Final

from .endpoint import FileError, RelPath
from .names import OWN_FOLDER, checked, fold

if TYPE_CHECKING:
    from collections.abc import Iterable

_IMPOSSIBLE: Final = re.compile(r'[\x00-\x1f\\:*?"<>|\ud800-\udfff]')
"""No name that comes over SMB holds these; some mean something else than a name."""

_SHORT: Final = re.compile(r"SM(B_DD|[0-9A-F]{4})~[0-9A-Z]+(\..*)?")
"""What Windows may call our files in eight letters; MS-FSCC § 2.1.5.2.1 leaves open how."""


class PathRefused(Exception):
    """The text names nothing that may be named from outside."""


def reachable(text: str) -> RelPath:
    """Return a path of a share as somebody wrote it. Raises `PathRefused`.

    The root is the empty path.
    """
    if _IMPOSSIBLE.search(text):
        raise PathRefused(text)
    try:
        path = checked(text)
    except FileError as error:
        raise PathRefused(text) from error
    if holds_own(path.split("/")):
        raise PathRefused(text)
    return path


def holds_own(parts: Iterable[str]) -> bool:
    """Tell whether one of the names is ours, or a server could take it for one of ours."""
    return any(_is_own(name) for name in parts)


def _is_own(name: str) -> bool:
    # Servers of Windows drop dots and spaces at the end of a name.
    told = fold(name.rstrip(". "))
    return told.startswith(fold(OWN_FOLDER)) or _SHORT.fullmatch(told) is not None
