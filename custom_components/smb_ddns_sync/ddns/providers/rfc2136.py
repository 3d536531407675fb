"""One's own name server: dynamic updates (RFC 2136) signed with a key (TSIG, RFC 8945).

BIND, Knot, PowerDNS, Technitium, and services such as dynv6 take them.
"""

from base64 import b64decode
from datetime import timedelta
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Final, override

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from ..address import Address, Addresses, Family, family_of
from ..fields import field_of
from ..name_server import PORT
from ..names import BadNameError, DnsName, parse_name
from ..outcome import (
    Applied,
    AuthRejected,
    NameRejected,
    Outcome,
    RetryAfter,
    Trouble,
    Unchanged,
    Unconfirmed,
)
from ..provider import (
    Provider,
    ProviderDescription,
    ProviderId,
    SettingError,
    SettingFault,
    Settings,
    TtlBounds,
)
from ..text_record import TextConflict, TextRecords, TextWritten
from .call import FAULT_WAIT
from .rfc2136_client import ALGORITHMS, Done, Overtaken, Records, UpdateClient, UpdateKey
from .settings import choice_setting, number_setting, secret_setting, text_setting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp import ClientSession

_ALGORITHM: Final = "hmac-sha256"
_DEFAULT_TTL: Final = 300
_TTL: Final = TtlBounds(least=0, most=86400, automatic=False)
_TEXT_TTL: Final = 60
_TYPES: Final = {Family.IPV4: dns.rdatatype.A, Family.IPV6: dns.rdatatype.AAAA}
# TEST-NET-1 (RFC 5737): no record holds these, so that to delete one changes nothing.
_NO_ADDRESSES: Final = tuple(IPv4Network("192.0.2.0/28").hosts())


class Rfc2136Provider(Provider, TextRecords):
    """A client for one server and key.

    Each name is changed in one message, which the server carries out as a whole or not at all:
    there is never a moment without the record. Prerequisites hold what was seen just before, so
    whoever else changes the name at the same time is not overwritten. Where several records share a
    name and type, the one that holds what we published last is ours; if none does, nothing is
    changed. A record that is there keeps its time to live.
    """

    def __init__(self, client: UpdateClient, *, ttl: int = _DEFAULT_TTL) -> None:
        self._client: Final = client
        self._ttl: Final = ttl

    @property
    @override
    def identity(self) -> str:
        # Another key reaches the same records.
        return f"{self._client.host.lower()}:{self._client.port}"

    @property
    @override
    def least_interval(self) -> timedelta:
        return timedelta(seconds=5)

    @override
    async def check(self, names: Sequence[DnsName]) -> Mapping[DnsName, Trouble | None]:
        found: dict[DnsName, Trouble | None] = {}
        for name in names:
            found[name] = await self._check(name)
            match found[name]:
                case AuthRejected() | RetryAfter(everywhere=True):
                    # The next message would be told the same.
                    return dict.fromkeys(names, found[name]) | found
        return found

    async def _check(self, name: DnsName) -> Trouble | None:
        zone = await self._client.find_zone(name)
        if not isinstance(zone, dns.name.Name):
            return zone
        seen = await self._look(name, Family.IPV4)
        if not isinstance(seen, Records):
            return seen
        # The right to change shows in deleting a record that is not there.
        update = self._client.update(zone)
        missing = next(each for each in _NO_ADDRESSES if each not in seen.addresses)
        update.delete(dns.name.from_text(name), _rdata(missing))
        match await self._client.send(update, name):
            case Done() | Overtaken():
                return None
            case Unconfirmed(message):
                return RetryAfter(message, FAULT_WAIT)
            case trouble:
                return trouble

    @override
    async def look_up(self, name: DnsName, family: Family) -> frozenset[Address] | Trouble:
        seen = await self._look(name, family)
        return seen.addresses if isinstance(seen, Records) else seen

    @override
    async def publish(
        self,
        name: DnsName,
        addresses: Addresses,
        families: frozenset[Family],
        *,
        held: Addresses,
    ) -> Mapping[Family, Outcome]:
        if not families:
            return {}
        zone = await self._client.find_zone(name)
        if not isinstance(zone, dns.name.Name):
            return dict.fromkeys(families, zone)
        update = self._client.update(zone)
        owner = dns.name.from_text(name)
        update.absent(owner, dns.rdatatype.CNAME)
        outcomes: dict[Family, Outcome] = {}
        changed: dict[Family, Address] = {}
        for family in families:
            address = addresses.of(family)
            assert address is not None  # noqa: S101 - the contract of `publish`
            seen = await self._look(name, family)
            if not isinstance(seen, Records):
                return dict.fromkeys(families, seen)
            if address in seen.addresses:
                outcomes[family] = Unchanged(address)
                continue
            ours = _ours(seen, held.of(family))
            if len(seen.addresses) > 1 and ours is None:
                outcomes[family] = NameRejected(
                    f"{name} has {len(seen.addresses)} {family.record_type} records, and none is "
                    "known to be ours. Delete those that are not needed, or all but one."
                )
                continue
            self._replace(update, owner, seen, ours, address)
            changed[family] = address
        if not changed:
            return outcomes
        match await self._client.send(update, name):
            case Done():
                return outcomes | {family: Applied(each) for family, each in changed.items()}
            case Overtaken():
                # Also what a second copy of an update is told that has landed already.
                lost = Unconfirmed(f"Another program, or an earlier message, changed {name}.")
                return outcomes | dict.fromkeys(changed, lost)
            case trouble:
                return outcomes | dict.fromkeys(changed, trouble)

    def _replace(
        self,
        update: dns.update.UpdateMessage,
        owner: dns.name.Name,
        seen: Records,
        ours: Address | None,
        address: Address,
    ) -> None:
        """Have the update put an address in the place of ours, if the records are as seen."""
        kind = _TYPES[family_of(address)]
        if seen.addresses:
            # Value dependent (RFC 2136 section 2.4.2): the whole set has to be as it was seen.
            update.present(owner, *(_rdata(each) for each in sorted(seen.addresses, key=int)))
        else:
            update.absent(owner, kind)
        if ours is not None and len(seen.addresses) > 1:
            update.delete(owner, _rdata(ours))
        else:
            update.delete(owner, kind)
        update.add(owner, self._ttl if seen.ttl is None else seen.ttl, _rdata(address))

    async def _look(self, name: DnsName, family: Family) -> Records | Trouble:
        seen = await self._client.look(name, _TYPES[family])
        if isinstance(seen, Records) and seen.alias is not None:
            return NameRejected(
                f"A CNAME record stands at {name}; delete it, or choose another name."
            )
        return seen

    @override
    async def look_up_texts(self, name: DnsName) -> frozenset[str] | Trouble:
        seen = await self._client.look(name, dns.rdatatype.TXT)
        return seen.texts if isinstance(seen, Records) else seen

    @override
    async def publish_text(
        self, name: DnsName, text: str, *, seen: frozenset[str], replaces: str | None
    ) -> TextWritten | TextConflict | Trouble:
        zone = await self._client.find_zone(name)
        if not isinstance(zone, dns.name.Name):
            return zone
        update = self._client.update(zone)
        owner = dns.name.from_text(name)
        if seen:
            update.present(owner, *(_text_rdata(each) for each in sorted(seen)))
        else:
            update.absent(owner, dns.rdatatype.TXT)
        if replaces is not None:
            update.delete(owner, _text_rdata(replaces))
        update.add(owner, _TEXT_TTL, _text_rdata(text))
        match await self._client.send(update, name):
            case Done():
                return TextWritten()
            case Overtaken():
                return TextConflict()
            case trouble:
                return trouble


