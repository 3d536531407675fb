"""NameSilo, API 1 (namesilo.com/api-reference). It takes only GET, with the key in the query."""

from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...provider import ProviderId, TtlBounds
from .cause import Cause, Denied, Forbidden, Missing, Refused
from .client import API_KEY, RestClient
from .read import MalformedError, at, number, text
from .xml_body import items, parse_xml
from .zone import Record, Spot, Zone, longest, plain_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ...names import DnsName

# namesilo.com/api-reference#response-codes
_FINE: Final = frozenset({"300", "301", "302"})
_CODES: Final[Mapping[str, Callable[[str], Cause]]] = {
    "109": Denied,  # no key
    "110": Denied,  # invalid key
    "112": Forbidden,  # not for sub-accounts
    "113": Forbidden,  # not from this address
    "114": Forbidden,
    "115": Forbidden,
    "200": Missing,  # the domain is not active, or not this account's
    "201": Refused,
}


class NamesiloClient(RestClient):
    """NameSilo."""

    id = ProviderId("namesilo")
    title = "NameSilo"
    api = URL("https://www.namesilo.com/api")
    fields = (API_KEY,)
    credentials_url = "https://www.namesilo.com/account/api-manager"
    ttl_bounds = TtlBounds(least=3600, most=2592001, automatic=False)
    default_ttl = 3600

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        reply = await self._act("listDomains")
        found = items(reply, "domains", "domain")
        # Each is a name, with its dates beside it where the API tells them.
        names = (row if isinstance(row, str) else text(row, "domain") for row in found)
        return longest((Zone(plain_name(zone)) for zone in names), name)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        reply = await self._act("dnsListRecords", domain=spot.zone.name)
        return [
            Record(
                text(row, "record_id"),
                _whole(text(row, "host"), spot.zone),
                text(row, "type"),
                text(row, "value"),
                more=row,
            )
            for row in items(reply, "resource_record")
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        await self._write("dnsAddRecord", spot, content, self.ttl, rrtype=spot.type)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        ttl = number(record.more, "ttl")
        await self._write("dnsUpdateRecord", spot, content, ttl, rrid=record.id)

    async def _write(self, action: str, spot: Spot, content: str, ttl: int, **more: str) -> None:
        reply = await self._act(
            action,
            writes=True,
            domain=spot.zone.name,
            rrhost=spot.relative(apex=""),
            rrvalue=content,
            rrttl=str(ttl),
            **more,
        )
        text(reply, "record_id")

    async def _act(self, action: str, *, writes: bool = False, **more: str) -> Any:
        common = {"version": "1", "type": "xml", "key": self.entered("api_key")}
        value = await self.ask("GET", action, query=(common | more).items(), writes=writes)
        reply = at(value, "namesilo", "reply")
        if text(reply, "code") not in _FINE:
            raise MalformedError("code")
        return reply

    @override
    def decode(self, body: str) -> Any:
        return parse_xml(body)

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"namesilo": {"reply": {"code": str(code)} as reply}} if code not in _FINE:
                return _CODES.get(code, Refused)(self.shown(reply))
        return None


def _whole(host: str, zone: Zone) -> str:
    """Return the whole name of a host, which lists show whole and the apex as the domain."""
    plain = plain_name(host)
    whole = plain == zone.name or plain.endswith(f".{zone.name}")
    return plain if whole else zone.absolute(plain)
