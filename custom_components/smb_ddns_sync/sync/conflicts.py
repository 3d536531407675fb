"""Conflicts that wait for a person, what was decided about them, and copies that older ones left.

They live in the state file. A decision is about two versions: where one of them has changed since,
it counts no more, and the person is asked again. It stays until the base says that it was carried
out, so neither a crash nor a restart loses it; a state that is lost asks again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from .base import KIND_NUMBER, KINDS, Version, from_key, to_key, to_signed, to_unsigned
from .endpoint import Entry, Kind, RelPath
from .names import join, original_of, parent
from .status import Unresolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    import sqlite3

    from .base import Base
    from .hints import Scope
    from .names import RunToken
    from .operation import Ask

MIGRATION: Final = """
CREATE TABLE conflict (
  path BLOB PRIMARY KEY,
  since REAL NOT NULL,
  run TEXT NOT NULL,
  s_kind INTEGER NOT NULL, s_size INTEGER NOT NULL, s_modified INTEGER NOT NULL,
  s_id INTEGER NOT NULL,
  t_kind INTEGER NOT NULL, t_size INTEGER NOT NULL, t_modified INTEGER NOT NULL,
  t_id INTEGER NOT NULL,
  choice TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX conflict_copy ON base (folder, name)
  WHERE instr(name, x'2E636F6E666C6963742D') > 0;
"""
"""`run` is the last one that found the conflict. The index holds only names with ".conflict-"."""

_EXAMPLES: Final = 20


class Choice(StrEnum):
    """What a person decides about a conflict."""

    SOURCE = "source"
    TARGET = "target"
    BOTH = "both"


class NoConflict(LookupError):
    """There is no conflict at that path that waits for a person."""


@dataclass(frozen=True, slots=True)
class Rival:
    """One side's version. Of a folder only that it is one counts, and which."""

    kind: Kind
    version: Version

    @classmethod
    def of(cls, entry: Entry) -> Rival:
        """Return what an entry tells."""
        if entry.kind is Kind.FILE:
            return cls(entry.kind, Version.of(entry))
        return cls(entry.kind, Version(0, 0, entry.file_id))


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two versions that both stay as they are until a person has decided."""

    path: RelPath
    source: Rival
    target: Rival
    since: datetime
    choice: Choice | None = None
    """What was decided and is still to be carried out."""


@dataclass(frozen=True, slots=True)
class ConflictCopy:
    """A version that lost its name in a conflict, on both sides, and the file that has the name."""

    path: RelPath
    original: RelPath
    size: int
    modified: int  # ns since 1970


@dataclass(frozen=True, slots=True)
class ConflictList:
    """What a person can decide or clean up; the first of many, in the order of the tree."""

    waiting: tuple[Conflict, ...]
    copies: tuple[ConflictCopy, ...]


_COLUMNS: Final = """
path, since, s_kind, s_size, s_modified, s_id, t_kind, t_size, t_modified, t_id, choice
"""
_COPIES: Final = "FROM base WHERE instr(name, x'2E636F6E666C6963742D') > 0 AND s_size IS NOT NULL"


class Conflicts:
    """The conflicts of an open state file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def first(self, most: int) -> ConflictList:
        """Return conflicts and conflict copies, at most so many of each."""
        copies = self._connection.execute(
            f"SELECT folder, name, t_size, t_modified {_COPIES} ORDER BY folder, name LIMIT ?",
            (most,),
        )
        return ConflictList(
            tuple(self._rows("ORDER BY path LIMIT ?", most)),
            tuple(_copy(*row) for row in copies),
        )

    def tally(self) -> Unresolved:
        """Return how many wait for a person, the first of them, and how many copies there are."""
        (count,) = self._connection.execute(
            "SELECT count(*) FROM conflict WHERE choice IS NULL"
        ).fetchone()
        (copies,) = self._connection.execute(f"SELECT count(*) {_COPIES}").fetchone()
        first = self._rows("WHERE choice IS NULL ORDER BY path LIMIT ?", _EXAMPLES)
        return Unresolved(count, tuple(conflict.path for conflict in first), copies)

    def decide(self, path: RelPath, choice: Choice) -> None:
        """Remember what a person wants of a conflict; a later word replaces an earlier one.

        Raises `NoConflict`.
        """
        changed = self._connection.execute(
            "UPDATE conflict SET choice = ? WHERE path = ?", (choice.value, to_key(path))
        )
        if not changed.rowcount:
            raise NoConflict(path)

    def decisions(self) -> Decisions:
        """Return what was decided and is still to be carried out."""
        return Decisions({each.path: each for each in self._rows("WHERE choice IS NOT NULL")})

    def note(self, ask: Ask, run: RunToken, now: float) -> bool:
        """Remember a conflict that a run found; tell whether it is news.

        What was decided about other versions is forgotten.
        """
        path, rivals = to_key(ask.path), (Rival.of(ask.source), Rival.of(ask.target))
        known = next(self._rows("WHERE path = ?", path), None)
        if known is not None and (known.source, known.target) == rivals:
            self._connection.execute(
                "UPDATE conflict SET run = ? WHERE path = ?", (run.value, path)
            )
            return False
        source, target = (_stored(rival) for rival in rivals)
        self._connection.execute(
            "INSERT OR REPLACE INTO conflict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            (path, now, run.value, *source, *target),
        )
        return True

    def forget_settled(self, run: RunToken, scope: Scope, decisions: Decisions, base: Base) -> None:
        """Forget what is no conflict any more, after a run that came to its end.

        What the run did not look at stays, and so does a decision that it could not carry out.
        """
        stale = self._rows("WHERE run <> ?", run.value)
        gone = [
            conflict.path
            for conflict in stale
            if (scope.everything or parent(conflict.path) in scope.folders)
            and (conflict.path not in decisions.consulted or _is_settled(conflict, base))
        ]
        self._connection.executemany(
            "DELETE FROM conflict WHERE path = ?", ((to_key(path),) for path in gone)
        )

    def _rows(self, where: str, *values: object) -> Iterator[Conflict]:
        found = self._connection.execute(f"SELECT {_COLUMNS} FROM conflict {where}", values)  # noqa: S608 - constants
        for path, since, *rest, choice in found:
            yield Conflict(
                from_key(path),
                _rival(*rest[:4]),
                _rival(*rest[4:]),
                datetime.fromtimestamp(since, UTC),
                None if choice is None else Choice(choice),
            )


class Decisions:
    """What a person decided, as a plan asks for it. The same question has the same answer."""

    def __init__(self, decided: dict[RelPath, Conflict] | None = None) -> None:
        self._decided = decided or {}
        self.consulted: set[RelPath] = set()
        """Decided paths that are still in conflict."""

    def of(self, path: RelPath, source: Entry, target: Entry) -> Choice | None:
        """Return what was decided about just these two versions; None where nothing was."""
        conflict = self._decided.get(path)
        if conflict is None or (conflict.source, conflict.target) != (
            Rival.of(source),
            Rival.of(target),
        ):
            return None
        self.consulted.add(path)
        return conflict.choice


type Decided = Callable[[RelPath, Entry, Entry], Choice | None]


def _is_settled(conflict: Conflict, base: Base) -> bool:
    """Tell whether both sides hold one of the two versions, which came after the base."""
    known = base.get(conflict.path)
    return known is not None and (
        (known.kind, known.source) == (conflict.source.kind, conflict.source.version)
        or (known.kind, known.target) == (conflict.target.kind, conflict.target.version)
        or (known.kind is Kind.FOLDER and Kind.FOLDER in _kinds(conflict))
    )


def _kinds(conflict: Conflict) -> set[Kind]:
    return {conflict.source.kind, conflict.target.kind}


def _stored(rival: Rival) -> tuple[int, int, int, int]:
    size, modified, file_id = rival.version
    return KIND_NUMBER[rival.kind], size, modified, to_signed(file_id)


def _rival(kind: int, size: int, modified: int, file_id: int) -> Rival:
    return Rival(KINDS[kind], Version(size, modified, to_unsigned(file_id)))


def _copy(folder: bytes, name: bytes, size: int, modified: int) -> ConflictCopy:
    path = join(from_key(folder), name.decode("utf-8", "surrogatepass"))
    return ConflictCopy(path, original_of(path), size, modified)
