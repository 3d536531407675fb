"""Defects of other clients with APIs of records and with address sources, which ours has not."""

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING
from unittest.mock import patch
import warnings

import pytest

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.detect import detect
from custom_components.smb_ddns_sync.ddns.ledger import Ledger
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.outcome import Applied, RetryAfter
from custom_components.smb_ddns_sync.ddns.reconcile import RecordKeeper
from custom_components.smb_ddns_sync.ddns.report import RecordStatus
from custom_components.smb_ddns_sync.ddns.source import NoAnswer
from custom_components.smb_ddns_sync.ddns.sources import HttpSource, custom_echo
from custom_components.smb_ddns_sync.ddns.vote import Agreed
from demo.echo import AddressEcho
from demo.web_server import Page

from .bench_base import FOREIGN
from .builders import HOME, ONLY_V4, OTHER_V4, OTHER_V6, V4, V6, WORK, FakeClock, at
from .fakes.rest.bench import REST_BENCHES, RestBench
from .fakes.rest.record_sets import HetznerApi
from .tls import untrusted_context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp import ClientSession, web

    from .fakes.rest.api import Call

APEX = DnsName("example.com")
SEVERAL = ("127.0.0.1", "127.0.0.2", "127.0.0.3")


@pytest.fixture(params=sorted(REST_BENCHES))
def bench(request: pytest.FixtureRequest, session: ClientSession) -> RestBench:
    """Give each REST provider before its stand-in, which is not started yet."""
    return REST_BENCHES[request.param](session)


async def test_each_name_family_and_moment_is_as_it_has_to_be(bench: RestBench) -> None:
    """One walk through what ddns-go, ddns-updater and ddclient get wrong with one API or other.

    The zone itself is "@.zone." in ddns-updater's gcp, and a whole name is a part of one in its
    linode; vercel in ddns-go takes an A record for an AAAA; dynv6 there takes a zone for one that
    only ends alike; spaceship in ddns-updater deletes, then creates. Where an API can't change a
    record, the old one stands beside the new one until that is seen, and goes only then.
    """
    async with bench:
        bench.api.zones += ["ample.com"]
        bench.put(HOME, OTHER_V4)
        bench.put(HOME, OTHER_V6)
        told: list[tuple[int, int]] = []
        answer = bench.api.answer

        def watched(call: Call) -> web.Response:
            response = answer(call)
            told.append((len(bench.held(HOME, Family.IPV4)), len(bench.held(HOME, Family.IPV6))))
            return response

        with patch.object(bench.api, "answer", watched):
            assert await bench.publish(at(V6)) == {Family.IPV6: Applied(V6)}
            assert await bench.publish(at(V4)) == {Family.IPV4: Applied(V4)}
            assert await bench.publish(at(V4), APEX) == {Family.IPV4: Applied(V4)}
        beside = {(1, 2), (2, 1)} if bench.in_two_steps else set()
        assert set(told) == {(1, 1)} | beside, "there was a moment without the record, or with two"
        names = {(r.zone, r.name, r.type, r.content) for r in bench.api.records.values()}
        assert names == {
            ("example.com", HOME, "A", str(V4)),
            ("example.com", HOME, "AAAA", str(V6)),
            ("example.com", APEX, "A", str(V4)),
        }
        if not bench.in_two_steps:
            assert not [call for call in bench.api.calls if call.method == "DELETE"]


async def test_ddns_go_one_bad_zone_stops_all_later_names(bench: RestBench) -> None:
    async with bench:
        record = RecordKeeper(
            bench.provider(), [FOREIGN, HOME, WORK], ONLY_V4, Ledger(), FakeClock()
        )
        report = await record.reconcile(at(V4))
        assert bench.held(HOME, Family.IPV4) == bench.held(WORK, Family.IPV4) == [str(V4)]
    assert report.of(FOREIGN)[0].status is RecordStatus.NAME_REJECTED


@pytest.mark.parametrize("looks", [1, 3])
async def test_ddclient_asks_for_the_action_of_a_zone_where_there_is_none(
    session: ClientSession, looks: int
) -> None:
    # Actions of zones are at /zones/actions; at /actions it finds none, and waits in vain.
    async with REST_BENCHES["hetzner"](session) as bench:
        assert isinstance(bench.api, HetznerApi)
        bench.put(HOME, OTHER_V4)
        bench.api.running = looks
        assert await bench.publish(at(V4)) == {Family.IPV4: Applied(V4)}
        polled = [call.path for call in bench.api.calls if "/actions/" in call.path]
        assert polled[1:] == ["/v1/zones/actions/55"] * looks


@pytest.mark.parametrize("status", [200, 403, 429, 500])
async def test_ddns_go_and_ddns_updater_the_first_page_with_an_address_in_it_is_believed(
    sessions: Mapping[Family, ClientSession], status: int
) -> None:
    # ddns-go ends with the first source that connects, whatever it says; ddns-updater takes an
    # address out of any page, also one that tells of an error.
    page = Page(f"Your address {OTHER_V4} has been blocked.", status)
    async with AddressEcho(ipv4=str(V4)) as first, AddressEcho(ipv4=str(V4), hosts=SEVERAL) as echo:
        first.misbehave(page)
        urls = [first.url, *(f"http://{host}:{echo.port}/" for host in SEVERAL[1:])]
        sources = [HttpSource(custom_echo(url), sessions) for url in urls]
        found = await detect(sources, Family.IPV4, 2)
    assert isinstance(found.verdict, Agreed)
    assert found.address == V4
    reasons = {answer.found for answer in found.answers if answer.address is None}
    assert reasons == {NoAnswer.NOT_AN_ADDRESS if status == 200 else NoAnswer.BAD_STATUS}


def _old(context: ssl.SSLContext) -> ssl.SSLContext:
    """Let a context speak TLS 1.1, and nothing newer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def _serve_once(listening: socket.socket) -> str:
    """Serve one connection over TLS 1.1; return its version, or why there was none."""
    accepted, _ = listening.accept()
    with accepted:
        accepted.settimeout(20)
        try:
            with _old(untrusted_context()).wrap_socket(accepted, server_side=True) as secured:
                return str(secured.version())
        except ssl.SSLError as refused:
            return str(refused.reason)


async def test_inadyn_a_server_that_speaks_tls_1_1_only_is_refused(session: ClientSession) -> None:
    # The system's own settings can allow it: the least version must be ours.
    async def talk(client: Callable[[int], Awaitable[object]]) -> tuple[str, object]:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            serving = asyncio.create_task(asyncio.to_thread(_serve_once, listening))
            said = await client(listening.getsockname()[1])
            return await serving, said

    async def anyone(port: int) -> object:
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=_old(trusting))
        writer.close()
        return None

    async def ours(port: int) -> object:
        async with REST_BENCHES["linode"](session) as bench:
            provider = bench.provider(root=f"https://127.0.0.1:{port}")
            return (await bench.publish(at(V4), provider=provider))[Family.IPV4]

    assert (await talk(anyone))[0] == "TLSv1.1"
    version, outcome = await talk(ours)
    assert version == "UNSUPPORTED_PROTOCOL"
    assert isinstance(outcome, RetryAfter)
