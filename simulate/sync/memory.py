"""The state of a job in memory, as a disk keeps it over crashes.

A crash of the program leaves the last commit. A machine that loses its power may have lost the last
commits, because SQLite was told not to wait for the disk (WAL, synchronous=NORMAL).
"""

import sqlite3
from typing import Any, override

from .side import Ends


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
        self._alive()
        cursor = super().execute(sql, parameters)
        if self.commits is not None and not self.in_transaction and not sql.startswith("SELECT"):
            self.commits.append(self.image())
        return cursor

    @override
    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
        self._alive()
        return super().executemany(sql, parameters)

    @override
    def executescript(self, sql_script: str, /) -> sqlite3.Cursor:
        self._alive()
        return super().executescript(sql_script)

    def _alive(self) -> None:
        if self.dead:
            raise Ends


def opened(image: bytes | None) -> Memory:
    """Open a file; None is an empty one."""
    connection: Memory = sqlite3.connect(":memory:", autocommit=True, factory=Memory)
    if image is not None:
        connection.deserialize(image)
    return connection
