"""APIs with a way of their own to change a record: Spaceship in two steps, Yandex 360 by id."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, override

from aiohttp import web

from custom_components.smb_ddns_sync.ddns.providers.rest.spaceship import SpaceshipClient
from custom_components.smb_ddns_sync.ddns.providers.rest.yandex import YandexClient

from .api import SECRET, FakeRecord, answered, joined, not_documented
from .bearer import RecordApi

if TYPE_CHECKING:
    from .api import Call

_SHOWN = MappingProxyType({"A": "address", "AAAA": "address", "TXT": "value", "CNAME": "cname"})


class SpaceshipApi(RecordApi):
    """Spaceship adds records and deletes them, with answers that hold nothing."""

    client = SpaceshipClient
    settings = MappingProxyType({"api_key": "KEY", "api_secret": SECRET})
    header = ("x-api-secret", SECRET)

    @override
    def denied(self) -> web.Response:
        return answered({"detail": "The API key or secret is invalid"}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        *start, zone = path
        assert start == ["api", "v1", "dns", "records"]
        assert call.headers["x-api-key"] == "KEY"
        if zone not in self.zones:
            return answered({"detail": f"SOA record for domain {zone} not found."}, 404)
        match call.method:
            case "GET":
                found = self.find(zone)
                skip, take = int(call.query["skip"]), int(call.query["take"])
                shown = [self._shown(r) for r in found[skip : skip + take]]
                return answered({"items": shown, "total": len(found)})
            case "PUT":
                assert call.json["force"] is False
                for new in call.json["items"]:
                    assert 60 <= new["ttl"] <= 3600
                    content = new[_SHOWN[new["type"]]]
                    self.make(joined(new["name"], zone), new["type"], content, new["ttl"])
                return web.Response(status=204)
            case "DELETE":
                for old in call.json:
                    place = joined(old["name"], zone), old["type"], old[_SHOWN[old["type"]]]
                    for record in list(self.records.values()):
                        if (record.name, record.type, record.content) == place:
                            del self.records[record.id]
                return web.Response(status=204)
        return not_documented(call)

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        group = {"group": {"type": "custom"}}
        return {
            "type": r.type,
            "name": r.relative or "@",
            "ttl": r.ttl,
            _SHOWN[r.type]: r.content,
        } | group


class YandexApi(RecordApi):
    """Yandex 360 keeps domains below an organization, and pages them."""

    client = YandexClient
    settings = MappingProxyType({"account_id": "4711", "token": SECRET})
    header = ("authorization", f"OAuth {SECRET}")

    @override
    def denied(self) -> web.Response:
        return answered({"code": 16, "message": "Unauthorized", "details": []}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        assert path[:4] == ("directory", "v1", "org", "4711")
        match call.method, path[4:]:
            case "GET", ("domains",):
                page = self.page(self.zones, call.query["page"], call.query["perPage"])
                return answered({"domains": [{"name": zone} for zone in page], "page": 1})
            case "GET", ("domains", zone, "dns"):
                found = self.page(self.find(zone), call.query["page"], call.query["perPage"])
                return answered({"records": [self._shown(r) for r in found], "page": 1})
            case "POST", ("domains", zone, "dns"):
                asked = call.json
                content = asked["text" if asked["type"] == "TXT" else "address"]
                name = joined(asked["name"], zone)
                return answered(self._shown(self.make(name, asked["type"], content, asked["ttl"])))
            case "POST", ("domains", zone, "dns", key):
                record = self.record(key)
                if record is None:
                    return answered({"code": 5, "message": "not found", "details": []}, 404)
                asked = call.json
                assert (joined(asked["name"], zone), asked["type"]) == (record.name, record.type)
                record.content = asked["text" if record.type == "TXT" else "address"]
                record.ttl = asked["ttl"]
                return answered(self._shown(record))
        return not_documented(call)

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        key = {"TXT": "text", "CNAME": "target"}.get(r.type, "address")
        shown = {"recordId": r.id, "name": r.relative or "@", "type": r.type, "ttl": r.ttl}
        return shown | {key: r.content}
