"""Asking web servers for the address."""

from collections.abc import Mapping
from datetime import timedelta
import gzip
import socket
from typing import Final, override
from unittest.mock import AsyncMock

from aiohttp import ClientConnectorError, ClientSession, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
import pytest
from yarl import URL

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.source import (
    NoAnswer,
    Operator,
    Source,
    SourceId,
    SourceKind,
)
from custom_components.smb_ddns_sync.ddns.sources import (
    DEFAULT_SOURCES,
    RECOMMENDED_ECHOES,
    HttpSource,
    custom_echo,
    http_sources,
)
from custom_components.smb_ddns_sync.ddns.sources.echo import EchoForm, HttpEcho
from custom_components.smb_ddns_sync.ddns.sources.http_echo import MOST_BYTES
from demo.echo import AddressEcho
from demo.web_server import Fault, Page, RawBytes, Silence

from .builders import V4, V6
from .tls import TlsEcho

type Sessions = Mapping[Family, ClientSession]

LOCAL: Final = ("127.0.0.1", "::1")


def echo_at(urls: Mapping[Family, URL], form: EchoForm = EchoForm.PLAIN) -> HttpEcho:
    """Return an echo at any URLs."""
    return HttpEcho(SourceId("echo"), "echo", Operator("echo"), urls, form)


def source_at(sessions: Sessions, url: str) -> HttpSource:
    """Return the source that a user makes of a URL."""
    return HttpSource(custom_echo(url), sessions)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Page(), NoAnswer.NOT_AN_ADDRESS),
        (Page(str(V4), status=500), NoAnswer.BAD_STATUS),
        (Page(str(V4), status=403), NoAnswer.BAD_STATUS),
        (Page(str(V4), status=203), NoAnswer.BAD_STATUS),
        (Page(str(V4), 302, {"Location": "http://127.0.0.1:1/"}), NoAnswer.REDIRECTED),
        (Page(str(V6)), NoAnswer.WRONG_FAMILY),
        (Page(f"{V4} {V4}"), NoAnswer.NOT_AN_ADDRESS),
        (Page(f'{{"ip": "{V4}"}}'), NoAnswer.NOT_AN_ADDRESS),
        (Page(""), NoAnswer.NOT_AN_ADDRESS),
        (Page(b"\xff\xfe"), NoAnswer.NOT_AN_ADDRESS),
        (Page("٨١.2.69.142"), NoAnswer.NOT_AN_ADDRESS),
        (
            Page(gzip.compress(str(V4).encode()), headers={"Content-Encoding": "gzip"}),
            NoAnswer.NOT_AN_ADDRESS,
        ),
        (Page(str(V4) + " " * MOST_BYTES), NoAnswer.TOO_LARGE),
        (RawBytes(b"SSH-2.0-OpenSSH_9.9\r\n"), NoAnswer.CUT_OFF),
        (RawBytes(), NoAnswer.CUT_OFF),
        (RawBytes(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n81.2."), NoAnswer.CUT_OFF),
        (RawBytes(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20000 + b"\r\n\r\n"), NoAnswer.CUT_OFF),
    ],
)
async def test_what_is_no_answer_and_why(
    sessions: Sessions, fault: Fault, reason: NoAnswer
) -> None:
    async with AddressEcho(ipv4=str(V4)) as echo:
        echo.misbehave(fault)
        answer = await source_at(sessions, echo.url).ask(Family.IPV4)
    assert answer.reason is reason
    assert answer.address is None


async def test_each_family_is_asked_over_itself(sessions: Sessions) -> None:
    async with AddressEcho(ipv4=str(V4), ipv6=str(V6), hosts=LOCAL) as echo:
        urls = {
            Family.IPV4: URL(f"http://127.0.0.1:{echo.port}/"),
            Family.IPV6: URL(f"http://[::1]:{echo.port}/"),
        }
        source = HttpSource(echo_at(urls), sessions)
        assert (await source.ask(Family.IPV4)).address == V4
        assert (await source.ask(Family.IPV6)).address == V6


async def test_a_source_that_does_not_answer_in_time(sessions: Sessions) -> None:
    async with AddressEcho() as echo:
        echo.misbehave(Silence())
        source = HttpSource(custom_echo(echo.url), sessions, time_out=timedelta(seconds=0.2))
        assert (await source.ask(Family.IPV4)).reason is NoAnswer.TIMED_OUT


async def test_a_source_that_nobody_listens_at(sessions: Sessions) -> None:
    async with AddressEcho() as echo:
        url = echo.url
    assert (await source_at(sessions, url).ask(Family.IPV4)).reason is NoAnswer.REFUSED


class NobodyKnown(AbstractResolver):
    """A resolver that has no address of any host."""

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        raise OSError(None, "DNS lookup failed")

    @override
    async def close(self) -> None:
        """Nothing is held open."""


