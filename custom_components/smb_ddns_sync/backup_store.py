"""Backups of Home Assistant in a folder on a share: each is an archive and a note about it.

The note (JSON, under the archive's name) is put in place before the archive, and what has no
archive of the size that its note tells is no backup. So a backup is there as a whole or not at all,
and what a crash leaves behind is a small note or a temporary, which a later upload of the same
installation sweeps. The folder may be shared with other installations and with anybody's files:
every name holds the backup's own id, nothing is ever replaced, and nothing that has no note of this
format is looked into or deleted.
"""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
import json
import logging
import re
import time
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.backup import AgentBackup, suggested_filename

from .smb.client import ShareClient
from .smb.errors import ConnectionFailed, Exists, FileFailed, NotFound, SmbError
from .smb.files import FileInfo, Put, filetime_from_ns
from .sync.endpoint import RelPath
from .sync.names import TEMPORARY, RunToken, join, temporary_beside

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from .smb.aio import AsyncShareClient

_LOGGER = logging.getLogger(__name__)

_FORMAT: Final = 1
_ARCHIVE: Final = ".tar"
_NOTE: Final = ".smb_ddns_sync.json"
_LARGEST_NOTE: Final = 1 << 20
_UNSAFE: Final = re.compile(r"[^\w.+-]")  # in a name that any server is to hold
_LONGEST_STEM: Final = 120  # characters; with the id and the ending it fits everywhere
_ABANDONED: Final = 24 * 3600 * 10_000_000
"""FILETIME units (100 ns) after which a temporary that nobody writes to has no writer any more."""
_AT_ONCE: Final = 3  # notes that are read side by side; a thread is left for others


class BackupMissing(Exception):
    """No backup of that id is in the folder."""


@dataclass(frozen=True, slots=True)
class StoredBackup:
    """A backup that is there, with both of its files as they were seen."""

    backup: AgentBackup
    archive: FileInfo
    note: FileInfo


