"""A job that really runs, and how a test waits for it."""

from contextlib import contextmanager
from dataclasses import replace
from threading import Condition
import time
from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.sync.job import Job
from custom_components.smb_ddns_sync.sync.status import JobStatus, Phase

from .pair import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from custom_components.smb_ddns_sync.sync.endpoint import Endpoint
    from custom_components.smb_ddns_sync.sync.settings import JobSettings

PATIENCE = 30.0
"""Seconds after which a condition that should have come true counts as failed."""

AT_REST = (Phase.IDLE, Phase.WATCHING, Phase.HELD, Phase.WAITING, Phase.ERROR)


class Running:
    """A job with everything that it told."""

    def __init__(
        self, settings: JobSettings, source: Endpoint, target: Endpoint, state: Path
    ) -> None:
        self._heard = Condition()
        self.told: list[JobStatus] = []
        self.job = Job(settings, lambda: source, lambda: target, state, self._listen)

    def _listen(self, status: JobStatus) -> None:
        with self._heard:
            self.told.append(status)
            self._heard.notify_all()

    def wait_for(self, condition: Callable[[JobStatus], object], what: str) -> JobStatus:
        """Wait until a snapshot, from the last one on, meets a condition."""
        with self._heard:
            met = self._heard.wait_for(
                lambda: bool(self.told) and bool(condition(self.told[-1])), PATIENCE
            )
            assert met, f"{what} did not come; the last snapshot is {self.told[-1:]}"
            return self.told[-1]

    def rest(self) -> JobStatus:
        """Wait until no run is under way and at least one has ended."""
        return self.wait_for(
            lambda status: status.phase in AT_REST and status.last_run is not None, "rest"
        )

    @property
    def phases(self) -> list[Phase]:
        """Return the phases that were told, each once in a row."""
        found: list[Phase] = []
        for status in self.told:
            if not found or found[-1] is not status.phase:
                found.append(status.phase)
        return found


@contextmanager
def running(
    source: Endpoint, target: Endpoint, state: Path, **settings: object
) -> Iterator[Running]:
    """Run a job until the end of the block. Without other wishes, nothing starts it by itself."""
    wishes = {"interval": None, "watch": False, **settings}
    one = Running(replace(SETTINGS, **wishes), source, target, state)  # type: ignore[arg-type]
    one.job.start()
    try:
        yield one
    finally:
        one.job.stop(PATIENCE)


def eventually(condition: Callable[[], object], what: str) -> None:
    """Wait until a condition that nobody tells about comes true."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.01)
