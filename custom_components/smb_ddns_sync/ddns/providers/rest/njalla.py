"""Njalla, JSON-RPC API 1 (njal.la/api)."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .cause import Cause, Denied, Missing, Refused
from .client import RestClient
from .read import at, rows, text
from .zone import Record, Spot, Zone, longest, plain_name

if TYPE_CHECKING:
    from ...names import DnsName


class NjallaClient(RestClient):
    """Njalla with an API token; HTTP 200 for everything. What is not named of a record is kept."""

    id = ProviderId("njalla_api")
    title = "Njalla (API)"
    api = URL("https://njal.la/api/1/")
    credentials_url = "https://njal.la/settings/api/"
    ttl_bounds = TtlBounds(least=60, most=86400, automatic=False)

    @override
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Njalla {self.entered('token')}"}

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        value = await self._act("list-domains")
        found = (Zone(plain_name(text(row, "name"))) for row in rows(value, "domains"))
        return longest(found, name)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        value = await self._act("list-records", domain=spot.zone.name)
        return [
            Record(
                text(row, "id"),
                spot.zone.absolute(text(row, "name")),
                text(row, "type"),
                text(row, "content"),
            )
            for row in rows(value, "records")
            if "content" in row
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        value = await self._act(
            "add-record",
            writes=True,
            domain=spot.zone.name,
            name=spot.relative(),
            type=spot.type,
            content=content,
            ttl=self.ttl,
        )
        self.confirm(value, content, "content")

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        await self._act(
            "edit-record",
            writes=True,
            domain=spot.zone.name,
            id=record.id,
            content=content,
        )

    async def _act(self, method: str, *, writes: bool = False, **params: Any) -> Any:
        value = await self.ask("POST", json={"method": method, "params": params}, writes=writes)
        return at(value, "result")

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"error": {"code": int(code)} as error}:
                shown = self.shown(error)
                if code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                    return Denied(shown)
                return Missing(shown) if code == HTTPStatus.NOT_FOUND else Refused(shown)
        return None
