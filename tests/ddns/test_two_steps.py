"""A change that takes two steps: the new record is added, and then the old one is deleted."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.ledger import Ledger
from custom_components.smb_ddns_sync.ddns.outcome import (
    Applied,
    NameRejected,
    RetryAfter,
    Unchanged,
)
from custom_components.smb_ddns_sync.ddns.providers.rest import REST_CLIENTS
from custom_components.smb_ddns_sync.ddns.providers.rest.nearlyfreespeech import authentication
from custom_components.smb_ddns_sync.ddns.reconcile import RecordKeeper
from demo.web_server import Page, RawBytes

from .builders import HOME, ONLY_V4, OTHER_V4, THIRD_V4, V4, FakeClock, at
from .fakes.rest.bench import RestBench
from .fakes.rest.two_steps import DreamhostApi, NearlyFreeSpeechApi, SpaceshipApi, TwoStepApi

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientSession

    from custom_components.smb_ddns_sync.ddns.address import Address
    from demo.web_server import Fault


def held(bench: RestBench) -> list[str]:
    return bench.held(HOME, Family.IPV4)


def texts(*addresses: Address) -> list[str]:
    return [str(address) for address in addresses]


TWO_STEPS = (SpaceshipApi, DreamhostApi, NearlyFreeSpeechApi)
"""Each API that changes a record so."""


@pytest.fixture(params=TWO_STEPS)
async def bench(request: pytest.FixtureRequest, session: ClientSession) -> AsyncIterator[RestBench]:
    """Give each of them."""
    async with RestBench(session, request.param) as bench:
        yield bench


def test_all_of_them_are_tried() -> None:
    assert {api.client for api in TWO_STEPS} == {c for c in REST_CLIENTS if c.in_two_steps}


def service(bench: RestBench) -> TwoStepApi:
    assert isinstance(bench.api, TwoStepApi)
    return bench.api


async def test_the_old_record_goes_only_once_the_new_one_is_seen(bench: RestBench) -> None:
    bench.put(HOME, OTHER_V4)
    assert await bench.publish(at(V4)) == {Family.IPV4: Applied(V4)}
    assert service(bench).steps().endswith("lald")
    assert held(bench) == texts(V4)


@pytest.mark.parametrize(
    ("fault", "landed"),
    [
        (RawBytes(), False),
        (RawBytes(), True),
        (Page("{}", status=429), False),
        (Page(status=502), False),
        (Page("{}", status=403), False),
    ],
)
async def test_what_fails_between_the_steps_is_finished_after_a_restart(
    bench: RestBench, fault: Fault, landed: bool
) -> None:
    clock, ledger = FakeClock(), Ledger()

    async def save() -> None:
        """Store nothing: what a restart finds is taken from the ledger itself."""

    keeper = RecordKeeper(bench.provider(), [HOME], ONLY_V4, ledger, clock, save=save)
    await keeper.reconcile(at(OTHER_V4))
    clock.now += timedelta(hours=1)
    service(bench).only_clearing = True
    bench.lose_writes(fault, landed=landed)
    await keeper.reconcile(at(V4))
    assert held(bench) == (texts(V4) if landed else texts(OTHER_V4, V4))

    bench.server.behave()
    clock.now += timedelta(days=1)
    stored = Ledger.from_dict(ledger.as_dict())
    keeper = RecordKeeper(bench.provider(), [HOME], ONLY_V4, stored, clock, save=save)
    keeper.resume()
    await keeper.reconcile(at(V4))
    assert held(bench) == texts(V4)


async def test_a_record_that_is_not_known_to_be_ours_is_never_taken_away(bench: RestBench) -> None:
    bench.put(HOME, V4)
    bench.put(HOME, THIRD_V4)
    for before in (at(), at(V4), at(OTHER_V4)):
        (outcome,) = (await bench.publish(at(V4), held=before)).values()
        assert isinstance(outcome, NameRejected)
    assert held(bench) == texts(V4, THIRD_V4)


async def test_a_single_record_with_the_address_is_unchanged(bench: RestBench) -> None:
    bench.put(HOME, V4)
    assert await bench.publish(at(V4), held=at(OTHER_V4)) == {Family.IPV4: Unchanged(V4)}


async def test_a_new_record_that_is_not_shown_leaves_the_old_one(
    bench: RestBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.put(HOME, OTHER_V4)
    # It says that it is done, and does nothing.
    monkeypatch.setattr(bench.api, "make", lambda *_: None)
    (outcome,) = (await bench.publish(at(V4))).values()
    assert not isinstance(outcome, Applied)
    assert held(bench) == texts(OTHER_V4)


@pytest.mark.parametrize(
    ("api", "own"),
    [(DreamhostApi, {"editable": "0"}), (NearlyFreeSpeechApi, {"scope": "system"})],
)
async def test_the_providers_own_records_are_not_changed(
    session: ClientSession, api: type[TwoStepApi], own: dict[str, str]
) -> None:
    async with RestBench(session, api) as bench:
        bench.api.add(HOME, "A", str(OTHER_V4)).more.update(own)
        (outcome,) = (await bench.publish(at(V4))).values()
        assert isinstance(outcome, NameRejected)
        assert held(bench) == texts(OTHER_V4)


async def test_nearlyfreespeech_keeps_the_ttl_of_the_record_that_it_replaces(
    session: ClientSession,
) -> None:
    async with RestBench(session, NearlyFreeSpeechApi) as bench:
        bench.api.add(HOME, "A", str(OTHER_V4), ttl=7200)
        await bench.publish(at(V4))
        (record,) = bench.api.records.values()
        assert (record.content, record.ttl) == (str(V4), 7200)


async def test_a_clock_that_is_off_is_waited_out_and_not_taken_for_wrong_credentials(
    session: ClientSession,
) -> None:
    async with RestBench(session, NearlyFreeSpeechApi) as bench:
        assert isinstance(bench.api, NearlyFreeSpeechApi)
        bench.api.clock_is_off = True
        (outcome,) = (await bench.publish(at(V4))).values()
        assert isinstance(outcome, RetryAfter)
        assert "clock" in outcome.message


@pytest.mark.parametrize(
    ("stamp", "salt", "expected"),
    [
        ("1692475113", "0123456789ABCDEF", "417a9988c7ad7919b297884dd120b5808d8a1e6f"),
        ("1692567766", "0123456789ABCDEF", "b5c28286fd2e1a45a7c576dc2a6430116f721502"),
        ("1692475113", "FEDCBA9876543210", "0f766822bda4fdc09829be4e1ea5e27ae3ae334e"),
    ],
)
def test_nearlyfreespeech_signs_as_another_client_of_it_does(
    stamp: str, salt: str, expected: str
) -> None:
    """The values are those that lego's tests hold."""
    written = authentication("user", "secret", stamp, salt, "/path", b"data")
    assert written == f"user;{stamp};{salt};{expected}"
