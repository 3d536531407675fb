"""Between requests and bytes: headers, signatures and encryption of one session, both ways."""

from typing import TYPE_CHECKING, Final, NamedTuple

from .errors import BadAnswer, ConnectionLost, Tampered
from .seal import TAG_SIZE
from .status import PENDING, SESSION_ENDED
from .wire import (
    FLAG_RELATED,
    FLAG_RESPONSE,
    FLAG_SIGNED,
    HEADER,
    HEADER_SIZE,
    PROTOCOL,
    PROTOCOL_TRANSFORM,
    UNSOLICITED,
    Buffer,
    Chain,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .handshake import Established

_NO_SIGNATURE: Final = bytes(16)
_PADDING: Final = bytes(8)


class Heard(NamedTuple):
    """One answer whose protection has been checked."""

    message_id: int
    status: int
    command: int
    granted: int  # credits
    message: memoryview


class Framing:
    """Builds the frames of one session, and opens those that come: verified or decrypted."""

    def __init__(self, established: Established, subject: str) -> None:
        self._subject = subject
        self._session_id = established.session_id
        self._tree_id = established.tree_id
        self._multi = established.multi_credit
        self._signer = established.signer
        self._sealer = established.sealer
        self._flags = FLAG_SIGNED if established.signer else 0
        self.room = TAG_SIZE if established.sealer else 0
        """The bytes that `open` needs at the end of a frame."""

    def build(self, chain: Chain, charges: list[int], first: int, extra: int) -> list[Buffer]:
        """Return the parts of a frame (MS-SMB2 § 3.2.4.1), its length first.

        `first` is the first message id, `extra` what is asked for in credits beyond what the chain
        costs.
        """
        parts: list[Buffer] = []
        signer = self._signer
        flags = self._flags
        message_id = first
        left = len(chain)
        for request, charge in zip(chain, charges, strict=True):
            left -= 1
            command, body, payload, _, _ = request
            size = HEADER_SIZE + len(body) + len(payload)
            padding = -size % 8 if left else 0
            header = HEADER.pack(
                PROTOCOL, 64, charge if self._multi else 0, 0, command, charge + extra, flags,
                size + padding if left else 0, message_id, 0, self._tree_id, self._session_id,
                _NO_SIGNATURE,
            )  # fmt: skip
            if signer is None:
                parts += (header, body, payload, _PADDING[:padding])
            else:
                message = bytearray().join((header, body, payload, _PADDING[:padding]))
                message[48:64] = signer.signature(message, message_id, command, flags)
                parts.append(message)
            flags |= FLAG_RELATED
            extra = 0
            message_id += charge
        if self._sealer is not None:
            parts = list(self._sealer.seal(b"".join(parts)))
        parts.insert(0, sum(map(len, parts)).to_bytes(4))
        return parts

    def open(self, frame: bytearray) -> Iterator[Heard]:
        """Return the answers of a frame.

        Raises `Tampered` or `BadAnswer`, and `ConnectionLost` where the server has ended the
        session.
        """
        plain: Buffer = frame
        if self._sealer is not None:
            if not frame.startswith(PROTOCOL_TRANSFORM):
                self._unprotected(memoryview(frame))
            plain = self._sealer.open(frame)
        rest = memoryview(plain)
        while rest:
            if len(rest) < HEADER_SIZE:
                raise BadAnswer(self._subject, "a message without a whole header")
            following = int.from_bytes(rest[20:24], "little")
            if following and (following < HEADER_SIZE or following > len(rest)):
                raise BadAnswer(self._subject, "a chain of answers points outside itself")
            heard = self._verified(rest[:following] if following else rest)
            if heard.message_id != UNSOLICITED:  # an oplock break, say: we hold none
                yield heard
            rest = rest[following:] if following else rest[:0]

    def _verified(self, message: memoryview) -> Heard:
        protocol, _, _, status, command, granted, flags, _, message_id, _, _, _, _ = (
            HEADER.unpack_from(message)
        )
        if protocol != PROTOCOL or not flags & FLAG_RESPONSE:
            raise BadAnswer(self._subject, "a message that is no answer")
        if self._signer is not None and message_id != UNSOLICITED:
            if flags & FLAG_SIGNED:
                self._signer.verify(message, message_id, command, flags)
            elif status != PENDING:  # not signed by servers (§ 3.2.5.1.3); it only says "later"
                self._unprotected(message)
        if status in SESSION_ENDED:
            raise ConnectionLost(self._subject, "the server has ended the session")
        return Heard(message_id, status, command, granted, message)

    def _unprotected(self, message: memoryview) -> None:
        """Judge a message without protection: only the loss of the session explains it."""
        status = HEADER.unpack_from(message)[3] if len(message) >= HEADER_SIZE else 0
        if status in SESSION_ENDED:
            raise ConnectionLost(self._subject, "the server has ended the session")
        raise Tampered(self._subject, "an answer is neither signed nor encrypted")
