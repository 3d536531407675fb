"""Work with one root only: each connection proves that it leads there, before anything else.

An address may begin to point to another machine at any time, and that one may take the same account
(a NAS that was cloned, a neighbour's at a DDNS name that was given up). Whoever knows which root is
wanted gives a proof, and gets a client that asks for it on each new connection, before any request
of an operation passes. So what goes on over a new connection never does so at a stranger's: not
even a temporary is written there.
"""

from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from .errors import Cause, ConnectionFailed, ConnectionLost
from .one_trip import find_root
from .pipeline import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from weakref import WeakSet

    from .connection import Connection
    from .files import RootFound
    from .line import Line

    type Proof = Callable[[Unproved], None]
    """Raises `Stranger` where the connection leads elsewhere."""


class Stranger(ConnectionFailed):
    """Something else answers at the address than what was proved to be there.

    Only who asked for a proof ever sees it, and knows what it means.
    """

    cause = Cause.UNREACHABLE


class Unproved:
    """A connection that nothing has passed yet; what may be asked on it to know where it leads."""

    def __init__(self, connection: Connection) -> None:
        self._only = _Only(connection)

    def find_root(self, folder: str, file: str, longest: int) -> RootFound:
        """Return which folder is at a path, and how a file of it begins, at once."""
        return run(self._only, partial(find_root, folder=folder, file=file, longest=longest))


class ProvedLine:
    """Another line, of which only connections are handed out that were proved."""

    def __init__(self, line: Line, proof: Proof, proved: WeakSet[Connection]) -> None:
        self._line = line
        self._proof = proof
        self._proved = proved
        self._lock = Lock()

    @property
    def standing(self) -> Connection | None:
        """The connection if there is one now that was proved."""
        connection = self._line.standing
        return connection if connection in self._proved else None

    def connection(self, *, at_once: bool = False) -> Connection:
        """Return a connection that was proved; raises what the proof raises."""
        connection = self._line.connection(at_once=at_once)
        with self._lock:
            if connection not in self._proved:
                try:
                    self._proof(Unproved(connection))
                except Stranger:
                    connection.close()  # the next one is dialled anew: the name may be back by then
                    raise
                self._proved.add(connection)
        return connection

    def look_for_better(self) -> None:
        """Go back to a better address if there is one; it is proved before it is used."""
        self._line.look_for_better()

    def close(self) -> None:
        """Hang up for good."""
        self._line.close()


class _Only:
    """One connection and no other: where it breaks, that is the end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def standing(self) -> Connection | None:
        return None if self._connection.failed else self._connection

    def connection(self, *, at_once: bool = False) -> Connection:
        del at_once
        if self._connection.failed:
            raise ConnectionLost(
                str(self._connection.facts.address), "it broke before it was proved"
            )
        return self._connection

    def look_for_better(self) -> None:
        """Do nothing: it is about this one."""

    def close(self) -> None:
        """Do nothing: it is somebody else's."""
