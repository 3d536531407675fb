"""How often a provider is called: its budget, what it drops, and what name servers tell."""

from datetime import UTC, datetime, timedelta
import itertools
from random import Random

import pytest

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.ledger import Entry, Ledger
from custom_components.smb_ddns_sync.ddns.manners import refresh_due, wait_after
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.outcome import BadAnswer, RetryAfter, Unconfirmed
from custom_components.smb_ddns_sync.ddns.provider import Budget, Expiry
from custom_components.smb_ddns_sync.ddns.report import RecordStatus

from .builders import HOME, ONLY_V4, OTHER_V4, THIRD_V4, V4, WORK, Bench, at

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ADDRESSES = (V4, OTHER_V4, THIRD_V4)

TWO_A_DAY = Budget(calls=2, within=DAY)
NINETY_DAYS = Expiry(timedelta(days=90), renewed_by_update=True)


# The budget.


async def test_no_more_calls_are_made_than_the_provider_allows() -> None:
    bench = Bench(budget=TWO_A_DAY)
    begun = bench.clock.now
    for address in ADDRESSES:
        report = await bench.keeper.reconcile(at(address))
        bench.clock.advance(HOUR)
    assert bench.provider.calls == 2
    assert report.status is RecordStatus.WAITING
    assert report.next_allowed == begun + DAY

    bench.clock.now = begun + DAY
    report = await bench.keeper.reconcile(at(THIRD_V4))
    assert bench.provider.calls == 3
    assert report.status is RecordStatus.IN_SYNC


async def test_all_names_of_a_record_share_the_budget() -> None:
    bench = Bench(names=(HOME, WORK, DnsName("third.example.com")), budget=TWO_A_DAY)
    report = await bench.keeper.reconcile(at(V4))
    assert [record.status for record in report.records] == [
        RecordStatus.IN_SYNC,
        RecordStatus.IN_SYNC,
        RecordStatus.WAITING,
    ]


async def test_the_button_does_not_stretch_the_budget() -> None:
    bench = Bench(budget=TWO_A_DAY)
    for _ in range(5):
        await bench.keeper.reconcile(at(V4), forced=True)
        bench.clock.advance(HOUR)
    assert bench.provider.calls == 2


async def test_a_look_counts_as_a_call() -> None:
    bench = Bench(budget=Budget(calls=3, within=DAY))
    bench.provider.fail(HOME, Unconfirmed("lost"))
    await bench.keeper.reconcile(at(V4))
    bench.clock.advance(HOUR)
    await bench.keeper.reconcile(at(V4))
    assert len(bench.provider.looked) == 1
    bench.clock.advance(HOUR)
    report = await bench.keeper.reconcile(at(OTHER_V4))
    assert report.status is RecordStatus.WAITING


async def test_a_restart_does_not_renew_the_budget() -> None:
    bench = Bench(budget=TWO_A_DAY)
    for address in ADDRESSES:
        await bench.keeper.reconcile(at(address))
        bench.clock.advance(HOUR)
        bench.restart()
    assert bench.provider.calls == 2


async def test_calls_of_a_clock_that_was_wrong_do_not_block_for_ever() -> None:
    bench = Bench(budget=TWO_A_DAY)
    bench.clock.advance(timedelta(days=365))
    for address in (V4, OTHER_V4):
        await bench.keeper.reconcile(at(address))
        bench.clock.advance(HOUR)
    bench.clock.advance(timedelta(days=-365))
    report = await bench.keeper.reconcile(at(THIRD_V4))
    assert report.status is RecordStatus.IN_SYNC


# What a provider drops when nobody cares for it.


async def test_a_record_is_sent_again_before_the_provider_drops_it_and_not_earlier() -> None:
    bench = Bench(expiry=NINETY_DAYS)
    begun = bench.clock.now
    calls: list[int] = []
    for _ in range(360):
        before = bench.provider.calls
        await bench.keeper.reconcile(at(V4))
        if bench.provider.calls > before:
            calls.append((bench.clock.now - begun).days)
        bench.clock.advance(DAY)
    gaps = [later - earlier for earlier, later in itertools.pairwise(calls)]
    assert gaps
    assert all(72 <= gap < 90 for gap in gaps)


