"""Hetzner Cloud DNS, API 1 (docs.hetzner.cloud/reference/cloud#zones). Changes are actions."""

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, Final, override

from yarl import URL

from ...outcome import RetryAfter, Unconfirmed
from ...provider import ProviderId, TtlBounds
from ..call import FAULT_WAIT
from .cause import Cause, NotDoneError, Refused
from .read import at, number, rows, text
from .record_sets import RecordSet, RecordSetClient
from .zone import Spot, Texts, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE: Final = 50
_MOST_LOOKS: Final = 20


class HetznerClient(RecordSetClient):
    """Hetzner Cloud with the token of a project. Its old DNS API has ended in May 2026."""

    id = ProviderId("hetzner")
    title = "Hetzner Cloud DNS"
    api = URL("https://api.hetzner.cloud/v1")
    credentials_url = "https://console.hetzner.com/"
    ttl_bounds = TtlBounds(least=60, most=2147483647, automatic=False)
    texts = Texts.QUOTED
    between_looks: ClassVar[float] = 0.5
    """Seconds between two looks at an action that still runs."""

    @override
    def headers(self) -> dict[str, str]:
        return dict(self.bearer())

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def page(number: int) -> list[Zone]:
            query = [("page", str(number)), ("per_page", str(_PAGE))]
            value = await self.ask("GET", "zones", query=query)
            return [
                Zone(plain_name(text(row, "name")), text(row, "id")) for row in rows(value, "zones")
            ]

        return await self.listed_zone(name, page, _PAGE)

    @override
    async def read_set(self, spot: Spot) -> RecordSet | None:
        value = await self.ask_if_there("GET", f"{self._sets(spot)}/{spot.relative()}/{spot.type}")
        if value is None:
            return None
        found = at(value, "rrset")
        records = rows(found, "records")
        comments = {text(r, "value"): r["comment"] for r in records if r.get("comment")}
        # A set without a TTL of its own has the zone's; it keeps what it has anyhow.
        ttl = 0 if found.get("ttl") is None else number(found, "ttl")
        return RecordSet(tuple(text(r, "value") for r in records), ttl, more=comments)

    @override
    async def write_set(self, spot: Spot, new: RecordSet, old: RecordSet | None) -> None:
        records: list[dict[str, Any]] = [{"value": value} for value in new.values]
        if old is None:
            value = await self.ask(
                "POST",
                self._sets(spot),
                json={
                    "name": spot.relative(),
                    "type": spot.type,
                    "ttl": new.ttl,
                    "records": records,
                },
            )
        else:
            for record, before in zip(records, old.values, strict=False):
                if before in old.more:
                    record["comment"] = old.more[before]
            path = f"{self._sets(spot)}/{spot.relative()}/{spot.type}/actions/set_records"
            value = await self.ask("POST", path, json={"records": records})
        await self._finish(at(value, "action"))

    async def _finish(self, action: Any) -> None:
        for _ in range(_MOST_LOOKS):
            match text(action, "status"):
                case "success":
                    return
                case "error":
                    raise NotDoneError(Refused(self.shown(at(action, "error"))))
            await asyncio.sleep(self.between_looks)
            try:
                value = await self.ask("GET", f"zones/actions/{text(action, 'id')}")
            except NotDoneError:
                break
            action = at(value, "action")
        raise NotDoneError(
            Unconfirmed(f"{self.title} took the change, and did not say that it is done.")
        )

    @staticmethod
    def _sets(spot: Spot) -> str:
        return f"zones/{spot.zone.id}/rrsets"

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"error": {"code": "locked" | "conflict" | "timeout"} as error}:
                message = f"{self.title} is busy with this zone ({self.shown(error)})."
                return RetryAfter(message, FAULT_WAIT)
        return None
