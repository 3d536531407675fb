"""Huawei Cloud DNS (support.huaweicloud.com/intl/en-us/api-dns/dns_api_62003.html)."""

from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from ..signatures import Signed, basic_time, sdk_hmac
from .client import ACCESS_KEY_ID, ACCESS_KEY_SECRET, RestClient
from .read import MalformedError, at, number, rows, text
from .zone import Record, Spot, Texts, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE: Final = 100


class HuaweiClient(RestClient):
    """Huawei Cloud DNS: record sets with ids; several share a name where lines differ.

    Its search by name is fuzzy.
    """

    id = ProviderId("huaweicloud")
    title = "Huawei Cloud DNS"
    api = URL("https://dns.myhuaweicloud.com/")
    fields = (ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    credentials_url = "https://console.huaweicloud.com/iam/#/mine/accessKey"
    ttl_bounds = TtlBounds(least=1, most=2147483647, automatic=False)
    texts = Texts.QUOTED

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def page(number: int) -> list[Zone]:
            value = await self.ask("GET", "v2/zones", query=_page(number))
            return [
                Zone(plain_name(text(row, "name")), text(row, "id")) for row in rows(value, "zones")
            ]

        return await self.listed_zone(name, page, _PAGE)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        async def page(number: int) -> list[dict[str, Any]]:
            value = await self.ask(
                "GET",
                f"v2.1/zones/{spot.zone.id}/recordsets",
                query=[("name", f"{spot.name}."), ("type", spot.type), *_page(number)],
            )
            return rows(value, "recordsets")

        return [
            Record(
                text(row, "id"),
                plain_name(text(row, "name")),
                text(row, "type"),
                content,
                enabled=row.get("status") != "DISABLE",
                more=row,
            )
            for row in await self.pages(page, _PAGE)
            for content in _values(row)
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        value = await self.ask(
            "POST",
            f"v2.1/zones/{spot.zone.id}/recordsets",
            json=_set(spot, [content], self.ttl),
        )
        self.confirm(value, content, "records")

    @override
    async def add(self, spot: Spot, beside: list[Record], content: str) -> None:
        if not beside:
            await self.create(spot, content)
            return
        await self._replace(spot, beside[0], [*_values(beside[0].more), content], content)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        values = [content if v == record.content else v for v in _values(record.more)]
        await self._replace(spot, record, values, content)

    async def _replace(self, spot: Spot, record: Record, values: list[str], content: str) -> None:
        value = await self.ask(
            "PUT",
            f"v2.1/zones/{spot.zone.id}/recordsets/{record.id}",
            json=_set(spot, values, number(record.more, "ttl")),
        )
        self.confirm(value, content, "records")

    @override
    def confirm(self, value: Any, content: str, *path: str) -> None:
        values = _values(value)
        shown = content if content in values else ""
        super().confirm({"records": shown}, content, "records")

    @override
    def signed(self, method: str, url: URL, body: bytes) -> dict[str, str]:
        now = self.now()
        headers = {"host": url.raw_authority, "x-sdk-date": basic_time(now)}
        path = f"{url.raw_path.rstrip('/')}/"
        signed = Signed(method, path, url.raw_query_string, headers, body)
        key_id, secret = self.entered("access_key_id"), self.secret("access_key_secret")
        return headers | {"Authorization": sdk_hmac(signed, now, key_id, secret)}


def _page(number: int) -> list[tuple[str, str]]:
    return [("limit", str(_PAGE)), ("offset", str((number - 1) * _PAGE))]


def _set(spot: Spot, values: list[str], ttl: int) -> dict[str, Any]:
    return {"name": f"{spot.name}.", "type": spot.type, "records": values, "ttl": ttl}


def _values(row: Any) -> list[str]:
    values = at(row, "records")
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise MalformedError("records")
    return values
