"""What people and automations ask of a job, and its answers."""

from abc import abstractmethod
import asyncio
import logging
import sqlite3
from typing import TYPE_CHECKING

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .const import DOMAIN
from .sync.conflicts import NoConflict
from .sync.endpoint import EndpointError, RelPath
from .sync.job import Job, JobStopped
from .sync.status import JobStatus, Reason, RunReport

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from homeassistant.config_entries import ConfigEntry, ConfigSubentry
    from homeassistant.core import HomeAssistant

    from .sync.conflicts import Choice, ConflictList
    from .sync.outlook import Plan
    from .sync.restore import Restored
    from .sync.versions import Versions

_LOGGER = logging.getLogger(__name__)


class AskedJob(DataUpdateCoordinator[JobStatus]):
    """One job as far as it answers; whether it has an engine is decided by what is made of it."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, subentry: ConfigSubentry) -> None:
        super().__init__(hass, _LOGGER, config_entry=entry, name=f"job {subentry.title}")
        self.subentry = subentry
        self._job: Job | None = None

    @property
    @abstractmethod
    def is_on(self) -> bool:
        """Return whether the user lets the job run."""

    @property
    def is_running(self) -> bool:
        """Return whether there is an engine that can be asked for something."""
        return self._job is not None

    async def async_sync(self) -> RunReport:
        """Run now, or join the run that waits; return what it did."""
        return await self._async_answer(self._running_job.run(Reason.REQUEST))

    async def async_dry_run(self) -> Plan:
        """Return what a run would do now."""
        return await self._async_answer(self._running_job.dry_run())

    async def async_list_versions(self, path: RelPath, *, inside: bool) -> Versions:
        """Return which versions of a path, or of what was in a folder, are kept."""
        answer = self._running_job.list_versions(path, inside=inside)
        return await self._async_answer(answer, self._error("versions_not_listed"))

    async def async_restore(self, version: str, to: RelPath | None) -> Restored:
        """Bring a version back, and sync after that."""
        answer = self._running_job.restore(version, to)
        return await self._async_answer(answer, self._error("not_restored"))

    async def _async_answer[T](
        self,
        answer: Future[T],
        failed: Callable[[Exception], HomeAssistantError] | None = None,
    ) -> T:
        """Wait for the engine; whoever gives up waiting does not end the run."""
        try:
            return await asyncio.shield(asyncio.wrap_future(answer))
        except JobStopped as stopped:
            raise self._not_running() from stopped
        except (EndpointError, OSError, sqlite3.Error) as error:
            raise (failed or self._error("sync_not_completed"))(error) from error

    def _error(self, key: str) -> Callable[[Exception], HomeAssistantError]:
        """Return what tells why the engine had no answer, in the words of one text."""
        return lambda reason: HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"job": self.subentry.title, "reason": str(reason)},
        )

    async def async_list_conflicts(self) -> ConflictList:
        """Return which conflicts wait for a person, and which copies older ones have left."""
        return await self._async_answer(self._running_job.list_conflicts())

    async def async_decide(self, path: str, choice: Choice) -> None:
        """Remember what a person wants of a conflict; the next run, which is soon, carries it out.

        Raises `ServiceValidationError` where no conflict waits at that path.
        """
        try:
            await self._async_answer(self._running_job.resolve_conflict(RelPath(path), choice))
        except NoConflict as none:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="no_conflict",
                translation_placeholders={"job": self.subentry.title, "path": path},
            ) from none

    def request_run(self) -> None:
        """Run as soon as possible, without waiting for it."""
        self._running_job.run(Reason.REQUEST)

    def request_verify(self) -> None:
        """Read back what both sides hold as soon as possible, without waiting for it."""
        self._running_job.verify()

    def cancel(self) -> None:
        """End the run that is under way, if there is one; the next one comes as ever."""
        if self._job is not None:
            self._job.cancel()

    def release_hold(self) -> None:
        """Carry out what is held, once: a person has said that it is meant."""
        self._running_job.release_hold()

    @property
    def _running_job(self) -> Job:
        if self._job is None or not self.is_on:
            raise self._not_running()
        return self._job

    def _not_running(self) -> HomeAssistantError:
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="job_not_running",
            translation_placeholders={"job": self.subentry.title},
        )
