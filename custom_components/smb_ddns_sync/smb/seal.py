"""Signing, verifying, encrypting and decrypting (MS-SMB2 § 3.1.4.1 and § 3.1.4.3).

The keys are those that smbprotocol derived. Here they are used without its structures, which cost
more time than the cryptography; a contract test holds both to the same bytes.
"""

import hashlib
import hmac
from itertools import count
import os
from struct import Struct
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from .errors import BadAnswer, Tampered
from .facts import Cipher, Signing
from .wire import FLAG_RESPONSE, PROTOCOL_TRANSFORM, Buffer, Command

_TRANSFORM: Final = Struct("<4s16s16sIHHQ")  # § 2.2.41
TRANSFORM_SIZE: Final = _TRANSFORM.size
TAG_SIZE: Final = 16
_AUTHENTICATED_FROM: Final = 20  # of the transform header all but protocol and signature
_ENCRYPTED: Final = 1
_SIGNATURE: Final = slice(48, 64)
_NO_SIGNATURE: Final = bytes(16)
_GMAC_NONCE: Final = Struct("<QI")
_COUNTER: Final = Struct("<Q")


class Aead(Protocol):
    """AES-GCM and AES-CCM alike."""

    def encrypt(self, nonce: Buffer, data: Buffer, associated_data: Buffer | None) -> bytes:
        """Return the encrypted data with its tag."""
        ...

    def decrypt(self, nonce: Buffer, data: Buffer, associated_data: Buffer | None) -> bytes:
        """Return the data, or raise `InvalidTag`."""
        ...


class Signer:
    """Signs and verifies single messages."""

    def __init__(self, how: Signing, key: bytes) -> None:
        self._how = how
        self._key = key
        self._gmac = AESGCM(key) if how is Signing.AES_GMAC else None
        self._cmac = CMAC(AES(key)) if how is Signing.AES_CMAC else None

    def signature(self, message: Buffer, message_id: int, command: int, flags: int) -> bytes:
        """Return the signature of a message in which the signature's place is zero."""
        if self._gmac is not None:
            # § 3.1.4.1: the nonce tells who speaks, and a CANCEL, which shares its id with another
            # message.
            role = flags & FLAG_RESPONSE | (2 if command == Command.CANCEL else 0)
            return self._gmac.encrypt(_GMAC_NONCE.pack(message_id, role), b"", message)
        if self._cmac is not None:
            mac = self._cmac.copy()
            mac.update(message)  # type: ignore[arg-type] # any buffer; its stubs say bytes
            return mac.finalize()
        return hmac.digest(self._key, message, hashlib.sha256)[:16]

    def verify(self, message: memoryview, message_id: int, command: int, flags: int) -> None:
        """Raise `Tampered` where the signature does not hold. Leaves the signature's place zero."""
        told = bytes(message[_SIGNATURE])
        message[_SIGNATURE] = _NO_SIGNATURE
        if not hmac.compare_digest(told, self.signature(message, message_id, command, flags)):
            raise Tampered("the server", "an answer's signature is wrong")


class Sealer:
    """Encrypts and decrypts whole frames."""

    def __init__(
        self, cipher: Cipher, encryption_key: bytes, decryption_key: bytes, session_id: int
    ) -> None:
        kind = AESGCM if cipher in {Cipher.AES_128_GCM, Cipher.AES_256_GCM} else AESCCM
        self._nonce_size = 12 if kind is AESGCM else 11
        self._encrypt: Aead = kind(encryption_key)
        self._decrypt: Aead = kind(decryption_key)
        self._session_id = session_id
        # A nonce must never come twice under one key: the key is this session's alone, and the
        # counter never goes back. The random part only keeps sessions from looking alike.
        self._prefix = os.urandom(self._nonce_size - _COUNTER.size)
        self._sent = count()

    def seal(self, plain: Buffer) -> tuple[bytes, memoryview]:
        """Return the transform header and the encrypted frame."""
        nonce = self._prefix + _COUNTER.pack(next(self._sent))
        session = self._session_id
        bare = _TRANSFORM.pack(
            PROTOCOL_TRANSFORM, _NO_SIGNATURE, nonce, len(plain), 0, _ENCRYPTED, session
        )
        sealed = memoryview(self._encrypt.encrypt(nonce, plain, bare[_AUTHENTICATED_FROM:]))
        return b"".join(
            (PROTOCOL_TRANSFORM, sealed[-TAG_SIZE:], bare[_AUTHENTICATED_FROM:])
        ), sealed[:-TAG_SIZE]

    def open(self, frame: bytearray) -> bytes:
        """Return what a sealed frame holds. It needs room for a tag at its end."""
        end = len(frame) - TAG_SIZE
        if end < TRANSFORM_SIZE:
            raise BadAnswer("the server", "an encrypted answer is cut short")
        _, tag, nonce, size, _, flags, session = _TRANSFORM.unpack_from(frame)
        if flags != _ENCRYPTED or session != self._session_id or size != end - TRANSFORM_SIZE:
            raise Tampered("the server", "an encrypted answer is not of this session")
        frame[end:] = tag
        view = memoryview(frame)
        try:
            return self._decrypt.decrypt(
                nonce[: self._nonce_size],
                view[TRANSFORM_SIZE:],
                view[_AUTHENTICATED_FROM:TRANSFORM_SIZE],
            )
        except InvalidTag:
            raise Tampered("the server", "an encrypted answer does not hold together") from None
