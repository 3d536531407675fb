"""Finding the name servers of a zone by walking down from the root, as resolvers do.

The local resolver has no part in it: in many networks it holds names of its own (split DNS), and it
would name its own servers for them.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from random import Random
from typing import TYPE_CHECKING, Final

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from .address import Scope, scope_of
from .name_server import PORT, DnsPatience, Endpoint, NoReply, ask

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .address import Address
    from .names import DnsName

# The root hints of IANA (internic.net/domain/named.root, b.root as of 2023-11-27).
_ROOTS: Final = (
    "198.41.0.4 170.247.170.2 192.33.4.12 199.7.91.13 192.203.230.10 192.5.5.241 192.112.36.4 "
    "198.97.190.53 192.36.148.17 192.58.128.30 193.0.14.129 199.7.83.42 202.12.27.33 "
    "2001:503:ba3e::2:30 2801:1b8:10::b 2001:500:2::c 2001:500:2d::d 2001:500:a8::e "
    "2001:500:2f::f 2001:500:12::d0d 2001:500:1::53 2001:7fe::53 2001:503:c27::2:30 2001:7fd::1 "
    "2001:500:9f::42 2001:dc3::35"
)
ROOTS: Final = tuple(Endpoint(ip_address(text)) for text in _ROOTS.split())

# What the public DNS never delegates, so nobody needs to be asked about it: RFC 2606, RFC 6761, RFC
# 6762, RFC 7686, RFC 8375, RFC 9476, and ICANN's resolution of 2024-07-29 (internal).
_NOT_PUBLIC_TEXT: Final = (
    "test example invalid localhost local onion home.arpa alt internal "
    "example.com example.net example.org"
)
_NOT_PUBLIC: Final = tuple(_NOT_PUBLIC_TEXT.split())

# A name has few zone cuts; more referrals are a loop.
_MOST_REFERRALS: Final = 12
# The name of a server may have to be looked up with servers that have to be looked up themselves.
_MOST_DETOURS: Final = 4
# Of one zone's servers, until one answers.
_MOST_TRIES: Final = 6


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Where the walk begins, and how name servers are asked.

    `public_only`: the servers of a public name have public addresses; others are a sign of split
    DNS, and are not asked. `port` is that of every server below the roots.
    """

    roots: tuple[Endpoint, ...] = ROOTS
    port: int = PORT
    public_only: bool = True
    patience: DnsPatience = field(
        default_factory=lambda: DnsPatience(timedelta(seconds=2), timedelta(seconds=5))
    )


@dataclass(frozen=True, slots=True)
class NameServer:
    """A name server of a zone. `private` are addresses of it that the world can't reach."""

    name: str
    endpoints: tuple[Endpoint, ...]
    private: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Authority:
    """A zone, and all name servers that its parent or it itself names; there is at least one."""

    zone: str
    servers: tuple[NameServer, ...]


@dataclass(frozen=True, slots=True)
class _Referral:
    """What a parent says of a zone: its servers by name, with the addresses that came along."""

    zone: dns.name.Name
    servers: dict[dns.name.Name, frozenset[Address]]


@dataclass(frozen=True, slots=True)
class _Arrival:
    """An answer with authority, and whom it came from."""

    reply: dns.message.Message
    parent: _Referral | None  # None: a root server itself holds the zone
    endpoints: tuple[Endpoint, ...]


def is_in_public_dns(name: DnsName) -> bool:
    """Tell whether a name can be in the public DNS at all."""
    return not any(name == domain or name.endswith(f".{domain}") for domain in _NOT_PUBLIC)


