"""Writing what happens into the ledger: what is about to be sent, and what came of it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from .address import Address, Family
from .ledger import Entry, Ledger, Stop
from .manners import called, recovered, slowed
from .outcome import (
    Applied,
    AuthRejected,
    BadAnswer,
    Banned,
    NameRejected,
    Outcome,
    OutcomeKind,
    PinMismatch,
    Refusal,
    RetryAfter,
    Trouble,
    Unchanged,
    Unconfirmed,
    kind_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from random import Random

    from .names import DnsName
    from .provider import Budget


class Booking:
    """One call about one name, from the note before it to its outcome.

    Invariant: an intent that was open before the call (an earlier write may have landed) is only
    closed by an outcome that tells what the record holds. A call that wrote nothing leaves it open.
    """

    def __init__(self, ledger: Ledger, name: DnsName, now: datetime) -> None:
        self._ledger: Final = ledger
        self._name: Final = name
        self._open: Final = {family: ledger.entry(name, family).intent for family in Family}
        ledger.set_pace(name, replace(ledger.pace_of(name), called=now))

    def note_call(self, now: datetime, budget: Budget | None) -> None:
        """Note that the provider is about to be called."""
        self._ledger.pace = called(self._ledger.pace, now, budget)

    def take_back_call(self) -> None:
        """Note that the last call was none: the provider can't be asked what a record holds."""
        pace = self._ledger.pace
        self._ledger.pace = replace(pace, calls=pace.calls[:-1])

    def note_intent(self, sent: Mapping[Family, Address]) -> None:
        """Note what is about to be sent."""
        for family, address in sent.items():
            self._change(family, intent=address)

    def note_seen(
        self, family: Family, seen: frozenset[Address], wanted: Address, now: datetime
    ) -> bool:
        """Note what the provider says that the record holds; tell whether it is what is wanted."""
        self._open[family] = None
        if wanted in seen:
            self._hold(family, wanted, OutcomeKind.UNCHANGED, now)
            self._go_on()
            return True
        entry = self._ledger.entry(self._name, family)
        # One of several addresses there is ours: the one that was sent last, or the one before.
        ours = [address for address in (entry.intent, entry.published) if address in seen]
        published = ours[0] if ours else None
        self._change(family, published=published, intent=None)
        return False

    def note_trouble(self, family: Family, trouble: Trouble, now: datetime, random: Random) -> None:
        """Note that a look into the record failed; what was open stays open."""
        self._change(family, outcome=kind_of(trouble), message=trouble.message)
        self._mind(trouble, now, random)

    def note_refusal(self, refusal: Refusal, now: datetime, random: Random) -> None:
        """Note a refusal of something else than an address."""
        self._mind(refusal, now, random)

    def note_outcomes(
        self, outcomes: Mapping[Family, Outcome], now: datetime, random: Random
    ) -> None:
        """Note what came of what was sent."""
        troubles: list[Trouble] = []
        for family, outcome in outcomes.items():
            match outcome:
                case Applied(address) | Unchanged(address):
                    self._hold(family, address, kind_of(outcome), now)
                case Unconfirmed(message) | BadAnswer(message):
                    self._change(family, outcome=kind_of(outcome), message=message)
                    troubles.append(outcome)
                case (
                    AuthRejected(message)
                    | NameRejected(message)
                    | Banned(message)
                    | PinMismatch(message)
                    | RetryAfter(message)
                ):
                    self._change(
                        family,
                        outcome=kind_of(outcome),
                        message=message,
                        intent=self._open[family],
                    )
                    troubles.append(outcome)
        if troubles:
            # One call is one failure, whatever number of families it was about.
            for trouble in dict.fromkeys(troubles):
                self._mind(trouble, now, random)
        else:
            self._go_on()

    def _hold(self, family: Family, address: Address, outcome: OutcomeKind, now: datetime) -> None:
        entry = self._ledger.entry(self._name, family)
        fresh = outcome is OutcomeKind.APPLIED or entry.published != address
        self._ledger.set_entry(
            self._name,
            family,
            Entry(
                published=address,
                updated=now if fresh else entry.updated,
                outcome=outcome,
                confirmed=now,
                doubted=entry.doubted,
            ),
        )

    def _change(self, family: Family, **changes: object) -> None:
        entry = self._ledger.entry(self._name, family)
        self._ledger.set_entry(self._name, family, replace(entry, **changes))  # type: ignore[arg-type]

    def _mind(self, trouble: Trouble, now: datetime, random: Random) -> None:
        """Stop or slow down what the trouble concerns."""
        ledger, name = self._ledger, self._name
        match trouble:
            case AuthRejected(message) | PinMismatch(message):
                stop = Stop(kind_of(trouble), message)
                ledger.pace = replace(ledger.pace, stop=stop)
            case NameRejected(message):
                stop = Stop(kind_of(trouble), message)
                ledger.set_pace(name, replace(ledger.pace_of(name), stop=stop))
            case Banned(message, until):
                stop = Stop(kind_of(trouble), message, until)
                ledger.set_pace(name, replace(ledger.pace_of(name), stop=stop))
            case RetryAfter(everywhere=True):
                ledger.pace = slowed(ledger.pace, trouble, now, random)
            case RetryAfter() | Unconfirmed() | BadAnswer():
                ledger.set_pace(name, slowed(ledger.pace_of(name), trouble, now, random))

    def _go_on(self) -> None:
        self._ledger.set_pace(self._name, recovered(self._ledger.pace_of(self._name)))
        self._ledger.pace = recovered(self._ledger.pace)
