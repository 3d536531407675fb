"""Run reports as JSON text and back, for the state file."""

from datetime import datetime
import json
from typing import Any

from .endpoint import RelPath
from .status import FileProblem, Hold, HoldReason, Reason, Result, RunReport, Trouble

_COUNTS = (
    "files_copied",
    "files_trashed",
    "folders_made",
    "folders_removed",
    "bytes_copied",
    "problem_count",
    "skipped",
    "filtered",
    "files_pruned",
    "bytes_pruned",
    "extras_kept",
    "deferred",
    "moved",
    "conflicts",
    "files_cleared",
    "files_verified",
    "bytes_verified",
)


def report_to_json(report: RunReport) -> str:
    """Return the report as text that `report_from_json` reads back."""
    return json.dumps(
        {
            "reason": report.reason,
            "result": report.result,
            "started": report.started.isoformat(),
            "ended": report.ended.isoformat(),
            **{name: getattr(report, name) for name in _COUNTS},
            "problems": [_problem(problem) for problem in report.problems],
            "hold": report.hold
            and [report.hold.reason, report.hold.deletions, list(report.hold.examples)],
            "trouble": report.trouble
            and [report.trouble.cause, report.trouble.detail, report.trouble.needs_person],
        }
    )


def report_from_json(text: str) -> RunReport:
    """Return the report that the text was made from; raises `ValueError` where it is damaged."""
    try:
        return _report(json.loads(text))
    except (LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"it is no report: {error!r}") from error


def _report(data: dict[str, Any]) -> RunReport:
    hold = data["hold"]
    return RunReport(
        reason=Reason(data["reason"]),
        result=Result(data["result"]),
        started=datetime.fromisoformat(data["started"]),
        ended=datetime.fromisoformat(data["ended"]),
        **{name: int(data.get(name, 0)) for name in _COUNTS},
        problems=tuple(_problem_of(*told) for told in data["problems"]),
        hold=hold and Hold(HoldReason(hold[0]), hold[1], tuple(RelPath(path) for path in hold[2])),
        trouble=data["trouble"] and Trouble(*data["trouble"]),
    )


def _problem(problem: FileProblem) -> list[Any]:
    first_seen, next_try = (
        moment and moment.isoformat() for moment in (problem.first_seen, problem.next_try)
    )
    return [problem.path, problem.cause, problem.detail, first_seen, problem.tries, next_try]


def _problem_of(
    path: str,
    cause: str,
    detail: str,
    first_seen: str | None = None,
    tries: int = 1,
    next_try: str | None = None,
) -> FileProblem:
    # What stands behind the detail is missing in reports of before.
    return FileProblem(
        RelPath(path),
        cause,
        detail,
        None if first_seen is None else datetime.fromisoformat(first_seen),
        tries,
        None if next_try is None else datetime.fromisoformat(next_try),
    )
