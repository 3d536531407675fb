"""ClouDNS, HTTP API (cloudns.net/wiki/article/41). Credentials go in the body of a form."""

from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...provider import Field, FieldKind, ProviderId
from .cause import Cause, Denied, Forbidden, Refused
from .client import PASSWORD, RestClient
from .read import MalformedError, number, rows, text
from .zone import Record, Spot, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE: Final = 100


class CloudnsClient(RestClient):
    """ClouDNS with the id and password of an API user. TTLs are of a fixed list there."""

    id = ProviderId("cloudns_api")
    title = "ClouDNS (HTTP API)"
    api = URL("https://api.cloudns.net/dns")
    fields = (Field("account_id", FieldKind.TEXT), PASSWORD)
    credentials_url = "https://www.cloudns.net/api-settings/"
    default_ttl = 300

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def page(number: int) -> list[Zone]:
            pages = {"page": str(number), "rows-per-page": str(_PAGE)}
            found = rows(await self._act("list-zones.json", pages))
            return [Zone(plain_name(text(row, "name"))) for row in found]

        return await self.listed_zone(name, page, _PAGE)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        wanted = {"host": spot.relative(apex=""), "type": spot.type}
        value = await self._act("records.json", {"domain-name": spot.zone.name} | wanted)
        if value == []:
            # An empty object is written as a list.
            return []
        if not isinstance(value, dict):
            raise MalformedError("records")
        return [
            Record(
                text(row, "id"),
                spot.zone.absolute(text(row, "host")),
                text(row, "type"),
                text(row, "record"),
                enabled=str(row.get("status", "1")) == "1",
                more=row,
            )
            for row in value.values()
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        made = {"record-type": spot.type, "ttl": str(self.ttl)}
        await self._write("add-record.json", spot, content, made)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        kept = {"record-id": record.id, "ttl": str(number(record.more, "ttl"))}
        await self._write("mod-record.json", spot, content, kept)

    async def _write(self, action: str, spot: Spot, content: str, more: dict[str, str]) -> None:
        where = {"domain-name": spot.zone.name, "host": spot.relative(apex="")}
        value = await self._act(action, where | {"record": content} | more, writes=True)
        if text(value, "status") != "Success":
            raise MalformedError("status")

    async def _act(self, action: str, more: dict[str, str], *, writes: bool = False) -> Any:
        who = {"auth-id": self.entered("account_id"), "auth-password": self.entered("password")}
        return await self.ask("POST", action, form=(who | more).items(), writes=writes)

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"status": "Failed"}:
                shown = self.shown(value)
            case _:
                return None
        said = shown.lower()
        if "invalid authentication" in said:
            return Denied(shown)
        return Forbidden(shown) if "not authorized" in said else Refused(shown)
