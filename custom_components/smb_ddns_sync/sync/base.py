"""The base: what both sides held after the last sync, path by path. It lives in the state file."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple, Self, override

from .blocks import Blocks
from .endpoint import ROOT, Entry, Kind, RelPath
from .names import join, name_of, parent
from .side import Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    import sqlite3

KINDS: Final = (Kind.FILE, Kind.FOLDER, Kind.OTHER)
KIND_NUMBER: Final = {kind: number for number, kind in enumerate(KINDS)}
_UNSIGNED: Final = 1 << 63
"""An id from here on is held by SQLite as a negative number."""


class Version(NamedTuple):
    """Which version of a file one side held; of a folder only the id counts."""

    size: int
    modified: int
    file_id: int

    @classmethod
    def of(cls, entry: Entry) -> Version:
        """Return the version that an entry tells."""
        return cls(entry.size, entry.modified, entry.file_id)


@dataclass(frozen=True, slots=True)
class BaseEntry:
    """What the sides held at a path. Without a source version it is *kept*.

    The target's own, from before the first sync.

    A folder that is not kept has been listed completely on the target, and everything in it that
    was not ours then is in the base as kept. So what is in it now and not in the base came later.
    """

    path: RelPath
    kind: Kind
    source: Version | None
    target: Version
    doubted: bool = False
    """Its files were out of view, or the filters are others since.

    Which versions the sides held is known all the same; but that one is missing proves no deletion.
    """
    blocks: Blocks | None = None
    """Of a large file, where they are known: only told when it is recorded, see `Base.blocks`."""

    @property
    def kept(self) -> bool:
        """Tell whether the target held it before the first sync, and the source did not."""
        return self.source is None

    def on(self, side: Side) -> Version | None:
        """Return the version that a side held."""
        return self.source if side is Side.SOURCE else self.target

    def without_source(self) -> BaseEntry:
        """Return the entry as the target's own, which stays whatever becomes of the source."""
        return replace(self, source=None)

    @classmethod
    def synced(
        cls,
        path: RelPath,
        kind: Kind,
        side: Side,
        here: Version,
        there: Version,
        blocks: Blocks | None = None,
    ) -> Self:
        """Return what both sides hold from now on: `here` on the side, `there` on the other."""
        if side is Side.SOURCE:
            return cls(path, kind, here, there, blocks=blocks)
        return cls(path, kind, there, here, blocks=blocks)


def to_key(path: str) -> bytes:
    """Return bytes that sort as a tree: every folder directly before all that is in it."""
    return path.encode("utf-8", "surrogatepass").replace(b"/", b"\0")


def from_key(key: bytes) -> RelPath:
    """Return the path that `to_key` was given."""
    return RelPath(key.replace(b"\0", b"/").decode("utf-8", "surrogatepass"))


def to_signed(value: int) -> int:
    """Return a 64-bit id as SQLite holds it."""
    return value - (1 << 64) if value >= _UNSIGNED else value


def to_unsigned(value: int) -> int:
    """Return the id that `to_signed` was given."""
    return value + (1 << 64) if value < 0 else value


