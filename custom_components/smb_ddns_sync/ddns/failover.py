"""One site's part in keeping a name that two sites share: it looks, decides, and does.

What is decided is in `standby.py`; here are the calls, their order, and their time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING, Any, Final, Protocol

from .address import Address, Addresses, Family, parse_address
from .manners import wait_after
from .outcome import AuthRejected, Banned, NameRejected, PinMismatch, RetryAfter
from .service import Service, look_for
from .standby import (
    Decision,
    Evidence,
    Lease,
    Memory,
    Role,
    Site,
    View,
    Wish,
    decide,
    latest_lease,
    lease_name,
    read_text,
)
from .text_record import TextConflict, TextWritten

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .names import DnsName
    from .outcome import Fault
    from .reconcile import Clock, RecordKeeper
    from .standby import TextChange
    from .text_record import TextRecords
    from .verify import Network, Verifier

CHECK_INTERVAL: Final = timedelta(seconds=60)
"""How often each site checks; shorter or longer by chance, so that two do not check in step."""

# What was counted before a pause this long is not a row of checks any more.
_ROW_BREAKS: Final = 3 * CHECK_INTERVAL

_LOOK_TIME: Final = 15.0  # seconds, for the name servers and the service; the rest is for writing

type Keep = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Stores what a site keeps from check to check; returns when it is stored."""


class Witness(Protocol):
    """What can be seen from here of the name and of the primary's service."""

    async def told(self, name: DnsName) -> frozenset[Address] | None:
        """Return what the zone's name servers tell; None where none answered, or it is no use."""
        ...

    async def look_for(self, address: Address, name: DnsName) -> Evidence:
        """Tell whether the primary's service answers at an address."""
        ...

    async def look_at_home(self, name: DnsName) -> Evidence:
        """Tell whether this site's own service answers, where it is known where that is."""
        ...


class LineWitness(Witness):
    """Asks over this site's line. `home` is where the service answers within this site."""

    def __init__(
        self,
        verifier: Verifier,
        families: Collection[Family],
        service: Service,
        *,
        home: str | None = None,
        proxies: Collection[Network] = (),
    ) -> None:
        self._verifier: Final = verifier
        self._families: Final = tuple(families)
        self._service: Final = service
        self._home: Final = home
        self._proxies: Final = tuple(proxies)

    async def told(self, name: DnsName) -> frozenset[Address] | None:
        """Return what the name servers tell.

        The addresses of a proxy are no use: it answers whether or not the site behind it lives.
        """
        heard = [await self._verifier.hear(name, family) for family in self._families]
        said = [word.said for words in heard for word in words if isinstance(word.said, frozenset)]
        told = frozenset[Address]().union(*said)
        proxied = any(address in network for address in told for network in self._proxies)
        return None if not said or proxied else told

    async def look_for(self, address: Address, name: DnsName) -> Evidence:
        """Tell whether the service answers at an address."""
        return await look_for(self._service, str(address), name)

    async def look_at_home(self, name: DnsName) -> Evidence:
        """Tell whether this site's own service answers, where it is known where that is."""
        if self._home is None:
            return Evidence.UNKNOWN
        return await look_for(self._service, self._home, name)


class Duty(StrEnum):
    """What this site does about the name."""

    ACTIVE = "active"  # the name is pointed here
    TAKING = "taking"  # the lease is ours, and does not count yet
    RESTING = "resting"  # the other site has the name, or nobody has to take it
    BLIND = "blind"  # the lease can't be read, so nothing is done


@dataclass(frozen=True, slots=True)
class Standing:
    """How this site stood at its last check. `until` is the end of the lease, whosever it is."""

    duty: Duty
    primary: Evidence = Evidence.UNKNOWN
    dead: int = 0  # checks in a row
    ours: bool = False  # the lease
    until: datetime | None = None
    message: str | None = None  # why it does not have the name, or can't know


