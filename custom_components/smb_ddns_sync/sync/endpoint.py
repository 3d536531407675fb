"""One side of a job as the engine sees it.

A narrow protocol that folders, shares and memory implement alike.

Every change states what it expects to find, and fails with `Changed` where the side holds something
else by then: nothing is overwritten, moved or deleted that the plan has not seen.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, NamedTuple, NewType, Protocol

from .pace import MOST_PIECE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

RelPath = NewType("RelPath", str)  # "/"-separated, relative to the root; "" is the root itself
ROOT = RelPath("")


class Kind(Enum):
    """What is at a path."""

    FILE = "file"
    FOLDER = "folder"
    OTHER = "other"  # links, devices, pipes: counted, never followed, never carried over


@dataclass(frozen=True, slots=True)
class Entry:
    """What one side held at a path when it was looked at."""

    path: RelPath
    kind: Kind
    size: int = 0  # of files; 0 for all else
    modified: int = (
        0  # of files, ns since 1970, rounded down to the endpoint's step; 0 for all else
    )
    file_id: int = 0  # inode or file id; 0 where the side has none that lasts

    def same_version(self, other: Entry | None) -> bool:
        """Tell whether both are the same version of the same file, by all that a listing tells."""
        return (
            other is not None
            and (self.kind, self.size, self.modified) == (other.kind, other.size, other.modified)
            and (not self.file_id or not other.file_id or self.file_id == other.file_id)
        )


@dataclass(frozen=True, slots=True)
class RootIdentity:
    """Which folder a root is, apart from its name.

    It changes when another disk or share stands in its place.
    """

    volume: int
    file_id: int  # 0 where the side has none that lasts

    def same_root(self, other: RootIdentity) -> bool:
        """Tell whether both are the same folder, by what both sides know."""
        return self.volume == other.volume and (
            not self.file_id or not other.file_id or self.file_id == other.file_id
        )


@dataclass(frozen=True)
class NameRule:
    """Which names a side can hold as they are. No name holds "/" or NUL anywhere."""

    refused: frozenset[str] = frozenset()
    """Characters that no name can hold."""
    refused_ends: frozenset[str] = frozenset()
    """What no name can end in."""
    devices: bool = False
    """Whether names of devices (CON, NUL.txt) stand for these."""
    undecodable: bool = False
    """Whether bytes that are no UTF-8 can be in a name."""
    counts_bytes: bool = False
    """Whether bytes of UTF-8 are counted in a name, and not units of UTF-16."""
    longest: int = 255
    folds: bool = False
    """Whether names that differ only in the case of letters are one."""

    def fits_in(self, other: NameRule) -> bool:
        """Tell whether what a side with this rule holds as it is, one with the other does, too.

        Lengths do not count: a name that is too long was never held, in no spelling.
        """
        return (
            other.refused <= self.refused
            and other.refused_ends <= self.refused_ends
            and other.devices <= self.devices
            and other.folds <= self.folds
            and self.undecodable <= other.undecodable
        )

    POSIX: ClassVar[NameRule]
    """All but "/" and NUL, at most 255 bytes."""
    WINDOWS: ClassVar[NameRule]
    """[MS-FSCC] 2.1.5, and no device names; at most 255 UTF-16 units."""


NameRule.POSIX = NameRule(undecodable=True, counts_bytes=True)
NameRule.WINDOWS = NameRule(
    frozenset(map(chr, range(1, 32))) | frozenset('"*:<>?\\|'),
    frozenset(". "),
    devices=True,
    folds=True,
)


@dataclass(frozen=True, slots=True)
class Traits:
    """What a side can hold."""

    modified_step: int  # ns; the precision its times survive a round trip with
    case_sensitive: bool
    names: NameRule = NameRule.WINDOWS
    tells_all: bool = False
    """Whether its watch tells of changes whoever makes them. A server does not tell what its own
    programs do: only what comes over SMB."""
    remote: bool = False
    """What is read and written goes over a line, which the user may want to share."""


@dataclass(frozen=True, slots=True)
class Listing:
    """All of one folder, or why it could not be listed; never a part.

    The engine's own files are not among the entries: its folder is left out, its temporaries stand
    apart, and so does whatever is called like one of both. Nobody enters what stands apart.
    """

    folder: RelPath
    entries: tuple[Entry, ...] = ()
    temporaries: tuple[Entry, ...] = ()
    error: EndpointError | None = None


class Content(Protocol):
    """A file opened for reading, at the version that `entry` tells."""

    entry: Entry

    def read(self, offset: int, length: int) -> bytes:
        """Return at most `length` bytes; fewer only at the end of the file."""
        ...

    def verify_unchanged(self) -> None:
        """Raise `Changed` where the file is no longer the version that was opened."""
        ...

    def in_pieces(self, most: int) -> None:
        """Have no more than so many bytes under way from now on, where it comes over a line."""
        del most  # only a side behind a line needs to know


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A temporary, and how much of it is on the disk of its side: what may be built on."""

    file_id: int
    """Which file it is; never 0. Another one of the same name is never gone on with."""
    done: int
    """All bytes before this one are as they are to be, and were flushed since they were written."""


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Who keeps the checkpoints of a placement, so that a later one can go on with it."""

    keep: Callable[[Checkpoint], None]
    """Called in the placing thread: first with 0 bytes done, before any content is written."""
    every: int
    """Bytes between two; each costs a flush."""


class Span(NamedTuple):
    """At least one byte of a file."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        """The offset of the first byte behind it."""
        return self.offset + self.length


@dataclass(frozen=True, slots=True)
class Placement:
    """A file to be put in place. `expected` is what the target must hold just before.

    None is nothing. What follows `keep_old_at` is help that a side may use or not.
    """

    path: RelPath
    temporary: RelPath
    """Where it is written first: beside `path`, under a name of ours."""
    open: Callable[[], AbstractContextManager[Content]]
    size: int
    modified: int
    expected: Entry | None
    keep_old_at: RelPath | None = None
    """Where the replaced version lives on; its folder is made where it is missing."""
    verify: bool = False
    """Whether what was written is read back and compared before it gets its name."""
    checkpoints: Checkpoints | None = None
    """Where they are kept, the temporary stays if the placement ends with `ENDS_ALL`. Only files
    that do not fit into one request are worth it."""
    resume: Checkpoint | None = None
    """What an earlier placement of the very same version left at `temporary`. Where it is gone,
    or is shorter, the placement starts at the beginning."""
    changed: Callable[[], tuple[Span, ...] | None] | None = None
    """Asked while the content is open: what differs from `expected`, in order and apart; all else
    stands there at the same offset. None is everything. It may read all of the content."""
    flush: bool = False
    """It must be on the side's disk before it takes its place, also where it replaces nothing."""
    piece: int = MOST_PIECE
    """Bytes to be written at a time, where it goes over a line."""

    def __post_init__(self) -> None:
        if self.keep_old_at is not None and self.expected is None:
            raise ValueError("nothing is replaced, so there is nothing to keep")
        if self.changed is not None and self.expected is None:
            raise ValueError("nothing is replaced, so there is nothing that has not changed")


