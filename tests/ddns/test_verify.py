"""What proves that the world sees a record: the servers of its zone, and nobody else."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final

import dns.asyncquery
import dns.name
import pytest

from custom_components.smb_ddns_sync.ddns.address import Address, Family
from custom_components.smb_ddns_sync.ddns.authority import Authority, Bootstrap, NameServer, Walker
from custom_components.smb_ddns_sync.ddns.name_server import DnsPatience, Endpoint
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.verify import (
    NoWord,
    SyncState,
    Verifier,
    Word,
    judge,
)

from .builders import HOME, OTHER_V4, V4, V6, FakeClock
from .knot import UPDATER, KnotServer, free_port, zone_text

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT, FIRST, SECOND = (IPv4Address(f"127.0.0.{last}") for last in (2, 3, 4))
HASTY: Final = DnsPatience(timedelta(seconds=0.5), timedelta(seconds=0.5))

_ROOT_ZONE: Final = zone_text(
    ".",
    "com. 3600 NS ns.com.",
    f"ns.com. 3600 A {ROOT}",
    "example. 3600 NS ns1.example.com.",  # a zone whose servers are named in another one
    "lost.test. 3600 NS nowhere.test.",
    "inside.test. 3600 NS ns.inside.test.",
    "ns.inside.test. 3600 A 192.168.1.1",
    "loop.test. 3600 NS ns.pool.test.",
    "pool.test. 3600 NS ns.loop.test.",
)
_COM_ZONE: Final = zone_text(
    "com",
    "example.com. 3600 NS ns1.example.com.",
    "example.com. 3600 NS ns2.example.com.",
    f"ns1.example.com. 3600 A {FIRST}",
    f"ns2.example.com. 3600 A {SECOND}",
)


def _leaf(*lines: str) -> str:
    return "\n".join(
        [
            "$ORIGIN example.com.",
            "@ 3600 SOA ns1 hostmaster 1 3600 600 86400 60",
            "@ 3600 NS ns1",
            "@ 3600 NS ns2",
            f"ns1 3600 A {FIRST}",
            f"ns2 3600 A {SECOND}",
            *lines,
            "",
        ]
    )


_RECORDS: Final = (
    f"home 60 A {V4}",
    f"*.wild 60 A {V4}",
    f"home 60 AAAA {V6}",
    "alias 60 CNAME home",
    "sub 3600 NS ns1",
)


class World:
    """A root, a registry, and two name servers of example.com, each a real one."""

    def __init__(self, root: KnotServer, first: KnotServer, second: KnotServer) -> None:
        self.root = root
        self.first = first
        self.second = second
        self.bootstrap = Bootstrap(
            roots=(root.endpoint,), port=root.port, public_only=False, patience=HASTY
        )

    def verifier(self, bootstrap: Bootstrap | None = None) -> Verifier:
        """Return a verifier that begins at this world's root."""
        return Verifier(FakeClock(), bootstrap or self.bootstrap)

    async def state(self, name: str, expected: Address) -> SyncState:
        """Verify one name, and return what was proved."""
        family = Family(expected.version)
        return (await self.verifier().verify(DnsName(name), family, expected)).state


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run the servers; tests that change something change it back, or use a name of their own."""
    folder = tmp_path_factory.mktemp("world")
    port = free_port(ROOT, FIRST, SECOND)
    leaf = {"example.com": _leaf(*_RECORDS), "example": zone_text("example", f"home 60 A {V4}")}
    root = KnotServer(folder / "root", ROOT, port, {".": _ROOT_ZONE, "com": _COM_ZONE})
    first = KnotServer(folder / "first", FIRST, port, leaf, updaters=(UPDATER,))
    second = KnotServer(folder / "second", SECOND, port, leaf, updaters=(UPDATER,))
    with root, first, second:
        yield World(root, first, second)


async def put(server: KnotServer, name: str, kind: str, content: str) -> None:
    """Let one server, and only that one, hold a record."""
    update = UPDATER.update()
    update.replace(dns.name.from_text(name), 60, kind, content)
    reply = await dns.asyncquery.tcp(update, str(server.address), 10, server.port)
    assert reply.rcode() == 0


async def test_in_sync_is_what_all_servers_of_the_zone_tell(world: World) -> None:
    found = await world.verifier().verify(HOME, Family.IPV4, V4)
    assert found.state is SyncState.IN_SYNC
    assert found.message is None
    assert {(word.server, word.said) for word in found.words} == {
        ("ns1.example.com", frozenset({V4})),
        ("ns2.example.com", frozenset({V4})),
    }


@pytest.mark.parametrize(
    ("name", "expected", "state"),
    [
        ("home.example.com", V6, SyncState.IN_SYNC),
        ("home.example.com", OTHER_V4, SyncState.DRIFTED),
        ("*.wild.example.com", V4, SyncState.IN_SYNC),
        ("missing.example.com", V4, SyncState.DRIFTED),
        ("alias.example.com", V4, SyncState.DRIFTED),
    ],
)
async def test_what_the_servers_tell_is_compared(
    world: World, name: str, expected: Address, state: SyncState
) -> None:
    assert await world.state(name, expected) is state


async def test_a_server_that_lags_behind_is_told_by_its_name(world: World) -> None:
    await put(world.first, "lag.example.com", "A", str(V4))
    await put(world.second, "lag.example.com", "A", str(OTHER_V4))
    found = await world.verifier().verify(DnsName("lag.example.com"), Family.IPV4, V4)
    assert found.state is SyncState.PARTIAL
    assert found.message == f"ns2.example.com tells {OTHER_V4}, not {V4}"


async def test_a_long_answer_is_fetched_over_tcp(world: World) -> None:
    update = UPDATER.update()
    for last in range(1, 101):
        update.add(dns.name.from_text("many.example.com"), 60, "A", f"81.2.70.{last}")
    for server in (world.first, world.second):
        await dns.asyncquery.tcp(update, str(server.address), 10, server.port)
    expected = IPv4Address("81.2.70.100")
    assert await world.state("many.example.com", expected) is SyncState.IN_SYNC


async def test_a_server_that_is_down_makes_it_partial(world: World) -> None:
    world.second.stop()
    try:
        found = await world.verifier().verify(HOME, Family.IPV4, V4)
    finally:
        world.second.start()
    assert found.state is SyncState.PARTIAL
    assert found.message == "ns2.example.com does not answer"


async def test_a_root_that_does_not_answer_proves_nothing(world: World) -> None:
    nobody = Endpoint(ROOT, free_port(ROOT))
    found = await world.verifier(replace(world.bootstrap, roots=(nobody,))).verify(
        HOME, Family.IPV4, V4
    )
    assert found.state is SyncState.UNREACHABLE
    assert found.words == ()


@pytest.mark.parametrize("name", ["a.lost.test", "a.loop.test"])
async def test_a_zone_without_servers_ends_the_walk(world: World, name: str) -> None:
    assert await Walker(world.bootstrap).find(DnsName(name)) is None


async def test_servers_that_are_named_in_another_zone_are_looked_up(world: World) -> None:
    found = await Walker(world.bootstrap).find(DnsName("home.example"))
    assert found is not None
    assert found.zone == "example"
    assert FIRST in {endpoint.address for s in found.servers for endpoint in s.endpoints}


async def test_servers_with_private_addresses_are_split_dns_and_are_not_asked(
    world: World,
) -> None:
    strict = replace(world.bootstrap, public_only=True)
    verifier = world.verifier(strict)
    verifier._known[HOME] = (
        FakeClock().now,
        Authority("example.com", (await _split(strict, world),)),
    )
    found = await verifier.verify(HOME, Family.IPV4, V4)
    assert found.state is SyncState.UNREACHABLE
    assert found.message is not None
    assert "split DNS" in found.message


async def _split(strict: Bootstrap, world: World) -> NameServer:
    server = dns.name.from_text("ns1.example.com")
    return await Walker(strict)._locate(server, frozenset({world.first.address}))


async def test_the_servers_of_a_zone_are_looked_for_once_an_hour(world: World) -> None:
    clock = FakeClock()
    verifier = Verifier(clock, world.bootstrap)
    assert (await verifier.verify(HOME, Family.IPV4, V4)).state is SyncState.IN_SYNC
    world.root.stop()
    try:
        assert (await verifier.verify(HOME, Family.IPV4, V4)).state is SyncState.IN_SYNC
        clock.advance(timedelta(hours=2))
        # What was known is better than nothing, as long as the root can't be asked.
        assert (await verifier.verify(HOME, Family.IPV4, V4)).state is SyncState.IN_SYNC
    finally:
        world.root.start()


# The judgement alone.

NS1, NS2 = Endpoint(FIRST), Endpoint(SECOND)


def word(server: str, said: frozenset[Address] | NoWord, endpoint: Endpoint = NS1) -> Word:
    return Word(server, endpoint, said)


HAS = frozenset({V4})
OLD = frozenset({OTHER_V4})


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ([], SyncState.UNREACHABLE),
        ([word("a", HAS), word("b", HAS)], SyncState.IN_SYNC),
        ([word("a", HAS), word("b", OLD)], SyncState.PARTIAL),
        ([word("a", OLD), word("b", OLD)], SyncState.DRIFTED),
        ([word("a", OLD), word("b", NoWord.SILENT)], SyncState.DRIFTED),
        ([word("a", frozenset())], SyncState.DRIFTED),
        ([word("a", HAS), word("b", NoWord.SILENT)], SyncState.PARTIAL),
        ([word("a", HAS), word("b", NoWord.PRIVATE)], SyncState.PARTIAL),
        ([word("a", HAS), word("b", NoWord.NOT_AUTHORITATIVE)], SyncState.PARTIAL),
        ([word("a", NoWord.NOT_AUTHORITATIVE)], SyncState.UNREACHABLE),
        # One address of a server without an answer, as without IPv6 here, proves nothing.
        ([word("a", HAS), word("a", NoWord.NO_ROUTE, NS2)], SyncState.IN_SYNC),
        ([word("a", HAS), word("a", OLD, NS2)], SyncState.PARTIAL),
        ([word("a", HAS | OLD)], SyncState.IN_SYNC),
    ],
)
def test_the_state_follows_from_the_words(words: list[Word], state: SyncState) -> None:
    found = judge(HOME, Family.IPV4, V4, words)
    assert found.state is state
    assert (found.message is None) is (state is SyncState.IN_SYNC)


def test_a_name_behind_the_providers_proxy_is_not_judged() -> None:
    proxies = [ip_network("104.16.0.0/13")]
    proxied = frozenset({ip_address("104.16.1.1"), ip_address("104.17.1.1")})
    words = [word("a", proxied), word("b", proxied)]
    assert judge(HOME, Family.IPV4, V4, words, proxies).state is SyncState.PROXIED
    assert judge(HOME, Family.IPV4, V4, words).state is SyncState.DRIFTED
    mixed = [word("a", proxied), word("b", OLD)]
    assert judge(HOME, Family.IPV4, V4, mixed, proxies).state is SyncState.DRIFTED
