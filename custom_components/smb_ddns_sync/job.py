"""One job: the engine's thread on one side, Home Assistant's event loop on the other."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import partial
import logging
from typing import TYPE_CHECKING, Final, override

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .backups_apart import leave_backups_alone
from .job_answers import AskedJob
from .job_news import JobNews
from .job_pause import PauseEnd
from .job_repairs import UNUSABLE_SETTINGS, JobRepairs
from .job_settings import job_settings
from .job_sides import Sides, side_name, sides_of
from .local_folders import FolderError, Refusal, accept_local_folder
from .other_share import OtherShare
from .state_files import make_folder, remove_state, state_file
from .sync.clock import Clock
from .sync.endpoints.local import LocalEndpoint
from .sync.endpoints.share import ShareEndpoint
from .sync.folders import JobFolder, LocalFolder, ShareFolder
from .sync.job import Job
from .sync.status import JobStatus, Phase, Reason, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from homeassistant.config_entries import ConfigEntry, ConfigSubentry

    from .share import ShareCoordinator
    from .store import EntryStore
    from .sync.endpoint import Endpoint

_LOGGER = logging.getLogger(__name__)


TELL_EVERY: Final = 1.0
"""Seconds between two states that differ in the progress only, at the beginning of a run.

Each of them goes to the database, so a run that takes long tells less often.
"""
_TELL_AT_LEAST_EVERY: Final = 10.0
_TELLS_LESS: Final = 30.0
"""What is under way for a minute is told each two seconds, and so on: this is the quotient."""


PATIENCE: Final = 10.0
"""Seconds that the end of an entry waits for a job. Then the connection is closed under it."""
LONG_PATIENCE: Final = 90.0
"""Seconds that a single job may take to end. The connection is not its own, so it is left alone,
and a server may be silent for a minute before the client gives it up."""


class JobCoordinator(AskedJob):
    """Runs the engine of one job and tells what it does.

    Invariant: at most one engine of a job is alive; another is made only after the last one has
    stopped. A job between two shares has an engine only while both are loaded.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        subentry: ConfigSubentry,
        share: ShareCoordinator,
        store: EntryStore,
    ) -> None:
        super().__init__(hass, entry, subentry)
        self.data = JobStatus(Phase.STOPPED)
        self.started_at = dt_util.utcnow()
        self._entry_id = entry.entry_id
        self._share = share
        self._other = OtherShare(hass, self._async_other_changed)
        self._shares_were_well = False
        self._lock = asyncio.Lock()
        self._closed = False
        self._store = store
        self._pause = PauseEnd(hass, store, subentry.subentry_id, self._async_pause_over)
        self._sides = self._read_sides()
        self._generation = 0
        self._told_at = 0.0
        self._phase_at = 0.0
        self._repairs = JobRepairs(hass, entry.entry_id, subentry.subentry_id)
        self._news = JobNews(hass, entry.entry_id, subentry.subentry_id)
        self._stop_listening: CALLBACK_TYPE | None = None

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the user lets the job run."""
        return not self._store.is_switched_off(self.subentry.subentry_id)

    async def async_start(self) -> None:
        """Start the engine, unless the user switched the job off; the first run begins at once."""
        stop_listening = self._share.async_add_listener(self._async_share_looked_at)
        stop_following = self._other.async_follow()

        def stop() -> None:
            stop_listening()
            stop_following()

        self._stop_listening = stop
        await self._pause.async_take_up()
        async with self._lock:
            await self._async_begin()

    async def async_stop(self) -> None:
        """Stop the engine and wait for it; a run that is under way ends at its next block.

        Raises `TimeoutError` where the engine hangs in something that cannot be broken off, such as
        a dead mount; no other engine is made then, so that never two of them write.
        """
        self._async_close()
        async with self._lock:
            await self._async_end(PATIENCE)

    @callback
    def _async_close(self) -> None:
        self._closed = True
        self._pause.async_stop()
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None

    async def async_restart(self) -> None:
        """Run with changed settings.

        Other folders have nothing to do with what is remembered of the old ones: they meet for the
        first time, and a first run deletes nothing.
        """
        async with self._lock:
            if not await self._async_ended():
                return
            before, self._sides = self._sides, self._read_sides()
            if _folders(before) != _folders(self._sides):
                await self._async_remove_state()
            await self._async_begin()

    async def async_forget(self) -> None:
        """End, and remove the state of the job; the files on both sides stay."""
        self._async_close()
        async with self._lock:
            # Where it does not end, the next start of Home Assistant removes the file.
            if await self._async_ended():
                await self._async_remove_state()
        self._repairs.async_clear()
        await self._store.async_forget(self.subentry.subentry_id)

    async def async_switch(self, *, on: bool) -> None:
        """Let the job run, or pause it, also over a restart.

        The engine lives on, so a run that is under way breaks off at its next piece and what
        comes after goes on from there.
        """
        await self._async_set(on=on)

    async def async_pause(self, until: datetime | None) -> None:
        """Let the job rest until a time, or until somebody lets it go on."""
        await self._async_set(on=False, until=until)

    async def _async_pause_over(self) -> None:
        await self._async_set(on=True)

    async def _async_set(self, *, on: bool, until: datetime | None = None) -> None:
        await self._pause.async_set(on=on, until=until)
        async with self._lock:
            if self._job is None:
                await self._async_begin()
            elif on:
                self._job.resume()
            else:
                self._job.pause()
        self._async_set_status(self.data)

    async def _async_begin(self) -> None:
        """Make an engine; the lock is held, and there is none."""
        self.started_at = dt_util.utcnow()
        self._generation += 1
        if self._closed:
            self._async_set_status(JobStatus(Phase.STOPPED))
            return
        try:
            settings = job_settings(self.subentry)
            sides = sides_of(self._entry_id, self.subentry.data)
        except (KeyError, ValueError) as error:
            self._async_refuse(UNUSABLE_SETTINGS, str(error))
            return
        for side in (sides.source, sides.target):
            if isinstance(side, LocalFolder) and await self.hass.async_add_executor_job(
                _is_refused, self.hass, str(side.path)
            ):
                self._async_refuse(
                    "not_allowed",
                    f"Home Assistant may not use {side.path}; add it to allowlist_external_dirs",
                )
                return
        self._other.look_for(self._entry_id, sides)
        if not self._other.join(self._async_other_leaves, self._async_share_looked_at):
            self._async_wait_for_other()
            return
        for side in (sides.source, sides.target):
            if not isinstance(side, LocalFolder):
                backups = self._share_of(side).backup_folder
                settings = leave_backups_alone(settings, side.path, backups)
        job = Job(
            settings,
            source=self._endpoint(sides.source),
            target=self._endpoint(sides.target),
            state_file=state_file(self.hass, self.subentry.subentry_id),
            listener=partial(self._status_from_thread, self._generation),
            clock=Clock(local=dt_util.now),
        )
        await self.hass.async_add_executor_job(
            partial(_start, self.hass, job, paused=not self.is_on)
        )
        self._job = job

    def _endpoint(self, folder: JobFolder) -> Callable[[], Endpoint]:
        """Return what opens a side, for the engine's thread."""
        if isinstance(folder, LocalFolder):
            return partial(LocalEndpoint, folder.path)
        return partial(ShareEndpoint, self._share_of(folder).client, folder.path)

    def _share_of(self, folder: ShareFolder) -> ShareCoordinator:
        share = self._share if folder.share == self._entry_id else self._other.share
        if share is None:
            raise ValueError("the other share was not joined")
        return share

    async def _async_end(self, patience: float) -> None:
        if self._job is not None:
            await self.hass.async_add_executor_job(self._job.stop, patience)
            self._job = None
            self._other.leave()

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
        """Tell why there is no engine; of a job that is to rest nobody needs to know."""
        if not self.is_on:
            self._async_set_status(JobStatus(Phase.PAUSED))
            return
        self._async_set_status(
            JobStatus(Phase.ERROR, trouble=Trouble(cause, detail, needs_person=True))
        )

    @callback
    def _async_share_looked_at(self) -> None:
        """Try again as soon as the share is well: nobody has to wait for the next interval."""
        shares = (self._share, self._other.share)
        well, before = all(s is None or s.is_well for s in shares), self._shares_were_well
        self._shares_were_well = well
        if well and not before and self._job and self.data.phase in {Phase.WAITING, Phase.ERROR}:
            self._job.run(Reason.RETRY)

    async def _async_other_leaves(self) -> None:
        """End, because the share on the other side is about to close its connection."""
        async with self._lock:
            if self._job is None:
                return
            await self._async_end(PATIENCE)
            self._async_wait_for_other()

    @callback
    def _async_other_changed(self) -> None:
        """Begin once the other share is there; tell what is wrong with it until then."""
        if self._job is None and self.is_on and not self._closed and self.config_entry is not None:
            self.config_entry.async_create_task(
                self.hass, self._async_begin_again(), f"other share of {self.name}"
            )

    async def _async_begin_again(self) -> None:
        async with self._lock:
            if self._job is None:
                await self._async_begin()

    @callback
    def _async_wait_for_other(self) -> None:
        """Tell that the other share is not there; its coming back begins a new engine."""
        if not self.is_on:
            self._async_set_status(JobStatus(Phase.PAUSED))
            return
        self._async_set_status(JobStatus(Phase.WAITING, trouble=self._other.trouble))

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
        if status.phase is not self.data.phase:
            self._phase_at = now
        elif status.phase.is_progressing:
            wait = min(max(TELL_EVERY, (now - self._phase_at) / _TELLS_LESS), _TELL_AT_LEAST_EVERY)
            if now < self._told_at + wait:
                return True
        self._told_at = now
        return False

    @callback
    def _async_set_status(self, status: JobStatus) -> None:
        names = {"job": self.subentry.title, "source": "?", "target": "?"}
        if self._sides is not None:
            names["source"] = side_name(self.hass, self._sides.source)
            names["target"] = side_name(self.hass, self._sides.target)
        self._repairs.async_tell(status, names)
        self.async_set_updated_data(replace(status, paused_until=self._pause.at))
        self._news.async_tell(status.last_run, names["job"], self.started_at)

    def _read_sides(self) -> Sides | None:
        """Return the sides that the settings name; None where they cannot be a job's."""
        try:
            return sides_of(self._entry_id, self.subentry.data)
        except KeyError, ValueError:
            return None


def _folders(sides: Sides | None) -> tuple[JobFolder, JobFolder] | None:
    return None if sides is None else (sides.source, sides.target)


def _is_refused(hass: HomeAssistant, folder: str) -> bool:
    """Tell whether a folder may not be used any more. Blocks.

    A folder that is missing or cannot be read now is not refused: the engine waits for it.
    """
    try:
        accept_local_folder(hass, folder)
    except FolderError as refused:
        return refused.refusal in {Refusal.NOT_ALLOWED, Refusal.OWN, Refusal.RELATIVE}
    return False


def _start(hass: HomeAssistant, job: Job, *, paused: bool) -> None:
    """Start an engine, which opens its state. Blocks."""
    make_folder(hass)
    job.start(paused=paused)
