"""How fast a job learns of changes on each of its sides, and why not faster: plain data."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from .side import Side


class Level(StrEnum):
    """How changes on a side are learnt of, the best first."""

    LIVE = "live"  # the watch stands: a change starts a run at once
    PARTLY = "partly"  # only a part of the folders is watched; the interval looks at the others
    RESCAN = "rescan"  # nothing is watched: recently changed folders and the interval are looked at
    OFF = "off"  # only the interval and people start runs


ORDER: Final = tuple(Level)

SWITCHED_OFF: Final = "switched_off"
NOT_SUPPORTED: Final = "not_supported"


@dataclass(frozen=True, slots=True)
class SideCoverage:
    """How changes on one side are learnt of."""

    level: Level
    cause: str | None = None
    """Why it is no better: a stable key that translations know."""
    detail: str = ""
    since: datetime | None = None
    """Since when it is no better, where it was."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How changes are learnt of.

    A side is absent where changes on it start no run: the target of a mirror or a copy.
    """

    source: SideCoverage
    target: SideCoverage | None = None

    @property
    def worst(self) -> SideCoverage:
        """Return the side that is covered least."""
        sides = (self.source,) if self.target is None else (self.source, self.target)
        return max(sides, key=lambda side: ORDER.index(side.level))

    @classmethod
    def of(cls, sides: dict[Side, SideCoverage]) -> Coverage:
        """Return the coverage of one side or two, the source first."""
        return cls(*(sides[side] for side in sorted(sides, key=lambda side: side.value)))
