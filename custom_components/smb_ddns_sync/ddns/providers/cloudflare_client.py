"""The calls to Cloudflare's API: zones and their records."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from ..outcome import BadAnswer, NameRejected, Trouble
from ..secret import Scrubber, Secret
from .call import Patience, Reply, Request, call
from .cloudflare_reply import (
    Denied,
    Meaning,
    RecordGone,
    Result,
    SameExists,
    read_reply,
    token_rejected,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import ClientSession
    from yarl import URL

    from ..address import Address
    from ..names import DnsName

_MOST_BYTES: Final = 1024 * 1024
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone that the token may see."""

    id: str
    name: str

    def right_missing(self, denied: Denied) -> NameRejected:
        """Tell what a refusal within this zone means.

        Cloudflare answers a token that is no good and one that lacks a right alike. This one was
        good enough to see the zone.
        """
        return NameRejected(
            f"The API token may not edit the DNS of {self.name} ({denied.message}): it needs the "
            "permission Zone:DNS:Edit for that zone."
        )


@dataclass(frozen=True, slots=True)
class Record:
    """A DNS record."""

    id: str
    name: str
    type: str
    content: str

    @property
    def address(self) -> Address | None:
        """The address that it holds, if it holds one."""
        try:
            return ip_address(self.content)
        except ValueError:
            return None


class CloudflareClient:
    """Makes the calls with one API token."""

    def __init__(self, session: ClientSession, token: Secret, api: URL, patience: Patience) -> None:
        self._session: Final = session
        self._token: Final = token
        self._api: Final = api
        self._patience: Final = patience
        self._scrubber: Final = Scrubber(token)

    async def find_zone(self, name: DnsName) -> Zone | Trouble:
        """Find the zone that holds a name: its longest suffix that is a zone of this account."""
        labels = name.removeprefix("*.").split(".")
        for start in range(len(labels) - 1):
            candidate = ".".join(labels[start:])
            match await self._ask("GET", "zones", query={"name": candidate}):
                case Result(value):
                    if zone := _pick_zone(value, candidate):
                        return zone
                case Denied() as denied:
                    return token_rejected(denied)
                case SameExists() | RecordGone():
                    return BadAnswer("Cloudflare answered a search for a zone with a record.")
                case trouble:
                    return trouble
        return NameRejected(
            f"No zone of this Cloudflare account holds {name}, or the API token may not see it: it "
            "needs the permission Zone:Zone:Read for that zone."
        )

    async def list_records(
        self, zone: Zone, name: DnsName, record_type: str | None = None
    ) -> tuple[Record, ...] | Trouble:
        """List the records of a name, of one type or of all."""
        query = {"name": str(name), "per_page": str(_PAGE)}
        if record_type is not None:
            query["type"] = record_type
        match await self._ask("GET", f"zones/{zone.id}/dns_records", query=query):
            case Result(value):
                return _read_records(value, name, record_type)
            case Denied() as denied:
                return zone.right_missing(denied)
            case SameExists() | RecordGone():
                return BadAnswer("Cloudflare answered a search for records with a conflict.")
            case trouble:
                return trouble

    async def create(self, zone: Zone, record: Mapping[str, object]) -> Meaning:
        """Make a record."""
        return await self._ask("POST", f"zones/{zone.id}/dns_records", json=record)

    async def patch(self, zone: Zone, record_id: str, change: Mapping[str, object]) -> Meaning:
        """Change some fields of a record; the others stay as they are."""
        return await self._ask("PATCH", f"zones/{zone.id}/dns_records/{record_id}", json=change)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: object = None,
    ) -> Meaning:
        writes = method != "GET"
        request = Request(
            method,
            self._api.joinpath(*path.split("/")).with_query(query),
            writes=writes,
            headers={"Authorization": f"Bearer {self._token.reveal()}"},
            json=json,
        )
        reply = await call(self._session, request, self._patience, _MOST_BYTES)
        if not isinstance(reply, Reply):
            return reply
        return read_reply(reply, self._scrubber, writes=writes)


def read_record(value: Any) -> Record | None:
    """Return the record that the API shows, if it is one."""
    match value:
        case {"id": str(key), "name": str(name), "type": str(kind), "content": str(content)}:
            return Record(key, name.lower(), kind, content)
        case _:
            return None


def _pick_zone(value: Any, name: str) -> Zone | None:
    """Return the zone of this very name that is not deleted."""
    for zone in value if isinstance(value, list) else ():
        match zone:
            case {"id": str(zone_id), "name": str(found)} if (
                found.lower() == name and zone.get("status") != "deleted"
            ):
                return Zone(zone_id, name)
    return None


def _read_records(
    value: Any, name: DnsName, record_type: str | None
) -> tuple[Record, ...] | Trouble:
    """Return the records of this very name and type; the server's own filter is not trusted."""
    if not isinstance(value, list):
        return BadAnswer("Cloudflare answered a search for records with something else.")
    records: list[Record] = []
    for item in value:
        record = read_record(item)
        if record is None:
            return BadAnswer("Cloudflare listed a record without id, name, type or content.")
        if record.name == name and record_type in {None, record.type}:
            records.append(record)
    return tuple(records)
