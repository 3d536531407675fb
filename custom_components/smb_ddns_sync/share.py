"""One share: a client for its jobs, and its health every minute."""

import asyncio
from dataclasses import replace
from datetime import timedelta
import logging
import time
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .const import (
    CONF_ADDRESSES,
    CONF_BACKUP_FOLDER,
    CONF_DOMAIN_NAME,
    CONF_ENCRYPTION,
    CONF_SHARE,
    DEFAULT_BACKUP_FOLDER,
)
from .same_share import root_of
from .share_input import stored_address
from .share_news import ShareNews
from .share_repairs import ShareRepairs
from .smb.aio import AsyncShareClient
from .smb.errors import AccountRefused, ConnectionFailed, SmbError
from .smb.health import Health, probe
from .smb.legacy import Smb1, ask_for_smb1
from .smb.target import DEFAULT_PORT, Address, Credentials, EncryptionFloor, ShareTarget

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from homeassistant.config_entries import ConfigEntry

    from .smb.client import ShareClient
    from .smb.facts import SessionFacts
    from .store import EntryStore

_LOGGER = logging.getLogger(__name__)

HEALTH_INTERVAL: Final = timedelta(minutes=1)
_SMB1_EVERY: Final = 24 * 3600.0
"""Seconds between two questions whether the server offers SMB 1; it answers with a connection."""
_SMB1_AGAIN: Final = 3600.0
"""The same, where it gave no answer."""
_CLOSING_PATIENCE: Final = 3.0
"""Seconds that an entry waits for the threads of its share; a dial ends by itself later."""


def share_target(data: Mapping[str, Any]) -> ShareTarget:
    """Return the share that an entry's data, or the input of a form, stands for."""
    first = Address(data[CONF_HOST], data.get(CONF_PORT, DEFAULT_PORT))
    further = (stored_address(text) for text in data.get(CONF_ADDRESSES, ()))
    return ShareTarget(
        addresses=tuple(dict.fromkeys((first, *further))),
        share=data[CONF_SHARE],
        credentials=Credentials(
            data[CONF_USERNAME], data[CONF_PASSWORD], data.get(CONF_DOMAIN_NAME, "")
        ),
        encryption=EncryptionFloor(data.get(CONF_ENCRYPTION, EncryptionFloor.PUBLIC_ADDRESS)),
    )


