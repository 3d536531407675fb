"""A job: one thread that runs when something asks for it, and tells how it stands."""

from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
import logging
import sqlite3
from threading import Condition, Event, Thread, current_thread
import time
from typing import TYPE_CHECKING, Any, Final

from .agenda import Agenda, Mood
from .base import Base
from .clock import Clock
from .conflicts import Conflicts
from .doubts import sifted
from .endpoint import (
    Cancelled,
    Endpoint,
    EndpointError,
    NeedsPerson,
    Unavailable,
)
from .endpoints.spelled import with_true_names
from .hints import Hints, Scope
from .in_use import InUse
from .report import Reports
from .restore import Restore, Restored
from .run import EVERYTHING, Ears, Orders, Run
from .settings import Mode
from .side import Side
from .state import State
from .status import (
    HoldReason,
    JobStatus,
    Phase,
    Progress,
    Reason,
    Result,
    RunReport,
    Unresolved,
)
from .versions import Versions, VersionSearch
from .vigil import Vigil

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conflicts import Choice, ConflictList
    from .endpoint import RelPath
    from .outlook import Plan
    from .settings import JobSettings

_LOGGER = logging.getLogger(__name__)

_LISTED: Final = 1000
"""Conflicts and conflict copies that are told at most, of each; the counts count all."""
_TELL_EVERY: Final = 0.25  # seconds between two snapshots of progress


class JobStopped(Exception):
    """The job was stopped before it came to this."""


class JobPaused(JobStopped):
    """The job was paused before it came to this."""


@dataclass(slots=True)
class _Request:
    """A run or a preview that somebody waits for."""

    reason: Reason
    report: Future[RunReport]


@dataclass(frozen=True, slots=True)
class _Question[T]:
    """Something that the memory of the job is asked, or told."""

    ask: Callable[[State], T]
    answer: Future[T]

    def put(self, open_state: Callable[[], State]) -> None:
        """Ask it, and hand the answer over."""
        try:
            self.answer.set_result(self.ask(open_state()))
        except Exception as error:  # noqa: BLE001 - it is handed to whoever asked
            self.answer.set_exception(error)


@dataclass(frozen=True, slots=True)
class _Task:
    reason: Reason
    scope: Scope = EVERYTHING
    report: Future[RunReport] | None = None
    preview: Future[Plan] | None = None
    released: HoldReason | None = None
    question: _Question[Any] | None = None
    only_tells: bool = False
    """No run: something changed that is worth telling."""
    rest: bool = False
    """No run: let go of everything, because the job is paused."""

    @property
    def only_looks_again(self) -> bool:
        """Tell whether nobody told of a change: if there is none, there is nothing to tell."""
        return self.reason is Reason.INTERVAL and not self.scope.everything


