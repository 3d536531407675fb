"""A month of a site whose line flaps: what it costs, and how long a change takes."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address
from random import Random
from typing import Final

from custom_components.smb_ddns_sync.ddns.address import Addresses, Family
from custom_components.smb_ddns_sync.ddns.ledger import Ledger
from custom_components.smb_ddns_sync.ddns.reconcile import RecordKeeper
from custom_components.smb_ddns_sync.ddns.vote import Agreed, vote

from .lies import HOME, Site, answers_of
from .provider import FakeProvider
from .virtual import BrokenPromiseError, VirtualClock, run

_CYCLE: Final = timedelta(minutes=5)
_OPERATORS: Final = 5


@dataclass(frozen=True, slots=True)
class DaysPlayed:
    """How a play of days went."""

    days: int
    changes: int
    calls: int
    restarts: int


def play_days(days: int, seed: int) -> DaysPlayed:
    """Play days of five-minute cycles with flaps, outages, liars, and a restart a day.

    Raises `BrokenPromiseError` where there were more calls than changes of the address.
    """
    random, clock = Random(seed), VirtualClock()
    provider = FakeProvider(random, clock)
    addresses = [IPv4Address(0x05000000 | random.getrandbits(24)) for _ in range(2)]
    site = Site(addresses[0], addresses[1])
    changes, restarts, kept = 1, 0, Ledger().as_dict()

    def begin() -> tuple[RecordKeeper, Ledger]:
        ledger = Ledger.from_dict(kept)
        families = frozenset({Family.IPV4})
        return RecordKeeper(provider, [HOME], families, ledger, clock, random=random), ledger

    keeper, ledger = begin()
    for cycle in range(days * 288):
        clock.advance(_CYCLE)
        if random.random() < 0.01:  # noqa: PLR2004 - some three changes a day
            site = Site(IPv4Address(0x05000000 | random.getrandbits(24)), site.now)
            changes += 1
        known = Addresses()
        if random.random() > 0.02:  # noqa: PLR2004 - else the line is down
            verdict = vote(answers_of(random, _OPERATORS, site), _OPERATORS // 2 + 1)
            if isinstance(verdict, Agreed):
                known = Addresses.gather([verdict.address])
        run(keeper.reconcile(known))
        kept = ledger.as_dict()
        if cycle % 288 == 0:
            keeper, ledger = begin()
            restarts += 1
    if provider.calls > changes:
        raise BrokenPromiseError(
            f"seed {seed}: {provider.calls} calls were made for {changes} changes"
        )
    return DaysPlayed(days, changes, provider.calls, restarts)
