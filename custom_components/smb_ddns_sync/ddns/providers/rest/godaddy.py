"""GoDaddy, domains API 1 (developer.godaddy.com/doc/endpoint/domains)."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .cause import Cause, Denied, Forbidden
from .client import API_KEY, API_SECRET
from .read import number, rows, text
from .record_sets import RecordSet, RecordSetClient
from .zone import Spot, Zone, longest, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE: Final = 1000
_MOST_PAGES: Final = 100


class GodaddyClient(RecordSetClient):
    """GoDaddy. Since May 2024 its DNS API is for those with many domains or a club plan."""

    id = ProviderId("godaddy")
    title = "GoDaddy"
    api = URL("https://api.godaddy.com/")
    fields = (API_KEY, API_SECRET)
    credentials_url = "https://developer.godaddy.com/keys"
    ttl_bounds = TtlBounds(least=600, most=604800, automatic=False)
    default_ttl = 600
    quiet = True

    @override
    def headers(self) -> dict[str, str]:
        pair = f"{self.entered('api_key')}:{self.entered('api_secret')}"
        return {"Authorization": f"sso-key {pair}"}

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        zones: list[Zone] = []
        query = [("limit", str(_PAGE))]
        for _ in range(_MOST_PAGES):
            found = rows(await self.ask("GET", "v1/domains", query=query))
            zones += [Zone(plain_name(text(row, "domain"))) for row in found]
            if len(found) < _PAGE:
                break
            query = [("limit", str(_PAGE)), ("marker", zones[-1].name)]
        return longest(zones, name)

    @override
    async def read_set(self, spot: Spot) -> RecordSet | None:
        found = rows(await self.ask("GET", self._path(spot)))
        values = tuple(text(row, "data") for row in found)
        return RecordSet(values, number(found[0], "ttl")) if found else None

    @override
    async def write_set(self, spot: Spot, new: RecordSet, old: RecordSet | None) -> None:
        records = [{"data": value, "ttl": new.ttl} for value in new.values]
        await self.ask("PUT", self._path(spot), json=records)

    @staticmethod
    def _path(spot: Spot) -> str:
        return f"v1/domains/{spot.zone.name}/records/{spot.type}/{spot.relative()}"

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        if status != HTTPStatus.FORBIDDEN:
            return None
        match value:
            case {"code": "UNABLE_TO_AUTHENTICATE"}:
                return Denied(self.shown(value))
        return Forbidden(
            f"{self.shown(value)}; GoDaddy lets only accounts with ten domains or more, or with "
            "a Discount Domain Club plan, use its DNS API"
        )
