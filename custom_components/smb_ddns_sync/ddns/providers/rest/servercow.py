"""Servercow, DNS API 1 (wiki.servercow.de/en/domains/dns_api/api-syntax)."""

from typing import TYPE_CHECKING, Any, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .cause import Cause, Denied, Missing, NotDoneError, Refused
from .client import PASSWORD, USERNAME
from .read import MalformedError, at, number, rows, text
from .record_sets import RecordSet, RecordSetClient
from .zone import Spot, Zone

if TYPE_CHECKING:
    from ...names import DnsName


class ServercowClient(RecordSetClient):
    """Servercow: HTTP 200 for everything, and one row for all values of a name and type."""

    id = ProviderId("servercow")
    title = "Servercow"
    api = URL("https://api.servercow.de/dns/v1/domains")
    fields = (USERNAME, PASSWORD)
    credentials_url = "https://cp.servercow.de/"
    ttl_bounds = TtlBounds(least=60, most=86400, automatic=False)

    @override
    def headers(self) -> dict[str, str]:
        return {
            "X-Auth-Username": self.entered("username"),
            "X-Auth-Password": self.entered("password"),
        }

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def look(candidate: str) -> Zone | None:
            await self._rows(candidate)
            return Zone(candidate)

        return await self.first_zone(name, look)

    @override
    async def read_set(self, spot: Spot) -> RecordSet | None:
        found = [
            row
            for row in await self._rows(spot.zone.name)
            if text(row, "type") == spot.type
            and spot.zone.absolute(row.get("name") or "") == spot.name
        ]
        if not found:
            return None
        values = tuple(value for row in found for value in _values(at(row, "content")))
        return RecordSet(values, number(found[0], "ttl"))

    @override
    async def write_set(self, spot: Spot, new: RecordSet, old: RecordSet | None) -> None:
        content = new.values[0] if len(new.values) == 1 else list(new.values)
        record = {"type": spot.type, "name": spot.relative(apex=""), "ttl": new.ttl}
        value = await self.ask("POST", spot.zone.name, json=record | {"content": content})
        if at(value, "message") != "ok":
            raise MalformedError("message")

    async def _rows(self, zone: str) -> list[dict[str, Any]]:
        """List the records of a zone. Raises `NotDoneError`: `Missing` where it is not ours."""
        try:
            return rows(await self.ask("GET", zone))
        except NotDoneError as error:
            if isinstance(error.cause, Refused):
                # The question holds a domain and credentials, and nothing else to refuse.
                raise NotDoneError(Denied(error.cause.message)) from None
            raise

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"error": str(word)}:
                shown = self.shown(value)
                return Missing(shown) if "no such domain" in word.lower() else Refused(shown)
        return None


def _values(content: Any) -> list[str]:
    """Return the values of a row: a text, or a list where there are several."""
    values = content if isinstance(content, list) else [content]
    if not all(isinstance(value, str) for value in values):
        raise MalformedError("content")
    return values