class BackupStore:
    """The backups in one folder of a share. Raises `SmbError` where the share fails.

    `installation` is the id of this Home Assistant; it tells its own leftovers from those of
    others.
    """

    def __init__(self, connection: AsyncShareClient, folder: str, installation: str) -> None:
        self._connection = connection
        self._folder = RelPath(folder)
        self._token = RunToken(sha256(installation.encode()).hexdigest()[:12])
        self._read: dict[str, tuple[FileInfo, AgentBackup | None]] = {}
        """What the notes say, so that a list reads only those that are new."""

    async def list(self) -> dict[str, StoredBackup]:
        """Return all backups by their id; a folder that is not there holds none."""
        try:
            entries = await self._connection.list_folder(self._folder)
        except NotFound:
            return {}
        files = {entry.name: entry for entry in entries if not entry.is_folder}
        notes = [entry for name, entry in files.items() if name.endswith(_NOTE)]
        limit = asyncio.Semaphore(_AT_ONCE)
        told = await asyncio.gather(*(self._tell(note, limit) for note in notes))
        self._read = {name: known for name, known in self._read.items() if name in files}
        found = {}
        for note, backup in zip(notes, told, strict=True):
            archive = files.get(f"{note.name.removesuffix(_NOTE)}{_ARCHIVE}")
            if backup is not None and archive is not None and archive.size == backup.size:
                found[backup.backup_id] = StoredBackup(backup, archive, note)
        return found

    async def get(self, backup_id: str) -> StoredBackup:
        """Return a backup. Raises `BackupMissing`."""
        try:
            return (await self.list())[backup_id]
        except KeyError as error:
            raise BackupMissing(backup_id) from error

    async def save(
        self,
        backup: AgentBackup,
        chunks: AsyncIterator[bytes],
        on_progress: Callable[[int], None],
    ) -> None:
        """Put a backup in place, flushed to the server's disk before it has its name.

        Memory stays the same however large it is. A connection that breaks is mended and goes on
        where it was. `on_progress` is told how many bytes have been taken in.
        """
        stem = _stem(backup)
        archive, note = (self._path(f"{stem}{ending}") for ending in (_ARCHIVE, _NOTE))
        if await self._connection.look(archive) is not None:
            raise Exists(archive)
        noted = await self._save_note(backup, note)
        try:
            await self._sweep(noted)
            await self._connection.put_stream(
                archive,
                self._temporary(archive),
                _counted(chunks, on_progress),
                size=backup.size,
                modified=filetime_from_ns(time.time_ns()),
                flush=True,
            )
        except BaseException:
            await asyncio.shield(self._take_back(note, noted))
            raise

    async def read(self, backup_id: str) -> AsyncGenerator[bytes]:
        """Return the content of a backup piece by piece. Raises `BackupMissing` before that."""
        stored = await self.get(backup_id)
        return self._chunks(stored)

    async def _chunks(self, stored: StoredBackup) -> AsyncGenerator[bytes]:
        async with self._connection.open_reader(self._path(stored.archive.name)) as reader:
            async for chunk in reader.chunks():
                yield chunk

    async def delete(self, backup_id: str) -> None:
        """Delete a backup for good: the archive first, without which its note counts for nothing.

        Raises `BackupMissing`.
        """
        stored = await self.get(backup_id)
        for file in (stored.archive, stored.note):
            try:
                await self._connection.run(
                    ShareClient.delete_file, self._path(file.name), expected=file
                )
            except NotFound:  # somebody else has deleted it meanwhile
                continue

    async def _tell(self, note: FileInfo, limit: asyncio.Semaphore) -> AgentBackup | None:
        """Return what a note tells; None where it is no note of ours, or has gone."""
        known = self._read.get(note.name)
        if known is not None and known[0].same_version(note):
            return known[1]
        if note.size > _LARGEST_NOTE:
            return None
        async with limit:
            try:
                async with self._connection.open_reader(self._path(note.name)) as reader:
                    text = await reader.read(0, _LARGEST_NOTE)
            except FileFailed as error:
                _LOGGER.debug("%s cannot be read: %s", note.name, error)
                return None
        backup = _understood(note.name, text)
        self._read[note.name] = note, backup
        return backup

    async def _save_note(self, backup: AgentBackup, path: str) -> FileInfo:
        content = json.dumps({"format": _FORMAT, "backup": backup.as_dict()}, indent=1).encode()
        put = Put(
            path,
            self._temporary(path),
            content,
            filetime_from_ns(time.time_ns()),
            # A note without an archive: an upload of the same backup was broken off by a crash.
            expected=await self._connection.look(path),
            make_parents=True,
            flush=True,
        )
        return await self._connection.put(put)

    async def _take_back(self, path: str, note: FileInfo) -> None:
        try:
            await self._connection.run(ShareClient.delete_file, path, expected=note)
        except SmbError as error:  # without an archive it counts for nothing, and it is small
            _LOGGER.debug("%s stays behind: %s", path, error)

    async def _sweep(self, noted: FileInfo) -> None:
        """Delete temporaries that this installation left when it was killed.

        Their age is told by the server's clock alone: by when it last changed them, and the note
        that has just been written.
        """
        for entry in await self._connection.list_folder(self._folder):
            name = TEMPORARY.fullmatch(entry.name)
            if (
                not entry.is_folder
                and name is not None
                and name["run"] == self._token.value
                and noted.changed - entry.changed > _ABANDONED
            ):
                try:
                    await self._connection.run(
                        ShareClient.delete_file, self._path(entry.name), expected=entry
                    )
                except FileFailed as error:
                    _LOGGER.debug("%s stays behind: %s", entry.name, error)

    def _temporary(self, path: str) -> str:
        return temporary_beside(RelPath(path), self._token, time.time())

    def _path(self, name: str) -> str:
        return join(self._folder, name)


def worth_another_try(error: SmbError) -> bool:
    """Tell whether a share that failed may take the same backup a little later."""
    return isinstance(error, ConnectionFailed)


async def _counted(
    chunks: AsyncIterator[bytes], on_progress: Callable[[int], None]
) -> AsyncGenerator[bytes]:
    taken = 0
    async for chunk in chunks:
        yield chunk
        taken += len(chunk)
        on_progress(taken)


def _stem(backup: AgentBackup) -> str:
    """Return the name of a backup's files without their endings: told apart by the id."""
    told = _UNSAFE.sub("_", suggested_filename(backup).removesuffix(_ARCHIVE))[:_LONGEST_STEM]
    return f"{told}-{_UNSAFE.sub('_', backup.backup_id)}"


def _check_kinds(backup: AgentBackup) -> None:
    """Raise `TypeError` where a note tells something of another kind, which others would meet."""
    for value, kind in (
        (backup.backup_id, str),
        (backup.name, str),
        (backup.date, str),
        (backup.size, int),
        (backup.protected, bool),
        (backup.database_included, bool),
        (backup.homeassistant_included, bool),
        (backup.extra_metadata, dict),
    ):
        if not isinstance(value, kind):
            raise TypeError(f"{value!r} where {kind.__name__} belongs")


def _understood(name: str, text: bytes) -> AgentBackup | None:
    try:
        note: Any = json.loads(text)
        if note["format"] == _FORMAT:
            backup = AgentBackup.from_dict(note["backup"])
            _check_kinds(backup)
            return backup
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        _LOGGER.debug("%s is no note about a backup: %s", name, error)
    return None
