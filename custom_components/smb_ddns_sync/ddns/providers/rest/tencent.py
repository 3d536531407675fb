"""Tencent Cloud, API 3.0: DNSPod (document/api/1427) and EdgeOne (document/api/1552).

Both answer HTTP 200 with `Response.Error` where they refuse.
"""

from typing import TYPE_CHECKING, Any, ClassVar, Final, override

from yarl import URL

from ...outcome import RetryAfter, Unconfirmed
from ...provider import Field, FieldKind, ProviderId, TtlBounds
from ..call import FAULT_WAIT
from ..signatures import Signed, tc3
from .cause import Cause, Denied, Forbidden, Missing, NotDoneError, Refused, Same
from .client import ACCESS_KEY_ID, ACCESS_KEY_SECRET, RestClient
from .read import at, number, rows, text
from .zone import Record, Spot, Zone, longest, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE: Final = 100
_MIME: Final = "application/json; charset=utf-8"
_SAME: Final = frozenset({"InvalidParameter.DomainRecordExist"})
# cloud.tencent.com/document/product/1427/56192, by how the codes begin; the first that fits counts.
_CODES: Final = (
    ("ResourceNotFound", Missing),
    ("InvalidParameter.RecordIdInvalid", Missing),
    ("AuthFailure", Denied),
    ("InvalidParameterValue.UserIdInvalid", Denied),
    ("UnauthorizedOperation", Forbidden),
    ("OperationDenied", Forbidden),
)


class TencentClient(RestClient):
    """What both services share: TC3 signatures and their errors."""

    fields: ClassVar[tuple[Field, ...]] = (ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    credentials_url = "https://console.cloud.tencent.com/cam/capi"
    service: ClassVar[str]
    version: ClassVar[str]

    async def act(self, action: str, *, writes: bool = False, **parameters: Any) -> Any:
        """Call an action and return its `Response`."""
        value = await self.ask(
            "POST",
            json=parameters,
            headers={
                "X-TC-Action": action,
                "X-TC-Version": self.version,
                "Content-Type": _MIME,
            },
            writes=writes,
        )
        return at(value, "Response")

    async def listed(self, action: str, key: str, **parameters: Any) -> list[dict[str, Any]]:
        """Return all items of a list; that there is none is an error of this API."""

        async def page(number: int) -> list[dict[str, Any]]:
            offset = (number - 1) * _PAGE
            value = await self.act(action, Offset=offset, Limit=_PAGE, **parameters)
            return rows(value, key)

        try:
            return await self.pages(page, _PAGE)
        except NotDoneError as error:
            if isinstance(error.cause, Missing):
                return []
            raise

    @override
    def signed(self, method: str, url: URL, body: bytes) -> dict[str, str]:
        now = self.now()
        signed = Signed(method, "/", "", {"content-type": _MIME, "host": url.raw_authority}, body)
        key_id, secret = self.entered("access_key_id"), self.secret("access_key_secret")
        return {
            "Host": url.raw_authority,
            "X-TC-Timestamp": str(int(now.timestamp())),
            "Authorization": tc3(signed, now, self.service, key_id, secret),
        }

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"Response": {"Error": {"Code": str(code)} as error}}:
                shown = self.shown(error)
            case _:
                return None
        if code.startswith("RequestLimitExceeded"):
            return self.limited()
        if code.startswith("AuthFailure.SignatureExpire"):
            return RetryAfter(
                f"{self.title} says that the clock of this machine is wrong ({shown}).",
                FAULT_WAIT,
                everywhere=True,
            )
        if code.startswith("InternalError"):
            return Unconfirmed(f"{self.title} failed while it worked on the call ({shown}).")
        if code in _SAME:
            return Same()
        cause = next((cause for start, cause in _CODES if code.startswith(start)), Refused)
        return cause(shown)


