"""DNSLA, API 2 (dns.la/docs/ApiDoc); its documents show HTTP, the host answers HTTPS too."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...outcome import Unconfirmed
from ...provider import ProviderId, TtlBounds
from .cause import Cause, Refused
from .client import ACCESS_KEY_ID, ACCESS_KEY_SECRET, RestClient
from .read import MalformedError, at, number, rows, text
from .zone import Record, Spot, Zone, plain_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...names import DnsName

_PAGE: Final = 100
# Types are numbers there.
_TYPES: Final = {"A": 1, "CNAME": 5, "TXT": 16, "AAAA": 28}
_NAMES: Final = {number: name for name, number in _TYPES.items()}
# What a change has to repeat, or it is lost.
_KEPT: Final = ("ttl", "lineId", "weight")


class DnslaClient(RestClient):
    """DNSLA; the code in the body tells what came of a call."""

    id = ProviderId("dnsla")
    title = "DNSLA"
    api = URL("https://api.dns.la/api")
    fields = (ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    credentials_url = "https://www.dns.la/"
    ttl_bounds = TtlBounds(least=60, most=86400, automatic=False)
    default_ttl = 600

    @override
    def headers(self) -> Mapping[str, str]:
        return self.basic("access_key_id", "access_key_secret")

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def page(number: int) -> list[Zone]:
            value = await self.ask("GET", "domainList", query=_page(number))
            return [
                Zone(plain_name(text(row, "displayDomain")), text(row, "id"))
                for row in rows(value, "data", "results")
            ]

        return await self.listed_zone(name, page, _PAGE)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        wanted = [
            ("domainId", spot.zone.id),
            ("host", spot.relative()),
            ("type", str(_TYPES[spot.type])),
        ]

        async def page(number: int) -> list[dict[str, Any]]:
            value = await self.ask("GET", "recordList", query=[*_page(number), *wanted])
            return rows(value, "data", "results")

        return [
            Record(
                text(row, "id"),
                spot.zone.absolute(text(row, "host")),
                _NAMES.get(number(row, "type"), ""),
                text(row, "data"),
                enabled=row.get("disable") is not True,
                more=row,
            )
            for row in await self.pages(page, _PAGE)
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        made = {"domainId": spot.zone.id, "ttl": self.ttl}
        value = await self._write("POST", made, spot, content)
        text(value, "data", "id")

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        kept = {key: record.more[key] for key in _KEPT if record.more.get(key) is not None}
        await self._write("PUT", {"id": record.id} | kept, spot, content)

    async def _write(self, method: str, more: dict[str, Any], spot: Spot, content: str) -> Any:
        record = {"host": spot.relative(), "type": _TYPES[spot.type], "data": content}
        value = await self.ask(method, "record", json=record | more)
        if at(value, "code") != HTTPStatus.OK:
            raise MalformedError("code")
        return value

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"code": int(code)} if code != HTTPStatus.OK:
                shown = self.shown(value)
                if (cause := self.commonly(code, shown)) is not None:
                    return cause
                if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    return Unconfirmed(f"DNSLA failed while it worked on the call ({shown}).")
                return Refused(shown)
        return None


def _page(number: int) -> list[tuple[str, str]]:
    return [("pageIndex", str(number)), ("pageSize", str(_PAGE))]
