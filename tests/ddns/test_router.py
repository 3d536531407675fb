"""Asking the router for its outer address."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
import struct
from typing import Final

from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.source import NoAnswer, SourceKind
from custom_components.smb_ddns_sync.ddns.sources.port_control import (
    MappingNonce,
    map_request,
    new_nonce,
    read_address_response,
    read_map_response,
)
from custom_components.smb_ddns_sync.ddns.sources.router import RouterSource
from custom_components.smb_ddns_sync.ddns.sources.upnp import UpnpRouter
from demo.web_server import Page, RawBytes

from . import fakes
from .builders import OTHER_V4, PRIVATE_V4, V4
from .fakes.router import PortControl, UpnpGateway
from .fakes.udp import UdpServer

type Sessions = Mapping[Family, ClientSession]

HERE: Final = IPv4Address("127.0.0.1")
NONCE: Final = MappingNonce(b"nonce of ours")
IP: Final = "WANIPConnection:1"
PPP: Final = "WANPPPConnection:1"


@pytest.fixture(autouse=True)
def _searches_end_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.smb_ddns_sync.ddns.sources.upnp._SEARCH_SECONDS", 0.2)


@pytest.fixture
async def closed_port() -> int:
    """Return a port of UDP that nobody listens at."""
    async with UdpServer(lambda *_: []) as server:
        return server.port


def router(
    sessions: Sessions, port: int, search_port: int, *, gateway: IPv4Address | None = HERE
) -> RouterSource:
    """Return the source that asks the router at these ports."""
    session = sessions[Family.IPV4]
    return RouterSource(
        session,
        gateway=lambda: gateway,
        port=port,
        upnp=UpnpRouter(session, search_port=search_port),
        time_out=timedelta(seconds=0.3),
    )


async def test_nat_pmp_tells_the_outer_address(sessions: Sessions, closed_port: int) -> None:
    async with UdpServer(PortControl(V4)) as server:
        source = router(sessions, server.port, closed_port)
        answer = await source.ask(Family.IPV4)
    assert (answer.found, answer.kind) == (V4, SourceKind.ROUTER)
    assert source.families == {Family.IPV4}


async def test_pcp_tells_it_with_a_mapping_that_is_taken_back(
    sessions: Sessions, closed_port: int
) -> None:
    control = PortControl(V4, nat_pmp=False)
    async with UdpServer(control) as server:
        answer = await router(sessions, server.port, closed_port).ask(Family.IPV4)
    assert answer.address == V4
    assert [lifetime > 0 for lifetime in control.mapped] == [True, False]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("service", [IP, "WANIPConnection:2", PPP])
async def test_upnp_tells_it_by_whichever_connection_there_is(
    sessions: Sessions, closed_port: int, version: int, service: str
) -> None:
    async with (
        UpnpGateway({service: str(V4)}, version=version) as gateway,
        UdpServer(gateway.search) as search,
    ):
        answer = await router(sessions, closed_port, search.port).ask(Family.IPV4)
    assert answer.address == V4
    assert gateway.asked == [service]


@pytest.mark.parametrize("silent", [None, "0.0.0.0", ""])
async def test_of_two_connections_the_one_that_has_the_line_is_believed(
    sessions: Sessions, closed_port: int, silent: str | None
) -> None:
    async with (
        UpnpGateway({IP: silent, PPP: str(V4)}) as gateway,
        UdpServer(gateway.search) as search,
    ):
        answer = await router(sessions, closed_port, search.port).ask(Family.IPV4)
    assert answer.address == V4


async def test_a_known_router_is_not_searched_for_again(
    sessions: Sessions, closed_port: int
) -> None:
    async with UpnpGateway({IP: str(V4)}) as gateway, UdpServer(gateway.search) as search:
        source = router(sessions, closed_port, search.port)
        await source.ask(Family.IPV4)
        searches = len(search.got)
        gateway.connections[IP] = str(OTHER_V4)
        assert (await source.ask(Family.IPV4)).address == OTHER_V4
        assert len(search.got) == searches


async def test_a_router_that_came_back_elsewhere_is_found_again(
    sessions: Sessions, closed_port: int
) -> None:
    places: list[UpnpGateway] = []

    def search_answers(request: bytes, sender: str) -> Iterable[bytes]:
        return places[-1].search(request, sender)

    async with UdpServer(search_answers) as search:
        source = router(sessions, closed_port, search.port)
        for address in (V4, OTHER_V4):
            async with UpnpGateway({IP: str(address)}) as gateway:
                places.append(gateway)
                assert (await source.ask(Family.IPV4)).address == address


async def test_another_machine_that_claims_to_be_the_router_is_not_believed(
    sessions: Sessions, closed_port: int
) -> None:
    async with UpnpGateway({IP: str(OTHER_V4)}) as liar:

        def elsewhere(request: bytes, sender: str) -> Iterable[bytes]:
            for answer in liar.search(request, sender):
                yield answer.replace(b"http://127.0.0.1", b"http://127.0.0.2")
                yield answer.replace(b"http://127.0.0.1", b"http://[")

        async with UdpServer(elsewhere) as search:
            answer = await router(sessions, closed_port, search.port).ask(Family.IPV4)
    assert answer.reason is NoAnswer.NOT_OFFERED
    assert liar.requests == 0


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Page("<not xml"), NoAnswer.NOT_OFFERED),
        (Page(status=404), NoAnswer.NOT_OFFERED),
        (RawBytes(b"SSH-2.0\r\n"), NoAnswer.NOT_OFFERED),
    ],
)
async def test_a_router_that_does_not_describe_itself(
    sessions: Sessions, closed_port: int, fault: Page | RawBytes, reason: NoAnswer
) -> None:
    async with UpnpGateway({IP: str(V4)}) as gateway, UdpServer(gateway.search) as search:
        gateway.misbehave(fault)
        assert (await router(sessions, closed_port, search.port).ask(Family.IPV4)).reason is reason


async def test_a_router_whose_service_lacks_what_it_names_itself(
    sessions: Sessions, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library raises a `KeyError` then."""
    broken = fakes.router._SERVICE.replace("<name>ExternalIPAddress</name>", "<name>Else</name>")
    monkeypatch.setattr(fakes.router, "_SERVICE", broken)
    async with UpnpGateway({IP: str(V4)}) as gateway, UdpServer(gateway.search) as search:
        answer = await router(sessions, closed_port, search.port).ask(Family.IPV4)
    assert answer.reason is NoAnswer.NOT_OFFERED


