"""Reads back what both sides hold, and tells which files differ although nothing says so.

A disk that lost a write or a bit, a server that said yes and did nothing: size and time are as they
were, so no run looks at the file again. This one reads all that the base says to be one version on
both sides, at the pace of the job. It changes nothing: which of two versions is the good one only a
person can tell, except where digests of the synced version are known.
"""

from dataclasses import dataclass, field
import hashlib
from typing import TYPE_CHECKING, Final

from .base import Base
from .brake import Brake
from .carrying import carried
from .done import CONTENT_DIFFERS, Done, Failure
from .endpoint import ENDS_ALL, Cancelled, Changed, EndpointError, Entry, Kind, Missing
from .failing import agreed
from .marker import read_marker
from .names import display
from .side import Side
from .status import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .base import BaseEntry, Version
    from .endpoint import Content, Endpoint, RelPath
    from .run import Ears
    from .settings import JobSettings
    from .state import State

_BLOCK: Final = 1 << 20
_PAGE: Final = 500
_ALWAYS: Final = (1 << 63) - 1  # ns since 1970, after every time that a file can have
_DIGEST: Final = 16


@dataclass(slots=True)
class Verified:
    """What was found, also after an error."""

    files: int = 0
    """Files of which both sides were read and are equal."""
    size: int = 0
    """Bytes of them, counted once."""
    changed: int = 0
    """Files that are other versions by now: the next run looks after them."""
    differing: int = 0
    done: Done = field(default_factory=Done)
    """What differs, and what could not be read."""


class Verify:
    """One look at the content of everything."""

    def __init__(
        self, settings: JobSettings, state: State, sides: Mapping[Side, Endpoint], ears: Ears
    ) -> None:
        self._state = state
        self._sides = sides
        self._ears = ears
        self._base = Base(state.connection)
        self._brake = Brake(settings.pace, ears.clock, ears.cancelled)
        self._total = 0
        self._total_size = 0
        self._seen = 0
        self._read = 0
        self.outcome = Verified()

    def carry_out(self) -> None:
        """Read everything that both sides hold.

        Raises `EndpointError` where a side fails as a whole or is another folder than it was, and
        where it is cancelled.
        """
        if self._state.roots is None:
            return  # nothing was ever synced
        self._prove_roots()
        self._total, self._total_size = self._base.synced_size()
        after: BaseEntry | None = None
        while page := self._base.synced_files(_ALWAYS, after, _PAGE):
            for known in page:
                self._stop_if_cancelled()
                self._look_at(known)
            after = page[-1]

    def _prove_roots(self) -> None:
        roots = self._state.roots
        if roots is None:
            raise ValueError("there are no roots to prove")
        for side, root in ((Side.SOURCE, roots.source), (Side.TARGET, roots.target)):
            self._sides[side].pin(None)
            if not root.same_root(self._sides[side].identify()):
                name = side.name.lower()
                raise Changed(name, f"foreign_{name}", "another folder took its place")
        if read_marker(self._sides[Side.TARGET]) != self._state.id:
            raise Changed("target", "foreign_target", "another folder took its place")
        self._sides[Side.SOURCE].pin(roots.source)
        self._sides[Side.TARGET].pin(roots.target, self._state.id)

    def _look_at(self, known: BaseEntry) -> None:
        path, found, before = known.path, self.outcome, self._read
        size = known.target.size
        try:
            at = self._differs_at(known)
            if at is None:
                found.files += 1
                found.size += size
            else:
                found.differing += 1
                detail = self._explain(known, at)
                found.done.tell(Failure(path, CONTENT_DIFFERS, detail, agreed(known)))
        except ENDS_ALL:
            raise
        except Changed, Missing:
            found.changed += 1
        except EndpointError as error:
            found.done.tell(Failure(path, error.cause, str(error)))
        self._seen += 1
        self._read = before + size
        self._tell(path)

    def _differs_at(self, known: BaseEntry) -> int | None:
        """Return the first byte that differs; None where both are equal."""
        path = known.path
        with (
            carried(self._sides[Side.SOURCE], path, self._brake) as source,
            carried(self._sides[Side.TARGET], path, self._brake) as target,
        ):
            self._expect(source, path, known.source)
            self._expect(target, path, known.target)
            at = None
            for offset in range(0, known.target.size, _BLOCK):
                length = min(_BLOCK, known.target.size - offset)
                one, other = source.read(offset, length), target.read(offset, length)
                if one != other:
                    at = offset + _first_difference(one, other)
                    break
                self._read += length
                self._tell(path)
            # Somebody may have written meanwhile.
            source.verify_unchanged()
            target.verify_unchanged()
        return at

    def _expect(self, content: Content, path: RelPath, version: Version | None) -> None:
        if version is None or not content.entry.same_version(Entry(path, Kind.FILE, *version)):
            raise Changed(display(path), "changed", "since it was synced")

    def _explain(self, known: BaseEntry, at: int) -> str:
        told = (
            "Size and time say that both sides hold one version, "
            f"but the content differs from byte {at} on. "
        )
        match self._spoilt(known, at):
            case [Side.SOURCE]:
                return f"{told}The source is not what was synced: save the target's over it"
            case [Side.TARGET]:
                return f"{told}The target is not what was synced: save the source's over it"
            case _:
                return f"{told}Look at both, and save the good one over the other"

    def _spoilt(self, known: BaseEntry, at: int) -> list[Side]:
        """Return the sides that are not what was synced, as far as digests of it are known."""
        blocks = self._base.blocks(known.path, Side.TARGET, known.target)
        if blocks is None:
            return []
        number = at // blocks.size
        digest = blocks.digests[number * _DIGEST : (number + 1) * _DIGEST]
        spoilt = []
        for side in Side:
            with carried(self._sides[side], known.path, self._brake) as content:
                offset = number * blocks.size
                length = min(blocks.size, known.target.size - offset)
                block = content.read(offset, length)
                content.verify_unchanged()
            if hashlib.sha256(block).digest()[:_DIGEST] != digest:
                spoilt.append(side)
        return spoilt

    def _tell(self, path: RelPath) -> None:
        total, size = self._total, self._total_size
        self._ears.progress(
            Progress(min(self._seen, total), total, min(self._read, size), size, path)
        )

    def _stop_if_cancelled(self) -> None:
        if self._brake.step():
            raise Cancelled("run", "cancelled")


def _first_difference(one: bytes, other: bytes) -> int:
    """Return where two blocks differ first; a shorter one differs where it ends."""
    pairs = zip(one, other, strict=False)
    return next(
        (at for at, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other))
    )
