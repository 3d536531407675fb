"""One job: the engine's thread on one side, Home Assistant's event loop on the other."""

import asyncio
from contextlib import suppress
from functools import partial
import logging
from pathlib import Path
import sqlite3
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .const import CONF_LOCAL_FOLDER, CONF_REMOTE_FOLDER, DOMAIN
from .job_repairs import UNUSABLE_SETTINGS, JobRepairs
from .job_settings import job_settings
from .local_folders import FolderError, Refusal, accept_local_folder
from .state_files import make_folder, remove_state, state_file
from .sync.endpoint import EndpointError
from .sync.endpoints.local import LocalEndpoint
from .sync.endpoints.share import ShareEndpoint
from .sync.job import Job, JobStopped
from .sync.status import JobStatus, Phase, Reason, RunReport, Trouble

if TYPE_CHECKING:
    from concurrent.futures import Future

    from homeassistant.config_entries import ConfigEntry, ConfigSubentry

    from .share import ShareCoordinator
    from .store import EntryStore
    from .sync.outlook import Plan

_LOGGER = logging.getLogger(__name__)


TELL_EVERY: Final = 1.0
"""Seconds between two states that differ in the progress only.

Each of them goes to the database.
"""


PATIENCE: Final = 10.0
"""Seconds that the end of an entry waits for a job. Then the connection is closed under it."""
LONG_PATIENCE: Final = 90.0
"""Seconds that a single job may take to end. The connection is not its own, so it is left alone,
and a server may be silent for a minute before the client gives it up."""


