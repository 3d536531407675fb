"""Netcup CCP, JSON endpoint (ccp.netcup.net/run/webservice/servers/endpoint.php): sessions."""

from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...provider import Field, FieldKind, ProviderId
from .cause import Cause, Denied, Missing, NotDoneError, Refused
from .client import API_KEY, PASSWORD, RestClient
from .read import MalformedError, at, number, rows, text
from .zone import Record, Spot, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_INVALID_SESSION: Final = 4001


class NetcupClient(RestClient):
    """Netcup. Records have no TTL of their own there; the zone has one.

    Each look for a zone begins a session of its own; Netcup ends it after 15 minutes.
    """

    id = ProviderId("netcup")
    title = "netcup"
    api = URL("https://ccp.netcup.net/run/webservice/servers/endpoint.php?JSON")
    fields = (Field("customer_number", FieldKind.TEXT), API_KEY, PASSWORD)
    credentials_url = "https://www.customercontrolpanel.de/daten_aendern.php?sprung=api"
    _session_id: str = ""

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        await self._log_in()

        async def look(candidate: str) -> Zone | None:
            value = await self._act("infoDnsZone", domainname=candidate)
            return Zone(plain_name(text(value, "name")))

        return await self.first_zone(name, look)

    async def _log_in(self) -> None:
        try:
            value = await self._call("login", apipassword=self.entered("password"))
        except NotDoneError as error:
            if isinstance(error.cause, (Refused, Missing)):
                raise NotDoneError(Denied(error.cause.message)) from None
            raise
        self._session_id = text(value, "apisessionid")

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        value = await self._act("infoDnsRecords", domainname=spot.zone.name)
        return [
            Record(
                text(row, "id"),
                spot.zone.absolute(text(row, "hostname")),
                text(row, "type"),
                text(row, "destination"),
                more=row,
            )
            for row in rows(value, "dnsrecords")
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        await self._write(spot, {"priority": "0"}, content)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        kept = {"id": record.id, "priority": str(record.more.get("priority") or "0")}
        await self._write(spot, kept, content)

    async def _write(self, spot: Spot, kept: dict[str, str], content: str) -> None:
        record: dict[str, Any] = kept | {
            "hostname": spot.relative(),
            "type": spot.type,
            "destination": content,
            "deleterecord": False,
        }
        # Records that are not named stay as they are.
        value = await self._act(
            "updateDnsRecords",
            writes=True,
            domainname=spot.zone.name,
            dnsrecordset={"dnsrecords": [record]},
        )
        if content not in {text(row, "destination") for row in rows(value, "dnsrecords")}:
            raise MalformedError("dnsrecords")

    async def _act(self, action: str, *, writes: bool = False, **more: Any) -> Any:
        return await self._call(action, writes=writes, apisessionid=self._session_id, **more)

    async def _call(self, action: str, *, writes: bool = False, **more: Any) -> Any:
        who = {
            "customernumber": self.entered("customer_number"),
            "apikey": self.entered("api_key"),
        }
        value = await self.ask("POST", json={"action": action, "param": who | more}, writes=writes)
        if text(value, "status") != "success":
            raise MalformedError("status")
        return at(value, "responsedata")

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"status": "error" | "failed", "statuscode": int()}:
                shown = self.shown(value)
                expired = number(value, "statuscode") == _INVALID_SESSION
                return Denied(shown) if expired else Refused(shown)
        return None
