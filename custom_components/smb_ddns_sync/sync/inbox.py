"""What is asked of a job, from any thread, until the job's own thread comes to it."""

from concurrent.futures import Future
from dataclasses import dataclass
from threading import Condition, Event
from typing import TYPE_CHECKING, Any

from .status import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from .outlook import Plan
    from .state import State
    from .status import HoldReason, RunReport


class JobStopped(Exception):
    """The job was stopped before it came to this."""


class JobPaused(JobStopped):
    """The job was paused before it came to this."""


@dataclass(slots=True)
class Request:
    """A run that somebody waits for."""

    reason: Reason
    report: Future[RunReport]


@dataclass(frozen=True, slots=True)
class Question[T]:
    """Something that the memory of the job is asked, or told."""

    ask: Callable[[State], T]
    answer: Future[T]

    def put(self, open_state: Callable[[], State]) -> None:
        """Ask it, and hand the answer over."""
        try:
            self.answer.set_result(self.ask(open_state()))
        except Exception as error:  # noqa: BLE001 - it is handed to whoever asked
            self.answer.set_exception(error)


class Inbox:
    """What waits for one job, and whether it may run at all.

    `wake` guards everything here but `cancelled`, and wakes the job.
    """

    def __init__(self) -> None:
        self.wake = Condition()
        self.cancelled = Event()
        """Set while the run under way is to end."""
        self.stopping = False
        self.paused = False
        self._request: Request | None = None
        self._verify: Request | None = None
        self._released: HoldReason | None = None
        self._previews: list[Future[Plan]] = []
        self._questions: list[Question[Any]] = []

    def open(self, *, paused: bool) -> None:
        """Begin: with a first run, or with a rest."""
        self.paused = paused
        if not paused:
            self._request = Request(Reason.START, _future())

    def close(self) -> None:
        """Have the job end."""
        with self.wake:
            self.stopping = True
            self.cancelled.set()
            self.wake.notify_all()

    def run(self, reason: Reason) -> Future[RunReport]:
        """Queue a run, or join the one that is queued."""
        with self.wake:
            if self.stopping:
                return _failed(JobStopped())
            if self.paused:
                return _failed(JobPaused())
            request = self._queued(reason)
            self.wake.notify_all()
            return request.report

    def verify(self) -> Future[RunReport]:
        """Queue a look at the content of everything, or join the one that is queued."""
        with self.wake:
            if self.stopping:
                return _failed(JobStopped())
            if self.paused:
                return _failed(JobPaused())
            if self._verify is None:
                self._verify = Request(Reason.VERIFY, _future())
            self.wake.notify_all()
            return self._verify.report

    def preview(self) -> Future[Plan]:
        """Queue a look at what a run would do."""
        preview: Future[Plan] = _future()
        with self.wake:
            if self.stopping:
                return _failed(JobStopped())
            self._previews.append(preview)
            self.wake.notify_all()
        return preview

    def ask[T](self, ask: Callable[[State], T]) -> Future[T]:
        """Queue a question for the memory of the job, which is asked between two runs."""
        question = Question(ask, _future())
        with self.wake:
            if self.stopping:
                return _failed(JobStopped())
            self._questions.append(question)
            self.wake.notify_all()
        return question.answer

    def pause(self) -> None:
        """Have nothing start, and the run under way broken off."""
        with self.wake:
            if self.paused or self.stopping:
                return
            self.paused = True
            self._released = None
            waiting = self._request, self._verify
            self._request = self._verify = None
            self.cancelled.set()
            self.wake.notify_all()
        for request in waiting:
            if request is not None:
                request.report.set_exception(JobPaused())

    def resume(self) -> None:
        """End a pause with a run."""
        with self.wake:
            if not self.paused or self.stopping:
                return
            self.paused = False
            self._request = Request(Reason.RESUME, _future())
            self.wake.notify_all()

    def release(self, hold: HoldReason) -> None:
        """Queue a run without the guard that holds the plan."""
        with self.wake:
            if self.stopping:
                return
            self._released = hold
            self._queued(Reason.REQUEST)
            self.wake.notify_all()

    def take_question(self) -> Question[Any] | None:
        """Return what is to be asked next; `wake` is held."""
        return self._questions.pop(0) if self._questions else None

    def take_preview(self) -> Future[Plan] | None:
        """Return who waits for a preview; `wake` is held."""
        return self._previews.pop() if self._previews else None

    def take_request(self) -> tuple[Request, HoldReason | None] | None:
        """Return the run that is queued, and the guard that it goes without; `wake` is held."""
        if (request := self._request) is None:
            return None
        self._request = None
        released, self._released = self._released, None
        return request, released

    def take_verify(self) -> Request | None:
        """Return who waits for a look at the content of everything; `wake` is held."""
        request, self._verify = self._verify, None
        return request

    def end(self) -> None:
        """Tell all that still wait that the job has stopped."""
        with self.wake:
            self.stopping = True
            futures: list[Future[Any]] = [*self._previews]
            futures += [question.answer for question in self._questions]
            waiting = (self._request, self._verify)
            futures += [request.report for request in waiting if request is not None]
        for future in futures:
            future.set_exception(JobStopped())

    def _queued(self, reason: Reason) -> Request:
        if self._request is None:
            self._request = Request(reason, _future())
        return self._request


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
