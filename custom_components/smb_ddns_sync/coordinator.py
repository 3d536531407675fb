"""What runs for an entry while it is loaded, by kind."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry, ConfigEntryState

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from .job import JobCoordinator
    from .parts import Parts
    from .public_address import PublicAddressCoordinator
    from .record import RecordCoordinator
    from .share import ShareCoordinator
    from .store import EntryStore

type SmbDdnsConfigEntry = ConfigEntry[PublicAddressRuntime | ShareRuntime]


@dataclass(frozen=True, slots=True)
class PublicAddressRuntime:
    """The public address and its records."""

    store: EntryStore
    address: PublicAddressCoordinator
    records: Parts[RecordCoordinator]

    @property
    def parts(self) -> Parts[RecordCoordinator]:
        """Return what runs for subentries."""
        return self.records

    async def async_stop(self) -> None:
        """Stop the records, and what hears of the address."""
        await self.records.async_stop()
        await self.address.async_close()


@dataclass(frozen=True, slots=True)
class ShareRuntime:
    """A share and its jobs."""

    store: EntryStore
    share: ShareCoordinator
    jobs: Parts[JobCoordinator]

    @property
    def parts(self) -> Parts[JobCoordinator]:
        """Return what runs for subentries."""
        return self.jobs

    async def async_stop(self) -> None:
        """Stop the jobs, and only then the connection that they use.

        Jobs of other shares that have their other side here end, too, and wait until it is back.
        A server that is silent can hold a job up for longer than anybody waits here: hanging up
        ends what waits for it. Raises `TimeoutError` where a job hangs in something else.
        """
        try:
            await self._async_end_jobs()
        except TimeoutError:
            await self.share.async_close()
            await self._async_end_jobs()
        await self.share.async_close()

    async def _async_end_jobs(self) -> None:
        await self.jobs.async_stop()
        await self.share.async_dismiss_guests()


def share_runtime(hass: HomeAssistant, entry_id: str) -> ShareRuntime | None:
    """Return what runs for a share; None where its entry is gone or not loaded."""
    entry: SmbDdnsConfigEntry | None = hass.config_entries.async_get_entry(entry_id)
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return None
    runtime = getattr(entry, "runtime_data", None)
    return runtime if isinstance(runtime, ShareRuntime) else None