async def test_a_host_without_an_address_of_the_family_is_unreachable() -> None:
    async with ClientSession(connector=TCPConnector(resolver=NobodyKnown())) as session:
        source = source_at({Family.IPV6: session}, "https://echo.example.com/")
        assert (await source.ask(Family.IPV6)).reason is NoAnswer.UNREACHABLE


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(101, "Network is unreachable"), NoAnswer.UNREACHABLE),
        (OSError(113, "No route to host"), NoAnswer.UNREACHABLE),
        (OSError(99, "Cannot assign requested address"), NoAnswer.UNREACHABLE),
        (OSError(104, "Connection reset by peer"), NoAnswer.CUT_OFF),
    ],
)
async def test_no_route_is_told_from_other_faults_on_the_way(
    sessions: Sessions, error: OSError, reason: NoAnswer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No route can be taken from a test machine without harming others, so the connector reports it.
    connector = sessions[Family.IPV6].connector
    assert connector is not None
    failing = AsyncMock(side_effect=ClientConnectorError(AsyncMock(), error))
    monkeypatch.setattr(connector, "connect", failing)
    assert (await source_at(sessions, "http://[::1]:1/").ask(Family.IPV6)).reason is reason


async def test_a_server_that_cannot_prove_who_it_is(sessions: Sessions) -> None:
    async with TlsEcho(ipv4=str(V4)) as echo:
        assert (await source_at(sessions, echo.url).ask(Family.IPV4)).reason is NoAnswer.TLS


async def test_a_trace_is_read_by_its_lines(sessions: Sessions) -> None:
    async with AddressEcho(ipv4=str(V4)) as echo:
        url = URL(f"{echo.url}/cdn-cgi/trace")
        source = HttpSource(echo_at({Family.IPV4: url}, EchoForm.TRACE), sessions)
        assert (await source.ask(Family.IPV4)).address == V4


def trace_of(url: str) -> HttpEcho:
    """Return a trace at a URL."""
    return echo_at(dict.fromkeys(Family, URL(url)), EchoForm.TRACE)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("h=1.1.1.1\nip=81.2.69.142\nwarp=off\n", V4),
        ("h=1.1.1.1\nip=81.2.69.142\n", V4),
        ("h=evil.example\nip=81.2.69.142\n", NoAnswer.WRONG_HOST),
        ("ip=81.2.69.142\n", NoAnswer.WRONG_HOST),
        ("h=1.1.1.1\nip=81.2.69.142\nwarp=on\n", NoAnswer.TUNNELLED),
        ("h=1.1.1.1\nip=81.2.69.142\nwarp=plus\n", NoAnswer.TUNNELLED),
        ("h=1.1.1.1\nwarp=off\n", NoAnswer.NOT_AN_ADDRESS),
        ("h=1.1.1.1\nip=81.2.69.142\nip=89.160.20.112\n", NoAnswer.NOT_AN_ADDRESS),
        ("h=1.1.1.1\nip=nonsense\n", NoAnswer.NOT_AN_ADDRESS),
        ("h=1.1.1.1\nip=2a02:d300::1\n", NoAnswer.WRONG_FAMILY),
        ("<html>\nip=81.2.69.142\nh=1.1.1.1", NoAnswer.NOT_AN_ADDRESS),
    ],
)
def test_what_a_trace_says(body: str, found: object) -> None:
    echo = trace_of("https://1.1.1.1/cdn-cgi/trace")
    assert echo.read(body.encode(), Family.IPV4) == found


def test_a_trace_by_literal_ipv6_address_names_its_host_in_brackets_or_not() -> None:
    echo = trace_of("https://[2606:4700:4700::1111]/cdn-cgi/trace")
    for host in ("[2606:4700:4700::1111]", "2606:4700:4700::1111"):
        assert echo.read(f"h={host}\nip={V6}\n".encode(), Family.IPV6) == V6


def test_built_in_sources_are_asked_over_https_only_and_are_of_many_operators() -> None:
    urls = [url for echo in DEFAULT_SOURCES.values() for url in echo.urls.values()]
    assert {url.scheme for url in urls} == {"https"}
    assert len({echo.operator for echo in DEFAULT_SOURCES.values()}) >= 8
    assert all(source == echo.id for source, echo in DEFAULT_SOURCES.items())


@pytest.mark.parametrize("family", list(Family))
def test_recommended_sources_outvote_two_liars_in_each_family(family: Family) -> None:
    echoes = [DEFAULT_SOURCES[source] for source in RECOMMENDED_ECHOES]
    assert len({echo.operator for echo in echoes if family in echo.families}) >= 5


def test_two_hosts_of_one_operator_share_its_vote() -> None:
    assert DEFAULT_SOURCES["icanhazip"].operator == DEFAULT_SOURCES["cloudflare"].operator


def test_sources_are_made_of_ids_and_urls_each_once(sessions: Sessions) -> None:
    ids = ["ipify", "a service of the past", "cloudflare"]
    urls = ["https://echo.example.com/", "https://echo.example.com", "https://api.ipify.org/"]
    sources: tuple[Source, ...] = http_sources(sessions, ids, urls)
    assert [source.id for source in sources] == [
        "cloudflare",
        "ipify",
        "https://echo.example.com/",
        "https://api.ipify.org/",
    ]
    assert {source.kind for source in sources} == {SourceKind.HTTP}


def test_urls_that_differ_in_the_query_alone_are_told_apart_without_showing_it(
    sessions: Sessions,
) -> None:
    urls = ["https://echo.example.com/?key=alpha", "https://echo.example.com/?key=beta"]
    ids = [source.id for source in http_sources(sessions, [], urls)]
    assert len(set(ids)) == 2
    assert "alpha" not in str(ids)
    assert "beta" not in str(ids)


def test_a_source_has_the_families_that_there_are_sessions_for(sessions: Sessions) -> None:
    only = {Family.IPV4: sessions[Family.IPV4]}
    ipify, amazon = http_sources(sessions, ["ipify", "amazon"], [])
    assert ipify.families == set(Family)
    assert amazon.families == {Family.IPV4}
    assert http_sources(only, ["ipify"])[0].families == {Family.IPV4}


async def test_sessions_really_keep_to_their_family(sessions: Sessions) -> None:
    for family, kind in ((Family.IPV4, socket.AF_INET), (Family.IPV6, socket.AF_INET6)):
        connector = sessions[family].connector
        assert connector is not None
        assert getattr(connector, "_family") == kind  # noqa: B009 - there is no public name


def test_an_echo_has_a_url() -> None:
    with pytest.raises(ValueError, match="URL"):
        echo_at({})
