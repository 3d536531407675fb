"""The thread of a job: it runs when something asks for it, and draws the conclusions."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
import logging
import sqlite3
import time
from typing import TYPE_CHECKING, Any

from .agenda import Agenda, Mood
from .base import Base
from .doubts import sifted
from .endpoint import (
    Cancelled,
    EndpointError,
    NeedsPerson,
    Unavailable,
)
from .endpoints.seen import SeenEndpoint
from .failing import FailingFiles, differing, due, explained
from .hints import Hints, Scope
from .in_use import InUse
from .report import Reports, attempt
from .run import EVERYTHING, Ears, Orders, Run
from .settings import Mode
from .side import Side
from .status import (
    HoldReason,
    Phase,
    Reason,
    Result,
    RunReport,
)
from .verifier import Verifier
from .vigil import Vigil

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future

    from .clock import Clock
    from .endpoint import Endpoint, RelPath
    from .failing import Failing
    from .inbox import Inbox, Question
    from .opened import Opened
    from .outlook import Plan
    from .settings import JobSettings
    from .state import State
    from .teller import Teller

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Task:
    reason: Reason
    scope: Scope = EVERYTHING
    report: Future[RunReport] | None = None
    preview: Future[Plan] | None = None
    released: HoldReason | None = None
    question: Question[Any] | None = None
    only_tells: bool = False
    """No run: something changed that is worth telling."""
    rest: bool = False
    """No run: let go of everything, because the job is paused."""

    @property
    def only_looks_again(self) -> bool:
        """Tell whether nobody told of a change: if there is none, there is nothing to tell."""
        return self.reason is Reason.INTERVAL and not self.scope.everything


class Runner:
    """Runs one job. Everything here is of its own thread but what `Inbox.wake` guards.

    `agenda` and the echo of `vigil` are guarded by it, too.
    """

    def __init__(
        self,
        settings: JobSettings,
        inbox: Inbox,
        opened: Opened,
        teller: Teller,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._inbox = inbox
        self._opened = opened
        self._teller = teller
        self._clock = clock
        self.agenda = Agenda(settings, Hints(settings.settle))
        self.vigil = Vigil(settings.name, inbox.wake, self.agenda)
        self._reports = Reports()
        self._in_use = InUse()
        self._verifier = Verifier(settings, inbox, opened, teller, clock)

    def live(self) -> None:
        """Run until the inbox is closed."""
        try:
            while (task := self._next_task()) is not None:
                self._perform(task)
        finally:
            self._end()

    def _next_task(self) -> _Task | None:
        inbox = self._inbox
        with inbox.wake:
            while not inbox.stopping:
                inbox.cancelled.clear()
                if (question := inbox.take_question()) is not None:
                    return _Task(Reason.REQUEST, question=question)
                if (preview := inbox.take_preview()) is not None:
                    return _Task(Reason.REQUEST, preview=preview)
                if inbox.paused:
                    if self._teller.status.phase is not Phase.PAUSED or self._opened.has_sides:
                        return _Task(Reason.REQUEST, rest=True)
                    inbox.wake.wait()
                    continue
                if (asked := inbox.take_request()) is not None:
                    request, released = asked
                    self.agenda.begin_full()
                    return _Task(request.reason, report=request.report, released=released)
                if (verify := inbox.take_verify()) is not None:
                    return _Task(verify.reason, report=verify.report)
                if self.vigil.coverage != self._teller.status.coverage:
                    return _Task(Reason.CHANGE, only_tells=True)
                now = time.monotonic()
                if (due := self.agenda.take(now)) is not None:
                    return _Task(*due)
                at = self.agenda.next_at()
                inbox.wake.wait(None if at is None else max(0.0, at - now))
        return None

    def _perform(self, task: _Task) -> None:
        if task.question is not None:
            task.question.put(self._opened.state)
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
        if task.reason is Reason.VERIFY:
            self._verify(task)
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

        def work() -> None:
            nonlocal run
            run = self._new_run(task)
            run.carry_out()

        error = attempt(work, self._inbox.cancelled.is_set, self._settings.name)
        known = {} if run is None else self._learn(task, run, error)
        report = self._reports.make(
            task.reason, task.scope, started, run.outcome if run else None, error
        )
        report = replace(report, problems=explained(report.problems, known))
        if report.result is Result.CANCELLED and self._inbox.paused:
            report = replace(report, result=Result.PAUSED)
        self._settle(task, run, report, error, known)
        if task.report is not None:
            task.report.set_result(report)

    def _learn(self, task: _Task, run: Run, error: Exception | None) -> Mapping[RelPath, Failing]:
        """Take in what failed in a run, and return all that fails."""
        done = run.outcome.done
        complete = error is None and run.outcome.hold is None
        try:
            files = FailingFiles(self._opened.state().connection)
            if complete:
                self._in_use.sort(done, task.scope, time.monotonic(), files.known())
            return files.learn(done, task.scope, self._clock.now(), complete=complete)
        except (OSError, sqlite3.Error) as failed:
            _LOGGER.warning(
                "What fails in the sync job %s could not be kept: %s", self._settings.name, failed
            )
            return {}

    def _verify(self, task: _Task) -> None:
        self._tell(Phase.VERIFYING, progress=None, scanned=None)
        report, differing, error = self._verifier.carry_out()
        with self._inbox.wake:
            if isinstance(error, Unavailable):
                self.agenda.unavailable(time.monotonic())
            elif isinstance(error, NeedsPerson):
                self.agenda.refused()
        phase = self._resting_phase()
        ends = {"trouble": report.trouble} if phase in {Phase.WAITING, Phase.ERROR} else {}
        self._tell(phase, progress=None, last_run=report, differing=differing, **ends)
        if task.report is not None:
            task.report.set_result(report)

    def _begin(self, task: _Task) -> None:
        if not task.only_looks_again:
            self._tell(Phase.SCANNING, progress=None, scanned=None)
        with self._inbox.wake:
            self.vigil.echo.begin()

    def _sifted(self, task: _Task) -> _Task:
        """Leave out what cannot be new; where that cannot be found out, all is looked at."""
        try:
            sides = self._opened.both()
            base = Base(self._opened.state().connection)
        except EndpointError, OSError, sqlite3.Error:
            # The run meets the same error, and tells it.
            return replace(task, scope=task.scope.without_doubts())
        now = time.monotonic()

        def is_ours(side: Side, path: RelPath) -> bool:
            with self._inbox.wake:
                return self.vigil.echo.is_ours(side, path, now)

        return replace(task, scope=sifted(task.scope, base, sides, is_ours))

    def _new_run(self, task: _Task) -> Run:
        state = self._opened.state()
        source, target = self._opened.sides()
        self._teller.begin_scan(state.last_seen if task.scope.everything else None)
        if task.scope.everything:
            self._keep_watch(source, target)
        with self._inbox.wake:
            if task.released is not None:
                self.agenda.forgive_deletions()
            recent = self.agenda.recent_deletions(time.monotonic())
        impatient = task.reason in {Reason.REQUEST, Reason.RESUME}
        orders = Orders(task.scope, task.released, recent, impatient)
        ears = Ears(
            self._inbox.cancelled.is_set,
            self._teller.progress,
            self._teller.planned,
            clock=self._clock,
        )
        source, target = (
            SeenEndpoint(
                self.vigil.noted(side, endpoint, first=state.roots is None), self._teller.saw
            )
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
        self,
        task: _Task,
        run: Run | None,
        report: RunReport,
        error: Exception | None,
        known: Mapping[RelPath, Failing],
    ) -> None:
        """Draw the conclusions of a run: what comes next, what is remembered, what is told."""
        self._schedule(task, run, report, error, known)
        worth_keeping = task.scope.everything or report.changed_something
        if run is not None and self._opened.memory is not None and worth_keeping:
            looked_at_all = task.scope.everything and error is None
            self._keep_report(self._opened.memory, run, report, looked_at_all=looked_at_all)
        self._teller.log(report)
        found_nothing = report.result is Result.COMPLETED and not report.deferred
        if task.only_looks_again and found_nothing and not worth_keeping:
            return
        phase = self._resting_phase()
        self._tell(
            phase,
            progress=None,
            scanned=None,
            pending=self._reports.pending(run.outcome if run else None, report),
            last_run=report,
            differing=differing(known) if run is not None else self._teller.status.differing,
            unresolved=self._teller.unresolved(self._opened.memory),
            last_success=report.ended
            if report.result is Result.COMPLETED
            else self._teller.status.last_success,
            hold=report.hold if phase is Phase.HELD else None,
            trouble=report.trouble if phase in {Phase.WAITING, Phase.ERROR} else None,
            **self._watched(),
        )

    def _schedule(
        self,
        task: _Task,
        run: Run | None,
        report: RunReport,
        error: Exception | None,
        known: Mapping[RelPath, Failing],
    ) -> None:
        """Draw from a run when the job runs next."""
        now = time.monotonic()
        with self._inbox.wake:
            agenda = self.agenda
            self.vigil.end_run()
            if run is not None:
                agenda.deleted(report.files_trashed, now)
            if error is None and report.hold is not None:
                agenda.held(now)
            elif error is None:
                agenda.completed(now, full=task.scope.everything)
                if run is not None:
                    agenda.deferred(run.outcome.done.deferred, now)
                    self._try_again(known, now)
                    if run.outcome.done.too_many or run.outcome.done.waits:
                        agenda.problems(now)
            elif isinstance(error, Cancelled):
                agenda.restart_interval(now)
            elif isinstance(error, NeedsPerson):
                agenda.refused()
            else:
                agenda.unavailable(now)

    def _try_again(self, known: Mapping[RelPath, Failing], now: float) -> None:
        files, others = due(known, self._clock.now())
        at = {path: now + wait for path, wait in files.items()}
        self.agenda.failing(at, None if others is None else now + others)

    def _keep_report(
        self, state: State, run: Run, report: RunReport, *, looked_at_all: bool
    ) -> None:
        seen = self._teller.scanned.seen
        try:
            state.end_run(run.token, report)
            if looked_at_all and state.last_seen != seen:
                # A later run tells by it how far it has come.
                state.last_seen = seen
        except sqlite3.Error as error:
            _LOGGER.warning(
                "The report of the sync job %s could not be kept: %s", self._settings.name, error
            )

    def _let_go(self) -> None:
        """Hold nothing on either side while the job is paused; what was told of them is void."""
        self.vigil.end()
        self._opened.close_sides()
        self._tell(
            Phase.PAUSED,
            progress=None,
            scanned=None,
            pending=0,
            hold=None,
            trouble=None,
            **self._watched(),
        )

    def _resting_phase(self) -> Phase:
        if self._inbox.paused:
            return Phase.PAUSED
        match self.agenda.mood:
            case Mood.HELD:
                return Phase.HELD
            case Mood.WAITING:
                return Phase.WAITING
            case Mood.ERROR:
                return Phase.ERROR
            case Mood.READY:
                return Phase.WATCHING if self.vigil.stands else Phase.IDLE

    def _keep_watch(self, source: Endpoint, target: Endpoint) -> None:
        sides = {Side.SOURCE: source}
        if self._settings.mode is Mode.TWO_WAY:
            # What programs make beside the files of a mirror's target is taken away there. That
            # must not start runs: each would make them anew, and both would never rest.
            sides[Side.TARGET] = target
        self.vigil.keep(sides, wanted=self._settings.watch)

    def _watched(self) -> dict[str, object]:
        return {"watch_trouble": self.vigil.trouble, "coverage": self.vigil.coverage}

    def _tell(self, phase: Phase, **changes: object) -> None:
        with self._inbox.wake:
            at = None if self._inbox.paused else self.agenda.next_full_at()
        self._teller.tell(phase, None if at is None else at - time.monotonic(), **changes)

    def _end(self) -> None:
        self.vigil.end()
        self._opened.close()
        self._inbox.end()
        self._tell(Phase.STOPPED, progress=None, scanned=None)
