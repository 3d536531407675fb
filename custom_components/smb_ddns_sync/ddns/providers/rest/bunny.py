"""Bunny DNS (docs.bunny.net/reference/dnszonepublic_index)."""

from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .client import API_KEY, RestClient
from .read import number, rows, text
from .zone import Record, Spot, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE: Final = 1000
# Types are numbers there.
_TYPES: Final = {"A": 0, "AAAA": 1, "CNAME": 2, "TXT": 3}
_NAMES: Final = {number: name for name, number in _TYPES.items()}


class BunnyClient(RestClient):
    """Bunny; what else a record has (weights, monitors, comments) is not named, and so kept."""

    id = ProviderId("bunny")
    title = "bunny.net"
    api = URL("https://api.bunny.net/")
    fields = (API_KEY,)
    credentials_url = "https://dash.bunny.net/account/api-key"
    ttl_bounds = TtlBounds(least=15, most=86400, automatic=False)
    quiet = True

    @override
    def headers(self) -> dict[str, str]:
        return {"AccessKey": self.entered("api_key")}

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def page(number: int) -> list[Zone]:
            query = [("page", str(number)), ("perPage", str(_PAGE))]
            value = await self.ask("GET", "dnszone", query=query)
            return [
                Zone(plain_name(text(row, "Domain")), text(row, "Id"))
                for row in rows(value, "Items")
            ]

        return await self.listed_zone(name, page, _PAGE)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        value = await self.ask("GET", f"dnszone/{spot.zone.id}")
        return [
            Record(
                text(row, "Id"),
                spot.zone.absolute(row.get("Name") or ""),
                _NAMES[number(row, "Type")],
                text(row, "Value"),
                enabled=row.get("Disabled") is not True,
                more=row,
            )
            for row in rows(value, "Records")
            if number(row, "Type") in _NAMES
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        made = self._record(spot, content, self.ttl)
        value = await self.ask("PUT", f"dnszone/{spot.zone.id}/records", json=made)
        self.confirm(value, content, "Value")

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        path = f"dnszone/{spot.zone.id}/records/{record.id}"
        changed = self._record(spot, content, number(record.more, "Ttl"))
        await self.ask("POST", path, json={"Id": int(record.id)} | changed)

    @staticmethod
    def _record(spot: Spot, content: str, ttl: int) -> dict[str, Any]:
        name = spot.relative(apex="")
        return {"Type": _TYPES[spot.type], "Name": name, "Value": content, "Ttl": ttl}
