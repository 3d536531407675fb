"""The two sides of a job, as its form stores them: which is read, which is written."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .const import (
    CONF_CLEAR_SOURCE_DAYS,
    CONF_DIRECTION,
    CONF_LOCAL_FOLDER,
    CONF_MODE,
    CONF_OTHER_FOLDER,
    CONF_OTHER_SHARE,
    CONF_REMOTE_FOLDER,
    Direction,
)
from .sync.folders import JobFolder, LocalFolder, ShareFolder
from .sync.settings import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant


@dataclass(frozen=True, slots=True)
class Sides:
    """Where a job reads and where it writes; a share is named by the id of its entry."""

    source: JobFolder
    target: JobFolder
    two_way: bool = False
    clears_source: bool = False

    @property
    def written(self) -> tuple[JobFolder, ...]:
        """Return the folders in which the job makes, replaces or deletes something."""
        both = self.two_way or self.clears_source
        return (self.source, self.target) if both else (self.target,)

    @property
    def read(self) -> tuple[JobFolder, ...]:
        """Return the folders that the job carries something over from."""
        return (self.source, self.target) if self.two_way else (self.source,)


def sides_of(entry_id: str, data: Mapping[str, Any]) -> Sides:
    """Return the sides of a job of a share; in two-way mode the share's own is the target.

    Raises `KeyError` or `ValueError` where the data cannot be a job's.
    """
    own = ShareFolder(entry_id, data[CONF_REMOTE_FOLDER])
    other: JobFolder = (
        ShareFolder(data[CONF_OTHER_SHARE], data[CONF_OTHER_FOLDER])
        if data.get(CONF_OTHER_SHARE)
        else LocalFolder(Path(data[CONF_LOCAL_FOLDER]))
    )
    two_way = Mode(data.get(CONF_MODE, Mode.MIRROR)) is Mode.TWO_WAY
    direction = Direction(data.get(CONF_DIRECTION, Direction.TO_SHARE))
    from_share = direction is Direction.FROM_SHARE and not two_way
    source, target = (own, other) if from_share else (other, own)
    return Sides(source, target, two_way, data.get(CONF_CLEAR_SOURCE_DAYS) is not None)


def side_name(hass: HomeAssistant, folder: JobFolder) -> str:
    """Return a folder as people write it, the same in every language."""
    if isinstance(folder, LocalFolder):
        return str(folder.path)
    entry = hass.config_entries.async_get_entry(folder.share)
    return f"{'?' if entry is None else entry.title}: {folder.path or '/'}"
