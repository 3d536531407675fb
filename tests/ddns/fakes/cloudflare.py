"""A stand-in for Cloudflare's API v4, as developers.cloudflare.com/api documents it."""

from dataclasses import dataclass
from itertools import count
import json
from typing import TYPE_CHECKING, Any, Final, override

from aiohttp import web

from demo.web_server import WebServer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_ROOT: Final = "/client/v4/"
_INVALID_TOKEN: Final = (403, 9109, "Invalid access token")
_NO_PERMISSION: Final = (403, 10000, "Authentication error")
_NO_RECORD: Final = (404, 81044, "Record does not exist.")


@dataclass(frozen=True, slots=True)
class Call:
    """One request that reached the API."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any


class CloudflareApi(WebServer):
    """Zones and records behind one token.

    `zones` maps zone names to their status; `editable` names those whose DNS the token may read and
    edit, all if None. `records` holds the records as the API shows them, by id. `calls` is the
    journal.
    """

    def __init__(
        self,
        token: str,
        zones: Collection[str],
        *,
        editable: Collection[str] | None = None,
    ) -> None:
        super().__init__()
        self.token = token
        self.zones = dict.fromkeys(zones, "active")
        self.editable = editable
        self.readable: Collection[str] | None = None
        self.records: dict[str, dict[str, Any]] = {}
        self.calls: list[Call] = []
        self._ids = count(1)

    def add(self, name: str, kind: str, content: str, **more: Any) -> str:
        """Put a record there, and return its id."""
        record_id = f"{next(self._ids):032x}"
        record = {"id": record_id, "name": name, "type": kind, "content": content}
        defaults: dict[str, Any] = {"ttl": 1, "proxied": False, "comment": None, "tags": []}
        self.records[record_id] = record | defaults | more
        return record_id

    def contents(self, name: str, kind: str) -> list[str]:
        """Return what the records of a name and type hold."""
        found = self.records.values()
        return [r["content"] for r in found if (r["name"], r["type"]) == (name, kind)]

    @property
    def writes(self) -> list[Call]:
        """The calls that were meant to change something."""
        return [call for call in self.calls if call.method != "GET"]

    @override
    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if not request.path.startswith(_ROOT):
            return _error(404, 7003, f"Could not route to {request.path}")
        path = request.path.removeprefix(_ROOT)
        body = await request.json() if request.can_read_body else None
        self.calls.append(Call(request.method, path, dict(request.query), body))
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _error(*_INVALID_TOKEN)
        match request.method, *path.split("/"):
            case "GET", "zones":
                return self._list_zones(request.query)
            case method, "zones", zone_id, "dns_records", *rest:
                return self._records_of(method, zone_id, rest, request.query, body)
        return _error(405, 10405, "Method not allowed")

    def _list_zones(self, query: Mapping[str, str]) -> web.Response:
        wanted = query.get("name")
        found = [
            {"id": _zone_id(name), "name": name, "status": status}
            for name, status in self.zones.items()
            if wanted in {None, name}
        ]
        return _result(found)

    def _records_of(
        self,
        method: str,
        zone_id: str,
        rest: list[str],
        query: Mapping[str, str],
        body: Any,
    ) -> web.Response:
        zone = next((name for name in self.zones if _zone_id(name) == zone_id), None)
        if zone is None:
            return _error(404, 7003, "Could not route to that zone")
        allowed = self.editable if method != "GET" or self.readable is None else self.readable
        if allowed is not None and zone not in allowed:
            return _error(*_NO_PERMISSION)
        match method, rest:
            case "GET", []:
                return _result(self._find(query))
            case "POST", []:
                return self._create(body)
            case "PATCH", [record_id]:
                return self._patch(record_id, body)
        return _error(405, 10405, "Method not allowed")

    def _find(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        return [
            record
            for record in self.records.values()
            if query.get("name") in {None, record["name"]}
            and query.get("type") in {None, record["type"]}
        ][: int(query.get("per_page", "100"))]

    def _create(self, body: Mapping[str, Any]) -> web.Response:
        there = [r for r in self.records.values() if r["name"] == body["name"]]
        if any(record["type"] == "CNAME" for record in there):
            return _error(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")
        if body["content"] in self.contents(body["name"], body["type"]):
            return _error(400, 81058, "An identical record already exists.")
        more = {key: body[key] for key in ("ttl", "proxied", "comment") if key in body}
        return _result(self.records[self.add(body["name"], body["type"], body["content"], **more)])

    def _patch(self, record_id: str, body: Mapping[str, Any]) -> web.Response:
        record = self.records.get(record_id)
        if record is None:
            return _error(*_NO_RECORD)
        record.update(body)
        return _result(record)


def _zone_id(name: str) -> str:
    return name.encode().hex().ljust(32, "0")[:32]


def _result(value: Any) -> web.Response:
    return web.json_response({"success": True, "errors": [], "messages": [], "result": value})


def _error(status: int, code: int, message: str) -> web.Response:
    return web.Response(
        status=status, text=error_body(code, message), content_type="application/json"
    )


def error_body(code: int, message: str) -> str:
    """Return a refusal as the API writes it."""
    errors = [{"code": code, "message": message}]
    return json.dumps({"success": False, "errors": errors, "messages": [], "result": None})