_GET: Final = """
SELECT kind, s_size, s_modified, s_id, t_size, t_modified, t_id, doubted FROM base
WHERE folder = ? AND name = ?
"""
_CHILDREN: Final = """
SELECT name, kind, s_size, s_modified, s_id, t_size, t_modified, t_id, doubted FROM base
WHERE folder = ? AND name <> x''
"""
# The last column is what makes a row differ from all that a listing can tell.
_ON_SOURCE: Final = """
SELECT name, kind, s_size, s_modified, s_id, doubted OR kind = 2 FROM base
WHERE folder = ? AND name <> x'' AND s_size IS NOT NULL
"""
_ON_TARGET: Final = """
SELECT name, kind, t_size, t_modified, t_id, doubted OR kind = 2 OR s_size IS NULL FROM base
WHERE folder = ? AND name <> x''
"""
# NUL is the separator and no name holds it, so these bounds hold exactly the folders below one.
_BELOW: Final = """
SELECT folder, name, kind, s_size, s_modified, s_id, t_size, t_modified, t_id, doubted FROM base
WHERE (folder = ?1 AND name <> x'') OR (folder > ?2 AND folder < ?3)
"""
_FORGET_BELOW: Final = """
DELETE FROM base WHERE (folder = ?1 AND name <> x'') OR (folder > ?2 AND folder < ?3)
"""
_SYNCED_FILES: Final = """
SELECT folder, name, kind, s_size, s_modified, s_id, t_size, t_modified, t_id, doubted FROM base
WHERE kind = ? AND s_size IS NOT NULL AND NOT doubted AND s_modified < ? AND (folder, name) > (?, ?)
ORDER BY folder, name LIMIT ?
"""
_MOVE_BELOW: Final = """
UPDATE OR REPLACE base SET folder = CAST(:to || substr(folder, :n) AS BLOB)
WHERE folder = :from OR (folder > :a AND folder < :b)
"""
_MOVE: Final = "UPDATE OR REPLACE base SET folder = ?, name = ? WHERE folder = ? AND name = ?"
_BLOCKS: Final = """
SELECT kind, s_size, s_modified, s_id, t_size, t_modified, t_id, doubted, blocks FROM base
WHERE folder = ? AND name = ? AND blocks IS NOT NULL
"""
_RECORD: Final = """
INSERT OR REPLACE INTO base
(folder, name, kind, s_size, s_modified, s_id, t_size, t_modified, t_id, doubted, blocks)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class Base:
    """The base table of an open state file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, path: RelPath) -> BaseEntry | None:
        """Return what is known of a path."""
        row = self._connection.execute(_GET, _split(path)).fetchone()
        return None if row is None else _entry(path, row)

    def children(self, folder: RelPath) -> dict[str, BaseEntry]:
        """Return all that is known directly in a folder, by name."""
        return {
            name: _entry(join(folder, name), row)
            for key, *row in self._connection.execute(_CHILDREN, (to_key(folder),))
            for name in (key.decode("utf-8", "surrogatepass"),)
        }

    def is_all_in(
        self, folder: RelPath, side: Side, names: Iterable[str], entries: Iterable[Entry]
    ) -> bool:
        """Tell at once that a folder of a side holds exactly what is known of it, and for sure.

        `names` are those of the entries. False says nothing: what a side only tells otherwise, what
        is doubted, kept or no file has to be looked at by itself.
        """
        seen = {
            (
                name.encode("utf-8", "surrogatepass"),
                0 if (kind := entry.kind) is Kind.FILE else 1 if kind is Kind.FOLDER else 2,
                entry.size,
                entry.modified,
                file_id if (file_id := entry.file_id) < _UNSIGNED else file_id - (1 << 64),
                0,
            )
            for name, entry in zip(names, entries, strict=True)
        }
        return seen == self._held(folder, side)

    def _held(self, folder: RelPath, side: Side) -> set[tuple[object, ...]]:
        query = _ON_SOURCE if side is Side.SOURCE else _ON_TARGET
        return set(self._connection.execute(query, (to_key(folder),)))

    def below(self, folder: RelPath) -> Iterator[BaseEntry]:
        """Return all that is known below a folder, at any depth."""
        for folder_key, name, *row in self._connection.execute(_BELOW, _range(folder)):
            path = join(from_key(folder_key), name.decode("utf-8", "surrogatepass"))
            yield _entry(path, row)

    def blocks(self, path: RelPath, side: Side, version: Version) -> Blocks | None:
        """Return the digests of the version that a side held; None where it was another one."""
        row = self._connection.execute(_BLOCKS, _split(path)).fetchone()
        if row is None or _entry(path, row[:-1]).on(side) != version:
            return None
        return Blocks.unpack(row[-1])

    def record(self, entries: Iterable[BaseEntry]) -> None:
        """Remember entries; what was known at their paths is replaced."""
        self._connection.executemany(
            _RECORD,
            (
                (
                    *_split(entry.path),
                    KIND_NUMBER[entry.kind],
                    *((None, None, None) if entry.source is None else _stored(entry.source)),
                    *_stored(entry.target),
                    int(entry.doubted),
                    None if entry.blocks is None else entry.blocks.pack(),
                )
                for entry in entries
            ),
        )

    def forget(self, path: RelPath) -> None:
        """Forget a path and all below it."""
        self._connection.execute("DELETE FROM base WHERE folder = ? AND name = ?", _split(path))
        self._connection.execute(_FORGET_BELOW, _range(path))

    def synced_files(
        self, modified_before: int, after: BaseEntry | None, most: int
    ) -> list[BaseEntry]:
        """Return files that both sides hold and that the source modified before a time (in ns).

        They come in the order of the key, at most so many, from behind an entry on. What is doubted
        is left out.
        """
        folder, name = (b"", b"") if after is None else _split(after.path)
        return [
            _entry(join(from_key(folder_key), name_key.decode("utf-8", "surrogatepass")), row)
            for folder_key, name_key, *row in self._connection.execute(
                _SYNCED_FILES,
                (KIND_NUMBER[Kind.FILE], modified_before, folder, name, most),
            )
        ]

    def move(self, path: RelPath, to: RelPath) -> None:
        """Know under another path what is known of a path and of all below it."""
        self._connection.execute(_MOVE, (*_split(to), *_split(path)))
        key, after, end = _range(path)
        self._connection.execute(
            _MOVE_BELOW, {"from": key, "to": to_key(to), "n": len(key) + 1, "a": after, "b": end}
        )

    def file_count(self) -> int:
        """Return how many files both sides hold."""
        (count,) = self._connection.execute(
            "SELECT count(*) FROM base WHERE kind = ? AND s_size IS NOT NULL",
            (KIND_NUMBER[Kind.FILE],),
        ).fetchone()
        return int(count)

    def doubted_count(self) -> int:
        """Return how many of the files that both sides hold are doubted."""
        (count,) = self._connection.execute(
            "SELECT count(*) FROM base WHERE kind = ? AND s_size IS NOT NULL AND doubted",
            (KIND_NUMBER[Kind.FILE],),
        ).fetchone()
        return int(count)

    def synced_size(self) -> tuple[int, int]:
        """Return how many files `synced_files` has in all, and their bytes."""
        count, size = self._connection.execute(
            "SELECT count(*), coalesce(sum(t_size), 0) FROM base "
            "WHERE kind = ? AND s_size IS NOT NULL AND NOT doubted",
            (KIND_NUMBER[Kind.FILE],),
        ).fetchone()
        return int(count), int(size)

    def kept_count(self) -> int:
        """Return how many files and folders of the target's own were found at the first sync."""
        (count,) = self._connection.execute(
            "SELECT count(*) FROM base WHERE s_size IS NULL"
        ).fetchone()
        return int(count)


