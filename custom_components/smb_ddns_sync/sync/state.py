"""What a job remembers between runs, in one SQLite file.

The base, which roots it was made from, and what runs did.

The file is a memory, never a truth: a side is changed first and the base after it, so a crash
leaves a base that knows less than is true, and what it does not know is looked at again. A file
that is lost, damaged, of another job or of a newer version is put aside, and the job starts with an
empty base: a first sync, which deletes nothing.
"""

from contextlib import contextmanager, suppress
from dataclasses import dataclass
import json
import logging
import secrets
import sqlite3
from typing import TYPE_CHECKING, Final, Self

from .conflicts import MIGRATION as CONFLICTS
from .endpoint import RootIdentity
from .failing import MIGRATION as FAILING
from .report_json import report_from_json, report_to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .names import RunToken
    from .settings import JobId
    from .status import RunReport

_LOGGER = logging.getLogger(__name__)

_APPLICATION_ID: Final = 0x53444453  # "SDDS"
_KEPT_RUNS: Final = 100

# One script a version, in order: script n brings a file from version n to n + 1. Never edit one
# that was released.
#
# A path is split into folder and name so that the children of a folder are one range of the key.
# Both are WTF-8 with "/" stored as NUL: keys then sort as a tree does, each folder directly before
# what is in it, and the tree below a folder is a range of `folder`. s_* is NULL for what only the
# target held when the folder was first met (kept).
_MIGRATIONS: Final = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE base (
      folder BLOB NOT NULL,
      name BLOB NOT NULL,
      kind INTEGER NOT NULL,
      s_size INTEGER, s_modified INTEGER, s_id INTEGER,
      t_size INTEGER NOT NULL, t_modified INTEGER NOT NULL, t_id INTEGER NOT NULL,
      PRIMARY KEY (folder, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE run (
      number INTEGER PRIMARY KEY,
      token TEXT NOT NULL UNIQUE,
      report TEXT
    ) STRICT;
    """,
    """
    ALTER TABLE base ADD COLUMN doubted INTEGER NOT NULL DEFAULT 0;
    """,
    CONFLICTS,
    # `blocks` stands last: what reads the columns before it never reads its pages. It goes with its
    # row, so digests never outlive the version that they are of.
    """
    ALTER TABLE base ADD COLUMN blocks BLOB;
    CREATE TABLE partial (
      side TEXT NOT NULL,
      path BLOB NOT NULL,
      temporary BLOB NOT NULL,
      size INTEGER NOT NULL, modified INTEGER NOT NULL, id INTEGER NOT NULL,
      t_id INTEGER NOT NULL, done INTEGER NOT NULL,
      digests BLOB NOT NULL,
      kept_at INTEGER NOT NULL,
      PRIMARY KEY (side, path)
    ) STRICT;
    """,
    FAILING,
)


class _Unusable(Exception):
    """The file cannot be this job's state."""


@dataclass(frozen=True, slots=True)
class Roots:
    """Which folders the base was made from."""

    source: RootIdentity
    target: RootIdentity

    def swapped(self, now: Roots) -> bool:
        """Tell whether the two folders are the same and have changed places."""
        return (
            self.source.same_root(now.target)
            and self.target.same_root(now.source)
            and not self.source.same_root(now.source)
        )


class State:
    """An open state file. Used by one thread; opening it creates it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @classmethod
    def open(cls, file: Path, job: JobId) -> Self:
        """Open the job's file; one that cannot be used is put aside and a new one is made.

        Raises `OSError` or `sqlite3.Error` where no file can be made at all.
        """
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists():
            try:
                return cls(_connect(file, job))
            except (_Unusable, sqlite3.DatabaseError) as error:
                if _is_about_the_disk(error):
                    raise
                aside = _put_aside(file)
                _LOGGER.warning(
                    "The memory of a sync job could not be used (%s); it was moved to %s. "
                    "The next run is a first sync: it deletes nothing",
                    error,
                    aside,
                )
        return cls(_connect(file, job))

    @classmethod
    def on(
        cls,
        connection: sqlite3.Connection,
        job: JobId,
        random: Callable[[int], str] = secrets.token_hex,
    ) -> Self:
        """Return the state on a connection that somebody else has opened, empty or not.

        Raises `sqlite3.Error` where it cannot be used. `random` returns so many bytes as hex
        digits.
        """
        try:
            _prepare(connection, job, random)
        except _Unusable as error:
            raise sqlite3.DatabaseError(str(error)) from error
        return cls(connection)

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all changes within come true together, or none of them."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    @property
    def id(self) -> str:
        """Return what the marker on the target must say: another state file has another id."""
        value = self._get("id")
        if value is None:
            raise sqlite3.DatabaseError("the state has no id")
        return value

    @property
    def roots(self) -> Roots | None:
        """Return which folders the base was made from; None before the first sync."""
        if (text := self._get("roots")) is None:
            return None
        try:
            (volume, file_id), (other_volume, other_id) = json.loads(text)
            source = RootIdentity(int(volume), int(file_id))
            return Roots(source, RootIdentity(int(other_volume), int(other_id)))
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise sqlite3.DatabaseError("the state does not tell its roots") from error

    @roots.setter
    def roots(self, roots: Roots) -> None:
        self._set(
            "roots",
            json.dumps(
                [
                    [roots.source.volume, roots.source.file_id],
                    [roots.target.volume, roots.target.file_id],
                ]
            ),
        )

    @property
    def mode(self) -> str:
        """Return the mode that the base was made in; a state that says none is a mirror's."""
        return self._get("mode") or "mirror"

    @mode.setter
    def mode(self, mode: str) -> None:
        self._set("mode", mode)

    @property
    def name_rules(self) -> str:
        """Return which names each side was found to hold, in the JSON of `name_rules`."""
        return self._get("names") or "{}"

    @name_rules.setter
    def name_rules(self, rules: str) -> None:
        self._set("names", rules)

    @property
    def saw_strangers(self) -> bool:
        """Return whether somebody else's files were in our folder when it was looked at."""
        return self._get("strangers") is not None

    @saw_strangers.setter
    def saw_strangers(self, saw: bool) -> None:
        if saw:
            self._set("strangers", "yes")
        else:
            self.connection.execute("DELETE FROM meta WHERE key = 'strangers'")

    @property
    def filters(self) -> str:
        """Return the digest of the filters that the base was made with."""
        return self._get("filters") or ""

    def take_up_filters(self, digest: str) -> None:
        """Go on with other filters: no deletion is proved by what was seen with the last ones."""
        with self.transaction():
            self.connection.execute("UPDATE base SET doubted = 1")
            self._set("filters", digest)

    def forget_everything(self) -> None:
        """Empty the base, so that the next run is a first sync."""
        with self.transaction():
            self.connection.execute("DELETE FROM base")
            self.connection.execute("DELETE FROM conflict")
            self.connection.execute("DELETE FROM partial")
            self.connection.execute("DELETE FROM failing")
            self.connection.execute("DELETE FROM meta WHERE key IN ('roots', 'names')")

    @property
    def pruned_at(self) -> float:
        """Return when trash was last looked through, in seconds since 1970."""
        return float(self._get("pruned_at") or 0)

    @pruned_at.setter
    def pruned_at(self, moment: float) -> None:
        self._set("pruned_at", repr(moment))

    @property
    def last_seen(self) -> int | None:
        """Return how many folders and files the last look at everything saw on both sides."""
        value = self._get("last_seen")
        return None if value is None else int(value)

    @last_seen.setter
    def last_seen(self, count: int) -> None:
        self._set("last_seen", str(count))

    def begin_run(self, token: RunToken) -> None:
        """Note that a run is about to change the target, before it does.

        Its leftovers are known by the token.
        """
        self.connection.execute("INSERT INTO run (token) VALUES (?)", (token.value,))

    def end_run(self, token: RunToken, report: RunReport) -> None:
        """Keep what a run did; the oldest are dropped."""
        with self.transaction():
            self.connection.execute(
                "INSERT INTO run (token, report) VALUES (?, ?) "
                "ON CONFLICT (token) DO UPDATE SET report = excluded.report",
                (token.value, report_to_json(report)),
            )
            self.connection.execute(
                "DELETE FROM run WHERE number <= (SELECT max(number) FROM run) - ?", (_KEPT_RUNS,)
            )

    def knows_run(self, token: str) -> bool:
        """Tell whether the token is of a run that this file remembers."""
        found = self.connection.execute("SELECT 1 FROM run WHERE token = ?", (token,))
        return found.fetchone() is not None

    def history(self) -> Iterator[RunReport]:
        """Return what the last runs did, newest first; a damaged report is left out."""
        for (text,) in self.connection.execute(
            "SELECT report FROM run WHERE report IS NOT NULL ORDER BY number DESC"
        ):
            try:
                yield report_from_json(text)
            except ValueError as error:
                _LOGGER.debug("A report of an earlier run cannot be read: %s", error)

    def _get(self, key: str) -> str | None:
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def _set(self, key: str, value: str) -> None:
        self.connection.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )


def _connect(file: Path, job: JobId) -> sqlite3.Connection:
    connection = sqlite3.connect(file, autocommit=True, cached_statements=64)
    try:
        _prepare(connection, job)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(
    connection: sqlite3.Connection,
    job: JobId,
    random: Callable[[int], str] = secrets.token_hex,
) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and application != _APPLICATION_ID:
        raise _Unusable("it is not a state of ours")
    if version > len(_MIGRATIONS):
        raise _Unusable("it was written by a newer version")
    if (verdict := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        raise _Unusable(f"it is damaged: {verdict}")
    # A commit survives a crash of the process at once; a crash of the machine may lose the last
    # ones, which leaves an older base: safe by what this module promises.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    # What a run finds different is spilled to a file of SQLite's own when it outgrows the cache.
    connection.execute("PRAGMA temp_store = FILE")
    connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    for number in range(version, len(_MIGRATIONS)):
        connection.executescript(
            f"BEGIN IMMEDIATE; {_MIGRATIONS[number]} PRAGMA user_version = {number + 1}; COMMIT;"
        )
    connection.executemany(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO NOTHING",
        (("job", job), ("id", random(16))),
    )
    (owner,) = connection.execute("SELECT value FROM meta WHERE key = 'job'").fetchone()
    if owner != job:
        raise _Unusable("it belongs to another job")


def _is_about_the_disk(error: Exception) -> bool:
    """Tell whether the file may be whole and only cannot be used now."""
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_NOMEM,
    )


def _put_aside(file: Path) -> Path:
    """Move the file to a name beside it, over an older one, so that they do not pile up."""
    aside = file.with_name(f"{file.name}.unusable")
    for suffix in ("-wal", "-shm"):
        # They belong to the file; a new one beside them would take them for its own.
        with suppress(FileNotFoundError):
            file.with_name(file.name + suffix).unlink()
    file.replace(aside)
    return aside
