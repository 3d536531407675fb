"""From a connected socket to a session on a share, by means of smbprotocol.

Its `Connection` is driven over a socket of ours, in the calling thread and under one deadline; its
own receive thread ends at once. What it leaves behind, keys and numbers, goes to `connection.py`.
The internals this rests on (`_send`, `_decrypt`, `verify_signature`, the attributes read below) are
held by a contract test.
"""

from dataclasses import dataclass, field
import logging
from struct import Struct
import time
from typing import TYPE_CHECKING, Any, Final, override

from smbprotocol.connection import (
    Ciphers,
    SMB2TransformHeader,
)
from smbprotocol.connection import (
    Connection as LibraryConnection,
)
from smbprotocol.exceptions import SMBAuthenticationError, SMBException, SMBResponseException
from smbprotocol.header import SMB2HeaderResponse
from smbprotocol.session import Session, SMB2SessionSetupRequest
from smbprotocol.tree import TreeConnect

from . import floor
from . import status as ntstatus
from .credits import WANTED
from .errors import (
    AccessDenied,
    AccountRestricted,
    BadAnswer,
    ConnectionLost,
    NoSuchShare,
    NotFound,
    NotSmb,
    ShareAccessDenied,
    SmbError,
    Tampered,
    TimedOut,
    TooOld,
)
from .facts import Cipher, Dialect, SessionFacts, Signing
from .seal import Sealer, Signer
from .status import error_for
from .wire import FLAG_SIGNED, PROTOCOL, PROTOCOL_SMB1, PROTOCOL_TRANSFORM, Command

if TYPE_CHECKING:
    import socket
    from uuid import UUID

    from .target import Address, ShareTarget

_DIALECTS: Final = {
    0x0202: Dialect.SMB_2_0_2,
    0x0210: Dialect.SMB_2_1,
    0x0300: Dialect.SMB_3_0,
    0x0302: Dialect.SMB_3_0_2,
    0x0311: Dialect.SMB_3_1_1,
}
_CIPHERS: Final = {
    1: Cipher.AES_128_CCM,
    2: Cipher.AES_128_GCM,
    3: Cipher.AES_256_CCM,
    4: Cipher.AES_256_GCM,
}
_SIGNINGS: Final = {0: Signing.HMAC_SHA256, 1: Signing.AES_CMAC, 2: Signing.AES_GMAC}
_PREFERRED_CIPHERS: Final = [
    Ciphers.AES_128_GCM,
    Ciphers.AES_256_GCM,
    Ciphers.AES_128_CCM,
    Ciphers.AES_256_CCM,
]
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


class _Socket:
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

    def _wait(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)

    def send(self, message: Any) -> None:
        """Send one frame (MS-SMB2 § 2.1): bytes, or a structure where it is encrypted."""
        frame = message if isinstance(message, bytes) else message.pack()
        try:
            self._wait()
            self._sock.sendall(len(frame).to_bytes(4) + frame)
        except TimeoutError:
            raise TimedOut(self._subject, "the set-up of the session took too long") from None
        except OSError as error:
            raise ConnectionLost(self._subject, error.strerror or str(error)) from error

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._wait()
            piece = self._sock.recv(size - len(data))
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


class _Library(LibraryConnection):  # type: ignore[misc] # smbprotocol has no types
    """smbprotocol's connection, made to run in the calling thread."""

    def __init__(self, wire: _Socket, client_id: UUID, host: str, previous_session: int) -> None:
        self._wire = wire
        self._previous_session = previous_session
        self.last_setup: Any = None  # the header of the last answer to SESSION_SETUP
        self.session_flags = 0
        self.writable = True
        super().__init__(client_id, host, require_signing=True)

    @property
    def transport(self) -> _Socket:
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


@dataclass(frozen=True, slots=True)
class Established:
    """All that the hot path needs to go on where the set-up stopped. Holds keys: never shown."""

    facts: SessionFacts
    writable: bool
    session_id: int
    tree_id: int
    next_id: int
    credits: int
    multi_credit: bool
    signer: Signer | None = field(repr=False)  # None where a sealer takes care of it
    sealer: Sealer | None = field(repr=False)


def establish(
    sock: socket.socket,
    address: Address,
    peer: str,
    target: ShareTarget,
    client_id: UUID,
    until: float,
    *,
    previous_session: int = 0,
) -> Established:
    """Set up a session on the target's share, above the floor, before a moment in time.

    Raises `ConnectionFailed`, `FloorNotMet`, `AccountRefused` or `ShareFailed`, or `BadAnswer`.
    """
    floor.check_account(target.credentials)
    wire = _Socket(sock, str(address), until)
    library = _Library(wire, client_id, address.host, previous_session)
    stage = _Stage(library, address, peer, target)
    for step in (stage.negotiate, stage.sign_in, stage.connect_share):
        try:
            step()
        except SmbError:
            raise
        except Exception as error:
            # The library parses what the server sends, and has no type for what it cannot make
            # sense of.
            raise BadAnswer(str(address), f"{type(error).__name__}: {error}") from error
    return stage.result()


