"""OVH zone DNS, API 1.0 (eu.api.ovh.com/console/?section=/domain)."""

from hashlib import sha1
from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...provider import Field, FieldKind, ProviderId, TtlBounds
from .cause import Cause, Denied
from .client import RestClient
from .read import MalformedError, text
from .zone import Record, Spot, Zone, longest, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_DENIED: Final = (
    "INVALID_CREDENTIAL", "INVALID_KEY", "INVALID_SIGNATURE", "NOT_CREDENTIAL",
    "Client::Unauthorized",
)  # fmt: skip


class OvhClient(RestClient):
    """OVH. A change counts when the zone is refreshed; one that is owed is made up for."""

    id = ProviderId("ovh_api")
    title = "OVH (zone API)"
    api = URL("https://eu.api.ovh.com/1.0")
    fields = (
        Field("application_key", FieldKind.TEXT),
        Field("application_secret", FieldKind.SECRET),
        Field("consumer_key", FieldKind.SECRET),
    )
    credentials_url = "https://eu.api.ovh.com/createToken/"
    ttl_bounds = TtlBounds(least=60, most=2147483647)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._owed: set[str] = set()

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        value = await self.ask("GET", "domain/zone")
        if not isinstance(value, list) or not all(isinstance(zone, str) for zone in value):
            raise MalformedError("zones")
        return longest((Zone(plain_name(zone)) for zone in value), name)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        if spot.zone.name in self._owed:
            await self._refresh(spot.zone)
        query = [("fieldType", spot.type), ("subDomain", spot.relative(apex=""))]
        path = f"domain/zone/{spot.zone.name}/record"
        ids = await self.ask("GET", path, query=query)
        if not isinstance(ids, list) or not all(isinstance(key, int) for key in ids):
            raise MalformedError("ids")
        records: list[Record] = []
        for key in ids:
            row = await self.ask_if_there("GET", f"{path}/{key}")
            if row is not None:
                records.append(
                    Record(
                        text(row, "id"),
                        spot.zone.absolute(row.get("subDomain") or ""),
                        text(row, "fieldType"),
                        text(row, "target"),
                    )
                )
        return records

    @override
    async def create(self, spot: Spot, content: str) -> None:
        made = {
            "fieldType": spot.type,
            "subDomain": spot.relative(apex=""),
            "target": content,
            "ttl": self.ttl,
        }
        self._owed.add(spot.zone.name)
        value = await self.ask("POST", f"domain/zone/{spot.zone.name}/record", json=made)
        self.confirm(value, content, "target")
        await self._refresh(spot.zone)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        path = f"domain/zone/{spot.zone.name}/record/{record.id}"
        self._owed.add(spot.zone.name)
        await self.ask("PUT", path, json={"target": content})
        await self._refresh(spot.zone)

    async def _refresh(self, zone: Zone) -> None:
        await self.ask("POST", f"domain/zone/{zone.name}/refresh")
        self._owed.discard(zone.name)

    @override
    def signed(self, method: str, url: URL, body: bytes) -> dict[str, str]:
        """Sign as docs.ovh.com tells: SHA-1 is the protocol's choice."""
        stamp = str(int(self.now().timestamp()))
        secret, consumer = self.entered("application_secret"), self.entered("consumer_key")
        text = "+".join((secret, consumer, method, str(url), body.decode(), stamp))
        return {
            "X-Ovh-Application": self.entered("application_key"),
            "X-Ovh-Consumer": consumer,
            "X-Ovh-Timestamp": stamp,
            "X-Ovh-Signature": f"$1${sha1(text.encode(), usedforsecurity=False).hexdigest()}",
        }

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"errorCode": str(code)} if code.startswith(_DENIED):
                return Denied(self.shown(value))
        return None
