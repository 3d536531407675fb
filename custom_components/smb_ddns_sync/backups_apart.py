"""Backups on a share are no files of a job whose folder holds theirs.

A mirror would take each new backup for something extra and put it into trash.
"""

from dataclasses import replace
import re
from typing import TYPE_CHECKING, Final

from .sync.endpoint import RelPath
from .sync.names import below

if TYPE_CHECKING:
    from .sync.settings import JobSettings

_SPECIAL: Final = re.compile(r"[\\*?\[\]!# ]")  # to gitignore


def leave_backups_alone(settings: JobSettings, folder: str, backup_folder: str) -> JobSettings:
    """Return the settings of a job with a side in a folder of a share, given its backups' folder.

    A job of just the backups, or of a part of them, is what the user wants it to be.
    """
    job, backups = RelPath(folder.casefold()), RelPath(backup_folder.casefold())
    if not below(backups, job):
        return settings
    inside = backup_folder[len(folder) :].lstrip("/")
    pattern = f"/{_SPECIAL.sub(r'\\\g<0>', inside)}/"
    filters = settings.filters
    return replace(settings, filters=replace(filters, patterns=(*filters.patterns, pattern)))
