"""Scaleway Domains and DNS, API v2beta1 (scaleway.com/en/developers/api/domains-and-dns)."""

from typing import TYPE_CHECKING, Any, override

from yarl import URL

from ...provider import Field, FieldKind, ProviderId, TtlBounds
from .client import RestClient
from .read import MalformedError, number, rows, text
from .zone import Record, Spot, Texts, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE = 100


class ScalewayClient(RestClient):
    """Scaleway with the secret key of an API key (DomainsDNSFullAccess)."""

    id = ProviderId("scaleway")
    title = "Scaleway"
    api = URL("https://api.scaleway.com/domain/v2beta1")
    fields = (Field("api_secret", FieldKind.SECRET),)
    credentials_url = "https://console.scaleway.com/iam/api-keys"
    ttl_bounds = TtlBounds(least=60, most=2592000, automatic=False)
    texts = Texts.QUOTED

    @override
    def headers(self) -> dict[str, str]:
        return {"X-Auth-Token": self.entered("api_secret")}

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def page(number: int) -> list[Zone]:
            value = await self.ask("GET", "dns-zones", query=_page(number))
            return [
                Zone(plain_name(f"{row.get('subdomain') or ''}.{text(row, 'domain')}".lstrip(".")))
                for row in rows(value, "dns_zones")
            ]

        return await self.listed_zone(name, page, _PAGE)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        async def page(number: int) -> list[dict[str, Any]]:
            wanted = [("name", spot.relative(apex="")), ("type", spot.type), *_page(number)]
            path = f"dns-zones/{spot.zone.name}/records"
            return rows(await self.ask("GET", path, query=wanted), "records")

        return [
            Record(
                text(row, "id"),
                spot.zone.absolute(text(row, "name")),
                text(row, "type"),
                text(row, "data"),
                more=row,
            )
            for row in await self.pages(page, _PAGE)
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        await self._write(spot, content, self.ttl, "add", {})

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        kept = {"comment": record.more["comment"]} if record.more.get("comment") else {}
        await self._write(spot, content, number(record.more, "ttl"), "set", kept, id=record.id)

    async def _write(
        self,
        spot: Spot,
        content: str,
        ttl: int,
        how: str,
        kept: dict[str, Any],
        **which: str,
    ) -> None:
        name = spot.relative(apex="")
        record = kept | {"name": name, "type": spot.type, "data": content, "ttl": ttl}
        value = await self.ask(
            "PATCH",
            f"dns-zones/{spot.zone.name}/records",
            json={"return_all_records": False, "changes": [{how: which | {"records": [record]}}]},
        )
        if content not in {text(row, "data") for row in rows(value, "records")}:
            raise MalformedError("records")


def _page(number: int) -> list[tuple[str, str]]:
    return [("page", str(number)), ("page_size", str(_PAGE))]