class Walker:
    """Walks from the root to the servers of names. It keeps nothing between walks."""

    def __init__(self, bootstrap: Bootstrap, random: Random | None = None) -> None:
        self._bootstrap: Final = bootstrap
        self._random: Final = random or Random()  # noqa: S311 - which server is asked is no secret

    async def find(self, name: DnsName) -> Authority | None:
        """Find the zone of a name and its servers; None where the walk led nowhere.

        Servers come from the parent, which the world goes by, and from the zone itself.
        """
        arrival = await self._walk(dns.name.from_text(name), dns.rdatatype.SOA, _MOST_DETOURS)
        if arrival is None:
            return None
        zone = _zone_of(arrival)
        known: dict[dns.name.Name, frozenset[Address]] = {}
        if arrival.parent is not None and arrival.parent.zone == zone:
            known |= arrival.parent.servers
        own = await self._ask_some(arrival.endpoints, zone, dns.rdatatype.NS)
        if own is not None and own.flags & dns.flags.AA:
            named = _servers_in(own, own.answer, zone)
            known |= {server: named[server] | known.get(server, frozenset()) for server in named}
        if not known:
            return None
        servers = await asyncio.gather(
            *(self._locate(server, found) for server, found in sorted(known.items()))
        )
        return Authority(zone.to_text(omit_final_dot=True), tuple(servers))

    async def _locate(self, server: dns.name.Name, found: frozenset[Address]) -> NameServer:
        addresses = found or await self._addresses_of(server, _MOST_DETOURS - 1)
        ordered = sorted(addresses, key=lambda address: (address.version, int(address)))
        private = tuple(each for each in ordered if self._is_private(each))
        return NameServer(
            server.to_text(omit_final_dot=True),
            tuple(Endpoint(each, self._bootstrap.port) for each in ordered if each not in private),
            private,
        )

    def _is_private(self, address: Address) -> bool:
        return self._bootstrap.public_only and scope_of(address) is not Scope.PUBLIC

    async def _walk(
        self, name: dns.name.Name, kind: dns.rdatatype.RdataType, detours: int
    ) -> _Arrival | None:
        endpoints = self._bootstrap.roots
        at: _Referral | None = None
        for _ in range(_MOST_REFERRALS):
            reply = await self._ask_some(endpoints, name, kind)
            if reply is None:
                return None
            if reply.flags & dns.flags.AA:
                return _Arrival(reply, at, endpoints)
            referral = _referral_in(reply, name)
            if referral is None or (at is not None and not _is_below(referral.zone, at.zone)):
                return None
            at = referral
            endpoints = await self._endpoints_of(referral, detours)
        return None

    async def _endpoints_of(self, referral: _Referral, detours: int) -> tuple[Endpoint, ...]:
        found = [address for addresses in referral.servers.values() for address in addresses]
        if not found and detours:
            for server in self._shuffled(referral.servers)[:_MOST_TRIES]:
                found += await self._addresses_of(server, detours - 1)
                if found:
                    break
        return tuple(
            Endpoint(address, self._bootstrap.port)
            for address in found
            if not self._is_private(address)
        )

    async def _addresses_of(self, server: dns.name.Name, detours: int) -> frozenset[Address]:
        arrivals = await asyncio.gather(
            *(self._walk(server, kind, detours) for kind in (dns.rdatatype.A, dns.rdatatype.AAAA))
        )
        return frozenset(
            ip_address(rdata.address)
            for arrival in arrivals
            if arrival is not None
            for rrset in arrival.reply.answer
            if rrset.rdtype in {dns.rdatatype.A, dns.rdatatype.AAAA}
            for rdata in rrset
        )

    async def _ask_some(
        self,
        endpoints: Sequence[Endpoint],
        name: dns.name.Name,
        kind: dns.rdatatype.RdataType,
    ) -> dns.message.Message | None:
        """Ask servers that should know the same, one after the other, until one answers."""
        for endpoint in self._shuffled(endpoints)[:_MOST_TRIES]:
            question = dns.message.make_query(name, kind)
            question.flags &= ~dns.flags.RD
            reply = await ask(endpoint, question, self._bootstrap.patience)
            if isinstance(reply, NoReply):
                continue
            if reply.rcode() in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
                return reply
        return None

    def _shuffled[ItemT](self, items: Iterable[ItemT]) -> list[ItemT]:
        shuffled = list(items)
        self._random.shuffle(shuffled)
        return shuffled


def _is_below(zone: dns.name.Name, other: dns.name.Name) -> bool:
    return zone.is_subdomain(other) and zone != other


def _zone_of(arrival: _Arrival) -> dns.name.Name:
    """Return the zone that answered: its SOA is the answer, or stands beside a denial."""
    for rrset in (*arrival.reply.answer, *arrival.reply.authority):
        if rrset.rdtype == dns.rdatatype.SOA:
            return rrset.name
    # An alias hides the SOA; the parent has named the zone.
    return dns.name.root if arrival.parent is None else arrival.parent.zone


def _referral_in(reply: dns.message.Message, name: dns.name.Name) -> _Referral | None:
    for rrset in reply.authority:
        if rrset.rdtype == dns.rdatatype.NS and name.is_subdomain(rrset.name):
            return _Referral(rrset.name, _servers_in(reply, reply.authority, rrset.name))
    return None


def _servers_in(
    reply: dns.message.Message, section: Iterable[dns.rrset.RRset], zone: dns.name.Name
) -> dict[dns.name.Name, frozenset[Address]]:
    """Return the servers of a zone that a section names, with the addresses that came along."""
    names = {
        rdata.target
        for rrset in section
        if rrset.rdtype == dns.rdatatype.NS and rrset.name == zone
        for rdata in rrset
    }
    return {
        name: frozenset(
            ip_address(rdata.address)
            for rrset in reply.additional
            if rrset.name == name and rrset.rdtype in {dns.rdatatype.A, dns.rdatatype.AAAA}
            for rdata in rrset
        )
        for name in names
    }
