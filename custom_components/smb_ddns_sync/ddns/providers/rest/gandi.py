"""Gandi LiveDNS, API 5 (api.gandi.net/docs/livedns)."""

from typing import TYPE_CHECKING, Final, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .read import MalformedError, at, number, rows, text
from .record_sets import RecordSet, RecordSetClient
from .zone import Spot, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE: Final = 100


class GandiClient(RecordSetClient):
    """Gandi with a personal access token."""

    id = ProviderId("gandi")
    title = "Gandi LiveDNS"
    api = URL("https://api.gandi.net/")
    credentials_url = "https://admin.gandi.net/organizations/account/pat"
    ttl_bounds = TtlBounds(least=300, most=2592000, automatic=False)

    @override
    def headers(self) -> dict[str, str]:
        return dict(self.bearer())

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def page(number: int) -> list[Zone]:
            query = [("page", str(number)), ("per_page", str(_PAGE))]
            value = await self.ask("GET", "v5/livedns/domains", query=query)
            return [Zone(plain_name(text(row, "fqdn"))) for row in rows(value)]

        return await self.listed_zone(name, page, _PAGE)

    @override
    async def read_set(self, spot: Spot) -> RecordSet | None:
        value = await self.ask_if_there("GET", self._path(spot))
        if value is None:
            return None
        values = at(value, "rrset_values")
        if not isinstance(values, list):
            raise MalformedError("rrset_values")
        return RecordSet(tuple(map(str, values)), number(value, "rrset_ttl"))

    @override
    async def write_set(self, spot: Spot, new: RecordSet, old: RecordSet | None) -> None:
        body = {"rrset_values": list(new.values), "rrset_ttl": new.ttl}
        text(await self.ask("PUT", self._path(spot), json=body), "message")

    @staticmethod
    def _path(spot: Spot) -> str:
        return f"v5/livedns/domains/{spot.zone.name}/records/{spot.relative()}/{spot.type}"
