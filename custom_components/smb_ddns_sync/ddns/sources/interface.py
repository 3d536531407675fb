"""The addresses that this machine itself holds, and which of them last.

An IPv6 host has several: one that lasts, and temporary ones (RFC 8981) that it prefers when it asks
somebody and gives up after a day. Only the first can stand in DNS. Linux tells them apart in
`/proc/net/if_inet6` (man 5 proc, linux/if_addr.h); where that cannot be read, as on another system,
nothing is known and nothing is claimed.
"""

import asyncio
from dataclasses import dataclass
import fcntl
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from pathlib import Path
import socket
import struct
from typing import TYPE_CHECKING, Final, override

from ..address import Address, Family, Scope, scope_of
from ..source import Answer, NoAnswer, Operator, Source, SourceId, SourceKind
from .routes import default_interface

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

# linux/if_addr.h; the file shows the lowest eight bits.
_TEMPORARY: Final = 0x01
_DAD_FAILED: Final = 0x08
_DEPRECATED: Final = 0x20
_TENTATIVE: Final = 0x40
_PERMANENT: Final = 0x80
_SIOCGIFADDR: Final = 0x8915  # linux/sockios.h, man 7 netdevice

INTERFACE: Final = SourceId("interface")

IF_INET6: Final = Path("/proc/net/if_inet6")


@dataclass(frozen=True, slots=True)
class HeldAddress:
    """An IPv6 address of one of this machine's interfaces."""

    interface: str
    address: IPv6Address
    flags: int

    @property
    def lasts(self) -> bool:
        """Whether it is public and in use, and will be tomorrow: only that is ever published."""
        passing = _TEMPORARY | _DAD_FAILED | _DEPRECATED | _TENTATIVE
        return not self.flags & passing and scope_of(self.address) is Scope.PUBLIC

    @property
    def network(self) -> IPv6Network:
        """The /64 that it is in: all addresses that a host makes for itself are (RFC 4862)."""
        return IPv6Network((self.address, 64), strict=False)


def parse_held(text: str) -> tuple[HeldAddress, ...]:
    """Read `/proc/net/if_inet6`; a line of another form is left out."""
    found = []
    for line in text.splitlines():
        try:
            digits, _, _, _, flags, interface = line.split()
            found.append(HeldAddress(interface, _address(digits), int(flags, 16)))
        except ValueError:
            continue
    return tuple(found)


def _address(digits: str) -> IPv6Address:
    return IPv6Address(bytes.fromhex(digits))


def read_held(path: Path = IF_INET6) -> tuple[HeldAddress, ...]:
    """Return the IPv6 addresses of this machine; none where the system does not tell."""
    try:
        return parse_held(path.read_text(encoding="ascii", errors="replace"))
    except OSError:
        return ()


def lasting(held: Sequence[HeldAddress], interface: str | None) -> IPv6Address | None:
    """Return the address that lasts, of one interface or of any; the same one each time.

    One that was set by hand comes first, because a person who set it means it.
    """
    candidates = [each for each in held if each.lasts and interface in {None, each.interface}]
    if not candidates:
        return None
    return min(candidates, key=lambda each: (not each.flags & _PERMANENT, each.address)).address


def settle(address: Address, held: Sequence[HeldAddress]) -> Address | NoAnswer:
    """Return the address that lasts, for one from which this machine was seen to ask.

    Invariants: an address that this machine does not hold (IPv4 behind a NAT, another host's) is
    what it is. One of this machine's that does not last is never returned: in its place stands the
    one that lasts in the same /64, because that network is what the world has proved; without
    such, there is no answer.
    """
    if not isinstance(address, IPv6Address):
        return address
    seen = [each for each in held if each.address == address]
    if not seen or any(each.lasts for each in seen):
        return address
    if scope_of(address) is not Scope.PUBLIC:
        return address
    beside = [each for each in held if each.network == seen[0].network]
    return lasting(beside, seen[0].interface) or NoAnswer.TEMPORARY


def ipv4_of(interface: str) -> IPv4Address | None:
    """Return the first IPv4 address of an interface; None where it has none, or is not there."""
    name = interface.encode()
    if len(name) > 15:  # noqa: PLR2004 - IFNAMSIZ without the NUL, linux/if.h
        return None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            answer = fcntl.ioctl(asking, _SIOCGIFADDR, struct.pack("256s", name))
        except OSError:
            return None
    return IPv4Address(answer[20:24])


class InterfaceSource(Source):
    """What an interface of this machine holds: the named one, or that of the default route."""

    def __init__(
        self,
        interface: str | None = None,
        *,
        allow_temporary: bool = False,
        read: Callable[[], Sequence[HeldAddress]] = read_held,
        read_ipv4: Callable[[str], IPv4Address | None] = ipv4_of,
        default: Callable[[Family], str | None] = default_interface,
    ) -> None:
        self._interface = interface
        self._allow_temporary = allow_temporary
        self._read = read
        self._read_ipv4 = read_ipv4
        self._default = default

    @property
    @override
    def id(self) -> SourceId:
        return INTERFACE

    @property
    @override
    def operator(self) -> Operator:
        return Operator("interface")

    @property
    @override
    def kind(self) -> SourceKind:
        return SourceKind.INTERFACE

    @property
    @override
    def families(self) -> AbstractSet[Family]:
        return frozenset(Family)

    @override
    async def ask(self, family: Family) -> Answer:
        found = await asyncio.to_thread(self._find, family)
        return Answer(self.id, self.operator, family, found, self.kind)

    def _find(self, family: Family) -> Address | NoAnswer:
        interface = self._interface or self._default(family)
        if interface is None:
            return NoAnswer.NOTHING
        if family is Family.IPV4:
            return self._read_ipv4(interface) or NoAnswer.NOTHING
        held = self._read()
        address = lasting(held, interface)
        if address is not None:
            return address
        passing = [
            each
            for each in held
            if each.interface == interface
            and scope_of(each.address) is Scope.PUBLIC
            and not each.flags & (_DAD_FAILED | _TENTATIVE | _DEPRECATED)
        ]
        if not passing:
            return NoAnswer.NOTHING
        return passing[0].address if self._allow_temporary else NoAnswer.TEMPORARY
