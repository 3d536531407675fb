"""What actions answer: plain data for automations and for people who look before they leap."""

from typing import TYPE_CHECKING, Any, Final

from .sync.names import display
from .sync.operation import MakeFolder, Operation, Place, RemoveFolder, Trash

if TYPE_CHECKING:
    from .sync.outlook import Plan
    from .sync.status import FileProblem, Hold, RunReport, Trouble

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
        "folders_made": run.folders_made,
        "folders_removed": run.folders_removed,
        "bytes_copied": run.bytes_copied,
        "problem_count": run.problem_count,
        "problems": _problems(run.problems),
        "hold": _hold(run.hold),
        "trouble": _trouble(run.trouble),
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


def _problems(problems: tuple[FileProblem, ...]) -> list[dict[str, str]]:
    return [
        {"path": display(problem.path), "cause": problem.cause, "detail": problem.detail}
        for problem in problems[:_MOST_PATHS]
    ]


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