class JobCoordinator(DataUpdateCoordinator[JobStatus]):
    """Runs the engine of one job and tells what it does.

    Invariant: at most one engine of a job is alive; another is made only after the last one has
    stopped.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        subentry: ConfigSubentry,
        share: ShareCoordinator,
        store: EntryStore,
    ) -> None:
        super().__init__(hass, _LOGGER, config_entry=entry, name=f"job {subentry.title}")
        self.subentry = subentry
        self.data = JobStatus(Phase.STOPPED)
        self.started_at = dt_util.utcnow()
        self._share = share
        self._share_was_well = False
        self._lock = asyncio.Lock()
        self._closed = False
        self._store = store
        self._job: Job | None = None
        self._folders = _folders(subentry)
        self._generation = 0
        self._told_at = 0.0
        self._repairs = JobRepairs(hass, entry.entry_id, subentry.subentry_id)
        self._stop_listening: CALLBACK_TYPE | None = None

    @property
    def is_on(self) -> bool:
        """Return whether the user lets the job run."""
        return not self._store.is_switched_off(self.subentry.subentry_id)

    async def async_start(self) -> None:
        """Start the engine, unless the user switched the job off; the first run begins at once."""
        self._stop_listening = self._share.async_add_listener(self._async_share_looked_at)
        async with self._lock:
            await self._async_begin()

    async def async_stop(self) -> None:
        """Stop the engine and wait for it; a run that is under way ends at its next block.

        Raises `TimeoutError` where the engine hangs in something that cannot be broken off, such as
        a dead mount; no other engine is made then, so that never two of them write.
        """
        self._closed = True
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        async with self._lock:
            await self._async_end(PATIENCE)

    async def async_restart(self) -> None:
        """Run with changed settings.

        Other folders have nothing to do with what is remembered of the old ones: they meet for the
        first time, and a first run deletes nothing.
        """
        async with self._lock:
            if not await self._async_ended():
                return
            if self._folders != (folders := _folders(self.subentry)):
                self._folders = folders
                await self._async_remove_state()
            await self._async_begin()

    async def async_forget(self) -> None:
        """End, and remove the state of the job; the files on both sides stay."""
        self._closed = True
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        async with self._lock:
            # Where it does not end, the next start of Home Assistant removes the file.
            if await self._async_ended():
                await self._async_remove_state()
        self._repairs.async_clear()
        await self._store.async_forget(self.subentry.subentry_id)

    async def async_switch(self, *, on: bool) -> None:
        """Let the job run or not, also after a restart."""
        await self._store.async_switch(self.subentry.subentry_id, on=on)
        await self.async_restart()

    async def _async_begin(self) -> None:
        """Make an engine; the lock is held, and there is none."""
        self.started_at = dt_util.utcnow()
        self._generation += 1
        if not self.is_on or self._closed:
            self._async_set_status(JobStatus(Phase.STOPPED))
            return
        try:
            settings = job_settings(self.subentry)
            local, remote = _folders(self.subentry)
        except (KeyError, ValueError) as error:
            self._async_refuse(UNUSABLE_SETTINGS, str(error))
            return
        if await self.hass.async_add_executor_job(_is_refused, self.hass, local):
            self._async_refuse(
                "not_allowed",
                f"Home Assistant may not use {local}; add it to allowlist_external_dirs",
            )
            return
        job = Job(
            settings,
            source=partial(LocalEndpoint, Path(local)),
            target=partial(ShareEndpoint, self._share.client, remote),
            state_file=state_file(self.hass, self.subentry.subentry_id),
            listener=partial(self._status_from_thread, self._generation),
        )
        await self.hass.async_add_executor_job(_start, self.hass, job)
        self._job = job

    async def _async_end(self, patience: float) -> None:
        if self._job is not None:
            await self.hass.async_add_executor_job(self._job.stop, patience)
            self._job = None

    async def _async_ended(self) -> bool:
        """End however long it takes; tell whether it worked."""
        try:
            await self._async_end(LONG_PATIENCE)
        except TimeoutError as error:
            _LOGGER.error(  # noqa: TRY400 - where it hangs is told, the trace only leads here
                "%s; it goes on as it was until Home Assistant is restarted", error
            )
            return False
        return True

    async def _async_remove_state(self) -> None:
        await self.hass.async_add_executor_job(remove_state, self.hass, self.subentry.subentry_id)

    @callback
    def _async_refuse(self, cause: str, detail: str) -> None:
        """Tell why there is no engine."""
        self._async_set_status(
            JobStatus(Phase.ERROR, trouble=Trouble(cause, detail, needs_person=True))
        )

    @callback
    def _async_share_looked_at(self) -> None:
        """Try again as soon as the share is well: nobody has to wait for the next interval."""
        health = self._share.data
        well, before = health is not None and health.error is None, self._share_was_well
        self._share_was_well = well
        if well and not before and self._job and self.data.phase in {Phase.WAITING, Phase.ERROR}:
            self._job.run(Reason.RETRY)

    async def async_sync(self) -> RunReport:
        """Run now, or join the run that waits; return what it did."""
        return await self._async_answer(self._running_job.run(Reason.REQUEST))

    async def async_dry_run(self) -> Plan:
        """Return what a run would do now."""
        return await self._async_answer(self._running_job.dry_run())

    async def _async_answer[T](self, answer: Future[T]) -> T:
        """Wait for the engine; whoever gives up waiting does not end the run."""
        try:
            return await asyncio.shield(asyncio.wrap_future(answer))
        except JobStopped as stopped:
            raise self._not_running() from stopped
        except (EndpointError, OSError, sqlite3.Error) as error:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="sync_not_completed",
                translation_placeholders={"job": self.subentry.title, "reason": str(error)},
            ) from error

    def request_run(self) -> None:
        """Run as soon as possible, without waiting for it."""
        self._running_job.run(Reason.REQUEST)

    def release_hold(self) -> None:
        """Carry out what is held, once: a person has said that it is meant."""
        self._running_job.release_hold()

    @property
    def _running_job(self) -> Job:
        if self._job is None:
            raise self._not_running()
        return self._job

    def _not_running(self) -> HomeAssistantError:
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="job_not_running",
            translation_placeholders={"job": self.subentry.title},
        )

    @property
    def is_running(self) -> bool:
        """Return whether there is an engine that can be asked for something."""
        return self._job is not None

    def _status_from_thread(self, generation: int, status: JobStatus) -> None:
        """Take a snapshot over from the engine's thread."""
        # A loop that is closed has nobody left who would look.
        with suppress(RuntimeError):
            self.hass.loop.call_soon_threadsafe(self._async_status_from, generation, status)

    @callback
    def _async_status_from(self, generation: int, status: JobStatus) -> None:
        if generation == self._generation and not self._is_mere_progress(status):
            self._async_set_status(status)

    def _is_mere_progress(self, status: JobStatus) -> bool:
        """Tell whether only the progress went on, and so soon that nobody would see it."""
        now = self.hass.loop.time()
        if status.phase is self.data.phase is Phase.SYNCING and now < self._told_at + TELL_EVERY:
            return True
        self._told_at = now
        return False

    @callback
    def _async_set_status(self, status: JobStatus) -> None:
        self._repairs.async_tell(status, self.subentry.title)
        self.async_set_updated_data(status)


def _folders(subentry: ConfigSubentry) -> tuple[str, str]:
    return subentry.data[CONF_LOCAL_FOLDER], subentry.data[CONF_REMOTE_FOLDER]


def _is_refused(hass: HomeAssistant, folder: str) -> bool:
    """Tell whether a folder may not be used any more. Blocks.

    A folder that is missing or cannot be read now is not refused: the engine waits for it.
    """
    try:
        accept_local_folder(hass, folder)
    except FolderError as refused:
        return refused.refusal in {Refusal.NOT_ALLOWED, Refusal.OWN, Refusal.RELATIVE}
    return False


def _start(hass: HomeAssistant, job: Job) -> None:
    """Start an engine, which opens its state. Blocks."""
    make_folder(hass)
    job.start()
