"""Defects of other clients that concern reconciling, verifying and manners, which ours has not.

Each was found by reading the other client's source; the name of the client stands in the test.
"""

import asyncio
from datetime import timedelta
import ssl
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from custom_components.smb_ddns_sync.ddns.address import Addresses, Family
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.outcome import (
    Applied,
    AuthRejected,
    Banned,
    NameRejected,
    RetryAfter,
    Unconfirmed,
)
from custom_components.smb_ddns_sync.ddns.provider import Budget
from custom_components.smb_ddns_sync.ddns.report import RecordStatus
from custom_components.smb_ddns_sync.ddns.tls import SECURE
from custom_components.smb_ddns_sync.ddns.verify import SyncState, Word, judge

from .builders import BOTH, HOME, OTHER_V4, V4, V6, WORK, Bench, at
from .provider_bench import CloudflareBench
from .test_rfc2136 import provider, publish, put

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from custom_components.smb_ddns_sync.ddns.outcome import Trouble

    from .knot import KnotServer

MINUTE = timedelta(minutes=1)
THIRD = DnsName("third.example.com")


async def test_ddns_go_one_bad_name_does_not_stop_the_later_ones() -> None:
    bench = Bench(names=(HOME, WORK, THIRD))
    bench.provider.fail(HOME, NameRejected("no such zone"))
    bench.provider.fail(WORK, Unconfirmed("lost"))
    await bench.keeper.reconcile(at(V4))
    assert bench.provider.records == {(THIRD, Family.IPV4): V4}


async def test_ddns_go_a_restart_sends_nothing_again() -> None:
    bench = Bench(names=(HOME, WORK), families=BOTH)
    await bench.keeper.reconcile(at(V4, V6))
    calls = bench.provider.calls
    for _ in range(100):
        bench.restart()
        bench.clock.advance(MINUTE)
        await bench.keeper.reconcile(at(V4, V6))
    assert bench.provider.calls == calls


async def test_home_assistant_a_day_without_a_change_makes_no_call() -> None:
    # duckdns, namecheapdns and no_ip send 288 updates a day, whatever happens.
    bench = Bench()
    await bench.keeper.reconcile(at(V4))
    for _ in range(288):
        bench.clock.advance(5 * MINUTE)
        await bench.keeper.reconcile(at(V4))
    assert bench.provider.calls == 1


@pytest.mark.parametrize(
    "refusal", [AuthRejected("badauth"), NameRejected("nohost"), Banned("abuse", None)]
)
async def test_ddns_updater_and_ddclient_a_refusal_is_not_repeated(refusal: Trouble) -> None:
    bench = Bench()
    bench.provider.fail(HOME, refusal)
    for _ in range(288):
        await bench.keeper.reconcile(at(V4))
        bench.clock.advance(5 * MINUTE)
    assert bench.provider.calls == 1
    bench.keeper.resume()
    assert (await bench.keeper.reconcile(at(V4))).status is RecordStatus.IN_SYNC


async def test_inadyn_a_wait_of_half_an_hour_is_kept_also_over_restarts() -> None:
    bench = Bench()
    bench.provider.fail(HOME, RetryAfter("911", timedelta(minutes=30)))
    begun = bench.clock.now
    while bench.provider.calls < 2:
        await bench.keeper.reconcile(at(V4))
        bench.restart()
        bench.clock.advance(MINUTE)
    assert bench.clock.now - begun >= timedelta(minutes=30)


async def test_ddclient_what_was_stored_is_what_was_published() -> None:
    # Its gandi provider stores the address under a key that is not read, and updates for ever.
    bench = Bench(families=BOTH)
    await bench.keeper.reconcile(at(V4, V6))
    bench.restart()
    assert bench.keeper.report.published(Family.IPV4) == V4
    assert bench.keeper.report.published(Family.IPV6) == V6


async def test_ddns_updater_both_families_are_sent_where_one_that_is_left_out_is_deleted() -> None:
    bench = Bench(families=BOTH)
    await bench.keeper.reconcile(at(V4, V6))
    await bench.keeper.reconcile(at(OTHER_V4))
    assert bench.provider.published[-1].addresses == at(OTHER_V4, V6)


def test_ddns_updater_split_dns_at_home_is_not_taken_for_drift() -> None:
    # It asks the local resolver, and updated until its user was banned. Only a server of the zone,
    # answering with authority, can tell that a record has drifted: no word, no drift.
    found = judge(HOME, Family.IPV4, V4, [])
    assert found.state is SyncState.UNREACHABLE


async def test_ddns_updater_drift_that_stays_does_not_become_a_flood() -> None:
    bench = Bench(budget=Budget(calls=4, within=timedelta(days=1)))
    await bench.keeper.reconcile(at(V4))
    for _ in range(288):
        bench.clock.advance(5 * MINUTE)
        bench.keeper.doubt(HOME, Family.IPV4)
        await bench.keeper.reconcile(at(V4))
    assert bench.provider.calls == 2


def test_ddclient_an_address_that_another_record_holds_is_no_success() -> None:
    # It ignores the address in the answer, so "good 127.0.0.1" counts as success.
    word = Word("ns1.example.com", None, frozenset({OTHER_V4}))
    assert judge(HOME, Family.IPV4, V4, [word]).state is SyncState.DRIFTED


async def test_ddns_updater_there_is_no_moment_without_the_record(primary: KnotServer) -> None:
    # Its spaceship provider deletes, then creates. Ours replaces in one message, so whoever asks at
    # any moment is told the old address or the new one.
    name = DnsName("atomic.example.com")
    await put(primary, name, (60, "A", str(OTHER_V4)))
    publishing = asyncio.create_task(publish(provider(primary), name, V4))
    told = set()
    while not publishing.done():
        told.add(tuple(await asyncio.to_thread(primary.ask, name, "A")))
    assert await publishing == {Family.IPV4: Applied(V4)}
    assert told <= {(str(OTHER_V4),), (str(V4),)}
    assert primary.ask(name, "A") == [str(V4)]


async def test_nobody_keeps_a_failed_detection_from_looking_like_no_address() -> None:
    bench = Bench(families=BOTH)
    await bench.keeper.reconcile(at(V4, V6))
    for _ in range(50):
        bench.clock.advance(MINUTE)
        await bench.keeper.reconcile(Addresses())
    assert bench.provider.calls == 1
    assert len(bench.provider.records) == 2


def test_inadyn_tls_below_1_2_is_never_spoken() -> None:
    assert SECURE.minimum_version is ssl.TLSVersion.TLSv1_2
    assert SECURE.verify_mode is ssl.CERT_REQUIRED
    assert SECURE.check_hostname


async def test_inadyn_no_call_leaves_without_that(session: ClientSession) -> None:
    with patch.object(session, "request", side_effect=OSError) as request:
        async with CloudflareBench(session) as bench:
            await bench.publish(at(V4))
    assert request.call_args.kwargs["ssl"] is SECURE
