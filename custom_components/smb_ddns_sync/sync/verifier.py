"""Carries out a verify for a job, and keeps what it found."""

from dataclasses import replace
from datetime import UTC, datetime
import logging
import sqlite3
from typing import TYPE_CHECKING

from .endpoint import Cancelled
from .failing import FailingFiles, differing, explained
from .names import RunToken
from .report import attempt, trouble_of
from .run import Ears
from .status import Differing, Reason, Result, RunReport
from .verify import Verified, Verify

if TYPE_CHECKING:
    from .clock import Clock
    from .inbox import Inbox
    from .opened import Opened
    from .settings import JobSettings
    from .teller import Teller

_LOGGER = logging.getLogger(__name__)


class Verifier:
    """Of the job's thread."""

    def __init__(
        self, settings: JobSettings, inbox: Inbox, opened: Opened, teller: Teller, clock: Clock
    ) -> None:
        self._settings = settings
        self._inbox = inbox
        self._opened = opened
        self._teller = teller
        self._clock = clock

    def carry_out(self) -> tuple[RunReport, Differing, Exception | None]:
        """Return what was found, which files are known to differ now, and what ended it early."""
        started = datetime.now(UTC)
        verify: Verify | None = None

        def work() -> None:
            nonlocal verify
            self._teller.begin_verify()
            ears = Ears(self._inbox.cancelled.is_set, self._teller.verifying, clock=self._clock)
            state, sides = self._opened.state(), self._opened.both()
            verify = Verify(self._settings, state, sides, ears)
            verify.carry_out()

        error = attempt(work, self._inbox.cancelled.is_set, self._settings.name)
        found = Verified() if verify is None else verify.outcome
        report = self._report(found, started, error)
        if self._opened.memory is None:
            return report, self._teller.status.differing, error
        return *self._keep(found, report), error

    def _report(self, found: Verified, started: datetime, error: Exception | None) -> RunReport:
        result = Result.DIFFERENT if found.differing else Result.COMPLETED
        if found.done.problem_count > found.differing and not found.differing:
            result = Result.INCOMPLETE
        if isinstance(error, Cancelled):
            result = Result.PAUSED if self._inbox.paused else Result.CANCELLED
        elif error is not None:
            result = Result.FAILED
        told = None if error is None or isinstance(error, Cancelled) else trouble_of(error)
        return RunReport(
            Reason.VERIFY,
            result,
            started,
            datetime.now(UTC),
            problems=tuple(found.done.problems),
            problem_count=found.done.problem_count,
            files_verified=found.files,
            bytes_verified=found.size,
            trouble=told,
        )

    def _keep(self, found: Verified, report: RunReport) -> tuple[RunReport, Differing]:
        state = self._opened.state()
        complete = report.result in {Result.COMPLETED, Result.DIFFERENT, Result.INCOMPLETE}
        try:
            files = FailingFiles(state.connection)
            known = files.verified(found.done, self._clock.now(), complete=complete)
            report = replace(report, problems=explained(report.problems, known))
            state.end_run(RunToken.new(), report)
        except sqlite3.Error as error:
            _LOGGER.warning(
                "What a verify of the sync job %s found could not be kept: %s",
                self._settings.name,
                error,
            )
            return report, self._teller.status.differing
        if found.differing:
            _LOGGER.warning(
                "The sync job %s found %d files whose content differs on both sides although size "
                "and time are equal",
                self._settings.name,
                found.differing,
            )
        return report, differing(known)
