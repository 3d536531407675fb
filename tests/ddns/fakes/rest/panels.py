"""Panels of one's own before the APIs of other providers: HiPM DnsMgr."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, override

from custom_components.smb_ddns_sync.ddns.providers.rest.hipm_dnsmgr import HipmDnsmgrClient

from .api import SECRET, FakeRecord, answered, joined, not_documented
from .bearer import RecordApi

if TYPE_CHECKING:
    from aiohttp import web

    from .api import Call


class HipmDnsmgrApi(RecordApi):
    """HiPM DnsMgr numbers its domains, and wraps lists of records only."""

    client = HipmDnsmgrClient
    settings = MappingProxyType({"server": "http://127.0.0.1:1", "token": SECRET})
    wrong_shape = '{"code": 0, "msg": "success"}'

    @override
    def denied(self) -> web.Response:
        return answered({"code": 401, "msg": "未授权"}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("api", "domains"):
                page = self.page(self.zones, call.query["page"], call.query["pageSize"])
                return _fine([{"id": self.zones.index(z), "name": z} for z in page])
            case "GET", ("api", "domains", zone, "records"):
                found = self.find(self.zones[int(zone)])
                page_of = self.page(found, call.query["page"], call.query["pageSize"])
                return _fine({"total": len(found), "list": [self._shown(r) for r in page_of]})
            case "POST", ("api", "domains", zone, "records"):
                asked = call.json
                assert asked["line"] == "0"
                name = joined(asked["name"], self.zones[int(zone)])
                new = self.make(name, asked["type"], asked["value"], asked["ttl"])
                return _fine({"id": str(new.id)})
            case "PUT", ("api", "domains", zone, "records", key):
                record = self.record(key)
                if record is None:
                    return answered({"code": 404, "msg": "no such record"})
                asked = call.json
                # What is left out falls back: whatever may matter has to be sent again.
                record.ttl = asked.get("ttl", 600)
                record.more = {
                    k: asked[k] for k in ("line", "mx", "weight", "remark") if k in asked
                }
                place = joined(asked["name"], self.zones[int(zone)]), asked["type"]
                assert place == (record.name, record.type)
                record.content = asked["value"]
                return _fine(None)
        return not_documented(call)

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        shown = {"id": str(r.id), "name": r.relative or "@", "type": r.type, "value": r.content}
        extras = {"line": "0", "mx": 1, "weight": None, "remark": None} | r.more
        return shown | {"ttl": r.ttl, "status": int(r.enabled), "proxiable": True} | extras


def _fine(data: Any) -> web.Response:
    return answered({"code": 0, "data": data, "msg": "success"})
