"""Names that a provider drops unless a person confirms them: reminded in time, on virtual time."""

from datetime import timedelta

import pytest

from custom_components.smb_ddns_sync.ddns.ledger import Ledger
from custom_components.smb_ddns_sync.ddns.outcome import Unconfirmed
from custom_components.smb_ddns_sync.ddns.provider import Expiry, ProviderId
from custom_components.smb_ddns_sync.ddns.providers import PROVIDERS

from .builders import HOME, V4, Bench, at

DAY = timedelta(days=1)
NO_IP = PROVIDERS[ProviderId("no_ip")].expiry


def days_until_reminded(bench: Bench) -> int:
    """Let days pass until there is a reminder."""
    for day in range(60):
        if bench.keeper.report.ends is not None:
            return day
        bench.clock.advance(DAY)
        bench.restart()
    raise AssertionError("nobody was reminded")


async def test_no_ip_is_told_of_six_days_before_the_name_ends() -> None:
    assert Expiry(timedelta(days=30), renewed_by_update=False) == NO_IP
    bench = Bench(expiry=NO_IP)
    begun = bench.clock.now
    await bench.keeper.reconcile(at(V4))
    assert days_until_reminded(bench) == 24
    assert bench.keeper.report.ends == begun + timedelta(days=30)


async def test_who_confirmed_is_left_alone_for_another_month() -> None:
    bench = Bench(expiry=NO_IP)
    await bench.keeper.reconcile(at(V4))
    days_until_reminded(bench)
    bench.keeper.renewed()
    assert bench.keeper.report.ends is None
    bench.saved.append(bench.ledger.as_dict())
    assert days_until_reminded(bench) == 24


async def test_an_update_does_not_confirm() -> None:
    bench = Bench(expiry=NO_IP)
    for _ in range(24):
        await bench.keeper.reconcile(at(V4), forced=True)
        bench.clock.advance(DAY)
    assert bench.keeper.report.ends is not None


async def test_a_name_that_was_never_published_ends_never() -> None:
    bench = Bench(expiry=NO_IP)
    bench.provider.fail(HOME, Unconfirmed("lost"))
    await bench.keeper.reconcile(at(V4))
    bench.clock.advance(40 * DAY)
    assert bench.keeper.report.ends is None


@pytest.mark.parametrize("expiry", [None, Expiry(timedelta(days=30), renewed_by_update=True)])
async def test_nobody_is_reminded_where_no_person_is_needed(expiry: Expiry | None) -> None:
    bench = Bench(expiry=expiry)
    await bench.keeper.reconcile(at(V4))
    bench.clock.advance(29 * DAY)
    assert bench.keeper.report.ends is None


async def test_a_clock_that_was_wrong_reminds_at_once() -> None:
    bench = Bench(expiry=NO_IP)
    bench.clock.advance(1000 * DAY)
    await bench.keeper.reconcile(at(V4))
    bench.clock.advance(-1000 * DAY)
    assert bench.keeper.report.ends == bench.clock.now + timedelta(days=30)


@pytest.mark.parametrize("damaged", ["yesterday", 5, [], "2026-11-22T12:00:00"])
def test_a_damaged_time_is_no_time(damaged: object) -> None:
    assert Ledger.from_dict(Ledger().as_dict() | {"renewed": damaged}).renewed is None


def test_another_account_begins_anew() -> None:
    bench = Bench(expiry=NO_IP)
    bench.keeper.renewed()
    bench.ledger.belongs_to("another", [HOME])
    assert bench.ledger.renewed is None
