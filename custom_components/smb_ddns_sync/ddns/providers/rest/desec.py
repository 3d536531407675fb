"""deSEC, REST API 1 (desec.readthedocs.io/en/latest/dns/rrsets.html)."""

from datetime import timedelta
from typing import TYPE_CHECKING, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .read import MalformedError, at, number, rows, text
from .record_sets import RecordSet, RecordSetClient
from .zone import Spot, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName


class DesecClient(RecordSetClient):
    """deSEC with an API token; the least TTL is the zone's own.

    Fifteen writes a minute and 300 a day are allowed for a domain (docs/rate-limits.rst).
    """

    id = ProviderId("desec_api")
    title = "deSEC (REST API)"
    api = URL("https://desec.io/api/v1")
    credentials_url = "https://desec.io/tokens"
    ttl_bounds = TtlBounds(least=60, most=86400, automatic=False)
    least_interval = timedelta(minutes=1)
    # A lease is looked at every minute, in two calls; 2,000 a day are allowed for an account.
    texts = None

    @override
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.entered('token')}"}

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        value = await self.ask("GET", "domains/", query=[("owns_qname", name)])
        for row in rows(value):
            return Zone(plain_name(text(row, "name")), more=row)
        return None

    @override
    async def read_set(self, spot: Spot) -> RecordSet | None:
        value = await self.ask_if_there("GET", self._path(spot))
        if value is None:
            return None
        records = at(value, "records")
        if not isinstance(records, list):
            raise MalformedError("records")
        return RecordSet(tuple(map(str, records)), number(value, "ttl"))

    @override
    async def write_set(self, spot: Spot, new: RecordSet, old: RecordSet | None) -> None:
        if old is None:
            path = f"domains/{spot.zone.name}/rrsets/"
            ttl = max(new.ttl, number(spot.zone.more, "minimum_ttl"))
            made = {"subname": spot.relative(apex=""), "type": spot.type, "ttl": ttl}
            value = await self.ask("POST", path, json=made | {"records": list(new.values)})
        else:
            value = await self.ask("PATCH", self._path(spot), json={"records": list(new.values)})
        if set(at(value, "records")) != set(new.values):
            raise MalformedError("records")

    @staticmethod
    def _path(spot: Spot) -> str:
        return f"domains/{spot.zone.name}/rrsets/{spot.relative()}/{spot.type}/"
