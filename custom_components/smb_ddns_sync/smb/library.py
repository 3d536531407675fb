"""smbprotocol's connection, driven over a socket of ours in the calling thread.

The internals this rests on (`_send`, `_decrypt`, `verify_signature`, the attributes read below) are
held by a contract test.
"""

from functools import partial
import logging
from struct import Struct
import time
from typing import TYPE_CHECKING, Any, Final, override

from smbprotocol.connection import (
    Connection as LibraryConnection,
)
from smbprotocol.connection import (
    SMB2TransformHeader,
)
from smbprotocol.exceptions import SMBResponseException
from smbprotocol.header import SMB2HeaderResponse
from smbprotocol.session import SMB2SessionSetupRequest

from . import status as ntstatus
from .credits import WANTED
from .errors import BadAnswer, ConnectionLost, NotSmb, Tampered, TimedOut, TooOld
from .stopping import BrokenOff, is_over, slice_of
from .wire import FLAG_SIGNED, PROTOCOL, PROTOCOL_SMB1, PROTOCOL_TRANSFORM, Command

if TYPE_CHECKING:
    from collections.abc import Callable
    import socket
    from uuid import UUID

_LARGEST_FRAME: Final = 1 << 20  # nothing in the set-up of a session comes near
_FLAGS: Final = Struct("<H")
_MAY_WRITE: Final = 0x2  # FILE_WRITE_DATA in the maximal access of MS-SMB2 § 2.2.10
_MAXIMAL_ACCESS_AT: Final = 64 + 12
_SESSION_FLAGS_AT: Final = 64 + 2


