"""APIs that tell in the body what came of a call: ClouDNS, Rainyun, Njalla, NameSilo."""

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, override
from xml.sax.saxutils import escape

from aiohttp import web

from custom_components.smb_ddns_sync.ddns.providers.rest.cloudns import CloudnsClient
from custom_components.smb_ddns_sync.ddns.providers.rest.namesilo import NamesiloClient
from custom_components.smb_ddns_sync.ddns.providers.rest.njalla import NjallaClient
from custom_components.smb_ddns_sync.ddns.providers.rest.rainyun import RainyunClient

from .api import SECRET, FakeRecord, answered, joined, not_documented
from .bearer import RecordApi

if TYPE_CHECKING:
    from .api import Call


class CloudnsApi(RecordApi):
    """ClouDNS: forms; an empty object is written as a list; TTLs are of a list."""

    client = CloudnsClient
    settings = MappingProxyType({"account_id": "77", "password": SECRET})
    wrong_shape = '"x"'
    ttls = frozenset({"60", "300", "900", "1800", "3600", "21600", "43200", "86400"})

    @override
    def authorized(self, call: Call) -> bool:
        assert not call.raw_query
        return (call.form["auth-id"], call.form["auth-password"]) == ("77", SECRET)

    @override
    def denied(self) -> web.Response:
        return self.failed("Invalid authentication, incorrect auth-id or auth-password.")

    @staticmethod
    def failed(why: str) -> web.Response:
        """Refuse."""
        return answered({"status": "Failed", "statusDescription": why})

    @override
    def writes(self, call: Call) -> bool:
        return call.path.endswith(("add-record.json", "mod-record.json"))

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        form = call.form
        zone = form.get("domain-name", "")
        match call.method, path:
            case "POST", ("dns", "list-zones.json"):
                page = self.page(self.zones, form["page"], form["rows-per-page"])
                return answered([{"name": z, "type": "master", "zone": "domain"} for z in page])
            case "POST", ("dns", "records.json"):
                found = self.find(zone, joined(form["host"], zone), form["type"])
                return answered({str(r.id): self._shown(r) for r in found} or [])
            case "POST", ("dns", "add-record.json"):
                assert form["ttl"] in self.ttls
                name = joined(form["host"], zone)
                self.make(name, form["record-type"], form["record"], int(form["ttl"]))
                return self._done("The record was added successfully.")
            case "POST", ("dns", "mod-record.json"):
                record = self.record(form["record-id"])
                if record is None:
                    return self.failed("Invalid record-id param.")
                assert joined(form["host"], zone) == record.name
                record.content, record.ttl = form["record"], int(form["ttl"])
                return self._done("The record was modified successfully.")
        return not_documented(call)

    @staticmethod
    def _done(what: str) -> web.Response:
        return answered({"status": "Success", "statusDescription": what})

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        shown = {"id": str(r.id), "type": r.type, "host": r.relative}
        return shown | {"record": r.content, "ttl": str(r.ttl), "status": int(r.enabled)}


class RainyunApi(RecordApi):
    """Rainyun: a bad key is HTTP 403 with a code of its own."""

    client = RainyunClient
    settings = MappingProxyType({"api_key": SECRET})
    header = ("x-api-key", SECRET)

    @override
    def denied(self) -> web.Response:
        return answered({"code": 30039, "message": "密钥认证错误或已失效"}, 403)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("product", "domain"):
                options = json.loads(call.query["options"])
                page = self.page(self.zones, options["page"], options["perPage"])
                shown = [{"id": self.zones.index(zone), "domain": zone} for zone in page]
                return self._done({"TotalRecords": len(self.zones), "Records": shown})
            case "GET", ("product", "domain", zone, "dns"):
                found = self.find(self.zones[int(zone)])
                page_of = self.page(found, call.query["page_no"], call.query["limit"])
                shown = [self._shown(record) for record in page_of]
                return self._done({"TotalRecords": len(found), "Records": shown})
            case "POST", ("product", "domain", zone, "dns"):
                asked = call.json
                name = joined(asked["host"], self.zones[int(zone)])
                self.make(name, asked["type"], asked["value"], asked["ttl"])
                return self._done(None)
            case "PATCH", ("product", "domain", zone, "dns"):
                record = self.record(str(call.json["record_id"]))
                if record is None:
                    return answered({"code": 10001, "message": "no such record"}, 400)
                assert joined(call.json["host"], self.zones[int(zone)]) == record.name
                record.content, record.ttl = call.json["value"], call.json["ttl"]
                return self._done(None)
        return not_documented(call)

    @staticmethod
    def _done(data: Any) -> web.Response:
        return answered({"code": 200, "data": data})

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        shown = {"record_id": r.id, "host": r.relative or "@", "type": r.type}
        return shown | {"value": r.content, "ttl": r.ttl, "line": "DEFAULT", "level": 10}


