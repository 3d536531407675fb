"""Every share is a location for backups of Home Assistant, also where there is no Supervisor.

A share that cannot be reached makes a list or a download fail within seconds, with the reason. An
upload is worth waiting for: a NAS that sleeps wakes up by being asked.
"""

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.backup import (
    AgentBackup,
    BackupAgent,
    BackupAgentError,
    BackupNotFound,
    OnProgressCallback,
)
from homeassistant.components.backup.agent import BackupAgentUnreachableError
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import instance_id

from .backup_listeners import async_listen
from .backup_store import BackupMissing, BackupStore, worth_another_try
from .const import DOMAIN
from .coordinator import ShareRuntime, SmbDdnsConfigEntry
from .smb.errors import ConnectionFailed, SmbError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator

PATIENCE: Final = 20.0
"""Seconds that whoever looks at the list of backups waits for a share."""
PAUSES: Final = (5.0, 20.0, 60.0)
"""Seconds between the tries of an upload to a share that cannot be reached."""


async def async_get_backup_agents(hass: HomeAssistant, **_: Any) -> list[BackupAgent]:
    """Return an agent for each share that is set up."""
    installation = await instance_id.async_get(hass)
    entries: list[SmbDdnsConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return [
        ShareBackupAgent(entry, entry.runtime_data, installation)
        for entry in entries
        if isinstance(entry.runtime_data, ShareRuntime)
    ]


@callback
def async_register_backup_agents_listener(
    hass: HomeAssistant, *, listener: Callable[[], None], **_: Any
) -> Callable[[], None]:
    """Have somebody told whenever a share comes or goes."""
    return async_listen(hass, listener)


class ShareBackupAgent(BackupAgent):
    """The backups on one share."""

    domain = DOMAIN

    def __init__(self, entry: SmbDdnsConfigEntry, runtime: ShareRuntime, installation: str) -> None:
        self.name = entry.title
        self.unique_id = entry.entry_id
        self._store = BackupStore(
            runtime.share.connection,
            runtime.share.backup_folder,
            installation,
        )

    @override
    async def async_list_backups(self, **kwargs: Any) -> list[AgentBackup]:
        """Return all backups in the folder, also those of other installations."""
        with self._told():
            async with asyncio.timeout(PATIENCE):
                found = await self._store.list()
        return [stored.backup for stored in found.values()]

    @override
    async def async_get_backup(self, backup_id: str, **kwargs: Any) -> AgentBackup:
        """Return what is known of a backup."""
        with self._told():
            async with asyncio.timeout(PATIENCE):
                return (await self._store.get(backup_id)).backup

    @override
    async def async_download_backup(self, backup_id: str, **kwargs: Any) -> AsyncIterator[bytes]:
        """Return the content of a backup."""
        with self._told():
            async with asyncio.timeout(PATIENCE):
                chunks = await self._store.read(backup_id)
        return self._explained(chunks)

    async def _explained(self, chunks: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        with self._told():
            async for chunk in chunks:
                yield chunk

    @override
    async def async_upload_backup(
        self,
        *,
        open_stream: Callable[[], Coroutine[Any, Any, AsyncIterator[bytes]]],
        backup: AgentBackup,
        on_progress: OnProgressCallback,
        **kwargs: Any,
    ) -> None:
        """Put a backup on the share."""

        def tell(taken: int) -> None:
            on_progress(bytes_uploaded=taken)

        with self._told():
            for pause in (*PAUSES, None):
                try:
                    await self._store.save(backup, await open_stream(), tell)
                except SmbError as error:
                    if pause is None or not worth_another_try(error):
                        raise
                    await asyncio.sleep(pause)
                else:
                    return

    @override
    async def async_delete_backup(self, backup_id: str, **kwargs: Any) -> None:
        """Delete a backup for good."""
        with self._told():
            async with asyncio.timeout(PATIENCE):
                await self._store.delete(backup_id)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell what went wrong in the words of Home Assistant's backups."""
        try:
            yield
        except BackupMissing as error:
            raise BackupNotFound(f"There is no backup {error} on {self.name}") from error
        except TimeoutError as error:
            raise BackupAgentUnreachableError(
                translation_domain=DOMAIN,
                translation_key="backup_failed",
                translation_placeholders=self._why("it did not answer in time"),
            ) from error
        except ConnectionFailed as error:
            raise BackupAgentUnreachableError(
                translation_domain=DOMAIN,
                translation_key="backup_failed",
                translation_placeholders=self._why(str(error)),
            ) from error
        except SmbError as error:
            raise BackupAgentError(
                translation_domain=DOMAIN,
                translation_key="backup_failed",
                translation_placeholders=self._why(str(error)),
            ) from error

    def _why(self, reason: str) -> dict[str, str]:
        return {"share": self.name, "reason": reason}
