"""Reads files no faster than the pace allows, in pieces that leave room for others on the line."""

from contextlib import contextmanager
from typing import TYPE_CHECKING, override

from .endpoint import Cancelled, Content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .brake import Brake
    from .endpoint import Endpoint, RelPath


@contextmanager
def carried(side: Endpoint, path: RelPath, brake: Brake) -> Iterator[Content]:
    """Open a file of a side; what comes over a line is paid for. Reading raises `Cancelled`."""
    with side.open(path) as content:
        yield Carried(content, brake, down=side.traits.remote)


class Carried(Content):
    """Content on its way over the line; reading raises `Cancelled` between two pieces."""

    def __init__(
        self,
        content: Content,
        brake: Brake,
        *,
        up: bool = False,
        down: bool = False,
        count: Callable[[int], None] = lambda _length: None,
    ) -> None:
        """Begin. `up` and `down` tell where it goes, `count` hears of each piece."""
        self.entry = content.entry
        self._content = content
        self._brake = brake
        self._count = count
        self._up = up
        self._down = down

    @override
    def read(self, offset: int, length: int) -> bytes:
        parts: list[bytes] = []
        end = offset + length
        while offset < end:
            piece = self._brake.piece()
            if self._down:
                self._content.in_pieces(piece)
            block = self._content.read(offset, min(piece, end - offset))
            if not block:
                break
            if self._brake.carry(len(block), up=self._up, down=self._down):
                raise Cancelled("run", "cancelled")
            self._count(len(block))
            parts.append(block)
            offset += len(block)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    @override
    def verify_unchanged(self) -> None:
        self._content.verify_unchanged()
