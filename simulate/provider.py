"""A provider that fails by chance, and watches whether it is called with manners."""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, override

from custom_components.smb_ddns_sync.ddns.address import Address, Addresses, Family
from custom_components.smb_ddns_sync.ddns.outcome import (
    Applied,
    AuthRejected,
    BadAnswer,
    Banned,
    NameRejected,
    Outcome,
    RetryAfter,
    Trouble,
    Unchanged,
    Unconfirmed,
)
from custom_components.smb_ddns_sync.ddns.provider import Budget, Provider

from .virtual import BrokenPromiseError, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from custom_components.smb_ddns_sync.ddns.names import DnsName


class CrashError(BaseException):
    """The program ends here and now."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How likely a call goes wrong, and in which way."""

    trouble: float = 0.0  # the call is answered with a refusal or a fault
    crash: float = 0.0  # the program ends during the call


@dataclass(frozen=True, slots=True)
class Write:
    """One record that was set."""

    name: DnsName
    address: Address


@dataclass(frozen=True, slots=True)
class _Said:
    """What the provider has said that the client has to keep to."""

    refused: bool = False  # the whole account
    stopped: frozenset[DnsName] = frozenset()
    banned: Mapping[DnsName, datetime] = field(default_factory=dict)
    waits: Mapping[DnsName, datetime] = field(default_factory=dict)
    wait: datetime | None = None  # for all names


