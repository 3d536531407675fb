"""STUN responses as a server writes them (RFC 8489), and broken ones."""

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from ipaddress import IPv4Address, IPv6Address

    from .udp import Answers

COOKIE = 0x2112A442


def attribute(kind: int, value: bytes) -> bytes:
    """Return an attribute, padded to four bytes."""
    return struct.pack("!HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


def xor_mapped(address: IPv4Address | IPv6Address, transaction: bytes, port: int = 32853) -> bytes:
    """Return the attribute that tells the address."""
    mask = COOKIE.to_bytes(4) + transaction
    masked = bytes(a ^ b for a, b in zip(address.packed, mask, strict=False))
    family = 1 if address.version == 4 else 2
    return attribute(0x20, struct.pack("!xBH", family, port ^ COOKIE >> 16) + masked)


def response(transaction: bytes, *attributes: bytes, kind: int = 0x0101) -> bytes:
    """Return a message with these attributes."""
    body = b"".join(attributes)
    return struct.pack("!HHI", kind, len(body), COOKIE) + transaction + body


def tells(address: IPv4Address | IPv6Address) -> Answers:
    """Return how a server answers that sees this address."""

    def answer(request: bytes, _: str) -> Iterable[bytes]:
        assert request[:8] == struct.pack("!HHI", 0x0001, 0, COOKIE)
        transaction = request[8:20]
        yield response(
            transaction, attribute(0x8022, b"a server"), xor_mapped(address, transaction)
        )

    return answer
