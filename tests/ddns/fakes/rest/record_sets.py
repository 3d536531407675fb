"""APIs that show and replace whole record sets."""

from abc import abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, override

from aiohttp import web

from custom_components.smb_ddns_sync.ddns.providers.rest.desec import DesecClient
from custom_components.smb_ddns_sync.ddns.providers.rest.gandi import GandiClient
from custom_components.smb_ddns_sync.ddns.providers.rest.gcore import GcoreClient
from custom_components.smb_ddns_sync.ddns.providers.rest.godaddy import GodaddyClient
from custom_components.smb_ddns_sync.ddns.providers.rest.hetzner import HetznerClient
from custom_components.smb_ddns_sync.ddns.providers.rest.hostinger import HostingerClient
from custom_components.smb_ddns_sync.ddns.providers.rest.ns1 import Ns1Client
from custom_components.smb_ddns_sync.ddns.providers.rest.powerdns import PowerdnsClient

from .api import SECRET, FakeRecord, Quotes, RestApi, answered, in_zone, joined, not_documented

if TYPE_CHECKING:
    from .api import Call


class SetApi(RestApi):
    """What they share: one header with the credentials, and sets by name and type."""

    header: tuple[str, str]

    @override
    def authorized(self, call: Call) -> bool:
        return call.headers.get(self.header[0]) == self.header[1]

    @override
    def answer(self, call: Call) -> web.Response:
        return self.route(call, *call.path.strip("/").split("/"))

    @abstractmethod
    def route(self, call: Call, *path: str) -> web.Response:
        """Do what is asked for."""

    def set_of(self, name: str, kind: str) -> list[FakeRecord]:
        """Return the records of a name and type."""
        return [r for r in self.records.values() if (r.name, r.type) == (name, kind)]

    def overwrite(self, name: str, kind: str, values: list[str], ttl: int) -> None:
        """Replace a set; a CNAME beside it is an error of the client's."""
        assert not self.contents(name, "CNAME")
        self.replace_set(name, kind, values, ttl)


