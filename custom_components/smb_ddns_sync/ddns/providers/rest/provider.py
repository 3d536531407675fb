"""What is written, whatever the API: the one place that decides it for all REST providers."""

from typing import TYPE_CHECKING, Final, override

from ...address import Address, Addresses, Family, family_of
from ...outcome import (
    Applied,
    AuthRejected,
    BadAnswer,
    NameRejected,
    Outcome,
    RetryAfter,
    Trouble,
    Unchanged,
    Unconfirmed,
)
from ...provider import (
    Provider,
)
from .cause import NotDoneError, Same, told
from .read import MalformedError
from .zone import Record, Spot, Zone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from ...names import DnsName
    from .client import RestClient

_CNAME: Final = "CNAME"


class RestProvider(Provider):
    """A provider whose API shows zones and records.

    A record that exists keeps its TTL and all else of it: only the address is changed. Nothing is
    ever deleted. Where several records share a name and type, the one that holds what we published
    last is ours; if none does, nothing is changed and the user is told. A record that holds the
    address is not written. Filters of the server are not trusted: names and types are compared.

    Where a change takes two steps (`RestClient.in_two_steps`), several records do not tell whether
    one of them was left behind: a look answers `Unconfirmed` then, so that the keeper publishes
    again, and the record that holds what was published last is taken away. Without one that is
    known to be ours nothing is, and the user is told.
    """

    def __init__(self, client: RestClient) -> None:
        self._client: Final = client

    @property
    @override
    def identity(self) -> str:
        # A name is unique in the DNS, so other credentials reach the same records.
        return str(self._client.root)

    @property
    @override
    def least_interval(self) -> timedelta:
        return self._client.least_interval

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
        zone = await self._zone(name)
        if not isinstance(zone, Zone):
            return zone
        records = await self._records(Spot(zone, name, _CNAME))
        if not isinstance(records, list):
            return records
        if records:
            return NameRejected(
                f"A CNAME record stands at {name}; delete it, or choose another name."
            )
        return None

    @override
    async def look_up(self, name: DnsName, family: Family) -> frozenset[Address] | Trouble:
        zone = await self._zone(name)
        if not isinstance(zone, Zone):
            return zone
        spot = Spot(zone, name, family.record_type)
        records = await self._records(spot)
        if not isinstance(records, list):
            return records
        if self._client.in_two_steps and len(records) > 1:
            return Unconfirmed(f"{name} has {len(records)} {spot.type} records.")
        addresses = (record.address for record in records if record.enabled)
        return frozenset(address for address in addresses if address is not None)

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
        zone = await self._zone(name)
        if not isinstance(zone, Zone):
            return dict.fromkeys(families, zone)
        outcomes: dict[Family, Outcome] = {}
        for family in sorted(families, key=lambda family: family.value):
            address = addresses.of(family)
            assert address is not None  # noqa: S101 - the contract of `publish`
            outcomes[family] = await self._publish(zone, name, address, held.of(family))
            match outcomes[family]:
                case AuthRejected() | RetryAfter(everywhere=True) as outcome:
                    # The next call would be told the same.
                    return dict.fromkeys(families, outcome) | outcomes
        return outcomes

    async def _publish(
        self, zone: Zone, name: DnsName, address: Address, held: Address | None
    ) -> Outcome:
        spot = Spot(zone, name, family_of(address).record_type)
        records = await self._records(spot)
        if not isinstance(records, list):
            return records
        if any(record.address == address and record.enabled for record in records):
            if self._client.in_two_steps and len(records) > 1:
                return await self._finish(spot, records, address, held)
            return Unchanged(address)
        ours = [record for record in records if held is not None and record.address == held]
        match records, ours:
            case ([], _):
                return await self._write(spot, None, address)
            case ([record], _) | (_, [record]):
                return await self._write(spot, record, address)
        return _not_ours(spot, len(records))

    async def _finish(
        self, spot: Spot, records: list[Record], address: Address, held: Address | None
    ) -> Outcome:
        """Take away what an earlier change has left beside the record that it made."""
        left = [r for r in records if r.address == held and held not in {None, address}]
        if not left:
            return _not_ours(spot, len(records))
        try:
            for record in left:
                await self._client.clear(spot, record)
        except NotDoneError as error:
            return self._told(error, spot.name, spot.zone)
        return Applied(address)

    async def _write(self, spot: Spot, record: Record | None, address: Address) -> Outcome:
        if record is not None and not record.enabled:
            return NameRejected(
                f"The {spot.type} record of {spot.name} is switched off at {self._client.title}; "
                "switch it on, or delete it."
            )
        try:
            if record is None:
                await self._client.create(spot, str(address))
            else:
                await self._client.change(spot, record, str(address))
        except NotDoneError as error:
            if isinstance(error.cause, Same):
                return Unchanged(address)
            return self._told(error, spot.name, spot.zone)
        except MalformedError:
            return self._malformed(f"the change of {spot.name}")
        return Applied(address)

    async def _zone(self, name: DnsName) -> Zone | Trouble:
        try:
            zone = await self._client.find_zone(name)
        except NotDoneError as error:
            return self._told(error, name, None)
        except MalformedError:
            return self._malformed("the question for its zones")
        return zone or NameRejected(
            f"No zone of this {self._client.title} account holds {name}, or the credentials may "
            "not see it."
        )

    async def _records(self, spot: Spot) -> list[Record] | Trouble:
        try:
            records = await self._client.list_records(spot)
        except NotDoneError as error:
            return self._told(error, spot.name, spot.zone)
        except MalformedError:
            return self._malformed(f"the question for the records of {spot.name}")
        return [r for r in records if (r.name, r.type.upper()) == (spot.name, spot.type)]

    def _told(self, error: NotDoneError, name: DnsName, zone: Zone | None) -> Trouble:
        return told(error.cause, self._client.title, name, zone)

    def _malformed(self, what: str) -> BadAnswer:
        return BadAnswer(
            f"{self._client.title} answered {what} with something that its API does not tell."
        )


def _not_ours(spot: Spot, count: int) -> NameRejected:
    return NameRejected(
        f"{spot.name} has {count} {spot.type} records, and none is known to be ours. Delete "
        "those that are not needed, or all but one."
    )
