"""Whether two jobs would write into each other's folders."""

from dataclasses import dataclass
import os
from pathlib import Path, PurePosixPath

from .names import fold


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder of this machine."""

    path: Path


@dataclass(frozen=True, slots=True)
class ShareFolder:
    """A folder on a share.

    `share` is anything that is equal for the same share, as the entry's unique id is.
    """

    share: str
    path: str


type JobFolder = LocalFolder | ShareFolder


def overlaps(one: JobFolder, other: JobFolder) -> bool:
    """Tell whether the folders are the same, or one holds the other.

    Names of a share are compared without regard to case and to which slash is used. Links of this
    machine are resolved, so it touches the disk.
    """
    if isinstance(one, LocalFolder) and isinstance(other, LocalFolder):
        return _nested(_local_parts(one.path), _local_parts(other.path))
    if isinstance(one, ShareFolder) and isinstance(other, ShareFolder):
        return fold(one.share) == fold(other.share) and _nested(
            _share_parts(one.path), _share_parts(other.path)
        )
    return False


def holds(one: JobFolder, other: JobFolder) -> bool:
    """Tell whether the first folder is the other one, or has it somewhere in it."""
    if isinstance(one, LocalFolder) and isinstance(other, LocalFolder):
        return len(_local_parts(one.path)) <= len(_local_parts(other.path)) and overlaps(one, other)
    if isinstance(one, ShareFolder) and isinstance(other, ShareFolder):
        return len(_share_parts(one.path)) <= len(_share_parts(other.path)) and overlaps(one, other)
    return False


def _nested(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _local_parts(path: Path) -> tuple[str, ...]:
    return Path(os.path.realpath(path)).parts


def _share_parts(path: str) -> tuple[str, ...]:
    parts = PurePosixPath(path.replace("\\", "/").strip("/")).parts
    return tuple(fold(part) for part in parts)
