"""Baidu Cloud DNS (cloud.baidu.com/doc/DNS/s/El4s7lssr)."""

from typing import TYPE_CHECKING, Any, Final, override
from uuid import uuid4

from yarl import URL

from ...provider import Field, FieldKind, ProviderId, TtlBounds
from ..signatures import Signed, bce
from .client import ACCESS_KEY_ID, ACCESS_KEY_SECRET, RestClient
from .read import number, rows, text
from .zone import Record, Spot, Zone, longest, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE: Final = 1000
_MOST_PAGES: Final = 100
_LINE: Final = "default"


class BaiduClient(RestClient):
    """Baidu Cloud DNS. Only records of one line are seen: default if not told otherwise."""

    id = ProviderId("baiducloud")
    title = "Baidu Cloud DNS"
    api = URL("https://dns.baidubce.com/")
    fields = (ACCESS_KEY_ID, ACCESS_KEY_SECRET, Field("line", FieldKind.TEXT, required=False))
    credentials_url = "https://console.bce.baidu.com/iam/#/iam/accesslist"
    ttl_bounds = TtlBounds(least=1, most=604800, automatic=False)
    quiet = True

    @property
    def _line(self) -> str:
        return self.entered("line") or _LINE

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        found = await self._listed("v1/dns/zone", "zones", [])
        return longest((Zone(plain_name(text(row, "name"))) for row in found), name)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        path = f"v1/dns/zone/{spot.zone.name}/record"
        return [
            Record(
                text(row, "id"),
                spot.zone.absolute(text(row, "rr")),
                text(row, "type"),
                text(row, "value"),
                enabled=row.get("status", "running") == "running",
                more=row,
            )
            for row in await self._listed(path, "records", [("rr", spot.relative())])
            if row.get("line", _LINE) == self._line
        ]

    async def _listed(
        self, path: str, key: str, wanted: list[tuple[str, str]]
    ) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        marker = ""
        for _ in range(_MOST_PAGES):
            query = [*wanted, ("maxKeys", str(_PAGE)), ("marker", marker)]
            value = await self.ask("GET", path, query=query)
            items += rows(value, key)
            if value.get("isTruncated") is not True:
                break
            marker = text(value, "nextMarker")
        return items

    @override
    async def create(self, spot: Spot, content: str) -> None:
        await self._write("POST", spot, "", content, self.ttl)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        more = {"description": record.more["description"]} if "description" in record.more else {}
        await self._write("PUT", spot, f"/{record.id}", content, number(record.more, "ttl"), **more)

    async def _write(
        self, method: str, spot: Spot, tail: str, content: str, ttl: int, **more: Any
    ) -> None:
        record = {
            "rr": spot.relative(),
            "type": spot.type,
            "value": content,
            "ttl": ttl,
            "line": self._line,
        }
        await self.ask(
            method,
            f"v1/dns/zone/{spot.zone.name}/record{tail}",
            query=[("clientToken", uuid4().hex)],
            json=record | more,
        )

    @override
    def signed(self, method: str, url: URL, body: bytes) -> dict[str, str]:
        now = self.now()
        headers = {"host": url.raw_authority, "x-bce-date": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
        signed = Signed(method, url.raw_path, url.raw_query_string, headers)
        key_id, secret = self.entered("access_key_id"), self.secret("access_key_secret")
        return headers | {"Authorization": bce(signed, now, key_id, secret)}
