"""Tencent Cloud, Huawei Cloud, Volcengine, Baidu Cloud and AWS: signed calls."""

from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, override
from xml.etree import ElementTree as ET

from aiohttp import web

from custom_components.smb_ddns_sync.ddns.providers.rest.baidu import BaiduClient
from custom_components.smb_ddns_sync.ddns.providers.rest.huawei import HuaweiClient
from custom_components.smb_ddns_sync.ddns.providers.rest.route53 import Route53Client
from custom_components.smb_ddns_sync.ddns.providers.rest.tencent import (
    DnspodClient,
    EdgeOneClient,
)
from custom_components.smb_ddns_sync.ddns.providers.rest.volcengine import VolcengineClient

from .api import SECRET, FakeRecord, Quotes, RestApi, answered, joined, not_documented
from .signed import KEY_ID, bce_is_right, chain, is_signed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .api import Call

_KEYS = MappingProxyType({"access_key_id": KEY_ID, "access_key_secret": SECRET})


class TencentApi(RestApi):
    """What the services of Tencent Cloud share."""

    settings = _KEYS
    service: str
    version: str

    @override
    def authorized(self, call: Call) -> bool:
        stamp = call.headers["x-tc-timestamp"]
        date = datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d")
        scope = f"{date}/{self.service}/tc3_request"
        return call.headers["x-tc-version"] == self.version and is_signed(
            call,
            "TC3-HMAC-SHA256",
            must={"content-type", "host"},
            text=lambda hashed: f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}",
            credential=f"{KEY_ID}/{scope}",
            key=chain(f"TC3{SECRET}", date, self.service, "tc3_request"),
        )

    @override
    def denied(self) -> web.Response:
        return self.error("AuthFailure.SignatureFailure", "The signature is not right.")

    def error(self, code: str, message: str) -> web.Response:
        """Refuse with HTTP 200, as these APIs do."""
        return self.done(Error={"Code": code, "Message": message})

    def done(self, **more: Any) -> web.Response:
        """Answer."""
        return answered({"Response": {**more, "RequestId": "1"}})

    @override
    def writes(self, call: Call) -> bool:
        return call.headers["x-tc-action"].startswith(("Create", "Modify"))


class DnspodApi(TencentApi):
    """DNSPod 2021-03-23."""

    client = DnspodClient
    service = "dnspod"
    version = "2021-03-23"

    @override
    def answer(self, call: Call) -> web.Response:
        asked = call.json
        match call.headers["x-tc-action"]:
            case "DescribeDomainList":
                shown = _slice(self.zones, asked)
                if not shown:
                    return self.error("ResourceNotFound.NoDataOfDomain", "No domain.")
                return self.done(DomainList=[{"Name": z, "Punycode": z} for z in shown])
            case "DescribeRecordList":
                name = joined(asked["Subdomain"], asked["Domain"])
                found = _slice(self.find(asked["Domain"], name, asked["RecordType"]), asked)
                if not found:
                    return self.error("ResourceNotFound.NoDataOfRecord", "No record.")
                return self.done(RecordList=[_dnspod(record) for record in found])
            case "CreateRecord":
                name = joined(asked["SubDomain"], asked["Domain"])
                assert asked["RecordLine"]
                if asked["Value"] in self.contents(name, asked["RecordType"]):
                    return self.error("InvalidParameter.DomainRecordExist", "It exists.")
                new = self.add(
                    name,
                    asked["RecordType"],
                    asked["Value"],
                    asked["TTL"],
                    Line=asked["RecordLine"],
                )
                return self.done(RecordId=new.id)
            case "ModifyRecord":
                record = self.records.get(asked["RecordId"])
                if record is None:
                    return self.error("InvalidParameter.RecordIdInvalid", "No such record.")
                assert joined(asked["SubDomain"], asked["Domain"]) == record.name
                record.content, record.ttl = asked["Value"], asked["TTL"]
                record.more["Line"] = asked["RecordLine"]
                return self.done(RecordId=record.id)
        return not_documented(call)


def _dnspod(record: FakeRecord) -> dict[str, Any]:
    return {
        "RecordId": record.id,
        "Name": record.relative or "@",
        "Type": record.type,
        "Value": record.content,
        "TTL": record.ttl,
        "Line": record.more.get("Line", "默认"),
        "Status": "ENABLE" if record.enabled else "DISABLE",
    }


def _slice[T](found: list[T], asked: dict[str, Any]) -> list[T]:
    return found[asked["Offset"] : asked["Offset"] + asked["Limit"]]


