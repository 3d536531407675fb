"""IONOS DNS, API 1 (developer.hosting.ionos.com/docs/dns)."""

from typing import TYPE_CHECKING, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .client import API_KEY, RestClient
from .read import MalformedError, number, rows, text
from .zone import Record, Spot, Zone, longest, plain_name

if TYPE_CHECKING:
    from ...names import DnsName


class IonosClient(RestClient):
    """IONOS; its key is the prefix, a dot and the secret."""

    id = ProviderId("ionos")
    title = "IONOS"
    api = URL("https://api.hosting.ionos.com/dns/v1")
    fields = (API_KEY,)
    credentials_url = "https://developer.hosting.ionos.com/keys"
    ttl_bounds = TtlBounds(least=60, most=604800, automatic=False)

    @override
    def headers(self) -> dict[str, str]:
        return {"X-API-Key": self.entered("api_key")}

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        found = rows(await self.ask("GET", "zones"))
        return longest((Zone(plain_name(text(r, "name")), text(r, "id")) for r in found), name)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        query = [("recordName", spot.name), ("recordType", spot.type)]
        value = await self.ask("GET", f"zones/{spot.zone.id}", query=query)
        return [
            Record(
                text(row, "id"),
                plain_name(text(row, "name")),
                text(row, "type"),
                text(row, "content"),
                enabled=row.get("disabled") is not True,
                more=row,
            )
            for row in rows(value, "records")
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        made = {"name": spot.name, "type": spot.type, "content": content, "ttl": self.ttl}
        value = await self.ask("POST", f"zones/{spot.zone.id}/records", json=[made])
        found = rows(value)
        if not found:
            raise MalformedError("records")
        self.confirm(found[0], content, "content")

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        changed = {"disabled": False, "content": content, "ttl": number(record.more, "ttl")}
        value = await self.ask("PUT", f"zones/{spot.zone.id}/records/{record.id}", json=changed)
        self.confirm(value, content, "content")
