"""Keeping the records of one provider account at the site's address, with good manners."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from random import Random
from typing import TYPE_CHECKING, Final

from .address import Address, Addresses, Family
from .booking import Booking
from .manners import Limits, ends, has_room, may_call, may_doubt, refresh_due, stop_of
from .outcome import Unconfirmed
from .report import RecordReport, report_on

if TYPE_CHECKING:
    from .ledger import Ledger
    from .names import DnsName
    from .outcome import Refusal
    from .provider import Budget, Expiry, Provider

type Clock = Callable[[], datetime]
"""Tells the time; the time is aware."""

type Save = Callable[[], Awaitable[None]]
"""Stores the ledger; returns when it is stored."""


class Intent(Enum):
    """What is to be done about one name and family."""

    KEEP = auto()  # the record holds the address: no call
    UPDATE = auto()
    ABORT = auto()  # nothing is known, or no call is allowed: the record stays as it is


class _Sight(Enum):
    """What a look at a record brought."""

    HOLDS = auto()  # what is wanted
    DIFFERS = auto()
    HIDDEN = auto()  # this provider can't be asked
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class _Step:
    """A name, and its families that are to be brought to their addresses."""

    name: DnsName
    families: tuple[Family, ...]


class RecordKeeper:
    """Compares the voted addresses with the ledger, and calls the provider only where they differ.

    Invariants:
    - Equal means no call, and so does a failed detection. Nothing is ever deleted, and only a
      public address is published; where the user asked for `inner`, only one that is not.
    - No call for the record after `AuthRejected`, none for the name after `NameRejected` or
      `Banned`, until `resume`. None before the time that an earlier outcome set.
    - A call is noted in the ledger, and that is saved, before it is made. Where the note still
      stands (no clear answer came, or the program ended in between), it looks before it writes.
    - One name's outcome never stops the others, unless it concerns the whole account.

    `save` stores the ledger. An exception from it ends `reconcile`: before a call, or when its
    outcome is in the ledger already. Raises `ValueError` without names or families.
    """

    def __init__(
        self,
        provider: Provider,
        names: Sequence[DnsName],
        families: frozenset[Family],
        ledger: Ledger,
        clock: Clock,
        *,
        save: Save | None = None,
        random: Random | None = None,
        budget: Budget | None = None,
        expiry: Expiry | None = None,
        inner: bool = False,
    ) -> None:
        if not names or not families:
            raise ValueError("a record has at least one name and one family")
        self._provider: Final = provider
        self._names: Final = tuple(dict.fromkeys(names))
        self._families: Final = tuple(family for family in Family if family in families)
        self._limits: Final = Limits(provider.least_interval, budget, expiry)
        self._ledger: Final = ledger
        self._clock: Final = clock
        self._save: Final = save
        self._inner: Final = inner
        self._random: Final = random or Random()  # noqa: S311 - jitter is no secret
        self._lock: Final = asyncio.Lock()
        self._wanted = Addresses()  # the last that were known
        ledger.belongs_to(provider.identity, self._names)

    @property
    def report(self) -> RecordReport:
        """How the records stand now, as far as this program knows."""
        now = self._clock()
        return RecordReport(
            tuple(
                report_on(
                    self._ledger,
                    name,
                    family,
                    self._wanted.of(family),
                    now,
                    self._limits,
                )
                for name in self._names
                for family in self._families
            ),
            ends=ends(self._ledger, now, self._limits.expiry),
        )

    def renewed(self) -> None:
        """Note that a person has confirmed the names at the provider.

        Nothing is saved: whoever calls it saves the ledger.
        """
        self._ledger.renewed = self._clock()

    def resume(self) -> None:
        """Lift the stops, because the user acted. Waits that the provider asked for stay.

        Nothing is saved: whoever calls it saves the ledger, or calls `reconcile` next.
        """
        self._ledger.lift_stops()

    def doubt(self, name: DnsName, family: Family) -> bool:
        """Note that the zone's name servers tell another address than was published.

        Return whether the next `reconcile` looks at the record, and writes it again where it has
        to. It does not just after an update, which takes its time to reach all servers, nor more
        than once a day. Nothing is saved: whoever calls it saves the ledger.
        """
        entry, now = self._ledger.entry(name, family), self._clock()
        if not may_doubt(entry, now):
            return False
        doubted = replace(entry, intent=entry.published, doubted=now)
        self._ledger.set_entry(name, family, doubted)
        return True

    async def disclaim(self) -> None:
        """Claim nothing any more of what the records hold: another site may change them now."""
        changed = False
        for name in self._names:
            for family in self._families:
                entry = self._ledger.entry(name, family)
                if entry.published is not None or entry.intent is not None:
                    unknown = replace(entry, published=None, intent=None, message=None)
                    self._ledger.set_entry(name, family, unknown)
                    changed = True
        if changed:
            await self._store()

    def may_ask(self, name: DnsName) -> bool:
        """Tell whether the provider may be asked for something else than the records of a name.

        A stop forbids it, and so does a wait that concerns the whole account.
        """
        now, wait = self._clock(), self._ledger.pace.not_before
        return stop_of(self._ledger, name, now) is None and (wait is None or wait <= now)

    async def refused(self, name: DnsName, refusal: Refusal) -> None:
        """Note that the provider refused something else that was asked for a name."""
        Booking(self._ledger, name, self._clock()).note_refusal(
            refusal, self._clock(), self._random
        )
        await self._store()

    async def reconcile(self, addresses: Addresses, *, forced: bool = False) -> RecordReport:
        """Bring all records to these addresses, as far as manners allow; return how they stand.

        A family without an address stays as it is, and so does one whose address is not public.
        `forced` asks the provider also where the ledger says that the record holds the address; it
        lifts neither stops nor waits. Calls from several tasks run one after the other.
        """
        async with self._lock:
            reached = addresses.inner() if self._inner else addresses.public()
            known = reached.only(frozenset(self._families))
            self._wanted = known.or_else(self._wanted)
            for step in self._plan(known, forced=forced):
                # An earlier step may have stopped, or slowed down, the whole record.
                if self._may_call(step.name):
                    await self._carry_out(step, known)
            return self.report

    def _plan(self, known: Addresses, *, forced: bool) -> list[_Step]:
        """Decide for all names before the first call."""
        steps: list[_Step] = []
        for name in self._names:
            families = tuple(
                family
                for family in self._families
                if self._intent(name, family, known, forced=forced) is Intent.UPDATE
            )
            if families:
                steps.append(_Step(name, families))
        return steps

    def _intent(self, name: DnsName, family: Family, known: Addresses, *, forced: bool) -> Intent:
        address = known.of(family)
        if address is None or not self._may_call(name):
            return Intent.ABORT
        entry = self._ledger.entry(name, family)
        held = entry.intent is None and entry.published == address
        if held and not forced and not self._refresh_due(name, family):
            return Intent.KEEP
        return Intent.UPDATE

    def _may_call(self, name: DnsName) -> bool:
        return may_call(self._ledger, name, self._clock(), self._limits)

    def _refresh_due(self, name: DnsName, family: Family) -> bool:
        entry = self._ledger.entry(name, family)
        return refresh_due(entry, name, self._clock(), self._limits.expiry)

    async def _carry_out(self, step: _Step, known: Addresses) -> None:
        booking = Booking(self._ledger, step.name, self._clock())
        due: dict[Family, Address] = {}
        for family in step.families:
            address = known.of(family)
            assert address is not None  # noqa: S101 - else the plan had left it out
            match await self._look(booking, step.name, family, address):
                case _Sight.HOLDS:
                    continue
                case _Sight.DIFFERS | _Sight.HIDDEN:
                    due[family] = address
                case _Sight.FAILED:
                    due.clear()
                    break
        # The look may have been the last call that the budget allows.
        if due and has_room(self._ledger, self._limits.budget, self._clock()):
            await self._publish(booking, step.name, due, known)
        await self._store()

    async def _look(
        self, booking: Booking, name: DnsName, family: Family, wanted: Address
    ) -> _Sight:
        """Look what the record holds, if an earlier write may or may not have landed."""
        if self._ledger.entry(name, family).intent is None:
            return _Sight.DIFFERS
        if not has_room(self._ledger, self._limits.budget, self._clock()):
            return _Sight.FAILED
        # A program that crashes again and again must not look again and again.
        booking.note_call(self._clock(), self._limits.budget)
        await self._store()
        seen = await self._provider.look_up(name, family)
        now = self._clock()
        match seen:
            case frozenset():
                holds = booking.note_seen(family, seen, wanted, now)
                return _Sight.HOLDS if holds else _Sight.DIFFERS
            case Unconfirmed():
                booking.take_back_call()
                return _Sight.HIDDEN
            case trouble:
                booking.note_trouble(family, trouble, now, self._random)
                return _Sight.FAILED

    async def _publish(
        self, booking: Booking, name: DnsName, due: Mapping[Family, Address], known: Addresses
    ) -> None:
        entries = [self._ledger.entry(name, family) for family in self._families]
        held = Addresses.gather(entry.published for entry in entries)
        # A family that is not known now is sent as it was: some providers delete what is left out.
        last = Addresses.gather(entry.intent or entry.published for entry in entries)
        booking.note_intent(due)
        booking.note_call(self._clock(), self._limits.budget)
        await self._store()
        outcomes = await self._provider.publish(
            name, known.or_else(last), frozenset(due), held=held
        )
        booking.note_outcomes(outcomes, self._clock(), self._random)
        held_now = any(self._ledger.entry(name, family).published for family in self._families)
        if held_now and self._ledger.renewed is None:
            self._ledger.renewed = self._clock()  # it is as old as that at most

    async def _store(self) -> None:
        if self._save is not None:
            await self._save()