class AllDoubted(Base):
    """A base in which everything is doubted: what a run with other filters would see."""

    @override
    def get(self, path: RelPath) -> BaseEntry | None:
        entry = super().get(path)
        return None if entry is None else replace(entry, doubted=True)

    @override
    def children(self, folder: RelPath) -> dict[str, BaseEntry]:
        return {
            name: replace(entry, doubted=True) for name, entry in super().children(folder).items()
        }

    @override
    def _held(self, folder: RelPath, side: Side) -> set[tuple[object, ...]]:
        return {(*row[:-1], 1) for row in super()._held(folder, side)}

    @override
    def below(self, folder: RelPath) -> Iterator[BaseEntry]:
        return (replace(entry, doubted=True) for entry in super().below(folder))

    @override
    def doubted_count(self) -> int:
        return self.file_count()


class NothingKnown(Base):
    """A base that knows nothing, whatever is in the table: what a first sync would see.

    Only looked at, never carried out, so nobody asks it for blocks.
    """

    @override
    def get(self, path: RelPath) -> BaseEntry | None:
        return None

    @override
    def children(self, folder: RelPath) -> dict[str, BaseEntry]:
        return {}

    @override
    def _held(self, folder: RelPath, side: Side) -> set[tuple[object, ...]]:
        return set()

    @override
    def below(self, folder: RelPath) -> Iterator[BaseEntry]:
        return iter(())

    @override
    def file_count(self) -> int:
        return 0

    @override
    def doubted_count(self) -> int:
        return 0


def _range(folder: RelPath) -> tuple[bytes, bytes, bytes]:
    key = to_key(folder)
    return (key, b"", b"\xff") if folder == ROOT else (key, key + b"\0", key + b"\x01")


def _split(path: RelPath) -> tuple[bytes, bytes]:
    return to_key(parent(path)), to_key(name_of(path))


def _stored(version: Version) -> tuple[int, int, int]:
    return version.size, version.modified, to_signed(version.file_id)


def _entry(path: RelPath, row: tuple[int | None, ...] | list[int | None]) -> BaseEntry:
    kind, s_size, s_modified, s_id, t_size, t_modified, t_id, doubted = row
    source = None
    if s_size is not None and s_modified is not None and s_id is not None:
        source = Version(s_size, s_modified, to_unsigned(s_id))
    if kind is None or t_size is None or t_modified is None or t_id is None:
        raise ValueError("a base row without a target version")  # STRICT NOT NULL columns
    target = Version(t_size, t_modified, to_unsigned(t_id))
    return BaseEntry(path, KINDS[kind], source, target, bool(doubted))
