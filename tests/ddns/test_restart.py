"""What a restart changes: nothing."""

from datetime import timedelta

import pytest

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.outcome import (
    AuthRejected,
    Banned,
    NameRejected,
    RetryAfter,
    Trouble,
)
from custom_components.smb_ddns_sync.ddns.report import RecordStatus

from .builders import BOTH, HOME, LOST, V4, V6, WORK, Bench, ScriptedProvider, at

MINUTE = timedelta(minutes=1)


async def test_a_hundred_restarts_make_no_call() -> None:
    bench = Bench(names=(HOME, WORK), families=BOTH)
    await bench.keeper.reconcile(at(V4, V6))
    calls = bench.provider.calls
    for _ in range(100):
        bench.restart()
        bench.clock.advance(MINUTE)
        report = await bench.keeper.reconcile(at(V4, V6))
        assert report.status is RecordStatus.IN_SYNC
    assert bench.provider.calls == calls


@pytest.mark.parametrize(
    "trouble",
    [
        AuthRejected("no"),
        NameRejected("no"),
        Banned("no", None),
        RetryAfter("later", timedelta(hours=12)),
    ],
)
async def test_a_hundred_restarts_lift_no_stop_and_no_wait(trouble: Trouble) -> None:
    bench = Bench()
    bench.provider.fail(HOME, trouble)
    await bench.keeper.reconcile(at(V4))
    for _ in range(100):
        bench.restart()
        bench.clock.advance(MINUTE)
        report = await bench.keeper.reconcile(at(V4))
        assert report.message == trouble.message
    assert bench.provider.calls == 1


async def test_a_crash_within_a_call_leaves_a_note_and_the_next_start_looks() -> None:
    bench = Bench()
    bench.provider.fail(HOME, LOST, landed=True)
    await bench.keeper.reconcile(at(V4))
    # What was stored before the call is all that a crash leaves.
    bench.saved = bench.saved[:1]
    bench.restart()
    bench.clock.advance(MINUTE)
    report = await bench.keeper.reconcile(at(V4))
    assert bench.provider.looked == [(HOME, Family.IPV4)]
    assert len(bench.provider.published) == 1
    assert report.status is RecordStatus.IN_SYNC


async def test_every_call_is_noted_before_and_after() -> None:
    bench = Bench()
    await bench.keeper.reconcile(at(V4))
    before, after = (saved["records"] for saved in bench.saved)
    assert before == [
        {
            "name": HOME,
            "family": 4,
            "published": None,
            "updated": None,
            "outcome": None,
            "message": None,
            "intent": str(V4),
            "confirmed": None,
            "doubted": None,
        }
    ]
    assert isinstance(after, list)
    assert (after[0]["published"], after[0]["intent"]) == (str(V4), None)


async def test_nothing_is_stored_where_nothing_happens() -> None:
    bench = Bench()
    await bench.keeper.reconcile(at(V4))
    stored = len(bench.saved)
    await bench.keeper.reconcile(at(V4))
    assert len(bench.saved) == stored


async def test_a_lost_ledger_costs_one_call_for_each_name() -> None:
    bench = Bench(names=(HOME, WORK))
    await bench.keeper.reconcile(at(V4))
    bench.saved = [{"version": 1, "records": "damaged"}]
    bench.restart()
    assert bench.keeper.report.status is RecordStatus.UNKNOWN
    for _ in range(3):
        await bench.keeper.reconcile(at(V4))
    assert len(bench.provider.published) == 4


async def test_another_account_begins_anew() -> None:
    bench = Bench()
    bench.provider.fail(HOME, AuthRejected("no"))
    await bench.keeper.reconcile(at(V4))
    bench.provider = ScriptedProvider(name="another")
    bench.restart()
    assert (await bench.keeper.reconcile(at(V4))).status is RecordStatus.IN_SYNC
