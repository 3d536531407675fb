"""Which paths a scan found to be left alone, on either side.

A temporary table beside the delta: there may be as many as there are files.
"""

from typing import TYPE_CHECKING, Final

from .base import to_key

if TYPE_CHECKING:
    import sqlite3

    from .endpoint import RelPath

_TABLE: Final = """
CREATE TEMP TABLE hidden (
  path BLOB PRIMARY KEY, folder BLOB NOT NULL, alike BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX temp.hidden_folder ON hidden (folder, alike);
"""
_EXISTS: Final = "SELECT 1 FROM temp.sqlite_schema WHERE name = 'hidden'"
_BATCH: Final = 1000


class Hidden:
    """The paths that one scan found to be left alone."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._pending: list[tuple[bytes, bytes, bytes]] = []
        self.is_empty = True
        """Nothing is left alone so far."""
        if not connection.execute(_EXISTS).fetchone():
            connection.executescript(_TABLE)

    def close(self) -> None:
        """Empty the table."""
        self._connection.execute("DELETE FROM hidden")

    def add(self, path: RelPath, folder: RelPath, alike: str) -> None:
        """Note a path; `alike` is what its name shares with all that a side takes for it."""
        self.is_empty = False
        self._pending.append((to_key(path), to_key(folder), to_key(alike)))
        if len(self._pending) >= _BATCH:
            self.flush()

    def names(self, folder: RelPath) -> set[str]:
        """Return the names in a folder, as what they share with those that are taken for them."""
        if self.is_empty:
            return set()
        self.flush()
        return {
            key.decode("utf-8", "surrogatepass")
            for (key,) in self._connection.execute(
                "SELECT alike FROM hidden WHERE folder = ?", (to_key(folder),)
            )
        }

    def holds(self, path: RelPath) -> bool:
        """Tell whether a path is left alone, so that nothing else may come there."""
        if self.is_empty:
            return False
        self.flush()
        found = self._connection.execute("SELECT 1 FROM hidden WHERE path = ?", (to_key(path),))
        return found.fetchone() is not None

    def count(self) -> int:
        """Return how many paths are left alone; what is in a folder that is counts with it."""
        self.flush()
        (count,) = self._connection.execute("SELECT count(*) FROM hidden").fetchone()
        return int(count)

    def flush(self) -> None:
        """Write down what was noted."""
        if self._pending:
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "INSERT OR IGNORE INTO hidden VALUES (?, ?, ?)", self._pending
            )
            self._connection.execute("COMMIT")
            self._pending = []
