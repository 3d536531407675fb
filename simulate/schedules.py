"""Providers that fail, and programs that crash: no record is destroyed, and no call is rude."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
from random import Random
from typing import TYPE_CHECKING, Final

from custom_components.smb_ddns_sync.ddns.address import Address, Addresses, Family
from custom_components.smb_ddns_sync.ddns.ledger import Ledger
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.provider import Budget
from custom_components.smb_ddns_sync.ddns.reconcile import RecordKeeper
from custom_components.smb_ddns_sync.ddns.report import RecordStatus

from .provider import CrashError, FakeProvider, Faults
from .virtual import BrokenPromiseError, VirtualClock, run

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES: Final = tuple(DnsName(f"{label}.example.net") for label in ("home", "nas", "cam"))
_BOTH: Final = frozenset(Family)
_EVENTS: Final = 30
_DAY: Final = timedelta(days=1)


class Play:
    """One record with its program, which may crash at every call and at every save."""

    def __init__(self, seed: int) -> None:
        self.random: Final = Random(seed)
        self.clock: Final = VirtualClock()
        self.provider: Final = FakeProvider(
            self.random,
            self.clock,
            Faults(trouble=self.random.choice((0.0, 0.2, 0.6)), crash=0.05),
            can_look=self.random.random() < 0.5,  # noqa: PLR2004 - a coin
            deletes=self.random.random() < 0.5,  # noqa: PLR2004 - a coin
            budget=self.random.choice((None, Budget(6, _DAY))),
        )
        self.save_crash = 0.02
        self.stored: Mapping[str, object] = {}
        self.site = Addresses()
        self.had: Final[set[Address]] = set()
        self._start()

    def _start(self) -> None:
        self.ledger = Ledger.from_dict(self.stored)
        self.keeper = RecordKeeper(
            self.provider,
            _NAMES,
            _BOTH,
            self.ledger,
            self.clock,
            save=self._save,
            random=self.random,
            budget=self.provider.budget,
        )

    async def _save(self) -> None:
        if self.random.random() < self.save_crash:
            if self.random.random() < 0.5:  # noqa: PLR2004 - a coin
                self.stored = self.ledger.as_dict()
            else:
                self.provider.answer_was_lost()
            raise CrashError
        self.stored = self.ledger.as_dict()

    def restart(self) -> None:
        """Begin again with what was stored last; what was not stored is forgotten."""
        kept = Ledger.from_dict(self.stored)
        for name in _NAMES:
            for family in Family:
                entry = kept.entry(name, family)
                if entry.intent is not None or entry.published is None:
                    self.provider.client_is_in_doubt(name, family)
        self._start()

    def reconcile(self, known: Addresses, *, forced: bool = False) -> None:
        """Let one round happen, with all that may go wrong, and see that nothing was destroyed."""
        before: Mapping[tuple[DnsName, Family], Address] = dict(self.provider.records)
        if forced:
            for name in _NAMES:
                for family in Family:
                    self.provider.client_is_in_doubt(name, family)
        try:
            run(self.keeper.reconcile(known, forced=forced))
        except CrashError:
            self.restart()
        gone = before.keys() - self.provider.records.keys()
        if gone:
            raise BrokenPromiseError(f"records were destroyed: {sorted(map(str, gone))}")
        foreign = set(self.provider.records.values()) - self.had
        if foreign:
            raise BrokenPromiseError(f"an address was published that the site never had: {foreign}")
        for record in self.keeper.report.records:
            if record.status is RecordStatus.IN_SYNC:
                held = self.provider.records.get((record.name, record.family))
                if held != record.published:
                    raise BrokenPromiseError(f"{record.name} is told to be in sync, and is {held}")

    def step(self) -> None:
        """Let one thing happen."""
        match self.random.randrange(12):
            case 0 | 1 | 2:
                self._move()
                self.reconcile(self.site)
            case 3 | 4:
                self.reconcile(self.site)
            case 5:
                self.reconcile(Addresses())  # the detection failed
            case 6:
                only = self.random.choice(tuple(Family))
                self.reconcile(self.site.only({only}))
            case 7:
                self.reconcile(self.site, forced=True)
            case 8:
                self.restart()
            case 9:
                self.provider.person_acts()
                self.keeper.resume()
                self.reconcile(self.site)
            case _:
                minutes = self.random.choice((0, 1, 7, 60, 600, 2880))
                self.clock.advance(timedelta(minutes=minutes))

    def _move(self) -> None:
        """Let the site have new addresses, of one family or both."""
        ipv4 = IPv4Address(0x05000000 | self.random.getrandbits(24))
        ipv6 = IPv6Address((0x2A02 << 112) | self.random.getrandbits(64))
        moved = self.random.choice(((ipv4,), (ipv6,), (ipv4, ipv6)))
        self.site = Addresses.gather((self.site.ipv4, self.site.ipv6, *moved))
        self.had.update(moved)

    def heal(self) -> None:
        """Let everything work again; one round puts all right, and the next does nothing."""
        self.provider.faults = Faults()
        self.save_crash = 0.0
        self.provider.person_acts()
        self.keeper.resume()
        # A budget spreads what there is to do over days.
        for _ in range(1 if self.provider.budget is None else 3):
            self.clock.advance(3 * _DAY)
            self.reconcile(self.site)
        for name in _NAMES:
            for family in Family:
                wanted = self.site.of(family)
                held = self.provider.records.get((name, family))
                if wanted is not None and held != wanted:
                    raise BrokenPromiseError(f"{name} holds {held} after all, not {wanted}")
        calls = self.provider.calls
        for _ in range(3):
            self.clock.advance(_DAY)
            self.restart()
            self.reconcile(self.site)
        if self.provider.calls != calls:
            raise BrokenPromiseError("calls were made although nothing had changed")


@dataclass(frozen=True, slots=True)
class SchedulesPlayed:
    """How a play of schedules went."""

    schedules: int
    calls: int
    writes: int


def play_schedule(seed: int) -> Play:
    """Play one schedule. Raises `BrokenPromiseError` with the seed where a promise did not hold."""
    play = Play(seed)
    try:
        for _ in range(_EVENTS):
            play.step()
        play.heal()
    except BrokenPromiseError as broken:
        raise BrokenPromiseError(f"seed {seed}: {broken}") from broken
    return play


def play_schedules(schedules: int, seed: int) -> SchedulesPlayed:
    """Play schedules of the seeds from `seed` on. Raises `BrokenPromiseError`."""
    calls = writes = 0
    for each in range(seed, seed + schedules):
        play = play_schedule(each)
        calls += play.provider.calls
        writes += len(play.provider.writes)
    return SchedulesPlayed(schedules, calls, writes)
