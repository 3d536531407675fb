"""What grows without end shows in an hour: memory, threads, handles, and the log."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

_PAGE: Final = 4096
_MIB: Final = 1 << 20
# What may come on top from the first third to the last: what Python keeps of memory, a connection
# or a thread that happens to be there.
_MEMORY: Final = 32.0  # MiB
_THREADS: Final = 6
_HANDLES: Final = 24
_WARM_UP: Final = 36  # readings


@dataclass(frozen=True, slots=True)
class Reading:
    """What a program holds at one moment."""

    memory: float  # MiB
    threads: int
    handles: int


def read(pid: int) -> Reading | None:
    """Read what a program holds; None where it is gone."""
    process = Path(f"/proc/{pid}")
    try:
        pages = int((process / "statm").read_text().split()[1])
        return Reading(
            pages * _PAGE / _MIB,
            len(list((process / "task").iterdir())),
            len(list((process / "fd").iterdir())),
        )
    except FileNotFoundError, ProcessLookupError:
        return None


class Gauges:
    """The readings of each life of a program."""

    def __init__(self) -> None:
        self.lives: dict[int, list[Reading]] = {}

    def note(self, pid: int) -> None:
        """Take a reading."""
        if (reading := read(pid)) is not None:
            self.lives.setdefault(pid, []).append(reading)

    @property
    def longest(self) -> list[Reading]:
        """The readings of the longest life."""
        return max(self.lives.values(), key=len, default=[])

    def growth(self) -> Reading:
        """Return what was held more in the last third of the longest life than in the first.

        A program that has just started fills its caches, and opens what it will need: its first
        minutes count for nothing where there are enough others.
        """
        readings = self.longest
        readings = readings[min(_WARM_UP, len(readings) // 2) :]
        if not readings:
            return Reading(0, 0, 0)
        third = max(1, len(readings) // 3)
        first, last = readings[:third], readings[-third:]
        return Reading(
            median(r.memory for r in last) - median(r.memory for r in first),
            int(median(r.threads for r in last) - median(r.threads for r in first)),
            int(median(r.handles for r in last) - median(r.handles for r in first)),
        )

    def faults(self) -> list[str]:
        """Return what grew, each in a sentence."""
        grown = self.growth()
        allowed = (
            ("memory", grown.memory, _MEMORY, "MiB"),
            ("threads", grown.threads, _THREADS, ""),
            ("handles", grown.handles, _HANDLES, ""),
        )
        return [
            f"{what} grew by {by:.0f} {unit}".strip()
            for what, by, limit, unit in allowed
            if by > limit
        ]
