"""What every provider promises, whatever protocol it speaks."""

import asyncio
from datetime import timedelta
import gzip
from unittest.mock import patch

from aiohttp import ConnectionTimeoutError
import pytest

from custom_components.smb_ddns_sync.ddns.address import Addresses, Family
from custom_components.smb_ddns_sync.ddns.outcome import (
    Applied,
    AuthRejected,
    BadAnswer,
    NameRejected,
    RetryAfter,
    Unchanged,
    Unconfirmed,
)
from custom_components.smb_ddns_sync.ddns.providers import PROVIDERS
from demo.web_server import Fault, Page, RawBytes, Silence

from .builders import OTHER_V4, OTHER_V6, V4, V6, at, no_patience_for, until
from .contract import for_every_provider, for_providers
from .provider_bench import BENCHES, ProviderBench
from .tls import TlsEcho


def speaks_for_its_engine(bench: ProviderBench) -> bool:
    return bench.speaks_for_its_engine


def takes_both(bench: ProviderBench) -> bool:
    return bench.families == frozenset(Family)


def test_every_provider_is_under_this_contract() -> None:
    # rfc2136 speaks no HTTP: it is before a real name server in test_rfc2136.
    assert BENCHES.keys() | {"rfc2136"} == PROVIDERS.keys()


@for_every_provider
async def test_a_new_address_is_applied(bench: ProviderBench) -> None:
    bench.put(bench.home, OTHER_V4)
    assert await bench.publish(at(V4)) == {Family.IPV4: Applied(V4)}
    assert bench.held(bench.home, Family.IPV4) == [str(V4)]


@for_every_provider
async def test_a_record_that_is_missing_is_made(bench: ProviderBench) -> None:
    assert await bench.publish(at(V4)) == {Family.IPV4: Applied(V4)}
    assert bench.held(bench.home, Family.IPV4) == [str(V4)]


@for_every_provider
async def test_an_address_that_is_there_is_unchanged(bench: ProviderBench) -> None:
    bench.put(bench.home, V4)
    same = Unchanged(V4) if bench.tells_unchanged else Applied(V4)
    assert await bench.publish(at(V4)) == {Family.IPV4: same}
    assert bench.held(bench.home, Family.IPV4) == [str(V4)]


@for_providers(takes_both)
async def test_both_families_are_set_at_once(bench: ProviderBench) -> None:
    bench.put(bench.home, OTHER_V4)
    bench.put(bench.home, OTHER_V6)
    outcomes = await bench.publish(at(V4, V6))
    assert outcomes == {Family.IPV4: Applied(V4), Family.IPV6: Applied(V6)}
    assert bench.held(bench.home, Family.IPV4) == [str(V4)]
    assert bench.held(bench.home, Family.IPV6) == [str(V6)]


@for_providers(takes_both)
async def test_only_the_given_families_answer_and_the_other_record_stays(
    bench: ProviderBench,
) -> None:
    bench.put(bench.home, V4)
    bench.put(bench.home, OTHER_V6)
    outcomes = await bench.provider().publish(
        bench.home, at(V4, V6), frozenset({Family.IPV6}), held=at(V4, OTHER_V6)
    )
    assert outcomes == {Family.IPV6: Applied(V6)}
    assert bench.held(bench.home, Family.IPV4) == [str(V4)]


@for_every_provider
async def test_other_names_are_left_alone(bench: ProviderBench) -> None:
    bench.put(bench.work, OTHER_V4)
    await bench.publish(at(V4), bench.home)
    assert bench.held(bench.work, Family.IPV4) == [str(OTHER_V4)]


@for_providers(lambda bench: bench.tells_denied)
async def test_wrong_credentials_are_told_and_change_nothing(bench: ProviderBench) -> None:
    bench.put(bench.home, OTHER_V4)
    outcomes = await bench.publish(at(V4, V6), provider=bench.provider(secret="wrong"))
    assert set(map(type, outcomes.values())) == {AuthRejected}
    assert outcomes.keys() == bench.families
    assert bench.server.requests == 1
    assert bench.held(bench.home, Family.IPV4) == [str(OTHER_V4)]


@for_providers(lambda bench: not bench.tells_denied)
async def test_a_refusal_that_is_not_documented_is_no_success(bench: ProviderBench) -> None:
    bench.put(bench.home, OTHER_V4)
    outcomes = await bench.publish(at(V4, V6), provider=bench.provider(secret="wrong"))
    assert set(map(type, outcomes.values())) == {BadAnswer}
    assert bench.held(bench.home, Family.IPV4) == [str(OTHER_V4)]


@for_providers(lambda bench: bench.tells_foreign)
async def test_a_name_of_somebody_else_is_rejected(bench: ProviderBench) -> None:
    outcomes = await bench.publish(at(V4, V6), bench.foreign)
    assert set(map(type, outcomes.values())) == {NameRejected}