class Touch(Enum):
    """What a hint says about a path."""

    WRITTEN = "written"  # it may still be open for writing
    DONE = "done"  # closed, moved or deleted: nothing more is coming for now
    LOST = "lost"  # events were lost: anything may have changed
    PARTLY = "partly"  # from now on only a part is told of; the reason is in the error
    INTERRUPTED = "interrupted"  # nothing is told of until LOST comes; the reason is in the error
    BLIND = "blind"  # nothing more will be told; the reason is in the error


class News(Enum):
    """What a hint says about a name: how our own changes are told from those of others."""

    MADE = "made"  # it appeared: made, or moved here
    GONE = "gone"  # deleted, or moved away
    OTHER = "other"  # what it stands for changed, or nothing is known


@dataclass(frozen=True, slots=True)
class Hint:
    """Something may have changed at a path; a reason to look, never a fact to act on."""

    touch: Touch
    path: RelPath = ROOT
    error: EndpointError | None = None
    news: News = News.OTHER
    found: Entry | None = None
    """What was there once the news had come, where the watch can tell."""


class Watch(Protocol):
    """Hints keep coming until it is closed, or until it has told `BLIND`."""

    def close(self) -> None:
        """Stop; no hint comes after the return."""
        ...


def everywhere(_folder: RelPath) -> bool:
    """Enter every folder."""
    return True


