"""Porkbun, API 3 (porkbun.com/api/json/v3/documentation). The keys stand in the body."""

from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .cause import Cause, Denied, Forbidden, Missing, Refused
from .client import API_KEY, API_SECRET, RestClient
from .read import number, rows, text
from .zone import Record, Spot, Zone, longest, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_CHUNK: Final = 1000
_MOST_CHUNKS: Final = 100


class PorkbunClient(RestClient):
    """Porkbun. Each domain has to be opened for the API at its page."""

    id = ProviderId("porkbun")
    title = "Porkbun"
    api = URL("https://api.porkbun.com/api/json/v3")
    fields = (API_KEY, API_SECRET)
    credentials_url = "https://porkbun.com/account/api"
    ttl_bounds = TtlBounds(least=600, most=2147483647, automatic=False)
    default_ttl = 600

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        zones: list[Zone] = []
        for chunk in range(_MOST_CHUNKS):
            value = await self._act("domain/listAll", start=str(chunk * _CHUNK))
            found = rows(value, "domains")
            zones += [Zone(plain_name(text(row, "domain"))) for row in found]
            if len(found) < _CHUNK:
                break
        return longest(zones, name)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        apex = "" if spot.name == spot.zone.name else f"/{spot.relative()}"
        value = await self._act(f"dns/retrieveByNameType/{spot.zone.name}/{spot.type}{apex}")
        return [
            Record(
                text(row, "id"),
                plain_name(text(row, "name")),
                text(row, "type"),
                text(row, "content"),
                more=row,
            )
            for row in rows(value, "records")
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        await self._write(f"dns/create/{spot.zone.name}", spot, content, self.ttl)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        path = f"dns/edit/{spot.zone.name}/{record.id}"
        await self._write(path, spot, content, number(record.more, "ttl"))

    async def _write(self, path: str, spot: Spot, content: str, ttl: int) -> None:
        await self._act(
            path,
            writes=True,
            name=spot.relative(apex=""),
            type=spot.type,
            content=content,
            ttl=str(ttl),
        )

    async def _act(self, path: str, *, writes: bool = False, **more: str) -> Any:
        keys = {"apikey": self.entered("api_key"), "secretapikey": self.entered("api_secret")}
        value = await self.ask("POST", path, json=keys | more, writes=writes)
        text(value, "status")
        return value

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"status": "ERROR"}:
                shown = self.shown(value)
            case _:
                return None
        said = shown.lower()
        if "invalid api key" in said or "keys are required" in said:
            return Denied(shown)
        if "opted in" in said or "api access" in said:
            return Forbidden(f"{shown}; switch on API access at the page of the domain")
        return Missing(shown) if "invalid record id" in said else Refused(shown)