class _Stage:
    """The three steps of the set-up, each with its own meaning of what goes wrong."""

    def __init__(self, library: _Library, address: Address, peer: str, target: ShareTarget) -> None:
        self._library = library
        self._address = address
        self._peer = peer
        self._target = target
        self._session: Any = None
        self._tree: Any = None

    @property
    def _dialect(self) -> Dialect:
        dialect = _DIALECTS.get(self._library.dialect)
        if dialect is None:
            raise BadAnswer(
                str(self._address), f"dialect {self._library.dialect!r} was not offered"
            )
        return dialect

    def negotiate(self) -> None:
        try:
            self._library.connect(preferred_encryption_algos=_PREFERRED_CIPHERS)
        except SMBResponseException as error:
            raise TooOld(
                str(self._address), f"no common dialect (status 0x{error.status:08X})"
            ) from error

    def sign_in(self) -> None:
        credentials = self._target.credentials
        encrypt = floor.check_encryption(
            self._target.encryption,
            self._peer,
            offered=bool(self._library.supports_encryption),
            dialect=self._dialect.value,
        )
        user = credentials.username
        session = Session(
            self._library,
            f"{credentials.domain}\\{user}" if credentials.domain else user,
            credentials.password,
            require_encryption=encrypt,
            auth_protocol="negotiate",
        )
        try:
            session.connect()
        except SMBResponseException as error:
            meaning = error_for(error.status, user, "signing in")
            if isinstance(meaning, AccessDenied):
                meaning = AccountRestricted(user, "the server denies the account a session")
            raise meaning from error
        except SMBAuthenticationError as error:
            raise AccountRestricted(user, f"no way to sign in: {error}") from error
        except SMBException as error:
            floor.check_session_flags(self._library.session_flags, user)
            raise Tampered(str(self._address), str(error)) from error
        floor.check_session_flags(self._library.session_flags, user)
        # Where the session is encrypted the library takes the last answer on trust; its signature
        # is what proves that nobody changed the negotiation on the way (MS-SMB2 § 3.2.5.3.1).
        try:
            self._library.verify_signature(self._library.last_setup, session.session_id, force=True)
        except SMBException as error:
            raise Tampered(str(self._address), str(error)) from error
        self._session = session

    def connect_share(self) -> None:
        tree = TreeConnect(self._session, f"\\\\{self._address.host}\\{self._target.share}")
        try:
            tree.connect(require_secure_negotiate=True)
        except SMBResponseException as error:
            meaning = error_for(error.status, self._target.share, "connecting to the share")
            if isinstance(meaning, AccessDenied):
                meaning = ShareAccessDenied(self._target.share, "the account may not use the share")
            elif isinstance(meaning, NotFound):  # as some servers say it
                meaning = NoSuchShare(self._target.share)
            raise meaning from error
        except SMBException as error:
            raise Tampered(str(self._address), str(error)) from error
        self._tree = tree

    def result(self) -> Established:
        library, session = self._library, self._session
        dialect = self._dialect
        encrypted = bool(session.encrypt_data or self._tree.encrypt_data)
        cipher = None
        sealer = None
        signing = self._signing(dialect)
        if encrypted:
            cipher = _CIPHERS[library.cipher_id] if library.cipher_id else Cipher.AES_128_CCM
            sealer = Sealer(
                cipher, session.encryption_key, session.decryption_key, session.session_id
            )
        window = library.sequence_window
        return Established(
            facts=SessionFacts(
                self._address,
                self._peer,
                dialect,
                signing,
                cipher,
                library.max_read_size,
                library.max_write_size,
                library.max_transact_size,
                library.server_guid,
            ),
            writable=library.writable,
            session_id=session.session_id,
            tree_id=self._tree.tree_connect_id,
            next_id=window["low"],
            credits=window["high"] - window["low"],
            multi_credit=bool(library.supports_multi_credit),
            signer=None if encrypted else Signer(signing, session.signing_key),
            sealer=sealer,
        )

    def _signing(self, dialect: Dialect) -> Signing:
        match dialect:
            case Dialect.SMB_2_0_2 | Dialect.SMB_2_1:
                return Signing.HMAC_SHA256
            case Dialect.SMB_3_1_1 if self._library.signing_algorithm_id is not None:
                return _SIGNINGS[self._library.signing_algorithm_id]
            case _:
                return Signing.AES_CMAC
