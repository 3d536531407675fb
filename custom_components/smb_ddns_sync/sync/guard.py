"""What looks like an accident is held: a pure function of the plan, the evidence and the roots.

Each guard names what a person is asked. A released guard is left out once; the others still stand.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .settings import Mode
from .side import Side
from .status import Hold, HoldReason

if TYPE_CHECKING:
    from .outlook import Evidence, Plan
    from .settings import Guards

_EMPTIED: Final = (HoldReason.SOURCE_EMPTIED, HoldReason.TARGET_EMPTIED)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the guards know besides the plan."""

    base_files: int
    """How many files both sides held after the last sync."""
    source_is_same: bool = True
    """The source's root is the one that the base was made from."""
    target_is_same: bool = True
    """The target's root is, and bears our marker."""
    mode: Mode = Mode.MIRROR
    recent_deletions: int = 0
    """Files that runs deleted a short while ago.

    An accident that comes piece by piece is one accident.
    """
    doubted_files: int = 0
    """How many of `base_files` are out of view, or were seen with other filters only."""


def check(
    plan: Plan,
    evidence: Evidence,
    circumstances: Circumstances,
    guards: Guards,
    released: HoldReason | None = None,
) -> Hold | None:
    """Return why the plan must wait for a person, or None where it may be carried out."""
    for reason in _alarms(plan, evidence, circumstances, guards):
        if reason is released:
            continue
        if released in _EMPTIED and reason is HoldReason.TOO_MANY_DELETIONS:
            continue  # whoever says that the empty side is meant says so of all its deletions
        examples = (
            plan.replacement_examples
            if reason is HoldReason.TOO_MANY_CHANGES
            else plan.deletion_examples
        )
        return Hold(reason, plan.files_trashed, examples)
    return None


def _alarms(
    plan: Plan, evidence: Evidence, circumstances: Circumstances, guards: Guards
) -> tuple[HoldReason, ...]:
    files = circumstances.base_files
    on_source, on_target = plan.trashed_on_source, plan.files_trashed - plan.trashed_on_source
    deletes = circumstances.mode is not Mode.COPY
    # A disk may come back under another number, and a folder may be restored on another disk. What
    # holds everything that the base knows, unchanged, is taken for the same: no file is deleted or
    # replaced on account of it.
    foreign_source = files > 0 and (
        (not circumstances.source_is_same and not evidence.intact(Side.SOURCE))
        or (deletes and evidence.source.lost_in_other_folders > guards.delete_floor)
    )
    foreign_target = files > 0 and (
        (not circumstances.target_is_same and not evidence.intact(Side.TARGET))
        or (
            circumstances.mode is Mode.TWO_WAY
            and evidence.target.lost_in_other_folders > guards.delete_floor
        )
    )
    # A share of what is in view; nothing else is ever deleted.
    seen = files - circumstances.doubted_files
    source_emptied, target_emptied = (
        seen > 0 and side.lost >= seen and side.new == 0
        for side in (evidence.source, evidence.target)
    )
    recent = circumstances.recent_deletions
    too_many_deletions = any(
        count > 0
        and _exceeds(count + recent, seen + recent, guards.max_delete_percent, guards.delete_floor)
        for count in (on_source, on_target)
    )
    too_many_changes = files > 0 and _exceeds(
        plan.files_replaced, files, guards.max_change_percent, guards.change_floor
    )
    return tuple(
        reason
        for reason, raised in (
            (HoldReason.FOREIGN_SOURCE, foreign_source),
            (HoldReason.FOREIGN_TARGET, foreign_target),
            (HoldReason.SOURCE_EMPTIED, source_emptied and on_target > 0),
            (HoldReason.TARGET_EMPTIED, target_emptied and on_source > 0),
            (HoldReason.TOO_MANY_DELETIONS, too_many_deletions),
            (HoldReason.TOO_MANY_CHANGES, too_many_changes),
        )
        if raised
    )


def _exceeds(count: int, total: int, percent: int, floor: int) -> bool:
    return count > floor and count * 100 > total * percent
