"""Gcore DNS, API 2 (api.gcore.com/docs/dns)."""

from typing import TYPE_CHECKING, Any, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .read import MalformedError, at, number, rows, text
from .record_sets import RecordSet, RecordSetClient
from .zone import Spot, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName


class GcoreClient(RecordSetClient):
    """Gcore with a permanent API token. Filters and notes of a set are kept."""

    id = ProviderId("gcore")
    title = "Gcore"
    api = URL("https://api.gcore.com/dns/v2")
    credentials_url = "https://accounts.gcore.com/profile/api-tokens"
    ttl_bounds = TtlBounds(least=120, most=86400, automatic=False)
    quiet = True

    @override
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"APIKey {self.entered('token')}"}

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def look(candidate: str) -> Zone | None:
            value = await self.ask("GET", f"zones/{candidate}")
            return Zone(plain_name(text(value, "name")))

        return await self.first_zone(name, look)

    @override
    async def read_set(self, spot: Spot) -> RecordSet | None:
        value = await self.ask_if_there("GET", self._path(spot))
        if value is None:
            return None
        records = rows(value, "resource_records")
        enabled = any(record.get("enabled", True) is not False for record in records)
        return RecordSet(tuple(map(_content, records)), number(value, "ttl"), enabled, value)

    @override
    async def write_set(self, spot: Spot, new: RecordSet, old: RecordSet | None) -> None:
        # A value that is added has no notes yet.
        before: list[dict[str, Any]] = [*(old.more["resource_records"] if old else ()), {}]
        records = [
            {
                "content": [value],
                "enabled": record.get("enabled", True),
                "meta": record.get("meta") or {},
            }
            for value, record in zip(new.values, before, strict=False)
        ]
        kept = {key: old.more[key] for key in ("meta", "filters") if old and key in old.more}
        await self.ask(
            "POST" if old is None else "PUT",
            self._path(spot),
            json=kept | {"ttl": new.ttl, "resource_records": records},
        )

    @staticmethod
    def _path(spot: Spot) -> str:
        return f"zones/{spot.zone.name}/{spot.name}/{spot.type}"


def _content(record: dict[str, Any]) -> str:
    match at(record, "content"):
        case [str(value)]:
            return value
        case _:
            raise MalformedError("content")
