"""Volcengine TrafficRoute DNS, API 2018-08-01 (volcengine.com/docs/6758/155086)."""

from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...provider import Field, FieldKind, ProviderId, TtlBounds
from ..signatures import Pairs, Signed, basic_time, volc
from .cause import Cause, Denied, Forbidden, Missing
from .client import ACCESS_KEY_ID, ACCESS_KEY_SECRET, RestClient
from .read import number, rows, text
from .zone import Record, Spot, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE: Final = 100
_LINE: Final = "default"
# volcengine.com/docs/6369/68677, by how the codes begin; the first that fits counts.
_CODES: Final = (
    ("SignatureDoesNotMatch", Denied),
    ("InvalidAccessKey", Denied),
    ("InvalidCredential", Denied),
    ("InvalidAuthorization", Denied),
    ("MissingSignature", Denied),
    ("AccessDenied", Forbidden),
    ("ErrZoneNotFound", Missing),
    ("ErrRecordNotFound", Missing),
)


class VolcengineClient(RestClient):
    """Volcengine. Only records of one line are seen: the default one if not told otherwise."""

    id = ProviderId("volcengine")
    title = "Volcengine DNS"
    api = URL("https://open.volcengineapi.com/")
    fields = (ACCESS_KEY_ID, ACCESS_KEY_SECRET, Field("line", FieldKind.TEXT, required=False))
    credentials_url = "https://console.volcengine.com/iam/keymanage"
    # 600 is the least of the free edition; it refuses less by itself.
    ttl_bounds = TtlBounds(least=1, most=86400, automatic=False)
    default_ttl = 600

    @property
    def _line(self) -> str:
        return self.entered("line") or _LINE

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def page(number: int) -> list[Zone]:
            value = await self._act("GET", "ListZones", _page(number))
            return [
                Zone(plain_name(text(row, "ZoneName")), text(row, "ZID"))
                for row in rows(value, "Result", "Zones")
            ]

        return await self.listed_zone(name, page, _PAGE)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        async def page(number: int) -> list[dict[str, Any]]:
            wanted = [
                ("ZID", spot.zone.id),
                ("Host", spot.relative()),
                ("Type", spot.type),
                ("SearchMode", "exact"),
            ]
            value = await self._act("GET", "ListRecords", [*wanted, *_page(number)])
            return rows(value, "Result", "Records")

        return [
            Record(
                text(row, "RecordID"),
                spot.zone.absolute(text(row, "Host")),
                text(row, "Type"),
                text(row, "Value"),
                enabled=row.get("Enable", True) is not False,
                more=row,
            )
            for row in await self.pages(page, _PAGE)
            if row.get("Line", _LINE) == self._line
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        record = {"ZID": int(spot.zone.id)} | self._record(spot, content, self.ttl)
        text(await self._act("POST", "CreateRecord", json=record), "Result", "RecordID")

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        changed = {"RecordID": record.id} | self._record(spot, content, number(record.more, "TTL"))
        text(await self._act("POST", "UpdateRecord", json=changed), "Result", "RecordID")

    def _record(self, spot: Spot, content: str, ttl: int) -> dict[str, Any]:
        return {
            "Host": spot.relative(),
            "Type": spot.type,
            "Value": content,
            "TTL": ttl,
            "Line": self._line,
        }

    async def _act(self, method: str, action: str, query: Pairs = (), json: Any = None) -> Any:
        named = [("Action", action), ("Version", "2018-08-01"), *query]
        return await self.ask(method, query=named, json=json)

    @override
    def signed(self, method: str, url: URL, body: bytes) -> dict[str, str]:
        now = self.now()
        headers = {
            "host": url.raw_authority,
            "x-content-sha256": Signed(method, "/", "", {}, body).body_hash,
            "x-date": basic_time(now),
        }
        signed = Signed(method, "/", url.raw_query_string, headers, body)
        key_id, secret = self.entered("access_key_id"), self.secret("access_key_secret")
        written = volc(signed, now, "cn-north-1", "DNS", key_id, secret)
        return headers | {"Authorization": written}

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"ResponseMetadata": {"Error": {"Code": str(code)} as error}} if code:
                if "LimitExceeded" in code and "Flow" in code:
                    return self.limited()
                shown = self.shown(error)
                cause = next((cause for start, cause in _CODES if code.startswith(start)), None)
                return cause(shown) if cause else None
        return None


def _page(number: int) -> list[tuple[str, str]]:
    return [("PageNumber", str(number)), ("PageSize", str(_PAGE))]
