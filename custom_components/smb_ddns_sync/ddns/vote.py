"""From what the sources said to what may be believed: a pure function."""

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .address import Address, Scope, scope_of
from .source import Answer, NoAnswer, Operator

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True, slots=True)
class Agreed:
    """Enough operators name one public address. Only this verdict holds an address to publish.

    Raises `ValueError` for an address that is not public.
    """

    address: Address
    operators: frozenset[Operator]

    def __post_init__(self) -> None:
        if scope_of(self.address) is not Scope.PUBLIC:
            raise ValueError("only a public address can be agreed on")


@dataclass(frozen=True, slots=True)
class TooFewAnswers:
    """Fewer operators named an address than must agree: nothing is known of the address."""

    asked: int  # operators
    answered: int  # operators that named an address
    quorum: int

    @property
    def too_few_asked(self) -> bool:
        """Whether not even all operators together make the quorum: the settings are wrong."""
        return self.asked < self.quorum


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Enough operators answered, but no address has a quorum and a majority.

    An operator that contradicted itself stands with each address it named; it had no vote.
    """

    named: Mapping[Address, frozenset[Operator]]
    quorum: int


@dataclass(frozen=True, slots=True)
class NotPublic:
    """The operators agree on an address that the world cannot reach."""

    address: Address
    scope: Scope
    operators: frozenset[Operator]


type Verdict = Agreed | TooFewAnswers | Disagreement | NotPublic


def vote(answers: Collection[Answer], quorum: int) -> Verdict:
    """Decide what the answers of one family prove.

    Invariants:
    - An address wins only with the votes of at least `quorum` operators, and of more than half of
      those that answered with an address. So liars who are fewer than `quorum`, or no more than
      half of those who answered, never win.
    - An operator has one vote, whatever number of its hosts answered, and none if they contradict
      each other; it still counts among those that answered.
    - The quorum is never lowered: where fewer operators were asked, the verdict says so.
    - The order of the answers means nothing.

    Raises `ValueError` for a quorum below one and for answers of different families.
    """
    if quorum < 1:
        raise ValueError("a quorum is at least one")
    if len({answer.family for answer in answers}) > 1:
        raise ValueError("a vote is about one family")

    said: defaultdict[Operator, set[Address]] = defaultdict(set)
    named: defaultdict[Address, set[Operator]] = defaultdict(set)
    for answer in answers:
        match answer.found:
            case NoAnswer():
                pass
            case address:
                said[answer.operator].add(address)
                named[address].add(answer.operator)

    votes: defaultdict[Address, set[Operator]] = defaultdict(set)
    for operator, addresses in said.items():
        if len(addresses) == 1:
            votes[next(iter(addresses))].add(operator)

    for address, operators in votes.items():
        if len(operators) >= quorum and 2 * len(operators) > len(said):
            return _winner(address, frozenset(operators))
    if len(said) < quorum:
        asked = len({answer.operator for answer in answers})
        return TooFewAnswers(asked=asked, answered=len(said), quorum=quorum)
    return Disagreement(
        named={address: frozenset(operators) for address, operators in named.items()},
        quorum=quorum,
    )


def _winner(address: Address, operators: frozenset[Operator]) -> Verdict:
    scope = scope_of(address)
    if scope is Scope.PUBLIC:
        return Agreed(address, operators)
    return NotPublic(address, scope, operators)
