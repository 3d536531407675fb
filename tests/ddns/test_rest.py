"""What all REST providers promise beyond the contract of every provider."""

from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.outcome import (
    Applied,
    NameRejected,
    Unchanged,
    Unconfirmed,
)
from custom_components.smb_ddns_sync.ddns.providers.rest import REST_CLIENTS

from .builders import HOME, OTHER_V4, OTHER_V6, THIRD_V4, V4, V6, at
from .fakes.rest.all import REST_APIS
from .fakes.rest.api import SECRET
from .fakes.rest.bench import REST_BENCHES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import ClientSession
    import pytest

    from .fakes.rest.bench import RestBench

APEX = DnsName("example.com")
STAR = DnsName("*.example.com")
IDN = DnsName("xn--bcher-kva.example.com")
DEEP = DnsName("nas.home.sub.example.com")


type Clause = Callable[[RestBench], Awaitable[None]]


def for_every_api(clause: Clause) -> Callable[[ClientSession], Awaitable[None]]:
    """Try a promise with every REST provider before its stand-in, all in one test."""

    async def test(session: ClientSession) -> None:
        for name, make in REST_BENCHES.items():
            async with make(session) as bench:
                try:
                    await clause(bench)
                except Exception as error:
                    error.add_note(f"{name}: {clause.__name__}")
                    raise

    return test


def test_every_client_has_a_stand_in() -> None:
    assert {api.client for api in REST_APIS} == set(REST_CLIENTS)
    assert len({client.id for client in REST_CLIENTS}) == len(REST_CLIENTS)


@for_every_api
async def test_any_name_is_made_and_then_changed(bench: RestBench) -> None:
    for name in (APEX, STAR, IDN, DEEP):
        assert await bench.publish(at(V4), name) == {Family.IPV4: Applied(V4)}
        assert bench.held(name, Family.IPV4) == [str(V4)]
        assert await bench.publish(at(OTHER_V4), name) == {Family.IPV4: Applied(OTHER_V4)}
        assert bench.held(name, Family.IPV4) == [str(OTHER_V4)]


@for_every_api
async def test_the_zone_is_the_longest_suffix_by_labels(bench: RestBench) -> None:
    bench.api.zones += ["sub.example.com", "ome.sub.example.com"]
    assert await bench.publish(at(V4), DEEP) == {Family.IPV4: Applied(V4)}
    (record,) = bench.api.records.values()
    assert (record.zone, record.name) == ("sub.example.com", DEEP)


@for_every_api
async def test_a_zone_that_only_ends_alike_is_none(bench: RestBench) -> None:
    bench.api.zones = ["ample.com", "home.example.com.other.example"]
    (outcome,) = (await bench.publish(at(V4))).values()
    assert isinstance(outcome, NameRejected)
    assert "home.example.com" in outcome.message


@for_every_api
async def test_a_record_keeps_its_ttl(bench: RestBench) -> None:
    if not bench.api.has_ttl:
        return
    bench.api.add(HOME, "A", str(OTHER_V4), ttl=3600)
    assert await bench.publish(at(V4)) == {Family.IPV4: Applied(V4)}
    assert [(r.content, r.ttl) for r in bench.api.records.values()] == [(str(V4), 3600)]


@for_every_api
async def test_what_is_there_already_is_not_written(bench: RestBench) -> None:
    bench.put(HOME, V4)
    bench.put(HOME, V6)
    assert await bench.publish(at(V4, V6)) == {
        Family.IPV4: Unchanged(V4),
        Family.IPV6: Unchanged(V6),
    }
    assert not any(bench.api.writes(call) for call in bench.api.calls)


@for_every_api
async def test_one_family_never_touches_the_other(bench: RestBench) -> None:
    bench.put(HOME, OTHER_V4)
    bench.put(HOME, OTHER_V6)
    assert await bench.publish(at(V6)) == {Family.IPV6: Applied(V6)}
    assert bench.held(HOME, Family.IPV4) == [str(OTHER_V4)]


@for_every_api
async def test_names_that_look_alike_are_left_alone(bench: RestBench) -> None:
    alike = [DnsName("xhome.example.com"), DnsName("home.home.example.com"), STAR, APEX]
    for name in alike:
        bench.put(name, OTHER_V4)
    assert await bench.publish(at(V4)) == {Family.IPV4: Applied(V4)}
    assert [bench.held(name, Family.IPV4) for name in alike] == [[str(OTHER_V4)]] * len(alike)


@for_every_api
async def test_of_several_records_only_ours_is_changed(bench: RestBench) -> None:
    bench.put(HOME, OTHER_V4)
    bench.put(HOME, THIRD_V4)
    outcomes = await bench.publish(at(V4), held=at(OTHER_V4))
    assert outcomes == {Family.IPV4: Applied(V4)}
    assert sorted(bench.held(HOME, Family.IPV4)) == sorted([str(V4), str(THIRD_V4)])


@for_every_api
async def test_of_several_records_none_is_changed_if_none_is_ours(bench: RestBench) -> None:
    bench.put(HOME, OTHER_V4)
    bench.put(HOME, THIRD_V4)
    (outcome,) = (await bench.publish(at(V4))).values()
    assert isinstance(outcome, NameRejected)
    assert sorted(bench.held(HOME, Family.IPV4)) == sorted([str(OTHER_V4), str(THIRD_V4)])


@for_every_api
async def test_a_record_is_found_among_many(bench: RestBench) -> None:
    bench.api.zones = [f"zone{number}.example" for number in range(120)] + ["example.com"]
    for number in range(1100):
        bench.api.add(f"host{number}.example.com", "A", str(OTHER_V4))
    bench.put(HOME, OTHER_V4)
    assert await bench.publish(at(V4)) == {Family.IPV4: Applied(V4)}
    assert bench.held(HOME, Family.IPV4) == [str(V4)]


@for_every_api
async def test_a_cname_is_told_by_the_check(bench: RestBench) -> None:
    bench.api.add(HOME, "CNAME", "elsewhere.example")
    found = await bench.provider().check([HOME])
    assert isinstance(found[HOME], NameRejected)


@for_every_api
async def test_looking_tells_all_addresses(bench: RestBench) -> None:
    bench.put(HOME, V4)
    bench.put(HOME, OTHER_V4)
    seen = await bench.provider().look_up(HOME, Family.IPV4)
    # Where a change takes two steps, several addresses do not tell whether one was left behind.
    both = frozenset({V4, OTHER_V4})
    assert isinstance(seen, Unconfirmed) if bench.in_two_steps else seen == both
    assert await bench.provider().look_up(HOME, Family.IPV6) == frozenset()


async def test_secrets_go_where_they_must_and_nowhere_else(
    session: ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    for make in REST_BENCHES.values():
        async with make(session) as bench:
            provider = bench.provider()
            outcomes = await bench.publish(at(V4), provider=provider)
            wrong = bench.provider(secret="wr0ng-secret")
            refused = await bench.publish(at(V4), provider=wrong)
            told = f"{outcomes} {refused} {provider!r} {provider.identity}"
            assert SECRET not in told
            assert "wr0ng-secret" not in told
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("custom_components")]
    assert ours
    assert SECRET not in "".join(ours)
    assert "wr0ng-secret" not in "".join(ours)
