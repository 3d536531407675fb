"""Whether two folders hold the same: names, contents and times of change."""

import contextlib
from dataclasses import dataclass
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OWN_FOLDER = ".smb_ddns_sync"  # trash and marker, in the root of a side; no user's file

# A server keeps times in steps of 100 ns; some file systems behind one in steps of two seconds.
_SAME_TIME = 2.0


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is compared of a file; `modified` is in seconds since 1970."""

    size: int
    digest: str
    modified: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two folders have in common and what not; the paths are relative."""

    same: tuple[str, ...]
    only_here: tuple[str, ...]
    only_there: tuple[str, ...]
    different: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether there is something, and all of it is the same."""
        return bool(self.same) and not (self.only_here or self.only_there or self.different)

    def lines(self) -> Iterator[str]:
        """Yield the comparison for a person to read."""
        for sign, paths in (
            ("=", self.same),
            ("only here ", self.only_here),
            ("only there", self.only_there),
            ("different ", self.different),
        ):
            for path in paths:
                yield f"{sign} {path}"


def compare(here: Path, there: Path) -> Comparison:
    """Read both folders whole and compare them. Folders count as files without content.

    A file that goes while it is read, such as a temporary that is just renamed, is not there.
    """
    left, right = _read(here), _read(there)
    both = left.keys() & right.keys()
    same = {path for path in both if _alike(left[path], right[path])}
    return Comparison(
        same=tuple(sorted(same)),
        only_here=tuple(sorted(left.keys() - both)),
        only_there=tuple(sorted(right.keys() - both)),
        different=tuple(sorted(both - same)),
    )


def _alike(one: FileFacts | None, other: FileFacts | None) -> bool:
    if one is None or other is None:
        return one is other
    return (
        one.size == other.size
        and one.digest == other.digest
        and abs(one.modified - other.modified) <= _SAME_TIME
    )


def _read(root: Path) -> Mapping[str, FileFacts | None]:
    found: dict[str, FileFacts | None] = {}
    if not root.is_dir():
        return found
    for folder, folders, files in os.walk(root):
        place = Path(folder)
        if place == root and OWN_FOLDER in folders:
            folders.remove(OWN_FOLDER)
        for name in folders:
            found[f"{(place / name).relative_to(root)}/"] = None
        for name in files:
            path = place / name
            with contextlib.suppress(FileNotFoundError):
                content = path.read_bytes()
                found[str(path.relative_to(root))] = FileFacts(
                    len(content), hashlib.sha256(content).hexdigest(), path.stat().st_mtime
                )
    return found