class EdgeOneApi(TencentApi):
    """EdgeOne 2022-09-01."""

    client = EdgeOneClient
    service = "teo"
    version = "2022-09-01"

    @override
    def answer(self, call: Call) -> web.Response:
        asked = call.json
        filters = {f["Name"]: f["Values"][0] for f in asked.get("Filters", ())}
        zone = str(asked.get("ZoneId", "")).removeprefix("zone-")
        match call.headers["x-tc-action"]:
            case "DescribeZones":
                found = [z for z in self.zones if filters["zone-name"] in z]
                zones = [{"ZoneId": f"zone-{z}", "ZoneName": z} for z in found]
                return self.done(Zones=_slice(zones, asked), TotalCount=len(zones))
            case "DescribeDnsRecords":
                records = self.find(zone, filters["name"], filters["type"])
                return self.done(DnsRecords=[_edge(r) for r in _slice(records, asked)])
            case "CreateDnsRecord":
                new = self.add(asked["Name"], asked["Type"], asked["Content"], asked["TTL"])
                return self.done(RecordId=f"record-{new.id}")
            case "ModifyDnsRecords":
                (change,) = asked["DnsRecords"]
                record = self.records.get(int(change["RecordId"].removeprefix("record-")))
                if record is None:
                    return self.error("ResourceNotFound", "No such record.")
                record.content, record.ttl = change["Content"], change["TTL"]
                return self.done()
        return not_documented(call)


def _edge(record: FakeRecord) -> dict[str, Any]:
    return {
        "RecordId": f"record-{record.id}",
        "Name": record.name,
        "Type": record.type,
        "Content": record.content,
        "TTL": record.ttl,
        "Location": "Default",
        "Status": "enable" if record.enabled else "disable",
    }


class HuaweiApi(RestApi):
    """Huawei Cloud: its search is fuzzy, its record sets have ids."""

    client = HuaweiClient
    quotes = Quotes.WANTED
    settings = _KEYS

    @override
    def authorized(self, call: Call) -> bool:
        date = call.headers["x-sdk-date"]
        return is_signed(
            call,
            "SDK-HMAC-SHA256",
            must={"host", "x-sdk-date"},
            text=lambda hashed: f"SDK-HMAC-SHA256\n{date}\n{hashed}",
            credential=KEY_ID,
            key=SECRET.encode(),
            path=f"{call.raw_path}/",
        )

    @override
    def denied(self) -> web.Response:
        return answered({"error_code": "APIGW.0301", "error_msg": "Incorrect IAM auth"}, 401)

    @override
    def answer(self, call: Call) -> web.Response:
        match call.method, *call.path.strip("/").split("/"):
            case "GET", "v2", "zones":
                zones = [{"id": f"z-{zone}", "name": f"{zone}."} for zone in self.zones]
                return answered({"zones": self._page(zones, call)})
            case "GET", "v2.1", "zones", zone, "recordsets":
                wanted = call.query["name"].removesuffix(".").removeprefix("*")
                names = {r.name for r in self.find(zone.removeprefix("z-")) if wanted in r.name}
                sets = [self._set(name, call.query["type"]) for name in sorted(names)]
                return answered({"recordsets": self._page([s for s in sets if s], call)})
            case "POST", "v2.1", "zones", _, "recordsets":
                return self._put(call.json, 202)
            case "PUT", "v2.1", "zones", _, "recordsets", key:
                name, kind = key.split("|")
                assert call.json["name"] == f"{name}."
                if not self.contents(name, kind):
                    return answered({"code": "DNS.0313", "message": "no record set"}, 404)
                return self._put(call.json, 202)
        return not_documented(call)

    def _page[T](self, found: list[T], call: Call) -> list[T]:
        start = int(call.query["offset"])
        return found[start : start + int(call.query["limit"])]

    def _set(self, name: str, kind: str) -> dict[str, Any] | None:
        found = [r for r in self.records.values() if (r.name, r.type) == (name, kind)]
        if not found:
            return None
        return {
            "id": f"{name}|{kind}",
            "name": f"{name}.",
            "type": kind,
            "ttl": found[0].ttl,
            "records": [record.content for record in found],
            "status": "ACTIVE" if found[0].enabled else "DISABLE",
        }

    def _put(self, asked: dict[str, Any], status: int) -> web.Response:
        name = asked["name"].removesuffix(".")
        self.replace_set(name, asked["type"], asked["records"], asked["ttl"])
        return answered(self._set(name, asked["type"]), status)