@pytest.mark.parametrize(
    ("told", "reason"),
    [("nonsense", NoAnswer.NOT_AN_ADDRESS), ("2a02:d300::1", NoAnswer.NOT_AN_ADDRESS)],
)
async def test_a_router_that_tells_nonsense(
    sessions: Sessions, closed_port: int, told: str, reason: NoAnswer
) -> None:
    async with UpnpGateway({IP: told}) as gateway, UdpServer(gateway.search) as search:
        assert (await router(sessions, closed_port, search.port).ask(Family.IPV4)).reason is reason


async def test_what_worked_last_is_asked_first(sessions: Sessions) -> None:
    control = PortControl(OTHER_V4, nat_pmp=False, pcp=False)
    async with (
        UpnpGateway({IP: str(V4)}) as gateway,
        UdpServer(gateway.search) as search,
        UdpServer(control) as server,
    ):
        source = router(sessions, server.port, search.port)
        assert (await source.ask(Family.IPV4)).address == V4
        asked = len(server.got)
        assert (await source.ask(Family.IPV4)).address == V4
        assert len(server.got) == asked


async def test_a_router_behind_a_nat_tells_its_private_address(
    sessions: Sessions, closed_port: int
) -> None:
    async with UdpServer(PortControl(PRIVATE_V4)) as server:
        answer = await router(sessions, server.port, closed_port).ask(Family.IPV4)
    assert answer.address == PRIVATE_V4
    assert answer.inner


async def test_a_router_that_refuses_or_knows_nothing(sessions: Sessions, closed_port: int) -> None:
    async with UdpServer(PortControl(V4, pcp=False, result=3)) as server:
        answer = await router(sessions, server.port, closed_port).ask(Family.IPV4)
    assert answer.reason is NoAnswer.BAD_STATUS
    silent = await router(sessions, closed_port, closed_port).ask(Family.IPV4)
    assert silent.reason is NoAnswer.NOT_OFFERED


async def test_a_machine_without_a_way_out_has_no_router(
    sessions: Sessions, closed_port: int
) -> None:
    source = router(sessions, closed_port, closed_port, gateway=None)
    assert (await source.ask(Family.IPV4)).reason is NoAnswer.UNREACHABLE


ADDRESS: Final = "ExternalIPAddress"


async def test_a_router_tells_of_another_address_unasked(
    sessions: Sessions, closed_port: int
) -> None:
    changes: list[None] = []
    async with UpnpGateway({IP: str(V4)}) as gateway, UdpServer(gateway.search) as search:
        source = router(sessions, closed_port, search.port)
        await source.follow(lambda: changes.append(None))
        # The first event comes with the subscription, and only says how things are.
        assert await gateway.tell(ADDRESS, str(V4)) == [200]
        await gateway.tell(ADDRESS, str(V4))
        await gateway.tell("ConnectionStatus", "Connected")
        assert not changes
        await gateway.tell(ADDRESS, str(OTHER_V4))
        assert len(changes) == 1
        await source.close()
        assert not gateway.subscribers


