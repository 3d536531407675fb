"""What came of a call to a provider: one closed set of results for all of them.

Every provider translates its own words into these, so that manners (when to call again, when to
stop until a person acts) are decided in one place.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from .address import Address


@dataclass(frozen=True, slots=True)
class Applied:
    """The provider accepted the address and says that the record now holds it."""

    address: Address


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The record held the address before the call."""

    address: Address


@dataclass(frozen=True, slots=True)
class AuthRejected:
    """The credentials were refused; no further call until the user has changed them."""

    message: str


@dataclass(frozen=True, slots=True)
class NameRejected:
    """The account is known, but this name is refused; no call for it until the user acts."""

    message: str


@dataclass(frozen=True, slots=True)
class Banned:
    """The provider blocks this client; no call before `until`, or, if None, until the user acts."""

    message: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class PinMismatch:
    """The server is not the one that the user has pinned. Nothing was sent, and nothing will be."""

    message: str


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """A fault on the provider's side or on the way, before the write; try again after the delay.

    `everywhere`: it concerns the account or the whole provider, so other names wait as well.
    """

    message: str
    delay: timedelta
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """The request left, no answer came: the write may have landed. Look before writing again."""

    message: str


@dataclass(frozen=True, slots=True)
class BadAnswer:
    """The provider answered what its documentation does not name; the write may have landed."""

    message: str


type Refusal = AuthRejected | NameRejected | Banned | PinMismatch
"""No call helps until a person acts, or the ban ends."""

type Fault = RetryAfter | Unconfirmed | BadAnswer
"""A later call may help."""

type Trouble = Refusal | Fault

type Outcome = Applied | Unchanged | Trouble


class OutcomeKind(StrEnum):
    """An outcome's name, where only that is kept or shown."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    AUTH_REJECTED = "auth_rejected"
    NAME_REJECTED = "name_rejected"
    BANNED = "banned"
    PIN_MISMATCH = "pin_mismatch"
    RETRY_AFTER = "retry_after"
    UNCONFIRMED = "unconfirmed"
    BAD_ANSWER = "bad_answer"


_KINDS = {
    Applied: OutcomeKind.APPLIED,
    Unchanged: OutcomeKind.UNCHANGED,
    AuthRejected: OutcomeKind.AUTH_REJECTED,
    NameRejected: OutcomeKind.NAME_REJECTED,
    Banned: OutcomeKind.BANNED,
    PinMismatch: OutcomeKind.PIN_MISMATCH,
    RetryAfter: OutcomeKind.RETRY_AFTER,
    Unconfirmed: OutcomeKind.UNCONFIRMED,
    BadAnswer: OutcomeKind.BAD_ANSWER,
}


def kind_of(outcome: Outcome) -> OutcomeKind:
    """Return the name of an outcome."""
    return _KINDS[type(outcome)]
