"""The messages by which a router tells its outer address: NAT-PMP (RFC 6886) and PCP (RFC 6887).

They come from port 5351 of the router and cost one datagram each way.
"""

from ipaddress import IPv4Address, IPv6Address
import secrets
import struct
from typing import Final, NewType

from ..source import NoAnswer

PORT: Final = 5351

_NAT_PMP: Final = 0
_PCP: Final = 2
_RESPONSE: Final = 0x80

# NAT-PMP: version, opcode, result, seconds since the router's start, address (section 3.2)
_ADDRESS_REQUEST: Final = bytes([_NAT_PMP, 0])
_ADDRESS_RESPONSE: Final = struct.Struct("!BBHI4s")

# PCP: version, opcode, reserved, lifetime, client (section 7.1); in a response the third is the
# result, and the router's time takes the client's place (7.2)
_HEADER: Final = struct.Struct("!BBHI16s")
# MAP: nonce, protocol, reserved, inner port, outer port, outer address (11.1)
_MAP: Final = struct.Struct("!12sB3xHH16s")
_MAP_OPCODE: Final = 1
_UDP: Final = 17
_DISCARD: Final = 9  # where nobody listens (RFC 863)
_SHORT: Final = 2  # seconds; many routers make it two minutes, so it is taken back as well

_SUCCESS: Final = 0
# NAT-PMP: unsupported opcode, PCP: unsupported opcode, not authorized in both
_NOT_OFFERED: Final = frozenset({1, 2, 4, 5})

MappingNonce = NewType("MappingNonce", bytes)


def address_request() -> bytes:
    """Return NAT-PMP's question for the outer address."""
    return _ADDRESS_REQUEST


def read_address_response(message: bytes) -> IPv4Address | NoAnswer | None:
    """Return the outer address that a NAT-PMP response names, or why it names none.

    None where it is no such response. A router that knows only PCP answers in PCP's form that the
    version is not supported (RFC 6887 appendix A): `NOT_OFFERED`.
    """
    if len(message) >= _HEADER.size and message[0] == _PCP and message[1] & _RESPONSE:
        return NoAnswer.NOT_OFFERED
    if len(message) < _ADDRESS_RESPONSE.size - 4 or message[0] != _NAT_PMP:
        return None
    if message[1] != _RESPONSE:
        return None
    result = int.from_bytes(message[2:4])
    if result in _NOT_OFFERED:
        return NoAnswer.NOT_OFFERED
    if result != _SUCCESS:
        return NoAnswer.BAD_STATUS
    if len(message) != _ADDRESS_RESPONSE.size:
        return NoAnswer.NOT_AN_ADDRESS
    *_, address = _ADDRESS_RESPONSE.unpack(message)
    return IPv4Address(address)


def new_nonce() -> MappingNonce:
    """Return what proves later that a mapping is ours (section 11.1)."""
    return MappingNonce(secrets.token_bytes(12))


def map_request(client: IPv4Address | IPv6Address, nonce: MappingNonce, *, end: bool) -> bytes:
    """Return PCP's request for a short mapping, whose response names the outer address; or its end.

    PCP has no question for the address alone. The mapping leads to the discard port of this
    machine, where nobody listens, and is taken back at once.
    """
    inner = client if isinstance(client, IPv6Address) else _mapped(client)
    nowhere = _mapped(IPv4Address(0)).packed
    header = _HEADER.pack(_PCP, _MAP_OPCODE, 0, 0 if end else _SHORT, inner.packed)
    return header + _MAP.pack(nonce, _UDP, _DISCARD, 0, nowhere)


def read_map_response(message: bytes, nonce: MappingNonce) -> IPv4Address | NoAnswer | None:
    """Return the outer address that a PCP response names, or why it names none.

    None where it is no response to this mapping.
    """
    if len(message) < 4 or message[1] & _RESPONSE == 0:  # noqa: PLR2004 - up to the result
        return None
    if message[0] != _PCP:
        # A router that knows only NAT-PMP answers so (appendix A).
        return NoAnswer.NOT_OFFERED if message[0] == _NAT_PMP else None
    if message[1] != _RESPONSE | _MAP_OPCODE:
        return None
    result = message[3]
    if result != _SUCCESS:
        return NoAnswer.NOT_OFFERED if result in _NOT_OFFERED else NoAnswer.BAD_STATUS
    if len(message) < _HEADER.size + _MAP.size:
        return NoAnswer.NOT_AN_ADDRESS
    answered, _, _, _, outer = _MAP.unpack_from(message, _HEADER.size)
    if answered != nonce:
        return None
    address = IPv6Address(outer).ipv4_mapped
    return NoAnswer.WRONG_FAMILY if address is None else address


def _mapped(address: IPv4Address) -> IPv6Address:
    return IPv6Address(b"\0" * 10 + b"\xff\xff" + address.packed)
