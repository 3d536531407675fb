"""What is read from those who tell our address, and from those who keep our records."""

import asyncio
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
import json
from typing import TYPE_CHECKING, Any, Final, cast

from async_upnp_client.client_factory import UpnpFactory
from async_upnp_client.const import HttpResponse
from async_upnp_client.profiles.igd import IgdDevice
import dns.exception
import dns.message
import dns.rrset

from custom_components.smb_ddns_sync.ddns.address import Address, Family
from custom_components.smb_ddns_sync.ddns.ledger import Ledger
from custom_components.smb_ddns_sync.ddns.providers.call import Reply
from custom_components.smb_ddns_sync.ddns.providers.cloudflare_reply import read_reply
from custom_components.smb_ddns_sync.ddns.providers.dyndns2_answer import read_dyndns2
from custom_components.smb_ddns_sync.ddns.providers.reading import Meaning, Reading, Rule, View
from custom_components.smb_ddns_sync.ddns.providers.rest import read as rest
from custom_components.smb_ddns_sync.ddns.providers.rest.xml_body import items, parse_xml
from custom_components.smb_ddns_sync.ddns.secret import Scrubber, Secret
from custom_components.smb_ddns_sync.ddns.sources.dns_echo import DNS_ECHOES
from custom_components.smb_ddns_sync.ddns.sources.port_control import (
    MappingNonce,
    read_address_response,
    read_map_response,
)
from custom_components.smb_ddns_sync.ddns.sources.stun_message import (
    TransactionId,
    read_binding_response,
)
from custom_components.smb_ddns_sync.ddns.sources.upnp import _TROUBLES, _Listener, _outer_address
from custom_components.smb_ddns_sync.ddns.sources.well_known import DEFAULT_SOURCES

from .target import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from async_upnp_client.client import UpnpRequester
    from async_upnp_client.const import HttpRequest

_TRANSACTION: Final = TransactionId(b"transaction!")
_NONCE: Final = MappingNonce(b"mapping-once")
_SENT: Final[Mapping[Family, Address]] = {
    Family.IPV4: IPv4Address("192.0.2.7"),
    Family.IPV6: IPv6Address("2001:db8::7"),
}
_SCRUBBER: Final = Scrubber(Secret("wonderland"))
_ECHO: Final = next(iter(DEFAULT_SOURCES.values()))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _reply(data: bytes) -> Reply:
    """Return an answer whose status is told by the first byte."""
    statuses = (200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 409, 429, 500, 503)
    headers = {"Retry-After": _text(data[1:20])}
    return Reply(statuses[data[0] % len(statuses)] if data else 200, headers, _text(data[1:]))


def _said(*bodies: str) -> tuple[bytes, ...]:
    return tuple(bytes([status]) + body.encode() for body in bodies for status in (0, 6, 12))


# STUN: success, with XOR-MAPPED-ADDRESS of each family
_STUN: Final = (
    b"\x01\x01\x00\x0c\x21\x12\xa4\x42" + _TRANSACTION
    + b"\x00\x20\x00\x08\x00\x01\x12\x34\xe1\x12\xa6\x45",
    b"\x01\x01\x00\x18\x21\x12\xa4\x42" + _TRANSACTION
    + b"\x00\x20\x00\x14\x00\x02\x12\x34" + bytes(range(16)),
    b"\x01\x11\x00\x08\x21\x12\xa4\x42" + _TRANSACTION + b"\x00\x09\x00\x04\x00\x00\x04\x00",
)  # fmt: skip


def _stun(data: bytes) -> object:
    return [read_binding_response(data, _TRANSACTION, family) for family in Family]


def _dns_samples() -> tuple[bytes, ...]:
    samples = []
    for echo in DNS_ECHOES.values():
        query = echo.question(Family.IPV4)
        query.id = 1
        answer = dns.message.make_response(query)
        value = '"192.0.2.7"' if echo.text else "192.0.2.7"
        asked = query.question[0]
        answer.answer.append(
            dns.rrset.from_text(asked.name, 30, asked.rdclass, asked.rdtype, value)
        )
        samples.append(answer.to_wire())
    return tuple(samples)


