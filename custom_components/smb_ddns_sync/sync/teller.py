"""Tells how a job stands: snapshots for its listener, and what is worth the log."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import logging
import sqlite3
import time
from typing import TYPE_CHECKING, Final

from .conflicts import Conflicts
from .failing import FailingFiles, differing
from .report import last_of
from .speed import Speed
from .status import JobStatus, Phase, Progress, Result, RunReport, Scanned

if TYPE_CHECKING:
    from collections.abc import Callable

    from .outlook import Plan
    from .state import State
    from .status import Unresolved

_LOGGER = logging.getLogger(__name__)

_TELL_EVERY: Final = 0.25  # seconds between two snapshots of progress


class Teller:
    """Keeps the last snapshot of one job. It tells on the job's thread."""

    def __init__(self, name: str, listener: Callable[[JobStatus], None]) -> None:
        self.status = JobStatus(Phase.STOPPED)
        self._name = name
        self._listener = listener
        self._broken: str | None = None
        self._told_at = 0.0
        self._next_run: datetime | None = None
        self._speed = Speed(0.0)
        self.scanned = Scanned()
        """How much the last run has looked at."""
        self._scans = False

    def tell(self, phase: Phase, next_run: float | None, **changes: object) -> None:
        """Tell how the job stands from now on; the next run comes after so many seconds."""
        self._next_run = None
        self._told_at = 0.0
        if next_run is not None:
            self._next_run = datetime.now(UTC) + timedelta(seconds=max(0.0, next_run))
        self._tell(phase, **changes)

    def recall(self, state: State) -> None:
        """Take over what the memory of the job says, without telling it yet."""
        last_run, last_success = last_of(state.history())
        self.status = replace(
            self.status,
            last_run=last_run,
            last_success=last_success,
            unresolved=Conflicts(state.connection).tally(),
            differing=differing(FailingFiles(state.connection).known()),
        )

    def unresolved(self, state: State | None) -> Unresolved:
        """Return what conflicts have left to do."""
        if state is None:
            return self.status.unresolved
        try:
            return Conflicts(state.connection).tally()
        except sqlite3.Error:
            # Why the memory cannot be read is told by the run that needs it.
            return self.status.unresolved

    def begin_scan(self, expected: int | None) -> None:
        """Begin to count what a run looks at."""
        self.scanned = Scanned(expected=expected)
        self._scans = True

    def saw(self, files: int) -> None:
        """Count a folder that was looked at, and tell it now and then."""
        if not self._scans:
            return
        before = self.scanned
        self.scanned = replace(before, folders=before.folders + 1, files=before.files + files)
        if self.status.phase is Phase.SCANNING and self._is_time():
            self._tell(Phase.SCANNING, scanned=self.scanned)

    def planned(self, plan: Plan) -> None:
        """Tell what a run is about to do."""
        self._scans = False
        self._speed = Speed(time.monotonic())
        if not plan.only_remembers:
            total = plan.steps
            self._tell(
                Phase.SYNCING,
                progress=Progress(0, total, 0, plan.bytes_placed, None),
                scanned=None,
                pending=total,
            )

    def progress(self, progress: Progress) -> None:
        """Tell how far a run is, now and then."""
        if self._is_time():
            told = self._speed.of(progress, self._told_at)
            pending = progress.files_total - progress.files_done
            self._tell(Phase.SYNCING, progress=told, pending=pending)

    def begin_verify(self) -> None:
        """Begin to measure how fast content is read back."""
        self._scans = False
        self._speed = Speed(time.monotonic())

    def verifying(self, progress: Progress) -> None:
        """Tell how far content is read back, now and then."""
        if self._is_time():
            told = self._speed.of(progress, self._told_at)
            self._tell(Phase.VERIFYING, progress=told)

    def log(self, report: RunReport) -> None:
        """Log once when something breaks, and once when it is well again."""
        cause = None
        if report.hold is not None:
            cause = report.hold.reason.value
        elif report.trouble is not None:
            cause = report.trouble.cause
        if report.result in {Result.CANCELLED, Result.PAUSED} or cause == self._broken:
            return
        name = self._name
        if cause is None:
            _LOGGER.info("The sync job %s goes on", name)
        elif report.hold is not None:
            _LOGGER.warning(
                "The sync job %s is held (%s). Files that it would delete: %d. Nothing was done",
                name,
                cause,
                report.hold.deletions,
            )
        elif report.trouble is not None:
            _LOGGER.warning("The sync job %s cannot go on: %s", name, report.trouble.detail)
        self._broken = cause

    def _is_time(self) -> bool:
        now = time.monotonic()
        if now - self._told_at < _TELL_EVERY:
            return False
        self._told_at = now
        return True

    def _tell(self, phase: Phase, **changes: object) -> None:
        self.status = replace(self.status, phase=phase, next_run=self._next_run, **changes)  # type: ignore[arg-type]
        try:
            self._listener(self.status)
        except Exception:
            # Whoever listens may be gone already; the folders are kept the same all the same.
            _LOGGER.exception("The listener of the sync job %s failed", self._name)
