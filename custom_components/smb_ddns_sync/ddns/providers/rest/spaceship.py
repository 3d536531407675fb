"""Spaceship's API of records (docs.spaceship.dev, DNS records)."""

from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...outcome import Unconfirmed
from ...provider import ProviderId, TtlBounds
from .cause import Missing, NotDoneError
from .client import API_KEY, API_SECRET, RestClient
from .read import rows, text
from .zone import Record, Spot, Zone, plain_text

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE: Final = 500
_TXT: Final = "TXT"


class SpaceshipClient(RestClient):
    """Spaceship. It has no change of a record, so one is made in two steps.

    The new record is added first, without force, and is looked for; only then is the old one taken
    away, by its exact type, name and address. What fails between leaves the name with both, never
    with none, and `RestProvider` goes on from there (see `in_two_steps`).
    """

    id = ProviderId("spaceship")
    title = "Spaceship"
    api = URL("https://spaceship.dev/api/v1")
    fields = (API_KEY, API_SECRET)
    credentials_url = "https://www.spaceship.com/application/api-manager/"
    ttl_bounds = TtlBounds(least=60, most=3600, automatic=False)
    quiet = True
    in_two_steps = True

    @override
    def headers(self) -> dict[str, str]:
        return {"X-Api-Key": self.entered("api_key"), "X-Api-Secret": self.entered("api_secret")}

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def look(candidate: str) -> Zone | None:
            query = [("take", "1"), ("skip", "0")]
            rows(await self.ask("GET", f"dns/records/{candidate}", query=query), "items")
            return Zone(candidate)

        return await self.first_zone(name, look)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        async def page(number: int) -> list[dict[str, Any]]:
            query = [("take", str(_PAGE)), ("skip", str((number - 1) * _PAGE))]
            value = await self.ask("GET", f"dns/records/{spot.zone.name}", query=query)
            return rows(value, "items")

        return [
            Record(
                "",
                spot.zone.absolute(text(row, "name")),
                text(row, "type"),
                str(row.get(_key(text(row, "type"))) or ""),
                more=row,
            )
            for row in await self.pages(page, _PAGE)
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        await self._add(spot, content, self.ttl)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        await self._add(spot, content, record.more.get("ttl") or self.ttl)
        found = [r for r in await self.list_records(spot) if (r.name, r.type) == _place(spot)]
        if all(plain_text(r.content) != content for r in found):
            raise NotDoneError(Unconfirmed(f"{self.title} does not show the new record yet."))
        await self.clear(spot, record)

    @override
    async def clear(self, spot: Spot, record: Record) -> None:
        old = {"type": spot.type, "name": spot.relative(), _key(spot.type): record.content}
        try:
            await self.ask("DELETE", f"dns/records/{spot.zone.name}", json=[old])
        except NotDoneError as error:
            if not isinstance(error.cause, Missing):
                raise

    async def _add(self, spot: Spot, content: str, ttl: int) -> None:
        new = {"type": spot.type, "name": spot.relative(), _key(spot.type): content, "ttl": ttl}
        # Without force what stands in the way is refused, and not replaced.
        body = {"force": False, "items": [new]}
        await self.ask("PUT", f"dns/records/{spot.zone.name}", json=body)


def _key(kind: str) -> str:
    return "value" if kind == _TXT else "address"


def _place(spot: Spot) -> tuple[str, str]:
    return spot.name, spot.type
