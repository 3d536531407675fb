"""What actions answer: plain data for automations and for people who look before they leap."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from .sync.conflicts import Choice
from .sync.endpoint import Kind
from .sync.names import display
from .sync.operation import MakeFolder, Operation, Place, RemoveFolder, Trash

if TYPE_CHECKING:
    from .sync.conflicts import ConflictList, Rival
    from .sync.outlook import Plan
    from .sync.restore import Restored
    from .sync.status import FileProblem, Hold, RunReport, Trouble
    from .sync.versions import Versions

CHOICE_NAMES: Final = {
    Choice.SOURCE: "other_side",
    Choice.TARGET: "this_share",
    Choice.BOTH: "both",
}
"""What people call the sides of a two-way job, whose target is the share that it belongs to."""
CHOICES: Final = {name: choice for choice, name in CHOICE_NAMES.items()}

_MOST_PATHS: Final = 100
"""Of each kind. A response is stored in the trace of every run of an automation."""


def plan_response(plan: Plan) -> dict[str, Any]:
    """Return what a run would do; the lists hold the first of many, the counts count all."""
    return {
        "files_copied": plan.files_placed,
        "files_replaced": plan.files_replaced,
        "files_trashed": plan.files_trashed,
        "folders_made": plan.folders_made,
        "folders_removed": plan.folders_removed,
        "bytes_copied": plan.bytes_placed,
        "copy": _paths(plan.operations, Place),
        "trash": _paths(plan.operations, Trash),
        "make_folders": _paths(plan.operations, MakeFolder),
        "remove_folders": _paths(plan.operations, RemoveFolder),
        "problem_count": plan.problem_count,
        "problems": _problems(plan.problems),
        "hold": _hold(plan.hold),
    }


def run_response(run: RunReport) -> dict[str, Any]:
    """Return what a run did."""
    return {
        "result": run.result.value,
        "started": run.started.isoformat(),
        "ended": run.ended.isoformat(),
        "files_copied": run.files_copied,
        "files_trashed": run.files_trashed,
        "files_verified": run.files_verified,
        "conflicts": run.conflicts,
        "folders_made": run.folders_made,
        "folders_removed": run.folders_removed,
        "bytes_copied": run.bytes_copied,
        "problem_count": run.problem_count,
        "problems": _problems(run.problems),
        "hold": _hold(run.hold),
        "trouble": _trouble(run.trouble),
    }


def conflicts_response(found: ConflictList) -> dict[str, Any]:
    """Return which conflicts wait for a decision, and which copies older ones have left."""
    return {
        "conflicts": [
            {
                "path": display(conflict.path),
                "since": conflict.since.isoformat(),
                "other_side": _rival(conflict.source),
                "this_share": _rival(conflict.target),
                "decided": conflict.choice and CHOICE_NAMES[conflict.choice],
            }
            for conflict in found.waiting[:_MOST_PATHS]
        ],
        "copies": [
            {
                "path": display(copy.path),
                "original": display(copy.original),
                "size": copy.size,
                "modified": moment(copy.modified),
            }
            for copy in found.copies[:_MOST_PATHS]
        ],
    }


def _rival(rival: Rival) -> dict[str, Any]:
    if rival.kind is not Kind.FILE:
        return {"kind": "folder"}
    version = rival.version
    return {"kind": "file", "size": version.size, "modified": moment(version.modified)}


def moment(ns: int) -> str:
    """Return a time in nanoseconds since 1970 as text, in UTC."""
    return datetime.fromtimestamp(ns / 1e9, UTC).isoformat()


def versions_response(found: Versions) -> dict[str, Any]:
    """Return which versions were found, the newest first."""
    return {
        "complete": found.complete,
        "versions": [
            {
                "version": each.id,
                "path": display(each.path),
                "side": each.side.name.lower(),
                "kind": each.kind.value,
                "size": each.size,
                "modified": moment(each.modified) if each.kind is Kind.FILE else None,
                "since": None if each.since is None else each.since.isoformat(),
            }
            for each in found.versions
        ],
    }


def restored_response(restored: Restored) -> dict[str, Any]:
    """Return what came back, and where."""
    return {
        "path": display(restored.path),
        "side": restored.side.name.lower(),
        "files_restored": restored.files,
        "bytes_restored": restored.size,
        "replaced": restored.replaced,
        "problem_count": restored.problem_count,
        "problems": _problems(tuple(restored.problems)),
    }


def explain(run: RunReport) -> str:
    """Return why a run did not complete, as a part of a sentence."""
    if run.hold is not None:
        return run.hold.reason.value.replace("_", " ")
    return run.result.value if run.trouble is None else run.trouble.detail


def _paths(
    operations: tuple[Operation, ...], kind: type[MakeFolder | Place | RemoveFolder | Trash]
) -> list[str]:
    return [display(each.path) for each in operations if isinstance(each, kind)][:_MOST_PATHS]


def _problems(problems: tuple[FileProblem, ...]) -> list[dict[str, Any]]:
    return [problem_response(problem) for problem in problems[:_MOST_PATHS]]


def problem_response(problem: FileProblem) -> dict[str, Any]:
    """Return what is wrong with one file, since when, and when it is tried again by itself."""
    return {
        "path": display(problem.path),
        "cause": problem.cause,
        "detail": problem.detail,
        "first_seen": problem.first_seen and problem.first_seen.isoformat(),
        "tries": problem.tries,
        "next_try": problem.next_try and problem.next_try.isoformat(),
    }


def _hold(hold: Hold | None) -> dict[str, Any] | None:
    if hold is None:
        return None
    return {
        "reason": hold.reason.value,
        "deletions": hold.deletions,
        "examples": [display(path) for path in hold.examples],
    }


def _trouble(trouble: Trouble | None) -> dict[str, str] | None:
    return None if trouble is None else {"cause": trouble.cause, "detail": trouble.detail}
