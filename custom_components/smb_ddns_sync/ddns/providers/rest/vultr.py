"""Vultr DNS, API 2 (vultr.com/api/#tag/dns)."""

from typing import TYPE_CHECKING, Final, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .client import RestClient
from .read import at, rows, text
from .zone import Record, Spot, Texts, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_MOST_PAGES: Final = 100


class VultrClient(RestClient):
    """Vultr; a change is answered with nothing."""

    id = ProviderId("vultr")
    title = "Vultr"
    api = URL("https://api.vultr.com/v2")
    credentials_url = "https://my.vultr.com/settings/#settingsapi"
    ttl_bounds = TtlBounds(least=120, most=86400, automatic=False)
    texts = Texts.QUOTED
    quiet = True

    @override
    def headers(self) -> dict[str, str]:
        return dict(self.bearer())

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def look(candidate: str) -> Zone | None:
            value = await self.ask("GET", f"domains/{candidate}")
            return Zone(plain_name(text(value, "domain", "domain")))

        return await self.first_zone(name, look)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        records: list[Record] = []
        cursor = ""
        for _ in range(_MOST_PAGES):
            query = [("per_page", "500"), *([("cursor", cursor)] if cursor else [])]
            value = await self.ask("GET", f"domains/{spot.zone.name}/records", query=query)
            records += [
                Record(
                    text(row, "id"),
                    spot.zone.absolute(text(row, "name")),
                    text(row, "type"),
                    text(row, "data"),
                )
                for row in rows(value, "records")
            ]
            cursor = str(at(value, "meta", "links", "next") or "")
            if not cursor:
                break
        return records

    @override
    async def create(self, spot: Spot, content: str) -> None:
        value = await self.ask(
            "POST",
            f"domains/{spot.zone.name}/records",
            json={
                "name": spot.relative(apex=""),
                "type": spot.type,
                "data": content,
                "ttl": self.ttl,
            },
        )
        self.confirm(value, content, "record", "data")

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        path = f"domains/{spot.zone.name}/records/{record.id}"
        await self.ask("PATCH", path, json={"data": content})
