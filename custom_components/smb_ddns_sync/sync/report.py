"""What a run is reported as.

A run that looked at a part only goes on telling the problems of the rest.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
import logging
import sqlite3
from typing import TYPE_CHECKING, Final

from .endpoint import Cancelled, EndpointError, NeedsPerson, RelPath, Unavailable
from .names import parent
from .status import FileProblem, Reason, Result, RunReport, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .hints import Scope
    from .run import Outcome

_LOGGER = logging.getLogger(__name__)

_SHOWN: Final = 100


@dataclass(slots=True)
class Reports:
    """Makes the reports of one job."""

    _problems: dict[RelPath, FileProblem] = field(default_factory=dict)
    _more: int = 0
    """Problems that are too many to be kept one by one."""
    _skipped: int = 0
    _filtered: int = 0

    def make(
        self,
        reason: Reason,
        scope: Scope,
        started: datetime,
        outcome: Outcome | None,
        error: Exception | None,
    ) -> RunReport:
        """Return the report of a run that has ended, by itself or with an error."""
        trouble = None if error is None or isinstance(error, Cancelled) else trouble_of(error)
        if outcome is None:
            return RunReport(reason, Result.FAILED, started, datetime.now(UTC), trouble=trouble)
        done = outcome.done
        if error is None and outcome.hold is None:
            self._learn(scope, outcome)
        return RunReport(
            reason,
            self._result(outcome, error),
            started,
            datetime.now(UTC),
            files_copied=done.files_copied,
            files_trashed=done.files_trashed,
            folders_made=done.folders_made,
            folders_removed=done.folders_removed,
            bytes_copied=done.bytes_copied,
            problems=tuple(self._problems.values()),
            problem_count=len(self._problems) + self._more,
            skipped=self._skipped,
            filtered=self._filtered,
            files_pruned=outcome.pruned.files,
            bytes_pruned=outcome.pruned.size,
            extras_kept=outcome.extras_kept,
            deferred=len(done.deferred),
            moved=done.moved,
            conflicts=done.conflicts,
            files_cleared=done.files_cleared,
            hold=outcome.hold,
            trouble=trouble,
        )

    def pending(self, outcome: Outcome | None, report: RunReport) -> int:
        """Return how many operations are still to come."""
        if outcome is None:
            return 0
        if report.hold is not None:
            return outcome.plan.steps
        return len(outcome.done.deferred)

    def _learn(self, scope: Scope, outcome: Outcome) -> None:
        done = outcome.done
        if scope.everything:
            self._problems = {}
            self._more = done.problem_count - len(done.problems)
            self._skipped = outcome.tally.others
            self._filtered = outcome.tally.filtered
        else:
            self._problems = {
                path: problem
                for path, problem in self._problems.items()
                if parent(path) not in scope.folders
            }
        for problem in done.problems:
            if len(self._problems) < _SHOWN:
                self._problems[problem.path] = problem
            else:
                self._more += problem.path not in self._problems

    def _result(self, outcome: Outcome, error: Exception | None) -> Result:
        if isinstance(error, Cancelled):
            return Result.CANCELLED
        if error is not None:
            return Result.FAILED
        if outcome.hold is not None:
            return Result.HELD
        return Result.INCOMPLETE if self._problems else Result.COMPLETED


def last_of(history: Iterable[RunReport]) -> tuple[RunReport | None, datetime | None]:
    """Return the last report and the last success, from reports with the newest first."""
    last = None
    for report in history:
        last = last or report
        if report.result is Result.COMPLETED and report.reason is not Reason.VERIFY:
            return last, report.ended
    return last, None


def attempt(work: Callable[[], None], cancelled: Callable[[], bool], name: str) -> Exception | None:
    """Do something for the job of that name, and return what ended it early."""
    try:
        work()
    except Unavailable as caught:
        # Of what a person ended nobody needs to know that its server was silent, too.
        return Cancelled("run", "cancelled") if cancelled() else caught
    except (EndpointError, OSError, sqlite3.Error) as caught:
        return caught
    except Exception as caught:
        _LOGGER.exception("A run of the sync job %s broke off", name)
        return caught
    return None


def trouble_of(error: Exception) -> Trouble:
    """Return why a job cannot go on, without anything that only a programmer understands."""
    if isinstance(error, EndpointError):
        return Trouble(error.cause, str(error), isinstance(error, NeedsPerson))
    if isinstance(error, sqlite3.Error | OSError):
        return Trouble("state_unusable", f"The memory of the job cannot be used: {error}", False)
    return Trouble("unexpected", f"{type(error).__name__}; the log tells more", False)