def _dns(data: bytes) -> object:
    message = dns.message.from_wire(data)
    return [echo.read(message, family) for echo in DNS_ECHOES.values() for family in Family]


_WORDS: Final = (
    Rule("badauth", Meaning.AUTH_REJECTED),
    Rule("^ok", Meaning.APPLIED),
    Rule("status=success", Meaning.APPLIED),
)


def _read_by_rules(data: bytes) -> object:
    return [
        Reading(_WORDS, view).read(_reply(data), _SENT, "host.example", _SCRUBBER) for view in View
    ]


def _rest(data: bytes) -> object:
    """Read what APIs answer, by all that providers read with."""
    value = json.loads(_text(data))
    rest.said(value)
    found: list[object] = []
    for read in (rest.rows_if_any, rest.rows, rest.text, rest.number):
        try:
            found.append(read(value, "records"))
        except rest.MalformedError:
            continue
    return found


def _xml(data: bytes) -> object:
    value = parse_xml(_text(data))
    return items(value, "ApiResponse", "CommandResponse", "Host"), rest.said(value)


def _ledger(data: bytes) -> object:
    return Ledger.from_dict(json.loads(data)).as_dict()


_LEDGER: Final = json.dumps(
    {
        "version": 1,
        "identity": "x",
        "pace": {
            "called": datetime(2026, 1, 1, tzinfo=UTC).isoformat(),
            "not_before": None,
            "why": "",
            "failures": 2,
            "calls": [datetime(2026, 1, 1, tzinfo=UTC).isoformat()],
            "stop": {"outcome": "banned", "message": "m", "until": None},
        },
        "renewed": None,
        "names": {"a.example": {}},
        "records": [
            {
                "name": "a.example",
                "family": 4,
                "published": "192.0.2.7",
                "updated": datetime(2026, 1, 1, tzinfo=UTC).isoformat(),
                "outcome": "applied",
                "message": None,
                "intent": None,
                "confirmed": None,
                "doubted": None,
            }
        ],
    }
).encode()

_ROUTER: Final = b"""<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0">
<specVersion><major>1</major><minor>0</minor></specVersion><device>
<deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType>
<friendlyName>R</friendlyName><manufacturer>M</manufacturer><modelName>N</modelName>
<UDN>uuid:1</UDN><serviceList><service>
<serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType>
<serviceId>urn:upnp-org:serviceId:W</serviceId><SCPDURL>/s</SCPDURL>
<controlURL>/c</controlURL><eventSubURL>/e</eventSubURL></service></serviceList></device></root>"""
_SERVICE: Final = b"""<?xml version="1.0"?><scpd xmlns="urn:schemas-upnp-org:service-1-0">
<actionList><action><name>GetExternalIPAddress</name><argumentList><argument>
<name>NewExternalIPAddress</name><direction>out</direction>
<relatedStateVariable>ExternalIPAddress</relatedStateVariable></argument></argumentList></action>
</actionList><serviceStateTable><stateVariable sendEvents="yes"><name>ExternalIPAddress</name>
<dataType>string</dataType></stateVariable></serviceStateTable></scpd>"""
_OUTER: Final = b"""<?xml version="1.0"?><s:Envelope
xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><u:GetExternalIPAddressResponse
xmlns:u="urn:schemas-upnp-org:service:WANIPConnection:1">
<NewExternalIPAddress>203.0.113.9</NewExternalIPAddress></u:GetExternalIPAddressResponse></s:Body>
</s:Envelope>"""
_BETWEEN: Final = b"\n--next--\n"


