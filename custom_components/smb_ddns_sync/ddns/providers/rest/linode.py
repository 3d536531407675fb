"""Linode (Akamai) Domains, API 4 (techdocs.akamai.com/linode-api/reference/get-domains)."""

from json import dumps
from typing import TYPE_CHECKING, Any, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .client import RestClient
from .read import rows, text
from .zone import Record, Spot, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE = 500


class LinodeClient(RestClient):
    """Linode with a personal access token (Domains: read and write)."""

    id = ProviderId("linode")
    title = "Linode"
    api = URL("https://api.linode.com/v4")
    credentials_url = "https://cloud.linode.com/profile/tokens"
    ttl_bounds = TtlBounds(least=300, most=2419200)

    @override
    def headers(self) -> dict[str, str]:
        return dict(self.bearer())

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def look(candidate: str) -> Zone | None:
            wanted = {"X-Filter": dumps({"domain": candidate})}
            value = await self.ask("GET", "domains", headers=wanted)
            for row in rows(value, "data"):
                if plain_name(text(row, "domain")) == candidate:
                    return Zone(candidate, text(row, "id"))
            return None

        return await self.first_zone(name, look)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        async def page(number: int) -> list[dict[str, Any]]:
            query = [("page", str(number)), ("page_size", str(_PAGE))]
            value = await self.ask("GET", f"domains/{spot.zone.id}/records", query=query)
            return rows(value, "data")

        return [
            Record(
                text(row, "id"),
                spot.zone.absolute(text(row, "name")),
                text(row, "type"),
                text(row, "target"),
            )
            for row in await self.pages(page, _PAGE)
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        value = await self.ask(
            "POST",
            f"domains/{spot.zone.id}/records",
            json={
                "type": spot.type,
                "name": spot.relative(apex=""),
                "target": content,
                "ttl_sec": self.ttl,
            },
        )
        self.confirm(value, content, "target")

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        path = f"domains/{spot.zone.id}/records/{record.id}"
        self.confirm(await self.ask("PUT", path, json={"target": content}), content, "target")
