"""Rainyun (雨云), API 2 (app.rainyun.com/account/settings/api-key)."""

from json import dumps
from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .cause import Cause, Denied, Refused
from .client import API_KEY, RestClient
from .read import MalformedError, at, rows, text
from .zone import Record, Spot, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE: Final = 100
_BAD_KEY: Final = 30039
_FINE: Final = frozenset({0, 200})


class RainyunClient(RestClient):
    """Rainyun; the code in the body tells more than the status."""

    id = ProviderId("rainyun")
    title = "Rainyun"
    api = URL("https://api.v2.rainyun.com/product")
    fields = (API_KEY,)
    credentials_url = "https://app.rainyun.com/account/settings/api-key"
    ttl_bounds = TtlBounds(least=60, most=86400, automatic=False)
    default_ttl = 600

    @override
    def headers(self) -> dict[str, str]:
        return {"x-api-key": self.entered("api_key")}

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def page(number: int) -> list[Zone]:
            options = {
                "columnFilters": {"domains.Domain": ""},
                "sort": [],
                "page": number,
                "perPage": _PAGE,
            }
            value = await self.ask("GET", "domain", query=[("options", dumps(options))])
            return [
                Zone(plain_name(text(row, "domain")), text(row, "id"))
                for row in rows(value, "data", "Records")
            ]

        return await self.listed_zone(name, page, _PAGE)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        async def page(number: int) -> list[dict[str, Any]]:
            query = [("limit", str(_PAGE)), ("page_no", str(number))]
            value = await self.ask("GET", f"domain/{spot.zone.id}/dns", query=query)
            return rows(value, "data", "Records")

        return [
            Record(
                text(row, "record_id"),
                spot.zone.absolute(text(row, "host")),
                text(row, "type"),
                text(row, "value"),
                more=row,
            )
            for row in await self.pages(page, _PAGE)
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        made = {"record_id": 0, "ttl": self.ttl, "line": "DEFAULT", "level": 10}
        await self._write("POST", spot, content, made)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        row = record.more
        kept = {
            "record_id": int(record.id),
            "ttl": row.get("ttl", row.get("TTL", self.ttl)),
            "line": row.get("line", "DEFAULT"),
            "level": row.get("level", 10),
        }
        await self._write("PATCH", spot, content, kept)

    async def _write(self, method: str, spot: Spot, content: str, more: dict[str, Any]) -> None:
        record = {"host": spot.relative(), "type": spot.type, "value": content}
        value = await self.ask(method, f"domain/{spot.zone.id}/dns", json=record | more)
        if at(value, "code") not in _FINE:
            raise MalformedError("code")

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"code": int(code)} if code not in _FINE:
                shown = self.shown(value)
                return Denied(shown) if code == _BAD_KEY else Refused(shown)
        return None
