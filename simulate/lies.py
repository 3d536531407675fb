"""Sources that lie: whatever a minority of operators says, it is never published."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address
from random import Random
from typing import TYPE_CHECKING, Final

from custom_components.smb_ddns_sync.ddns.address import Addresses, Family
from custom_components.smb_ddns_sync.ddns.ledger import Ledger
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.reconcile import RecordKeeper
from custom_components.smb_ddns_sync.ddns.source import Answer, NoAnswer, Operator, SourceId
from custom_components.smb_ddns_sync.ddns.vote import Agreed, vote

from .provider import FakeProvider
from .virtual import BrokenPromiseError, VirtualClock, run

if TYPE_CHECKING:
    from collections.abc import Sequence

HOME: Final = DnsName("home.example.net")
_CYCLE: Final = timedelta(minutes=5)
_FAILURES: Final = tuple(NoAnswer)
# Addresses that a captive portal, a proxy, a router or a cache would name, besides chance.
_USUAL_LIES: Final = tuple(
    IPv4Address(text)
    for text in ("192.168.1.1", "100.64.0.9", "127.0.0.1", "0.0.0.0", "104.16.1.1", "169.254.1.1")
)


@dataclass(frozen=True, slots=True)
class Site:
    """The site's addresses: the one that it has, and the one that it had before."""

    now: IPv4Address
    before: IPv4Address


@dataclass(frozen=True, slots=True)
class LiesPlayed:
    """How a play of lies went."""

    cycles: int
    agreed: int
    writes: int
    changes: int


def _public_address(random: Random) -> IPv4Address:
    # 5.0.0.0/8 is all public.
    return IPv4Address(0x05000000 | random.getrandbits(24))


def _lie(random: Random, site: Site, shared: IPv4Address) -> IPv4Address | NoAnswer:
    match random.randrange(6):
        case 0:
            return site.before  # a stale cache
        case 1:
            return random.choice(_USUAL_LIES)
        case 2:
            return random.choice(_FAILURES)
        case 3:
            return _public_address(random)
        case _:
            return shared  # all liars conspire


def answers_of(random: Random, operators: int, site: Site) -> Sequence[Answer]:
    """Return what the sources say, of whom a minority of operators lies; each has up to 2 hosts."""
    liars = set(random.sample(range(operators), random.randint(0, (operators - 1) // 2)))
    shared = _public_address(random)
    answers: list[Answer] = []
    for number in range(operators):
        operator = Operator(f"operator{number}")
        for host in range(random.choice((1, 1, 2))):
            found: IPv4Address | NoAnswer = site.now
            if number in liars:
                found = _lie(random, site, shared)
            elif random.random() < 0.05:  # noqa: PLR2004 - honest, and down for once
                found = random.choice(_FAILURES)
            answers.append(Answer(SourceId(f"source{number}-{host}"), operator, Family.IPV4, found))
    return answers


def play_lies(cycles: int, seed: int) -> LiesPlayed:
    """Play detection and publishing, with a minority of operators lying in every cycle.

    The quorum is a majority of the operators, as the settings advise. Raises `BrokenPromiseError`
    where an address was published that the site did not have.
    """
    random = Random(seed)
    clock = VirtualClock()
    site = Site(_public_address(random), _public_address(random))
    provider = FakeProvider(random, clock)
    keeper = RecordKeeper(
        provider, [HOME], frozenset({Family.IPV4}), Ledger(), clock, random=random
    )
    operators, agreed, changes, wanted = 5, 0, 0, Addresses()
    for cycle in range(cycles):
        if random.random() < 0.01:  # noqa: PLR2004 - a change every eight hours
            site = Site(_public_address(random), site.now)
            changes += 1
        if random.random() < 0.01:  # noqa: PLR2004 - the user changes the settings
            operators = random.choice((3, 4, 5, 7, 10))
        clock.advance(_CYCLE)
        verdict = vote(answers_of(random, operators, site), operators // 2 + 1)
        written = len(provider.writes)
        wanted = Addresses()
        if isinstance(verdict, Agreed):
            agreed += 1
            wanted = Addresses.gather([verdict.address])
        run(keeper.reconcile(wanted))
        for write in provider.writes[written:]:
            if write.address != site.now:
                raise BrokenPromiseError(
                    f"seed {seed}, cycle {cycle}: {write.address} was published, and the site had "
                    f"{site.now}"
                )
    return LiesPlayed(cycles, agreed, len(provider.writes), changes)
