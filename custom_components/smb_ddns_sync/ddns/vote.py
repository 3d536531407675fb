"""From what the sources said to what may be believed: a pure function."""

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .address import Address, Scope, scope_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from .source import Answer, Operator, SourceKind


_KINDS_THAT_AGREE: Final = 2


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


@dataclass(frozen=True, slots=True)
class OneKind:
    """An address has the votes, but all by one kind, and another kind does not confirm it.

    So it looks where something stands in the way of one kind: a proxy before the web, a resolver
    before DNS, a VPN that takes only a part.
    """

    address: Address
    kind: SourceKind
    named: Mapping[Address, frozenset[Operator]]


type Verdict = Agreed | TooFewAnswers | Disagreement | OneKind | NotPublic


def vote(answers: Collection[Answer], quorum: int) -> Verdict:
    """Decide what the answers of one family prove.

    Invariants:
    - An address wins only with the votes of at least `quorum` operators, and of more than half of
      those that answered with an address. So liars who are fewer than `quorum`, or no more than
      half of those who answered, never win.
    - An operator has one vote, whatever number of its hosts answered, and none if they contradict
      each other; it still counts among those that answered.
    - The quorum is never lowered: where fewer operators were asked, the verdict says so.
    - Where several kinds of sources named an address, it wins only if two of them name it: what
      stands in the way of one kind, and makes all its operators say the same, never wins.
    - What a router, an interface or an entity tells of the inside of a NAT is no vote, and stands
      in nobody's way. A public address from there is a vote as any other, of a kind of its own.
    - The order of the answers means nothing.

    Raises `ValueError` for a quorum below one and for answers of different families.
    """
    if quorum < 1:
        raise ValueError("a quorum is at least one")
    if len({answer.family for answer in answers}) > 1:
        raise ValueError("a vote is about one family")

    ballot = _Ballot(answers)
    for address, operators in ballot.votes().items():
        if len(operators) >= quorum and 2 * len(operators) > len(ballot.said):
            return _winner(address, operators, ballot)
    if len(ballot.said) < quorum:
        asked = len({answer.operator for answer in answers if not answer.inner})
        return TooFewAnswers(asked=asked, answered=len(ballot.said), quorum=quorum)
    return Disagreement(named=ballot.named(), quorum=quorum)


class _Ballot:
    """What each operator said, and by which kinds of sources; what is no vote is left out."""

    def __init__(self, answers: Collection[Answer]) -> None:
        self.said: defaultdict[Operator, defaultdict[Address, set[SourceKind]]] = defaultdict(
            lambda: defaultdict(set)
        )
        for answer in answers:
            if answer.address is not None and not answer.inner:
                self.said[answer.operator][answer.address].add(answer.kind)

    def votes(self) -> Mapping[Address, frozenset[Operator]]:
        """Return who votes for what: those that did not contradict themselves."""
        return _by_address(
            (operator, said) for operator, said in self.said.items() if len(said) == 1
        )

    def named(self) -> Mapping[Address, frozenset[Operator]]:
        """Return who named what, with or without a vote."""
        return _by_address(self.said.items())

    def kinds(self, address: Address, operators: Collection[Operator]) -> frozenset[SourceKind]:
        """Return the kinds by which these operators name an address."""
        return frozenset(kind for operator in operators for kind in self.said[operator][address])

    def heard(self) -> frozenset[SourceKind]:
        """Return the kinds that named any address."""
        return frozenset(
            kind for said in self.said.values() for kinds in said.values() for kind in kinds
        )


def _by_address(
    said: Iterable[tuple[Operator, Collection[Address]]],
) -> Mapping[Address, frozenset[Operator]]:
    named: defaultdict[Address, set[Operator]] = defaultdict(set)
    for operator, addresses in said:
        for address in addresses:
            named[address].add(operator)
    return {address: frozenset(operators) for address, operators in named.items()}


def _winner(address: Address, operators: frozenset[Operator], ballot: _Ballot) -> Verdict:
    scope = scope_of(address)
    if scope is not Scope.PUBLIC:
        return NotPublic(address, scope, operators)
    # Only what the voters say counts: an operator that has no vote confirms nothing.
    confirming = ballot.kinds(address, operators)
    if len(confirming) < min(len(ballot.heard()), _KINDS_THAT_AGREE):
        return OneKind(address, next(iter(confirming)), ballot.named())
    return Agreed(address, operators)
