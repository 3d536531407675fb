"""HiPM DnsMgr (now HiDNS), a panel of one's own before the APIs of other providers.

What is here is what its page on the list of domains tells (github.com/HiPM-Tech/HiDNS), and what
the two clients that know it agree on.
"""

from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...outcome import BadAnswer
from ...provider import Field, FieldKind, ProviderId, TtlBounds
from .cause import Cause, Refused
from .client import TOKEN, RestClient
from .read import MalformedError, at, rows, text
from .zone import Record, Spot, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE: Final = 100
_FIRST_LINE: Final = "0"
_PAUSED: Final = 0
_KEPT: Final = ("ttl", "line", "mx", "weight", "remark")


class HipmDnsmgrClient(RestClient):
    """A panel with an API token. The code in the body tells what became of a call; 0 is success.

    Which codes there are is told for wrong credentials only, so another one that is not a common
    one of HTTP is no refusal to stop at, but an answer to come back after.
    """

    id = ProviderId("hipm_dnsmgr")
    title = "HiPM DnsMgr (HiDNS)"
    api = URL("http://localhost:3001/api")
    fields = (Field("server", FieldKind.URL), TOKEN)
    ttl_bounds = TtlBounds(least=1, most=86400, automatic=False)
    default_ttl = 600
    # Each provider behind the panel has a form of its own for texts.
    texts = None

    @override
    def headers(self) -> dict[str, str]:
        return dict(self.bearer())

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def page(number: int) -> list[Zone]:
            found = await self._rows("domains", number)
            return [Zone(plain_name(text(row, "name")), text(row, "id")) for row in found]

        return await self.listed_zone(name, page, _PAGE)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        async def page(number: int) -> list[dict[str, Any]]:
            return await self._rows(f"domains/{spot.zone.id}/records", number)

        return [
            Record(
                text(row, "id"),
                spot.zone.absolute(text(row, "name")),
                text(row, "type"),
                text(row, "value"),
                enabled=row.get("status") != _PAUSED,
                more=row,
            )
            for row in await self.pages(page, _PAGE)
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        made = {"ttl": self.ttl, "line": _FIRST_LINE}
        await self._write("POST", f"domains/{spot.zone.id}/records", spot, content, made)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        # What a change leaves out may fall back to what the panel takes for granted.
        kept = {key: record.more[key] for key in _KEPT if record.more.get(key) is not None}
        path = f"domains/{spot.zone.id}/records/{record.id}"
        await self._write("PUT", path, spot, content, kept)

    async def _rows(self, path: str, number: int) -> list[dict[str, Any]]:
        query = [("page", str(number)), ("pageSize", str(_PAGE))]
        value = await self.ask("GET", path, query=query)
        # For an API token domains are a list; what the panel's own pages ask for is wrapped.
        wrapped = isinstance(at(value, "data"), dict)
        return rows(value, "data", "list") if wrapped else rows(value, "data")

    async def _write(
        self, method: str, path: str, spot: Spot, content: str, more: dict[str, Any]
    ) -> None:
        record = {"name": spot.relative(), "type": spot.type, "value": content}
        value = await self.ask(method, path, json=record | more)
        if at(value, "code") != 0:
            raise MalformedError("code")

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"code": int(code)} if code != 0:
                shown = self.shown(value)
            case _:
                return None
        if (cause := self.commonly(code, shown)) is not None:
            return cause
        if code in {400, 409, 422}:
            return Refused(shown)
        return BadAnswer(f"{self.title} did not do what it was asked for ({shown}).")
