"""Aliyun DNS: its V3 signature is verified here by the steps of its own page."""

from hashlib import sha256
import hmac
from types import MappingProxyType
from typing import TYPE_CHECKING, override

from custom_components.smb_ddns_sync.ddns.providers.rest.alidns import AlidnsClient

from .api import SECRET, RestApi, answered, in_zone, joined, not_documented

if TYPE_CHECKING:
    from aiohttp import web

    from .api import Call, FakeRecord

_MUST_SIGN = {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-version"}


def acs3_is_right(call: Call, key_id: str, version: str) -> bool:
    """Verify a signature by alibabacloud.com/help/en/sdk, "V3 request structure"."""
    scheme, _, rest = call.headers.get("authorization", "").partition(" ")
    parts = dict(part.split("=", 1) for part in rest.split(",") if "=" in part)
    names = parts.get("SignedHeaders", "").split(";")
    if scheme != "ACS3-HMAC-SHA256" or not set(names) >= _MUST_SIGN or names != sorted(names):
        return False
    hashed = sha256(call.body).hexdigest()
    query = "&".join(sorted(call.raw_query.split("&")))
    canonical = f"{call.method}\n/\n{query}\n"
    canonical += "".join(f"{name}:{call.headers[name]}\n" for name in names)
    canonical += "\n" + ";".join(names) + "\n" + hashed
    to_sign = "ACS3-HMAC-SHA256\n" + sha256(canonical.encode()).hexdigest()
    expected = hmac.new(SECRET.encode(), to_sign.encode(), sha256).hexdigest()
    credential, signature = parts["Credential"], parts["Signature"]
    return (
        (credential, signature) == (key_id, expected)
        and call.headers["x-acs-content-sha256"] == hashed
        and call.headers["x-acs-version"] == version
        and "+" not in call.raw_query
    )


class AlidnsApi(RestApi):
    """The actions of alidns that are used."""

    client = AlidnsClient
    settings = MappingProxyType({"access_key_id": "LTAI5t", "access_key_secret": SECRET})

    @override
    def authorized(self, call: Call) -> bool:
        return acs3_is_right(call, "LTAI5t", "2015-01-09")

    @override
    def denied(self) -> web.Response:
        return fault(400, "SignatureDoesNotMatch", "Specified signature is not matched.")

    @override
    def writes(self, call: Call) -> bool:
        return call.headers["x-acs-action"] in {"AddDomainRecord", "UpdateDomainRecord"}

    @override
    def answer(self, call: Call) -> web.Response:
        query = call.query
        match call.headers["x-acs-action"]:
            case "DescribeDomains":
                shown = self.page(self.zones, query["PageNumber"], query["PageSize"])
                domains = [{"DomainName": zone, "PunyCode": zone} for zone in shown]
                return answered({"TotalCount": len(self.zones), "Domains": {"Domain": domains}})
            case "DescribeSubDomainRecords":
                name = query["SubDomain"].removeprefix("@.")
                assert in_zone(name, query["DomainName"])
                found = self.find(query["DomainName"], name, query["Type"])
                page = self.page(found, query["PageNumber"], query["PageSize"])
                records = [_shown(record) for record in page]
                return answered({"TotalCount": len(found), "DomainRecords": {"Record": records}})
            case "AddDomainRecord":
                name = joined(query["RR"], query["DomainName"])
                if clash := self._clash(name, query["Type"], query["Value"]):
                    return clash
                record = self.add(
                    name, query["Type"], query["Value"], int(query["TTL"]), Line=query["Line"]
                )
                return answered({"RequestId": "1", "RecordId": str(record.id)})
            case "UpdateDomainRecord":
                old = self.records.get(int(query["RecordId"]))
                if old is None:
                    return fault(400, "DomainRecordNotBelongToUser", "The record is not yours.")
                if clash := self._clash(old.name, query["Type"], query["Value"]):
                    return clash
                assert query["RR"] == (old.relative or "@")
                old.content, old.ttl = query["Value"], int(query["TTL"])
                old.more["Line"] = query["Line"]
                return answered({"RequestId": "1", "RecordId": str(old.id)})
        return not_documented(call)

    def _clash(self, name: str, kind: str, value: str) -> web.Response | None:
        if self.contents(name, "CNAME"):
            return fault(400, "DomainRecordConflict", "The record conflicts with a CNAME.")
        if value in self.contents(name, kind):
            return fault(400, "DomainRecordDuplicate", "The DNS record already exists.")
        return None


def _shown(record: FakeRecord) -> dict[str, object]:
    return {
        "RR": record.relative or "@",
        "RecordId": str(record.id),
        "Type": record.type,
        "Value": record.content,
        "TTL": record.ttl,
        "Line": record.more.get("Line", "default"),
        "Status": "ENABLE" if record.enabled else "DISABLE",
        "Locked": False,
        "DomainName": record.zone,
    }


def fault(status: int, code: str, message: str) -> web.Response:
    """Answer as Alibaba's gateway refuses."""
    return answered({"RequestId": "1", "Code": code, "Message": message}, status)