class Failover:
    """Keeps a name that two sites share; the only one that lets the record's keeper write.

    Invariants, on top of those of `decide`:
    - The keeper writes only while the lease counts, and within `call` of the look that showed it;
      what takes longer is given up, and looked after at the next check.
    - While the lease does not count, nothing is claimed of what the record holds.
    - What is kept from check to check is stored before it is acted on.
    - After a refusal no call, until a person has acted.

    Nothing but cancellation and what `keep` and the keeper's `save` raise is raised.
    """

    def __init__(
        self,
        site: Site,
        name: DnsName,
        keeper: RecordKeeper,
        texts: TextRecords,
        witness: Witness,
        clock: Clock,
        *,
        kept: object = None,
        keep: Keep | None = None,
        random: Random | None = None,
    ) -> None:
        self._site: Final = site
        self._name: Final = name
        self._lease_name: Final = lease_name(name)
        self._keeper: Final = keeper
        self._texts: Final = texts
        self._witness: Final = witness
        self._clock: Final = clock
        self._keep: Final = keep
        self._random: Final = random or Random()  # noqa: S311 - jitter is no secret
        self._memory = read_memory(kept, clock())
        self._lock: Final = asyncio.Lock()
        self._last: tuple[datetime, Addresses, Standing] | None = None
        self._failures = 0
        self._not_before: datetime | None = None
        self._why: str | None = None

    def next_check(self) -> timedelta:
        """Return after how long to check again."""
        return CHECK_INTERVAL * self._random.uniform(0.5, 1.5)

    async def check(self, addresses: Addresses, *, forced: bool = False) -> Standing:
        """Look, decide, and do what was decided. `addresses` are this site's, as far as known.

        What was looked at just before is not looked at again, so that checks in a row are spread
        over time, however often this is called.
        """
        async with self._lock:
            now = self._clock()
            if self._last is not None and not forced:
                checked, then, standing = self._last
                if addresses == then and timedelta(0) <= now - checked < CHECK_INTERVAL / 2:
                    return standing
            loop = asyncio.get_running_loop()
            end = loop.time() + self._site.terms.call.total_seconds()
            seen = await self._look_up(now, end)
            primary = await self._evidence(seen, addresses)
            view = _view(now, seen, primary, addresses)
            decision = decide(self._site, self._memory, view)
            await self._remember(decision.memory, now)
            # As long as nothing can be read, nobody else can have got the lease and given it back.
            if seen is not None and not decision.may_publish:
                await self._keeper.disclaim()
            try:
                async with asyncio.timeout_at(end):
                    await self._act(decision, seen)
                    if decision.may_publish:
                        await self._keeper.reconcile(addresses, forced=forced)
            except TimeoutError:
                self._why = "The provider took too long; it is looked after at the next check."
            standing = self._standing(decision, seen, view)
            self._last = (now, addresses, standing)
            return standing

    async def _look_up(self, now: datetime, end: float) -> frozenset[str] | None:
        """Read the texts; None where that failed, or is not allowed now."""
        if not self._keeper.may_ask(self._name) or (
            self._not_before is not None and now < self._not_before
        ):
            return None
        try:
            async with asyncio.timeout_at(end - 2 * _LOOK_TIME):
                found = await self._texts.look_up_texts(self._lease_name)
        except TimeoutError:
            found = RetryAfter("The provider took too long to tell the lease.", timedelta(0))
        match found:
            case frozenset():
                self._failures, self._not_before, self._why = 0, None, None
                return found
            case AuthRejected() | NameRejected() | Banned() | PinMismatch():
                self._why = found.message
                await self._keeper.refused(self._name, found)
            case fault:
                self._slow_down(fault)
        return None

    def _slow_down(self, fault: Fault) -> None:
        self._failures += 1
        self._not_before = self._clock() + wait_after(fault, self._failures, self._random)
        self._why = fault.message

    async def _evidence(self, seen: frozenset[str] | None, own: Addresses) -> Evidence:
        try:
            async with asyncio.timeout(_LOOK_TIME):
                if self._site.role is Role.PRIMARY:
                    return await self._witness.look_at_home(self._name)
                return await self._look_for_primary(seen or frozenset(), own)
        except TimeoutError:
            return Evidence.UNKNOWN

    async def _look_for_primary(self, seen: frozenset[str], own: Addresses) -> Evidence:
        """Look for the primary's service where the name points, or where the primary wishes.

        What answers at this site's own address is not the primary. That the name servers answer
        proves that this site's line works.
        """
        told = await self._witness.told(self._name)
        if not told:
            return Evidence.UNKNOWN
        places = told - {own.of(family) for family in Family}
        if self._holds(seen) or not places:
            places = _wished(self._site, seen, self._clock())
        found = {await self._witness.look_for(place, self._name) for place in places}
        if Evidence.ALIVE in found:
            return Evidence.ALIVE
        return Evidence.DEAD if not places or Evidence.DEAD in found else Evidence.UNKNOWN

    def _holds(self, seen: frozenset[str]) -> bool:
        lease = latest_lease(seen)
        return lease is not None and lease.owner == self._site.id and lease.until is not None

    async def _remember(self, memory: Memory, now: datetime) -> None:
        self._memory = memory
        if self._keep is not None:
            await self._keep(memory_data(memory, now))

    async def _act(self, decision: Decision, seen: frozenset[str] | None) -> None:
        change = decision.change
        if change is None or seen is None:
            return
        written = await self._texts.publish_text(
            self._lease_name, change.text, seen=seen, replaces=change.replaces
        )
        match written:
            case TextWritten() | TextConflict():
                pass  # who came first shows at the next look
            case AuthRejected() | NameRejected() | Banned() | PinMismatch():
                self._why = written.message
                await self._keeper.refused(self._name, written)
            case fault:
                self._slow_down(fault)

    def _standing(self, decision: Decision, seen: frozenset[str] | None, view: View) -> Standing:
        lease = latest_lease(seen or frozenset())
        ours = self._holds(seen or frozenset())
        if seen is None:
            duty, why = Duty.BLIND, "The lease of the name could not be read."
        elif decision.may_publish:
            duty, why = Duty.ACTIVE, None
        elif _takes(decision.change) if decision.change else ours:
            duty, why = Duty.TAKING, "The name is being taken over."
        else:
            duty, why = Duty.RESTING, self._why_resting(decision.memory.dead, lease, view)
        return Standing(
            duty,
            view.primary,
            decision.memory.dead,
            ours,
            None if lease is None else lease.until,
            self._why or why,
        )

    def _why_resting(self, dead: int, lease: Lease | None, view: View) -> str:
        checks = self._site.terms.checks
        if self._site.role is Role.STANDBY and view.primary is Evidence.ALIVE:
            return "The primary site lives."
        if view.address is None:
            return "The address of this site is not known."
        if self._site.role is Role.PRIMARY and dead >= checks:
            return "The service of this site does not answer, so another site may have the name."
        if lease is not None and lease.owner != self._site.id and lease.until is not None:
            return f"The other site has the name, at least until {lease.until:%Y-%m-%d %H:%M} UTC."
        return f"The primary was found dead {dead} times in a row; after {checks} it is replaced."