class VolcengineApi(RestApi):
    """Volcengine's TrafficRoute."""

    client = VolcengineClient
    settings = _KEYS

    @override
    def authorized(self, call: Call) -> bool:
        date = call.headers["x-date"]
        scope = f"{date[:8]}/cn-north-1/DNS/request"
        return is_signed(
            call,
            "HMAC-SHA256",
            must={"host", "x-date"},
            text=lambda hashed: f"HMAC-SHA256\n{date}\n{scope}\n{hashed}",
            credential=f"{KEY_ID}/{scope}",
            key=chain(SECRET, date[:8], "cn-north-1", "DNS", "request"),
        )

    @override
    def denied(self) -> web.Response:
        error = {"Code": "SignatureDoesNotMatch", "Message": "The signature does not match."}
        return answered({"ResponseMetadata": {"Error": error}}, 401)

    @override
    def answer(self, call: Call) -> web.Response:
        assert call.query["Version"] == "2018-08-01"
        query = call.query
        match call.method, query["Action"]:
            case "GET", "ListZones":
                zones = [{"ZID": 100 + i, "ZoneName": z} for i, z in enumerate(self.zones)]
                return _result(Zones=self.page(zones, query["PageNumber"], query["PageSize"]))
            case "GET", "ListRecords":
                zone = self.zones[int(query["ZID"]) - 100]
                found = self.find(zone, joined(query["Host"], zone), query["Type"])
                page = self.page(found, query["PageNumber"], query["PageSize"])
                return _result(Records=[_volc(record) for record in page])
            case "POST", "CreateRecord":
                asked = call.json
                zone = self.zones[asked["ZID"] - 100]
                new = self.add(
                    joined(asked["Host"], zone), asked["Type"], asked["Value"], asked["TTL"]
                )
                return _result(RecordID=str(new.id))
            case "POST", "UpdateRecord":
                record = self.records[int(call.json["RecordID"])]
                assert call.json["Host"] == (record.relative or "@")
                record.content, record.ttl = call.json["Value"], call.json["TTL"]
                return _result(RecordID=str(record.id))
        return not_documented(call)


def _result(**result: Any) -> web.Response:
    return answered({"ResponseMetadata": {"RequestId": "1"}, "Result": result})


def _volc(record: FakeRecord) -> dict[str, Any]:
    return {
        "RecordID": str(record.id),
        "Host": record.relative or "@",
        "Type": record.type,
        "Value": record.content,
        "TTL": record.ttl,
        "Line": record.more.get("Line", "default"),
        "Enable": record.enabled,
    }


class BaiduApi(RestApi):
    """Baidu Cloud DNS: lists go on from a marker, writes are answered with nothing."""

    client = BaiduClient
    settings = _KEYS

    @override
    def authorized(self, call: Call) -> bool:
        return bce_is_right(call)

    @override
    def denied(self) -> web.Response:
        return answered({"code": "SignatureDoesNotMatch", "message": "not the one we made"}, 403)

    @override
    def answer(self, call: Call) -> web.Response:
        match call.method, *call.path.strip("/").split("/"):
            case "GET", "v1", "dns", "zone":
                return self._listed("zones", [{"id": z, "name": z} for z in self.zones], call)
            case "GET", "v1", "dns", "zone", zone, "record":
                found = [r for r in self.find(zone) if call.query["rr"] in (r.relative or "@")]
                return self._listed("records", [_bce(record) for record in found], call)
            case "POST", "v1", "dns", "zone", zone, "record":
                assert call.query["clientToken"]
                asked = call.json
                self.add(joined(asked["rr"], zone), asked["type"], asked["value"], asked["ttl"])
                return web.Response()
            case "PUT", "v1", "dns", "zone", _, "record", key:
                record = self.records[int(key)]
                record.content, record.ttl = call.json["value"], call.json["ttl"]
                return web.Response()
        return not_documented(call)

    def _listed(self, key: str, found: list[dict[str, Any]], call: Call) -> web.Response:
        start = int(call.query["marker"] or 0)
        end = start + int(call.query["maxKeys"])
        more = {"isTruncated": end < len(found), "nextMarker": str(end)}
        return answered({key: found[start:end], "maxKeys": 1000} | more)


def _bce(record: FakeRecord) -> dict[str, Any]:
    return {
        "id": str(record.id),
        "rr": record.relative or "@",
        "type": record.type,
        "value": record.content,
        "ttl": record.ttl,
        "line": record.more.get("Line", "default"),
        "status": "running" if record.enabled else "pause",
        "description": "",
    }


_NS = "{https://route53.amazonaws.com/doc/2013-04-01/}"
_XMLNS = 'xmlns="https://route53.amazonaws.com/doc/2013-04-01/"'