def _ours(seen: Records, held: Address | None) -> Address | None:
    return held if held in seen.addresses else None


def _rdata(address: Address) -> dns.rdata.Rdata:
    kind = _TYPES[family_of(address)]
    return dns.rdata.from_text(dns.rdataclass.IN, kind, str(address))


def _text_rdata(text: str) -> dns.rdata.Rdata:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.TXT, f'"{quoted}"')


def _build(settings: Settings, session: ClientSession) -> Provider:  # noqa: ARG001 - it speaks no HTTP
    host, port = _server(settings)
    zone = _zone(settings)
    ttl = number_setting(settings, "ttl", least=_TTL.least, most=_TTL.most, default=_DEFAULT_TTL)
    return Rfc2136Provider(UpdateClient(host, port, _key(settings), zone), ttl=ttl)


def _server(settings: Settings) -> tuple[str, int]:
    """Return host and port: `ns.example.com`, `192.0.2.1:5353`, `[2001:db8::1]:53`."""
    text = text_setting(settings, "name_server", forbidden="/@ ")
    host, port = text, ""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not port:
        return host, PORT
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:  # noqa: PLR2004 - 16 bits
        raise SettingError("name_server", SettingFault.BAD_CHARACTER)
    return host, int(port)


def _zone(settings: Settings) -> DnsName | None:
    if not str(settings.get("zone", "")).strip():
        return None
    text = text_setting(settings, "zone")
    try:
        return parse_name(text)
    except BadNameError:
        raise SettingError("zone", SettingFault.BAD_CHARACTER) from None


def _key(settings: Settings) -> UpdateKey:
    name = text_setting(settings, "key_name")
    secret = secret_setting(settings, "key_secret", ascii_only=True)
    algorithm = choice_setting(settings, "key_algorithm", tuple(ALGORITHMS), default=_ALGORITHM)
    try:
        dns.name.from_text(name)
    except dns.exception.DNSException, UnicodeError:
        raise SettingError("key_name", SettingFault.BAD_CHARACTER) from None
    try:
        b64decode(secret.reveal(), validate=True)
    except ValueError:
        raise SettingError("key_secret", SettingFault.BAD_CHARACTER) from None
    return UpdateKey(name, secret, algorithm)


RFC2136: Final = ProviderDescription(
    id=ProviderId("rfc2136"),
    title="RFC 2136 (BIND, Knot, PowerDNS …)",
    fields=(
        field_of("name_server"),
        field_of("zone", required=False),
        field_of("key_name"),
        field_of("key_secret"),
        field_of("key_algorithm", required=False, default=_ALGORITHM, choices=tuple(ALGORITHMS)),
        field_of("ttl", required=False, default=_DEFAULT_TTL, least=_TTL.least, most=_TTL.most),
    ),
    credentials_url=None,
    families=frozenset(Family),
    ttl=_TTL,
    can_check=True,
    build=_build,
    note="rfc2136",
    keeps_texts=True,
    speaks_http=False,
)