class _Router:
    """Answers the questions for a router's address with given pages, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._pages = [_text(page) for page in data.split(_BETWEEN)]

    async def async_http_request(self, http_request: HttpRequest) -> HttpResponse:
        """Answer."""
        del http_request
        page = self._pages.pop(0) if self._pages else ""
        return HttpResponse(200, {}, page)


_LOOP: Final = asyncio.new_event_loop()


def _upnp(data: bytes) -> object:
    async def ask() -> object:
        factory = UpnpFactory(cast("UpnpRequester", _Router(data)), non_strict=True)
        device = await factory.async_create_device("http://192.0.2.1/d.xml")
        return await _outer_address(IgdDevice(device, None))

    return _LOOP.run_until_complete(ask())


def _location(data: bytes) -> object:
    found: dict[str, None] = {}
    listener = _Listener(IPv4Address("192.0.2.1"), found)
    _LOOP.run_until_complete(listener({"location": _text(data)}))
    return found


def _cloudflare(data: bytes) -> Any:
    return [read_reply(_reply(data), _SCRUBBER, writes=writes) for writes in (True, False)]


TARGETS: Final = (
    Target("ddns_stun", _stun, _STUN),
    Target("ddns_nat_pmp", read_address_response, (b"\0\x80\0\0\0\0\0\x09\xc0\0\x02\x07",)),
    Target(
        "ddns_pcp",
        lambda data: read_map_response(data, _NONCE),
        (
            b"\x02\x81\0\0"
            + bytes(20)
            + _NONCE
            + b"\x11"
            + bytes(7)
            + IPv6Address("::ffff:192.0.2.7").packed,
        ),
    ),
    Target("ddns_dns", _dns, _dns_samples(), (dns.exception.DNSException,)),
    Target(
        "ddns_http",
        lambda data: [_ECHO.read(data, family) for family in _ECHO.families],
        (b"192.0.2.7\n", b"2001:db8::7", b"ip=192.0.2.7\nh=1.1.1.1\nwarp=off\n"),
        text=True,
    ),
    Target(
        "ddns_upnp",
        _upnp,
        (_BETWEEN.join((_ROUTER, _SERVICE, _OUTER)),),
        _TROUBLES,  # as its callers catch them
        text=True,
        costly=True,
    ),
    Target("ddns_upnp_location", _location, (b"http://192.0.2.1:5000/d.xml",), text=True),
    Target(
        "ddns_dyndns2",
        lambda data: read_dyndns2(_reply(data), _SENT, "host.example", _SCRUBBER),
        _said("good 192.0.2.7", "nochg 192.0.2.7\nnochg 2001:db8::7", "badauth"),
        text=True,
    ),
    Target(
        "ddns_words",
        _read_by_rules,
        _said("ok", '{"status": "success", "a": [1, {"b": null}]}', "<a><b>ok</b></a>"),
        text=True,
        costly=True,
    ),
    Target(
        "ddns_cloudflare",
        _cloudflare,
        _said(
            '{"success": true, "errors": [], "result": [{"id": "x", "content": "192.0.2.7"}]}',
            '{"success": false, "errors": [{"code": 10000, "message": "no",'
            ' "error_chain": [{"code": 6003, "message": "no"}]}]}',
        ),
        text=True,
    ),
    Target(
        "ddns_rest",
        _rest,
        (b'{"records": [{"id": 1, "name": "a", "values": ["192.0.2.7"]}], "code": 3}',),
        (ValueError, RecursionError),  # as `RestClient.read` catches them
        text=True,
    ),
    Target(
        "ddns_xml",
        _xml,
        (
            (
                b'<?xml version="1.0"?><ApiResponse xmlns="u:x" Status="OK"><CommandResponse>'
                b"<Host>a</Host><Host>b</Host></CommandResponse></ApiResponse>"
            ),
        ),
        (ValueError, RecursionError),
        text=True,
    ),
    Target("ddns_ledger", _ledger, (_LEDGER,), (ValueError, RecursionError), text=True),
)
