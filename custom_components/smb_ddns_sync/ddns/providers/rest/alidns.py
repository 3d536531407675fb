"""Aliyun DNS, API 2015-01-09 (alibabacloud.com/help/en/dns/api-alidns-2015-01-09-overview)."""

from typing import TYPE_CHECKING, Any, Final, override
from uuid import uuid4

from yarl import URL

from ...outcome import RetryAfter
from ...provider import Field, FieldKind, ProviderId, TtlBounds
from ..call import FAULT_WAIT
from ..signatures import Pairs, Signed, acs3, encoded_query
from .cause import Cause, Denied, Forbidden, Missing, Same
from .client import ACCESS_KEY_ID, ACCESS_KEY_SECRET, RestClient
from .read import number, rows, text
from .zone import Record, Spot, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE: Final = 100
_LINE: Final = "default"
# alibabacloud.com/help/en/dns/error-codes and the common codes of the API gateway.
_KEY_CODES: Final = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "IncompleteSignature")
_RIGHT_CODES: Final = ("Forbidden", "NoPermission", "IncorrectDomainUser")
_GONE_CODES: Final = (
    "InvalidDomainName.NoExist", "DomainRecordNotBelongToUser", "InvalidRecordId",
)  # fmt: skip


class AlidnsClient(RestClient):
    """Aliyun DNS. Only records of one line are seen: the default one if not told otherwise.

    A same-value update is refused by it as `DomainRecordDuplicate`, so none is ever sent.
    """

    id = ProviderId("aliyun")
    title = "Aliyun DNS"
    api = URL("https://alidns.aliyuncs.com/")
    fields = (
        ACCESS_KEY_ID,
        ACCESS_KEY_SECRET,
        Field("line", FieldKind.TEXT, required=False),
    )
    credentials_url = "https://ram.console.aliyun.com/manage/ak"
    # 600 is the least of the free edition; it refuses less by itself.
    ttl_bounds = TtlBounds(least=1, most=86400, automatic=False)
    default_ttl = 600
    version = "2015-01-09"

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        return await self.listed_zone(name, self._zones, _PAGE)

    async def _zones(self, page: int) -> list[Zone]:
        value = await self.act(
            "DescribeDomains", [("PageNumber", str(page)), ("PageSize", str(_PAGE))]
        )
        return [
            Zone(plain_name(text(row, "PunyCode" if row.get("PunyCode") else "DomainName")))
            for row in rows(value, "Domains", "Domain")
        ]

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        async def page(number: int) -> list[dict[str, Any]]:
            value = await self.act(
                "DescribeSubDomainRecords",
                [
                    ("DomainName", spot.zone.name),
                    ("SubDomain", f"{spot.relative()}.{spot.zone.name}"),
                    ("Type", spot.type),
                    ("PageNumber", str(number)),
                    ("PageSize", str(_PAGE)),
                ],
            )
            return rows(value, "DomainRecords", "Record")

        return [
            Record(
                text(row, "RecordId"),
                spot.zone.absolute(text(row, "RR")),
                text(row, "Type"),
                text(row, "Value"),
                enabled=row.get("Status", "ENABLE").upper() == "ENABLE",
                more=row,
            )
            for row in await self.pages(page, _PAGE)
            if row.get("Line", _LINE) == self._line
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        value = await self.act(
            "AddDomainRecord",
            [
                ("DomainName", spot.zone.name),
                ("RR", spot.relative()),
                ("Type", spot.type),
                ("Value", content),
                ("TTL", str(self.ttl)),
                ("Line", self._line),
            ],
            writes=True,
        )
        text(value, "RecordId")

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        value = await self.act(
            "UpdateDomainRecord",
            [
                ("RecordId", record.id),
                ("RR", spot.relative()),
                ("Type", spot.type),
                ("Value", content),
                ("TTL", str(number(record.more, "TTL"))),
                ("Line", self._line),
            ],
            writes=True,
        )
        text(value, "RecordId")

    @property
    def _line(self) -> str:
        return self.entered("line") or _LINE

    async def act(self, action: str, parameters: Pairs, *, writes: bool = False) -> Any:
        """Call an action: its parameters are the query, all else is in headers and signed."""
        url = self.url("", parameters)
        headers = {
            "host": url.raw_authority,
            "x-acs-action": action,
            "x-acs-content-sha256": Signed("POST", "/", "", {}).body_hash,
            "x-acs-date": f"{self.now():%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": uuid4().hex,
            "x-acs-version": self.version,
        }
        signed = Signed("POST", "/", encoded_query(parameters), headers)
        written = acs3(signed, self.entered("access_key_id"), self.secret("access_key_secret"))
        return await self.ask(
            "POST",
            query=parameters,
            headers=headers | {"Authorization": written},
            writes=writes,
        )

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        code = value.get("Code", "") if isinstance(value, dict) else ""
        if not isinstance(code, str) or not code:
            return None
        shown = self.shown(value)
        if code.startswith("Throttling"):
            return self.limited()
        if code.startswith("InvalidTimeStamp"):
            return RetryAfter(
                f"{self.title} says that the clock of this machine is wrong ({shown}).",
                FAULT_WAIT,
                everywhere=True,
            )
        if code.startswith(_KEY_CODES):
            return Denied(shown)
        if code == "DomainRecordDuplicate":
            return Same()
        if code.startswith(_GONE_CODES):
            return Missing(shown)
        return Forbidden(shown) if code.startswith(_RIGHT_CODES) else None
