"""Large files that are on their way: which temporary holds how much of which version.

They live in the state file, so that another run can go on, also after a restart. Everything here
is a reason to try, never a truth: a temporary is gone on with only if it was seen in this run's
scan, is the very file that was noted and has all that was noted, and if the source still is the
version that it was begun from.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from .base import Version, from_key, to_key, to_signed, to_unsigned
from .endpoint import Checkpoint, RelPath

if TYPE_CHECKING:
    import sqlite3

    from .side import Side

LONGEST: Final = timedelta(days=7)
"""How long a temporary is kept that does not come any further: it takes room on its side."""

_GET: Final = """
SELECT temporary, size, modified, id, t_id, done, digests FROM partial
WHERE side = ? AND path = ?
"""
_KEEP: Final = "INSERT OR REPLACE INTO partial VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Partial:
    """A temporary of a version, as far as it has come."""

    path: RelPath
    temporary: RelPath
    version: Version
    """Of the source: what is being carried over."""
    left: Checkpoint
    digests: bytes = b""
    """Of the blocks that were read so far; none where they are not known."""


class Partials:
    """The table of an open state file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def any(self) -> bool:
        """Tell whether anything is on its way."""
        return self._connection.execute("SELECT 1 FROM partial LIMIT 1").fetchone() is not None

    def get(self, side: Side, path: RelPath) -> Partial | None:
        """Return what is on its way to a path of a side."""
        row = self._connection.execute(_GET, (side.value, to_key(path))).fetchone()
        if row is None:
            return None
        temporary, size, modified, file_id, temporary_id, done, digests = row
        return Partial(
            path,
            from_key(temporary),
            Version(size, modified, to_unsigned(file_id)),
            Checkpoint(to_unsigned(temporary_id), done),
            digests,
        )

    def keep(self, side: Side, partial: Partial, now: float) -> None:
        """Remember how far it has come; `now` in seconds since 1970."""
        size, modified, file_id = partial.version
        self._connection.execute(
            _KEEP,
            (
                side.value,
                to_key(partial.path),
                to_key(partial.temporary),
                size,
                modified,
                to_signed(file_id),
                to_signed(partial.left.file_id),
                partial.left.done,
                partial.digests,
                int(now),
            ),
        )

    def forget(self, side: Side, path: RelPath) -> None:
        """Forget what is on its way to a path; its temporary is swept as any other."""
        self._connection.execute(
            "DELETE FROM partial WHERE side = ? AND path = ?", (side.value, to_key(path))
        )

    def expire(self, now: float) -> None:
        """Forget what has not come any further for too long."""
        self._connection.execute(
            "DELETE FROM partial WHERE kept_at < ?", (int(now - LONGEST.total_seconds()),)
        )
