"""Ranges of bytes: which of them are meant, and which are not. In order, and apart."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Range:
    """At least one byte of a file. Raises `ValueError` for anything else."""

    offset: int
    length: int

    def __post_init__(self) -> None:
        """Check it."""
        if self.offset < 0 or self.length <= 0:
            raise ValueError(f"{self.length} bytes at {self.offset} are no range")

    @property
    def end(self) -> int:
        """The offset of the first byte behind it."""
        return self.offset + self.length


def between(start: int, end: int) -> tuple[Range, ...]:
    """Return the one range from `start` up to `end`, or none where there is nothing between."""
    return (Range(start, end - start),) if start < end else ()


def apart(ranges: Iterable[Range]) -> bool:
    """Tell whether ranges are in order and do not overlap."""
    at = 0
    for each in ranges:
        if each.offset < at:
            return False
        at = each.end
    return True


def within(ranges: Iterable[Range], start: int, end: int) -> tuple[Range, ...]:
    """Return what of the ranges lies from `start` up to `end`."""
    return tuple(
        part for each in ranges for part in between(max(each.offset, start), min(each.end, end))
    )


def without(ranges: Iterable[Range], start: int, end: int) -> tuple[Range, ...]:
    """Return what from `start` up to `end` lies in none of the ranges."""
    left: list[Range] = []
    for each in within(ranges, start, end):
        left += between(start, each.offset)
        start = each.end
    return (*left, *between(start, end))


def pieces(ranges: Iterable[Range], room: int) -> Iterator[Range]:
    """Return the ranges in pieces of at most `room` bytes."""
    for each in ranges:
        for offset in range(each.offset, each.end, room):
            yield Range(offset, min(room, each.end - offset))
