"""One remote procedure call over a named pipe: DCE 1.1 RPC (C706), connection-oriented, in NDR.

The session below is authenticated and protected, so the call itself carries no credentials. What a
server answers is checked before it is used: no length is believed, and nothing is read past the
end.
"""

from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Final
from uuid import UUID

from .errors import AccessDenied, BadAnswer, SmbError, Unexpected, Unsupported
from .status import BUFFER_OVERFLOW, error_for
from .steps import Steps, require, run_chain
from .wire_control import decode_ioctl, transceive
from .wire_create import Access, close, create, handle_of
from .wire_data import decode_read, read

if TYPE_CHECKING:
    from .wire import Answer, Chain

# C706 § 12.6.3.1: version, kind, flags, representation, length, length of credentials, call id.
_HEADER: Final = Struct("<BBBBIHHI")
_LITTLE_ENDIAN: Final = 0x10
_REQUEST: Final = 0
_RESPONSE: Final = 2
_FAULT: Final = 3
_BIND: Final = 11
_BIND_ACK: Final = 12
_BIND_NAK: Final = 13
_FIRST: Final = 0x01
_LAST: Final = 0x02
# § 12.6.4.3: sizes, group, then one context with one interface and the representation wanted for
# it.
_BIND_BODY: Final = Struct("<HHIB3xHBx16sHH16sI")
_FRAGMENT: Final = 4280  # bytes; what Windows uses, and every server takes
_NDR: Final = UUID("8a885d04-1ceb-11c9-9fe8-08002b104860")
_NDR_VERSION: Final = 2
_BIND_ANSWER: Final = Struct("<HHIH")  # before the name of the pipe, which has the length told last
_RESULT: Final = Struct("<B3xH")  # how many, and the first one
# § 12.6.4.9 and § 12.6.4.10: expected size, context, number of the procedure or of what was
# cancelled.
_CALL_BODY: Final = Struct("<IHH")
_FAULT_BODY: Final = Struct("<IHHI")

_ROOM: Final = 65536  # for one answer; what one credit pays for
_LARGEST: Final = 4 << 20  # of all fragments together
_ACCESS_DENIED: Final = 5

_NUMBER: Final = Struct("<I")
_STRING: Final = Struct("<III")
_POINTER: Final = 0x0002_0000  # anything but 0; Windows counts up from here


@dataclass(frozen=True, slots=True)
class Interface:
    """What a server lets be called, and in which version."""

    id: UUID
    version: int


def call(
    pipe: str, interface: Interface, procedure: int, question: bytes, subject: str
) -> Steps[bytes]:
    """Call a procedure with arguments in NDR; returns its results, in NDR too.

    Raises `NotFound` where there is no such pipe, `AccessDenied`, and `Unsupported` where the
    server does not know the interface; errors name `subject`.
    """
    access = Access.READ | Access.WRITE | Access.READ_ATTRIBUTES
    reply = yield from run_chain((create(pipe, access),))
    handle = handle_of(require(reply[0], subject, "opening its pipe"))
    closing: Chain = (close(handle),)
    try:
        hello = _packet(_BIND, _bind(interface))
        kind, body = yield from _exchange(handle, hello, subject)
        _check_bound(kind, body, subject)
        request = _packet(_REQUEST, _CALL_BODY.pack(len(question), 0, procedure) + question)
        kind, body = yield from _exchange(handle, request, subject)
        results = _results(kind, body, subject)
    except SmbError:
        yield (closing,)
        raise
    yield (closing,)
    return results


def _packet(kind: int, body: bytes) -> bytes:
    size = _HEADER.size + len(body)
    return _HEADER.pack(5, 0, kind, _FIRST | _LAST, _LITTLE_ENDIAN, size, 0, 1) + body


def _bind(interface: Interface) -> bytes:
    return _BIND_BODY.pack(
        _FRAGMENT, _FRAGMENT, 0, 1, 0, 1,
        interface.id.bytes_le, interface.version, 0, _NDR.bytes_le, _NDR_VERSION,
    )  # fmt: skip


def _exchange(handle: bytes, packet: bytes, subject: str) -> Steps[tuple[int, bytes]]:
    """Send a packet; return the kind of what comes back and the bodies of all its fragments."""
    reply = yield from run_chain((transceive(packet, _ROOM, handle),))
    stream = bytes(decode_ioctl(_complete(reply[0], subject)))
    whole = b""
    while True:
        while len(stream) < _HEADER.size or len(stream) < _length(stream, subject):
            reply = yield from run_chain((read(0, _ROOM, handle),))
            piece = decode_read(_complete(reply[0], subject), _ROOM)
            if not piece or len(whole) + len(stream) > _LARGEST:
                raise BadAnswer(subject, "the answer does not come to an end")
            stream += bytes(piece)
        size = _length(stream, subject)
        kind, flags = stream[2], stream[3]
        body, stream = stream[_HEADER.size : size], stream[size:]
        if kind != _RESPONSE:
            return kind, body
        if len(body) < _CALL_BODY.size:
            raise BadAnswer(subject, "a fragment is cut short")
        whole += body[_CALL_BODY.size :]
        if flags & _LAST:
            return kind, whole


