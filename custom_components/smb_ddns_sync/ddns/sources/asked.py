"""What the sources share that are asked over the line: who they are, and how an answer is told."""

from abc import abstractmethod
import logging
from typing import TYPE_CHECKING, Final, override

from ..source import Answer, Operator, Source, SourceId, SourceKind

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from ..address import Address, Family
    from ..source import NoAnswer

_LOGGER: Final = logging.getLogger(__name__)


class AskedSource(Source):
    """A source that is asked over the family that is meant."""

    def __init__(
        self,
        source: SourceId,
        operator: Operator,
        kind: SourceKind,
        families: AbstractSet[Family],
    ) -> None:
        self._id: Final = source
        self._operator: Final = operator
        self._kind: Final = kind
        self._families: Final = frozenset(families)

    @property
    @override
    def id(self) -> SourceId:
        return self._id

    @property
    @override
    def operator(self) -> Operator:
        return self._operator

    @property
    @override
    def kind(self) -> SourceKind:
        return self._kind

    @property
    @override
    def families(self) -> AbstractSet[Family]:
        return self._families

    @override
    async def ask(self, family: Family) -> Answer:
        found = await self._find(family)
        _LOGGER.debug("%s says for %s: %s", self.id, family.name, found)
        return Answer(self.id, self.operator, family, found, self.kind)

    @abstractmethod
    async def _find(self, family: Family) -> Address | NoAnswer:
        """Ask, within a deadline; raise nothing but cancellation."""
