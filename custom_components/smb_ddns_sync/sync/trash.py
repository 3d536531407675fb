"""Where replaced and deleted files go.

`.smb_ddns_sync/trash/<when>-<run>/<path>` in the root of the side that loses them.

Only whole folders of runs expire, and only those whose name this module made itself, read back
strictly: a name that it does not understand, or that lies in the future, is left alone for ever.
"""

from datetime import UTC, datetime, timedelta
import re
from typing import TYPE_CHECKING, Final

from .endpoint import Kind, Missing, RelPath
from .names import TRASH, join, name_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .endpoint import Endpoint
    from .names import RunToken

_RUN_FOLDER: Final = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{12}", re.ASCII)
_STAMP: Final = "%Y%m%dT%H%M%SZ"


def run_folder(started: datetime, run: RunToken) -> RelPath:
    """Return where a run puts what it takes away; `started` has a time zone."""
    return join(TRASH, f"{started.astimezone(UTC).strftime(_STAMP)}-{run.value}")


def made_at(folder_name: str) -> datetime | None:
    """Return when the run began that made the folder; None where the name is not one of ours."""
    found = _RUN_FOLDER.fullmatch(folder_name)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def prune(side: Endpoint, age: timedelta, now: datetime, cancelled: Callable[[], bool]) -> int:
    """Delete what has been in trash for longer than `age`, and return the number of files.

    Raises `EndpointError` where the side is gone; a file that cannot be deleted stays, with the
    folders above it.
    """
    listing = side.list(TRASH)
    if isinstance(listing.error, Missing):
        return 0
    if listing.error is not None:
        raise listing.error
    deleted = 0
    for entry in listing.entries:
        made = made_at(name_of(entry.path))
        if entry.kind is Kind.FOLDER and made is not None and age < now - made:
            deleted += _delete_tree(side, entry.path, cancelled)
    return deleted


def _delete_tree(side: Endpoint, folder: RelPath, cancelled: Callable[[], bool]) -> int:
    deleted = 0
    folders = []
    for listing in side.walk(folder):
        if cancelled():
            return deleted
        if listing.error is not None:
            raise listing.error
        folders.append(listing.folder)
        for entry in (*listing.entries, *listing.temporaries):
            if entry.kind is Kind.FILE:
                side.delete_file(entry.path, entry)
                deleted += 1
    for path in reversed(folders):
        side.remove_folder(path)
    return deleted
