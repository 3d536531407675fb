"""What a job tells about itself: snapshots while it runs, a report after each run."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from .coverage import Coverage
    from .endpoint import RelPath


class Reason(StrEnum):
    """Why a run was started."""

    START = "start"
    INTERVAL = "interval"
    CHANGE = "change"
    REQUEST = "request"
    RETRY = "retry"
    VERIFY = "verify"  # a person wants the content read back; nothing is changed
    RESUME = "resume"  # a person let it go on


class Phase(StrEnum):
    """What a job is doing, or waiting for."""

    IDLE = "idle"  # nothing watches; the next run is the interval's
    WATCHING = "watching"  # changes start a run at once
    SCANNING = "scanning"
    SYNCING = "syncing"
    VERIFYING = "verifying"  # reading back what both sides hold
    HELD = "held"  # a person must release the plan
    WAITING = "waiting"  # a side cannot be reached; tried again by itself
    ERROR = "error"  # a person must change something
    PAUSED = "paused"  # a person wants it to rest; it holds nothing on either side
    STOPPED = "stopped"

    @property
    def is_progressing(self) -> bool:
        """Tell whether a run is under way, of which more and more is done."""
        return self in {Phase.SCANNING, Phase.SYNCING, Phase.VERIFYING}


class HoldReason(StrEnum):
    """Why a plan looks like an accident."""

    SOURCE_MISSING = "source_missing"
    SOURCE_EMPTIED = "source_emptied"
    FOREIGN_SOURCE = "foreign_source"  # the root is not the one that the base was made from
    TARGET_MISSING = "target_missing"
    TARGET_EMPTIED = "target_emptied"
    FOREIGN_TARGET = "foreign_target"
    TOO_MANY_DELETIONS = "too_many_deletions"
    TOO_MANY_CHANGES = "too_many_changes"  # nearly everything that is there would be replaced


class Result(StrEnum):
    """How a run ended."""

    COMPLETED = "completed"  # every operation was carried out
    INCOMPLETE = "incomplete"  # some files failed; the rest is in place
    HELD = "held"
    FAILED = "failed"  # nothing or not all could be read or reached
    CANCELLED = "cancelled"
    DIFFERENT = "different"  # it read everything back, and not all of it is equal
    PAUSED = "paused"  # broken off because the job was paused; done again when it goes on


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the current run is.

    Totals are of the plan, so they are known before the first byte moves.
    """

    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int
    current: RelPath | None
    rate: float | None = None
    """Bytes a second, smoothed over about ten seconds; None before there is enough to tell."""
    time_left: timedelta | None = None
    """None where it cannot be foretold: at the beginning, or while nothing moves."""

    @property
    def percent(self) -> float:
        """Return the share of the work that is done, files and bytes weighed alike."""
        parts = [
            done / total
            for done, total in (
                (self.files_done, self.files_total),
                (self.bytes_done, self.bytes_total),
            )
            if total
        ]
        return 100.0 * sum(parts) / len(parts) if parts else 100.0


@dataclass(frozen=True, slots=True)
class Scanned:
    """How much of both sides a run has looked at so far."""

    folders: int = 0
    files: int = 0
    expected: int | None = None
    """Folders and files that the last look at everything saw; None where there was none."""

    @property
    def seen(self) -> int:
        """Return how many folders and files it were."""
        return self.folders + self.files

    @property
    def percent(self) -> float | None:
        """Return the share that is looked at, as far as the last look tells; never all of it."""
        return 100.0 * min(0.99, self.seen / self.expected) if self.expected else None


@dataclass(frozen=True, slots=True)
class Hold:
    """A plan that waits for a person, and what it would have done."""

    reason: HoldReason
    deletions: int
    examples: tuple[RelPath, ...]  # at most 20


@dataclass(frozen=True, slots=True)
class Unresolved:
    """What conflicts have left for a person to do."""

    waiting: int = 0
    """Conflicts in which both versions stay as they are until a person has decided."""
    examples: tuple[RelPath, ...] = ()  # the first of them, at most 20
    copies: int = 0
    """Versions that lost their name and stand beside the one that has it."""


@dataclass(frozen=True, slots=True)
class Differing:
    """Files that differ although size and time say that they are one version.

    A file stays among them until it is saved anew on a side, or found equal.
    """

    count: int = 0
    examples: tuple[RelPath, ...] = ()  # at most 20


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One file that could not be carried over. `cause` is a stable key, `detail` a sentence."""

    path: RelPath
    cause: str
    detail: str
    first_seen: datetime | None = None
    tries: int = 1
    """How often it was tried or found so, since the file last changed."""
    next_try: datetime | None = None
    """When it is tried again by itself; None where a person or a change has to come first."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a job as a whole cannot go on. `cause` is a stable key that translations know."""

    cause: str
    detail: str
    needs_person: bool
    """True where trying again cannot help until somebody changed something (a password, a folder).
    """


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one run did."""

    reason: Reason
    result: Result
    started: datetime
    ended: datetime
    files_copied: int = 0
    files_trashed: int = 0
    folders_made: int = 0
    folders_removed: int = 0
    bytes_copied: int = 0
    problems: tuple[FileProblem, ...] = ()  # at most 100
    problem_count: int = 0
    filtered: int = 0  # files and folders that the filters say to leave alone, on either side
    files_pruned: int = 0  # files of trash that were deleted for good, because of its limits
    bytes_pruned: int = 0
    skipped: int = 0  # links, devices and pipes, which are never carried over
    extras_kept: int = 0  # what the target held before the first sync and the source does not
    deferred: int = 0  # files that were still being written; looked at again soon
    moved: int = 0  # files and folders that only got another path; a folder counts once
    files_cleared: int = 0  # files deleted from the source because they are safe on the target
    files_verified: int = 0  # read back on both sides and found equal
    bytes_verified: int = 0
    conflicts: int = 0  # new ones: both versions are kept, or wait for a person from now on
    hold: Hold | None = None
    trouble: Trouble | None = None

    @property
    def changed_something(self) -> bool:
        """Tell whether a side is not as it was."""
        return bool(
            self.files_copied
            or self.files_trashed
            or self.folders_made
            or self.folders_removed
            or self.moved
            or self.files_cleared
        )


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A snapshot, made on the job's thread and safe to hand to any other."""

    phase: Phase
    progress: Progress | None = None
    scanned: Scanned | None = None
    """While it looks at the sides."""
    pending: int = 0
    last_run: RunReport | None = None
    last_success: datetime | None = None
    next_run: datetime | None = None
    hold: Hold | None = None
    trouble: Trouble | None = None
    watch_trouble: Trouble | None = None
    """Why changes do not start runs although they should; the interval still does."""
    unresolved: Unresolved = field(default_factory=Unresolved)
    differing: Differing = field(default_factory=Differing)
    coverage: Coverage | None = None
    """How changes are learnt of on each side; None before the first look."""
    paused_until: datetime | None = None
    """When it goes on by itself, as whoever paused it says; the engine keeps no such time."""
