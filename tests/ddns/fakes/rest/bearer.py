"""APIs with record ids behind one header: Linode, Vultr, DigitalOcean, Vercel, Scaleway, bunny."""

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, override

from aiohttp import web

from custom_components.smb_ddns_sync.ddns.providers.rest.bunny import BunnyClient
from custom_components.smb_ddns_sync.ddns.providers.rest.digitalocean import DigitalOceanClient
from custom_components.smb_ddns_sync.ddns.providers.rest.linode import LinodeClient
from custom_components.smb_ddns_sync.ddns.providers.rest.scaleway import ScalewayClient
from custom_components.smb_ddns_sync.ddns.providers.rest.vercel import VercelClient
from custom_components.smb_ddns_sync.ddns.providers.rest.vultr import VultrClient

from .api import SECRET, FakeRecord, Quotes, answered, joined, not_documented
from .record_sets import SetApi

if TYPE_CHECKING:
    from .api import Call


class RecordApi(SetApi):
    """What they share: records by id."""

    header = ("authorization", f"Bearer {SECRET}")

    def record(self, key: str) -> FakeRecord | None:
        """Return a record by its id."""
        return self.records.get(int(key)) if key.isdigit() else None

    def make(self, name: str, kind: str, content: str, ttl: int) -> FakeRecord:
        """Make a record; one beside a CNAME is an error of the client's."""
        assert not self.contents(name, "CNAME")
        assert content not in self.contents(name, kind)
        return self.add(name, kind, content, ttl)


