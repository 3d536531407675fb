"""A folder held open on a connection, with a request for its changes always under way.

**No change falls between two answers.** A server begins to note changes with the first
CHANGE_NOTIFY on a handle, and goes on for as long as the handle is open, also while no request is
under way (MS-FSA § 2.1.5.11; Samba 4.17 keeps 1,000 changes, seen to come with the next request).
So one request at a time is enough; what matters is that the handle stays. The next request is under
way before an answer is handed out, so that a slow listener does not make the server's list full.

**Armed means that the server has said so**: it answers a request that it keeps with an interim
STATUS_PENDING (MS-SMB2 § 3.3.4.2).
"""

import math
import time
from typing import TYPE_CHECKING, Final

from .errors import Unsupported
from .inbox import Inbox
from .status import NO_SUCH_OPERATION, NOTIFY_ENUM_DIR, SUCCESS, error_for
from .steps import require
from .waiting import wait_for
from .wire_control import Filter, change_notify
from .wire_create import Access, Options, create, handle_of

if TYPE_CHECKING:
    from .connection import Connection
    from .inbox import Exchange
    from .wire import Answer

_ROOM: Final = 64 << 10  # what one credit pays for, and the most that Windows takes over a network
_ACCESS: Final = Access.READ | Access.READ_ATTRIBUTES
_FILTER: Final = Filter.FILE_NAME | Filter.FOLDER_NAME | Filter.SIZE | Filter.MODIFIED


class ArmedFolder:
    """A folder whose changes, and those of all below it, are told from now on.

    Of one thread. The handle is given back by hanging up: a watch has its connection for itself.
    """

    def __init__(self, connection: Connection, path: str) -> None:
        """Open and arm it. Raises `SmbError`; `Unsupported` where the server tells no changes."""
        self.connection = connection
        self._path = path
        (opened,) = connection.ask((create(path, _ACCESS, options=Options.FOLDER),))
        self._handle = handle_of(require(opened, path, "opening the folder"))
        self._room = connection.room(connection.facts.max_transact, _ROOM)
        self._inbox = Inbox()
        self._await_acceptance(self._ask())

    def next(self, until: float) -> Answer | None:
        """Return the next answer; None when the time, of the monotonic clock, has come.

        Raises `SmbError` when no more will be told on this handle.
        """

        def ready() -> tuple[Exchange | None] | None:
            exchange = self._inbox.take()
            return (exchange,) if exchange or time.monotonic() >= until else None

        (exchange,) = wait_for((self.connection,), self._inbox, ready, math.inf)
        if exchange is None:
            return None
        answer = self._told(exchange)
        self._ask()
        return answer

    def _ask(self) -> Exchange:
        request = change_notify(self._room, _FILTER, self._handle, tree=True)
        return self.connection.submit((request,), self._inbox)

    def _await_acceptance(self, exchange: Exchange) -> None:
        """Wait until the server keeps the request, or has answered it at once.

        A server that is there and says neither is taken to keep it after a deadline.
        """
        until = time.monotonic() + self.connection.deadline

        def ready() -> bool | None:
            known = exchange.accepted or not exchange.missing or time.monotonic() >= until
            return known or None

        wait_for((self.connection,), self._inbox, ready)
        if not exchange.missing:
            self._told(exchange)

    def _told(self, exchange: Exchange) -> Answer:
        (answer,) = exchange.result()
        if answer.status in {SUCCESS, NOTIFY_ENUM_DIR}:
            return answer
        if answer.status in NO_SUCH_OPERATION:
            raise Unsupported(self._path, "the server does not tell what changes")
        raise error_for(answer.status, self._path, "waiting for changes")
