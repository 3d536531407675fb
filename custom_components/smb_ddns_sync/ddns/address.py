"""Addresses of this site: their family, and whether the world can reach them."""

from dataclasses import dataclass
from enum import Enum, StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

type Address = IPv4Address | IPv6Address


class Family(Enum):
    """An internet protocol version; the value is the version number."""

    IPV4 = 4
    IPV6 = 6

    @property
    def record_type(self) -> str:
        """The DNS record type that holds an address of this family (RFC 1035, RFC 3596)."""
        return "A" if self is Family.IPV4 else "AAAA"


def family_of(address: Address) -> Family:
    """Return the family of an address."""
    return Family(address.version)


class Scope(StrEnum):
    """From where an address can be reached."""

    PUBLIC = "public"
    SHARED = "shared"  # carrier-grade NAT, 100.64.0.0/10 (RFC 6598)
    PRIVATE = "private"  # RFC 1918, fc00::/7
    UNUSABLE = "unusable"  # loopback, link-local, documentation, multicast, translated, reserved


_SHARED = ip_network("100.64.0.0/10")
_PRIVATE = tuple(
    ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
_GLOBAL_UNICAST_IPV6 = ip_network("2000::/3")
# Tunnels and translations carry another host's IPv4 address: publishing one would name a relay, not
# this site.
_BORROWED_IPV6 = tuple(ip_network(text) for text in ("2001::/32", "2002::/16", "64:ff9b::/96"))


def scope_of(address: Address) -> Scope:
    """Tell from where an address can be reached (IANA special-purpose address registries)."""
    if any(address in network for network in _PRIVATE):
        return Scope.PRIVATE
    if address in _SHARED:
        return Scope.SHARED
    if not address.is_global or address.is_multicast or address.is_reserved:
        return Scope.UNUSABLE
    if isinstance(address, IPv6Address) and (
        address not in _GLOBAL_UNICAST_IPV6
        or address.scope_id is not None
        or any(address in network for network in _BORROWED_IPV6)
    ):
        return Scope.UNUSABLE
    return Scope.PUBLIC


def parse_address(text: str, family: Family) -> Address | None:
    """Return the address that the whole text is; None where it is anything else or of the other."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return address if family_of(address) is family else None


@dataclass(frozen=True, slots=True)
class Addresses:
    """What is known of this site, a value per family; None means not known, never "no address"."""

    ipv4: IPv4Address | None = None
    ipv6: IPv6Address | None = None

    def of(self, family: Family) -> Address | None:
        """Return the address of one family, where it is known."""
        return self.ipv4 if family is Family.IPV4 else self.ipv6

    def public(self) -> Addresses:
        """Return these without what the world can't reach."""
        return Addresses(
            ipv4=self.ipv4 if self.ipv4 and scope_of(self.ipv4) is Scope.PUBLIC else None,
            ipv6=self.ipv6 if self.ipv6 and scope_of(self.ipv6) is Scope.PUBLIC else None,
        )

    def inner(self) -> Addresses:
        """Return these without what is not private or shared: what one's own network reaches."""
        scopes = {Scope.PRIVATE, Scope.SHARED}
        return Addresses(
            ipv4=self.ipv4 if self.ipv4 and scope_of(self.ipv4) in scopes else None,
            ipv6=self.ipv6 if self.ipv6 and scope_of(self.ipv6) in scopes else None,
        )

    def or_else(self, others: Addresses) -> Addresses:
        """Return these, with the others where a family is not known here."""
        return Addresses(ipv4=self.ipv4 or others.ipv4, ipv6=self.ipv6 or others.ipv6)

    def only(self, families: AbstractSet[Family]) -> Addresses:
        """Return those of the given families."""
        return Addresses(
            ipv4=self.ipv4 if Family.IPV4 in families else None,
            ipv6=self.ipv6 if Family.IPV6 in families else None,
        )

    @classmethod
    def gather(cls, addresses: Iterable[Address | None]) -> Self:
        """Return what is known among the given; of several of a family, the last."""
        ipv4: IPv4Address | None = None
        ipv6: IPv6Address | None = None
        for address in addresses:
            match address:
                case IPv4Address():
                    ipv4 = address
                case IPv6Address():
                    ipv6 = address
                case None:
                    pass
        return cls(ipv4, ipv6)
