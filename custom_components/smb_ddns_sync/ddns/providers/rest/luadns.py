"""LuaDNS, REST API 1 (luadns.com/api.html)."""

from typing import TYPE_CHECKING, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .client import TOKEN, USERNAME, RestClient
from .read import number, rows, text
from .zone import Record, Spot, Zone, longest, plain_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...names import DnsName


class LuadnsClient(RestClient):
    """LuaDNS with the account's email address and an API token."""

    id = ProviderId("luadns_api")
    title = "LuaDNS (REST API)"
    api = URL("https://api.luadns.com/v1")
    fields = (USERNAME, TOKEN)
    credentials_url = "https://api.luadns.com/api_keys"
    ttl_bounds = TtlBounds(least=300, most=2147483647, automatic=False)

    @override
    def headers(self) -> Mapping[str, str]:
        return self.basic("username", "token")

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        found = rows(await self.ask("GET", "zones"))
        return longest((Zone(plain_name(text(r, "name")), text(r, "id")) for r in found), name)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        found = rows(await self.ask("GET", f"zones/{spot.zone.id}/records"))
        return [
            Record(
                text(row, "id"),
                plain_name(text(row, "name")),
                text(row, "type"),
                text(row, "content"),
                more=row,
            )
            for row in found
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        await self._write("POST", f"zones/{spot.zone.id}/records", spot, content, self.ttl)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        path = f"zones/{spot.zone.id}/records/{record.id}"
        await self._write("PUT", path, spot, content, number(record.more, "ttl"))

    async def _write(self, method: str, path: str, spot: Spot, content: str, ttl: int) -> None:
        record = {"name": f"{spot.name}.", "type": spot.type, "content": content, "ttl": ttl}
        self.confirm(await self.ask(method, path, json=record), content, "content")