@for_every_provider
async def test_a_server_that_fails_while_it_writes_may_have_written(
    bench: ProviderBench,
) -> None:
    for status in (502, 504):
        bench.lose_writes(Page(status=status))
        outcomes = await bench.publish(at(V4))
        assert isinstance(outcomes[Family.IPV4], Unconfirmed), status
    bench.lose_writes(Page(status=500), landed=True)
    outcomes = await bench.publish(at(V4))
    assert isinstance(outcomes[Family.IPV4], Unconfirmed)
    bench.server.behave()
    same = Unchanged(V4) if bench.tells_unchanged else Applied(V4)
    assert await bench.publish(at(V4)) == {Family.IPV4: same}


@for_providers(speaks_for_its_engine)
async def test_a_server_that_is_out_of_service_has_not_written(bench: ProviderBench) -> None:
    bench.server.misbehave(Page(status=503, headers={"Retry-After": "240"}))
    (outcome,) = (await bench.publish(at(V4))).values()
    assert isinstance(outcome, RetryAfter)
    assert outcome.delay == timedelta(minutes=4)
    assert outcome.everywhere


WAITS = [
    ({"Retry-After": "120"}, timedelta(minutes=2)),
    ({"Retry-After": "0"}, timedelta(seconds=1)),
    ({"Retry-After": "999999999999999999999"}, timedelta(days=1)),
    (
        {
            "Date": "Sun, 22 Nov 2026 12:00:00 GMT",
            "Retry-After": "Sun, 22 Nov 2026 12:10:00 GMT",
        },
        timedelta(minutes=10),
    ),
    (
        {
            "Date": "Sun, 22 Nov 2026 12:00:00 GMT",
            "Retry-After": "Sun, 22 Nov 2026 11:00:00 -0000",
        },
        timedelta(seconds=1),
    ),
    ({"Retry-After": "soon"}, timedelta(minutes=5)),
    ({}, timedelta(minutes=5)),
]


@for_providers(speaks_for_its_engine)
async def test_too_many_calls_wait_as_long_as_the_server_asks(bench: ProviderBench) -> None:
    for headers, delay in WAITS:
        bench.server.misbehave(Page(status=429, headers=headers))
        (outcome,) = (await bench.publish(at(V4))).values()
        assert isinstance(outcome, RetryAfter)
        assert outcome.delay == delay, headers
        assert outcome.everywhere


@for_providers(speaks_for_its_engine)
async def test_a_date_to_wait_for_counts_from_now_where_the_server_tells_no_time(
    bench: ProviderBench,
) -> None:
    headers = {"Date": "unknown", "Retry-After": "Sun, 22 Nov 2099 12:00:00 GMT"}
    bench.server.misbehave(Page(status=429, headers=headers))
    (outcome,) = (await bench.publish(at(V4))).values()
    assert isinstance(outcome, RetryAfter)
    assert outcome.delay == timedelta(days=1)


NONSENSE = [
    Page(),
    Page(f"{V4}"),
    Page(""),
    Page("{"),
    Page('"good"'),
    Page("[" * 9000),
    Page('{"a":' * 3000),
    Page("a:" * 8000),
    Page("<a>" * 5000),
    Page(b"\xff\x00\xfe"),
    Page(status=302, headers={"Location": "https://example.com/"}),
    Page(status=418),
    Page(gzip.compress(b"good"), headers={"Content-Encoding": "gzip"}),
    Page("\x1b[31mred\n" * 40),
]


@for_every_provider
async def test_what_no_documentation_names_is_a_bad_answer(bench: ProviderBench) -> None:
    for page in [*NONSENSE, Page(bench.wrong_shape)]:
        bench.server.misbehave(page)
        (outcome,) = (await bench.publish(at(V4))).values()
        assert isinstance(outcome, BadAnswer), page
        assert outcome.message.isprintable()
        assert len(outcome.message) < 400


@for_providers(speaks_for_its_engine)
async def test_an_answer_without_end_is_a_bad_answer(bench: ProviderBench) -> None:
    bench.server.misbehave(Page("x" * 2_000_000))
    outcomes = await bench.publish(at(V4, V6))
    assert set(map(type, outcomes.values())) == {BadAnswer}
    assert outcomes.keys() == bench.families


@for_every_provider
async def test_every_provider_waits_when_it_is_told_to(bench: ProviderBench) -> None:
    for status in (429, 503):
        bench.server.misbehave(Page(status=status, headers={"Retry-After": "240"}))
        (outcome,) = (await bench.publish(at(V4))).values()
        assert isinstance(outcome, RetryAfter)
        assert outcome.delay == timedelta(minutes=4)


@for_every_provider
async def test_a_write_whose_answer_is_lost_is_unconfirmed(bench: ProviderBench) -> None:
    bench.put(bench.home, OTHER_V4)
    for landed in (False, True):
        await assert_unconfirmed(bench, RawBytes(), landed=landed)


