"""Where a side differs from the base, path by path: what a scan finds and a plan is made from.

It is a temporary table of the state's connection, so a tree of any size fits, and it is gone with
the run. What is not in it is as the base says, on both sides.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .base import (
    KIND_NUMBER,
    KINDS,
    BaseEntry,
    Version,
    from_key,
    to_key,
    to_signed,
    to_unsigned,
)
from .endpoint import Entry, RelPath
from .hidden import Hidden
from .names import name_of, parent
from .side import Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    import sqlite3


VANISHED: Final = "vanished"
"""The cause of a folder that was gone when it was to be listed: the next scan knows better."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a path cannot be dealt with. `cause` is a stable key."""

    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one path. An entry of None was proved absent.

    Its folder was listed completely.

    A folder that could not be listed (`source_unlisted`, `target_unlisted`) proves nothing about
    what is in it. An entry may stand at another path than the row's: under another spelling of it,
    or where it was before the other side moved it.
    """

    path: RelPath
    source: Entry | None
    target: Entry | None
    base: BaseEntry | None = None
    source_unlisted: Obstacle | None = None
    target_unlisted: Obstacle | None = None
    refused: Obstacle | None = None
    """Why the source's entry must not be carried over."""
    clear_first: bool = False
    """The target takes this path and another one, which is new on the source, for the same."""
    base_at: RelPath | None = None
    """Where the base has what it knows of the row, if that is not at the row's path."""
    same_content: bool | None = None
    """Whether both files were read and found equal; None where nobody has compared them."""
    out_of_view: bool = False
    """The filters say to leave it alone, on both sides."""
    holds_hidden: bool = False
    """A folder in which something is left alone, so it cannot go as a whole."""

    def on(self, side: Side) -> Entry | None:
        """Return what a side holds."""
        return self.source if side is Side.SOURCE else self.target


_TABLE: Final = """
CREATE TEMP TABLE delta (
  path BLOB PRIMARY KEY, folder BLOB NOT NULL,
  s INTEGER NOT NULL DEFAULT 0, s_kind INTEGER, s_size INTEGER, s_modified INTEGER, s_id INTEGER,
  s_path BLOB,
  t INTEGER NOT NULL DEFAULT 0, t_kind INTEGER, t_size INTEGER, t_modified INTEGER, t_id INTEGER,
  t_path BLOB,
  b_path BLOB, b_kind INTEGER, bs_size INTEGER, bs_modified INTEGER, bs_id INTEGER,
  bt_size INTEGER, bt_modified INTEGER, bt_id INTEGER,
  s_cause TEXT, s_detail TEXT, t_cause TEXT, t_detail TEXT,
  refused_cause TEXT, refused_detail TEXT,
  clear_first INTEGER NOT NULL DEFAULT 0,
  same INTEGER,
  b_doubted INTEGER,
  out_of_view INTEGER NOT NULL DEFAULT 0,
  holds_hidden INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX temp.delta_folder ON delta (folder) WHERE s = 1;
"""
_EXISTS: Final = "SELECT 1 FROM temp.sqlite_schema WHERE name = 'delta'"

_BASE_COLUMNS: Final = "b_kind, bs_size, bs_modified, bs_id, bt_size, bt_modified, bt_id, b_doubted"
_KEY_COLUMNS: Final = f"path, folder, {_BASE_COLUMNS}"
_KEY_MARKS: Final = "?, ?, ?, ?, ?, ?, ?, ?, ?, ?"

# How a side was seen.
AS_BASE: Final = 0
PRESENT: Final = 1
ABSENT: Final = 2

_BATCH: Final = 1000