class Job:
    """Keeps two folders the same. All methods may be called from any thread.

    The listener is called on the job's own.

    The endpoints are made, used and closed on the job's thread. `state_file` belongs to the job.
    `clock` is the runs'; its wall is where the user lives.
    """

    def __init__(
        self,
        settings: JobSettings,
        source: Callable[[], Endpoint],
        target: Callable[[], Endpoint],
        state_file: Path,
        listener: Callable[[JobStatus], None],
        clock: Clock | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock or Clock()
        self._make_sides = (source, target)
        self._state_file = state_file
        self._listener = listener
        self.status = JobStatus(Phase.STOPPED)
        self._thread = Thread(target=self._live, name=f"sync {settings.name}", daemon=True)
        self._wake = Condition()
        self._agenda = Agenda(settings, Hints(settings.settle))
        self._request: _Request | None = None
        self._previews: list[Future[Plan]] = []
        self._questions: list[_Question[Any]] = []
        self._released: HoldReason | None = None
        self._stopping = False
        self._paused = False
        self._cancelled = Event()
        # Of the job's thread alone.
        self._state: State | None = None
        self._sides: tuple[Endpoint, Endpoint] | None = None
        self._vigil = Vigil(settings.name, self._wake, self._agenda)
        self._reports = Reports()
        self._in_use = InUse()
        self._broken: str | None = None
        self._told_at = 0.0

    def start(self, *, paused: bool = False) -> None:
        """Begin to live; the first run starts at once, or when a paused job is resumed."""
        self._paused = paused
        if not paused:
            self._request = _Request(Reason.START, _future())
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """End the job and wait for its thread; a file under way is left as it was.

        Raises `TimeoutError`.
        """
        with self._wake:
            self._stopping = True
            self._cancelled.set()
            self._wake.notify_all()
        if not self._thread.is_alive() or current_thread() is self._thread:
            return
        self._thread.join(timeout / 2)
        sides = self._sides
        if self._thread.is_alive() and sides is not None:
            for side in sides:
                side.close()  # breaks what waits for an answer
            self._thread.join(timeout / 2)
        if self._thread.is_alive():
            raise TimeoutError(f"The sync job {self._settings.name} did not end in time")

    def run(self, reason: Reason) -> Future[RunReport]:
        """Look at everything soon; a run that is queued already serves both.

        Raises `JobStopped` in the future, also where the job is paused (`JobPaused`).
        """
        with self._wake:
            if self._stopping:
                return _failed(JobStopped())
            if self._paused:
                return _failed(JobPaused())
            if self._request is None:
                self._request = _Request(reason, _future())
            self._wake.notify_all()
            return self._request.report

    def dry_run(self) -> Future[Plan]:
        """Tell what a run would do now.

        It changes nothing, on the sides or in the memory of the job.
        """
        preview: Future[Plan] = _future()
        with self._wake:
            if self._stopping:
                return _failed(JobStopped())
            self._previews.append(preview)
            self._wake.notify_all()
        return preview

    def list_conflicts(self) -> Future[ConflictList]:
        """Tell which conflicts wait for a person, and which copies older ones have left."""
        return self._ask(lambda state: Conflicts(state.connection).first(_LISTED))

    def resolve_conflict(self, path: RelPath, choice: Choice) -> Future[None]:
        """Remember what a person wants of a conflict, and run soon to carry it out.

        It is carried out under all guards, and only for the versions that were listed last: where
        one of them has changed since, the person is asked again. `NoConflict` in the future where
        nothing waits there.
        """

        def decide(state: State) -> None:
            Conflicts(state.connection).decide(path, choice)
            self.run(Reason.REQUEST)

        return self._ask(decide)

    def list_versions(self, path: RelPath, *, inside: bool = False) -> Future[Versions]:
        """Find older versions of a path, or of all that was in a folder, on both sides.

        Raises `JobStopped` and `EndpointError` in the future.
        """
        search = VersionSearch(path, inside, cancelled=self._cancelled.is_set)
        return self._ask(lambda _state: search.on(self._both()))

    def restore(self, version: str, to: RelPath | None = None) -> Future[Restored]:
        """Bring a version (`KeptVersion.id`) back, and sync after that.

        Raises `JobStopped` and `EndpointError` in the future.
        """

        def work(state: State) -> Restored:
            ears = Ears(self._cancelled.is_set)
            restored = Restore(self._settings, state, self._both(), ears).carry_out(version, to)
            self.run(Reason.REQUEST)
            return restored

        return self._ask(work)

    def _ask[T](self, ask: Callable[[State], T]) -> Future[T]:
        """Ask the memory of the job, on its thread and between two runs."""
        question = _Question(ask, _future())
        with self._wake:
            if self._stopping:
                return _failed(JobStopped())
            self._questions.append(question)
            self._wake.notify_all()
        return question.answer

    def cancel(self) -> None:
        """End the run that is under way; the job goes on living."""
        self._cancelled.set()

    def pause(self) -> None:
        """Rest until it is resumed: nothing starts, and the run under way is broken off.

        What it has done stays done, a file under way is left as it was. A paused job holds nothing:
        no lock, no open file, no watch. Whoever waits for a run gets `JobPaused`.
        """
        with self._wake:
            if self._paused or self._stopping:
                return
            self._paused = True
            self._released = None
            request, self._request = self._request, None
            self._cancelled.set()
            self._wake.notify_all()
        if request is not None:
            request.report.set_exception(JobPaused())

    def resume(self) -> None:
        """Go on after a pause, with a look at everything: it may have changed meanwhile."""
        with self._wake:
            if not self._paused or self._stopping:
                return
            self._paused = False
            self._request = _Request(Reason.RESUME, _future())
            self._wake.notify_all()

    def release_hold(self) -> None:
        """Make the held plan anew, and carry it out once without the guard that held it."""
        with self._wake:
            if self.status.hold is None or self._stopping:
                return
            self._released = self.status.hold.reason
            if self._request is None:
                self._request = _Request(Reason.REQUEST, _future())
            self._wake.notify_all()

    def _live(self) -> None:
        try:
            while (task := self._next_task()) is not None:
                self._perform(task)
        finally:
            self._end()

    def _next_task(self) -> _Task | None:
        with self._wake:
            while not self._stopping:
                self._cancelled.clear()
                if self._questions:
                    return _Task(Reason.REQUEST, question=self._questions.pop(0))
                if self._previews:
                    return _Task(Reason.REQUEST, preview=self._previews.pop())
                if self._paused:
                    if self.status.phase is not Phase.PAUSED or self._sides is not None:
                        return _Task(Reason.REQUEST, rest=True)
                    self._wake.wait()
                    continue
                if (request := self._request) is not None:
                    self._request = None
                    released, self._released = self._released, None
                    self._agenda.begin_full()
                    return _Task(request.reason, report=request.report, released=released)
                if self._vigil.coverage != self.status.coverage:
                    return _Task(Reason.CHANGE, only_tells=True)
                now = time.monotonic()
                if (due := self._agenda.take(now)) is not None:
                    return _Task(*due)
                at = self._agenda.next_at()
                self._wake.wait(None if at is None else max(0.0, at - now))
        return None

    def _perform(self, task: _Task) -> None:
        if task.question is not None:
            task.question.put(self._open_state)
            return
        if task.preview is not None:
            self._preview(task.preview)
            return
        if task.rest:
            self._let_go()
            return
        if task.only_tells:
            self._tell(self._resting_phase(), **self._watched())
            return
        if task.scope.doubted:
            task = self._sifted(task)
            if not task.scope.folders:
                return
        self._carry_out(task)

    def _carry_out(self, task: _Task) -> None:
        started = datetime.now(UTC)
        self._begin(task)
        run: Run | None = None
        error: Exception | None = None
        try:
            run = self._new_run(task)
            run.carry_out()
        except Unavailable as caught:
            # Of a run that a person ended nobody needs to know that its server was silent, too.
            error = Cancelled("run", "cancelled") if self._cancelled.is_set() else caught
        except (EndpointError, OSError, sqlite3.Error) as caught:
            error = caught
        except Exception as caught:
            _LOGGER.exception("A run of the sync job %s broke off", self._settings.name)
            error = caught
        if run is not None and error is None and run.outcome.hold is None:
            self._in_use.sort(run.outcome.done, task.scope, time.monotonic())
        report = self._reports.make(
            task.reason, task.scope, started, run.outcome if run else None, error
        )
        if report.result is Result.CANCELLED and self._paused:
            report = replace(report, result=Result.PAUSED)
        self._settle(task, run, report, error)
        if task.report is not None:
            task.report.set_result(report)

    def _begin(self, task: _Task) -> None:
        if not task.only_looks_again:
            self._tell(Phase.SCANNING, progress=None)
        with self._wake:
            self._vigil.echo.begin()

    def _sifted(self, task: _Task) -> _Task:
        """Leave out what cannot be new; where that cannot be found out, all is looked at."""
        try:
            sides = dict(zip(Side, self._open_sides(), strict=True))
            base = Base(self._open_state().connection)
        except EndpointError, OSError, sqlite3.Error:
            # The run meets the same error, and tells it.
            return replace(task, scope=task.scope.without_doubts())
        now = time.monotonic()

        def is_ours(side: Side, path: RelPath) -> bool:
            with self._wake:
                return self._vigil.echo.is_ours(side, path, now)

        return replace(task, scope=sifted(task.scope, base, sides, is_ours))

    def _new_run(self, task: _Task) -> Run:
        state = self._open_state()
        source, target = self._open_sides()
        if task.scope.everything:
            self._keep_watch(source, target)
        with self._wake:
            if task.released is not None:
                self._agenda.forgive_deletions()
            recent = self._agenda.recent_deletions(time.monotonic())
        orders = Orders(task.scope, task.released, recent)
        ears = Ears(self._cancelled.is_set, self._on_progress, self._on_planned, clock=self._clock)
        source, target = (
            self._vigil.noted(side, endpoint, first=state.roots is None)
            for side, endpoint in ((Side.SOURCE, source), (Side.TARGET, target))
        )
        return Run(self._settings, state, source, target, ears, orders)

    def _preview(self, future: Future[Plan]) -> None:
        try:
            run = self._new_run(_Task(Reason.REQUEST))
            future.set_result(run.preview())
        except Exception as error:  # noqa: BLE001 - it is handed to whoever asked
            future.set_exception(error)

    def _settle(
        self, task: _Task, run: Run | None, report: RunReport, error: Exception | None
    ) -> None:
        """Draw the conclusions of a run: what comes next, what is remembered, what is told."""
        now = time.monotonic()
        with self._wake:
            agenda = self._agenda
            self._vigil.end_run()
            if run is not None:
                agenda.deleted(report.files_trashed, now)
            if error is None and report.hold is not None:
                agenda.held(now)
            elif error is None:
                agenda.completed(now, full=task.scope.everything)
                if run is not None:
                    agenda.deferred(run.outcome.done.deferred, now)
                    if run.outcome.done.worth_a_retry:
                        agenda.problems(now)
            elif isinstance(error, Cancelled):
                agenda.restart_interval(now)
            elif isinstance(error, NeedsPerson):
                agenda.refused()
            else:
                agenda.unavailable(now)
        worth_keeping = self._worth_keeping(task, report)
        if run is not None and self._state is not None and worth_keeping:
            self._keep_report(self._state, run, report)
        self._log(report)
        found_nothing = report.result is Result.COMPLETED and not report.deferred
        if task.only_looks_again and found_nothing and not worth_keeping:
            return
        self._told_at = 0.0
        phase = self._resting_phase()
        self._tell(
            phase,
            progress=None,
            pending=self._reports.pending(run.outcome if run else None, report),
            last_run=report,
            unresolved=self._unresolved(),
            last_success=report.ended
            if report.result is Result.COMPLETED
            else self.status.last_success,
            hold=report.hold if phase is Phase.HELD else None,
            trouble=report.trouble if phase in {Phase.WAITING, Phase.ERROR} else None,
            **self._watched(),
        )

    def _unresolved(self) -> Unresolved:
        if self._state is None:
            return self.status.unresolved
        try:
            return Conflicts(self._state.connection).tally()
        except sqlite3.Error:
            # Why the memory cannot be read is told by the run that needs it.
            return self.status.unresolved

    def _worth_keeping(self, task: _Task, report: RunReport) -> bool:
        return task.scope.everything or bool(
            report.files_copied
            or report.files_trashed
            or report.folders_made
            or report.folders_removed
            or report.moved
            or report.files_cleared
        )

    def _keep_report(self, state: State, run: Run, report: RunReport) -> None:
        try:
            state.end_run(run.token, report)
        except sqlite3.Error as error:
            _LOGGER.warning(
                "The report of the sync job %s could not be kept: %s", self._settings.name, error
            )

    def _log(self, report: RunReport) -> None:
        """Tell once when something breaks, and once when it is well again."""
        cause = None
        if report.hold is not None:
            cause = report.hold.reason.value
        elif report.trouble is not None:
            cause = report.trouble.cause
        if report.result in {Result.CANCELLED, Result.PAUSED} or cause == self._broken:
            return
        name = self._settings.name
        if cause is None:
            _LOGGER.info("The sync job %s goes on", name)
        elif report.hold is not None:
            _LOGGER.warning(
                "The sync job %s is held (%s): it would delete %d files. Nothing was done",
                name,
                cause,
                report.hold.deletions,
            )
        elif report.trouble is not None:
            _LOGGER.warning("The sync job %s cannot go on: %s", name, report.trouble.detail)
        self._broken = cause

    def _let_go(self) -> None:
        """Hold nothing on either side while the job is paused; what was told of them is void."""
        self._vigil.end()
        self._close_sides()
        self._tell(
            Phase.PAUSED,
            progress=None,
            pending=0,
            hold=None,
            trouble=None,
            **self._watched(),
        )

    def _close_sides(self) -> None:
        sides, self._sides = self._sides, None
        for side in sides or ():
            side.close()

    def _resting_phase(self) -> Phase:
        if self._paused:
            return Phase.PAUSED
        match self._agenda.mood:
            case Mood.HELD:
                return Phase.HELD
            case Mood.WAITING:
                return Phase.WAITING
            case Mood.ERROR:
                return Phase.ERROR
            case Mood.READY:
                return Phase.WATCHING if self._vigil.stands else Phase.IDLE

    def _tell(self, phase: Phase, **changes: object) -> None:
        with self._wake:
            at = None if self._paused else self._agenda.next_full_at()
        next_run = None
        if at is not None:
            next_run = datetime.now(UTC) + timedelta(seconds=max(0.0, at - time.monotonic()))
        self.status = replace(self.status, phase=phase, next_run=next_run, **changes)  # type: ignore[arg-type]
        try:
            self._listener(self.status)
        except Exception:
            # Whoever listens may be gone already; the folders are kept the same all the same.
            _LOGGER.exception("The listener of the sync job %s failed", self._settings.name)

    def _on_planned(self, plan: Plan) -> None:
        if not plan.only_remembers:
            total = plan.steps
            self._tell(
                Phase.SYNCING,
                progress=Progress(0, total, 0, plan.bytes_placed, None),
                pending=total,
            )

    def _on_progress(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._told_at >= _TELL_EVERY:
            self._told_at = now
            pending = progress.files_total - progress.files_done
            self._tell(Phase.SYNCING, progress=progress, pending=pending)

    def _open_state(self) -> State:
        if self._state is None:
            self._state = State.open(self._state_file, self._settings.id)
            last_run, last_success = self._reports.recall(self._state.history())
            self.status = replace(
                self.status,
                last_run=last_run,
                last_success=last_success,
                unresolved=Conflicts(self._state.connection).tally(),
            )
        return self._state

    def _open_sides(self) -> tuple[Endpoint, Endpoint]:
        if self._sides is None:
            source, target = self._make_sides
            self._sides = (with_true_names(source()), with_true_names(target()))
        return self._sides

    def _both(self) -> dict[Side, Endpoint]:
        source, target = self._open_sides()
        return {Side.SOURCE: source, Side.TARGET: target}

    def _keep_watch(self, source: Endpoint, target: Endpoint) -> None:
        sides = {Side.SOURCE: source}
        if self._settings.mode is Mode.TWO_WAY:
            # What programs make beside the files of a mirror's target is taken away there. That
            # must not start runs: each would make them anew, and both would never rest.
            sides[Side.TARGET] = target
        self._vigil.keep(sides, wanted=self._settings.watch)

    def _watched(self) -> dict[str, object]:
        return {"watch_trouble": self._vigil.trouble, "coverage": self._vigil.coverage}

    def _end(self) -> None:
        self._vigil.end()
        self._close_sides()
        if self._state is not None:
            self._state.close()
        with self._wake:
            self._stopping = True
            futures: list[Future[Any]] = [*self._previews]
            futures += [question.answer for question in self._questions]
            if self._request is not None:
                futures.append(self._request.report)
        for future in futures:
            future.set_exception(JobStopped())
        self._tell(Phase.STOPPED, progress=None)


def _future[T]() -> Future[T]:
    """Return a future that nobody can cancel.

    Several may wait for one run, and `Job.cancel` ends it.
    """
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()
    return future


def _failed[T](error: Exception) -> Future[T]:
    future: Future[T] = _future()
    future.set_exception(error)
    return future
