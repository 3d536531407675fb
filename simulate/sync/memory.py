"""The state of a job in memory, as a disk keeps it over crashes.

A crash of the program leaves the last commit. A machine that loses its power may have lost the last
commits, because SQLite was told not to wait for the disk (WAL, synchronous=NORMAL).
"""

from functools import cache
import sqlite3
from typing import TYPE_CHECKING, Any, Final, override

from custom_components.smb_ddns_sync.sync.base import Base
from custom_components.smb_ddns_sync.sync.settings import JobId
from custom_components.smb_ddns_sync.sync.state import State

from .side import Ends

if TYPE_CHECKING:
    from collections.abc import Callable

JOB: Final = JobId("job-1")


class Memory(sqlite3.Connection):
    """A connection of a program that may end at any moment."""

    dead = False
    commits: list[bytes] | None = None
    """The file after each commit, where the play wants to know."""

    def die(self) -> None:
        """End: what was not committed never was, and nothing more is written."""
        if self.in_transaction:
            super().execute("ROLLBACK")
        self.dead = True

    def image(self) -> bytes:
        """Return the file as it is on the disk."""
        return super().serialize()

    @override
    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if self.dead:
            raise Ends
        cursor = super().execute(sql, parameters)
        if self.commits is not None and not self.in_transaction and not sql.startswith("SELECT"):
            self.commits.append(self.image())
        return cursor

    @override
    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
        if self.dead:
            raise Ends
        return super().executemany(sql, parameters)

    @override
    def executescript(self, sql_script: str, /) -> sqlite3.Cursor:
        if self.dead:
            raise Ends
        return super().executescript(sql_script)


class Disk:
    """The disk of a Home Assistant, with the state file of its job.

    The file stays open from run to run, as a program leaves it; whatever puts another file in its
    place (a crash, a backup) has it opened anew.
    """

    def __init__(self, image: bytes | None = None) -> None:
        self._image = image
        self._open: State | None = None

    @property
    def image(self) -> bytes | None:
        """Return the file as it is on the disk; None where there is none."""
        return self._image if self._open is None else _memory(self._open).image()

    @property
    def holds(self) -> bool:
        """Tell whether there is a file."""
        return self._open is not None or self._image is not None

    def put(self, image: bytes | None) -> None:
        """Put another file in its place."""
        if self._open is not None:
            self._open.close()
        self._open, self._image = None, image

    def state(self, random: Callable[[int], str]) -> tuple[State, Memory]:
        """Return the open state, and what it is on. An empty disk gets a new one."""
        if self._open is None:
            connection = _opened(_empty() if self._image is None else self._image)
            self._open = State.on(connection, JOB, random)
        return self._open, _memory(self._open)

    def look(self) -> sqlite3.Connection | None:
        """Return a connection to look at the file; None where there is none."""
        if self._open is None:
            if self._image is None:
                return None
            self._open = State.on(_opened(self._image), JOB)
        return self._open.connection

    def files(self) -> int:
        """Return how many files both sides held after the last sync, as far as is remembered."""
        connection = self.look()
        return 0 if connection is None else Base(connection).file_count()


def _memory(state: State) -> Memory:
    connection = state.connection
    if not isinstance(connection, Memory):
        raise TypeError("a state that is not in memory")
    return connection


@cache
def _empty() -> bytes:
    """Return a file to which all migrations have been done, and that belongs to no job yet."""
    connection = _opened(None)
    State.on(connection, JOB, lambda count: "0" * 2 * count)
    connection.execute("DELETE FROM meta")
    image = connection.image()
    connection.close()
    return image


def _opened(image: bytes | None) -> Memory:
    connection: Memory = sqlite3.connect(":memory:", autocommit=True, factory=Memory)
    if image is not None:
        connection.deserialize(image)
    return connection
