"""Off-site failover: who may point the name to itself, and that it is never both."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.standby import (
    Decision,
    Evidence,
    Lease,
    Memory,
    Role,
    Site,
    Terms,
    TextChange,
    View,
    Wish,
    decide,
    lease_name,
    read_text,
)
from simulate.standby import TwoSites, play_two_sites

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TERMS = Terms()
PRIMARY = Site("p", Role.PRIMARY, TERMS)
STANDBY = Site("s", Role.STANDBY, TERMS)
HERE = "81.2.69.142"
PROVED = Memory(dead=TERMS.checks)


def lease(owner: str, minutes: float | None, epoch: int = 3) -> str:
    until = None if minutes is None else NOW + timedelta(minutes=minutes)
    return Lease(owner, epoch, until).text


def wish(owner: str, minutes: float = 10) -> str:
    return Wish(owner, "1.1.1.1", NOW + timedelta(minutes=minutes)).text


def check(
    site: Site,
    *texts: str,
    memory: Memory | None = None,
    primary: Evidence = Evidence.DEAD,
    address: str | None = HERE,
) -> Decision:
    return decide(site, memory or Memory(), View(NOW, frozenset(texts), primary, address))


def written(decision: Decision) -> Lease | Wish | None:
    return None if decision.change is None else read_text(decision.change.text)


NEXT = Lease("s", 4, NOW + TERMS.term)


def test_a_standby_leaves_a_living_primary_alone() -> None:
    memory = Memory()
    for _ in range(50):
        decision = check(STANDBY, memory=memory, primary=Evidence.ALIVE)
        assert (decision.change, decision.may_publish) == (None, False)
        memory = decision.memory


def test_a_standby_takes_the_name_after_some_checks_in_a_row() -> None:
    memory = Memory()
    for _ in range(TERMS.checks - 1):
        decision = check(STANDBY, lease("p", -5), memory=memory)
        assert decision.change is None
        memory = decision.memory
    assert check(STANDBY, lease("p", -5), memory=memory).change == TextChange(
        NEXT.text, lease("p", -5)
    )


def test_one_answer_begins_the_count_anew() -> None:
    seen = check(STANDBY, lease("p", -5), memory=PROVED, primary=Evidence.ALIVE)
    assert seen.memory.dead == 0
    assert check(STANDBY, lease("p", -5), memory=seen.memory).change is None


def test_a_site_that_is_offline_itself_counts_nothing() -> None:
    assert check(STANDBY, primary=Evidence.UNKNOWN).memory.dead == 0


@pytest.mark.parametrize("minutes", [5, 0.5, -0.5])
def test_a_lease_that_is_renewed_holds_against_a_cut_between_the_sites(minutes: float) -> None:
    decision = check(STANDBY, lease("p", minutes), memory=PROVED)
    assert (decision.change, decision.may_publish) == (None, False)


def test_a_lease_counts_only_once_it_has_stood_for_a_while() -> None:
    first = check(STANDBY, lease("s", 9), memory=PROVED)
    assert not first.may_publish
    assert first.memory.since == NOW
    stood = Memory(dead=9, since=NOW - TERMS.settle)
    assert check(STANDBY, lease("s", 9), memory=stood).may_publish


def test_a_lease_is_renewed_at_half_its_time() -> None:
    stood = Memory(since=NOW - timedelta(hours=1))
    assert check(PRIMARY, lease("p", 6), memory=stood).change is None
    renewed = check(PRIMARY, lease("p", 4), memory=stood)
    assert written(renewed) == Lease("p", 4, NOW + TERMS.term)
    assert renewed.may_publish


def test_a_lease_that_is_about_to_end_allows_nothing() -> None:
    stood = Memory(since=NOW - timedelta(hours=1))
    decision = check(PRIMARY, lease("p", 0.5), memory=stood)
    assert (decision.change, decision.may_publish) == (None, False)


def test_what_cannot_be_read_allows_nothing() -> None:
    stood = Memory(dead=9, since=NOW - timedelta(hours=1))
    decision = decide(STANDBY, stood, View(NOW, None, Evidence.DEAD, HERE))
    assert (decision.change, decision.may_publish) == (None, False)


def test_a_primary_that_comes_back_asks_for_its_name() -> None:
    decision = check(PRIMARY, lease("s", 5))
    assert written(decision) == Wish("p", HERE, NOW + TERMS.term)
    assert not decision.may_publish
    assert check(PRIMARY, lease("s", 5), Wish("p", HERE, NOW + TERMS.term).text).change is None


def test_a_wish_is_written_anew_when_it_runs_out_or_the_address_changed() -> None:
    old = wish("p", 9)
    assert check(PRIMARY, lease("s", 5), old).change == TextChange(
        Wish("p", HERE, NOW + TERMS.term).text, old
    )


def test_the_standby_gives_the_name_back_once_the_primary_answers() -> None:
    stood = Memory(since=NOW - timedelta(hours=1))
    waits = check(STANDBY, lease("s", 9), wish("p"), memory=stood, primary=Evidence.DEAD)
    assert waits.change is None
    gives = check(STANDBY, lease("s", 9), wish("p"), memory=stood, primary=Evidence.ALIVE)
    assert written(gives) == Lease("s", 4, None)
    assert not gives.may_publish


def test_the_primary_takes_what_was_given_back_at_once() -> None:
    assert written(check(PRIMARY, lease("s", None))) == Lease("p", 4, NOW + TERMS.term)


def test_a_primary_whose_own_service_is_dead_lets_its_lease_run_out() -> None:
    stood = Memory(dead=9, since=NOW - timedelta(hours=1))
    held = check(PRIMARY, lease("p", 4), memory=stood)
    assert (held.change, held.may_publish) == (None, True)
    assert check(PRIMARY, lease("p", -5), memory=stood).change is None
    assert check(PRIMARY, lease("s", 5), memory=stood).change is None
    revived = check(PRIMARY, lease("s", 5), memory=stood, primary=Evidence.ALIVE)
    assert written(revived) == Wish("p", HERE, NOW + TERMS.term)


def test_a_site_without_an_address_takes_nothing() -> None:
    assert check(PRIMARY, lease("s", None), address=None).change is None
    assert check(STANDBY, memory=PROVED, address=None).change is None


def test_foreign_texts_mean_nothing() -> None:
    texts = ("v=spf1 -all", "smb-ddns-lease,owner=x", "smb-ddns-lease,owner=x,epoch=y,until=z", "")
    assert all(read_text(text) is None for text in texts)
    assert written(check(STANDBY, *texts, memory=PROVED)) == Lease("s", 1, NOW + TERMS.term)


def test_of_several_leases_the_latest_counts() -> None:
    decision = check(STANDBY, lease("p", -50, 1), lease("p", 5, 2), memory=PROVED)
    assert decision.change is None


def test_texts_are_read_as_they_were_written() -> None:
    for each in (Lease("a", 7, NOW), Lease("a", 8, None), Wish("a", "2a02::1", NOW)):
        assert read_text(each.text) == each


def test_the_lease_stands_beside_the_name() -> None:
    assert lease_name(DnsName("home.example.com")) == "_smb-ddns.home.example.com"
    assert lease_name(DnsName("*.example.com")) == "_smb-ddns.example.com"


def test_times_with_which_two_could_hold_it_are_refused() -> None:
    with pytest.raises(ValueError, match="outlast"):
        Terms(settle=timedelta(seconds=30))
    with pytest.raises(ValueError, match="death"):
        Terms(checks=0)


# Two sites.


def test_the_name_moves_when_the_primary_dies_and_comes_back_with_it() -> None:
    world = TwoSites(seed=1)
    world.pass_time(timedelta(minutes=30))
    assert world.name == "P"
    world.primary.alive = False
    world.pass_time(timedelta(minutes=30))
    assert world.name == "S"
    world.primary.alive = True
    world.pass_time(timedelta(minutes=30))
    assert world.moves == ["S", "P"]


def test_a_cut_between_the_sites_moves_nothing() -> None:
    world = TwoSites(seed=2)
    world.pass_time(timedelta(minutes=30))
    world.cut = True
    world.pass_time(timedelta(hours=6))
    assert world.moves == []


def test_a_service_that_dies_hands_the_name_over_though_its_site_lives() -> None:
    world = TwoSites(seed=3)
    world.pass_time(timedelta(minutes=30))
    world.service_alive = False
    world.pass_time(timedelta(minutes=40))
    assert world.name == "S"
    world.service_alive = True
    world.pass_time(timedelta(minutes=30))
    assert world.moves == ["S", "P"]


@pytest.mark.parametrize("seed", range(15))
def test_through_all_faults_never_both_hold_the_name(seed: int) -> None:
    play_two_sites(seed)