class Endpoint(Protocol):
    """A root folder on one side. All methods block, and raise `EndpointError` only.

    `close` may be called from any thread, to break what blocks; all else by one thread at a time.
    """

    @property
    def traits(self) -> Traits:
        """Return what this side can hold; probed where it differs, so it may dial."""
        ...

    def try_names(self) -> NameRule | None:
        """Find out which names the root holds, by trying some in a folder of ours.

        None where there is nothing to be found out so: `traits` tell all, nothing can be written,
        or somebody else is at it.
        """
        ...

    def hold_names(self, rule: NameRule) -> None:
        """Go by a rule that `try_names` has found for this root, be it long ago."""
        ...

    def identify(self) -> RootIdentity:
        """Return which folder the root is now; `Missing` where there is none."""
        ...

    def find_root(self, path: RelPath, longest: int) -> tuple[RootIdentity, bytes | EndpointError]:
        """Return which folder the root is now, and how a file in it begins, or why not.

        At once where the side can. Raises as `identify` does, and what ends all.
        """
        identity = self.identify()
        try:
            return identity, self.read_small(path, longest)
        except ENDS_ALL:
            raise
        except EndpointError as error:
            return identity, error

    def pin(self, root: RootIdentity | None, marker: str | None = None) -> None:
        """Work in this very root from now on, whatever its name or address leads to by then.

        Everything else that may stand there is neither changed nor looked at: a call that would
        raises `Unavailable` with the cause `foreign_root`. With a `marker`, the root's marker must
        tell it, too. None lets go.
        """
        ...

    def heed(self, stopped: Callable[[], bool]) -> None:
        """Have what waits for this side, on the calling thread, ended soon once it is to stop.

        Where the side answers, what it was asked still comes to its end; else `Cancelled` is
        raised, and what was under way may have happened or not. A side that never lets wait for
        long need not do anything.
        """
        del stopped

    def walk(
        self, under: RelPath = ROOT, enter: Callable[[RelPath], bool] = everywhere
    ) -> Iterator[Listing]:
        """List a folder and all below it; a folder comes before what is in it.

        `enter` is asked once for each folder below `under`, after the listing that holds it was
        taken.
        """
        ...

    def list(self, folder: RelPath) -> Listing:
        """List one folder."""
        ...

    def look(self, path: RelPath) -> Entry | None:
        """Return what is at the path now, or None."""
        ...

    def open(self, path: RelPath) -> AbstractContextManager[Content]:
        """Open a file for reading."""
        ...

    def read_small(self, path: RelPath, longest: int) -> bytes:
        """Return how a file begins, at most so many bytes; for small files of our own."""
        with self.open(path) as content:
            return content.read(0, longest)

    def place(
        self, placements: Iterable[Placement]
    ) -> Iterator[tuple[Placement, Entry | EndpointError]]:
        """Put files in place, several in flight where the side can.

        Each is verified and appears whole or not at all.

        Results come in any order, one for each placement taken, and a failed one leaves `path` as
        it was. A replaced version first gets its place at `keep_old_at`. What concerns the whole
        side (`ENDS_ALL`) is raised, after what was under way has come to its end.
        """
        ...

    def place_at_once(self, placement: Placement) -> Entry:
        """Put a small file in place where nothing is, in as few steps as the side can.

        Unlike with `place`, whoever looks meanwhile may see it empty, and a crash may leave it so:
        only for what says something by being there. Raises `Changed` where something is there.
        """
        ((_, result),) = self.place((placement,))
        if isinstance(result, EndpointError):
            raise result
        return result

    def make_folder(self, path: RelPath) -> None:
        """Make a folder and its parents; nothing happens where it exists.

        `Changed` where the side has it under another spelling: it is another path's folder.
        """
        ...

    def move(self, source: RelPath, target: RelPath, expected: Entry) -> None:
        """Move a file or folder to a path that holds nothing, making the target's parents.

        A path that a side takes for the same, because it differs in case only, holds nothing else:
        the file gets the new spelling.
        """
        ...

    def remove_folder(self, path: RelPath) -> None:
        """Remove an empty folder; `NotEmpty` where it holds anything."""
        ...

    def delete_file(self, path: RelPath, expected: Entry) -> None:
        """Delete one file for good.

        Only for trash that has expired, for temporaries of ours, and for what copy mode was told to
        clear from its source.
        """
        ...

    def free_space(self) -> int:
        """Return the bytes that can still be written."""
        ...

    def close(self) -> None:
        """Let go of everything that is open; what blocks ends with `Unavailable`."""
        ...

    def watch(self, listener: Callable[[Hint], None]) -> Watch | None:
        """Start to tell about changes, on a thread of its own; None where this side cannot.

        Raises where it should and fails.
        """
        ...


class EndpointError(Exception):
    """A side could not do what it was asked. `cause` is a stable key that translations know."""

    def __init__(self, subject: str, cause: str, detail: str = "") -> None:
        super().__init__(subject, cause, detail)
        self.subject = subject
        self.cause = cause
        self.detail = detail

    def __str__(self) -> str:
        text = f"{self.subject}: {self.cause.replace('_', ' ')}"
        return f"{text} ({self.detail})" if self.detail else text


class Unavailable(EndpointError):
    """The whole side cannot be reached now; a later try may succeed by itself."""


class NeedsPerson(EndpointError):
    """The whole side refuses until somebody changed something.

    A password, a right, the security floor.
    """


class Missing(EndpointError):
    """The root or the path is not there."""


class NoSpace(EndpointError):
    """The side is full."""


class Changed(EndpointError):
    """What is there is not what was expected."""


class Cancelled(EndpointError):
    """The run was cancelled while this was under way."""


class FileError(EndpointError):
    """One file or folder cannot be used; others may."""


ENDS_ALL = (Unavailable, NeedsPerson, Cancelled)
"""Errors after which there is no use in going on with other files."""


class NotEmpty(FileError):
    """The folder holds something."""
