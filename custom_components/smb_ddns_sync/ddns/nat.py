"""Whether something translates addresses between this site and the world, and what that is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from .address import Address, Family, Scope, scope_of
from .source import SourceKind
from .vote import Agreed, NotPublic

if TYPE_CHECKING:
    from .detect import Detection

# A line that is just getting another address shows two of them for a moment.
_LOOKS_TO_BELIEVE: Final = 2


class Nat(StrEnum):
    """What stands between the router and the world."""

    NONE = "none"  # the router itself has the address that the world sees
    CARRIER_GRADE = "carrier_grade"  # the provider shares one address among customers (RFC 6598)
    DOUBLE = "double"  # the router has a private address: another router stands before it
    OTHER_ADDRESS = "other_address"  # both are public and differ: a VPN, a second line, or a NAT

    @property
    def is_problem(self) -> bool:
        """Whether the world may not reach this site at its public address."""
        return self is not Nat.NONE


@dataclass(frozen=True, slots=True)
class NatFinding:
    """What one look found, with the two addresses that it compared."""

    nat: Nat
    router: Address
    seen: Address


def find_nat(detection: Detection) -> NatFinding | None:
    """Compare what the router says of its outer side with what the world sees.

    None where nothing can be said: IPv6 is not translated, and both must be known. An interface
    that holds the seen address proves that there is no NAT; a private address of its own proves
    nothing, because every machine behind a router has one.
    """
    if detection.family is not Family.IPV4:
        return None
    match detection.verdict:
        case Agreed(address=seen) | NotPublic(address=seen):
            pass
        case _:
            return None
    local = {
        answer.kind: answer.address for answer in detection.answers if answer.address is not None
    }
    if local.get(SourceKind.INTERFACE) == seen:
        return NatFinding(Nat.NONE, seen, seen)
    router = local.get(SourceKind.ROUTER)
    if router is None:
        return None
    match scope_of(router):
        case Scope.UNUSABLE:
            return None  # such as 0.0.0.0: the router has no line at the moment
        case Scope.SHARED:
            return NatFinding(Nat.CARRIER_GRADE, router, seen)
        case Scope.PRIVATE:
            return NatFinding(Nat.DOUBLE, router, seen)
        case Scope.PUBLIC:
            nat = Nat.NONE if router == seen else Nat.OTHER_ADDRESS
            return NatFinding(nat, router, seen)


class NatWatch:
    """What is believed of the NAT, after several looks.

    Invariant: what is believed changes only when two looks in a row found the same; a look that
    could not tell changes nothing.
    """

    def __init__(self) -> None:
        self._believed: NatFinding | None = None
        self._found: NatFinding | None = None
        self._times = 0

    @property
    def finding(self) -> NatFinding | None:
        """What is believed; None while nothing is known."""
        return self._believed

    @property
    def unsettled(self) -> bool:
        """Whether one more look would tell something new."""
        if self._found is None or self._times >= _LOOKS_TO_BELIEVE:
            return False
        return self._believed is None or self._believed.nat is not self._found.nat

    def note(self, found: NatFinding | None) -> None:
        """Take in what a look found."""
        if found is None:
            return
        same = self._found is not None and self._found.nat is found.nat
        self._times = self._times + 1 if same else 1
        self._found = found
        if self._times >= _LOOKS_TO_BELIEVE:
            self._believed = found
