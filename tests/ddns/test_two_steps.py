"""A change that takes two steps: the new record is added, and then the old one is deleted."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.ledger import Ledger
from custom_components.smb_ddns_sync.ddns.outcome import Applied, NameRejected, Unchanged
from custom_components.smb_ddns_sync.ddns.providers.rest import REST_CLIENTS
from custom_components.smb_ddns_sync.ddns.reconcile import RecordKeeper
from demo.web_server import Page, RawBytes

from .builders import HOME, ONLY_V4, OTHER_V4, THIRD_V4, V4, FakeClock, at
from .fakes.rest.bench import RestBench
from .fakes.rest.two_steps import DreamhostApi, SpaceshipApi, TwoStepApi

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientSession

    from custom_components.smb_ddns_sync.ddns.address import Address
    from demo.web_server import Fault


def held(bench: RestBench) -> list[str]:
    return bench.held(HOME, Family.IPV4)


def texts(*addresses: Address) -> list[str]:
    return [str(address) for address in addresses]


TWO_STEPS = (SpaceshipApi, DreamhostApi)
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


async def test_dreamhosts_own_records_are_not_changed(session: ClientSession) -> None:
    async with RestBench(session, DreamhostApi) as bench:
        bench.api.add(HOME, "A", str(OTHER_V4), editable="0")
        (outcome,) = (await bench.publish(at(V4))).values()
        assert isinstance(outcome, NameRejected)
        assert held(bench) == texts(OTHER_V4)
