"""Name.com, core API 1 (docs.name.com/docs/api-reference/dns)."""

from typing import TYPE_CHECKING, Any, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .client import TOKEN, USERNAME, RestClient
from .read import number, rows_if_any, text
from .zone import Record, Spot, Zone, plain_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...names import DnsName

_PAGE = 1000


class NameComClient(RestClient):
    """Name.com with the account's name and an API token."""

    id = ProviderId("name_com")
    title = "Name.com"
    api = URL("https://api.name.com/core/v1")
    fields = (USERNAME, TOKEN)
    credentials_url = "https://www.name.com/account/settings/api"
    ttl_bounds = TtlBounds(least=300, most=2147483647, automatic=False)

    @override
    def headers(self) -> Mapping[str, str]:
        return self.basic("username", "token")

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def page(number: int) -> list[Zone]:
            value = await self.ask("GET", "domains", query=_page(number))
            found = rows_if_any(value, "domains")
            return [Zone(plain_name(text(row, "domainName"))) for row in found]

        return await self.listed_zone(name, page, _PAGE)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        path = f"domains/{spot.zone.name}/records"

        async def page(number: int) -> list[dict[str, Any]]:
            value = await self.ask("GET", path, query=_page(number))
            return rows_if_any(value, "records")

        return [
            Record(
                text(row, "id"),
                plain_name(text(row, "fqdn")),
                text(row, "type"),
                text(row, "answer"),
                more=row,
            )
            for row in await self.pages(page, _PAGE)
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        await self._write("POST", f"domains/{spot.zone.name}/records", spot, content, self.ttl)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        path = f"domains/{spot.zone.name}/records/{record.id}"
        await self._write("PUT", path, spot, content, number(record.more, "ttl"))

    async def _write(self, method: str, path: str, spot: Spot, content: str, ttl: int) -> None:
        record = {"host": spot.relative(apex=""), "type": spot.type, "ttl": ttl}
        value = await self.ask(method, path, json=record | {"answer": content})
        self.confirm(value, content, "answer")


def _page(number: int) -> list[tuple[str, str]]:
    return [("page", str(number)), ("perPage", str(_PAGE))]
