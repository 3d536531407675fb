"""What the user decided about a job."""

from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum
from typing import NewType

from .blocks import SMALLEST
from .filters import Filters
from .pace import Pace
from .trash_limits import TrashLimits

JobId = NewType("JobId", str)


class Mode(StrEnum):
    """Which side may change which."""

    MIRROR = "mirror"  # the target becomes like the source; what is extra there goes to trash
    COPY = "copy"  # what is new on the source goes to the target; nothing is deleted there
    TWO_WAY = "two_way"  # each side takes over what changed on the other


class ConflictPolicy(StrEnum):
    """Which version gets the name where both sides changed a file; the other goes to trash.

    Where a policy cannot decide (equal times, equal sizes, a file against a folder) both are kept.
    """

    KEEP_BOTH = "keep_both"  # the newer one gets the name, the other one a name beside it
    NEWER = "newer"
    OLDER = "older"
    LARGER = "larger"
    SMALLER = "smaller"
    SOURCE = "source"
    TARGET = "target"
    ASK = "ask"  # nothing is done until a person has made both versions one


@dataclass(frozen=True, slots=True)
class Guards:
    """When a plan is held.

    It deletes or replaces more than this share of the base, and more than this many files.
    """

    max_delete_percent: int = 50
    delete_floor: int = 10
    max_change_percent: int = 90
    change_floor: int = 100

    def __post_init__(self) -> None:
        for percent in (self.max_delete_percent, self.max_change_percent):
            if not 0 < percent <= 100:  # noqa: PLR2004 - a percentage
                raise ValueError("a share of the base is a percentage above 0")
        for floor in (self.delete_floor, self.change_floor):
            if floor < 0:
                raise ValueError("a floor counts files")


@dataclass(frozen=True, slots=True)
class Sizes:
    """From which size on files are worth remembering in parts, in bytes."""

    large: int = 16 << 20
    """13 s on a line of 10 Mbit/s; below, going on would save less than it costs."""
    between_checkpoints: int = 16 << 20
    """What a crash costs at most, beside what is under way. A flush each, beside the content."""
    block: int = SMALLEST
    """What is told apart in a file that has changed; more in files of more than 1 GiB."""

    def __post_init__(self) -> None:
        if self.large <= 0 or self.between_checkpoints <= 0 or self.block <= 0:
            raise ValueError("a size of files is above 0")


@dataclass(frozen=True, slots=True)
class Rescan:
    """How changes are found of which nobody tells, because a server's own programs make them."""

    recent_for: timedelta = timedelta(days=1)
    """For how long a folder that changed is looked at again by itself, ever less often."""
    folders_per_hour: int = 600
    """Such looks at most; each lists a folder on both sides. 0 switches them off."""
    quiet_hour: time = time(3)
    """When everything is looked at once a day, where no interval does; without a time zone it is
    this machine's."""

    def __post_init__(self) -> None:
        if self.recent_for < timedelta() or self.folders_per_hour < 0:
            raise ValueError("looks and their time cannot be negative")


@dataclass(frozen=True, slots=True)
class JobSettings:
    """One job.

    `interval` of None means that changes and people start it, and the quiet hour where changes may
    be missed.
    """

    id: JobId
    name: str
    mode: Mode = Mode.MIRROR
    conflicts: ConflictPolicy = ConflictPolicy.KEEP_BOTH
    """What becomes of files that both sides changed; only in two-way mode."""
    clear_source_after: timedelta | None = None
    """In copy mode: delete what the source modified longer ago, once it is verified on the target.
    """
    interval: timedelta | None = timedelta(minutes=15)
    watch: bool = True
    settle: timedelta = timedelta(milliseconds=500)
    """How long a file must have been at rest before it is read."""
    filters: Filters = field(default_factory=Filters)
    """What is left alone on both sides."""
    trash: TrashLimits = field(default_factory=TrashLimits)
    """For how long and how much of what was replaced or deleted is kept."""
    guards: Guards = field(default_factory=Guards)
    verify: bool = False
    """Whether every file is read back from the side where it was written, before it gets its name.
    """
    sizes: Sizes = field(default_factory=Sizes)
    rescan: Rescan = field(default_factory=Rescan)
    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        if self.interval is not None and self.interval <= timedelta():
            raise ValueError("interval must be longer than nothing")
        if self.clear_source_after is not None and (
            self.mode is not Mode.COPY or self.clear_source_after < timedelta()
        ):
            raise ValueError("only copy mode deletes from the source, after a time")
        if self.settle < timedelta():
            raise ValueError("a time span cannot be negative")