class Route53Api(RestApi):
    r"""Route 53 speaks XML, and shows a star as \052."""

    client = Route53Client
    quotes = Quotes.WANTED
    settings = _KEYS

    @override
    def authorized(self, call: Call) -> bool:
        date = call.headers["x-amz-date"]
        scope = f"{date[:8]}/us-east-1/route53/aws4_request"
        return is_signed(
            call,
            "AWS4-HMAC-SHA256",
            must={"host", "x-amz-date"},
            text=lambda hashed: f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashed}",
            credential=f"{KEY_ID}/{scope}",
            key=chain(f"AWS4{SECRET}", date[:8], "us-east-1", "route53", "aws4_request"),
        )

    @override
    def denied(self) -> web.Response:
        return self.error("SignatureDoesNotMatch", "The signature does not match.", 403)

    def error(self, code: str, message: str, status: int) -> web.Response:
        """Refuse as this API does."""
        inner = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        return _xml(f"<ErrorResponse {_XMLNS}>{inner}</ErrorResponse>", status)

    @override
    def answer(self, call: Call) -> web.Response:
        match call.method, *call.path.strip("/").split("/"):
            case "GET", "2013-04-01", "hostedzone":
                return self._zones(call)
            case "GET", "2013-04-01", "hostedzone", zone, "rrset":
                return self._sets(self.zones[int(zone.removeprefix("Z"))], call)
            case "POST", "2013-04-01", "hostedzone", _, "rrset":
                return self._change(call)
        return not_documented(call)

    def _zones(self, call: Call) -> web.Response:
        start = int(call.query.get("marker", "Z0").removeprefix("Z"))
        end = start + int(call.query["maxitems"])
        inner = "".join(
            f"<HostedZone><Id>/hostedzone/Z{i}</Id><Name>{zone}.</Name><Config><PrivateZone>"
            f"{'true' if zone.startswith('private') else 'false'}</PrivateZone></Config>"
            f"</HostedZone>"
            for i, zone in enumerate(self.zones[start:end], start)
        )
        more = f"<NextMarker>Z{end}</NextMarker>" if end < len(self.zones) else ""
        truncated = "true" if more else "false"
        return _xml(
            f"<ListHostedZonesResponse {_XMLNS}><HostedZones>{inner}</HostedZones>"
            f"<IsTruncated>{truncated}</IsTruncated>{more}</ListHostedZonesResponse>"
        )

    def _sets(self, zone: str, call: Call) -> web.Response:
        keys = sorted({(r.name, r.type) for r in self.find(zone)})
        begin = (call.query["name"], call.query["type"])
        shown = [key for key in keys if key >= begin][: int(call.query["maxitems"])]
        inner = "".join(self._set(name, kind) for name, kind in shown)
        return _xml(
            f"<ListResourceRecordSetsResponse {_XMLNS}><ResourceRecordSets>{inner}"
            f"</ResourceRecordSets></ListResourceRecordSetsResponse>"
        )

    def _set(self, name: str, kind: str) -> str:
        found = [r for r in self.records.values() if (r.name, r.type) == (name, kind)]
        values = "".join(
            f"<ResourceRecord><Value>{record.content}</Value></ResourceRecord>" for record in found
        )
        return (
            f"<ResourceRecordSet><Name>{name.replace('*', chr(92) + '052')}.</Name>"
            f"<Type>{kind}</Type><TTL>{found[0].ttl}</TTL>"
            f"<ResourceRecords>{values}</ResourceRecords></ResourceRecordSet>"
        )

    def _change(self, call: Call) -> web.Response:
        root = ET.fromstring(call.body)
        change = root.find(f"{_NS}ChangeBatch/{_NS}Changes/{_NS}Change")
        assert change is not None
        new = change.find(f"{_NS}ResourceRecordSet")
        assert new is not None
        name = str(new.findtext(f"{_NS}Name")).removesuffix(".")
        kind = str(new.findtext(f"{_NS}Type"))
        there = self.contents(name, kind)
        if (change.findtext(f"{_NS}Action") == "CREATE") is bool(there):
            return _xml(
                f"<InvalidChangeBatch {_XMLNS}><Messages><Message>it already exists</Message>"
                f"</Messages></InvalidChangeBatch>",
                400,
            )
        values: Iterable[str] = (str(v.text) for v in new.iter(f"{_NS}Value"))
        self.replace_set(name, kind, list(values), int(str(new.findtext(f"{_NS}TTL"))))
        return _xml(
            f"<ChangeResourceRecordSetsResponse {_XMLNS}><ChangeInfo><Status>PENDING</Status>"
            f"</ChangeInfo></ChangeResourceRecordSetsResponse>"
        )


def _xml(body: str, status: int = 200) -> web.Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'
    return web.Response(text=text, status=status, content_type="text/xml")
