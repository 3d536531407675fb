"""DNSPod's own API (docs.dnspod.cn/api): forms with a login token, HTTP 200 for everything.

Thirty failed logins in five minutes close the account's API for an hour, and so do needless
updates; each program has to name itself.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...outcome import Banned, RetryAfter
from ...provider import Field, FieldKind, ProviderId, TtlBounds
from .cause import Cause, Denied, Forbidden, Missing, Refused, Same
from .client import TOKEN, RestClient
from .read import MalformedError, at, number, rows_if_any, text
from .zone import Record, Spot, Zone, longest, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_BAN: Final = timedelta(hours=1)
_LENGTH: Final = 3000
_DENIED: Final = frozenset({"-1", "6", "10001", "10002", "10003", "10004"})
_FORBIDDEN: Final = frozenset({"-3", "-4", "-7", "-99", "83", "85"})
# "There is no domain", "there is no record" of lists.
_EMPTY: Final = frozenset({"9", "10"})


class DnspodLegacyClient(RestClient):
    """DNSPod with an API token; `account_id` is the token's number. Only one line is seen."""

    id = ProviderId("dnspod")
    title = "DNSPod"
    api = URL("https://dnsapi.cn/")
    fields = (
        Field("account_id", FieldKind.TEXT),
        TOKEN,
        Field("line", FieldKind.TEXT, required=False),
    )
    credentials_url = "https://console.dnspod.cn/account/token/token"
    ttl_bounds = TtlBounds(least=1, most=604800, automatic=False)
    default_ttl = 600

    @property
    def _line(self) -> str:
        return self.entered("line") or "默认"

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        value = await self._act("Domain.List", length=str(_LENGTH))
        found = rows_if_any(value, "domains")
        zones = (
            Zone(
                plain_name(text(row, "punycode" if row.get("punycode") else "name")),
                text(row, "id"),
            )
            for row in found
        )
        return longest(zones, name)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        value = await self._act(
            "Record.List",
            domain_id=spot.zone.id,
            sub_domain=spot.relative(),
            record_type=spot.type,
            length=str(_LENGTH),
        )
        return [
            Record(
                text(row, "id"),
                spot.zone.absolute(text(row, "name")),
                text(row, "type"),
                text(row, "value"),
                enabled=str(row.get("enabled", "1")) == "1",
                more=row,
            )
            for row in rows_if_any(value, "records")
            if row.get("line", self._line) == self._line
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        await self._write("Record.Create", spot, content, self.ttl)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        ttl = number(record.more, "ttl")
        await self._write("Record.Modify", spot, content, ttl, record_id=record.id)

    async def _write(self, action: str, spot: Spot, content: str, ttl: int, **more: str) -> None:
        value = await self._act(
            action,
            writes=True,
            domain_id=spot.zone.id,
            sub_domain=spot.relative(),
            record_type=spot.type,
            record_line=self._line,
            value=content,
            ttl=str(ttl),
            **more,
        )
        text(value, "record", "id")

    async def _act(self, action: str, *, writes: bool = False, **more: str) -> Any:
        common = {
            "login_token": f"{self.entered('account_id')},{self.entered('token')}",
            "format": "json",
            "lang": "en",
            "error_on_empty": "no",
        }
        value = await self.ask("POST", action, form=(common | more).items(), writes=writes)
        text(value, "status", "code")
        return value

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        try:
            code = text(value, "status", "code")
        except MalformedError:
            return None
        shown = self.shown(at(value, "status"))
        if code == "1" or code in _EMPTY:
            return None
        if code == "-8":
            return Banned(
                f"{self.title} blocks this account after too many failed logins ({shown}).",
                self.now() + _BAN,
            )
        if code == "-2":
            return RetryAfter(f"{self.title} takes no more calls ({shown}).", _BAN, everywhere=True)
        if code == "104":
            return Same()
        if code in _DENIED:
            return Denied(shown)
        if code in _FORBIDDEN:
            return Forbidden(shown)
        return Missing(shown) if code == "8" else Refused(shown)