class ShareCoordinator(DataUpdateCoordinator[Health | None]):
    """Looks at the share every minute, through the client that its jobs use too.

    Invariant: after the account was refused nothing logs in again until the user has acted (which
    reloads the entry): servers lock accounts, and the client that all share remembers the refusal.
    """

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, target: ShareTarget, store: EntryStore
    ) -> None:
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=f"share {target.share}",
            update_interval=HEALTH_INTERVAL,
        )
        self.target = target
        self.connection = AsyncShareClient(target)
        self._entry = entry
        self._refused = False
        self._store = store
        self._root_kept = False
        self._strangers: set[Address] = set()
        self._smb1 = Smb1.UNKNOWN
        self._smb1_due = 0.0
        self._failing: str | None = None
        self._news = ShareNews(hass, entry.entry_id)
        self._untold: Health | None = None
        self._guests: list[Callable[[], Awaitable[None]]] = []
        self._repairs = ShareRepairs(hass, entry.entry_id, store)

    @property
    def entry_id(self) -> str:
        """Return the id of the share's entry."""
        return self._entry.entry_id

    @property
    def title(self) -> str:
        """Return what the user calls the share."""
        return self._entry.title

    @property
    def backup_folder(self) -> str:
        """Return where backups of Home Assistant are on the share."""
        folder: str = self._entry.data.get(CONF_BACKUP_FOLDER, DEFAULT_BACKUP_FOLDER)
        return folder

    @property
    def client(self) -> ShareClient:
        """The blocking client behind it all, for jobs, which have threads of their own."""
        return self.connection.blocking

    async def async_start(self) -> None:
        """Tell what the user lowered, and look for the first time."""
        self._repairs.async_tell_floor(self.target.encryption, self._entry.title)
        await self.async_request_refresh()

    @property
    def is_well(self) -> bool:
        """Return whether the last look found nothing wrong."""
        return self.data is not None and self.data.error is None

    def add_guest(self, leave: Callable[[], Awaitable[None]]) -> Callable[[], None]:
        """Let a job of another share use the client; return what is called when it no longer does.

        `leave` is awaited before the client is closed.
        """
        self._guests.append(leave)

        def gone() -> None:
            self._guests.remove(leave)

        return gone

    async def async_dismiss_guests(self) -> None:
        """Have all jobs of other shares end that use the client. Raises what one of them raised."""
        results = await asyncio.gather(*(leave() for leave in self._guests), return_exceptions=True)
        for error in results:
            if error is not None:
                raise error

    async def async_close(self) -> None:
        """Let go of the connection; a look that is under way ends."""
        try:
            async with asyncio.timeout(_CLOSING_PATIENCE):
                await self.connection.close()
        except TimeoutError:
            _LOGGER.debug("%s is still being dialled; that ends by itself", self._entry.title)

    @override
    async def _async_update_data(self) -> Health | None:
        """Look; what is wrong with the share is part of the answer and never an exception."""
        if self._refused:
            return self.data
        health = replace(await self._async_probe(), smb1=self._smb1)
        error = health.error
        self._log_once(error)
        self._untold = health
        await self._repairs.async_tell(health, self._entry.title)
        if isinstance(error, AccountRefused):
            self._refused = True
            self._entry.async_start_reauth(self.hass)
        if health.facts is not None and time.monotonic() >= self._smb1_due:
            self._smb1_due = time.monotonic() + _SMB1_AGAIN
            self._entry.async_create_background_task(
                self.hass, self._async_ask_for_smb1(health.facts), "question for SMB 1"
            )
        return health

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Update the entities, then tell the news: automations find the new state in place."""
        super().async_update_listeners()
        health, self._untold = self._untold, None
        if health is not None:
            self._news.async_tell(health, self._entry.title)

    async def _async_probe(self) -> Health:
        try:
            health = await self.connection.run(probe)
            if health.facts is not None and not self._root_kept:
                await self._async_keep_root()
        except SmbError as error:  # no thread was free in time, or it is being closed
            return Health(error)
        return health

    async def _async_keep_root(self) -> None:
        """Remember the root, by which the share is known again at another address."""
        self._root_kept = True
        try:
            root = await self.connection.run(root_of)
        except SmbError:
            self._root_kept = False  # with the next look
            return
        if root is not None:
            await self._store.async_keep_root(root)

    def may_try(self, address: Address) -> bool:
        """Tell whether the account may be tried at an address that the user did not enter."""
        return not self._refused and address not in self._strangers

    def note_stranger(self, address: Address) -> None:
        """Never try the account there again: servers count what they refuse, and lock accounts."""
        self._strangers.add(address)

    async def async_look_at_smb1(self) -> Smb1:
        """Ask for SMB 1 now, because a person has switched it off; return the answer."""
        if self.data is not None and self.data.facts is not None:
            await self._async_ask_for_smb1(self.data.facts)
        return self._smb1

    async def _async_ask_for_smb1(self, facts: SessionFacts) -> None:
        """Ask the server that answers now, beside the connection that is in use."""
        try:
            answer = await self.connection.run(
                lambda _: ask_for_smb1(facts.peer, facts.address.port)
            )
        except SmbError:
            return  # it is being closed
        if answer is Smb1.UNKNOWN:
            return
        self._smb1 = answer
        self._repairs.async_tell_smb1(answer, self._entry.title)
        self._smb1_due = time.monotonic() + _SMB1_EVERY
        if self.data is not None:
            self.data = replace(self.data, smb1=answer)
            self.async_update_listeners()

    def _log_once(self, error: SmbError | None) -> None:
        story = _story(error)
        if story == self._failing:
            return
        self._failing = story
        if error is None:
            _LOGGER.info("The share %s can be used again", self._entry.title)
        else:
            _LOGGER.warning("The share %s cannot be used: %s", self._entry.title, error)


def _story(error: SmbError | None) -> str | None:
    """Tell what is worth one line in the log, however its causes change.

    A server that goes down is lost, then refuses, then times out.
    """
    if error is None:
        return None
    return "unreachable" if isinstance(error, ConnectionFailed) else error.cause.value
