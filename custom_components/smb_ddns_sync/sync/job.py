"""A job: what anybody may ask of it, from any thread. Its own thread is the runner's."""

from threading import Thread, current_thread
from typing import TYPE_CHECKING, Final

from .clock import Clock
from .conflicts import Conflicts
from .inbox import Inbox, JobPaused, JobStopped
from .opened import Opened
from .restore import Restore, Restored
from .run import Ears
from .runner import Runner
from .status import JobStatus, Reason, RunReport
from .teller import Teller
from .versions import Versions, VersionSearch

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from .conflicts import Choice, ConflictList
    from .endpoint import Endpoint, RelPath
    from .outlook import Plan
    from .settings import JobSettings
    from .state import State

__all__ = ["Job", "JobPaused", "JobStopped"]

_LISTED: Final = 1000
"""Conflicts and conflict copies that are told at most, of each; the counts count all."""


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
        self._inbox = Inbox()
        self._teller = Teller(settings.name, listener)
        self._opened = Opened(
            settings.id,
            source,
            target,
            state_file,
            self._teller.recall,
            self._inbox.cancelled.is_set,
        )
        self._clock = clock or Clock()
        self._runner = Runner(settings, self._inbox, self._opened, self._teller, self._clock)
        self._thread = Thread(target=self._runner.live, name=f"sync {settings.name}", daemon=True)

    @property
    def status(self) -> JobStatus:
        """Return the last snapshot."""
        return self._teller.status

    def start(self, *, paused: bool = False) -> None:
        """Begin to live; the first run starts at once, or when a paused job is resumed."""
        self._inbox.open(paused=paused)
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """End the job and wait for its thread; a file under way is left as it was.

        Raises `TimeoutError`.
        """
        self._inbox.close()
        if not self._thread.is_alive() or current_thread() is self._thread:
            return
        self._thread.join(timeout / 2)
        if self._thread.is_alive() and self._opened.has_sides:
            self._opened.break_sides()
            self._thread.join(timeout / 2)
        if self._thread.is_alive():
            raise TimeoutError(f"The sync job {self._settings.name} did not end in time")

    def run(self, reason: Reason) -> Future[RunReport]:
        """Look at everything soon; a run that is queued already serves both.

        Raises `JobStopped` in the future, also where the job is paused (`JobPaused`).
        """
        return self._inbox.run(reason)

    def verify(self) -> Future[RunReport]:
        """Read back what both sides hold, and tell which files differ although nothing says so.

        It changes neither side. A verify that is queued already serves both. Raises `JobStopped` in
        the future, also where the job is paused (`JobPaused`).
        """
        return self._inbox.verify()

    def dry_run(self) -> Future[Plan]:
        """Tell what a run would do now.

        It changes nothing, on the sides or in the memory of the job.
        """
        return self._inbox.preview()

    def list_conflicts(self) -> Future[ConflictList]:
        """Tell which conflicts wait for a person, and which copies older ones have left."""
        return self._inbox.ask(lambda state: Conflicts(state.connection).first(_LISTED))

    def resolve_conflict(self, path: RelPath, choice: Choice) -> Future[None]:
        """Remember what a person wants of a conflict, and run soon to carry it out.

        It is carried out under all guards, and only for the versions that were listed last: where
        one of them has changed since, the person is asked again. `NoConflict` in the future where
        nothing waits there.
        """

        def decide(state: State) -> None:
            Conflicts(state.connection).decide(path, choice)
            self.run(Reason.REQUEST)

        return self._inbox.ask(decide)

    def list_versions(self, path: RelPath, *, inside: bool = False) -> Future[Versions]:
        """Find older versions of a path, or of all that was in a folder, on both sides.

        Raises `JobStopped` and `EndpointError` in the future.
        """
        search = VersionSearch(path, inside, cancelled=self._inbox.cancelled.is_set)
        return self._inbox.ask(lambda _state: search.on(self._opened.both()))

    def restore(self, version: str, to: RelPath | None = None) -> Future[Restored]:
        """Bring a version (`KeptVersion.id`) back, and sync after that.

        Raises `JobStopped` and `EndpointError` in the future.
        """

        def work(state: State) -> Restored:
            ears = Ears(self._inbox.cancelled.is_set, clock=self._clock)
            restored = Restore(self._settings, state, self._opened.both(), ears).carry_out(
                version, to
            )
            self.run(Reason.REQUEST)
            return restored

        return self._inbox.ask(work)

    def cancel(self) -> None:
        """End the run that is under way; the job goes on living."""
        self._inbox.cancelled.set()

    def pause(self) -> None:
        """Rest until it is resumed: nothing starts, and the run under way is broken off.

        What it has done stays done, a file under way is left as it was. A paused job holds nothing:
        no lock, no open file, no watch. Whoever waits for a run gets `JobPaused`.
        """
        self._inbox.pause()

    def resume(self) -> None:
        """Go on after a pause, with a look at everything: it may have changed meanwhile."""
        self._inbox.resume()

    def release_hold(self) -> None:
        """Make the held plan anew, and carry it out once without the guard that held it."""
        if (hold := self.status.hold) is not None:
            self._inbox.release(hold.reason)
