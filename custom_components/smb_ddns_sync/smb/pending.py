"""The requests of one connection that wait for their answers. Its lock guards it."""

from typing import TYPE_CHECKING, Final

from .errors import BadAnswer
from .inbox import NOBODY
from .status import PENDING
from .wire import Answer

if TYPE_CHECKING:
    from .framing import Heard
    from .inbox import Exchange

_SLACK: Final = 64 << 10
"""Bytes that an answer may hold beside what was asked for: headers, contexts, why it failed."""


class Pending:
    """Who waits for which message id."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._waiting: dict[int, tuple[Exchange, int]] = {}
        self._left: set[Exchange] = set()

    def __bool__(self) -> bool:
        """Tell whether anything is under way that somebody waits for."""
        if not self._left:
            return bool(self._waiting)
        return any(exchange not in self._left for exchange, _ in self._waiting.values())

    def add(self, exchange: Exchange, first: int) -> None:
        """Wait for the answers to a chain whose first message has this id."""
        message_id = first
        for index, charge in enumerate(exchange.charges):
            self._waiting[message_id] = (exchange, index)
            message_id += charge

    def leave(self, thread: int) -> None:
        """Wait no more for what a thread has asked."""
        self._left |= {
            exchange
            for exchange, _ in self._waiting.values()
            if exchange.thread in {thread, NOBODY}
        }

    def take(self, heard: Heard, size: int) -> tuple[Exchange, int] | None:
        """Hand an answer over; return its exchange, and the credits that it settles.

        `size` is that of the frame that it came in, all of which it keeps in memory. None where
        nobody asked for it (§ 3.2.5.1.2: it is let pass). Raises `BadAnswer` where it cannot be an
        answer to what was asked.
        """
        waiting = self._waiting.get(heard.message_id)
        if waiting is None:
            return None
        exchange, index = waiting
        if heard.status == PENDING:
            exchange.accepted = True
            return exchange, 0
        if exchange.chain[index].command != heard.command:
            raise BadAnswer(self._subject, "an answer of another kind than asked for")
        if size > _SLACK and size > _SLACK + sum(request.weight for request in exchange.chain):
            raise BadAnswer(self._subject, f"{size} bytes where far fewer were asked for")
        del self._waiting[heard.message_id]
        exchange.answers[index] = Answer(heard.status, heard.message)
        exchange.missing -= 1
        if not exchange.missing:
            self._left.discard(exchange)
        return exchange, exchange.charges[index]
