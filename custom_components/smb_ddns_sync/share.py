"""One share: a client for its jobs, and its health every minute."""

from datetime import timedelta
import logging
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .const import CONF_DOMAIN_NAME, CONF_ENCRYPTION, CONF_SHARE
from .issues import ENCRYPTION_OFF, SHARE_BELOW_FLOOR, Issue
from .smb.client import ShareClient
from .smb.errors import AccountRefused, ConnectionFailed, FloorNotMet, SmbError
from .smb.health import Health, probe
from .smb.target import DEFAULT_PORT, Address, Credentials, EncryptionFloor, ShareTarget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

_LOGGER = logging.getLogger(__name__)

HEALTH_INTERVAL: Final = timedelta(minutes=1)


def share_target(data: Mapping[str, Any]) -> ShareTarget:
    """Return the share that an entry's data, or the input of a form, stands for."""
    return ShareTarget(
        addresses=(Address(data[CONF_HOST], data.get(CONF_PORT, DEFAULT_PORT)),),
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

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, target: ShareTarget) -> None:
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=f"share {target.share}",
            update_interval=HEALTH_INTERVAL,
        )
        self.target = target
        self.client = ShareClient(target)
        self._entry = entry
        self._refused = False
        self._failing: str | None = None
        self._below_floor = Issue(hass, SHARE_BELOW_FLOOR, entry.entry_id)
        self._encryption_off = Issue(
            hass, ENCRYPTION_OFF, entry.entry_id, severity=ir.IssueSeverity.WARNING
        )

    async def async_start(self) -> None:
        """Tell what the user lowered, and look for the first time."""
        if self.target.encryption is EncryptionFloor.NEVER:
            self._encryption_off.async_raise({"share": self._entry.title})
        else:
            self._encryption_off.async_clear()
        await self.async_request_refresh()

    async def async_close(self) -> None:
        """Let go of the connection; a look that is under way ends."""
        await self.hass.async_add_executor_job(self.client.close)

    @override
    async def _async_update_data(self) -> Health | None:
        """Look; what is wrong with the share is part of the answer and never an exception."""
        if self._refused:
            return self.data
        health = await self.hass.async_add_executor_job(probe, self.client)
        error = health.error
        self._log_once(error)
        if isinstance(error, FloorNotMet):
            self._below_floor.async_raise({"share": self._entry.title}, error.cause)
        elif error is None:
            self._below_floor.async_clear()
        if isinstance(error, AccountRefused):
            self._refused = True
            self._entry.async_start_reauth(self.hass)
        return health

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
