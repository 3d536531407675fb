"""dynv6, REST API 2 (dynv6.com/docs/apis, dynv6.github.io/api-spec)."""

from typing import TYPE_CHECKING, Final, override

from yarl import URL

from ...provider import ProviderId
from .cause import NotDoneError, Refused
from .client import RestClient
from .read import rows, text
from .zone import Record, Spot, Zone, longest, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

# What a zone holds at its own name, by the type that it is published as.
_OWN: Final = {"A": "ipv4address", "AAAA": "ipv6prefix"}


class Dynv6Client(RestClient):
    """dynv6: a zone holds the addresses of its own name, records hold those of others.

    The IPv6 address of a zone is never set: it is a prefix, and moves other names with it.
    """

    id = ProviderId("dynv6_api")
    title = "dynv6 (REST API)"
    api = URL("https://dynv6.com/api/v2")
    credentials_url = "https://dynv6.com/keys"

    @override
    def headers(self) -> dict[str, str]:
        return dict(self.bearer())

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        found = (
            Zone(plain_name(text(row, "name")), text(row, "id"), row)
            for row in rows(await self.ask("GET", "zones"))
        )
        return longest(found, name)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        value = await self.ask("GET", f"zones/{spot.zone.id}/records")
        found = [
            Record(
                text(row, "id"),
                spot.zone.absolute(row.get("name") or ""),
                text(row, "type"),
                row.get("data") or "",
            )
            for row in rows(value)
        ]
        held = spot.zone.more.get(_OWN.get(spot.type, ""))
        if spot.name == spot.zone.name and held:
            found.append(Record("", spot.name, spot.type, str(held)))
        return found

    @override
    async def create(self, spot: Spot, content: str) -> None:
        if spot.name == spot.zone.name:
            await self._set_own(spot, content)
            return
        made = {"name": spot.relative(), "type": spot.type, "data": content}
        value = await self.ask("POST", f"zones/{spot.zone.id}/records", json=made)
        self.confirm(value, content, "data")

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        if not record.id:
            await self._set_own(spot, content)
            return
        path = f"zones/{spot.zone.id}/records/{record.id}"
        changed = {"name": spot.relative(apex=""), "type": spot.type, "data": content}
        self.confirm(await self.ask("PATCH", path, json=changed), content, "data")

    async def _set_own(self, spot: Spot, content: str) -> None:
        if spot.type != "A":
            raise NotDoneError(
                Refused(
                    "the IPv6 address of a zone's own name is a prefix that moves other names "
                    "with it; use a name below the zone, or the other entry for dynv6"
                )
            )
        key = _OWN[spot.type]
        value = await self.ask("PATCH", f"zones/{spot.zone.id}", json={key: content})
        self.confirm(value, content, key)