@dataclass
class FakeProvider(Provider):
    """Keeps records, fails as `faults` say, and raises `BrokenPromiseError` at a rude call.

    Rude is: a call after a refusal before a person has acted, before the end of a ban or of a wait
    that was asked for, within the least interval, over the budget; and a write of what the client
    was told already that the record holds. `deletes`: a family that is left out of a call is
    deleted, as some providers do.
    """

    random: Random
    clock: VirtualClock
    faults: Faults = field(default_factory=Faults)
    can_look: bool = True
    deletes: bool = False
    budget: Budget | None = None
    interval: timedelta = timedelta(minutes=1)
    records: dict[tuple[DnsName, Family], Address] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)
    calls: int = 0
    _told: dict[tuple[DnsName, Family], Address] = field(default_factory=dict)
    _said: _Said = field(default_factory=_Said)
    _step: dict[DnsName, datetime] = field(default_factory=dict)
    _recent: deque[datetime] = field(default_factory=deque)
    _said_before: _Said = field(default_factory=_Said)

    @property
    @override
    def identity(self) -> str:
        return "fake"

    @property
    @override
    def least_interval(self) -> timedelta:
        return self.interval

    def person_acts(self) -> None:
        """Take back all refusals: a person has put right what was wrong."""
        said = self._said
        said = replace(said, refused=False, stopped=frozenset(), banned={})
        self._said = self._said_before = said

    def client_is_in_doubt(self, name: DnsName, family: Family) -> None:
        """Let the client ask or write again: it was told nothing, or something else since."""
        self._told.pop((name, family), None)

    @override
    async def check(self, names: Sequence[DnsName]) -> Mapping[DnsName, Trouble | None]:
        return dict.fromkeys(names)

    @override
    async def look_up(self, name: DnsName, family: Family) -> frozenset[Address] | Trouble:
        if not self.can_look:
            return Unconfirmed("this provider can't be asked")
        self._take_call(name)
        if self.random.random() < self.faults.crash:
            raise CrashError
        if self.random.random() < self.faults.trouble:
            wait = RetryAfter("the look failed", timedelta(minutes=5))
            self._hear_out(name, wait)
            return wait
        held = self.records.get((name, family))
        return frozenset() if held is None else frozenset({held})

    @override
    async def publish(
        self,
        name: DnsName,
        addresses: Addresses,
        families: frozenset[Family],
        *,
        held: Addresses,
    ) -> Mapping[Family, Outcome]:
        self._take_call(name)
        sent = {family: address for family in families if (address := addresses.of(family))}
        if sent.keys() != families:
            raise BrokenPromiseError(f"{name}: a family was sent without an address")
        if sent and all(self._told.get((name, family)) == sent[family] for family in sent):
            raise BrokenPromiseError(f"{name}: {sent} was sent, and the client knew it was there")
        if self.random.random() < self.faults.crash:
            self._forget(name)
            if self.random.random() < 0.5:  # noqa: PLR2004 - a coin
                self._write(name, sent, addresses)
            raise CrashError
        if self.random.random() < self.faults.trouble:
            return dict.fromkeys(families, self._fail(name, sent, addresses))
        outcomes: dict[Family, Outcome] = {
            family: Unchanged(address)
            if self.records.get((name, family)) == address
            else Applied(address)
            for family, address in sent.items()
        }
        self._write(name, sent, addresses)
        self._told |= {(name, family): address for family, address in sent.items()}
        return outcomes

    def answer_was_lost(self) -> None:
        """Take back what the last answer said: the client crashed before it could keep it."""
        self._said = self._said_before

    def _forget(self, name: DnsName) -> None:
        for family in Family:
            self._told.pop((name, family), None)

    def _write(self, name: DnsName, sent: Mapping[Family, Address], addresses: Addresses) -> None:
        for family, address in sent.items():
            if self.records.get((name, family)) != address:
                self.records[name, family] = address
                self.writes.append(Write(name, address))
        if self.deletes:
            for family in Family:
                if addresses.of(family) is None:
                    self.records.pop((name, family), None)

    def _fail(self, name: DnsName, sent: Mapping[Family, Address], addresses: Addresses) -> Trouble:
        trouble = self._draw()
        if isinstance(trouble, Unconfirmed | BadAnswer):
            self._forget(name)
            if self.random.random() < 0.5:  # noqa: PLR2004 - a coin
                self._write(name, sent, addresses)
        self._hear_out(name, trouble)
        return trouble

    def _hear_out(self, name: DnsName, trouble: Trouble) -> None:
        """Keep what the client is told to keep to."""
        said, now = self._said, self.clock.now
        match trouble:
            case AuthRejected():
                said = replace(said, refused=True)
            case NameRejected() | Banned(until=None):
                said = replace(said, stopped=said.stopped | {name})
            case Banned(until=datetime() as until):
                said = replace(said, banned={**said.banned, name: until})
            case RetryAfter(delay=delay, everywhere=True):
                said = replace(said, wait=now + delay)
            case RetryAfter(delay=delay):
                said = replace(said, waits={**said.waits, name: now + delay})
        self._said = said

    def _draw(self) -> Trouble:
        delay = timedelta(minutes=self.random.choice((1, 5, 30, 240)))
        match self.random.randrange(10):
            case 0:
                return AuthRejected("badauth")
            case 1:
                return NameRejected("nohost")
            case 2:
                return Banned("abuse", None)
            case 3:
                return Banned("abuse", self.clock.now + delay)
            case 4 | 5:
                return RetryAfter("dnserr", delay)
            case 6:
                return RetryAfter("911", delay, everywhere=True)
            case 7:
                return BadAnswer("what?")
            case _:
                return Unconfirmed("no answer")

    def _take_call(self, name: DnsName) -> None:
        """See that this call is no rude one. Looks and the write after them are one step."""
        now = self.clock.now
        self.calls += 1
        self._said_before = said = self._said
        if said.refused or name in said.stopped:
            raise BrokenPromiseError(f"{name}: a call after a refusal, and no person had acted")
        coming = (said.banned.get(name), said.waits.get(name), said.wait)
        if any(moment is not None and now < moment for moment in coming):
            raise BrokenPromiseError(f"{name}: a call before the end of a wait")
        step = self._step.get(name)
        if step is not None and step != now and now - step < self.interval:
            raise BrokenPromiseError(f"{name}: a call within the least interval")
        self._step[name] = now
        if self.budget is not None:
            while self._recent and now - self._recent[0] >= self.budget.within:
                self._recent.popleft()
            self._recent.append(now)
            if len(self._recent) > self.budget.calls:
                raise BrokenPromiseError(f"{name}: a call over the budget")
