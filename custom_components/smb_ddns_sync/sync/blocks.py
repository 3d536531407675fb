"""Digests of the blocks of a large file: what tells, later, which ranges of it have changed.

SHA-256 cut to 128 bits. hashlib lets go of the interpreter's lock meanwhile, and with the
instructions that processors have for it, it was measured at 1.4 GB/s a core where BLAKE2b does 0.5.
Two different blocks have the same 128 bits by chance less often than any disk errs; on purpose it
takes 2^64 tries, and harms only who made them.

Blocks have 256 KiB, so that a small change is little to send, and more in files of more than 1 GiB,
so that digests never grow beyond 128 KiB a file.
"""

from dataclasses import dataclass
import hashlib
from typing import TYPE_CHECKING, Final, Self

from .endpoint import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DIGEST: Final = 16
SMALLEST: Final = 1 << 18
_MOST: Final = 4096
_HEAD: Final = 4  # bytes in which the size of a block is stored


@dataclass(frozen=True, slots=True)
class Blocks:
    """The digests of all blocks of one version of a file, in order; the last may be short."""

    size: int
    digests: bytes

    def pack(self) -> bytes:
        """Return them as they are stored."""
        return self.size.to_bytes(_HEAD) + self.digests

    @classmethod
    def unpack(cls, stored: bytes) -> Self | None:
        """Return what was stored; None where that cannot be digests."""
        size, digests = int.from_bytes(stored[:_HEAD]), stored[_HEAD:]
        return cls(size, digests) if size and len(digests) % _DIGEST == 0 else None

    def fits(self, file_size: int, smallest: int = SMALLEST) -> bool:
        """Tell whether a version of this size is still told well in such blocks."""
        best = block_size(file_size, smallest)
        return best // 2 <= self.size <= 2 * best

    def __len__(self) -> int:
        return len(self.digests) // _DIGEST


def block_size(file_size: int, smallest: int = SMALLEST) -> int:
    """Return the bytes of a block in a file of so many."""
    size = smallest
    while _count(file_size, size) > _MOST:
        size *= 2
    return size


class BlockHasher:
    """Makes the digests of a file of which pieces are handed in, most of them in order.

    Only a block of which all bytes came in order is known; one that comes again is made anew.
    """

    def __init__(self, file_size: int, size: int, before: bytes = b"") -> None:
        """`before` is the digests of the first blocks, where they are known already."""
        self.size = size
        self._file_size = file_size
        self._digests = bytearray(_count(file_size, size) * _DIGEST)
        self._known = bytearray(_count(file_size, size))
        self._hash = hashlib.sha256()
        self._at = -1  # where the block goes on that is being made; -1: none is
        count = min(len(before) // _DIGEST, len(self._known))
        self._digests[: count * _DIGEST] = before[: count * _DIGEST]
        self._known[:count] = b"\1" * count

    def feed(self, offset: int, data: bytes) -> None:
        """Take in a piece of the file."""
        view, end = memoryview(data), offset + len(data)
        at = offset
        if offset != self._at:
            at = min(-(-offset // self.size) * self.size, end)
            self._at = -1
        while at < end:
            if at % self.size == 0:
                self._hash = hashlib.sha256()
            number = at // self.size
            stop = min((number + 1) * self.size, self._file_size)
            until = min(stop, end)
            self._hash.update(view[at - offset : until - offset])
            self._at = at = until
            if until == stop:
                self._learn(number)

    def _learn(self, number: int) -> None:
        start = number * _DIGEST
        self._digests[start : start + _DIGEST] = self._hash.digest()[:_DIGEST]
        self._known[number] = 1

    def blocks(self) -> Blocks | None:
        """Return the digests of all blocks; None where one is not known."""
        return Blocks(self.size, bytes(self._digests)) if all(self._known) else None

    def before(self, offset: int) -> bytes:
        """Return the digests of the blocks that end up to an offset; none where one is unknown."""
        count = offset // self.size
        return bytes(self._digests[: count * _DIGEST]) if all(self._known[:count]) else b""

    def differing(self, old: Blocks, start: int, end: int) -> Iterator[Span]:
        """Return the blocks that end from behind `start` up to `end` and are not as they were.

        `end` is the end of a piece that was fed.
        """
        last = len(self._known) if end == self._file_size else end // self.size
        for number in range(start // self.size, last):
            at, offset = number * _DIGEST, number * self.size
            if self._digests[at : at + _DIGEST] != old.digests[at : at + _DIGEST]:
                yield Span(offset, min(self.size, self._file_size - offset))


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return spans that are in order, with those in one that touch each other."""
    found: list[Span] = []
    for span in spans:
        if found and found[-1].end == span.offset:
            found[-1] = Span(found[-1].offset, found[-1].length + span.length)
        else:
            found.append(span)
    return tuple(found)


def _count(file_size: int, size: int) -> int:
    return -(-file_size // size)
