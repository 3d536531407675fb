"""A router on loopback: NAT-PMP and PCP (RFC 6886, 6887), and a UPnP gateway."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
import struct
from typing import TYPE_CHECKING, override

from aiohttp import ClientSession, web

from demo.web_server import WebServer

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class PortControl:
    """Answers as a router that knows the protocols it is told to know."""

    address: IPv4Address
    nat_pmp: bool = True
    pcp: bool = True
    result: int = 0
    mapped: list[int] = field(default_factory=list)  # the lifetimes that were asked for

    def __call__(self, request: bytes, sender: str) -> Iterable[bytes]:
        """Answer one datagram."""
        if request[0] == 0 and self.nat_pmp:
            assert request == b"\0\0"
            yield struct.pack("!BBHI", 0, 128, self.result, 1000) + self.address.packed
        elif request[0] == 0 and self.pcp:
            yield struct.pack("!BBBBII12x", 2, 0x80, 0, 1, 0, 1000)
        elif request[0] == 2 and self.pcp:
            yield self._map(request, sender)
        elif request[0] == 2 and self.nat_pmp:
            yield struct.pack("!BBHI", 0, 128 + 1, 1, 1000)

    def _map(self, request: bytes, sender: str) -> bytes:
        _, opcode, _, lifetime, client = struct.unpack_from("!BBHI16s", request)
        nonce, protocol, port, _, _ = struct.unpack_from("!12sB3xHH16s", request, 24)
        assert (opcode, protocol) == (1, 17)
        assert IPv6Address(client).ipv4_mapped == IPv4Address(sender)
        self.mapped.append(lifetime)
        outer = IPv6Address(b"\0" * 10 + b"\xff\xff" + self.address.packed)
        header = struct.pack("!BBBBII12x", 2, 0x81, 0, self.result, lifetime, 1000)
        return header + struct.pack("!12sB3xHH16s", nonce, protocol, port, port, outer.packed)


class UpnpGateway(WebServer):
    """An Internet Gateway Device with the connection services it is told to have.

    Each maps the service's name to the outer address that it tells; None refuses.
    """

    def __init__(self, connections: dict[str, str | None], *, version: int = 1) -> None:
        super().__init__()
        self.connections = connections
        self.version = version
        self.asked: list[str] = []
        self.subscribers: dict[str, str] = {}  # by their id: where they are called
        self.refuses_subscriptions = False

    @property
    def device_type(self) -> str:
        """What it answers to when it is searched for."""
        return f"urn:schemas-upnp-org:device:InternetGatewayDevice:{self.version}"

    def search(self, request: bytes, _: str) -> Iterable[bytes]:
        """Answer a search, as a server on UDP."""
        if b"M-SEARCH" in request and self.device_type.encode() in request:
            yield (
                "HTTP/1.1 200 OK\r\n"
                "CACHE-CONTROL: max-age=120\r\n"
                f"ST: {self.device_type}\r\n"
                f"USN: uuid:gateway::{self.device_type}\r\n"
                "EXT:\r\n"
                "SERVER: Linux UPnP/1.1 Gateway/1.0\r\n"
                f"LOCATION: {self.url}/rootDesc.xml\r\n\r\n"
            ).encode()

    @override
    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/rootDesc.xml":
            return web.Response(text=self._description(), content_type="text/xml")
        if request.path == "/service.xml":
            return web.Response(text=_SERVICE, content_type="text/xml")
        if request.path.startswith("/events/"):
            return self._subscription(request)
        service = request.path.removeprefix("/control/")
        self.asked.append(service)
        address = self.connections[service]
        if address is None:
            return web.Response(text=_FAULT, status=500, content_type="text/xml")
        urn = f"urn:schemas-upnp-org:service:{service}"
        return web.Response(
            text=_ENVELOPE.format(urn=urn, address=address), content_type="text/xml"
        )

    def _subscription(self, request: web.BaseRequest) -> web.StreamResponse:
        if self.refuses_subscriptions:
            return web.Response(status=503)
        if request.method == "UNSUBSCRIBE":
            del self.subscribers[request.headers["SID"]]
            return web.Response()
        sid = request.headers.get("SID", f"uuid:{len(self.subscribers)}")
        if "CALLBACK" in request.headers:
            self.subscribers[sid] = request.headers["CALLBACK"].strip("<>")
        return web.Response(headers={"SID": sid, "TIMEOUT": "Second-1800"})

    async def tell(self, variable: str, value: str, sid: str | None = None) -> list[int]:
        """Tell all subscribers that a variable has a value; return what they answer."""
        async with ClientSession() as session:
            statuses = []
            for known, url in self.subscribers.items():
                headers = {"NT": "upnp:event", "NTS": "upnp:propchange", "SEQ": "0"}
                headers |= {"SID": sid or known, "Content-Type": "text/xml"}
                body = _PROPERTIES.format(variable=variable, value=value)
                async with session.request("NOTIFY", url, headers=headers, data=body) as answer:
                    statuses.append(answer.status)
            return statuses

    def _description(self) -> str:
        services = "".join(
            _SERVICE_ENTRY.format(service=service, name=service.partition(":")[0])
            for service in self.connections
        )
        return _DESCRIPTION.format(version=self.version, services=services)


_DESCRIPTION = """<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0">
<specVersion><major>1</major><minor>0</minor></specVersion>
<device><deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:{version}</deviceType>
<friendlyName>Gateway</friendlyName>
<manufacturer>x</manufacturer><modelName>x</modelName><UDN>uuid:gateway</UDN>
<deviceList><device><deviceType>urn:schemas-upnp-org:device:WANDevice:{version}</deviceType>
<friendlyName>WAN</friendlyName><manufacturer>x</manufacturer><modelName>x</modelName><UDN>uuid:wan</UDN>
<deviceList><device><deviceType>urn:schemas-upnp-org:device:WANConnectionDevice:{version}</deviceType>
<friendlyName>C</friendlyName><manufacturer>x</manufacturer><modelName>x</modelName><UDN>uuid:connection</UDN>
<serviceList>{services}</serviceList>
</device></deviceList></device></deviceList></device></root>
"""

_SERVICE_ENTRY = """<service><serviceType>urn:schemas-upnp-org:service:{service}</serviceType>
<serviceId>urn:upnp-org:serviceId:{name}</serviceId><SCPDURL>/service.xml</SCPDURL>
<controlURL>/control/{service}</controlURL><eventSubURL>/events/{service}</eventSubURL></service>"""

_SERVICE = """<?xml version="1.0"?>
<scpd xmlns="urn:schemas-upnp-org:service-1-0">
<specVersion><major>1</major><minor>0</minor></specVersion>
<actionList><action><name>GetExternalIPAddress</name><argumentList><argument>
<name>NewExternalIPAddress</name><direction>out</direction>
<relatedStateVariable>ExternalIPAddress</relatedStateVariable>
</argument></argumentList></action></actionList>
<serviceStateTable><stateVariable sendEvents="yes"><name>ExternalIPAddress</name>
<dataType>string</dataType>
</stateVariable>
<stateVariable sendEvents="yes"><name>ConnectionStatus</name><dataType>string</dataType>
</stateVariable></serviceStateTable></scpd>
"""

_ENVELOPE = """<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
 s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>
<u:GetExternalIPAddressResponse xmlns:u="{urn}">
<NewExternalIPAddress>{address}</NewExternalIPAddress>
</u:GetExternalIPAddressResponse></s:Body></s:Envelope>
"""

_PROPERTIES = """<?xml version="1.0"?>
<e:propertyset xmlns:e="urn:schemas-upnp-org:event-1-0">
<e:property><{variable}>{value}</{variable}></e:property></e:propertyset>
"""

_FAULT = """<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
 s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body><s:Fault>
<faultcode>s:Client</faultcode>
<faultstring>UPnPError</faultstring><detail>
<UPnPError xmlns="urn:schemas-upnp-org:control-1-0">
<errorCode>501</errorCode><errorDescription>Action Failed</errorDescription></UPnPError></detail>
</s:Fault></s:Body></s:Envelope>
"""
