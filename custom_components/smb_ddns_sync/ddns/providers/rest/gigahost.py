"""Gigahost, API 0 (gigahost.no/en/api-dokumentasjon).

Its dynamic DNS is not used: a call that leaves IPv4 out sets the address that it comes from.
"""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .cause import Cause, NotDoneError, Refused
from .client import API_KEY, RestClient
from .read import MalformedError, number, rows, text
from .zone import Record, Spot, Zone, longest, plain_name

if TYPE_CHECKING:
    from ...names import DnsName


class GigahostClient(RestClient):
    """Gigahost with an API key. What a write leaves out becomes the default, so all is sent."""

    id = ProviderId("gigahost")
    title = "Gigahost"
    api = URL("https://api.gigahost.no/api/v0")
    fields = (API_KEY,)
    credentials_url = "https://gigahost.no/en/api-dokumentasjon"
    ttl_bounds = TtlBounds(least=60, most=86400, automatic=False)
    texts = None  # several texts of a name may share one id

    @override
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.entered('api_key')}"}

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        value = await self.ask("GET", "dns/zones")
        found = (
            Zone(plain_name(text(row, "zone_name")), text(row, "zone_id"))
            for row in rows(value, "data")
        )
        return longest(found, name)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        value = await self.ask("GET", f"dns/zones/{spot.zone.id}/records")
        found = rows(value, "data")
        ids = [text(row, "record_id") for row in found]
        return [
            Record(
                key,
                spot.zone.absolute(text(row, "record_name")),
                text(row, "record_type"),
                text(row, "record_value"),
                more={"ttl": number(row, "record_ttl"), "alone": ids.count(key) == 1},
            )
            for key, row in zip(ids, found, strict=True)
            if text(row, "record_type") in {spot.type, "CNAME"}
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        await self._write("POST", f"dns/zones/{spot.zone.id}/records", spot, content, self.ttl)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        if not record.more["alone"]:
            # A write by such an id could take the place of all of them.
            raise NotDoneError(Refused("several records share one id; delete all but one"))
        path = f"dns/zones/{spot.zone.id}/records/{record.id}"
        await self._write("PUT", path, spot, content, record.more["ttl"])

    async def _write(self, method: str, path: str, spot: Spot, content: str, ttl: int) -> None:
        record = {
            "record_name": spot.relative(),
            "record_type": spot.type,
            "record_value": content,
            "record_ttl": ttl,
        }
        value = await self.ask(method, path, json=record)
        if number(value, "meta", "status") >= HTTPStatus.MULTIPLE_CHOICES:
            raise MalformedError("status")

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"meta": {"status": int(code)} as meta} if code >= HTTPStatus.BAD_REQUEST:
                shown = self.shown(meta)
                if (cause := self.commonly(code, shown)) is not None:
                    return cause
                if code < HTTPStatus.INTERNAL_SERVER_ERROR:
                    return Refused(shown)
        return None