def _view(
    now: datetime, seen: frozenset[str] | None, primary: Evidence, addresses: Addresses
) -> View:
    address = addresses.ipv4 or addresses.ipv6
    return View(now, seen, primary, None if address is None else str(address))


def _wished(site: Site, seen: frozenset[str], now: datetime) -> frozenset[Address]:
    """Return where another site wishes to be looked for."""
    wishes = [read for text in seen if isinstance(read := read_text(text), Wish)]
    places = {
        parse_address(wish.address, family)
        for wish in wishes
        if wish.owner != site.id and now < wish.until
        for family in Family
    }
    return frozenset(place for place in places if place is not None)


def _takes(change: TextChange) -> bool:
    lease = read_text(change.text)
    return isinstance(lease, Lease) and lease.until is not None


def memory_data(memory: Memory, now: datetime) -> dict[str, Any]:
    """Return what is kept from check to check as JSON-ready data."""
    return {
        "dead": memory.dead,
        "since": None if memory.since is None else memory.since.isoformat(),
        "checked": now.isoformat(),
    }


def read_memory(data: object, now: datetime) -> Memory:
    """Read it back; nothing is remembered of what is damaged, or of before a pause."""
    match data:
        case {"dead": int(dead), "since": str() | None as since, "checked": str(checked)}:
            try:
                moment = datetime.fromisoformat(checked)
                if timedelta(0) <= now - moment <= _ROW_BREAKS:
                    return Memory(
                        max(0, dead), None if since is None else datetime.fromisoformat(since)
                    )
            except TypeError, ValueError:
                pass
    return Memory()