async def test_restarts_do_not_refresh() -> None:
    bench = Bench(expiry=NINETY_DAYS)
    for _ in range(100):
        await bench.keeper.reconcile(at(V4))
        bench.restart()
    assert bench.provider.calls == 1


async def test_what_a_person_has_to_confirm_is_not_sent_again() -> None:
    bench = Bench(expiry=Expiry(timedelta(days=30), renewed_by_update=False))
    for _ in range(100):
        await bench.keeper.reconcile(at(V4))
        bench.clock.advance(DAY)
    assert bench.provider.calls == 1


def test_names_are_refreshed_on_different_days() -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    entry = Entry(published=V4, updated=begun, confirmed=begun)
    days = {
        next(
            day
            for day in range(91)
            if refresh_due(
                entry, DnsName(f"host{n}.example.com"), begun + timedelta(days=day), NINETY_DAYS
            )
        )
        for n in range(50)
    }
    assert len(days) > 5


# Waits.


@pytest.mark.parametrize("failures", [1, 2, 5, 40])
def test_jitter_only_adds_and_spreads(failures: int) -> None:
    asked = timedelta(minutes=30)  # what No-IP wants after 911 and dnserr
    waits = {wait_after(RetryAfter("911", asked), failures, Random(seed)) for seed in range(100)}
    assert min(waits) >= asked
    assert len(waits) == 100


def test_what_is_not_understood_waits_half_an_hour() -> None:
    assert wait_after(BadAnswer("?"), 1, Random(1)) >= timedelta(minutes=30)


# What the name servers tell.


async def test_drift_is_looked_at_and_written_again() -> None:
    bench = Bench()
    await bench.keeper.reconcile(at(V4))
    bench.provider.records[HOME, Family.IPV4] = OTHER_V4
    bench.clock.advance(2 * HOUR)
    calls = bench.provider.calls
    assert bench.keeper.doubt(HOME, Family.IPV4)
    assert bench.provider.calls == calls
    report = await bench.keeper.reconcile(at(V4))
    assert bench.provider.looked == [(HOME, Family.IPV4)]
    assert bench.provider.records == {(HOME, Family.IPV4): V4}
    assert report.status is RecordStatus.IN_SYNC


async def test_where_the_provider_can_not_be_asked_it_is_written_again_at_once() -> None:
    bench = Bench()
    bench.provider.can_look = False
    await bench.keeper.reconcile(at(V4))
    bench.clock.advance(2 * HOUR)
    assert bench.keeper.doubt(HOME, Family.IPV4)
    await bench.keeper.reconcile(at(V4))
    assert len(bench.provider.published) == 2


async def test_an_update_has_an_hour_to_reach_all_servers() -> None:
    bench = Bench()
    await bench.keeper.reconcile(at(V4))
    bench.clock.advance(59 * MINUTE)
    assert not bench.keeper.doubt(HOME, Family.IPV4)
    bench.clock.advance(MINUTE)
    assert bench.keeper.doubt(HOME, Family.IPV4)


async def test_servers_that_lag_for_ever_cost_one_call_a_day() -> None:
    bench = Bench()
    await bench.keeper.reconcile(at(V4))
    for _ in range(72):
        bench.clock.advance(HOUR)
        bench.keeper.doubt(HOME, Family.IPV4)
        await bench.keeper.reconcile(at(V4))
        bench.saved.append(bench.ledger.as_dict())
        bench.restart()
    assert bench.provider.calls == 1 + 3


async def test_nothing_is_doubted_that_was_never_claimed() -> None:
    bench = Bench()
    assert not bench.keeper.doubt(HOME, Family.IPV4)


async def test_drift_lifts_no_stop() -> None:
    bench = Bench(families=ONLY_V4)
    await bench.keeper.reconcile(at(V4))
    bench.clock.advance(2 * HOUR)
    bench.ledger.pace = Ledger.from_dict(
        bench.ledger.as_dict()
        | {
            "pace": {
                "called": None,
                "not_before": None,
                "failures": 0,
                "stop": {"outcome": "auth_rejected", "message": "no", "until": None},
            }
        }
    ).pace
    calls = bench.provider.calls
    bench.keeper.doubt(HOME, Family.IPV4)
    report = await bench.keeper.reconcile(at(V4))
    assert bench.provider.calls == calls
    assert report.status is RecordStatus.AUTH_REJECTED
