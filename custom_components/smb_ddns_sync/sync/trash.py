"""Where replaced and deleted files go.

`.smb_ddns_sync/trash/<when>-<run>/<path>` in the root of the side that loses them.

Whatever looks into trash (`prune`, `versions`) looks only into folders whose name this module made
itself, read back strictly.
"""

from datetime import UTC, datetime
import re
from typing import TYPE_CHECKING, Final

from .names import TRASH, join

if TYPE_CHECKING:
    from .endpoint import RelPath
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
