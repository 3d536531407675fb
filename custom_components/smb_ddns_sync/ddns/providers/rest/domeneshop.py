"""Domeneshop, API 0 (api.domeneshop.no/docs)."""

from typing import TYPE_CHECKING, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .client import API_SECRET, TOKEN, RestClient
from .read import number, rows, text
from .zone import Record, Spot, Zone, longest, plain_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...names import DnsName


class DomeneshopClient(RestClient):
    """Domeneshop with a token and its secret; a change is answered with nothing."""

    id = ProviderId("domeneshop_api")
    title = "Domeneshop (REST API)"
    api = URL("https://api.domeneshop.no/v0")
    fields = (TOKEN, API_SECRET)
    credentials_url = "https://www.domeneshop.no/admin?view=api"
    ttl_bounds = TtlBounds(least=60, most=604800, automatic=False)
    quiet = True

    @override
    def headers(self) -> Mapping[str, str]:
        return self.basic("token", "api_secret")

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        found = rows(await self.ask("GET", "domains"))
        return longest((Zone(plain_name(text(r, "domain")), text(r, "id")) for r in found), name)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        query = [("host", spot.relative()), ("type", spot.type)]
        found = rows(await self.ask("GET", f"domains/{spot.zone.id}/dns", query=query))
        return [
            Record(
                text(row, "id"),
                spot.zone.absolute(text(row, "host")),
                text(row, "type"),
                text(row, "data"),
                more=row,
            )
            for row in found
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        await self._write("POST", f"domains/{spot.zone.id}/dns", spot, content, self.ttl)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        path = f"domains/{spot.zone.id}/dns/{record.id}"
        await self._write("PUT", path, spot, content, number(record.more, "ttl"))

    async def _write(self, method: str, path: str, spot: Spot, content: str, ttl: int) -> None:
        record = {"host": spot.relative(), "type": spot.type, "data": content, "ttl": ttl}
        await self.ask(method, path, json=record)
