"""A server that has a session with the client, and answers by a script.

Where the script says nothing it is honest: it knows one folder with one file. Answers are built
byte by byte as MS-SMB2 and MS-FSCC lay them out, so that any of them can be a lie.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from struct import Struct
from threading import Thread
from typing import Self

from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.proof import _Only
from custom_components.smb_ddns_sync.smb.status import END_OF_FILE, NO_MORE_FILES
from custom_components.smb_ddns_sync.smb.target import Address, Credentials, ShareTarget
from custom_components.smb_ddns_sync.smb.wire import HEADER_SIZE, Command
from tests.smb.peer import Asked, Peer

type Said = tuple[int, bytes]
"""A status, and what follows the header."""
type Script = Mapping[Command, Callable[[Asked], Said]]

CONTENT = b"what is in the file"
FILE_ID = 77
SIZE = len(CONTENT)
_ERROR = Struct("<HHIB")
_CREATE = Struct("<HBBIqqqqqqII16sII")
_CLOSED = Struct("<HHIqqqqqqI")
_ALL = Struct("<qqqqIIqqIBBHQIIqIII")
_READ = Struct("<HBBIII")
_WRITTEN = Struct("<HHIIHH")
_OUTPUT = Struct("<HHI")
_IOCTL = Struct("<HHI16sIIIIII")
_ENTRY = Struct("<IIqqqqqqIIIIQ")


def error(status: int) -> Said:
    """Say that something went wrong (MS-SMB2 § 2.2.2)."""
    return status, _ERROR.pack(9, 0, 0, 0)


def opened(*, file_id: bytes = bytes(range(16))) -> Said:
    """Say that a file is open (§ 2.2.14)."""
    return 0, _CREATE.pack(89, 0, 0, 1, 1, 2, 3, 4, 0, SIZE, 0x20, 0, file_id, 0, 0)


def closed(*, size: int = SIZE, told: bool = True) -> Said:
    """Say that a file was closed, and how it was then (§ 2.2.16)."""
    return 0, _CLOSED.pack(60, 1 if told else 0, 0, 1, 2, 3, 4, 0, size, 0x20)


def output(data: bytes, *, offset: int = HEADER_SIZE + 8, length: int | None = None) -> Said:
    """Say something that was queried (§ 2.2.34, § 2.2.38)."""
    return 0, _OUTPUT.pack(9, offset, len(data) if length is None else length) + data


def controlled(data: bytes, *, offset: int = HEADER_SIZE + 48, length: int | None = None) -> Said:
    """Say what came of a control code (§ 2.2.32)."""
    told = len(data) if length is None else length
    return 0, _IOCTL.pack(49, 0, 0, bytes(16), 0, 0, offset, told, 0, 0) + data


def attributes(
    *, size: int = SIZE, file_id: int = FILE_ID, kind: int = 0x20, modified: int = 3
) -> Said:
    """Tell all of a file (MS-FSCC § 2.4.2)."""
    return output(
        _ALL.pack(1, 2, modified, 4, kind, 0, 0, size, 1, 0, kind >> 4 & 1, 0, file_id, *[0] * 6)
    )


def content(data: bytes, *, offset: int = HEADER_SIZE + 16, length: int | None = None) -> Said:
    """Send content (MS-SMB2 § 2.2.20)."""
    return 0, _READ.pack(17, offset, 0, len(data) if length is None else length, 0, 0) + data


def written(count: int) -> Said:
    """Say how much was written (§ 2.2.22)."""
    return 0, _WRITTEN.pack(17, 0, count, 0, 0, 0)


def entry(
    name: str,
    *,
    following: int | None = 0,
    kind: int = 0x20,
    tag: int = 0,
    size: int = SIZE,
    name_size: int | None = None,
    file_id: int = FILE_ID,
) -> bytes:
    """Return an entry of a listing (MS-FSCC § 2.4.18); another one follows where that is None."""
    text = name.encode("utf-16-le", "surrogatepass")
    length = _ENTRY.size + len(text)
    room = -(-length // 8) * 8
    told = room if following is None else following
    return _ENTRY.pack(
        told, 0, 1, 2, 3, 4, size, 0, kind, len(text) if name_size is None else name_size, tag, 0,
        file_id,
    ) + (text.ljust(room - _ENTRY.size, b"\0") if following is None else text)  # fmt: skip


def listed(*names: str) -> Said:
    """List names."""
    *others, last = names
    return output(b"".join(entry(name, following=None) for name in others) + entry(last))


def once(first: Said, then: Said | None = None) -> Callable[[Asked], Said]:
    """Say something the first time, and the end of the listing after it."""
    answers = iter((first,))
    rest = error(NO_MORE_FILES) if then is None else then
    return lambda _asked: next(answers, rest)


def always(said: Said) -> Callable[[Asked], Said]:
    """Say the same each time."""
    return lambda _asked: said


def _read(asked: Asked) -> Said:
    length = int.from_bytes(asked.body[4:8], "little")
    offset = int.from_bytes(asked.body[8:16], "little")
    data = CONTENT[offset : offset + length]
    return content(data) if data else error(END_OF_FILE)


def _query(asked: Asked) -> Said:
    kind, of = asked.body[2:4]
    if kind == 2:  # of the volume: its serial number
        return output(bytes(8) + (1234).to_bytes(4, "little") + bytes(8))
    return output((99).to_bytes(8, "little")) if of == 6 else attributes()


HONEST: Script = {
    Command.CREATE: always(opened()),
    Command.CLOSE: always(closed()),
    Command.FLUSH: always((0, b"\x04\0\0\0")),
    Command.READ: _read,
    Command.WRITE: lambda asked: written(int.from_bytes(asked.body[4:8], "little")),
    Command.IOCTL: always(controlled(bytes(32))),
    Command.ECHO: always((0, b"\x04\0\0\0")),
    Command.QUERY_DIRECTORY: always(error(NO_MORE_FILES)),
    Command.QUERY_INFO: _query,
    Command.SET_INFO: always((0, b"\x02\0")),
}


class Liar:
    """A client, and the server that it talks to."""

    def __init__(
        self, script: Script, *, deadline: float = 20.0, granted: int = 1, encrypted: bool = False
    ) -> None:
        self.peer = Peer(deadline=deadline, encrypted=encrypted)
        self._script = {**HONEST, **script}
        self._granted = granted
        self.asked: list[Command] = []
        self.client = ShareClient(
            ShareTarget((Address("127.0.0.1"),), "share", Credentials("alice", "wonderland"))
        )
        for name in ("_main", "_bulk", "_side"):
            setattr(self.client, name, _Only(self.peer.connection))
        self._thread = Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.peer.connection.close()
        self._thread.join()
        self.peer.sock.close()

    def answers(self, frame: list[Asked]) -> None:
        """Answer the requests of a frame; to be overridden by who lies about chains."""
        said = [(asked, self._script[Command(asked.command)](asked)) for asked in frame]
        self.peer.send_frame(
            self.peer.message(asked, status, max(self._granted, asked.charge), body, more=more)
            for more, (asked, (status, body)) in zip(
                range(len(said) - 1, -1, -1), said, strict=True
            )
        )

    def _serve(self) -> None:
        with suppress(EOFError, OSError):  # it has hung up
            while True:
                frame = self.peer.take()
                self.asked += [Command(asked.command) for asked in frame]
                self.answers(frame)
