"""Cloudflare's API, version 4 (developers.cloudflare.com/api)."""

from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Final, override

from yarl import URL

from ..address import Address, Addresses, Family, family_of
from ..fields import field_of
from ..outcome import (
    Applied,
    AuthRejected,
    BadAnswer,
    NameRejected,
    Outcome,
    RetryAfter,
    Trouble,
    Unchanged,
)
from ..provider import (
    Budget,
    Provider,
    ProviderDescription,
    ProviderId,
    Settings,
    TtlBounds,
)
from ..text_record import TextConflict, TextRecords, TextWritten
from .call import FAULT_WAIT, Patience
from .cloudflare_client import CloudflareClient, Zone, read_record
from .cloudflare_reply import Denied, Meaning, RecordGone, Result, SameExists
from .settings import flag_setting, secret_setting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp import ClientSession

    from ..names import DnsName
    from ..secret import Secret

API: Final = URL("https://api.cloudflare.com/client/v4")
_LEAST_INTERVAL: Final = timedelta(seconds=10)
_AUTOMATIC_TTL: Final = 1
_CNAME: Final = "CNAME"
_TXT: Final = "TXT"
_TEXT_TTL: Final = 60
# What a proxied name leads to (cloudflare.com/ips).
_PROXY_RANGES: Final = (
    "173.245.48.0/20 103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 141.101.64.0/18 "
    "108.162.192.0/18 190.93.240.0/20 188.114.96.0/20 197.234.240.0/22 198.41.128.0/17 "
    "162.158.0.0/15 104.16.0.0/13 104.24.0.0/14 172.64.0.0/13 131.0.72.0/22 "
    "2400:cb00::/32 2606:4700::/32 2803:f800::/32 2405:b500::/32 2405:8100::/32 "
    "2a06:98c0::/29 2c0f:f248::/32"
)
_PROXIES: Final = tuple(ip_network(text) for text in _PROXY_RANGES.split())
# No record has it: ids are random.
_NO_RECORD: Final = "0" * 32
# TEST-NET-1 (RFC 5737).
_NO_ADDRESS: Final = "192.0.2.1"


