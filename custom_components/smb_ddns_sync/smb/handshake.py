"""From a connected socket to a session on a share, by means of smbprotocol.

Its `Connection` is driven over a socket of ours (`library.py`), in the calling thread and under one
deadline. What it leaves behind, keys and numbers, goes to `connection.py`.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from smbprotocol.connection import Ciphers
from smbprotocol.exceptions import SMBAuthenticationError, SMBException, SMBResponseException
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

from . import floor
from .errors import (
    AccessDenied,
    AccountRestricted,
    BadAnswer,
    NoSuchShare,
    NotFound,
    ShareAccessDenied,
    SmbError,
    Tampered,
    TooOld,
)
from .facts import Cipher, Dialect, SessionFacts, Signing
from .library import FrameSocket, Library
from .seal import Sealer, Signer
from .status import error_for

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
    wire = FrameSocket(sock, str(address), until)
    library = Library(wire, client_id, address.host, previous_session)
    stage = _Stage(library, address, peer, target)
    try:
        stage.negotiate()
        stage.sign_in()
        stage.connect_share()
        return stage.result()
    except SmbError:
        raise
    except Exception as error:
        # The library parses what the server sends, and has no type for what it cannot make sense
        # of.
        raise BadAnswer(str(address), f"{type(error).__name__}: {error}") from error


class _Stage:
    """The three steps of the set-up, each with its own meaning of what goes wrong."""

    def __init__(self, library: Library, address: Address, peer: str, target: ShareTarget) -> None:
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
