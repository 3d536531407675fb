"""Placements on their way into the client: opened when their turn comes, checked, and closed."""

from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, override

from ...smb.files import Content as PutContent
from ...smb.files import Withheld
from ..endpoint import ENDS_ALL, Changed, EndpointError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ...smb.files import Put
    from ..endpoint import Content, Placement, Span

_SMALL: Final = 1 << 20  # bytes up to which a file is read at once, so that many can be under way


@dataclass(frozen=True, slots=True)
class Opened:
    """What is to be put, as the client is to have it."""

    content: bytes | PutContent
    settled: Callable[[], None] | None = None
    """For what is read while it is put: raises where it is not one version."""
    changed: tuple[Span, ...] | None = None


class Puts:
    """Opens what is to be put when its turn comes, and closes it when it is in place.

    A file that cannot be read is answered here; the client never sees it.
    """

    def __init__(
        self,
        put_for: Callable[[Placement, Opened], Put],
        placements: Iterable[Placement],
    ) -> None:
        """`put_for` returns a placement in the client's words."""
        self._put_for = put_for
        self._placements = placements
        self._open: dict[str, tuple[Placement, ExitStack]] = {}
        self._failed: deque[tuple[Placement, EndpointError]] = deque()
        self._ended: EndpointError | None = None

    def __iter__(self) -> Iterator[Put]:
        try:
            for placement in self._placements:
                if (put := self._put(placement)) is not None:
                    yield put
                if self._ended is not None:
                    return
        except EndpointError as error:
            self._ended = error

    def _put(self, placement: Placement) -> Put | None:
        stack = ExitStack()
        try:
            put = self._put_for(placement, self._opened(placement, stack))
        except EndpointError as error:
            stack.close()
            if isinstance(error, ENDS_ALL):
                raise
            self._failed.append((placement, error))
            return None
        self._open[put.path] = (placement, stack)
        return put

    def end(self, error: EndpointError) -> None:
        """Hand out no more; the first error is the one that is raised."""
        self._ended = self._ended or error

    def raise_ended(self) -> None:
        """Raise what ended all, if anything did."""
        if self._ended is not None:
            raise self._ended

    def take_failed(self) -> Iterator[tuple[Placement, EndpointError]]:
        """Return what could not be read."""
        while self._failed:
            yield self._failed.popleft()

    def done(self, put: Put) -> Placement:
        """Close what was put, and return what it was put for."""
        placement, stack = self._open.pop(put.path)
        stack.close()
        return placement

    def close(self) -> None:
        """Close what was not put."""
        for _, stack in self._open.values():
            stack.close()
        self._open.clear()

    def _opened(self, placement: Placement, stack: ExitStack) -> Opened:
        content = stack.enter_context(placement.open())
        if placement.size > min(_SMALL, placement.piece):
            changed = None if placement.changed is None else placement.changed()
            return Opened(_Checked(content, placement), content.verify_unchanged, changed)
        with stack.pop_all():
            # Up to one byte more: a file that has grown must not be cut.
            found = content.read(0, placement.size + 1)
            content.verify_unchanged()
        if len(found) != placement.size:
            raise Changed(placement.path, "changed", "its length is not what it was")
        return Opened(found)


class _Checked(PutContent):
    """A large file, read while it is put: never less of it than is asked for."""

    def __init__(self, content: Content, placement: Placement) -> None:
        self._content = content
        self._placement = placement

    @property
    @override
    def size(self) -> int:
        return self._placement.size

    @override
    def read(self, offset: int, length: int) -> bytes:
        try:
            block = self._content.read(offset, min(length, self.size - offset))
        except ENDS_ALL as error:
            raise Withheld from error
        if len(block) < min(length, self.size - offset):
            raise Changed(self._placement.path, "changed", "it became shorter")
        return block