class CloudflareProvider(Provider, TextRecords):
    """A client for one API token.

    An existing record keeps its TTL, its proxied flag and its comment: only the content is
    patched. Nothing is ever deleted. Where several records share a name and type, the one that
    holds what we published last is ours; if none does, nothing is changed and the user is told.
    """

    def __init__(
        self,
        session: ClientSession,
        token: Secret,
        *,
        proxied: bool = False,
        api: URL = API,
        patience: Patience | None = None,
    ) -> None:
        self._client: Final = CloudflareClient(session, token, api, patience or Patience())
        self._api: Final = api
        self._proxied: Final = proxied

    @property
    @override
    def identity(self) -> str:
        # A name is unique in the DNS, so another token reaches the same records.
        return str(self._api)

    @property
    @override
    def least_interval(self) -> timedelta:
        return _LEAST_INTERVAL

    @override
    async def check(self, names: Sequence[DnsName]) -> Mapping[DnsName, Trouble | None]:
        found: dict[DnsName, Trouble | None] = {}
        for name in names:
            found[name] = await self._check(name)
            match found[name]:
                case AuthRejected() | RetryAfter(everywhere=True):
                    # The next call would be told the same.
                    return dict.fromkeys(names, found[name]) | found
        return found

    async def _check(self, name: DnsName) -> Trouble | None:
        zone = await self._client.find_zone(name)
        if not isinstance(zone, Zone):
            return zone
        records = await self._client.list_records(zone, name)
        if not isinstance(records, tuple):
            return records
        if any(record.type == _CNAME for record in records):
            return NameRejected(
                f"A CNAME record stands at {name}; delete it, or choose another name."
            )
        # The right to edit shows in patching a record that can't exist: who has it is told so.
        match await self._client.patch(zone, _NO_RECORD, {"content": _NO_ADDRESS}):
            case Denied() as denied:
                return zone.right_missing(denied)
            case RetryAfter() as wait:
                return wait
            case _:
                return None

    @override
    async def look_up(self, name: DnsName, family: Family) -> frozenset[Address] | Trouble:
        zone = await self._client.find_zone(name)
        if not isinstance(zone, Zone):
            return zone
        records = await self._client.list_records(zone, name, family.record_type)
        if not isinstance(records, tuple):
            return records
        return frozenset(record.address for record in records if record.address is not None)

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
        if not isinstance(zone, Zone):
            return dict.fromkeys(families, zone)
        outcomes: dict[Family, Outcome] = {}
        for family in families:
            address = addresses.of(family)
            assert address is not None  # noqa: S101 - the contract of `publish`
            outcomes[family] = await self._publish(zone, name, address, held.of(family))
        return outcomes

    async def _publish(
        self, zone: Zone, name: DnsName, address: Address, held: Address | None
    ) -> Outcome:
        record_type = family_of(address).record_type
        records = await self._client.list_records(zone, name, record_type)
        if not isinstance(records, tuple):
            return records
        if any(record.address == address for record in records):
            return Unchanged(address)
        change = {"content": str(address)}
        ours = [record for record in records if held is not None and record.address == held]
        match records, ours:
            case (), _:
                made = {
                    "type": record_type,
                    "name": name,
                    "ttl": _AUTOMATIC_TTL,
                    "proxied": self._proxied,
                }
                meaning = await self._client.create(zone, made | change)
            case ((record,), _) | (_, [record]):
                meaning = await self._client.patch(zone, record.id, change)
            case _:
                return NameRejected(
                    f"{name} has {len(records)} {record_type} records, and none is known to be "
                    "ours. Delete those that are not needed, or all but one."
                )
        return _written(zone, name, address, meaning)

    @override
    async def look_up_texts(self, name: DnsName) -> frozenset[str] | Trouble:
        zone = await self._client.find_zone(name)
        if not isinstance(zone, Zone):
            return zone
        records = await self._client.list_records(zone, name, _TXT)
        if not isinstance(records, tuple):
            return records
        return frozenset(_unquoted(record.content) for record in records)

    @override
    async def publish_text(
        self, name: DnsName, text: str, *, seen: frozenset[str], replaces: str | None
    ) -> TextWritten | TextConflict | Trouble:
        # The API can't compare and write in one step: what is compared is read just before.
        zone = await self._client.find_zone(name)
        if not isinstance(zone, Zone):
            return zone
        records = await self._client.list_records(zone, name, _TXT)
        if not isinstance(records, tuple):
            return records
        by_text = {_unquoted(record.content): record for record in records}
        if by_text.keys() != seen:
            return TextConflict()
        content = {"content": f'"{text}"'}
        if replaces is None:
            made = {"type": _TXT, "name": name, "ttl": _TEXT_TTL}
            meaning = await self._client.create(zone, made | content)
        else:
            meaning = await self._client.patch(zone, by_text[replaces].id, content)
        match meaning:
            case Result() | SameExists():
                return TextWritten()
            case RecordGone():
                return TextConflict()
            case Denied():
                return zone.right_missing(meaning)
            case trouble:
                return trouble


def _unquoted(content: str) -> str:
    return content.removeprefix('"').removesuffix('"')


def _written(zone: Zone, name: DnsName, address: Address, meaning: Meaning) -> Outcome:
    """Tell what came of making or changing a record."""
    match meaning:
        case Result(value):
            record = read_record(value)
            if record is not None and record.address == address:
                return Applied(address)
            return BadAnswer(f"Cloudflare did not confirm that {name} holds {address} now.")
        case SameExists():
            return Unchanged(address)
        case RecordGone():
            return RetryAfter(f"The record of {name} vanished while it was set.", FAULT_WAIT)
        case Denied():
            return zone.right_missing(meaning)
        case trouble:
            return trouble


def _build(settings: Settings, session: ClientSession) -> Provider:
    return CloudflareProvider(
        session,
        secret_setting(settings, "api_token", ascii_only=True),
        proxied=flag_setting(settings, "proxied", default=False),
    )


CLOUDFLARE: Final = ProviderDescription(
    id=ProviderId("cloudflare"),
    title="Cloudflare",
    fields=(
        field_of("api_token"),
        field_of("proxied", required=False, default=False),
    ),
    credentials_url="https://dash.cloudflare.com/profile/api-tokens",
    families=frozenset(Family),
    ttl=TtlBounds(least=60, most=86400),
    can_check=True,
    build=_build,
    note="cloudflare",
    keeps_texts=True,
    least_interval=_LEAST_INTERVAL,
    # developers.cloudflare.com/fundamentals/api/reference/limits
    budget=Budget(1200, timedelta(minutes=5)),
    proxies=_PROXIES,
)
