"""What is read from an SMB server, from frames to listings and the list of shares."""

from collections import deque
from struct import Struct, pack
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

from custom_components.smb_ddns_sync.smb import shares
from custom_components.smb_ddns_sync.smb.abilities import Abilities
from custom_components.smb_ddns_sync.smb.errors import SmbError
from custom_components.smb_ddns_sync.smb.facts import Cipher, Dialect, SessionFacts, Signing
from custom_components.smb_ddns_sync.smb.frames import FrameReader
from custom_components.smb_ddns_sync.smb.framing import Framing
from custom_components.smb_ddns_sync.smb.handshake import Established, establish
from custom_components.smb_ddns_sync.smb.inbox import Exchange, Inbox
from custom_components.smb_ddns_sync.smb.legacy import _judge
from custom_components.smb_ddns_sync.smb.listing import list_folder
from custom_components.smb_ddns_sync.smb.notice import read_notices
from custom_components.smb_ddns_sync.smb.pending import Pending
from custom_components.smb_ddns_sync.smb.rpc import NdrWriter
from custom_components.smb_ddns_sync.smb.seal import TAG_SIZE, Sealer
from custom_components.smb_ddns_sync.smb.target import Address, Credentials, ShareTarget
from custom_components.smb_ddns_sync.smb.wire import (
    HEADER,
    HEADER_SIZE,
    PROTOCOL,
    Answer,
    Chain,
    Command,
)
from custom_components.smb_ddns_sync.smb.wire_control import (
    decode_copied,
    decode_ioctl,
    decode_notified,
    decode_resume_key,
)
from custom_components.smb_ddns_sync.smb.wire_create import close, create, decode_closed, handle_of
from custom_components.smb_ddns_sync.smb.wire_data import decode_read, decode_written
from custom_components.smb_ddns_sync.smb.wire_directory import (
    DirectoryClass,
    decode_entries,
    query_directory,
)
from custom_components.smb_ddns_sync.smb.wire_info import (
    decode_all,
    decode_internal,
    decode_name_rules,
    decode_plain_space,
    decode_reparse_tag,
    decode_space,
    decode_volume_serial,
)

from .samples import (
    LISTING_FRAME,
    NEGOTIATED,
    SIGNED_IN,
    SIGNING_IN,
    TREE,
)
from .target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    import socket

    from custom_components.smb_ddns_sync.smb.connection import Connection

_KEY: Final = bytes(range(16))
_SESSION: Final = 99
_HEADER: Final = HEADER.pack(PROTOCOL, 64, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0, bytes(16))
_ENTRY: Final = Struct("<IIqqqqqqIIIIQ")
_LONG_ENTRY: Final = Struct("<IIqqqqqqIIIBx24sxxQ")


def _answer(body: bytes) -> Answer:
    return Answer(0, memoryview(_HEADER + body))


def _output(data: bytes) -> bytes:
    return pack("<HHI", 9, HEADER_SIZE + 8, len(data)) + data


def _controlled(data: bytes) -> bytes:
    return pack("<HHI16sIIIIII", 49, 0, 0, bytes(16), 0, 0, 112, len(data), 0, 0) + data


