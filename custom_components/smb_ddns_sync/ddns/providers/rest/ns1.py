"""NS1 Connect, API 1 (developer.ibm.com/apis/catalog/ns1--ibm-ns1-connect-api)."""

from typing import TYPE_CHECKING, Any, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .client import API_KEY
from .read import MalformedError, at, number, rows, text
from .record_sets import RecordSet, RecordSetClient
from .zone import Spot, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName


class Ns1Client(RecordSetClient):
    """NS1. Filters and the notes of answers are kept."""

    id = ProviderId("ns1")
    title = "IBM NS1 Connect"
    api = URL("https://api.nsone.net/v1")
    fields = (API_KEY,)
    credentials_url = "https://my.nsone.net/#/account/settings"
    ttl_bounds = TtlBounds(least=1, most=2147483647, automatic=False)

    @override
    def headers(self) -> dict[str, str]:
        return {"X-NSONE-Key": self.entered("api_key")}

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def look(candidate: str) -> Zone | None:
            value = await self.ask("GET", f"zones/{candidate}", query=[("records", "false")])
            return Zone(plain_name(text(value, "zone")))

        return await self.first_zone(name, look)

    @override
    async def read_set(self, spot: Spot) -> RecordSet | None:
        value = await self.ask_if_there("GET", self._path(spot))
        if value is None:
            return None
        values = tuple(map(_address, rows(value, "answers")))
        return RecordSet(values, number(value, "ttl"), more=value)

    @override
    async def write_set(self, spot: Spot, new: RecordSet, old: RecordSet | None) -> None:
        if old is None:
            answers: list[dict[str, Any]] = [{"answer": [value]} for value in new.values]
            body = {"zone": spot.zone.name, "domain": spot.name, "type": spot.type, "ttl": new.ttl}
            value = await self.ask("PUT", self._path(spot), json=body | {"answers": answers})
        else:
            # One that is added has no notes yet.
            before = [*rows(old.more, "answers"), {}]
            answers = [
                {key: item for key, item in answer.items() if key != "id"} | {"answer": [value]}
                for answer, value in zip(before, new.values, strict=False)
            ]
            value = await self.ask("POST", self._path(spot), json={"answers": answers})
        if tuple(map(_address, rows(value, "answers"))) != new.values:
            raise MalformedError("answers")

    @staticmethod
    def _path(spot: Spot) -> str:
        return f"zones/{spot.zone.name}/{spot.name}/{spot.type}"


def _address(answer: dict[str, Any]) -> str:
    match at(answer, "answer"):
        case [str(value), *_]:
            return value
        case _:
            raise MalformedError("answer")
