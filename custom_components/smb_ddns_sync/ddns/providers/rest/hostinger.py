"""Hostinger, API 1 (developers.hostinger.com)."""

from typing import TYPE_CHECKING, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .read import number, rows, text
from .record_sets import RecordSet, RecordSetClient
from .zone import Spot, Zone, longest, plain_name

if TYPE_CHECKING:
    from ...names import DnsName


class HostingerClient(RecordSetClient):
    """Hostinger: the domains of one's portfolio there."""

    id = ProviderId("hostinger")
    title = "Hostinger"
    api = URL("https://developers.hostinger.com/api")
    credentials_url = "https://hpanel.hostinger.com/profile/api"
    ttl_bounds = TtlBounds(least=60, most=86400, automatic=False)

    @override
    def headers(self) -> dict[str, str]:
        return dict(self.bearer())

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        found = rows(await self.ask("GET", "domains/v1/portfolio"))
        # A domain that is still being bought has no name yet.
        named = (row for row in found if row.get("domain"))
        return longest((Zone(plain_name(text(row, "domain"))) for row in named), name)

    @override
    async def read_set(self, spot: Spot) -> RecordSet | None:
        for row in rows(await self.ask("GET", f"dns/v1/zones/{spot.zone.name}")):
            found = (spot.zone.absolute(text(row, "name")), text(row, "type"))
            if found == (spot.name, spot.type):
                records = rows(row, "records")
                enabled = not any(record.get("is_disabled") for record in records)
                values = tuple(text(record, "content") for record in records)
                return RecordSet(values, number(row, "ttl"), enabled)
        return None

    @override
    async def write_set(self, spot: Spot, new: RecordSet, old: RecordSet | None) -> None:
        # `overwrite` replaces the records of just the names and types that are given.
        changed = {
            "name": spot.relative(),
            "type": spot.type,
            "ttl": new.ttl,
            "records": [{"content": value} for value in new.values],
        }
        body = {"overwrite": True, "zone": [changed]}
        text(await self.ask("PUT", f"dns/v1/zones/{spot.zone.name}", json=body), "message")