def _complete(answer: Answer, subject: str) -> Answer:
    """Return an answer that holds data, also where more is to come."""
    if answer.status and answer.status != BUFFER_OVERFLOW:
        raise error_for(answer.status, subject, "talking to its pipe")
    return answer


def _length(stream: bytes, subject: str) -> int:
    """Return the length of the fragment that a stream begins with, its header included."""
    version, _, _, _, representation, size, credentials, _ = _HEADER.unpack_from(stream)
    if version != 5 or representation & 0xF0 != _LITTLE_ENDIAN or credentials:  # noqa: PLR2004 - the one version there is
        raise BadAnswer(subject, "its pipe speaks no RPC that was asked for")
    length: int = size
    if length < _HEADER.size:
        raise BadAnswer(subject, "a fragment is shorter than its header")
    return length


def _check_bound(kind: int, body: bytes, subject: str) -> None:
    if kind == _BIND_NAK:
        raise Unsupported(subject, "the server does not take the call")
    if kind != _BIND_ACK or len(body) < _BIND_ANSWER.size:
        raise BadAnswer(subject, "no answer to the binding")
    after_name = _BIND_ANSWER.size + _BIND_ANSWER.unpack_from(body)[3]
    at = after_name + -(_HEADER.size + after_name) % 4
    if len(body) < at + _RESULT.size:
        raise BadAnswer(subject, "the answer to the binding is cut short")
    count, result = _RESULT.unpack_from(body, at)
    if count != 1 or result:
        raise Unsupported(subject, "the server does not know the interface")


def _results(kind: int, body: bytes, subject: str) -> bytes:
    if kind == _RESPONSE:
        return body
    if kind != _FAULT or len(body) < _FAULT_BODY.size:
        raise BadAnswer(subject, "no answer to the call")
    code = _FAULT_BODY.unpack_from(body)[3]
    if code == _ACCESS_DENIED:
        raise AccessDenied(subject, "the server does not take the call from this account")
    raise Unexpected(subject, f"the call failed with 0x{code:08X}")


class NdrWriter:
    """Arguments in NDR (C706 § 14), in the order in which they are written."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._pointers = 0

    def numbers(self, *values: int) -> None:
        """Write numbers of 32 bits."""
        for value in values:
            self._data += _NUMBER.pack(value)

    def pointer(self) -> None:
        """Write a pointer to something; what it points to follows where its type says so."""
        self.numbers(_POINTER + 4 * self._pointers)
        self._pointers += 1

    def string(self, text: str) -> None:
        """Write a string with its end, as `[string] wchar_t*` has it (§ 14.3.4.2)."""
        data = f"{text}\0".encode("utf-16-le")
        count = len(data) // 2
        self._data += _STRING.pack(count, 0, count) + data
        self._data += bytes(-len(self._data) % 4)

    def bytes(self) -> bytes:
        """Return all that was written."""
        return bytes(self._data)


class NdrReader:
    """Results in NDR; each read raises `BadAnswer` where they end too early."""

    def __init__(self, data: bytes, subject: str) -> None:
        self._data = data
        self._subject = subject
        self._at = 0

    def _take(self, size: int) -> int:
        start = self._at
        if start + size > len(self._data):
            raise BadAnswer(self._subject, "the results end too early")
        self._at = start + size
        return start

    def _align(self) -> None:
        self._at += -self._at % 4

    def number(self) -> int:
        """Read a number of 32 bits."""
        self._align()
        value: int = _NUMBER.unpack_from(self._data, self._take(_NUMBER.size))[0]
        return value

    def array(self, count: int, layout: Struct) -> list[tuple[int, ...]]:
        """Read an array of structures that is said to have `count` of them (§ 14.3.3.2)."""
        if self.number() != count:
            raise BadAnswer(self._subject, "an array does not have the length it should")
        start = self._take(count * layout.size)
        return list(layout.iter_unpack(self._data[start : self._at]))

    def string(self) -> str:
        """Read a string, without its end."""
        self._align()
        most, offset, count = _STRING.unpack_from(self._data, self._take(_STRING.size))
        if offset or count > most:
            raise BadAnswer(self._subject, "a string lies about its length")
        start = self._take(2 * count)
        text = self._data[start : self._at].decode("utf-16-le", "replace")
        return text.partition("\0")[0]
