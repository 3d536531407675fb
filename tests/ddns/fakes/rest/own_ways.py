"""APIs with ways of their own: Porkbun, DNSPod, netcup, OVH."""

from hashlib import sha1
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, override

from custom_components.smb_ddns_sync.ddns.providers.rest.dnspod_legacy import DnspodLegacyClient
from custom_components.smb_ddns_sync.ddns.providers.rest.netcup import NetcupClient
from custom_components.smb_ddns_sync.ddns.providers.rest.ovh import OvhClient
from custom_components.smb_ddns_sync.ddns.providers.rest.porkbun import PorkbunClient

from .api import SECRET, FakeRecord, Quotes, answered, joined, not_documented
from .bearer import RecordApi

if TYPE_CHECKING:
    from aiohttp import web

    from .api import Call


class PorkbunApi(RecordApi):
    """Porkbun takes POST only, with the keys in the body; texts tell what is wrong."""

    client = PorkbunClient
    settings = MappingProxyType({"api_key": "pk1_0123", "api_secret": SECRET})

    @override
    def authorized(self, call: Call) -> bool:
        keys = (call.json["apikey"], call.json["secretapikey"])
        return call.method == "POST" and keys == ("pk1_0123", SECRET)

    @override
    def denied(self) -> web.Response:
        return answered({"status": "ERROR", "message": "Invalid API key. (002)"}, 400)

    @override
    def writes(self, call: Call) -> bool:
        return "/dns/create/" in call.path or "/dns/edit/" in call.path

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match path[3:]:
            case ("domain", "listAll"):
                start = int(call.json["start"])
                return self._done(domains=[{"domain": z} for z in self.zones[start : start + 1000]])
            case ("dns", "retrieveByNameType", zone, kind, *sub):
                name = joined(sub[0] if sub else "", zone)
                return self._done(records=[self._shown(r) for r in self.find(zone, name, kind)])
            case ("dns", "create", zone):
                asked = call.json
                assert int(asked["ttl"]) >= 600
                name = joined(asked["name"], zone)
                new = self.make(name, asked["type"], asked["content"], int(asked["ttl"]))
                return self._done(id=new.id)
            case ("dns", "edit", zone, key):
                record = self.record(key)
                if record is None:
                    return answered({"status": "ERROR", "message": "Invalid record ID."}, 400)
                assert joined(call.json["name"], zone) == record.name
                record.content, record.ttl = call.json["content"], int(call.json["ttl"])
                return self._done()
        return not_documented(call)

    @staticmethod
    def _done(**more: Any) -> web.Response:
        return answered({"status": "SUCCESS"} | more)

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        shown = {"id": str(r.id), "name": r.name, "type": r.type, "notes": ""}
        return shown | {"content": r.content, "ttl": str(r.ttl), "prio": "0"}


class DnspodLegacyApi(RecordApi):
    """DNSPod's own API: forms, and HTTP 200 for everything."""

    client = DnspodLegacyClient
    settings = MappingProxyType({"account_id": "13490", "token": SECRET})

    @override
    def authorized(self, call: Call) -> bool:
        assert "secret" not in call.raw_query.lower()
        return call.form["login_token"] == f"13490,{SECRET}" and "SMB" in call.headers["user-agent"]

    @override
    def denied(self) -> web.Response:
        return self.status("-1", "Login fail")

    @override
    def writes(self, call: Call) -> bool:
        return call.path in {"/Record.Create", "/Record.Modify"}

    @staticmethod
    def status(code: str, message: str = "Action completed", **more: Any) -> web.Response:
        """Answer."""
        return answered({"status": {"code": code, "message": message}} | more)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        form = call.form
        assert form["format"] == "json"
        match path:
            case ("Domain.List",):
                domains = [{"id": 500 + i, "name": z} for i, z in enumerate(self.zones)]
                return self.status("1", domains=domains)
            case ("Record.List",):
                zone = self.zones[int(form["domain_id"]) - 500]
                found = self.find(zone, joined(form["sub_domain"], zone), form["record_type"])
                if not found:
                    return self.status("10", "No records on the list")
                return self.status("1", records=[self._shown(record) for record in found])
            case ("Record.Create",):
                zone = self.zones[int(form["domain_id"]) - 500]
                assert form["record_line"] == "默认"
                name = joined(form["sub_domain"], zone)
                if form["value"] in self.contents(name, form["record_type"]):
                    return self.status("104", "Record already exists")
                new = self.make(name, form["record_type"], form["value"], int(form["ttl"]))
                return self.status("1", record={"id": str(new.id)})
            case ("Record.Modify",):
                record = self.record(form["record_id"])
                if record is None:
                    return self.status("8", "Invalid record id")
                record.content, record.ttl = form["value"], int(form["ttl"])
                return self.status("1", record={"id": record.id})
        return not_documented(call)

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        return {
            "id": str(r.id),
            "name": r.relative or "@",
            "type": r.type,
            "value": r.content,
            "ttl": str(r.ttl),
            "line": r.more.get("line", "默认"),
            "enabled": "1" if r.enabled else "0",
        }


