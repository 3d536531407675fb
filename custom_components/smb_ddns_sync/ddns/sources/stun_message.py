"""The two STUN messages that finding one's address takes (RFC 8489)."""

from ipaddress import IPv4Address, IPv6Address
import secrets
import struct
from typing import TYPE_CHECKING, Final, NewType

from ..address import Address, Family, family_of
from ..source import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

TransactionId = NewType("TransactionId", bytes)

_HEADER: Final = struct.Struct("!HHI12s")
_ATTRIBUTE: Final = struct.Struct("!HH")
_COOKIE: Final = 0x2112A442
_BINDING_REQUEST: Final = 0x0001
_BINDING_SUCCESS: Final = 0x0101
_BINDING_ERROR: Final = 0x0111
# MAPPED-ADDRESS (1) is not read: routers that look into datagrams rewrite it to what they think is
# right, which is why the other is masked (section 14.2).
_XOR_MAPPED_ADDRESS: Final = 0x0020
_FAMILIES: Final = {0x01: (Family.IPV4, 4), 0x02: (Family.IPV6, 16)}


def new_transaction() -> TransactionId:
    """Return an id that nobody off the path can guess (section 5)."""
    return TransactionId(secrets.token_bytes(12))


def binding_request(transaction: TransactionId) -> bytes:
    """Return the question from which address this is."""
    return _HEADER.pack(_BINDING_REQUEST, 0, _COOKIE, transaction)


def read_binding_response(
    message: bytes, transaction: TransactionId, family: Family
) -> Address | NoAnswer | None:
    """Return the address that a response names, or why it names none.

    None where it is no response to this very request: not STUN, or with another transaction's id.
    """
    if len(message) < _HEADER.size:
        return None
    kind, length, cookie, answered = _HEADER.unpack_from(message)
    if cookie != _COOKIE or answered != transaction:
        return None
    body = message[_HEADER.size :]
    if kind == _BINDING_ERROR:
        return NoAnswer.BAD_STATUS
    if kind != _BINDING_SUCCESS:
        return None
    if length != len(body) or length % 4:
        return NoAnswer.NOT_AN_ADDRESS
    for attribute, value in _attributes(body):
        if attribute == _XOR_MAPPED_ADDRESS:
            return _unmask(value, transaction, family)
    return NoAnswer.NOT_AN_ADDRESS


def _attributes(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _ATTRIBUTE.size <= len(body):
        attribute, length = _ATTRIBUTE.unpack_from(body, at)
        at += _ATTRIBUTE.size
        yield attribute, body[at : at + length]
        at += length + -length % 4


def _unmask(value: bytes, transaction: TransactionId, family: Family) -> Address | NoAnswer:
    if len(value) < _ATTRIBUTE.size or value[1] not in _FAMILIES:
        return NoAnswer.NOT_AN_ADDRESS
    _, size = _FAMILIES[value[1]]
    masked = value[4:]
    if len(masked) != size:
        return NoAnswer.NOT_AN_ADDRESS
    mask = (_COOKIE.to_bytes(4) + transaction)[:size]
    plain = bytes(one ^ other for one, other in zip(masked, mask, strict=True))
    address = IPv4Address(plain) if size == IPv4Address.max_prefixlen // 8 else IPv6Address(plain)
    return address if family_of(address) is family else NoAnswer.WRONG_FAMILY
