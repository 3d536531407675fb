"""DigitalOcean DNS, API 2 (docs.digitalocean.com/reference/api)."""

from typing import TYPE_CHECKING, Any, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .client import RestClient
from .read import rows, text
from .zone import Record, Spot, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE = 200


class DigitalOceanClient(RestClient):
    """DigitalOcean with a personal access token (domain: read, create and update)."""

    id = ProviderId("digitalocean")
    title = "DigitalOcean"
    api = URL("https://api.digitalocean.com/v2")
    credentials_url = "https://cloud.digitalocean.com/account/api/tokens"
    ttl_bounds = TtlBounds(least=30, most=604800, automatic=False)

    @override
    def headers(self) -> dict[str, str]:
        return dict(self.bearer())

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def look(candidate: str) -> Zone | None:
            value = await self.ask("GET", f"domains/{candidate}")
            return Zone(plain_name(text(value, "domain", "name")))

        return await self.first_zone(name, look)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        async def page(number: int) -> list[dict[str, Any]]:
            query = [
                ("name", spot.name),
                ("type", spot.type),
                ("page", str(number)),
                ("per_page", str(_PAGE)),
            ]
            value = await self.ask("GET", f"domains/{spot.zone.name}/records", query=query)
            return rows(value, "domain_records")

        return [
            Record(
                text(row, "id"),
                spot.zone.absolute(text(row, "name")),
                text(row, "type"),
                text(row, "data"),
            )
            for row in await self.pages(page, _PAGE)
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        made = {"type": spot.type, "name": spot.relative(), "data": content, "ttl": self.ttl}
        value = await self.ask("POST", f"domains/{spot.zone.name}/records", json=made)
        self.confirm(value, content, "domain_record", "data")

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        path = f"domains/{spot.zone.name}/records/{record.id}"
        changed = {"type": spot.type, "data": content}
        value = await self.ask("PATCH", path, json=changed)
        self.confirm(value, content, "domain_record", "data")
