"""APIs of small hosters: Gigahost, Mythic Beasts, Servercow, DNSLA, dynv6."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, override

from custom_components.smb_ddns_sync.ddns.providers.rest.dnsla import DnslaClient
from custom_components.smb_ddns_sync.ddns.providers.rest.dynv6 import Dynv6Client
from custom_components.smb_ddns_sync.ddns.providers.rest.gigahost import GigahostClient
from custom_components.smb_ddns_sync.ddns.providers.rest.mythic_beasts import MythicBeastsClient
from custom_components.smb_ddns_sync.ddns.providers.rest.servercow import ServercowClient

from .api import SECRET, FakeRecord, answered, basic, joined, not_documented
from .bearer import RecordApi
from .record_sets import SetApi

if TYPE_CHECKING:
    from aiohttp import web

    from .api import Call


class GigahostApi(RecordApi):
    """Gigahost tells the status a second time; `shared` lets a set have one id, as sets can."""

    client = GigahostClient
    settings = MappingProxyType({"api_key": SECRET})
    shared = False

    @override
    def denied(self) -> web.Response:
        return self.answered([], 401, "Invalid token")

    @staticmethod
    def answered(data: Any, status: int = 200, message: str = "OK") -> web.Response:
        """Answer in the envelope."""
        meta = {"status": status, "status_message": f"{status}", "message": message}
        return answered({"meta": meta, "data": data}, status)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path[2:]:
            case "GET", ("dns", "zones"):
                zones = [{"zone_id": 40 + i, "zone_name": z} for i, z in enumerate(self.zones)]
                return self.answered(zones)
            case "GET", ("dns", "zones", zone, "records"):
                return self.answered([self._shown(r) for r in self.find(self._zone(zone))])
            case "POST", ("dns", "zones", zone, "records"):
                asked = call.json
                name = joined(asked["record_name"], self._zone(zone))
                value, ttl = asked["record_value"], asked["record_ttl"]
                self.make(name, asked["record_type"], value, ttl)
                return self.answered([], 201)
            case "PUT", ("dns", "zones", zone, "records", key):
                record = self.record(key)
                if record is None:
                    return self.answered([], 404, "Record not found")
                asked = call.json
                name = joined(asked["record_name"], self._zone(zone))
                assert (record.name, record.type) == (name, asked["record_type"])
                record.content, record.ttl = asked["record_value"], asked["record_ttl"]
                return self.answered([])
        return not_documented(call)

    def _zone(self, key: str) -> str:
        return self.zones[int(key) - 40]

    def _shown(self, r: FakeRecord) -> dict[str, Any]:
        return {
            "record_id": f"{r.name}-{r.type}" if self.shared else str(r.id),
            "record_name": r.relative or "@",
            "record_type": r.type,
            "record_value": r.content,
            "record_ttl": r.ttl,
            "record_priority": None,
        }


class MythicBeastsApi(SetApi):
    """Mythic Beasts replaces what a path selects; `generated` names have an ANAME."""

    client = MythicBeastsClient
    settings = MappingProxyType({"access_key_id": "KEY", "access_key_secret": SECRET})
    header = ("authorization", basic("KEY"))

    def __init__(self) -> None:
        super().__init__()
        self.generated: set[str] = set()

    @override
    def denied(self) -> web.Response:
        return answered({"error": "Invalid credentials"}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path[2:]:
            case "GET", ("zones",):
                return answered({"zones": self.zones})
            case "GET", ("zones", zone, "records", host, kind):
                found = self.set_of(joined(host, zone), kind)
                return answered({"records": [self._shown(record) for record in found]})
            case "PUT", ("zones", zone, "records", host, kind):
                asked, name = call.json["records"], joined(host, zone)
                assert name not in self.generated
                (ttl,) = {record["ttl"] for record in asked}
                assert {(r["host"], r["type"]) for r in asked} == {(host, kind)}
                gone = len(self.set_of(name, kind))
                self.overwrite(name, kind, [record["data"] for record in asked], ttl)
                told = {"records_added": len(asked), "records_removed": gone}
                return answered({"message": f"{gone} records removed"} | told)
        return not_documented(call)

    def _shown(self, r: FakeRecord) -> dict[str, Any]:
        shown = {"host": r.relative or "@", "ttl": r.ttl, "type": r.type, "data": r.content}
        return shown | ({"generated": True} if r.name in self.generated else {})


class ServercowApi(SetApi):
    """Servercow answers everything with 200, and shows a set in one row."""

    client = ServercowClient
    settings = MappingProxyType({"username": "me", "password": SECRET})
    wrong_shape = "{}"

    @override
    def authorized(self, call: Call) -> bool:
        shown = (call.headers["x-auth-username"], call.headers["x-auth-password"])
        return shown == ("me", SECRET)

    @override
    def denied(self) -> web.Response:
        return answered({"error": "access denied"})

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case _, ("dns", "v1", "domains", zone) if zone not in self.zones:
                return answered({"error": "no such domain in user context"})
            case "GET", ("dns", "v1", "domains", zone):
                keys = sorted({(r.name, r.type) for r in self.find(zone)})
                return answered([self._shown(*key) for key in keys])
            case "POST", ("dns", "v1", "domains", zone):
                asked = call.json
                content = asked["content"]
                values = content if isinstance(content, list) else [content]
                self.overwrite(joined(asked["name"], zone), asked["type"], values, asked["ttl"])
                return answered({"message": "ok"})
        return not_documented(call)

    def _shown(self, name: str, kind: str) -> dict[str, Any]:
        found = self.set_of(name, kind)
        values = [record.content for record in found]
        content = values[0] if len(values) == 1 else values
        shown = {"name": found[0].relative, "type": kind, "ttl": found[0].ttl}
        return shown | {"content": content}


class DnslaApi(RecordApi):
    """DNSLA numbers the types, and tells in a code what came of a call."""

    client = DnslaClient
    settings = MappingProxyType({"access_key_id": "KEY", "access_key_secret": SECRET})
    header = ("authorization", basic("KEY"))
    types = MappingProxyType({1: "A", 5: "CNAME", 16: "TXT", 28: "AAAA"})

    @override
    def denied(self) -> web.Response:
        return self.told(401, "auth failed")

    @staticmethod
    def told(code: int, message: str = "", data: Any = None) -> web.Response:
        """Answer: HTTP 200, whatever it is."""
        return answered({"code": code, "msg": message, "data": data})

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("api", "domainList"):
                page = self.page(self.zones, call.query["pageIndex"], call.query["pageSize"])
                zones = [{"id": f"z{z}", "displayDomain": f"{z}."} for z in page]
                return self.told(200, data={"total": len(self.zones), "results": zones})
            case "GET", ("api", "recordList"):
                zone = call.query["domainId"].removeprefix("z")
                kind = self.types[int(call.query["type"])]
                found = self.find(zone, joined(call.query["host"], zone), kind)
                page_of = self.page(found, call.query["pageIndex"], call.query["pageSize"])
                shown = [self._shown(record) for record in page_of]
                return self.told(200, data={"total": len(found), "results": shown})
            case "POST", ("api", "record"):
                asked = call.json
                name = joined(asked["host"], asked["domainId"].removeprefix("z"))
                new = self.make(name, self.types[asked["type"]], asked["data"], asked["ttl"])
                return self.told(200, data={"id": str(new.id)})
            case "PUT", ("api", "record"):
                asked = call.json
                record = self.record(asked["id"])
                if record is None:
                    return self.told(404, "no such record")
                assert joined(asked["host"], record.zone) == record.name
                assert self.types[asked["type"]] == record.type
                assert asked["lineId"] == "0"
                record.content, record.ttl = asked["data"], asked["ttl"]
                return self.told(200)
        return not_documented(call)

    def _shown(self, r: FakeRecord) -> dict[str, Any]:
        (kind,) = (number for number, name in self.types.items() if name == r.type)
        shown = {"id": str(r.id), "host": r.relative or "@", "type": kind, "data": r.content}
        return shown | {"ttl": r.ttl, "lineId": "0", "disable": not r.enabled}


class Dynv6Api(RecordApi):
    """dynv6: the address of a zone's own name is not among the records."""

    client = Dynv6Client
    has_ttl = False
    wrong_shape = "{}"

    @override
    def denied(self) -> web.Response:
        return answered({"error": "unauthorized"}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path[2:]:
            case "GET", ("zones",):
                return answered([self._zone(zone) for zone in self.zones])
            case "PATCH", ("zones", key):
                zone = self.zones[int(key)]
                assert call.json.keys() == {"ipv4address"}
                self.overwrite(zone, "A", [call.json["ipv4address"]], 60)
                return answered(self._zone(zone))
            case "GET", ("zones", key, "records"):
                zone = self.zones[int(key)]
                return answered([self._shown(r) for r in self.find(zone) if not self._own(r)])
            case "POST", ("zones", key, "records"):
                asked = call.json
                name = joined(asked["name"], self.zones[int(key)])
                return answered(self._shown(self.make(name, asked["type"], asked["data"], 60)))
            case "PATCH", ("zones", key, "records", number):
                record = self.record(number)
                if record is None:
                    return answered({"error": "not found"}, 404)
                asked = call.json
                name = joined(asked["name"], self.zones[int(key)])
                assert (record.name, record.type) == (name, asked["type"])
                record.content = asked["data"]
                return answered(self._shown(record))
        return not_documented(call)

    def _own(self, r: FakeRecord) -> bool:
        return r.name == r.zone and r.type in {"A", "AAAA"}

    def _zone(self, zone: str) -> dict[str, Any]:
        v4, v6 = self.contents(zone, "A"), self.contents(zone, "AAAA")
        shown = {"id": self.zones.index(zone), "name": zone}
        return shown | {"ipv4address": v4[0] if v4 else "", "ipv6prefix": v6[0] if v6 else ""}

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        return {"id": r.id, "name": r.relative, "type": r.type, "data": r.content}
