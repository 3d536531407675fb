"""Signatures and encryption are, bit for bit, those of the library that others review, too."""

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest
from smbprotocol import Dialects
from smbprotocol.connection import Ciphers, Connection, SigningAlgorithms, SMB2TransformHeader

from custom_components.smb_ddns_sync.smb.errors import BadAnswer, Tampered
from custom_components.smb_ddns_sync.smb.facts import Cipher, Signing
from custom_components.smb_ddns_sync.smb.seal import TAG_SIZE, Sealer, Signer
from custom_components.smb_ddns_sync.smb.wire import HEADER, PROTOCOL, Command

SESSION = 0x1122334455667788
KEY = bytes(range(16))
CIPHERS = {
    Cipher.AES_128_CCM: (Ciphers.AES_128_CCM, 16),
    Cipher.AES_128_GCM: (Ciphers.AES_128_GCM, 16),
    Cipher.AES_256_CCM: (Ciphers.AES_256_CCM, 32),
    Cipher.AES_256_GCM: (Ciphers.AES_256_GCM, 32),
}
SIGNINGS = {
    Signing.HMAC_SHA256: (Dialects.SMB_2_1_0, None),
    Signing.AES_CMAC: (Dialects.SMB_3_1_1, SigningAlgorithms.AES_CMAC),
    Signing.AES_GMAC: (Dialects.SMB_3_1_1, SigningAlgorithms.AES_GMAC),
}


def library() -> Any:
    return Connection(None, "server")


def message(command: int, flags: int, body: bytes) -> bytearray:
    header = HEADER.pack(PROTOCOL, 64, 1, 0, command, 1, flags, 0, 7, 0, 1, SESSION, bytes(16))
    return bytearray(header + body)


def sealers(cipher: Cipher) -> tuple[Sealer, Sealer]:
    """Return the two ends of a session."""
    size = CIPHERS[cipher][1]
    ours, theirs = bytes([1] * size), bytes([2] * size)
    return Sealer(cipher, ours, theirs, SESSION), Sealer(cipher, theirs, ours, SESSION)


def frame(parts: tuple[bytes, memoryview]) -> bytearray:
    return bytearray(b"".join(parts) + bytes(TAG_SIZE))


@pytest.mark.parametrize("signing", SIGNINGS)
@given(
    command=st.sampled_from([Command.READ, Command.CANCEL, Command.CREATE]),
    response=st.booleans(),
    body=st.binary(max_size=200),
)
def test_a_signature_is_the_librarys(
    signing: Signing, command: Command, response: bool, body: bytes
) -> None:
    reference = library()
    reference.dialect, reference.signing_algorithm_id = SIGNINGS[signing]
    flags = 8 | response
    text = message(command, flags, body)

    expected = reference._generate_signature(bytes(text), KEY, 7, response, command)

    assert Signer(signing, KEY).signature(text, 7, command, flags) == expected


@pytest.mark.parametrize("signing", SIGNINGS)
@given(at=st.integers(0, 163), bit=st.integers(0, 7))
def test_a_signed_message_with_one_bit_changed_is_refused(
    signing: Signing, at: int, bit: int
) -> None:
    signer = Signer(signing, KEY)
    text = message(Command.READ, 9, bytes(100))
    text[48:64] = signer.signature(text, 7, Command.READ, 9)
    signer.verify(memoryview(bytearray(text)), 7, Command.READ, 9)

    text[at] ^= 1 << bit

    with pytest.raises(Tampered):
        signer.verify(memoryview(text), 7, Command.READ, 9)


@pytest.mark.parametrize("cipher", CIPHERS)
@given(plain=st.binary(max_size=300))
def test_the_library_reads_what_is_encrypted_here(cipher: Cipher, plain: bytes) -> None:
    reference = library()
    reference.dialect, reference.cipher_id = Dialects.SMB_3_1_1, CIPHERS[cipher][0]
    size = CIPHERS[cipher][1]
    reference.session_table[SESSION] = SimpleNamespace(decryption_key=bytes([1] * size))
    sealer, _ = sealers(cipher)
    transform = SMB2TransformHeader()
    transform.unpack(b"".join(sealer.seal(plain)))

    assert reference._decrypt(transform) == plain


@pytest.mark.parametrize("cipher", CIPHERS)
@given(plain=st.binary(max_size=300))
def test_what_the_library_encrypts_is_read_here(cipher: Cipher, plain: bytes) -> None:
    reference = library()
    reference.dialect, reference.cipher_id = Dialects.SMB_3_1_1, CIPHERS[cipher][0]
    size = CIPHERS[cipher][1]
    session = SimpleNamespace(encryption_key=bytes([2] * size), session_id=SESSION)
    sealer, _ = sealers(cipher)

    sealed = reference._encrypt(plain, session).pack()

    assert sealer.open(bytearray(sealed + bytes(TAG_SIZE))) == plain


@given(at=st.integers(0, 151), bit=st.integers(0, 7))
def test_an_encrypted_frame_with_one_bit_changed_is_refused(at: int, bit: int) -> None:
    ours, theirs = sealers(Cipher.AES_128_GCM)
    sealed = frame(theirs.seal(bytes(100)))
    assert ours.open(bytearray(sealed)) == bytes(100)
    if at < 4:
        return  # the protocol's mark, which decides before that this is an encrypted frame

    sealed[at] ^= 1 << bit

    with pytest.raises(Tampered):
        ours.open(sealed)


@given(garbage=st.binary(max_size=200))
def test_garbage_is_refused(garbage: bytes) -> None:
    ours, _ = sealers(Cipher.AES_256_GCM)

    with pytest.raises((Tampered, BadAnswer)):
        ours.open(bytearray(garbage + bytes(TAG_SIZE)))


def test_no_nonce_comes_twice() -> None:
    ours, _ = sealers(Cipher.AES_128_CCM)

    nonces = {bytes(ours.seal(b"x")[0][20:36]) for _ in range(1000)}

    assert len(nonces) == 1000
