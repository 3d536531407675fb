"""Large files on their way: gone on with where an earlier run broke off, and sent as changes only.

Both need proof. A temporary is gone on with only for the very version of the source that it was
begun from, and only if this run's scan has seen it: the file that was noted, with at least as much
as was noted. Ranges are left out only if the side still holds the version of which the base knows
the digests. Whatever is not proved is sent whole, and old temporaries are swept.
"""

from typing import TYPE_CHECKING, override

from .base import Version
from .blocks import BlockHasher, block_size, joined
from .endpoint import Changed, Checkpoint, Checkpoints, Content, Kind, NoSpace
from .names import display
from .operation import Place
from .partial import Partial, Partials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .base import Base
    from .blocks import Blocks
    from .clock import Clock
    from .endpoint import EndpointError, Entry, RelPath, Span
    from .operation import Operation
    from .settings import Sizes
    from .side import Side

_PIECE = 1 << 20


class LargeFiles:
    """The large files of one run."""

    def __init__(
        self,
        base: Base,
        partials: Partials,
        temporaries: Iterable[tuple[Side, Entry]],
        sizes: Sizes,
        clock: Clock,
    ) -> None:
        """`temporaries` is what the scan has seen."""
        self._base = base
        self._partials = partials
        self._sizes = sizes
        self._clock = clock
        self._seen: dict[tuple[Side, RelPath], Entry] = {}
        if partials.any():
            self._seen = {(side, entry.path): entry for side, entry in temporaries}
            partials.expire(clock.now())

    def unwanted(
        self,
        temporaries: Iterable[tuple[Side, Entry]],
        operations: Callable[[], Iterable[Operation]],
    ) -> Iterator[tuple[Side, Entry]]:
        """Return those of the temporaries that nothing in the plan goes on with."""
        wanted = set()
        if self._seen:
            for operation in operations():
                if isinstance(operation, Place) and (partial := self._left(operation)):
                    wanted.add((operation.on, partial.temporary))
        return (found for found in temporaries if (found[0], found[1].path) not in wanted)

    def there(self, operation: Place) -> int:
        """Return how many bytes of a file need no more room, because a temporary has them."""
        partial = self._left(operation)
        return 0 if partial is None else partial.left.done

    def begin(self, operation: Place, temporary: RelPath) -> LargeFile | None:
        """Return the file on its way, to a temporary of this name if none is there; or None."""
        if operation.source.size < self._sizes.large:
            return None
        left = self._left(operation)
        known = None
        if operation.expected is not None:
            known = self._base.blocks(operation.path, operation.on, Version.of(operation.expected))
        size = operation.source.size
        same = known is not None and known.fits(size, self._sizes.block)
        hasher = BlockHasher(
            size,
            known.size if known is not None and same else block_size(size, self._sizes.block),
            b"" if left is None else left.digests,
        )
        return LargeFile(self, operation, temporary, left, known if same else None, hasher)

    def checkpoints(self, keep: Callable[[Checkpoint], None]) -> Checkpoints:
        """Return how a file is to keep its checkpoints."""
        return Checkpoints(keep, self._sizes.between_checkpoints)

    def keep(self, side: Side, partial: Partial) -> None:
        """Remember how far a file has come."""
        self._partials.keep(side, partial, self._clock.now())

    def forget(self, side: Side, path: RelPath) -> None:
        """Forget that a file is on its way."""
        self._partials.forget(side, path)

    def _left(self, operation: Place) -> Partial | None:
        """Return what may be gone on with, if all is proved."""
        if not self._seen:
            return None
        partial = self._partials.get(operation.on, operation.path)
        if partial is None or partial.version != Version.of(operation.source):
            return None
        seen = self._seen.get((operation.on, partial.temporary))
        if seen is None or seen.kind is not Kind.FILE or seen.size < partial.left.done:
            return None
        return partial if seen.file_id in (0, partial.left.file_id) else None


class LargeFile:
    """One of them, from the moment when its turn comes."""

    def __init__(
        self,
        files: LargeFiles,
        operation: Place,
        temporary: RelPath,
        left: Partial | None,
        known: Blocks | None,
        hasher: BlockHasher,
    ) -> None:
        self._files = files
        self._operation = operation
        self._known = known
        self._hasher = hasher
        self._content: Content | None = None
        self._pause: Callable[[], None] = lambda: None
        self.temporary = temporary if left is None else left.temporary
        self.resume: Checkpoint | None = None
        if left is not None:
            # From the start of a block, so that it is made a digest of as all others.
            done = left.left.done
            self.resume = Checkpoint(left.left.file_id, done - done % hasher.size)

    @property
    def checkpoints(self) -> Checkpoints:
        """How its checkpoints are kept."""
        return self._files.checkpoints(self._keep)

    @property
    def changed(self) -> Callable[[], tuple[Span, ...] | None] | None:
        """What tells its changed ranges; None where nothing is known of the version before."""
        return None if self._known is None else self._changed

    def watch(self, content: Content, pause: Callable[[], None]) -> Content:
        """Return the content, with digests made of what is read.

        `pause` is called between two pieces of what is only compared, and may raise.
        """
        self._content, self._pause = content, pause
        return _Hashed(content, self._hasher)

    def placed(self) -> Blocks | None:
        """Note that it is in place; returns the digests of its blocks, if all are known."""
        self._files.forget(self._operation.on, self._operation.path)
        return self._hasher.blocks()

    def failed(self, error: EndpointError) -> bool:
        """Note that it is not in place; tells whether its temporary has to go at once."""
        full = isinstance(error, NoSpace)
        # A temporary that turned out to be another file would do so again and again.
        if full or (self.resume is not None and isinstance(error, Changed)):
            self._files.forget(self._operation.on, self._operation.path)
        return full

    def _keep(self, checkpoint: Checkpoint) -> None:
        source = self._operation.source
        self._files.keep(
            self._operation.on,
            Partial(
                self._operation.path,
                self.temporary,
                Version.of(source),
                checkpoint,
                self._hasher.before(checkpoint.done),
            ),
        )

    def _changed(self) -> tuple[Span, ...] | None:
        """Read all of it, and return the blocks that are not as they were.

        None as soon as more than half of it is new: then it is rather another file than a changed
        one, and reading on would only delay it.
        """
        content, known, source = self._content, self._known, self._operation.source
        if content is None or known is None:
            raise RuntimeError("asked before it was opened, or of a version that is not known")
        changed: list[Span] = []
        for offset in range(0, source.size, _PIECE):
            self._pause()
            length = min(_PIECE, source.size - offset)
            data = content.read(offset, length)
            if len(data) != length:
                raise Changed(display(source.path), "changed", "it became shorter")
            self._hasher.feed(offset, data)
            changed += self._hasher.differing(known, offset, offset + length)
            if len(changed) * 2 > len(known):
                return None
        return joined(changed)


class _Hashed(Content):
    """Content of which digests are made while it is read."""

    def __init__(self, content: Content, hasher: BlockHasher) -> None:
        self.entry = content.entry
        self._content = content
        self._hasher = hasher

    @override
    def read(self, offset: int, length: int) -> bytes:
        block = self._content.read(offset, length)
        self._hasher.feed(offset, block)
        return block

    @override
    def verify_unchanged(self) -> None:
        self._content.verify_unchanged()
