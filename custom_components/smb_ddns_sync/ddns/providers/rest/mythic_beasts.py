"""Mythic Beasts, DNS API 2 (mythic-beasts.com/support/api/dnsv2).

Its dynamic DNS is not used: it publishes the address that a call comes from.
"""

from typing import TYPE_CHECKING, Any, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .cause import NotDoneError, Refused
from .client import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from .read import MalformedError, at, number, rows, text
from .record_sets import RecordSet, RecordSetClient
from .zone import Spot, Zone, longest, plain_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...names import DnsName


class MythicBeastsClient(RecordSetClient):
    """Mythic Beasts with an API key, which may be of one record only."""

    id = ProviderId("mythic_beasts")
    title = "Mythic Beasts"
    api = URL("https://api.mythic-beasts.com/dns/v2")
    fields = (ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    credentials_url = "https://www.mythic-beasts.com/customer/api-users"
    ttl_bounds = TtlBounds(least=60, most=86400, automatic=False)

    @override
    def headers(self) -> Mapping[str, str]:
        return self.basic("access_key_id", "access_key_secret")

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        zones = at(await self.ask("GET", "zones"), "zones")
        if not isinstance(zones, list) or not all(isinstance(zone, str) for zone in zones):
            raise MalformedError("zones")
        return longest((Zone(plain_name(zone)) for zone in zones), name)

    @override
    async def read_set(self, spot: Spot) -> RecordSet | None:
        value = await self.ask_if_there("GET", self._path(spot))
        found = [] if value is None else rows(value, "records")
        found = [row for row in found if text(row, "type") == spot.type]
        if not found:
            return None
        values = tuple(text(row, "data") for row in found)
        return RecordSet(values, number(found[0], "ttl"), more={"rows": found})

    @override
    async def write_set(self, spot: Spot, new: RecordSet, old: RecordSet | None) -> None:
        before: list[dict[str, Any]] = [] if old is None else old.more["rows"]
        if any(row.get("generated") or row.get("template") for row in before):
            raise NotDoneError(Refused("its address comes from an ANAME record or a template"))
        record = {"host": spot.relative(), "type": spot.type, "ttl": new.ttl}
        records = [record | {"data": value} for value in new.values]
        value = await self.ask("PUT", self._path(spot), json={"records": records})
        number(value, "records_added")

    @staticmethod
    def _path(spot: Spot) -> str:
        return f"zones/{spot.zone.name}/records/{spot.relative()}/{spot.type}"
