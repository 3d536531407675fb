"""The table of providers that take one call: each row's own words, and what the engine does."""

from datetime import timedelta
import socket
from typing import TYPE_CHECKING, Any, Final, override
from urllib.parse import parse_qs

from aiohttp import ClientSession, TCPConnector, web
from aiohttp.abc import AbstractResolver
import pytest
from yarl import URL

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.outcome import (
    Applied,
    BadAnswer,
    NameRejected,
    Outcome,
    RetryAfter,
    Unchanged,
)
from custom_components.smb_ddns_sync.ddns.provider import ProviderId
from custom_components.smb_ddns_sync.ddns.providers import PROVIDERS
from custom_components.smb_ddns_sync.ddns.providers.one_get import OneGetProvider, read_credentials
from custom_components.smb_ddns_sync.ddns.providers.table import ONE_GETS
from demo.web_server import Page, WebServer

from .builders import HOME, OTHER_V4, OTHER_V6, V4, V6, WORK, at
from .one_get_rows import CANARY, ROWS
from .provider_bench import OneGetBench

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.ddns.provider import Provider


class NoHost(AbstractResolver):
    """Finds no host, and remembers which were looked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[Any]:
        self.asked.append((host, port))
        raise OSError(None, "no such host")

    @override
    async def close(self) -> None:
        pass


class Journal(WebServer):
    """Remembers the queries that it is asked, and says yes to all."""

    def __init__(self) -> None:
        super().__init__()
        self.queries: list[dict[str, str]] = []
        self.agents: list[str] = []

    @override
    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        query = parse_qs(request.raw_path.partition("?")[2], keep_blank_values=True)
        self.queries.append({key: value for key, [value] in query.items()})
        self.agents.append(request.headers["User-Agent"])
        return web.Response(text="good")


def client(session: ClientSession, key: str, server: WebServer, **settings: str) -> Provider:
    """Return a client of a row, with other settings than the row's tests enter."""
    row = ONE_GETS[key]
    entered = read_credentials(row, {**ROWS[key].settings, **settings})
    return OneGetProvider(session, row, entered, server=URL(server.url))


@pytest.mark.parametrize("key", ONE_GETS)
async def test_credentials_go_only_to_the_host_of_the_provider_and_only_over_tls(key: str) -> None:
    resolver, row = NoHost(), ROWS[key]
    connector = TCPConnector(resolver=resolver, use_dns_cache=False)
    async with ClientSession(connector=connector) as session:
        provider = PROVIDERS[ProviderId(key)].build(dict(row.settings), session)
        families = PROVIDERS[ProviderId(key)].families
        for family in families:
            # After a refusal the second family is not tried, so each is tried alone.
            outcomes = await provider.publish(
                DnsName(f"home.{row.zone}"), at(V4, V6), frozenset({family}), held=at()
            )
            assert isinstance(outcomes[family], RetryAfter)
    expected = {(row.host, 443)}
    if row.host_v6 is not None:
        expected.add((row.host_v6, 443))
    assert set(resolver.asked) == expected


@pytest.mark.parametrize("key", [key for key, row in ROWS.items() if row.says])
async def test_each_word_of_a_provider_means_what_its_documentation_says(
    session: ClientSession, key: str
) -> None:
    async with OneGetBench(session, key) as bench:
        for answer, kind in ROWS[key].says:
            bench.server.force(answer)
            outcome: Outcome = (await bench.publish(at(V4)))[Family.IPV4]
            assert type(outcome) is kind, answer
            if isinstance(outcome, RetryAfter):
                assert outcome.everywhere


WAIT_HALF_AN_HOUR: Final = [
    ("no_ip", "911"),
    ("dynu", "dnserr"),
    ("namecheap", "<ResponseNumber>380099</ResponseNumber>"),
    ("easydns", "TOOSOON"),
]


@pytest.mark.parametrize(("key", "answer"), WAIT_HALF_AN_HOUR)
async def test_trouble_of_the_provider_waits_half_an_hour(
    session: ClientSession, key: str, answer: str
) -> None:
    async with OneGetBench(session, key) as bench:
        bench.server.force(answer)
        outcome = (await bench.publish(at(V4)))[Family.IPV4]
        assert isinstance(outcome, RetryAfter)
        assert outcome.delay == timedelta(minutes=30)


@pytest.mark.parametrize("key", [key for key, row in ROWS.items() if row.sends == "always both"])
async def test_where_a_family_that_is_left_out_is_deleted_both_are_sent(
    session: ClientSession, key: str
) -> None:
    async with OneGetBench(session, key) as bench:
        bench.put(bench.home, V4)
        bench.put(bench.home, OTHER_V6)
        await bench.provider().publish(
            bench.home, at(V4, V6), frozenset({Family.IPV6}), held=at(V4, OTHER_V6)
        )
        assert bench.server.records[bench.home] == {4: str(V4), 6: str(V6)}
        assert bench.server.requests == 1


