"""A zone file in memory behind an API: what the stand-ins of all REST providers share."""

from abc import abstractmethod
from base64 import b64encode
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from itertools import count
import json
from typing import TYPE_CHECKING, Any, ClassVar, override
from urllib.parse import parse_qsl

from aiohttp import web

from demo.web_server import Fault, WebServer

from ...one_get_rows import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from custom_components.smb_ddns_sync.ddns.provider import Setting
    from custom_components.smb_ddns_sync.ddns.providers.rest.client import RestClient

SECRET = TOKEN


@dataclass
class FakeRecord:
    """A record as the stand-in keeps it: its whole name, whatever form its API shows."""

    id: int
    zone: str
    name: str
    type: str
    content: str
    ttl: int
    enabled: bool = True
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def relative(self) -> str:
        """What stands before the zone; empty at its apex."""
        return self.name.removesuffix(self.zone).removesuffix(".")


@dataclass(frozen=True)
class Call:
    """One request that reached the API."""

    method: str
    path: str
    raw_path: str
    raw_query: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def json(self) -> Any:
        """The body as JSON; None where there is none."""
        return json.loads(self.body) if self.body else None

    @cached_property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


class Quotes(Enum):
    """What an API makes of the quotes around a text."""

    NONE = "they would be part of the text"
    WANTED = "a text without them is none"
    ADDED = "they are shown, whether they were sent or not"

    def kept(self, content: str) -> str:
        """Return a text as it is shown."""
        quoted = content[0] == content[-1] == '"'
        if self is Quotes.ADDED:
            return content if quoted else f'"{content}"'
        assert quoted is (self is Quotes.WANTED), content
        return content


@dataclass(frozen=True)
class Lost:
    """What becomes of the next writes."""

    fault: Fault
    landed: bool


class RestApi(WebServer):
    """An API with zones and records. `calls` is the journal."""

    client: ClassVar[type[RestClient]]
    settings: ClassVar[Mapping[str, Setting]] = {"token": SECRET}
    wrong_shape: ClassVar[str] = "[]"
    """JSON that no answer of this API looks like."""
    has_ttl: ClassVar[bool] = True
    """Whether a record has a TTL of its own."""
    quotes: ClassVar[Quotes] = Quotes.NONE
    """What the API makes of the quotes of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.zones = ["example.com", "other.example"]
        self.records: dict[int, FakeRecord] = {}
        self.calls: list[Call] = []
        self._lost: Lost | None = None
        self._ids = count(1001)

    @classmethod
    def spoiled(cls, secret: str) -> str:
        """Return what to enter for a secret that is wrong."""
        return secret

    @abstractmethod
    def authorized(self, call: Call) -> bool:
        """Tell whether the credentials are right, by what the API documents."""

    @abstractmethod
    def denied(self) -> web.Response:
        """Answer as the API refuses wrong credentials."""

    @abstractmethod
    def answer(self, call: Call) -> web.Response:
        """Do what is asked for; a call that the API does not document is an error."""

    def writes(self, call: Call) -> bool:
        """Tell whether a call changes a record."""
        return call.method != "GET"

    def lose_writes(self, fault: Fault, *, landed: bool) -> None:
        """Answer the next writes with a fault, before or after they land."""
        self._lost = Lost(fault, landed)

    @override
    def behave(self) -> None:
        super().behave()
        self._lost = None

    def add(self, name: str, kind: str, content: str, ttl: int = 1800, **more: Any) -> FakeRecord:
        """Put a record into the zone that holds the name."""
        zone = max((z for z in self.zones if in_zone(name, z)), key=len)
        if kind == "TXT":
            content = self.quotes.kept(content)
        record = FakeRecord(next(self._ids), zone, name, kind, content, ttl, more=more)
        self.records[record.id] = record
        return record

    def add_text(self, name: str, text: str) -> None:
        """Put a text into the zone that holds the name."""
        self.add(name, "TXT", f'"{text}"' if self.quotes is Quotes.WANTED else text)

    def find(self, zone: str, name: str | None = None, kind: str | None = None) -> list[FakeRecord]:
        """Return the records of a zone, of a name, of a type."""
        return [
            record
            for record in self.records.values()
            if record.zone == zone and name in {None, record.name} and kind in {None, record.type}
        ]

    def contents(self, name: str, kind: str) -> list[str]:
        """Return what the records of a name and type hold."""
        return [r.content for r in self.records.values() if (r.name, r.type) == (name, kind)]

    def replace_set(self, name: str, kind: str, values: Iterable[str], ttl: int) -> None:
        """Let just these records stand at a name and type."""
        for record in [r for r in self.records.values() if (r.name, r.type) == (name, kind)]:
            del self.records[record.id]
        for value in values:
            self.add(name, kind, value, ttl)

    @override
    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        call = Call(
            request.method,
            request.path,
            request.raw_path.partition("?")[0],
            request.raw_path.partition("?")[2],
            dict(request.query),
            {name.lower(): value for name, value in request.headers.items()},
            await request.read(),
        )
        self.calls.append(call)
        if not self.authorized(call):
            return self.denied()
        lost = self._lost
        if lost is not None and self.writes(call):
            if lost.landed:
                self.answer(call)
            return await self.fail(lost.fault, request)
        return self.answer(call)

    def page[T](self, items: list[T], number: Any, size: Any) -> list[T]:
        """Return one page, counted from 1."""
        start = (int(number) - 1) * int(size)
        return items[start : start + int(size)]


def in_zone(name: str, zone: str) -> bool:
    """Tell whether a zone holds a name."""
    return name == zone or name.endswith(f".{zone}")


def joined(relative: str, zone: str) -> str:
    """Return the whole name."""
    return zone if relative in {"", "@"} else f"{relative}.{zone}"


def answered(
    value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer with JSON."""
    return web.json_response(value, status=status, headers=headers)


def basic(user: str, password: str = SECRET) -> str:
    """Return what the header Authorization has to hold."""
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def not_documented(call: Call) -> web.Response:
    """Answer a call that the API does not know: no client may take it for anything."""
    return web.Response(status=418, text=f"{call.method} {call.raw_path}")