@for_providers(speaks_for_its_engine)
async def test_a_write_with_half_an_answer_is_unconfirmed(bench: ProviderBench) -> None:
    cut_short = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ngood"
    not_http = b"SSH-2.0-OpenSSH_9.9\r\n"
    for sent in (cut_short, not_http):
        for landed in (False, True):
            async with bench.another() as fresh:
                fresh.put(fresh.home, OTHER_V4)
                await assert_unconfirmed(fresh, RawBytes(sent), landed=landed)


@for_every_provider
async def test_a_write_that_is_never_answered_is_unconfirmed(bench: ProviderBench) -> None:
    bench.put(bench.home, OTHER_V4)
    for landed in (False, True):
        async with no_patience_for(bench.server):
            await assert_unconfirmed(bench, Silence(), landed=landed)


async def assert_unconfirmed(bench: ProviderBench, fault: Fault, *, landed: bool) -> None:
    """Fail where a write whose answer is lost is taken for anything else."""
    bench.lose_writes(fault, landed=landed)
    (outcome,) = (await bench.publish(at(V4))).values()
    assert isinstance(outcome, Unconfirmed), bench
    before = [OTHER_V4] if bench.in_two_steps or not landed else []
    after = [V4] if landed else []
    assert bench.held(bench.home, Family.IPV4) == [str(address) for address in before + after]


@for_providers(speaks_for_its_engine)
async def test_a_server_that_nobody_listens_at_is_tried_later(bench: ProviderBench) -> None:
    provider = bench.provider()
    await bench.__aexit__()
    outcomes = await bench.publish(at(V4, V6), provider=provider)
    assert outcomes.keys() == bench.families
    for outcome in outcomes.values():
        assert isinstance(outcome, RetryAfter)
        assert outcome.everywhere


@for_providers(speaks_for_its_engine)
async def test_a_server_that_does_not_let_us_connect_in_time_is_tried_later(
    bench: ProviderBench,
) -> None:
    connector = bench.session.connector
    with patch.object(connector, "connect", side_effect=ConnectionTimeoutError):
        (outcome,) = (await bench.publish(at(V4))).values()
    assert isinstance(outcome, RetryAfter)
    assert outcome.everywhere


@for_providers(speaks_for_its_engine)
async def test_a_server_that_cannot_prove_who_it_is_gets_no_credentials(
    bench: ProviderBench,
) -> None:
    async with TlsEcho() as stranger:
        provider = bench.provider(root=stranger.url)
        (outcome,) = (await bench.publish(at(V4), provider=provider)).values()
        assert stranger.requests == 0
    assert isinstance(outcome, RetryAfter)
    assert "certificate" in outcome.message


@for_providers(speaks_for_its_engine)
async def test_cancelling_a_call_ends_it(bench: ProviderBench) -> None:
    bench.server.misbehave(Silence())
    task = asyncio.create_task(bench.publish(at(V4)))
    await until(lambda: bench.server.requests == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@for_providers(speaks_for_its_engine)
async def test_credentials_do_not_follow_a_redirect(bench: ProviderBench) -> None:
    async with TlsEcho() as elsewhere:
        location = {"Location": f"http://127.0.0.1:{elsewhere.port}/nic/update"}
        bench.server.misbehave(Page(status=307, headers=location))
        (outcome,) = (await bench.publish(at(V4))).values()
        assert isinstance(outcome, BadAnswer)
        assert elsewhere.asked == 0


@for_providers(speaks_for_its_engine)
async def test_looking_never_changes_anything(bench: ProviderBench) -> None:
    bench.put(bench.home, OTHER_V4)
    seen = await bench.provider().look_up(bench.home, Family.IPV4)
    assert seen == frozenset({OTHER_V4}) or isinstance(seen, Unconfirmed)
    assert bench.held(bench.home, Family.IPV4) == [str(OTHER_V4)]


@for_every_provider
async def test_a_check_changes_nothing_and_answers_for_every_name(bench: ProviderBench) -> None:
    bench.put(bench.home, OTHER_V4)
    names = [bench.home, bench.work] if bench.holds_many else [bench.home]
    assert await bench.provider().check(names) == dict.fromkeys(names)
    assert bench.held(bench.home, Family.IPV4) == [str(OTHER_V4)]
    assert bench.held(bench.work, Family.IPV4) == []


@for_providers(speaks_for_its_engine)
async def test_the_identity_tells_services_apart_and_holds_no_secret(
    bench: ProviderBench,
) -> None:
    identity = bench.provider().identity
    assert identity == bench.provider(secret="another").identity
    async with bench.another() as other:
        assert other.provider().identity != identity


@for_every_provider
async def test_there_is_a_least_interval_between_calls(bench: ProviderBench) -> None:
    assert bench.provider().least_interval > timedelta(0)


@for_providers(speaks_for_its_engine)
async def test_nothing_to_publish_is_no_call(bench: ProviderBench) -> None:
    assert await bench.publish(Addresses()) == {}
    assert bench.server.requests == 0