class NjallaApi(RecordApi):
    """Njalla: JSON-RPC, HTTP 200 for everything."""

    client = NjallaClient
    header = ("authorization", f"Njalla {SECRET}")

    @override
    def denied(self) -> web.Response:
        return self.failed(403, "Invalid token.")

    @staticmethod
    def failed(code: int, message: str) -> web.Response:
        """Refuse."""
        return answered({"jsonrpc": "2.0", "error": {"code": code, "message": message}})

    @override
    def writes(self, call: Call) -> bool:
        return call.json["method"] in {"add-record", "edit-record"}

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        assert (call.method, path) == ("POST", ("api", "1"))
        params = call.json["params"]
        match call.json["method"]:
            case "list-domains":
                return self._done({"domains": [{"name": zone} for zone in self.zones]})
            case "list-records":
                records = [self._shown(record) for record in self.find(params["domain"])]
                return self._done({"records": records})
            case "add-record":
                name = joined(params["name"], params["domain"])
                new = self.make(name, params["type"], params["content"], params["ttl"])
                return self._done(self._shown(new))
            case "edit-record":
                record = self.record(params["id"])
                if record is None:
                    return self.failed(404, "record not found")
                record.content = params["content"]
                return self._done({})
        return not_documented(call)

    @staticmethod
    def _done(result: Any) -> web.Response:
        return answered({"jsonrpc": "2.0", "result": result})

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        shown = {"id": str(r.id), "name": r.relative or "@", "type": r.type}
        return shown | {"content": r.content, "ttl": r.ttl}


class NamesiloApi(RecordApi):
    """NameSilo: GET and XML; lists show whole names."""

    client = NamesiloClient
    settings = MappingProxyType({"api_key": SECRET})

    @override
    def authorized(self, call: Call) -> bool:
        assert (call.query["version"], call.query["type"]) == ("1", "xml")
        return call.query["key"] == SECRET

    @override
    def denied(self) -> web.Response:
        return self.reply("110", "Invalid API Key")

    @staticmethod
    def reply(code: str, detail: str = "success", inner: str = "") -> web.Response:
        """Answer."""
        body = (
            "<namesilo><request><operation>x</operation></request><reply>"
            f"<code>{code}</code><detail>{escape(detail)}</detail>{inner}</reply></namesilo>"
        )
        return web.Response(text=f'<?xml version="1.0"?>{body}', content_type="application/xml")

    @override
    def writes(self, call: Call) -> bool:
        return call.path.endswith(("/dnsAddRecord", "/dnsUpdateRecord"))

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        query = call.query
        zone = query.get("domain", "")
        match call.method, path:
            case "GET", ("api", "listDomains"):
                domains = "".join(
                    f'<domain created="2020-01-01">{zone}</domain>' for zone in self.zones
                )
                return self.reply("300", inner=f"<domains>{domains}</domains>")
            case "GET", ("api", "dnsListRecords"):
                return self.reply("300", inner="".join(map(self._shown, self.find(zone))))
            case "GET", ("api", "dnsAddRecord"):
                assert int(query["rrttl"]) >= 3600
                name = joined(query["rrhost"], zone)
                new = self.make(name, query["rrtype"], query["rrvalue"], int(query["rrttl"]))
                return self.reply("300", inner=f"<record_id>{new.id}</record_id>")
            case "GET", ("api", "dnsUpdateRecord"):
                record = self.record(query["rrid"])
                if record is None:
                    return self.reply("280", "DNS modification error: no such record")
                assert joined(query["rrhost"], zone) == record.name
                record.content, record.ttl = query["rrvalue"], int(query["rrttl"])
                return self.reply("300", inner=f"<record_id>{record.id}</record_id>")
        return not_documented(call)

    @staticmethod
    def _shown(r: FakeRecord) -> str:
        return (
            f"<resource_record><record_id>{r.id}</record_id><type>{r.type}</type>"
            f"<host>{r.name}</host><value>{r.content}</value><ttl>{r.ttl}</ttl>"
            f"<distance>0</distance></resource_record>"
        )
