"""Deletes for good what trash keeps beyond its limits.

It believes nothing but what it reads back strictly: only folders with a name that
`trash.run_folder` gave, and that do not lie in the future, are looked into, so nothing outside
trash can be meant. Files are deleted one by one, each as it was listed, the oldest first; whatever
is cut off leaves trash as it would be after a smaller prune. What cannot be deleted stays, and
stands in nobody's way.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .base import from_key, to_key, to_signed, to_unsigned
from .endpoint import ENDS_ALL, EndpointError, Entry, Kind, Listing, Missing, RelPath
from .names import TRASH, alike, below, name_of, parent
from .trash import made_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    import sqlite3

    from .endpoint import Endpoint
    from .trash_limits import TrashLimits

_TABLE: Final = """
CREATE TEMP TABLE version (
  path BLOB PRIMARY KEY, run BLOB NOT NULL, original BLOB NOT NULL,
  size INTEGER NOT NULL, modified INTEGER NOT NULL, id INTEGER NOT NULL,
  rank INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
"""
# The name of a run's folder begins with its time, so it sorts by it. Of two runs within one second
# the one with the later version comes later.
_STAMP_LENGTH: Final = len("20261122T120000Z")
_RANK: Final = """
UPDATE temp.version SET rank = ranked.rank FROM (
  SELECT path, row_number() OVER (
    PARTITION BY original ORDER BY run DESC, modified DESC, path DESC
  ) AS rank
  FROM temp.version
) AS ranked WHERE ranked.path = version.path
"""
_TOO_MANY: Final = """
SELECT path, size, modified, id FROM temp.version WHERE rank > ? ORDER BY run, modified, path
"""
# What has a newer version in trash goes before anything that is the last of its path.
_OLDEST: Final = """
SELECT path, size, modified, id FROM temp.version WHERE rank <= ?
ORDER BY rank = 1, run, modified, path
"""
_ALL: Final = (1 << 63) - 1
_BATCH: Final = 1000


@dataclass(slots=True)
class Pruned:
    """What was deleted for good, of one side or of both."""

    files: int = 0
    size: int = 0
    """Bytes."""
    stuck: int = 0
    """Files that could not be deleted, and folders that could not be listed."""


@dataclass(slots=True)
class Prune:
    """One look through the trash of one side. The connection takes a temporary table."""

    side: Endpoint
    limits: TrashLimits
    now: datetime
    connection: sqlite3.Connection
    cancelled: Callable[[], bool] = lambda: False
    pruned: Pruned = field(default_factory=Pruned)
    unfinished: Callable[[Entry], bool] = lambda _entry: False
    """Tells what a run of ours began to write and did not finish: it is nobody's version."""
    found: Listing = Listing(TRASH)  # noqa: RUF009 - frozen
    """Trash, as it was listed."""

    def carry_out(self) -> None:
        """Delete what is beyond the limits; when cancelled, no more than so far.

        Raises `EndpointError` where the side is gone, or its trash cannot be listed.
        """
        listing = self.found = self.side.list(TRASH)
        if isinstance(listing.error, Missing):
            return
        if listing.error is not None:
            raise listing.error
        runs = sorted(
            (made, entry.path)
            for entry in listing.entries
            if entry.kind is Kind.FOLDER
            and (made := made_at(name_of(entry.path))) is not None
            and made <= self.now
        )
        age = self.limits.age
        expired = [path for made, path in runs if age is not None and age < self.now - made]
        for path in expired:
            self._delete_run(path)
        if self.limits.versions is None and self.limits.size is None:
            return
        self.connection.executescript(_TABLE)
        try:
            for _made, path in runs[len(expired) :]:
                self._note(path)
            if not self.cancelled():
                self.connection.execute(_RANK)
                self._delete_too_many()
        finally:
            self.connection.execute("DROP TABLE temp.version")

    def _delete_run(self, run: RelPath) -> None:
        folders = []
        for listing in self.side.walk(run):
            if self.cancelled():
                return
            if not self._listed(listing.error):
                continue
            folders.append(listing.folder)
            for entry in (*listing.entries, *listing.temporaries):
                if entry.kind is Kind.FILE:
                    self._delete(entry)
        for path in reversed(folders):
            self._remove_empty(path)

    def _note(self, run: RelPath) -> None:
        """Note every version that a run took away."""
        folds = not self.side.traits.case_sensitive
        rows: list[tuple[object, ...]] = []
        for listing in self.side.walk(run):
            if self.cancelled():
                return
            if not self._listed(listing.error):
                continue
            for entry in (*listing.entries, *listing.temporaries):
                if self.unfinished(entry):
                    self._delete(entry)  # it came with its folder, and nobody can go on with it
                elif entry.kind is Kind.FILE:
                    original = alike(entry.path[len(run) + 1 :], folds=folds)
                    rows.append(
                        (
                            to_key(entry.path),
                            to_key(name_of(run)[:_STAMP_LENGTH]),
                            to_key(original),
                            entry.size,
                            entry.modified,
                            to_signed(entry.file_id),
                        )
                    )
            if len(rows) >= _BATCH:
                self._insert(rows)
                rows = []
        self._insert(rows)

    def _insert(self, rows: list[tuple[object, ...]]) -> None:
        self.connection.execute("BEGIN")
        self.connection.executemany(
            "INSERT INTO temp.version (path, run, original, size, modified, id) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )
        self.connection.execute("COMMIT")

    def _delete_too_many(self) -> None:
        versions = self.limits.versions
        with self._emptying() as delete:
            if versions is not None:
                for entry in self._entries(_TOO_MANY, versions):
                    if self.cancelled():
                        return
                    delete(entry)
            if self.limits.size is None:
                return
            most = _ALL if versions is None else versions
            (total,) = self.connection.execute(
                "SELECT coalesce(sum(size), 0) FROM temp.version WHERE rank <= ?", (most,)
            ).fetchone()
            for entry in self._entries(_OLDEST, most):
                if total <= self.limits.size or self.cancelled():
                    return
                if delete(entry):
                    total -= entry.size

    def _entries(self, query: str, rank: int) -> Iterator[Entry]:
        cursor = self.connection.cursor()
        try:
            for path, size, modified, file_id in cursor.execute(query, (rank,)):
                yield Entry(from_key(path), Kind.FILE, size, modified, to_unsigned(file_id))
        finally:
            cursor.close()

    @contextmanager
    def _emptying(self) -> Iterator[Callable[[Entry], bool]]:
        """Give what deletes a file; folders that this leaves empty go at the end.

        A folder that was empty when it came to trash stays.
        """
        folders: set[RelPath] = set()

        def delete(entry: Entry) -> bool:
            folders.add(parent(entry.path))
            return self._delete(entry)

        yield delete
        for folder in sorted(folders, key=lambda path: path.count("/"), reverse=True):
            path = folder
            while below(path, TRASH) and self._remove_empty(path):
                path = parent(path)

    def _listed(self, error: EndpointError | None) -> bool:
        if isinstance(error, ENDS_ALL):
            raise error
        self.pruned.stuck += error is not None and not isinstance(error, Missing)
        return error is None

    def _delete(self, entry: Entry) -> bool:
        try:
            self.side.delete_file(entry.path, entry)
        except ENDS_ALL:
            raise
        except EndpointError:
            self.pruned.stuck += 1
            return False
        self.pruned.files += 1
        self.pruned.size += entry.size
        return True

    def _remove_empty(self, folder: RelPath) -> bool:
        try:
            self.side.remove_folder(folder)
        except ENDS_ALL:
            raise
        except EndpointError:
            return False  # something in it stays
        return True
