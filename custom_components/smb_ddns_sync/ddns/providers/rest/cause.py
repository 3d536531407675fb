"""Why a call to an API did not do what was asked for, and how that is told."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ...outcome import (
    AuthRejected,
    BadAnswer,
    Banned,
    NameRejected,
    PinMismatch,
    RetryAfter,
    Trouble,
    Unconfirmed,
)
from ..call import FAULT_WAIT

if TYPE_CHECKING:
    from .zone import Zone


@dataclass(frozen=True, slots=True)
class Denied:
    """The credentials are refused."""

    message: str


@dataclass(frozen=True, slots=True)
class Forbidden:
    """The credentials are known and lack a right: for this zone, or for the API as a whole."""

    message: str


@dataclass(frozen=True, slots=True)
class Missing:
    """What was asked for is not there."""

    message: str


@dataclass(frozen=True, slots=True)
class Same:
    """The record held the address before the call."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The record is refused: its name, its value, or what stands beside it."""

    message: str


type Cause = Denied | Forbidden | Missing | Same | Refused | Trouble


class NotDoneError(Exception):
    """An API did not do what was asked for; it stays within the clients of this folder."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(type(cause).__name__)
        self.cause: Final = cause


def told(cause: Cause, title: str, name: str, zone: Zone | None) -> Trouble:
    """Return what a cause means for a name; `zone` is None while its zone is still looked for."""
    match cause:
        case Denied(message):
            return AuthRejected(
                f"{title} refuses the credentials ({message}). Make new ones, and enter them."
            )
        case Forbidden(message) if zone is None:
            return AuthRejected(
                f"{title} does not let these credentials use its API ({message}). Look which "
                "rights they have, and whether the account or domain may use the API at all."
            )
        case Forbidden(message):
            return NameRejected(
                f"The credentials may not change the DNS of {zone.name if zone else name} at "
                f"{title} ({message}). Give them that right."
            )
        case Missing(message) if zone is None:
            return NameRejected(
                f"No zone of this {title} account holds {name} ({message}), or the credentials "
                "may not see it."
            )
        case Missing(message):
            return RetryAfter(f"The record of {name} vanished while it was set.", FAULT_WAIT)
        case Refused(message):
            return NameRejected(f"{title} refuses {name}: {message}.")
        case Same():
            return BadAnswer(f"{title} answered a question with a conflict.")
        case (
            AuthRejected()
            | NameRejected()
            | Banned()
            | PinMismatch()
            | RetryAfter()
            | Unconfirmed()
            | BadAnswer()
        ):
            return cause