def _entries(*names: str, layout: Struct = _ENTRY) -> bytes:
    data = b""
    for left, name in zip(range(len(names) - 1, -1, -1), names, strict=True):
        text = name.encode("utf-16-le")
        size = -(-(layout.size + len(text)) // 8) * 8
        rest = (0, 0, 77) if layout is _ENTRY else (0, 0, bytes(24), 77)
        data += layout.pack(size if left else 0, 0, 1, 2, 3, 4, 5, 6, 0x20, len(text), *rest)
        data += text.ljust(size - layout.size, b"\0") if left else text
    return data


def _notified(*changes: tuple[int, str]) -> bytes:
    data = b""
    for left, (action, name) in zip(range(len(changes) - 1, -1, -1), changes, strict=True):
        text = name.encode("utf-16-le")
        size = -(-(12 + len(text)) // 4) * 4
        data += pack("<III", size if left else 0, action, len(text)) + text.ljust(size - 12, b"\0")
    return data


_ALL: Final = _output(
    pack("<qqqqIIqqIBBHQIIqIII", 1, 2, 3, 4, 0x20, 0, 8, 5, 1, 0, 0, 0, 77, 0, 0, 0, 0, 0, 0)
)
_CHANGES: Final = _output(_notified((1, "a\\b"), (4, "old"), (5, "new"), (3, "c")))
_LISTED: Final = _output(_entries(".", "..", "file", "a longer name.txt", "ü"))
_ANSWERS: Final[dict[str, tuple[Callable[[Answer], object], tuple[bytes, ...]]]] = {
    "create": (handle_of, (bytes(88),)),
    "close": (decode_closed, (pack("<HHIqqqqqqI", 60, 1, 0, 1, 2, 3, 4, 5, 6, 0x20),)),
    "read": (
        lambda answer: decode_read(answer, 100),
        (pack("<HBBIII", 17, 80, 0, 7, 0, 0) + b"content",),
    ),
    "write": (decode_written, (pack("<HHIIHH", 17, 0, 5, 0, 0, 0),)),
    "all": (decode_all, (_ALL,)),
    "tag": (decode_reparse_tag, (_output(pack("<II", 0x400, 0xA000000C)),)),
    "serial": (decode_volume_serial, (_output(pack("<qIIBx", 0, 7, 0, 0)),)),
    "internal": (decode_internal, (_output(pack("<Q", 7)),)),
    "space": (decode_space, (_output(pack("<QQQII", 9, 8, 7, 8, 512)),)),
    "plain_space": (decode_plain_space, (_output(pack("<QQII", 9, 8, 8, 512)),)),
    "name_rules": (decode_name_rules, (_output(pack("<IiI", 3, 255, 0)),)),
    "listing": (lambda answer: decode_entries(answer, "f", DirectoryClass.ID_FULL), (_LISTED,)),
    "long_listing": (
        lambda answer: decode_entries(answer, "f", DirectoryClass.ID_BOTH),
        (_output(_entries(".", "file", "other", layout=_LONG_ENTRY)),),
    ),
    "ioctl": (decode_ioctl, (_controlled(b"output"),)),
    "resume_key": (decode_resume_key, (_controlled(bytes(32)),)),
    "copied": (decode_copied, (_controlled(pack("<III", 1, 2, 3)),)),
    "changes": (lambda answer: decode_notified(answer, "f"), (_CHANGES,)),
    "notices": (lambda answer: read_notices(answer, "f"), (_CHANGES,)),
}


def _of_answers(name: str) -> Target:
    decode, samples = _ANSWERS[name]
    return Target(f"smb_{name}", lambda data: decode(_answer(data)), samples, (SmbError,))


class _Trusting:
    """Takes every signature for right, so that what lies behind it is reached."""

    def verify(self, message: memoryview, message_id: int, command: int, flags: int) -> None:
        """Take it."""


def _established(*, sealed: bool) -> Established:
    facts = SessionFacts(
        Address("nas"), "192.0.2.1", Dialect.SMB_3_1_1, Signing.AES_GMAC, None, 1 << 20, 1 << 20,
        1 << 20, UUID(int=0),
    )  # fmt: skip
    return Established(
        facts, True, _SESSION, 5, 4, 64, True,
        None if sealed else cast("Any", _Trusting()),
        Sealer(Cipher.AES_128_GCM, _KEY, _KEY, _SESSION) if sealed else None,
    )  # fmt: skip


_CHAIN: Final[Chain] = (
    create("f", 1), query_directory(65536), query_directory(65536), close(),
)  # fmt: skip


def _frame(data: bytes) -> object:
    """Read a frame as a connection does, and what it answers."""
    pending = Pending("nas")
    exchange = Exchange(_CHAIN, Inbox(), None, [1, 1, 1, 1])
    pending.add(exchange, 4)
    for heard in Framing(_established(sealed=False), "nas").open(bytearray(data)):
        pending.take(heard, len(data))
    if exchange.missing:
        return None
    opened, listed, *_ = exchange.result()
    return handle_of(opened), decode_entries(listed, "f", DirectoryClass.ID_FULL)


def _sealed(data: bytes) -> object:
    framing = Framing(_established(sealed=True), "nas")
    return list(framing.open(bytearray(data) + bytes(TAG_SIZE)))


class _Stream:
    """A socket from which a given stream comes, and then its end."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)

    def recv_into(self, buffer: memoryview) -> int:
        """Read a piece."""
        piece = self._data[: min(len(buffer), 700)]
        buffer[: len(piece)] = piece
        self._data = self._data[len(piece) :]
        return len(piece)

    def recv(self, size: int) -> bytes:
        """Read at most so many bytes."""
        piece, self._data = bytes(self._data[:size]), self._data[size:]
        return piece

    def send(self, data: memoryview) -> int:
        """Take all."""
        return len(data)

    def settimeout(self, seconds: float) -> None:
        """Never wait."""


def _framed(*messages: bytes) -> bytes:
    return b"".join(len(message).to_bytes(4) + message for message in messages)


def _stream(data: bytes) -> object:
    reader = FrameReader(cast("socket.socket", _Stream(data)), 0)
    frames = []
    while (found := reader.receive()) is not None:
        frames += found
    return frames


_TARGET: Final = ShareTarget((Address("nas"),), "data", Credentials("alice", "wonderland"))


def _set_up(data: bytes) -> object:
    """Set up a session with a server that says this."""
    sock = cast("socket.socket", _Stream(data))
    return establish(sock, Address("nas"), "192.0.2.1", _TARGET, UUID(int=1), float("inf"))


def _list(data: bytes) -> object:
    """List a folder whose server answers each question with this."""
    connection = SimpleNamespace(
        able=Abilities(), facts=SimpleNamespace(max_transact=1 << 20), room=lambda *_: 65536
    )
    steps = list_folder(cast("Connection", connection), False, "f")
    said = {Command.CREATE: _answer(bytes(88)), Command.QUERY_DIRECTORY: _answer(data)}
    return _driven(steps, lambda command: said.get(command, _answer(bytes(60))))


def _driven(
    steps: Generator[tuple[Chain, ...], tuple[tuple[Answer, ...], ...], Any],
    answer: Callable[[Command], Answer],
) -> object:
    try:
        group = next(steps)
        while True:
            group = steps.send(
                tuple(
                    tuple(answer(Command(request.command)) for request in chain) for chain in group
                )
            )
    except StopIteration as end:
        return end.value


def _shares(data: bytes) -> object:
    """Ask a server for its shares that says this, in two calls; what is left is read."""
    at = int.from_bytes(data[:2], "little")
    pieces = deque((data[2 : 2 + at], data[2 + at :]))

    def answer(command: Command) -> Answer:
        match command:
            case Command.CREATE:
                return _answer(bytes(88))
            case Command.IOCTL:
                said = pieces.popleft() if pieces else b""
                whole, rest = said[:300], said[300:]
                if rest:
                    pieces.appendleft(rest)
                return _answer(_controlled(whole))
            case Command.READ:
                piece = pieces.popleft() if pieces else b""
                return _answer(pack("<HBBIII", 17, 80, 0, len(piece), 0, 0) + piece)
            case _:
                return _answer(bytes(60))

    return _driven(
        shares._list_shares(cast("Connection", None), False, "nas"),  # noqa: SLF001 - a part of it
        answer,
    )


def _packet(kind: int, body: bytes) -> bytes:
    return pack("<BBBBIHHI", 5, 0, kind, 3, 0x10, 16 + len(body), 0, 1) + body


def _told_shares() -> bytes:
    writer = NdrWriter()
    writer.numbers(1, 1)
    writer.pointer()
    writer.numbers(2)
    writer.pointer()
    writer.numbers(2, 1, 0, 1, 1, 0x8000_0003, 1)  # the array: name, kind, comment of each
    for text in ("data", "Ours", "IPC$", ""):
        writer.string(text)
    writer.numbers(2, 0, 0)
    bound = _packet(12, pack("<HHIH", 4280, 4280, 0, 6) + b"\\pipe\0" + pack("<B3xH", 1, 0))
    told = _packet(2, pack("<IHH", 0, 0, 0) + writer.bytes())
    return len(bound).to_bytes(2, "little") + bound + told


TARGETS: Final = (
    *map(_of_answers, _ANSWERS),
    Target("smb_frame", _frame, (LISTING_FRAME,), (SmbError,)),
    Target(
        "smb_sealed_frame",
        _sealed,
        (b"".join(Sealer(Cipher.AES_128_GCM, _KEY, _KEY, _SESSION).seal(LISTING_FRAME)),),
        (SmbError,),
    ),
    Target("smb_stream", _stream, (_framed(LISTING_FRAME, SIGNED_IN, TREE),), (SmbError,)),
    Target("smb_list_folder", _list, (_LISTED,), (SmbError,)),
    Target("smb_shares", _shares, (_told_shares(),), (SmbError,)),
    Target(
        "smb_set_up",
        _set_up,
        (_framed(NEGOTIATED, SIGNING_IN, SIGNED_IN, TREE),),
        (SmbError,),
        costly=True,
    ),
    Target("smb_1", _judge, (b"\xffSMB\x72" + bytes(27) + b"\x11\0\0", NEGOTIATED)),
)