class _NoTokens(logging.Filter):
    """Keeps sign-in tokens out of the log at any level: passwords can be guessed from them."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        return " step " not in str(record.msg)


for _name in ("_credssp", "_gss", "_negotiate", "_ntlm", "_sspi"):
    logging.getLogger(f"spnego.{_name}").addFilter(_NoTokens())


class FrameSocket:
    """What smbprotocol takes for its transport: frames over a socket connected already."""

    def __init__(self, sock: socket.socket, subject: str, until: float) -> None:
        self.connected = True
        self._sock = sock
        self._subject = subject
        self._until = until
        self._heard = False

    def connect(self) -> None:
        """Do nothing: the dialler has connected."""

    def close(self) -> None:
        """Leave the socket to the dialler."""
        self.connected = False

    def _patiently[T](self, step: Callable[[], T]) -> T:
        """Do something with the socket as soon as that is possible."""
        since = time.monotonic()
        while True:
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._sock.settimeout(slice_of(left))
            try:
                return step()
            except TimeoutError:
                if is_over(time.monotonic() - since):
                    raise BrokenOff(self._subject, "given up before a session stood") from None

    def send(self, message: Any) -> None:
        """Send one frame (MS-SMB2 § 2.1): bytes, or a structure where it is encrypted."""
        frame = message if isinstance(message, bytes) else message.pack()
        rest = memoryview(len(frame).to_bytes(4) + frame)
        try:
            while rest:
                sent = self._patiently(partial(self._sock.send, rest))
                rest = rest[sent:]
        except TimeoutError:
            raise TimedOut(self._subject, "the set-up of the session took too long") from None
        except OSError as error:
            raise ConnectionLost(self._subject, error.strerror or str(error)) from error

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = self._patiently(partial(self._sock.recv, size - len(data)))
            if not piece:
                raise ConnectionResetError("the server closed the connection")
            data += piece
        return bytes(data)

    def receive(self) -> bytes:
        """Return one frame. Whatever does not look like SMB is told by its cause."""
        try:
            # Byte for byte: who speaks another protocol may say little and then wait for us.
            length = self._exactly(1)
            if length != b"\0":
                raise NotSmb(self._subject, f"it answers {length!r}, which is not SMB")
            size = int.from_bytes(self._exactly(3))
            protocol = self._exactly(min(size, 4))
            if protocol not in {PROTOCOL, PROTOCOL_SMB1, PROTOCOL_TRANSFORM}:
                raise NotSmb(self._subject, f"it answers {protocol!r}, which is not SMB")
            if protocol == PROTOCOL_SMB1:
                raise TooOld(self._subject, "the server answers in SMB 1")
            if size > _LARGEST_FRAME:
                raise BadAnswer(self._subject, f"a message of {size} bytes during set-up")
            self._heard = True
            return protocol + self._exactly(size - 4)
        except TimeoutError:
            what = "the server fell silent" if self._heard else "connected, but no answer"
            raise TimedOut(self._subject, what) from None
        except OSError as error:
            detail = error.strerror or str(error)
            if self._heard:
                raise ConnectionLost(self._subject, detail) from error
            raise NotSmb(
                self._subject, f"it hung up without an answer to SMB 2 ({detail})"
            ) from error


class Library(LibraryConnection):  # type: ignore[misc] # smbprotocol has no types
    """smbprotocol's connection, made to run in the calling thread."""

    def __init__(
        self, wire: FrameSocket, client_id: UUID, host: str, previous_session: int
    ) -> None:
        self._wire = wire
        self._previous_session = previous_session
        self.last_setup: Any = None  # the header of the last answer to SESSION_SETUP
        self.session_flags = 0
        self.writable = True
        super().__init__(client_id, host, require_signing=True)

    @property
    def transport(self) -> FrameSocket:
        """Our socket, also where the library believes to have made its own."""
        return self._wire

    @transport.setter
    def transport(self, made: object) -> None:
        """Ignore the unconnected transport that the library makes."""

    @override
    def _process_message_thread(self) -> None:
        """Read nothing: `receive` does."""

    @override
    def send(self, message: Any, *args: Any, **kwargs: Any) -> Any:
        # A server that still holds the session of a connection that broke keeps its files open;
        # naming the session has it let go of them (MS-SMB2 § 3.3.5.5.3).
        if isinstance(message, SMB2SessionSetupRequest):
            message["previous_session_id"] = self._previous_session
        if self.dialect is not None:
            kwargs["credit_request"] = WANTED  # so that the first operations need not wait for them
        return super().send(message, *args, **kwargs)

    @override
    def receive(
        self, request: Any, wait: bool = True, timeout: Any = None, resolve_symlinks: bool = True
    ) -> Any:
        while request.response is None:
            self._take_frame()
        response = request.response
        self.outstanding_requests.pop(response["message_id"].get_value(), None)
        if response["status"].get_value() != ntstatus.SUCCESS:
            raise SMBResponseException(response)
        return response

    def _take_frame(self) -> None:
        frame = self._wire.receive()
        sealed = frame.startswith(PROTOCOL_TRANSFORM)
        if sealed:
            transform = SMB2TransformHeader()
            transform.unpack(frame)
            frame = self._decrypt(transform)
        header = SMB2HeaderResponse()
        header.unpack(frame)
        message_id = header["message_id"].get_value()
        request = self.outstanding_requests.get(message_id)
        if request is None:
            raise BadAnswer(self.server_name, "an answer that nobody asked for")
        command = header["command"].get_value()
        status = header["status"].get_value()
        self.sequence_window["high"] += max(
            header["credit_response"].get_value(), 0 if self.supports_multi_credit else 1
        )
        if status == ntstatus.PENDING:
            return
        session = self.session_table.get(request.session_id)
        if command not in {Command.NEGOTIATE, Command.SESSION_SETUP} and session is not None:
            self._check_protection(header, session, sealed=sealed)
        self._remember(header, frame)
        request.response = header

    def _check_protection(self, header: Any, session: Any, *, sealed: bool) -> None:
        """Raise `Tampered` where an answer of an established session is not protected as agreed."""
        if sealed:
            return
        if session.encrypt_data:
            raise Tampered(self.server_name, "an answer is not encrypted")
        if not header["flags"].get_value() & FLAG_SIGNED:
            raise Tampered(self.server_name, "an answer is not signed")
        self.verify_signature(header, session.session_id, force=True)

    def _remember(self, header: Any, frame: bytes) -> None:
        """Keep what the integrity of the negotiation rests on, and what the library drops."""
        command, status = header["command"].get_value(), header["status"].get_value()
        if command == Command.NEGOTIATE:
            self.preauth_integrity_hash_value.append(frame)
        elif command == Command.SESSION_SETUP:
            self.last_setup = header
            (self.session_flags,) = _FLAGS.unpack_from(
                frame.ljust(_SESSION_FLAGS_AT + 2), _SESSION_FLAGS_AT
            )
            if status == ntstatus.MORE_PROCESSING_REQUIRED:
                message_id = header["message_id"].get_value()
                self.preauth_integrity_session_hash_value[message_id].append(frame)
        elif command == Command.TREE_CONNECT and status == ntstatus.SUCCESS:
            access = int.from_bytes(frame[_MAXIMAL_ACCESS_AT : _MAXIMAL_ACCESS_AT + 4], "little")
            self.writable = bool(access & _MAY_WRITE)
