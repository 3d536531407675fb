"""What a caller waits for: a chain under way, and the place where its answers arrive."""

from collections import deque
from queue import Empty, SimpleQueue
from threading import get_ident
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .wire import Answer, Chain


NOBODY: Final = 0
"""The thread of what nobody waits for."""


class Exchange:
    """One chain that was sent, and what has come back of it.

    `accepted` says that the server has begun with a request and answers it later (MS-SMB2
    § 3.3.4.2): of one that waits for changes, that no change from then on is missed. `thread` is
    the one that asked.
    """

    __slots__ = ("accepted", "answers", "chain", "charges", "inbox", "missing", "owner", "thread")

    def __init__(self, chain: Chain, inbox: Inbox, owner: object, charges: list[int]) -> None:
        self.chain = chain
        self.inbox = inbox
        self.owner = owner
        self.charges = charges
        self.answers: list[Answer | None] = [None] * len(chain)
        self.missing = len(chain)
        self.accepted = False
        self.thread = get_ident()

    def result(self) -> tuple[Answer, ...]:
        """Return the answers in the order of the requests; only when all are there."""
        return tuple(answer for answer in self.answers if answer is not None)


class Inbox:
    """The finished exchanges of one caller, in the order in which they were finished.

    A caller that finds none reads the connection himself, or sleeps while another thread reads it
    and is rung when something is there.
    """

    __slots__ = ("_bell", "ready")

    def __init__(self) -> None:
        self.ready: deque[Exchange] = deque()
        self._bell: SimpleQueue[None] = SimpleQueue()

    def take(self) -> Exchange | None:
        """Return the next finished exchange, if there is one."""
        return self.ready.popleft() if self.ready else None

    def ring(self) -> None:
        """Wake the caller, now or when he is about to sleep."""
        self._bell.put(None)

    def sleep(self, seconds: float) -> None:
        """Return when it has rung since the last sleep, or after some time."""
        try:
            self._bell.get(timeout=seconds)
            while True:
                self._bell.get_nowait()
        except Empty:
            return
