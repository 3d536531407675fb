"""Does a server still talk SMB 1? Asked on a short connection of its own, with nothing else in it.

SMB 1 has neither integrity of the negotiation nor encryption, and worms have travelled by it
(CVE-2017-0144). We never use it; that a server still offers it is worth telling.
"""

from enum import Enum
import socket
from struct import Struct
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_HEADER: Final = Struct("<4sBIBHH8sHHHHH")
"""MS-CIFS § 2.2.3.1: protocol, command, status, two fields of flags, then ids and a signature."""
_ANSWER: Final = Struct("<BH")  # word count, and the number of the dialect (§ 2.2.4.52.2)
_PROTOCOL: Final = b"\xffSMB"
_PROTOCOL_SMB2: Final = b"\xfeSMB"
_NEGOTIATE: Final = 0x72
_FLAGS: Final = 0x18  # paths as they are, case does not matter
_FLAGS2: Final = 0xC001  # long names, NT status codes, Unicode
_DIALECTS: Final = b"\x02NT LM 0.12\x00"  # § 2.2.4.52.1: only the last dialect of SMB 1
_OUR_DIALECT: Final = 0
_LENGTH: Final = Struct(">I")
_LARGEST: Final = 4096  # far more than an answer to NEGOTIATE holds
_LOOK_EVERY: Final = 0.1  # seconds, while it is waited for


class Smb1(Enum):
    """What a server says to SMB 1."""

    OFFERED = "offered"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # it could not be asked, or its answer is none


def ask_for_smb1(
    host: str,
    port: int,
    *,
    deadline: float = 5.0,
    unwanted: Callable[[], bool] = lambda: False,
) -> Smb1:
    """Ask a server that is known to speak SMB 2 whether it speaks SMB 1, too. Never raises.

    Many servers without SMB 1 just hang up on the question, Windows and Samba among them. That is
    why the answer means nothing where SMB 2 is not known to be spoken. `deadline`, in seconds, is
    for all; `unwanted` is asked all the time whether to give up.
    """
    until = time.monotonic() + deadline
    try:
        with socket.create_connection((host, port), timeout=deadline) as sock:
            sock.sendall(_question())
            try:
                return _judge(_receive(sock, until, unwanted))
            except ConnectionError:
                return Smb1.REFUSED
    except OSError:  # it cannot be reached, or does not answer in time
        return Smb1.UNKNOWN


def _question() -> bytes:
    header = _HEADER.pack(_PROTOCOL, _NEGOTIATE, 0, _FLAGS, _FLAGS2, 0, bytes(8), 0, 0, 0, 0, 0)
    message = header + _ANSWER.pack(0, len(_DIALECTS)) + _DIALECTS
    return _LENGTH.pack(len(message)) + message


def _receive(sock: socket.socket, until: float, unwanted: Callable[[], bool]) -> bytes:
    """Return one message; less of it where the server hung up, and nothing where it is too long."""
    data = bytearray()
    wanted = _LENGTH.size
    while len(data) < wanted:
        left = until - time.monotonic()
        if left <= 0 or unwanted():
            raise TimeoutError
        sock.settimeout(min(left, _LOOK_EVERY))
        try:
            piece = sock.recv(wanted - len(data))
        except TimeoutError:
            continue
        if not piece:
            raise ConnectionResetError
        data += piece
        if len(data) == _LENGTH.size:
            wanted = _LENGTH.size + _LENGTH.unpack(data)[0]
            if wanted > _LARGEST:
                return b""
    return bytes(data[_LENGTH.size :])


def _judge(message: bytes) -> Smb1:
    if message.startswith(_PROTOCOL_SMB2):
        return Smb1.REFUSED
    if len(message) < _HEADER.size + _ANSWER.size or not message.startswith(_PROTOCOL):
        return Smb1.UNKNOWN
    command, status = _HEADER.unpack_from(message)[1:3]
    words, dialect = _ANSWER.unpack_from(message, _HEADER.size)
    if command != _NEGOTIATE:
        return Smb1.UNKNOWN
    return Smb1.OFFERED if not status and words and dialect == _OUR_DIALECT else Smb1.REFUSED
