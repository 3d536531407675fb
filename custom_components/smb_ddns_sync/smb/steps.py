"""How operations are written: once, as generators that yield chains and are given the answers.

The same steps run alone, by the hundred side by side, as chains or as single requests, and again
after a lost connection. They are plain sequential code and know nothing of threads, credits or
sockets.
"""

from collections.abc import Callable, Generator
from typing import Final

from .connection import Connection
from .status import FILE_CLOSED, INTERNAL_ERROR, INVALID_PARAMETER, error_for
from .wire import Answer, Chain, Command
from .wire_create import close, handle_of

type Reply = tuple[Answer, ...]
"""The answers to one chain, one for each request."""
type Steps[T] = Generator[tuple[Chain, ...], tuple[Reply, ...], T]
"""Yields chains that may be under way together; is given a reply for each. Raises `SmbError`."""
type Operation[T] = Callable[[Connection, bool], Steps[T]]
"""Begins the steps on a connection.

The flag says that an earlier try ended with its connection, so that any part of it may have
happened: the steps have to come to the same end as if it had not.
"""

_INVALID_HANDLE: Final = 0xC000_0008

_CHAIN_REFUSED: Final = frozenset({INTERNAL_ERROR, FILE_CLOSED, _INVALID_HANDLE, INVALID_PARAMETER})
_NEVER_INVALID: Final = frozenset({Command.CLOSE, Command.WRITE, Command.READ, Command.FLUSH})


def run_chain(chain: Chain) -> Generator[tuple[Chain, ...], tuple[Reply, ...], Reply]:
    """Send one chain, within the steps of an operation."""
    (reply,) = yield (chain,)
    return reply


def require(answer: Answer, subject: str, doing: str = "") -> Answer:
    """Return the answer of a request that was carried out; raise what it means where it was not."""
    if answer.status:
        raise error_for(answer.status, subject, doing)
    return answer


def refuses_chains(chain: Chain, reply: Reply) -> bool:
    """Tell whether the server does not take chains: it opened a file, and did not know it.

    Samba says INTERNAL_ERROR where it would have to wait in the middle of a chain.
    """
    if len(chain) == 1 or reply[0].status or chain[0].command != Command.CREATE:
        return False
    return any(
        answer.status in _CHAIN_REFUSED
        and (answer.status != INVALID_PARAMETER or request.command in _NEVER_INVALID)
        for request, answer in zip(chain[1:], reply[1:], strict=True)
    )


def singly[T](steps: Steps[T]) -> Steps[T]:
    """Run the same steps with one request at a time: for servers with few credits.

    As in a chain, what follows a request that failed is still tried, unless there is no handle to
    try it on.
    """
    try:
        group = next(steps)
        while True:
            replies: tuple[Reply, ...] = ()
            for chain in group:
                replies += ((yield from _one_by_one(chain)),)
            group = steps.send(replies)
    except StopIteration as end:
        result: T = end.value
        return result


def _one_by_one(chain: Chain) -> Generator[tuple[Chain, ...], tuple[Reply, ...], Reply]:
    answers: list[Answer] = []
    handle: bytes | None = None
    for request in chain:
        opened = chain[0].command == Command.CREATE and bool(answers)
        if opened and handle is None:
            answers.append(answers[0])
            continue
        ((answer,),) = yield ((request.on(handle) if opened and handle else request,),)
        answers.append(answer)
        if request.command == Command.CREATE and answer.ok:
            handle = handle_of(answer)
    return tuple(answers)


def left_open(chain: Chain, reply: Reply) -> Chain | None:
    """Return what closes the handle that a chain has left open, if it has."""
    if chain[0].command != Command.CREATE or not reply[0].ok:
        return None
    closed = any(
        request.command == Command.CLOSE and answer.ok
        for request, answer in zip(chain, reply, strict=True)
    )
    return None if closed else (close(handle_of(reply[0])),)
