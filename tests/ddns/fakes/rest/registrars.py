"""APIs of registrars and hosters with record ids: IONOS, Name.com, LuaDNS, Domeneshop."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, override

from aiohttp import web

from custom_components.smb_ddns_sync.ddns.providers.rest.domeneshop import DomeneshopClient
from custom_components.smb_ddns_sync.ddns.providers.rest.ionos import IonosClient
from custom_components.smb_ddns_sync.ddns.providers.rest.luadns import LuadnsClient
from custom_components.smb_ddns_sync.ddns.providers.rest.name_com import NameComClient

from .api import SECRET, FakeRecord, Quotes, answered, basic, joined, not_documented
from .bearer import RecordApi

if TYPE_CHECKING:
    from .api import Call


class IonosApi(RecordApi):
    """IONOS takes new records as a list."""

    client = IonosClient
    quotes = Quotes.ADDED
    settings = MappingProxyType({"api_key": SECRET})
    header = ("x-api-key", SECRET)
    wrong_shape = "{}"

    @override
    def denied(self) -> web.Response:
        return answered(
            [{"code": "UNAUTHORIZED", "message": "The customer is not authorized"}], 401
        )

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("dns", "v1", "zones"):
                zones = [{"id": f"z{i}", "name": z} for i, z in enumerate(self.zones)]
                return answered(zones)
            case "GET", ("dns", "v1", "zones", zone):
                found = self.find(
                    self._zone(zone), call.query["recordName"], call.query["recordType"]
                )
                return answered({"id": zone, "records": [self._shown(r) for r in found]})
            case "POST", ("dns", "v1", "zones", _, "records"):
                (asked,) = call.json
                new = self.make(asked["name"], asked["type"], asked["content"], asked["ttl"])
                return answered([self._shown(new)], 201)
            case "PUT", ("dns", "v1", "zones", _, "records", key):
                record = self.record(key)
                if record is None:
                    return answered([{"code": "RECORD_NOT_FOUND", "message": "no"}], 404)
                record.content, record.ttl = call.json["content"], call.json["ttl"]
                return answered(self._shown(record))
        return not_documented(call)

    def _zone(self, key: str) -> str:
        return self.zones[int(key.removeprefix("z"))]

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        return {
            "id": str(r.id),
            "name": r.name,
            "rootName": r.zone,
            "type": r.type,
            "content": r.content,
            "ttl": r.ttl,
            "disabled": not r.enabled,
        }


class NameComApi(RecordApi):
    """Name.com leaves empty lists and the host of an apex out."""

    client = NameComClient
    settings = MappingProxyType({"username": "me", "token": SECRET})
    header = ("authorization", basic("me"))

    @override
    def denied(self) -> web.Response:
        return answered({"message": "Unauthenticated"}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("core", "v1", "domains"):
                page = self.page(self.zones, call.query["page"], call.query["perPage"])
                return answered({"domains": [{"domainName": z} for z in page]} if page else {})
            case "GET", ("core", "v1", "domains", zone, "records"):
                found = self.page(self.find(zone), call.query["page"], call.query["perPage"])
                return answered({"records": [self._shown(r) for r in found]} if found else {})
            case "POST", ("core", "v1", "domains", zone, "records"):
                asked = call.json
                assert asked["ttl"] >= 300
                name = joined(asked["host"], zone)
                new = self.make(name, asked["type"], asked["answer"], asked["ttl"])
                return answered(self._shown(new))
            case "PUT", ("core", "v1", "domains", zone, "records", key):
                record = self.record(key)
                if record is None:
                    return answered({"message": "Not Found"}, 404)
                assert joined(call.json["host"], zone) == record.name
                record.content, record.ttl = call.json["answer"], call.json["ttl"]
                return answered(self._shown(record))
        return not_documented(call)

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        shown: dict[str, Any] = {"host": r.relative} if r.relative else {}
        return shown | {
            "id": r.id,
            "domainName": r.zone,
            "fqdn": f"{r.name}.",
            "type": r.type,
            "answer": r.content,
            "ttl": r.ttl,
        }


class LuadnsApi(RecordApi):
    """LuaDNS writes whole names with a final dot."""

    client = LuadnsClient
    settings = MappingProxyType({"username": "me@example.com", "token": SECRET})
    header = ("authorization", basic("me@example.com"))
    wrong_shape = "{}"

    @override
    def denied(self) -> web.Response:
        return answered({"status": "Unauthorized", "message": "Invalid credentials"}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("v1", "zones"):
                return answered([{"id": i, "name": z} for i, z in enumerate(self.zones)])
            case "GET", ("v1", "zones", zone, "records"):
                return answered([self._shown(r) for r in self.find(self.zones[int(zone)])])
            case "POST", ("v1", "zones", _, "records"):
                asked = call.json
                name = self._plain(asked["name"])
                new = self.make(name, asked["type"], asked["content"], asked["ttl"])
                return answered(self._shown(new))
            case "PUT", ("v1", "zones", _, "records", key):
                record = self.record(key)
                if record is None:
                    return answered({"message": "Record not found"}, 404)
                assert self._plain(call.json["name"]) == record.name
                record.content, record.ttl = call.json["content"], call.json["ttl"]
                return answered(self._shown(record))
        return not_documented(call)

    @staticmethod
    def _plain(name: str) -> str:
        assert name.endswith(".")
        return name[:-1]

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        shown = {"id": r.id, "name": f"{r.name}.", "type": r.type}
        return shown | {"content": r.content, "ttl": r.ttl}


class DomeneshopApi(RecordApi):
    """Domeneshop answers a change with nothing."""

    client = DomeneshopClient
    settings = MappingProxyType({"token": "TOKEN", "api_secret": SECRET})
    header = ("authorization", basic("TOKEN"))
    wrong_shape = "{}"

    @override
    def denied(self) -> web.Response:
        return web.Response(status=401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("v0", "domains"):
                return answered([{"id": i, "domain": z} for i, z in enumerate(self.zones)])
            case "GET", ("v0", "domains", zone, "dns"):
                name = joined(call.query["host"], self.zones[int(zone)])
                found = self.find(self.zones[int(zone)], name, call.query["type"])
                return answered([self._shown(record) for record in found])
            case "POST", ("v0", "domains", zone, "dns"):
                asked = call.json
                name = joined(asked["host"], self.zones[int(zone)])
                new = self.make(name, asked["type"], asked["data"], asked["ttl"])
                return answered({"id": new.id}, 201)
            case "PUT", ("v0", "domains", zone, "dns", key):
                record = self.record(key)
                if record is None:
                    return answered({"code": "record:not_found", "help": "no"}, 404)
                assert joined(call.json["host"], self.zones[int(zone)]) == record.name
                record.content, record.ttl = call.json["data"], call.json["ttl"]
                return web.Response(status=204)
        return not_documented(call)

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        shown = {"id": r.id, "host": r.relative or "@", "type": r.type}
        return shown | {"data": r.content, "ttl": r.ttl}