async def test_it_is_subscribed_to_once(sessions: Sessions, closed_port: int) -> None:
    async with UpnpGateway({IP: str(V4)}) as gateway, UdpServer(gateway.search) as search:
        source = router(sessions, closed_port, search.port)
        for _ in range(2):
            await source.follow(lambda: None)
        assert len(gateway.subscribers) == 1
        await source.close()


async def test_an_event_that_is_not_the_subscriptions_is_no_reason_to_look(
    sessions: Sessions, closed_port: int
) -> None:
    changes: list[None] = []
    async with UpnpGateway({IP: str(V4)}) as gateway, UdpServer(gateway.search) as search:
        source = router(sessions, closed_port, search.port)
        await source.follow(lambda: changes.append(None))
        for address in (V4, OTHER_V4):
            await gateway.tell(ADDRESS, str(address), sid="uuid:forged")
        assert not changes
        await source.close()


async def test_a_router_that_takes_no_subscription_is_none_that_tells(
    sessions: Sessions, closed_port: int
) -> None:
    async with UpnpGateway({IP: str(V4)}) as gateway, UdpServer(gateway.search) as search:
        source = router(sessions, closed_port, search.port)
        gateway.refuses_subscriptions = True
        await source.follow(lambda: None)
        gateway.refuses_subscriptions = False
        await source.follow(lambda: None)
        assert len(gateway.subscribers) == 1
        await source.close()
    await router(sessions, closed_port, closed_port).follow(lambda: None)
    await router(sessions, closed_port, closed_port, gateway=None).follow(lambda: None)


async def test_a_router_that_has_gone_holds_up_nobody(sessions: Sessions, closed_port: int) -> None:
    async with UpnpGateway({IP: str(V4)}) as gateway, UdpServer(gateway.search) as search:
        source = router(sessions, closed_port, search.port)
        await source.follow(lambda: None)
    await source.close()
    await source.close()


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (struct.pack("!BBHI", 0, 128, 0, 7) + V4.packed, V4),
        (struct.pack("!BBHI", 0, 128, 2, 7), NoAnswer.NOT_OFFERED),
        (struct.pack("!BBHI", 0, 128, 5, 7) + V4.packed, NoAnswer.NOT_OFFERED),
        (struct.pack("!BBHI", 0, 128, 3, 7) + bytes(4), NoAnswer.BAD_STATUS),
        (struct.pack("!BBHI", 0, 128, 0, 7), NoAnswer.NOT_AN_ADDRESS),
        (struct.pack("!BBBBII12x", 2, 0x80, 0, 1, 0, 7), NoAnswer.NOT_OFFERED),
        (struct.pack("!BBHI", 0, 129, 0, 7) + V4.packed, None),
        (b"", None),
    ],
)
def test_nat_pmps_answers(message: bytes, found: IPv4Address | NoAnswer | None) -> None:
    assert read_address_response(message) == found


def mapping(nonce: bytes = NONCE[:12], result: int = 0, outer: bytes = b"") -> bytes:
    """Return a PCP response."""
    outer = outer or b"\0" * 10 + b"\xff\xff" + V4.packed
    header = struct.pack("!BBBBII12x", 2, 0x81, 0, result, 120, 7)
    return header + struct.pack("!12sB3xHH16s", nonce, 17, 9, 9, outer)


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (mapping(), V4),
        (mapping(b"somebody else"[:12]), None),
        (mapping(result=2), NoAnswer.NOT_OFFERED),
        (mapping(result=8), NoAnswer.BAD_STATUS),
        (mapping(outer=IPv6Address("2a02:d300::1").packed), NoAnswer.WRONG_FAMILY),
        (mapping()[:30], NoAnswer.NOT_AN_ADDRESS),
        (struct.pack("!BBHI", 0, 129, 1, 7), NoAnswer.NOT_OFFERED),
        (map_request(HERE, MappingNonce(NONCE[:12]), end=False), None),
        (b"", None),
    ],
)
def test_pcps_answers(message: bytes, found: IPv4Address | NoAnswer | None) -> None:
    assert read_map_response(message, MappingNonce(NONCE[:12])) == found


@given(st.binary(max_size=70))
def test_any_bytes_are_read_without_an_error(noise: bytes) -> None:
    nonce = new_nonce()
    for found in (read_address_response(noise), read_map_response(noise, nonce)):
        assert found is None or isinstance(found, IPv4Address | NoAnswer)