class NetcupApi(RecordApi):
    """netcup: a session from a login, one path, records without a TTL."""

    client = NetcupClient
    settings = MappingProxyType({"customer_number": "12345", "api_key": "KEY", "password": SECRET})
    has_ttl = False

    @override
    def authorized(self, call: Call) -> bool:
        param = call.json["param"]
        if (param["customernumber"], param["apikey"]) != ("12345", "KEY"):
            return False
        if call.json["action"] == "login":
            return bool(param["apipassword"] == SECRET)
        return bool(param["apisessionid"] == "SESSION")

    @override
    def denied(self) -> web.Response:
        return self.failed(4013, "Validation Error.", "The login to the API has failed.")

    @staticmethod
    def failed(code: int, short: str, long: str) -> web.Response:
        """Refuse."""
        more = {"shortmessage": short, "longmessage": long, "responsedata": ""}
        return answered({"status": "error", "statuscode": code} | more)

    @override
    def writes(self, call: Call) -> bool:
        return bool(call.json["action"] == "updateDnsRecords")

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        param = call.json["param"]
        zone = param.get("domainname")
        match call.json["action"]:
            case "login":
                return self._done({"apisessionid": "SESSION"})
            case "infoDnsZone":
                if zone not in self.zones:
                    return self.failed(5029, "Can not get DNS records", "Domain not found")
                return self._done({"name": zone, "ttl": "86400"})
            case "infoDnsRecords":
                return self._done({"dnsrecords": [self._shown(r) for r in self.find(zone)]})
            case "updateDnsRecords":
                for asked in param["dnsrecordset"]["dnsrecords"]:
                    assert asked["deleterecord"] is False
                    name = joined(asked["hostname"], zone)
                    if "id" not in asked:
                        self.make(name, asked["type"], asked["destination"], 86400)
                        continue
                    record = self.record(asked["id"])
                    if record is None:
                        return self.failed(5028, "Can not update", "The record id is invalid")
                    assert (record.name, record.type) == (name, asked["type"])
                    record.content = asked["destination"]
                return self._done({"dnsrecords": [self._shown(r) for r in self.find(zone)]})
        return not_documented(call)

    @staticmethod
    def _done(data: Any) -> web.Response:
        return answered({"status": "success", "statuscode": 2000, "responsedata": data})

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        return {
            "id": str(r.id),
            "hostname": r.relative or "@",
            "type": r.type,
            "destination": r.content,
            "priority": "0",
            "deleterecord": False,
            "state": "yes",
        }


class OvhApi(RecordApi):
    """OVH: signed with SHA-1, lists are ids, and `stale` holds zones that want a refresh."""

    client = OvhClient
    quotes = Quotes.ADDED
    settings = MappingProxyType(
        {
            "application_key": "APP",
            "application_secret": "APPSECRET0123456",
            "consumer_key": SECRET,
        }
    )
    wrong_shape = "{}"

    def __init__(self) -> None:
        super().__init__()
        self.stale: set[str] = set()

    @override
    def authorized(self, call: Call) -> bool:
        query = f"?{call.raw_query}" if call.raw_query else ""
        url = f"{self.url}{call.raw_path}{query}"
        stamp = call.headers["x-ovh-timestamp"]
        plain = f"APPSECRET0123456+{SECRET}+{call.method}+{url}+{call.body.decode()}+{stamp}"
        signature = "$1$" + sha1(plain.encode(), usedforsecurity=False).hexdigest()
        return (
            call.headers["x-ovh-application"] == "APP"
            and call.headers["x-ovh-consumer"] == SECRET
            and call.headers["x-ovh-signature"] == signature
        )

    @override
    def denied(self) -> web.Response:
        return answered({"errorCode": "INVALID_CREDENTIAL", "message": "not valid"}, 403)

    @override
    def writes(self, call: Call) -> bool:
        return call.method in {"POST", "PUT"} and not call.path.endswith("/refresh")

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("1.0", "domain", "zone"):
                return answered(self.zones)
            case "GET", ("1.0", "domain", "zone", zone, "record"):
                name = joined(call.query["subDomain"], zone)
                found = self.find(zone, name, call.query["fieldType"])
                return answered([record.id for record in found])
            case "POST", ("1.0", "domain", "zone", zone, "record"):
                asked = call.json
                name = joined(asked["subDomain"], zone)
                new = self.make(name, asked["fieldType"], asked["target"], asked["ttl"])
                self.stale.add(zone)
                return answered(self._shown(new))
            case "POST", ("1.0", "domain", "zone", zone, "refresh"):
                self.stale.discard(zone)
                return answered(None)
            case method, ("1.0", "domain", "zone", zone, "record", key):
                record = self.record(key)
                if record is None:
                    return answered({"class": "Client::NotFound", "message": "no such"}, 404)
                if method == "PUT":
                    record.content = call.json["target"]
                    self.stale.add(zone)
                    return answered(None)
                return answered(self._shown(record))
        return not_documented(call)

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        shown = {"id": r.id, "zone": r.zone, "subDomain": r.relative, "fieldType": r.type}
        return shown | {"target": r.content, "ttl": r.ttl}