class GodaddyApi(SetApi):
    """GoDaddy answers lists, and writes with nothing."""

    client = GodaddyClient
    settings = MappingProxyType({"api_key": "KEY", "api_secret": SECRET})
    header = ("authorization", f"sso-key KEY:{SECRET}")
    wrong_shape = "{}"

    @override
    def denied(self) -> web.Response:
        return answered({"code": "UNABLE_TO_AUTHENTICATE", "message": "bad key"}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("v1", "domains"):
                later = [z for z in sorted(self.zones) if z > call.query.get("marker", "")]
                return answered([{"domain": z} for z in later[: int(call.query["limit"])]])
            case "GET", ("v1", "domains", zone, "records", kind, name):
                found = self.set_of(joined(name, zone), kind)
                shown = [
                    {"data": r.content, "name": name, "ttl": r.ttl, "type": kind} for r in found
                ]
                return answered(shown)
            case "PUT", ("v1", "domains", zone, "records", kind, name):
                ttl = call.json[0]["ttl"]
                if ttl < 600:
                    return answered({"code": "INVALID_BODY", "message": "ttl"}, 422)
                self.overwrite(joined(name, zone), kind, [r["data"] for r in call.json], ttl)
                return web.Response()
        return not_documented(call)


class GandiApi(SetApi):
    """Gandi answers a write with 201 and a message."""

    client = GandiClient
    quotes = Quotes.ADDED
    header = ("authorization", f"Bearer {SECRET}")
    wrong_shape = "{}"

    @override
    def denied(self) -> web.Response:
        return answered({"cause": "Unauthorized", "code": 401, "message": "not valid"}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("v5", "livedns", "domains"):
                page = self.page(self.zones, call.query["page"], call.query["per_page"])
                return answered([{"fqdn": zone} for zone in page])
            case "GET", ("v5", "livedns", "domains", zone, "records", name, kind):
                found = self.set_of(joined(name, zone), kind)
                if not found:
                    return answered({"code": 404, "message": "Can't find the DNS record"}, 404)
                values = [record.content for record in found]
                return answered(
                    {"rrset_name": name, "rrset_ttl": found[0].ttl, "rrset_values": values}
                )
            case "PUT", ("v5", "livedns", "domains", zone, "records", name, kind):
                asked = call.json
                assert asked["rrset_ttl"] >= 300
                values = asked["rrset_values"]
                self.overwrite(joined(name, zone), kind, values, asked["rrset_ttl"])
                return answered({"message": "DNS Record Created"}, 201)
        return not_documented(call)


class HetznerApi(SetApi):
    """Hetzner Cloud: a change is an action; `running` says how many looks one takes."""

    client = HetznerClient
    quotes = Quotes.WANTED
    header = ("authorization", f"Bearer {SECRET}")

    def __init__(self) -> None:
        super().__init__()
        self.running = 0
        self.ends: dict[str, Any] = {"status": "success"}

    @override
    def denied(self) -> web.Response:
        error = {"code": "unauthorized", "message": "unable to authenticate"}
        return answered({"error": error}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("v1", "zones"):
                page = self.page(self.zones, call.query["page"], call.query["per_page"])
                zones = [{"id": 7000 + self.zones.index(z), "name": z} for z in page]
                return answered({"zones": zones, "meta": {}})
            case "GET", ("v1", "zones", "actions", "55"):
                self.running = max(self.running - 1, 0)
                return answered({"action": self._action()})
            case "GET", ("v1", "zones", zone, "rrsets", name, kind):
                return self._show(self._name(name, zone), name, kind)
            case "POST", ("v1", "zones", zone, "rrsets"):
                asked = call.json
                whole = self._name(asked["name"], zone)
                if self.set_of(whole, asked["type"]):
                    error = {"code": "uniqueness_error", "message": "it exists"}
                    return answered({"error": error}, 409)
                self._put(whole, asked["type"], asked["records"], asked["ttl"])
                return answered({"rrset": {}, "action": self._action()}, 201)
            case "POST", ("v1", "zones", zone, "rrsets", name, kind, "actions", "set_records"):
                whole = self._name(name, zone)
                self._put(whole, kind, call.json["records"], self.set_of(whole, kind)[0].ttl)
                return answered({"action": self._action()}, 201)
        return not_documented(call)

    def _name(self, relative: str, zone: str) -> str:
        return joined(relative, self.zones[int(zone) - 7000])

    def _put(self, name: str, kind: str, records: list[dict[str, Any]], ttl: int) -> None:
        if self.ends["status"] == "success":
            self.overwrite(name, kind, [record["value"] for record in records], ttl)

    def _show(self, whole: str, name: str, kind: str) -> web.Response:
        found = self.set_of(whole, kind)
        if not found:
            return answered({"error": {"code": "not_found", "message": "no rrset"}}, 404)
        records = [{"value": record.content, "comment": ""} for record in found]
        rrset = {"id": f"{name}/{kind}", "ttl": found[0].ttl, "records": records}
        return answered({"rrset": rrset})

    def _action(self) -> dict[str, Any]:
        return {"id": 55, **({"status": "running"} if self.running else self.ends)}


class DesecApi(SetApi):
    """deSEC finds the zone by itself; its least TTL is the zone's."""

    client = DesecClient
    header = ("authorization", f"Token {SECRET}")
    wrong_shape = "{}"

    @override
    def denied(self) -> web.Response:
        return answered({"detail": "Invalid token."}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("api", "v1", "domains"):
                name = call.query["owns_qname"]
                owners = sorted((z for z in self.zones if in_zone(name, z)), key=len)[-1:]
                return answered([{"name": zone, "minimum_ttl": 3600} for zone in owners])
            case "POST", ("api", "v1", "domains", zone, "rrsets"):
                asked = call.json
                if asked["ttl"] < 3600:
                    return answered({"ttl": ["Ensure this value is at least 3600."]}, 400)
                name = joined(asked["subname"], zone)
                self.overwrite(name, asked["type"], asked["records"], asked["ttl"])
                return answered(asked, 201)
            case "GET" | "PATCH", ("api", "v1", "domains", zone, "rrsets", sub, kind):
                assert call.path.endswith("/")
                found = self.set_of(joined(sub, zone), kind)
                if not found:
                    return answered({"detail": "Not found."}, 404)
                if call.method == "PATCH":
                    values = call.json["records"]
                    self.overwrite(joined(sub, zone), kind, values, found[0].ttl)
                    found = self.set_of(joined(sub, zone), kind)
                values = [record.content for record in found]
                return answered({"type": kind, "ttl": found[0].ttl, "records": values})
        return not_documented(call)


class GcoreApi(SetApi):
    """Gcore shows the content of a record as a list."""

    client = GcoreClient
    header = ("authorization", f"APIKey {SECRET}")

    @override
    def denied(self) -> web.Response:
        return answered({"error": "Unauthorized"}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("dns", "v2", "zones", zone):
                if zone not in self.zones:
                    return answered({"error": "zone is not found"}, 404)
                return answered({"name": zone, "id": 1})
            case "GET", ("dns", "v2", "zones", _, name, kind):
                found = self.set_of(name, kind)
                if not found:
                    return answered({"error": "record is not found"}, 404)
                records = [
                    {"content": [r.content], "enabled": r.enabled, "id": r.id} for r in found
                ]
                shown = {"name": name, "ttl": found[0].ttl, "resource_records": records}
                return answered(shown | {"filters": []})
            case "POST" | "PUT", ("dns", "v2", "zones", _, name, kind):
                if (call.method == "POST") is bool(self.set_of(name, kind)):
                    return answered({"error": "wrong method"}, 400)
                values = [r["content"][0] for r in call.json["resource_records"]]
                self.overwrite(name, kind, values, call.json["ttl"])
                return answered({})
        return not_documented(call)


class Ns1Api(SetApi):
    """NS1 makes a set with PUT and changes one with POST."""

    client = Ns1Client
    settings = MappingProxyType({"api_key": SECRET})
    header = ("x-nsone-key", SECRET)

    @override
    def denied(self) -> web.Response:
        return answered({"message": "Unauthorized"}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("v1", "zones", zone):
                if zone not in self.zones:
                    return answered({"message": "zone not found"}, 404)
                return answered({"zone": zone, "id": "1"})
            case "GET", ("v1", "zones", _, name, kind):
                if not self.set_of(name, kind):
                    return answered({"message": "record not found"}, 404)
                return self._show(name, kind)
            case "PUT", ("v1", "zones", zone, name, kind):
                asked = call.json
                assert (asked["zone"], asked["domain"], asked["type"]) == (zone, name, kind)
                assert not self.set_of(name, kind)
                self._put(name, kind, asked["answers"], asked["ttl"])
                return self._show(name, kind)
            case "POST", ("v1", "zones", _, name, kind):
                self._put(name, kind, call.json["answers"], self.set_of(name, kind)[0].ttl)
                return self._show(name, kind)
        return not_documented(call)

    def _put(self, name: str, kind: str, answers: list[dict[str, Any]], ttl: int) -> None:
        self.overwrite(name, kind, [answer["answer"][0] for answer in answers], ttl)

    def _show(self, name: str, kind: str) -> web.Response:
        found = self.set_of(name, kind)
        answers = [{"answer": [r.content], "id": str(r.id)} for r in found]
        return answered({"domain": name, "type": kind, "ttl": found[0].ttl, "answers": answers})


class PowerdnsApi(SetApi):
    """PowerDNS: names end with a dot, a change is a PATCH of the zone."""

    client = PowerdnsClient
    quotes = Quotes.WANTED
    settings = MappingProxyType({"server": "http://127.0.0.1:1", "api_key": SECRET})
    header = ("x-api-key", SECRET)
    wrong_shape = "{}"

    @override
    def denied(self) -> web.Response:
        return web.Response(status=401, text="Unauthorized")

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("api", "v1", "servers", "localhost", "zones"):
                zone = call.query["zone"].removesuffix(".")
                found = [{"id": f"{zone}.", "name": f"{zone}."}] if zone in self.zones else []
                return answered(found)
            case "GET", ("api", "v1", "servers", "localhost", "zones", zone):
                keys = sorted({(r.name, r.type) for r in self.find(zone.removesuffix("."))})
                return answered({"id": zone, "rrsets": [self._shown(*key) for key in keys]})
            case "PATCH", ("api", "v1", "servers", "localhost", "zones", _):
                (change,) = call.json["rrsets"]
                assert change["changetype"] == "REPLACE"
                assert change["name"].endswith(".")
                values = [record["content"] for record in change["records"]]
                name = change["name"].removesuffix(".")
                if self.contents(name, "CNAME"):
                    return answered({"error": "Conflicts with pre-existing RRset"}, 422)
                self.overwrite(name, change["type"], values, change["ttl"])
                return web.Response(status=204)
        return not_documented(call)

    def _shown(self, name: str, kind: str) -> dict[str, Any]:
        found = self.set_of(name, kind)
        records = [{"content": r.content, "disabled": not r.enabled} for r in found]
        return {"name": f"{name}.", "type": kind, "ttl": found[0].ttl, "records": records}


class HostingerApi(SetApi):
    """Hostinger shows the whole zone, and replaces the sets that are given."""

    client = HostingerClient
    quotes = Quotes.ADDED
    header = ("authorization", f"Bearer {SECRET}")
    wrong_shape = "{}"

    @override
    def denied(self) -> web.Response:
        return answered({"error": "Unauthenticated", "correlation_id": "1"}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("api", "domains", "v1", "portfolio"):
                shown: list[dict[str, Any]] = [{"id": 1, "domain": z} for z in self.zones]
                return answered([*shown, {"id": 2, "domain": None}])
            case "GET", ("api", "dns", "v1", "zones", zone):
                keys = sorted({(r.name, r.type) for r in self.find(zone)})
                return answered([self._shown(*key) for key in keys])
            case "PUT", ("api", "dns", "v1", "zones", zone):
                assert call.json["overwrite"] is True
                for new in call.json["zone"]:
                    values = [record["content"] for record in new["records"]]
                    self.overwrite(joined(new["name"], zone), new["type"], values, new["ttl"])
                return answered({"message": "Request accepted"})
        return not_documented(call)

    def _shown(self, name: str, kind: str) -> dict[str, Any]:
        found = self.set_of(name, kind)
        records = [{"content": r.content, "is_disabled": not r.enabled} for r in found]
        shown = {"name": found[0].relative or "@", "type": kind, "ttl": found[0].ttl}
        return shown | {"records": records}
