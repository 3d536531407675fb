"""APIs that replace all records of a name and type at once: one call, whole or not at all."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, override

from .client import RestClient
from .zone import Record, Spot

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class RecordSet:
    """All records of a name and type; `more` is what else its API tells of them."""

    values: tuple[str, ...]
    ttl: int
    enabled: bool = True
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)


class RecordSetClient(RestClient):
    """A client that reads and replaces record sets.

    Of a set with several values only the one that is ours is replaced; the others stay.
    """

    @abstractmethod
    async def read_set(self, spot: Spot) -> RecordSet | None:
        """Read the set at a spot; None where there is none."""

    @abstractmethod
    async def write_set(self, spot: Spot, new: RecordSet, old: RecordSet | None) -> None:
        """Put a set in the place of the old one, or of none.

        The values stand in the order of the old ones: one of them is changed, or one added.
        """

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        found = await self.read_set(spot)
        if found is None:
            return []
        return [
            Record(value, spot.name, spot.type, value, found.enabled, {"set": found})
            for value in found.values
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        await self.write_set(spot, RecordSet((content,), self.ttl), None)

    @override
    async def add(self, spot: Spot, beside: list[Record], content: str) -> None:
        if not beside:
            await self.create(spot, content)
            return
        old: RecordSet = beside[0].more["set"]
        values = (*old.values, content)
        await self.write_set(spot, RecordSet(values, old.ttl, old.enabled, old.more), old)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        old: RecordSet = record.more["set"]
        values = tuple(content if value == record.id else value for value in old.values)
        await self.write_set(spot, RecordSet(values, old.ttl, old.enabled, old.more), old)
