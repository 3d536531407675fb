"""PowerDNS Authoritative, API 1 of one's own server (doc.powerdns.com/authoritative/http-api)."""

from typing import TYPE_CHECKING, override

from yarl import URL

from ...provider import Field, FieldKind, ProviderId, TtlBounds
from .client import API_KEY
from .read import number, rows, text
from .record_sets import RecordSet, RecordSetClient
from .zone import Spot, Texts, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_ZONES = "servers/localhost/zones"


class PowerdnsClient(RecordSetClient):
    """A PowerDNS server with its API switched on."""

    id = ProviderId("powerdns")
    title = "PowerDNS"
    api = URL("http://localhost:8081/api/v1")
    fields = (Field("server", FieldKind.URL), API_KEY)
    ttl_bounds = TtlBounds(least=0, most=2147483647, automatic=False)
    texts = Texts.QUOTED
    quiet = True

    @override
    def headers(self) -> dict[str, str]:
        return {"X-API-Key": self.entered("api_key")}

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def look(candidate: str) -> Zone | None:
            value = await self.ask("GET", _ZONES, query=[("zone", f"{candidate}.")])
            found = [Zone(plain_name(text(r, "name")), text(r, "id")) for r in rows(value)]
            return next((zone for zone in found if zone.name == candidate), None)

        return await self.first_zone(name, look)

    @override
    async def read_set(self, spot: Spot) -> RecordSet | None:
        query = [("rrset_name", f"{spot.name}."), ("rrset_type", spot.type)]
        value = await self.ask("GET", f"{_ZONES}/{spot.zone.id}", query=query)
        for row in rows(value, "rrsets"):
            if (plain_name(text(row, "name")), text(row, "type")) == (spot.name, spot.type):
                records = rows(row, "records")
                enabled = not any(record.get("disabled") for record in records)
                values = tuple(text(record, "content") for record in records)
                return RecordSet(values, number(row, "ttl"), enabled)
        return None

    @override
    async def write_set(self, spot: Spot, new: RecordSet, old: RecordSet | None) -> None:
        # Comments are kept where none are named.
        changed = {
            "name": f"{spot.name}.",
            "type": spot.type,
            "ttl": new.ttl,
            "changetype": "REPLACE",
            "records": [{"content": value, "disabled": False} for value in new.values],
        }
        await self.ask("PATCH", f"{_ZONES}/{spot.zone.id}", json={"rrsets": [changed]})
