"""The other end of a connection, played by the test: it reads, and answers as it is told."""

from dataclasses import dataclass
import socket
from typing import Self
from uuid import UUID

from custom_components.smb_ddns_sync.smb.connection import Connection
from custom_components.smb_ddns_sync.smb.facts import Cipher, Dialect, SessionFacts, Signing
from custom_components.smb_ddns_sync.smb.handshake import Established
from custom_components.smb_ddns_sync.smb.seal import TAG_SIZE, Sealer, Signer
from custom_components.smb_ddns_sync.smb.target import Address
from custom_components.smb_ddns_sync.smb.wire import HEADER, HEADER_SIZE, PROTOCOL

_KEY = bytes(range(16))
_SESSION = 99
_TREE = 5
_SIGNED = 8
_RESPONSE = 1
_ASYNC = 2
_ECHO_BODY = b"\x04\x00\x00\x00"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    command: int
    message_id: int
    charge: int
    wanted: int  # credits asked for
    flags: int
    body: bytes


class Peer:
    """A server that does nothing by itself. Every wait has an end."""

    def __init__(
        self,
        *,
        credits_: int = 64,
        multi: bool = True,
        encrypted: bool = False,
        deadline: float = 5.0,
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            ours = socket.create_connection(listener.getsockname())
            self.sock, _ = listener.accept()
        self.sock.settimeout(30)
        cipher = Cipher.AES_128_GCM if encrypted else None
        self._sealer = Sealer(Cipher.AES_128_GCM, _KEY, _KEY, _SESSION) if encrypted else None
        self._signer = None if encrypted else Signer(Signing.AES_GMAC, _KEY)
        facts = SessionFacts(
            Address("127.0.0.1"), "127.0.0.1", Dialect.SMB_3_1_1, Signing.AES_GMAC, cipher,
            1 << 20, 1 << 20, 1 << 20, UUID(int=0),
        )  # fmt: skip
        established = Established(
            facts, True, _SESSION, _TREE, 4, credits_, multi,
            None if encrypted else Signer(Signing.AES_GMAC, _KEY),
            Sealer(Cipher.AES_128_GCM, _KEY, _KEY, _SESSION) if encrypted else None,
        )  # fmt: skip
        self.connection = Connection(ours, established, deadline)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()
        self.sock.close()

    def take(self) -> list[Asked]:
        """Return the requests of the next frame."""
        size = int.from_bytes(self._exactly(4))
        frame = bytearray(self._exactly(size))
        if self._sealer is not None:
            frame = bytearray(self._sealer.open(frame + bytes(TAG_SIZE)))
        asked: list[Asked] = []
        at = 0
        while True:
            fields = HEADER.unpack_from(frame, at)
            end = at + fields[7] if fields[7] else len(frame)
            if self._signer is not None:
                self._signer.verify(memoryview(frame)[at:end], fields[8], fields[4], fields[6])
            asked.append(
                Asked(
                    fields[4],
                    fields[8],
                    fields[2],
                    fields[5],
                    fields[6],
                    bytes(frame[at + HEADER_SIZE : end]),
                )
            )
            if not fields[7]:
                return asked
            at = end

    def answer(
        self,
        *asked: Asked,
        status: int = 0,
        granted: int = 1,
        body: bytes = _ECHO_BODY,
        pending: bool = False,
        signed: bool = True,
    ) -> None:
        """Answer requests in one frame."""
        self.send_frame(
            self.message(each, status, granted, body, pending=pending, signed=signed, more=more)
            for more, each in zip(range(len(asked) - 1, -1, -1), asked, strict=True)
        )

    def message(
        self,
        asked: Asked,
        status: int = 0,
        granted: int = 1,
        body: bytes = _ECHO_BODY,
        *,
        pending: bool = False,
        signed: bool = True,
        more: int = 0,
    ) -> bytes:
        """Return one answer, signed where the session is."""
        signer = self._signer if signed else None
        flags = _RESPONSE | (_ASYNC if pending else 0) | (_SIGNED if signer else 0)
        size = HEADER_SIZE + len(body)
        padding = -size % 8 if more else 0
        following = size + padding if more else 0
        header = HEADER.pack(
            PROTOCOL, 64, asked.charge, status, asked.command, granted, flags, following,
            asked.message_id, 0, _TREE, _SESSION, bytes(16),
        )  # fmt: skip
        text = bytearray(header + body + bytes(padding))
        if signer is not None:
            text[48:64] = signer.signature(text, asked.message_id, asked.command, flags)
        return bytes(text)

    def send_frame(self, messages: object) -> None:
        """Send messages as one frame, encrypted where the session is."""
        plain = b"".join(messages)  # type: ignore[arg-type] # of bytes
        if self._sealer is not None:
            plain = b"".join(self._sealer.seal(plain))
        self.send_raw(len(plain).to_bytes(4) + plain)

    def send_raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.sock.sendall(data)

    def hang_up(self) -> None:
        """Close the connection."""
        self.sock.close()

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self.sock.recv(size - len(data))
            if not piece:
                raise EOFError("the client has hung up")
            data += piece
        return data
