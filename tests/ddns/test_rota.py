"""Whom to ask when."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, override

from hypothesis import given, settings
from hypothesis import strategies as st

from custom_components.smb_ddns_sync.ddns.address import Address, Family
from custom_components.smb_ddns_sync.ddns.detect import Detection
from custom_components.smb_ddns_sync.ddns.rota import PROBE_INTERVAL, AskAll, Probe, Rest, Rota
from custom_components.smb_ddns_sync.ddns.source import Answer, NoAnswer, SourceKind
from custom_components.smb_ddns_sync.ddns.vote import vote

from .builders import OTHER_V4, PRIVATE_V4, THIRD_V4, V4, FakeClock
from .test_detect import Says

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custom_components.smb_ddns_sync.ddns.rota import Turn
    from custom_components.smb_ddns_sync.ddns.source import Source

INTERVAL: Final = timedelta(minutes=5)
HTTP, DNS, STUN, ROUTER = SourceKind.HTTP, SourceKind.DNS, SourceKind.STUN, SourceKind.ROUTER


@dataclass
class Kind(Says):
    """A source of any kind that says one thing."""

    of: SourceKind = HTTP

    @property
    @override
    def kind(self) -> SourceKind:
        return self.of

    def answer(self) -> Answer:
        """Return what it says."""
        return Answer(self.id, self.operator, Family.IPV4, self.found, self.kind)


def http(*names: str, found: Address | NoAnswer = V4) -> list[Kind]:
    return [Kind(name, found) for name in names]


def stun(*names: str, found: Address | NoAnswer = V4) -> list[Kind]:
    return [Kind(name, found, of=STUN) for name in names]


def router(found: Address | NoAnswer = V4) -> Kind:
    return Kind("router", found, of=ROUTER)


@dataclass
class Site:
    """A site whose sources are asked in turn, on a clock that only tests move."""

    sources: Sequence[Kind]
    clock: FakeClock = field(default_factory=FakeClock)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    votes: int = 0

    def __post_init__(self) -> None:
        self.rota = Rota(self.sources, Family.IPV4, INTERVAL)

    def turn(self) -> Turn:
        """Let one turn be taken, and return it."""
        now = self.clock()
        turn = self.rota.turn(now)
        match turn:
            case AskAll():
                answers = tuple(source.answer() for source in self.sources)
                self.rota.note_vote(Detection(Family.IPV4, vote(answers, 2), answers), now)
                self.votes += 1
            case Probe(sources):
                self.asked.append(tuple(source.id for source in sources))
                self.rota.note_probe([_of(source).answer() for source in sources], now)
            case Rest():
                pass
        return turn

    def run(self, time: timedelta, step: timedelta = PROBE_INTERVAL) -> None:
        """Let turns be taken for a time."""
        end = self.clock() + time
        while self.clock() < end:
            self.clock.advance(step)
            self.turn()

    def say(self, found: Address | NoAnswer) -> None:
        """Let all sources say this from now on."""
        for source in self.sources:
            source.found = found


def _of(source: Source) -> Kind:
    assert isinstance(source, Kind)
    return source


def begun(*sources: Kind) -> Site:
    """Return a site that has voted once."""
    site = Site(sources)
    site.turn()
    return site


def test_it_begins_with_a_vote() -> None:
    assert isinstance(Site(http("a", "b")).turn(), AskAll)


def test_a_probe_asks_one_quick_public_source_in_turn() -> None:
    site = begun(*http("a", "b"), *stun("x", "y", "z"))
    site.run(timedelta(minutes=4))
    assert {len(asked) for asked in site.asked} == {1}
    assert [name for (name,) in site.asked[:6]] == ["x", "y", "z"] * 2
    assert site.votes == 1


def test_no_public_source_is_probed_before_its_rest_is_over() -> None:
    site = begun(*http("a", "b"), *stun("x"))
    site.run(timedelta(minutes=4))
    assert len(site.asked) == 4


def test_what_is_in_the_house_is_asked_with_every_probe() -> None:
    site = begun(*http("a", "b"), router())
    site.run(timedelta(minutes=4))
    assert site.asked == [("router",)] * 8


def test_with_web_sources_only_two_are_asked_each_interval() -> None:
    site = begun(*http("a", "b", "c"))
    site.run(INTERVAL * 3, step=INTERVAL)
    assert site.asked == [("a", "b"), ("c", "a"), ("b", "a")]
    assert site.votes == 1


def test_all_are_asked_every_twelve_intervals_though_nothing_is_suspicious() -> None:
    site = begun(*http("a", "b"), *stun("x", "y"))
    site.run(INTERVAL * 12 - PROBE_INTERVAL)
    assert site.votes == 1
    site.run(PROBE_INTERVAL)
    assert site.votes == 2


def test_another_address_calls_for_a_vote_at_the_next_turn() -> None:
    site = begun(*http("a", "b"), *stun("x", "y"))
    site.run(timedelta(minutes=4))
    site.say(OTHER_V4)
    site.run(PROBE_INTERVAL)
    assert isinstance(site.turn(), AskAll)
    assert site.rota.turn(site.clock()) == Rest()


def test_a_change_is_seen_within_a_probe_and_a_turn() -> None:
    site = begun(*http("a", "b"), *stun("x", "y"))
    site.run(timedelta(minutes=30))
    votes = site.votes
    site.say(OTHER_V4)
    site.clock.advance(PROBE_INTERVAL)
    site.turn()
    site.turn()
    assert site.votes == votes + 1


def test_a_source_that_always_lies_calls_for_nothing() -> None:
    site = begun(*http("a", "b"), *stun("x", "y"), *stun("liar", found=OTHER_V4))
    site.run(timedelta(minutes=50))
    assert site.votes == 1


def test_a_source_that_says_something_else_each_time_asks_for_votes_ever_less() -> None:
    fickle = stun("fickle", found=OTHER_V4)[0]
    site = begun(*http("a", "b"), *stun("x"), fickle)
    for number in range(110):
        fickle.found = THIRD_V4 if number % 2 else OTHER_V4
        site.run(PROBE_INTERVAL)
    assert site.votes <= 2 + 55 / 5 + 3


def test_silence_is_no_suspicion_but_ends_in_a_vote_after_the_interval() -> None:
    site = begun(*http("a", "b"), *stun("x", "y"))
    site.run(timedelta(minutes=1))
    site.say(NoAnswer.TIMED_OUT)
    site.run(timedelta(minutes=4))
    assert site.votes == 1
    site.run(timedelta(minutes=2))
    assert site.asked[-1][-2:] == ("a", "b")
    assert site.votes == 2


def test_while_nothing_is_known_votes_follow_the_interval() -> None:
    site = begun(*http("a", "b", found=NoAnswer.UNREACHABLE))
    site.run(INTERVAL * 3)
    assert site.votes == 4


def test_a_line_that_comes_back_is_noticed_by_a_probe() -> None:
    site = begun(*http("a", "b"), *stun("x", "y"))
    site.say(NoAnswer.UNREACHABLE)
    site.run(timedelta(minutes=12))
    site.say(OTHER_V4)
    votes = site.votes
    site.run(timedelta(minutes=1, seconds=30))
    assert site.votes == votes + 1


def test_a_silent_router_is_not_asked_between_votes() -> None:
    site = begun(*http("a", "b"), *stun("x", "y"), router(NoAnswer.NOT_OFFERED))
    site.run(timedelta(minutes=4))
    assert not any("router" in asked for asked in site.asked)


def test_another_address_behind_the_nat_calls_for_a_vote() -> None:
    inner = router(PRIVATE_V4)
    site = begun(*http("a", "b"), *stun("x", "y"), inner)
    site.run(timedelta(minutes=2))
    assert site.votes == 1
    inner.found = V4
    site.run(timedelta(minutes=1))
    assert site.votes == 1  # it is what is known: the NAT is gone, and the next vote says so
    inner.found = OTHER_V4
    site.run(timedelta(minutes=1))
    assert site.votes == 2


def test_a_push_is_a_vote_at_once() -> None:
    site = begun(*http("a", "b"), *stun("x", "y"))
    site.rota.suspect()
    assert isinstance(site.turn(), AskAll)
    assert not isinstance(site.turn(), AskAll)


def test_a_clock_that_was_set_back_makes_nobody_wait() -> None:
    site = begun(*http("a", "b"), *stun("x", "y"))
    site.clock.advance(-timedelta(days=400))
    assert isinstance(site.turn(), AskAll)


def test_only_sources_that_know_the_family_are_asked() -> None:
    other = Kind("other", V4, frozenset({Family.IPV6}), of=STUN)
    assert not Rota([other], Family.IPV4, INTERVAL).has_quick_sources
    assert Rota([other], Family.IPV6, INTERVAL).has_quick_sources


@settings(deadline=None)
@given(st.lists(st.sampled_from([V4, OTHER_V4, NoAnswer.TIMED_OUT]), min_size=1, max_size=60))
def test_no_source_is_ever_asked_more_than_twice_a_minute_by_probes_and_votes(
    course: list[Address | NoAnswer],
) -> None:
    site = begun(*http("a", "b"), *stun("x", "y"))
    began = site.clock()
    for found in course:
        site.say(found)
        site.run(PROBE_INTERVAL)
    minutes = (site.clock() - began) / timedelta(minutes=1)
    for name in ("x", "y"):
        probes = sum(name in asked for asked in site.asked)
        assert probes <= minutes + 1
    assert site.votes <= minutes + 2
