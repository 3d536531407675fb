"""APIs with ways of their own: three change a record in two steps, Yandex 360 by id."""

from abc import abstractmethod
from hashlib import sha1
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, override

from aiohttp import web

from custom_components.smb_ddns_sync.ddns.providers.rest.dreamhost import DreamhostClient
from custom_components.smb_ddns_sync.ddns.providers.rest.nearlyfreespeech import (
    NearlyFreeSpeechClient,
)
from custom_components.smb_ddns_sync.ddns.providers.rest.spaceship import SpaceshipClient
from custom_components.smb_ddns_sync.ddns.providers.rest.yandex import YandexClient

from .api import SECRET, FakeRecord, answered, in_zone, joined, not_documented
from .bearer import RecordApi

if TYPE_CHECKING:
    from .api import Call

_SHOWN = MappingProxyType({"A": "address", "AAAA": "address", "TXT": "value", "CNAME": "cname"})


class TwoStepApi(RecordApi):
    """An API that adds and deletes records; `only_clearing`: what is lost are deletions alone."""

    only_clearing = False

    @abstractmethod
    def clears(self, call: Call) -> bool:
        """Tell whether a call deletes a record."""

    @abstractmethod
    def adds(self, call: Call) -> bool:
        """Tell whether a call adds a record."""

    @override
    def writes(self, call: Call) -> bool:
        return self.clears(call) or (self.adds(call) and not self.only_clearing)

    def steps(self) -> str:
        """Return what was asked for: a look, an addition or a deletion each."""
        return "".join("d" if self.clears(c) else "a" if self.adds(c) else "l" for c in self.calls)


class SpaceshipApi(TwoStepApi):
    """Spaceship adds records and deletes them, with answers that hold nothing."""

    client = SpaceshipClient
    settings = MappingProxyType({"api_key": "KEY", "api_secret": SECRET})
    header = ("x-api-secret", SECRET)

    @override
    def adds(self, call: Call) -> bool:
        return call.method == "PUT"

    @override
    def clears(self, call: Call) -> bool:
        return call.method == "DELETE"

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


class DreamhostApi(TwoStepApi):
    """DreamHost tells everything with HTTP 200, and takes no command twice under one id."""

    client = DreamhostClient
    settings = MappingProxyType({"api_key": SECRET})
    has_ttl = False
    wrong_shape = '{"result": "success"}'

    def __init__(self) -> None:
        super().__init__()
        self._used: set[str] = set()

    @override
    def authorized(self, call: Call) -> bool:
        return call.form.get("key") == SECRET

    @override
    def denied(self) -> web.Response:
        return answered({"result": "error", "data": "invalid_api_key"})

    @override
    def adds(self, call: Call) -> bool:
        return call.form["cmd"] == "dns-add_record"

    @override
    def clears(self, call: Call) -> bool:
        return call.form["cmd"] == "dns-remove_record"

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        asked = call.form
        assert (call.method, asked["format"]) == ("POST", "json")
        assert asked["unique_id"] not in self._used
        self._used.add(asked["unique_id"])
        if asked["cmd"] == "dns-list_records":
            # A zone shows only in its records, and it always has some that are not editable.
            own = [self._row(zone, zone, "NS", "ns1.dreamhost.com.", "0") for zone in self.zones]
            shown = [
                self._row(r.zone, r.name, r.type, r.content, r.more.get("editable", "1"))
                for r in self.records.values()
            ]
            return answered({"result": "success", "data": own + shown})
        place = asked["record"], asked["type"]
        if not any(in_zone(asked["record"], zone) for zone in self.zones):
            return answered({"result": "error", "data": "no_such_zone"})
        match asked["cmd"]:
            case "dns-add_record":
                self.make(*place, asked["value"], 14400)
                return answered({"result": "success", "data": "record_added"})
            case "dns-remove_record":
                for record in list(self.records.values()):
                    if (record.name, record.type, record.content) == (*place, asked["value"]):
                        del self.records[record.id]
                        return answered({"result": "success", "data": "record_removed"})
                return answered({"result": "error", "data": "no_such_value"})
        return not_documented(call)

    @staticmethod
    def _row(zone: str, name: str, kind: str, value: str, editable: str = "1") -> dict[str, str]:
        row = {"zone": zone, "record": name, "type": kind, "value": value}
        return row | {"editable": editable, "comment": "", "account_id": "1"}


class NearlyFreeSpeechApi(TwoStepApi):
    """NearlyFreeSpeech.NET signs a call with its path and body, and knows no zone but one's own."""

    client = NearlyFreeSpeechClient
    settings = MappingProxyType({"username": "member", "api_key": SECRET})
    wrong_shape = "{}"
    clock_is_off = False

    @override
    def authorized(self, call: Call) -> bool:
        login, stamp, salt, written = call.headers["x-nfsn-authentication"].split(";")
        assert (login, len(salt), salt.isalnum()) == ("member", 16, True)
        plain = f"member;{stamp};{salt};{SECRET};{call.raw_path};{_sha1(call.body)}"
        return not self.clock_is_off and written == _sha1(plain.encode())

    @override
    def denied(self) -> web.Response:
        debug = "The authentication hash does not match."
        if self.clock_is_off:
            debug = "The authentication timestamp is out of range."
        error = "The API request could not be authenticated."
        return answered({"error": error, "debug": debug}, 401)

    @override
    def adds(self, call: Call) -> bool:
        return call.path.endswith("/addRR")

    @override
    def clears(self, call: Call) -> bool:
        return call.path.endswith("/removeRR")

    @override
    def writes(self, call: Call) -> bool:
        return not call.path.endswith("/listRRs") and super().writes(call)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "POST", ("dns", zone, _) if zone not in self.zones:
                return answered({"error": "Not found", "debug": "No such domain."}, 404)
            case "POST", ("dns", zone, "listRRs"):
                # The name servers stand there from the start, at the zone's own, empty name.
                own = {"name": "", "type": "NS", "data": "ns.phx1.nearlyfreespeech.net."}
                shown = [own | {"ttl": "3600", "scope": "system"}]
                return answered(shown + [self._shown(record) for record in self.find(zone)])
            case "POST", ("dns", zone, "addRR"):
                asked = call.form
                assert set(asked) == {"name", "type", "data", "ttl"}
                name = joined(asked["name"], zone)
                self.make(name, asked["type"], asked["data"], int(asked["ttl"]))
                return web.Response(text="")
            case "POST", ("dns", zone, "removeRR"):
                asked = call.form
                assert set(asked) == {"name", "type", "data"}
                place = joined(asked["name"], zone), asked["type"], asked["data"]
                for record in self.find(zone):
                    if (record.name, record.type, record.content) == place:
                        del self.records[record.id]
                        return web.Response(text="")
                return answered({"error": "Not found", "debug": "No such record."}, 404)
        return not_documented(call)

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        shown = {"name": r.relative, "type": r.type, "data": r.content, "ttl": str(r.ttl)}
        return shown | {"scope": "member"} | r.more


def _sha1(data: bytes) -> str:
    return sha1(data, usedforsecurity=False).hexdigest()


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