async def test_inwx_is_not_called_without_an_ipv4_address(session: ClientSession) -> None:
    async with OneGetBench(session, "inwx") as bench:
        bench.put(HOME, OTHER_V4)
        outcomes = await bench.publish(at(V6))
        assert isinstance(outcomes[Family.IPV6], RetryAfter)
        assert "IPv4" in str(outcomes[Family.IPV6])
        assert bench.server.requests == 0


@pytest.mark.parametrize("key", [key for key, row in ROWS.items() if row.sends == "together"])
async def test_where_both_go_in_one_call_only_what_changes_is_sent(
    session: ClientSession, key: str
) -> None:
    async with OneGetBench(session, key) as bench:
        await bench.publish(at(V4, V6))
        assert bench.server.requests == 1
        bench.put(bench.home, OTHER_V4)
        await bench.provider().publish(
            bench.home, at(V4, V6), frozenset({Family.IPV6}), held=at(V4)
        )
        assert bench.held(bench.home, Family.IPV4) == [str(OTHER_V4)]


async def test_an_answer_that_names_one_family_speaks_for_both_where_both_are_taken(
    session: ClientSession,
) -> None:
    async with OneGetBench(session, "dynu") as bench:
        bench.server.force(f"good {V4}")
        outcomes = await bench.publish(at(V4, V6))
        assert outcomes == {Family.IPV4: Applied(V4), Family.IPV6: Applied(V6)}


async def test_a_line_speaks_for_the_address_that_it_names(session: ClientSession) -> None:
    # nsupdate.info tells what it changed before what it left.
    async with OneGetBench(session, "nsupdate_info") as bench:
        bench.server.force(f"good {V6}\nnochg {V4}")
        outcomes = await bench.publish(at(V4, V6))
        assert outcomes == {Family.IPV4: Unchanged(V4), Family.IPV6: Applied(V6)}


@pytest.mark.parametrize("key", ["freedns", "namecheap", "goip", "1984"])
async def test_success_with_another_address_is_none(session: ClientSession, key: str) -> None:
    async with OneGetBench(session, key) as bench:
        good = ROWS[key].good
        assert isinstance(good, str)
        for name in ("ips", "v4"):
            good = good.replace(f"{{{name}}}", str(OTHER_V4))
        bench.server.force(good.replace("{name}", "home.example.com"))
        outcomes = await bench.publish(at(V4))
        assert isinstance(outcomes[Family.IPV4], BadAnswer)
        assert f"instead of {V4}" in str(outcomes[Family.IPV4])


async def test_a_name_below_a_zone_is_told_apart_from_the_zone_itself(
    session: ClientSession,
) -> None:
    async with Journal() as journal:
        provider = client(session, "dynu", journal, zone="Example.com.")
        for name in (HOME, DnsName("example.com"), DnsName("*.example.com")):
            await provider.publish(name, at(V4), frozenset({Family.IPV4}), held=at())
        provider = client(session, "namecheap", journal)
        for name in (DnsName("a.b.example.com"), DnsName("example.com")):
            await provider.publish(name, at(V4), frozenset({Family.IPV4}), held=at())
    asked = [(query.get("hostname"), query.get("alias")) for query in journal.queries[:3]]
    assert asked == [("example.com", "home"), ("example.com", None), ("example.com", "*")]
    assert [query["host"] for query in journal.queries[3:]] == ["a.b", "@"]


async def test_a_name_that_only_ends_like_the_zone_is_not_in_it(session: ClientSession) -> None:
    async with Journal() as journal:
        provider = client(session, "namecheap", journal)
        stranger = DnsName("badexample.com")
        outcomes = await provider.publish(stranger, at(V4), frozenset({Family.IPV4}), held=at())
        assert isinstance(outcomes[Family.IPV4], NameRejected)
        assert isinstance((await provider.check([stranger]))[stranger], NameRejected)
        assert journal.requests == 0


async def test_credentials_of_one_name_are_not_taken_for_two(session: ClientSession) -> None:
    async with OneGetBench(session, "inwx") as bench:
        checked = await bench.provider().check([HOME, WORK])
    assert checked[HOME] is None
    assert isinstance(checked[WORK], NameRejected)


async def test_no_ip_gets_the_agent_that_it_asks_for(session: ClientSession) -> None:
    async with Journal() as journal:
        for key in ("no_ip", "joker"):
            await client(session, key, journal).publish(
                HOME, at(V4), frozenset({Family.IPV4}), held=at()
            )
    company, program, contact = journal.agents[0].split(" ")
    name, version = program.split("/")
    assert (company, name) == ("smb-ddns-sync", "SMB-DDNS-Sync")
    assert "-" in version
    assert contact.startswith("https://")
    assert journal.agents[1].startswith("SMB-DDNS-Sync (")


async def test_a_refusal_is_told_in_the_providers_own_words_without_the_secret(
    session: ClientSession,
) -> None:
    async with OneGetBench(session, "dondominio") as bench:
        bench.server.misbehave(
            Page('{"success": false, "messages": ["key ' + CANARY + ' is old"]}')
        )
        outcome = (await bench.publish(at(V4)))[Family.IPV4]
    assert "is old" in str(outcome)
    assert CANARY not in str(outcome)
