"""Two programs, a real name server between them, and a service that dies: the name follows."""

from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.ddns.failover import Duty, memory_data, read_memory
from custom_components.smb_ddns_sync.ddns.standby import Evidence, Memory, lease_name

from .knot import LOOPBACK, UPDATER, KnotServer, free_port, zone_text
from .two_sites import CHECK, PRIMARY_AT, STANDBY_AT, TERMS, Program, TwoSites

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

P, S = str(PRIMARY_AT), str(STANDBY_AT)


@pytest.fixture(scope="module")
def name_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnotServer]:
    """Run the root and the zone of the name on one server."""
    zones = {".": zone_text("."), "example.com": zone_text("example.com")}
    folder = tmp_path_factory.mktemp("knot")
    with KnotServer(folder, LOOPBACK, free_port(LOOPBACK), zones, (UPDATER,)) as server:
        yield server


@pytest.fixture
async def sites(name_server: KnotServer) -> AsyncIterator[TwoSites]:
    """Give two sites whose name is not there yet."""
    clear(name_server)
    async with TwoSites(name_server) as sites:
        yield sites


def clear(server: KnotServer) -> None:
    update = UPDATER.update()
    for name in (Program.name, lease_name(Program.name)):
        update.delete(f"{name}.")
    server.tell(update)


async def settled(sites: TwoSites) -> TwoSites:
    """Let the primary have its name."""
    await sites.check(5)
    assert sites.moves == [P]
    return sites


async def test_the_primary_takes_the_lease_and_then_its_name(sites: TwoSites) -> None:
    await sites.check()
    assert sites.primary.standing is not None
    assert (sites.primary.standing.duty, sites.told()) == (Duty.TAKING, [])
    await sites.check(4)
    assert (sites.primary.standing.duty, sites.told()) == (Duty.ACTIVE, [P])
    assert sites.standby.standing is not None
    assert sites.standby.standing.duty is Duty.RESTING
    assert sites.standby.standing.primary is Evidence.ALIVE


async def test_a_living_site_makes_no_write_but_for_the_lease(sites: TwoSites) -> None:
    await settled(sites)
    ledger = sites.primary.ledger
    await sites.check(15)
    assert sites.primary.ledger == ledger


async def test_a_site_that_dies_loses_the_name_and_gets_it_back(sites: TwoSites) -> None:
    await settled(sites)
    sites.primary.runs = False
    await sites.kill_service(PRIMARY_AT)
    await sites.check(20)
    assert sites.moves == [P, S]
    sites.primary.runs = True
    await sites.check(10)
    assert sites.moves == [P, S], "its service does not answer yet"
    await sites.revive_service(PRIMARY_AT)
    await sites.check(10)
    assert sites.moves == [P, S, P]


async def test_a_program_that_dies_alone_moves_nothing(sites: TwoSites) -> None:
    await settled(sites)
    sites.primary.runs = False
    await sites.check(30)
    assert sites.moves == [P]


async def test_a_service_that_dies_alone_moves_nothing_while_the_lease_is_renewed(
    sites: TwoSites,
) -> None:
    await settled(sites)
    await sites.kill_service(PRIMARY_AT)
    await sites.check(30)
    assert sites.moves == [P]


async def test_a_primary_that_knows_its_service_hands_over_when_that_dies(sites: TwoSites) -> None:
    sites.primary.service_known = True
    await settled(sites)
    await sites.kill_service(PRIMARY_AT)
    await sites.check(25)
    assert sites.moves == [P, S]
    await sites.revive_service(PRIMARY_AT)
    await sites.check(10)
    assert sites.moves == [P, S, P]


async def test_checks_are_spread_over_time_however_often_they_are_asked_for(
    sites: TwoSites,
) -> None:
    await settled(sites)
    sites.primary.runs = False
    await sites.kill_service(PRIMARY_AT)
    for _ in range(10):
        await sites.standby.check()
    assert sites.standby.standing is not None
    assert sites.standby.standing.dead == 0
    await sites.check(2)
    assert sites.standby.standing.dead == 2


async def test_a_restart_goes_on_where_it_was(sites: TwoSites) -> None:
    await settled(sites)
    sites.primary.restart()
    await sites.check()
    assert sites.primary.standing is not None
    assert sites.primary.standing.duty is Duty.ACTIVE


async def test_what_the_other_site_changed_is_not_believed_to_hold(sites: TwoSites) -> None:
    await settled(sites)
    sites.primary.runs = False
    await sites.kill_service(PRIMARY_AT)
    await sites.check(20)
    sites.primary.runs = True
    await sites.check()
    assert sites.primary.keeper is not None
    assert {each.published for each in sites.primary.keeper.report.records} == {None}


async def test_a_refused_key_stops_all_calls_until_a_person_acts(sites: TwoSites) -> None:
    sites.primary.key = "d3Jvbmc="
    await sites.check()
    assert sites.primary.standing is not None
    assert sites.primary.standing.duty is Duty.BLIND
    assert sites.primary.keeper is not None
    assert sites.primary.keeper.report.status.value == "auth_rejected"
    steps = sites.primary.fate.steps
    await sites.check(5)
    sites.primary.restart()
    await sites.check(5)
    kept = 2 * 10  # what is stored at each check
    assert sites.primary.fate.steps == steps + kept


async def test_a_site_that_cannot_read_the_lease_does_nothing(sites: TwoSites) -> None:
    await settled(sites)
    sites.server.stop()
    try:
        sites.clock.now += CHECK
        await sites.primary.check()
        assert sites.primary.standing is not None
        assert sites.primary.standing.duty is Duty.BLIND
        assert sites.primary.standing.message
    finally:
        sites.server.start()


async def test_a_site_without_an_address_takes_nothing(sites: TwoSites) -> None:
    await sites.primary.check(has_address=False)
    assert sites.primary.standing is not None
    assert sites.primary.standing.message == "The address of this site is not known."
    assert sites.server.ask(lease_name(Program.name), "TXT") == []


@pytest.mark.parametrize("step", [1, 2, 4, 5, 7, 9, 12])
@pytest.mark.parametrize("who", ["primary", "standby"])
async def test_either_may_die_at_every_step(sites: TwoSites, who: str, step: int) -> None:
    """Each phase of a take-over and a give-back is begun with a death at its n-th step."""
    program: Program = getattr(sites, who)
    program.dies_after(step)
    await sites.check(7)
    await sites.kill_service(PRIMARY_AT)
    sites.primary.runs = False
    program.dies_after(step)
    await sites.check(20)
    assert sites.moves == [P, S]
    await sites.revive_service(PRIMARY_AT)
    sites.primary.runs = True
    program.dies_after(step)
    await sites.check(12)
    assert sites.moves == [P, S, P]
    assert program.deaths >= 2


def test_what_is_kept_is_read_back_and_forgotten_after_a_pause(sites: TwoSites) -> None:
    memory = Memory(dead=2, since=sites.now)
    kept = memory_data(memory, sites.now)
    assert read_memory(kept, sites.now) == memory
    assert read_memory(kept, sites.now + 10 * TERMS.call) == Memory()
    assert read_memory(kept | {"since": "yesterday"}, sites.now) == Memory()
    assert read_memory(None, sites.now) == Memory()