class Delta:
    """The differences that one scan found. Close it before another is opened on the same state."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._pending: dict[str, list[tuple[Any, ...]]] = {}
        self._count = 0
        self._cursors: list[sqlite3.Cursor] = []
        # They stay from run to run: with each table that comes or goes SQLite compiles all anew.
        if not connection.execute(_EXISTS).fetchone():
            connection.executescript(_TABLE)
        self.hidden = Hidden(connection)

    def close(self) -> None:
        """Empty the table; `rows` that are not at their end yet are cut off."""
        for cursor in self._cursors:
            cursor.close()
        self._connection.execute("DELETE FROM delta")
        self.hidden.close()

    def present(self, side: Side, path: RelPath, entry: Entry, base: BaseEntry | None) -> None:
        """Note what a side holds; the entry's own path may be another spelling."""
        columns = f"{side.value}, " + ", ".join(
            f"{side.value}_{column}" for column in ("kind", "size", "modified", "id", "path")
        )
        values = (
            PRESENT,
            KIND_NUMBER[entry.kind],
            entry.size,
            entry.modified,
            to_signed(entry.file_id),
            to_key(entry.path) if entry.path != path else None,
        )
        self._put(columns, path, base, values)

    def absent(self, side: Side, path: RelPath, base: BaseEntry | None) -> None:
        """Note that a side holds nothing there, as a complete listing of the folder proves."""
        self._put(side.value, path, base, (ABSENT,))

    def unlisted(
        self, side: Side, path: RelPath, obstacle: Obstacle, base: BaseEntry | None
    ) -> None:
        """Note that a folder could not be listed."""
        self._put(
            f"{side.value}_cause, {side.value}_detail",
            path,
            base,
            (obstacle.cause, obstacle.detail),
        )

    def refuse(self, path: RelPath, obstacle: Obstacle, base: BaseEntry | None) -> None:
        """Note that what the source holds must not be carried over."""
        self._put("refused_cause, refused_detail", path, base, (obstacle.cause, obstacle.detail))

    def clear_first(self, path: RelPath, base: BaseEntry | None) -> None:
        """Note that the target's entry must be gone before new ones come."""
        self._put("clear_first", path, base, (1,))

    def leave_alone(self, path: RelPath, base: BaseEntry | None) -> None:
        """Note that the filters say to leave a path alone, of which the base may say otherwise."""
        self._put("out_of_view", path, base, (1,))

    def mark_hidden(self) -> None:
        """Mark the paths that are left alone on either side, and the folders that hold them.

        Invariant: before this, and again after paths were changed, no plan may be made.
        """
        self.flush()
        self.hidden.flush()
        self._connection.execute(
            "UPDATE delta SET out_of_view = 1 WHERE path IN (SELECT path FROM hidden)"
        )
        self._connection.execute(
            "UPDATE delta SET holds_hidden = 1 WHERE path IN (SELECT folder FROM hidden)"
        )

    def same_content(self, path: RelPath, same: bool) -> None:
        """Note whether both files at a path of the delta were found equal."""
        self.flush()
        self._connection.execute(
            "UPDATE delta SET same = ? WHERE path = ?", (int(same), to_key(path))
        )

    def source_names(self, folder: RelPath, *, refused: bool = True) -> set[str]:
        """Return the names in a folder of the source that the base does not know so."""
        self.flush()
        return {
            name_of(from_key(key))
            for (key,) in self._connection.execute(
                "SELECT path FROM delta WHERE s = 1 AND folder = ? "
                "AND (? OR refused_cause IS NULL)",
                (to_key(folder), int(refused)),
            )
        }

    def holds(self, path: RelPath) -> bool:
        """Tell whether a side was found to hold something at the path that the base does not."""
        self.flush()
        return bool(
            self._connection.execute(
                "SELECT 1 FROM delta WHERE path = ? AND (s = 1 OR t = 1)", (to_key(path),)
            ).fetchone()
        )

    def rows(self) -> Iterator[Row]:
        """Return every difference in the order of the tree.

        Each folder directly before what is in it.
        """
        self.flush()
        cursor = self._connection.cursor()
        self._cursors.append(cursor)
        return (_row(columns) for columns in cursor.execute("SELECT * FROM delta ORDER BY path"))

    def _put(
        self, columns: str, path: RelPath, base: BaseEntry | None, values: tuple[Any, ...]
    ) -> None:
        rows = self._pending.setdefault(columns, [])
        rows.append((to_key(path), to_key(parent(path)), *_base_values(base), *values))
        self._count += 1
        if self._count >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write down what was noted, so that the table has all of it."""
        if not self._count:
            return
        self._connection.execute("BEGIN")
        for columns, rows in self._pending.items():
            _upsert(self._connection, columns, rows)
        self._connection.execute("COMMIT")
        self._pending = {}
        self._count = 0


def _upsert(connection: sqlite3.Connection, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    names = columns.split(", ")
    connection.executemany(
        f"INSERT INTO delta ({_KEY_COLUMNS}, {columns}) "  # noqa: S608 - names of this module
        f"VALUES ({_KEY_MARKS}, {', '.join('?' * len(names))}) "
        f"ON CONFLICT (path) DO UPDATE SET {', '.join(f'{n} = excluded.{n}' for n in names)}",
        rows,
    )


def _base_values(base: BaseEntry | None) -> tuple[int | None, ...]:
    if base is None:
        return (None,) * 8
    source = (None,) * 3 if base.source is None else _stored(base.source)
    return (KIND_NUMBER[base.kind], *source, *_stored(base.target), int(base.doubted))


def _stored(version: Version) -> tuple[int, int, int]:
    return version.size, version.modified, to_signed(version.file_id)


def _row(columns: tuple[Any, ...]) -> Row:
    path = from_key(columns[0])
    b_path, b_kind, bs_size, bs_modified, bs_id, bt_size, bt_modified, bt_id = columns[14:22]
    base = None
    if b_kind is not None:
        base = BaseEntry(
            path,
            KINDS[b_kind],
            None if bs_size is None else Version(bs_size, bs_modified, to_unsigned(bs_id)),
            Version(bt_size, bt_modified, to_unsigned(bt_id)),
            bool(columns[30]),
        )
    return Row(
        path,
        _side(path, columns[2:8], base, None if base is None else base.source),
        _side(path, columns[8:14], base, None if base is None else base.target),
        base,
        _obstacle(columns[22], columns[23]),
        _obstacle(columns[24], columns[25]),
        _obstacle(columns[26], columns[27]),
        clear_first=bool(columns[28]),
        base_at=None if b_path is None else from_key(b_path),
        same_content=None if columns[29] is None else bool(columns[29]),
        out_of_view=bool(columns[31]),
        holds_hidden=bool(columns[32]),
    )


def _side(
    path: RelPath, columns: tuple[Any, ...], base: BaseEntry | None, known: Version | None
) -> Entry | None:
    seen, kind, size, modified, file_id, key = columns
    at = path if key is None else from_key(key)
    if seen == PRESENT:
        return Entry(at, KINDS[kind], size, modified, to_unsigned(file_id))
    if seen == ABSENT or base is None or known is None:
        return None
    return Entry(at, base.kind, known.size, known.modified, known.file_id)


def _obstacle(cause: str | None, detail: str | None) -> Obstacle | None:
    return None if cause is None else Obstacle(cause, detail or "")
