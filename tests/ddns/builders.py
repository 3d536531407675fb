"""What tests are made of: addresses, a clock, and a provider that does as it is told."""

import asyncio
from collections import defaultdict, deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from random import Random
from typing import TYPE_CHECKING, Final, override
from unittest.mock import patch

from custom_components.smb_ddns_sync.ddns.address import Address, Addresses, Family
from custom_components.smb_ddns_sync.ddns.ledger import Ledger
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.outcome import (
    Applied,
    BadAnswer,
    Outcome,
    Trouble,
    Unchanged,
    Unconfirmed,
)
from custom_components.smb_ddns_sync.ddns.provider import Budget, Expiry, Provider
from custom_components.smb_ddns_sync.ddns.reconcile import RecordKeeper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from demo.web_server import WebServer

V4: Final = IPv4Address("81.2.69.142")
OTHER_V4: Final = IPv4Address("89.160.20.112")
THIRD_V4: Final = IPv4Address("175.16.199.37")
V6: Final = IPv6Address("2a02:d300::1")
OTHER_V6: Final = IPv6Address("2a02:d300::2")
PRIVATE_V4: Final = IPv4Address("192.168.1.10")

HOME: Final = DnsName("home.example.com")
WORK: Final = DnsName("work.example.com")

ONLY_V4: Final = frozenset({Family.IPV4})
BOTH: Final = frozenset(Family)


def at(*addresses: Address) -> Addresses:
    """Return what is known of the site."""
    return Addresses.gather(addresses)


async def until(condition: Callable[[], bool]) -> None:
    """Return once a condition holds."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)


@asynccontextmanager
async def no_patience_for(server: WebServer) -> AsyncIterator[None]:
    """Let five minutes pass for the event loop whenever a server answers with a fault.

    Whoever waits for an answer that never comes has then waited as long as it ever would.
    """
    loop = asyncio.get_running_loop()
    true_time = loop.time
    passed = 0.0

    async def pass_time() -> None:
        nonlocal passed
        seen = server.faults
        while True:
            while server.faults == seen:  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.001)
            seen = server.faults
            passed += 300

    with patch.object(loop, "time", lambda: true_time() + passed):
        passing = asyncio.create_task(pass_time())
        try:
            yield
        finally:
            passing.cancel()


class FakeClock:
    """A clock that only tests move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


class NoJitter(Random):
    """Chance that never adds anything."""

    @override
    def random(self) -> float:
        return 0.0


@dataclass(frozen=True, slots=True)
class Published:
    """One call of `publish`."""

    name: DnsName
    families: frozenset[Family]
    addresses: Addresses
    held: Addresses


@dataclass(frozen=True, slots=True)
class Fails:
    """What the next call does: fail so, after or before it made the change."""

    trouble: Trouble
    landed: bool = False


@dataclass
class ScriptedProvider(Provider):
    """A provider with records of its own, whose next calls fail as told."""

    name: str = "scripted"
    interval: timedelta = timedelta(0)
    can_look: bool = True
    records: dict[tuple[DnsName, Family], Address] = field(default_factory=dict)
    published: list[Published] = field(default_factory=list)
    looked: list[tuple[DnsName, Family]] = field(default_factory=list)
    checked: list[Sequence[DnsName]] = field(default_factory=list)
    _script: defaultdict[DnsName, deque[Fails]] = field(default_factory=lambda: defaultdict(deque))
    _looks: deque[Trouble] = field(default_factory=deque)

    def fail(self, name: DnsName, trouble: Trouble, *, landed: bool = False) -> None:
        """Let the next update of a name fail."""
        self._script[name].append(Fails(trouble, landed))

    def fail_look(self, trouble: Trouble) -> None:
        """Let the next look fail."""
        self._looks.append(trouble)

    def heal(self, name: DnsName) -> None:
        """Let no further update of a name fail."""
        self._script[name].clear()

    @property
    def calls(self) -> int:
        """The number of calls of any kind."""
        return len(self.published) + len(self.looked) + len(self.checked)

    @property
    @override
    def identity(self) -> str:
        return self.name

    @property
    @override
    def least_interval(self) -> timedelta:
        return self.interval

    @override
    async def check(self, names: Sequence[DnsName]) -> Mapping[DnsName, Trouble | None]:
        self.checked.append(names)
        return dict.fromkeys(names)

    @override
    async def publish(
        self,
        name: DnsName,
        addresses: Addresses,
        families: frozenset[Family],
        *,
        held: Addresses,
    ) -> Mapping[Family, Outcome]:
        self.published.append(Published(name, families, addresses, held))
        script = self._script[name]
        fails = script.popleft() if script else None
        outcomes: dict[Family, Outcome] = {}
        for family in families:
            address = addresses.of(family)
            assert address is not None
            before = self.records.get((name, family))
            if fails is None or fails.landed:
                self.records[name, family] = address
            if fails is not None:
                outcomes[family] = fails.trouble
            else:
                outcomes[family] = Unchanged(address) if before == address else Applied(address)
        return outcomes

    @override
    async def look_up(self, name: DnsName, family: Family) -> frozenset[Address] | Trouble:
        self.looked.append((name, family))
        if not self.can_look:
            return Unconfirmed("this provider can't be asked")
        if self._looks:
            return self._looks.popleft()
        held = self.records.get((name, family))
        return frozenset() if held is None else frozenset({held})


@dataclass
class Bench:
    """A record keeper with all that it needs, and a face that stores its ledger."""

    provider: ScriptedProvider = field(default_factory=ScriptedProvider)
    clock: FakeClock = field(default_factory=FakeClock)
    names: tuple[DnsName, ...] = (HOME,)
    families: frozenset[Family] = ONLY_V4
    budget: Budget | None = None
    expiry: Expiry | None = None
    ledger: Ledger = field(default_factory=Ledger)
    saved: list[Mapping[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keeper = self._make()

    def _make(self) -> RecordKeeper:
        return RecordKeeper(
            self.provider,
            self.names,
            self.families,
            self.ledger,
            self.clock,
            save=self._save,
            random=NoJitter(),
            budget=self.budget,
            expiry=self.expiry,
        )

    async def _save(self) -> None:
        self.saved.append(self.ledger.as_dict())

    def restart(self) -> None:
        """Begin again with what was stored last."""
        self.ledger = Ledger.from_dict(self.saved[-1] if self.saved else None)
        self.keeper = self._make()


NONSENSE: Final = BadAnswer("nonsense")
LOST: Final = Unconfirmed("no answer")
