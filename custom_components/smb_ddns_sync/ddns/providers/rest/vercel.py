"""Vercel DNS (vercel.com/docs/rest-api/dns)."""

from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...provider import Field, FieldKind, ProviderId, TtlBounds
from .cause import Cause, Denied
from .client import TOKEN, RestClient
from .read import at, rows, text
from .zone import Record, Spot, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_MOST_PAGES: Final = 100


class VercelClient(RestClient):
    """Vercel; `account_id` is the team, where the domain belongs to one."""

    id = ProviderId("vercel")
    title = "Vercel"
    api = URL("https://api.vercel.com/")
    fields = (TOKEN, Field("account_id", FieldKind.TEXT, required=False))
    credentials_url = "https://vercel.com/account/settings/tokens"
    ttl_bounds = TtlBounds(least=60, most=2147483647, automatic=False)

    @override
    def headers(self) -> dict[str, str]:
        return dict(self.bearer())

    @property
    def _team(self) -> list[tuple[str, str]]:
        team = self.entered("account_id")
        return [("teamId", team)] if team else []

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def look(candidate: str) -> Zone | None:
            value = await self.ask("GET", f"v5/domains/{candidate}", query=self._team)
            return Zone(plain_name(text(value, "domain", "name")))

        return await self.first_zone(name, look)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        records: list[Record] = []
        until: list[tuple[str, str]] = []
        for _ in range(_MOST_PAGES):
            query = [("limit", "100"), *until, *self._team]
            value = await self.ask("GET", f"v4/domains/{spot.zone.name}/records", query=query)
            records += [
                Record(
                    text(row, "id"),
                    spot.zone.absolute(text(row, "name")),
                    text(row, "type"),
                    text(row, "value"),
                )
                for row in rows(value, "records")
            ]
            following = at(value, "pagination", "next") if "pagination" in value else None
            if following is None:
                break
            until = [("until", str(following))]
        return records

    @override
    async def create(self, spot: Spot, content: str) -> None:
        made = {
            "name": spot.relative(apex=""),
            "type": spot.type,
            "value": content,
            "ttl": self.ttl,
        }
        path = f"v2/domains/{spot.zone.name}/records"
        text(await self.ask("POST", path, query=self._team, json=made), "uid")

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        # What is not named stays as it is.
        path = f"v1/domains/records/{record.id}"
        value = await self.ask("PATCH", path, query=self._team, json={"value": content})
        self.confirm(value, content, "value")

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"error": {"invalidToken": True} as error}:
                return Denied(self.shown(error))
        return None
