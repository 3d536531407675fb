"""Remote procedure calls over a pipe, against answers that are late, odd or hostile."""

from struct import pack
from typing import TYPE_CHECKING
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.smb_ddns_sync.smb.errors import (
    AccessDenied,
    BadAnswer,
    NotFound,
    SmbError,
    Unexpected,
    Unsupported,
)
from custom_components.smb_ddns_sync.smb.rpc import Interface, call
from custom_components.smb_ddns_sync.smb.status import BUFFER_OVERFLOW, OBJECT_NAME_NOT_FOUND
from custom_components.smb_ddns_sync.smb.wire import Answer, Chain, Command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

INTERFACE = Interface(UUID(int=1), 1)
RESPONSE = 2
FAULT = 3
BIND_ACK = 12
BIND_NAK = 13


def packet(kind: int, body: bytes, *, last: bool = True, version: int = 5) -> bytes:
    return pack("<BBBBIHHI", version, 0, kind, 2 * last, 0x10, 16 + len(body), 0, 1) + body


def bound(result: int = 0) -> bytes:
    name = b"\\PIPE\\x\0"
    body = pack("<HHIH", 4280, 4280, 1, len(name)) + name
    body += bytes(-len(body) % 4) + pack("<B3xHH", 1, result, 0) + bytes(20)
    return packet(BIND_ACK, body)


def result(data: bytes, *, last: bool = True) -> bytes:
    return packet(RESPONSE, pack("<IHH", len(data), 0, 0) + data, last=last)


def ioctl_answer(data: bytes, status: int = 0) -> Answer:
    head = pack("<HHI16sIIIIII", 49, 0, 0, b"", 112, 0, 112, len(data), 0, 0)
    return Answer(status, memoryview(bytes(64) + head + data))


def read_answer(data: bytes, status: int = 0) -> Answer:
    return Answer(
        status, memoryview(bytes(64) + pack("<HBBIII", 17, 80, 0, len(data), 0, 0) + data)
    )


class Pipe:
    """A server's end of a pipe, which hands out the given pieces one by one."""

    def __init__(self, pieces: Iterable[tuple[bytes, int]], *, opening: int = 0) -> None:
        self._pieces = list(pieces)
        self._opening = opening
        self.closed = False

    def answer(self, chain: Chain) -> tuple[Answer, ...]:
        """Do what one request asks."""
        (request,) = chain
        match request.command:
            case Command.CREATE:
                return (Answer(self._opening, memoryview(bytes(64 + 88))),)
            case Command.IOCTL:
                return (ioctl_answer(*self._pieces.pop(0)),)
            case Command.READ:
                return (read_answer(*self._pieces.pop(0)),)
            case _:
                self.closed = True
                return (Answer(0, memoryview(bytes(64 + 60))),)

    def ask(self) -> bytes:
        """Call a procedure of this server."""
        steps = call("pipe", INTERFACE, 7, b"question", "the subject")
        group = next(steps)
        while True:
            try:
                group = steps.send(tuple(self.answer(chain) for chain in group))
            except StopIteration as end:
                results: bytes = end.value
                return results


def pipe(*pieces: bytes) -> Pipe:
    return Pipe((piece, 0) for piece in pieces)


def test_results_come_as_they_are_in_the_answer() -> None:
    server = pipe(bound(), result(b"the results"))

    assert server.ask() == b"the results"
    assert server.closed


def test_fragments_are_put_together() -> None:
    assert pipe(bound(), result(b"one ", last=False), result(b"two")).ask() == b"one two"


def test_fragments_in_one_answer_are_taken_apart() -> None:
    assert pipe(bound(), result(b"one ", last=False) + result(b"two")).ask() == b"one two"


def test_an_answer_larger_than_the_buffer_is_read_to_its_end() -> None:
    whole = result(b"long" * 1000)
    server = Pipe([(bound(), 0), (whole[:100], BUFFER_OVERFLOW), (whole[100:], 0)])

    assert server.ask() == b"long" * 1000


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        pytest.param([packet(BIND_NAK, bytes(4))], Unsupported, id="the binding is refused"),
        pytest.param([bound(result=2)], Unsupported, id="the interface is refused"),
        pytest.param([result(b"")], BadAnswer, id="a result comes unasked"),
        pytest.param([packet(BIND_ACK, b"")], BadAnswer, id="the binding is cut short"),
        pytest.param(
            [bound(), packet(FAULT, pack("<IHHI", 0, 0, 0, 5))], AccessDenied, id="not allowed"
        ),
        pytest.param(
            [bound(), packet(FAULT, pack("<IHHI", 0, 0, 0, 0x1C010003))],
            Unexpected,
            id="the call fails",
        ),
        pytest.param([bound(), packet(FAULT, b"")], BadAnswer, id="a fault without a reason"),
        pytest.param([bound(), packet(RESPONSE, b"")], BadAnswer, id="a fragment without a head"),
        pytest.param([bound(), b"\5\0\2\3" + bytes(12)], BadAnswer, id="a length of nothing"),
        pytest.param([packet(BIND_ACK, b"", version=4)], BadAnswer, id="another protocol"),
        pytest.param([bound(), b"", b""], BadAnswer, id="nothing more comes"),
    ],
)
def test_what_the_server_says_instead_is_told_and_the_pipe_closed(
    answers: list[bytes], error: type[SmbError]
) -> None:
    server = pipe(*answers)

    with pytest.raises(error, match="the subject"):
        server.ask()
    assert server.closed


def test_a_missing_pipe_is_told() -> None:
    with pytest.raises(NotFound):
        Pipe([], opening=OBJECT_NAME_NOT_FOUND).ask()


def test_an_answer_that_never_ends_is_given_up() -> None:
    server = pipe(bound(), *(result(bytes(60_000), last=False) for _ in range(100)))

    with pytest.raises(BadAnswer, match="does not come to an end"):
        server.ask()


def mutated(data: bytes) -> Callable[[tuple[int, int]], bytes]:
    def mutate(change: tuple[int, int]) -> bytes:
        at, value = change
        return data[:at] + bytes([value]) + data[at + 1 :]

    return mutate


@given(
    st.tuples(st.integers(0, len(bound()) - 1), st.integers(0, 255)).map(mutated(bound())),
    st.binary(max_size=200) | st.just(result(b"fine")),
)
def test_a_hostile_server_gets_no_further_than_an_error(first: bytes, second: bytes) -> None:
    server = pipe(first, second, b"", b"", b"")
    try:
        server.ask()
    except SmbError:
        assert server.closed