class DnspodClient(TencentClient):
    """Tencent Cloud DNSPod. Only records of one line are seen: 默认 if not told otherwise."""

    id = ProviderId("tencentcloud")
    title = "Tencent Cloud DNSPod"
    api = URL("https://dnspod.tencentcloudapi.com/")
    fields = (*TencentClient.fields, Field("line", FieldKind.TEXT, required=False))
    # 600 is the least of the free edition; it refuses less by itself.
    ttl_bounds = TtlBounds(least=1, most=604800, automatic=False)
    default_ttl = 600
    service = "dnspod"
    version = "2021-03-23"

    @property
    def _line(self) -> str:
        return self.entered("line") or "默认"

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        found = await self.listed("DescribeDomainList", "DomainList")
        zones = (
            Zone(plain_name(text(row, "Punycode" if row.get("Punycode") else "Name")))
            for row in found
        )
        return longest(zones, name)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        found = await self.listed(
            "DescribeRecordList",
            "RecordList",
            Domain=spot.zone.name,
            Subdomain=spot.relative(),
            RecordType=spot.type,
        )
        return [
            Record(
                text(row, "RecordId"),
                spot.zone.absolute(text(row, "Name")),
                text(row, "Type"),
                text(row, "Value"),
                enabled=row.get("Status", "ENABLE") == "ENABLE",
                more=row,
            )
            for row in found
            if row.get("Line", self._line) == self._line
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        value = await self._write("CreateRecord", spot, content, TTL=self.ttl)
        text(value, "RecordId")

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        value = await self._write(
            "ModifyRecord",
            spot,
            content,
            RecordId=number(record.more, "RecordId"),
            TTL=number(record.more, "TTL"),
        )
        text(value, "RecordId")

    async def _write(self, action: str, spot: Spot, content: str, **more: Any) -> Any:
        return await self.act(
            action,
            writes=True,
            Domain=spot.zone.name,
            SubDomain=spot.relative(),
            RecordType=spot.type,
            RecordLine=self._line,
            Value=content,
            **more,
        )


class EdgeOneClient(TencentClient):
    """The DNS of Tencent EdgeOne's zones."""

    id = ProviderId("edgeone")
    title = "Tencent EdgeOne"
    api = URL("https://teo.tencentcloudapi.com/")
    ttl_bounds = TtlBounds(least=60, most=86400, automatic=False)
    service = "teo"
    version = "2022-09-01"

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def look(candidate: str) -> Zone | None:
            named = [{"Name": "zone-name", "Values": [candidate], "Fuzzy": False}]
            for row in await self.listed("DescribeZones", "Zones", Filters=named):
                if plain_name(text(row, "ZoneName")) == candidate:
                    return Zone(candidate, text(row, "ZoneId"))
            return None

        return await self.first_zone(name, look)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        found = await self.listed(
            "DescribeDnsRecords",
            "DnsRecords",
            ZoneId=spot.zone.id,
            Filters=[
                {"Name": "name", "Values": [spot.name], "Fuzzy": False},
                {"Name": "type", "Values": [spot.type], "Fuzzy": False},
            ],
        )
        return [
            Record(
                text(row, "RecordId"),
                plain_name(text(row, "Name")),
                text(row, "Type"),
                text(row, "Content"),
                enabled=row.get("Status", "enable") == "enable",
                more=row,
            )
            for row in found
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        value = await self.act(
            "CreateDnsRecord",
            writes=True,
            ZoneId=spot.zone.id,
            Name=spot.name,
            Type=spot.type,
            Content=content,
            TTL=self.ttl,
        )
        text(value, "RecordId")

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        kept = {key: record.more[key] for key in ("Location", "Weight") if key in record.more}
        changed = kept | {
            "ZoneId": spot.zone.id,
            "RecordId": record.id,
            "Name": spot.name,
            "Type": spot.type,
            "Content": content,
            "TTL": number(record.more, "TTL"),
        }
        value = await self.act(
            "ModifyDnsRecords", writes=True, ZoneId=spot.zone.id, DnsRecords=[changed]
        )
        text(value, "RequestId")
