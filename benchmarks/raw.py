"""The least that a two-phase put costs in Python: the yardstick for the many-small-files line.

Frames are built and sent with a fixed window on one connection that asks for nothing twice, waits
for nothing and looks at nothing but the status. It is not a client: no credits are kept, nothing
is checked or mended. What our client takes more than this is what its promises cost.
"""

from collections import deque
import json
import os
from pathlib import Path
import resource
import sys
import time
from uuid import uuid4

from custom_components.smb_ddns_sync.smb.dial import dial
from custom_components.smb_ddns_sync.smb.handshake import Established, establish
from custom_components.smb_ddns_sync.smb.seal import TAG_SIZE
from custom_components.smb_ddns_sync.smb.target import Address, Credentials, ShareTarget
from custom_components.smb_ddns_sync.smb.wire import HEADER, HEADER_SIZE, PROTOCOL, Chain
from custom_components.smb_ddns_sync.smb.wire_create import (
    Access,
    Disposition,
    Options,
    Share,
    close,
    create,
)
from custom_components.smb_ddns_sync.smb.wire_data import write
from custom_components.smb_ddns_sync.smb.wire_info import set_basic, set_name

WINDOW = 32
CREDITS = 512
DEADLINE = 60.0


class Wire:
    """A session, and nothing around it."""

    def __init__(self, target: ShareTarget) -> None:
        until = time.monotonic() + DEADLINE
        dialled = dial(target.addresses, until, DEADLINE)
        self._session: Established = establish(
            dialled.sock, dialled.address, dialled.peer, target, uuid4(), until
        )
        self._sock = dialled.sock
        self._sock.settimeout(DEADLINE)
        self._received = bytearray()
        self._next = self._session.next_id

    def send(self, chain: Chain) -> int:
        """Send a chain; return the id of its first message."""
        first = self._next
        session = self._session
        signer, sealer = session.signer, session.sealer
        parts = []
        flags = 8 if signer else 0
        for index, request in enumerate(chain):
            last = index == len(chain) - 1
            size = HEADER_SIZE + len(request.body) + len(request.payload)
            padding = 0 if last else -size % 8
            header = HEADER.pack(
                PROTOCOL, 64, 1, 0, request.command, CREDITS, flags, 0 if last else size + padding,
                self._next, 0, session.tree_id, session.session_id, bytes(16),
            )  # fmt: skip
            message = bytearray(b"".join((header, request.body, request.payload, bytes(padding))))
            if signer:
                message[48:64] = signer.signature(message, self._next, request.command, flags)
            parts.append(message)
            flags |= 4
            self._next += 1
        data = b"".join(parts)
        if sealer:
            data = b"".join(sealer.seal(data))
        self._sock.sendall(len(data).to_bytes(4) + data)
        return first

    def receive(self) -> list[int]:
        """Return the chains that have been answered; every request has to be carried out."""
        session = self._session
        answered = []
        for frame in self._frames():
            message = memoryview(session.sealer.open(frame) if session.sealer else frame)
            answered.append(HEADER.unpack_from(message)[8])
            while message:
                header = HEADER.unpack_from(message)
                status, command, flags, following, message_id = (header[i] for i in (3, 4, 6, 7, 8))
                if status:
                    raise RuntimeError(f"Command {command} ended with 0x{status:08X}")
                one = message[:following] if following else message
                if session.signer:
                    session.signer.verify(one, message_id, command, flags)
                message = message[following:] if following else message[:0]
        return answered

    def _frames(self) -> list[bytearray]:
        """Read once; return what is whole."""
        piece = self._sock.recv(1 << 18)
        if not piece:
            raise ConnectionResetError
        received = self._received
        received += piece
        frames = []
        at = 0
        room = bytes(TAG_SIZE) if self._session.sealer else b""
        while at + 4 <= len(received):
            end = at + 4 + int.from_bytes(received[at : at + 4])
            if end > len(received):
                break
            frames.append(received[at + 4 : end] + room)
            at = end
        del received[:at]
        return frames


def folder_of(place: str) -> Chain:
    """Return what makes a folder where there is none."""
    disposition = Disposition.OPEN_OR_CREATE
    return (
        create(place, Access.READ_ATTRIBUTES, Share.ALL, disposition, Options.FOLDER),
        close(),
    )


def first_of(temporary: str, content: bytes) -> Chain:
    """Return what writes a file under its temporary name."""
    access = Access.WRITE | Access.WRITE_ATTRIBUTES
    return (
        create(temporary, access, Share.NOTHING, Disposition.CREATE, Options.FILE),
        write(0, content),
        set_basic(modified=133_500_000_000_000_000),
        close(query=True),
    )


def second_of(temporary: str, path: str) -> Chain:
    """Return what gives it its own."""
    return (create(temporary, Access.DELETE), set_name(path, replace=False), close())


def upload(wire: Wire, source: Path, target: str) -> None:
    """Put a tree: temporary, content and time in one chain, the name in another."""
    after: dict[int, Chain | None] = {}  # what follows the answer to a chain
    waiting: deque[Chain] = deque()

    def keep_moving(most: int) -> None:
        while waiting or len(after) >= most:
            if waiting:
                after[wire.send(waiting.popleft())] = None
                continue
            for answered in wire.receive():
                if chain := after.pop(answered):
                    waiting.append(chain)

    for folder, _, names in os.walk(source):
        below = Path(folder).relative_to(source).as_posix()
        place = target if below == "." else f"{target}/{below}"
        after[wire.send(folder_of(place))] = None
        for name in names:
            content = Path(folder, name).read_bytes()
            temporary = f"{place}/.{name}.part"
            sent = wire.send(first_of(temporary, content))
            after[sent] = second_of(temporary, f"{place}/{name}")
            keep_moving(WINDOW)
    keep_moving(1)


def main(port: str, share: str, username: str, source: str, target: str) -> None:
    """Put one tree and say what it took."""
    credentials = Credentials(username, os.environ["PASSWD"])
    where = ShareTarget((Address("127.0.0.1", int(port)),), share, credentials)
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    upload(Wire(where), Path(source), target)
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"seconds": seconds, "cpu": cpu}))


if __name__ == "__main__":
    main(*sys.argv[1:])
