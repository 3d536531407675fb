"""What something else in the house tells as a text: a sensor of the router, a template."""

from typing import TYPE_CHECKING, override

from ..address import Address, Family, parse_address
from ..source import Answer, NoAnswer, Operator, Source, SourceId, SourceKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet


class ToldSource(Source):
    """A source that reads a text at hand: None is "not known".

    Invariant: the whole text is the address. `read` must not block, and raises nothing.
    """

    def __init__(self, source: str, read: Callable[[], str | None]) -> None:
        self._id = SourceId(source)
        self._read = read

    @property
    @override
    def id(self) -> SourceId:
        return self._id

    @property
    @override
    def operator(self) -> Operator:
        """Return itself: whom it got the address from cannot be known."""
        return Operator(self._id)

    @property
    @override
    def kind(self) -> SourceKind:
        return SourceKind.ENTITY

    @property
    @override
    def families(self) -> AbstractSet[Family]:
        return frozenset(Family)

    @override
    async def ask(self, family: Family) -> Answer:
        return Answer(self.id, self.operator, family, self._find(family), self.kind)

    def _find(self, family: Family) -> Address | NoAnswer:
        text = self._read()
        if text is None:
            return NoAnswer.NOTHING
        address = parse_address(text, family)
        if address is not None:
            return address
        if any(parse_address(text, other) is not None for other in Family):
            return NoAnswer.WRONG_FAMILY
        return NoAnswer.NOT_AN_ADDRESS