class LinodeApi(RecordApi):
    """Linode filters by a header, and numbers its zones."""

    client = LinodeClient

    @override
    def denied(self) -> web.Response:
        return answered({"errors": [{"reason": "Invalid Token"}]}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("v4", "domains"):
                wanted = json.loads(call.headers["x-filter"])["domain"]
                found = [
                    {"id": i, "domain": zone, "type": "master"}
                    for i, zone in enumerate(self.zones)
                    if zone == wanted
                ]
                return answered({"data": found, "page": 1, "pages": 1, "results": len(found)})
            case "GET", ("v4", "domains", zone, "records"):
                found_records = self.find(self.zones[int(zone)])
                page = self.page(found_records, call.query["page"], call.query["page_size"])
                return answered({"data": [self._shown(record) for record in page]})
            case "POST", ("v4", "domains", zone, "records"):
                asked = call.json
                name = joined(asked["name"], self.zones[int(zone)])
                new = self.make(name, asked["type"], asked["target"], asked["ttl_sec"])
                return answered(self._shown(new))
            case "PUT", ("v4", "domains", _, "records", key):
                record = self.record(key)
                if record is None:
                    return answered({"errors": [{"reason": "Not found"}]}, 404)
                record.content = call.json["target"]
                return answered(self._shown(record))
        return not_documented(call)

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        shown = {"id": r.id, "name": r.relative, "type": r.type}
        return shown | {"target": r.content, "ttl_sec": r.ttl}


class VultrApi(RecordApi):
    """Vultr pages with a cursor, and answers a change with nothing."""

    client = VultrClient
    quotes = Quotes.WANTED

    @override
    def denied(self) -> web.Response:
        return answered({"error": "Invalid API token.", "status": 401}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("v2", "domains", zone):
                if zone not in self.zones:
                    return answered({"error": "Invalid domain.", "status": 404}, 404)
                return answered({"domain": {"domain": zone}})
            case "GET", ("v2", "domains", zone, "records"):
                start = int(call.query.get("cursor", "0"))
                end = start + int(call.query["per_page"])
                found = self.find(zone)
                links = {"next": str(end) if end < len(found) else "", "prev": ""}
                shown = [self._shown(record) for record in found[start:end]]
                return answered({"records": shown, "meta": {"links": links}})
            case "POST", ("v2", "domains", zone, "records"):
                asked = call.json
                name = joined(asked["name"], zone)
                new = self.make(name, asked["type"], asked["data"], asked["ttl"])
                return answered({"record": self._shown(new)}, 201)
            case "PATCH", ("v2", "domains", _, "records", key):
                record = self.record(key)
                if record is None:
                    return answered({"error": "Invalid record.", "status": 404}, 404)
                record.content = call.json["data"]
                return web.Response(status=204)
        return not_documented(call)

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        return {
            "id": str(r.id),
            "name": r.relative,
            "type": r.type,
            "data": r.content,
            "ttl": r.ttl,
            "priority": -1,
        }


class DigitalOceanApi(RecordApi):
    """DigitalOcean filters by the whole name."""

    client = DigitalOceanClient

    @override
    def denied(self) -> web.Response:
        return answered({"id": "Unauthorized", "message": "Unable to authenticate you"}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("v2", "domains", zone):
                if zone not in self.zones:
                    return answered({"id": "not_found", "message": "not found"}, 404)
                return answered({"domain": {"name": zone, "ttl": 1800}})
            case "GET", ("v2", "domains", zone, "records"):
                found = self.find(zone, call.query["name"], call.query["type"])
                page = self.page(found, call.query["page"], call.query["per_page"])
                return answered({"domain_records": [self._shown(record) for record in page]})
            case "POST", ("v2", "domains", zone, "records"):
                asked = call.json
                name = joined(asked["name"], zone)
                new = self.make(name, asked["type"], asked["data"], asked["ttl"])
                return answered({"domain_record": self._shown(new)}, 201)
            case "PATCH", ("v2", "domains", _, "records", key):
                record = self.record(key)
                if record is None:
                    return answered({"id": "not_found", "message": "not found"}, 404)
                assert call.json["type"] == record.type
                record.content = call.json["data"]
                return answered({"domain_record": self._shown(record)})
        return not_documented(call)

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        return {
            "id": r.id,
            "name": r.relative or "@",
            "type": r.type,
            "data": r.content,
            "ttl": r.ttl,
        }


class VercelApi(RecordApi):
    """Vercel's paths have versions of their own; a refused token is 403."""

    client = VercelClient
    settings = MappingProxyType({"token": SECRET, "account_id": "team_1"})

    @override
    def authorized(self, call: Call) -> bool:
        return super().authorized(call) and call.query.get("teamId") == "team_1"

    @override
    def denied(self) -> web.Response:
        error = {"code": "forbidden", "message": "Not authorized", "invalidToken": True}
        return answered({"error": error}, 403)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("v5", "domains", zone):
                if zone not in self.zones:
                    return answered({"error": {"code": "not_found", "message": "no"}}, 404)
                return answered({"domain": {"name": zone, "serviceType": "zeit.world"}})
            case "GET", ("v4", "domains", zone, "records"):
                start = int(call.query.get("until", "0"))
                end = start + int(call.query["limit"])
                found = self.find(zone)
                more = {"next": end if end < len(found) else None, "count": end - start}
                shown = [self._shown(record) for record in found[start:end]]
                return answered({"records": shown, "pagination": more})
            case "POST", ("v2", "domains", zone, "records"):
                asked = call.json
                name = joined(asked["name"], zone)
                new = self.make(name, asked["type"], asked["value"], asked["ttl"])
                return answered({"uid": str(new.id), "updated": 1})
            case "PATCH", ("v1", "domains", "records", key):
                record = self.record(key)
                if record is None:
                    return answered({"error": {"code": "not_found", "message": "no"}}, 404)
                record.content = call.json["value"]
                return answered(self._shown(record))
        return not_documented(call)

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        shown = {"id": str(r.id), "name": r.relative, "type": r.type, "ttl": r.ttl}
        return shown | {"value": r.content}


class ScalewayApi(RecordApi):
    """Scaleway changes a zone with a list of changes."""

    client = ScalewayClient
    quotes = Quotes.WANTED
    settings = MappingProxyType({"api_secret": SECRET})
    header = ("x-auth-token", SECRET)

    @override
    def denied(self) -> web.Response:
        return answered({"type": "denied_authentication", "message": "invalid token"}, 401)

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("domain", "v2beta1", "dns-zones"):
                page = self.page(self.zones, call.query["page"], call.query["page_size"])
                zones = [self._zone(zone) for zone in page]
                return answered({"dns_zones": zones, "total_count": len(self.zones)})
            case "GET", ("domain", "v2beta1", "dns-zones", zone, "records"):
                name = joined(call.query["name"], zone)
                found = self.find(zone, name, call.query["type"])
                page_of = self.page(found, call.query["page"], call.query["page_size"])
                return answered({"records": [self._shown(record) for record in page_of]})
            case "PATCH", ("domain", "v2beta1", "dns-zones", zone, "records"):
                (change,) = call.json["changes"]
                return self._change(zone, change)
        return not_documented(call)

    @staticmethod
    def _zone(name: str) -> dict[str, str]:
        labels = name.split(".")
        return {"domain": ".".join(labels[-2:]), "subdomain": ".".join(labels[:-2])}

    def _change(self, zone: str, change: dict[str, Any]) -> web.Response:
        ((how, what),) = change.items()
        (asked,) = what["records"]
        name = joined(asked["name"], zone)
        if how == "add":
            record = self.make(name, asked["type"], asked["data"], asked["ttl"])
        else:
            found = self.record(what["id"])
            if found is None:
                return answered({"type": "not_found", "message": "record not found"}, 404)
            record = found
            assert record.name == name
            record.content, record.ttl = asked["data"], asked["ttl"]
        return answered({"records": [self._shown(record)]})

    @staticmethod
    def _shown(r: FakeRecord) -> dict[str, Any]:
        shown = {"id": str(r.id), "name": r.relative, "type": r.type}
        return shown | {"data": r.content, "ttl": r.ttl}


class BunnyApi(RecordApi):
    """bunny.net numbers the types, and answers a change with nothing."""

    client = BunnyClient
    settings = MappingProxyType({"api_key": SECRET})
    header = ("accesskey", SECRET)
    types = ("A", "AAAA", "CNAME", "TXT")

    @override
    def denied(self) -> web.Response:
        return answered({"Message": "Authorization has been denied for this request."}, 401)

    @override
    def writes(self, call: Call) -> bool:
        return call.method in {"PUT", "POST"}

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "GET", ("dnszone",):
                page = self.page(self.zones, call.query["page"], call.query["perPage"])
                items = [{"Id": self.zones.index(zone), "Domain": zone} for zone in page]
                return answered({"Items": items, "HasMoreItems": False})
            case "GET", ("dnszone", zone):
                records = [self._shown(record) for record in self.find(self.zones[int(zone)])]
                return answered({"Id": int(zone), "Records": records})
            case "PUT", ("dnszone", zone, "records"):
                asked = call.json
                name = joined(asked["Name"], self.zones[int(zone)])
                new = self.make(name, self.types[asked["Type"]], asked["Value"], asked["Ttl"])
                return answered(self._shown(new), 201)
            case "POST", ("dnszone", _, "records", key):
                record = self.record(key)
                if record is None:
                    return answered({"Message": "The requested DNS record was not found"}, 404)
                assert call.json["Id"] == record.id
                record.content, record.ttl = call.json["Value"], call.json["Ttl"]
                return web.Response(status=204)
        return not_documented(call)

    def _shown(self, r: FakeRecord) -> dict[str, Any]:
        return {
            "Id": r.id,
            "Name": r.relative,
            "Type": self.types.index(r.type),
            "Value": r.content,
            "Ttl": r.ttl,
            "Disabled": not r.enabled,
        }
