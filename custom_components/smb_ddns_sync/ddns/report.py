"""How a record stands: what the face shows."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from .manners import allowed_from, stop_of
from .outcome import OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .address import Address, Family
    from .ledger import Ledger
    from .manners import Limits
    from .names import DnsName


class RecordStatus(StrEnum):
    """How a record stands, from the worst to the best."""

    AUTH_REJECTED = "auth_rejected"  # until the user enters other credentials
    PIN_MISMATCH = "pin_mismatch"  # until the user has looked who answers there
    BANNED = "banned"
    NAME_REJECTED = "name_rejected"
    FAILING = "failing"  # the last call failed; it is made again by itself
    WAITING = "waiting"  # a call is due, but not allowed yet
    PENDING = "pending"  # a call is due
    RESTING = "resting"  # another site has the name, or it is not proved to be ours
    IN_SYNC = "in_sync"  # the provider said that the record holds the address
    UNKNOWN = "unknown"  # the address is not known yet, so nothing is compared or changed


REFUSED: Final = frozenset(
    {
        RecordStatus.AUTH_REJECTED,
        RecordStatus.PIN_MISMATCH,
        RecordStatus.NAME_REJECTED,
        RecordStatus.BANNED,
    }
)
"""Where no call helps until a person acts, or a ban ends."""

_ORDER: Final = tuple(RecordStatus)

_OF_OUTCOME: Final[Mapping[OutcomeKind, RecordStatus]] = {
    OutcomeKind.AUTH_REJECTED: RecordStatus.AUTH_REJECTED,
    OutcomeKind.PIN_MISMATCH: RecordStatus.PIN_MISMATCH,
    OutcomeKind.BANNED: RecordStatus.BANNED,
    OutcomeKind.NAME_REJECTED: RecordStatus.NAME_REJECTED,
    OutcomeKind.RETRY_AFTER: RecordStatus.FAILING,
    OutcomeKind.UNCONFIRMED: RecordStatus.FAILING,
    OutcomeKind.BAD_ANSWER: RecordStatus.FAILING,
}


@dataclass(frozen=True, slots=True)
class NameReport:
    """How the record of one name and family stands. Times are aware."""

    name: DnsName
    family: Family
    status: RecordStatus
    published: Address | None  # what the provider last said that it holds
    outcome: OutcomeKind | None  # of the last call
    last_update: datetime | None  # when the provider last took an address
    next_allowed: datetime | None  # None: now, or not before a person acts
    message: str | None  # why it is not in sync


@dataclass(frozen=True, slots=True)
class RecordReport:
    """How all names of a record stand; there is at least one.

    `rest` is why this site leaves the name alone for now, where two sites share it.
    """

    records: tuple[NameReport, ...]
    rest: str | None = None
    ends: datetime | None = None
    """When the provider drops the names, if a person does not confirm them; None if not soon."""

    @property
    def status(self) -> RecordStatus:
        """The worst of all; a family whose address is not known counts only if it is all."""
        worst = self.worst.status
        return worst if self.rest is None or worst in REFUSED else RecordStatus.RESTING

    @property
    def worst(self) -> NameReport:
        """The record that has the overall status: its message tells what is to be done."""
        return min(self.records, key=lambda record: _ORDER.index(record.status))

    @property
    def message(self) -> str | None:
        """Why it is not in sync."""
        return self.rest if self.status is RecordStatus.RESTING else self.worst.message

    @property
    def last_update(self) -> datetime | None:
        """When the provider last took an address."""
        return max((r.last_update for r in self.records if r.last_update), default=None)

    @property
    def next_allowed(self) -> datetime | None:
        """When the first call that waits is allowed."""
        return min((r.next_allowed for r in self.records if r.next_allowed), default=None)

    def published(self, family: Family) -> Address | None:
        """Return the address that all names of a family hold; None where they differ."""
        held = {record.published for record in self.records if record.family is family}
        return held.pop() if len(held) == 1 else None

    def of(self, name: DnsName) -> tuple[NameReport, ...]:
        """Return the records of one name."""
        return tuple(record for record in self.records if record.name == name)


def report_on(
    ledger: Ledger,
    name: DnsName,
    family: Family,
    wanted: Address | None,
    now: datetime,
    limits: Limits,
) -> NameReport:
    """Return how the record of one name and family stands, compared with the wanted address."""
    entry = ledger.entry(name, family)
    stop = stop_of(ledger, name, now)
    wait = allowed_from(ledger, name, now, limits)
    message: str | None = None
    if stop is not None:
        status, message, wait = _OF_OUTCOME[stop.outcome], stop.message, stop.until
    elif wanted is None:
        status = RecordStatus.UNKNOWN
    elif entry.published == wanted and entry.intent is None:
        status = RecordStatus.IN_SYNC
    elif entry.message is not None:
        status, message = RecordStatus.FAILING, entry.message
    elif wait is not None:
        status = RecordStatus.WAITING
        message = ledger.pace_of(name).why or ledger.pace.why
    else:
        status = RecordStatus.PENDING
    return NameReport(
        name, family, status, entry.published, entry.outcome, entry.updated, wait, message
    )
