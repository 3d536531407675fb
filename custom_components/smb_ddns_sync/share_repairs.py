"""What a person is asked about a share: only what was seen, and only while it is so."""

from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .issues import (
    ENCRYPTION_OFF,
    SERVER_OLD,
    SHARE_BELOW_FLOOR,
    SHARE_UNREACHABLE,
    SMB1_OFFERED,
    SMB_PORT_OPEN,
    UNENCRYPTED_PUBLIC,
    Issue,
)
from .smb.errors import AccountRefused, FloorNotMet
from .smb.facts import Dialect
from .smb.floor import is_private
from .smb.legacy import Smb1
from .smb.target import DEFAULT_PORT, EncryptionFloor

if TYPE_CHECKING:
    from datetime import datetime

    from .smb.errors import SmbError
    from .smb.facts import SessionFacts
    from .smb.health import Health
    from .store import EntryStore

LONG: Final = timedelta(hours=6)
"""How long a share has to be silent until a person is asked.

Shorter is what a server takes that is switched off at night, restarts or is updated.
"""
_OLD: Final = frozenset({Dialect.SMB_2_0_2, Dialect.SMB_2_1})
"""Dialects without encryption, and without proof that nobody talked the two sides down."""
_SENTENCES: Final = f"component.{DOMAIN}.entity.sensor.share_status.state_attributes"


class ShareRepairs:
    """The repairs of one share: raised and taken back with each look at it."""

    def __init__(self, hass: HomeAssistant, entry_id: str, store: EntryStore) -> None:
        warning = ir.IssueSeverity.WARNING
        self._hass = hass
        self._store = store
        self._below_floor = Issue(hass, SHARE_BELOW_FLOOR, entry_id)
        self._encryption_off = Issue(hass, ENCRYPTION_OFF, entry_id, severity=warning)
        self._unreachable = Issue(hass, SHARE_UNREACHABLE, entry_id, fixable=True)
        self._smb1 = Issue(hass, SMB1_OFFERED, entry_id, fixable=True, severity=warning)
        self._unencrypted = Issue(hass, UNENCRYPTED_PUBLIC, entry_id, fixable=True)
        self._port_open = Issue(hass, SMB_PORT_OPEN, entry_id, severity=warning)
        self._old = Issue(hass, SERVER_OLD, entry_id, severity=warning)

    @callback
    def async_tell_floor(self, floor: EncryptionFloor, share: str) -> None:
        """Say what it means that the user lowered the floor."""
        if floor is EncryptionFloor.NEVER:
            self._encryption_off.async_raise({"share": share})
        else:
            self._encryption_off.async_clear()

    async def async_tell(self, health: Health, share: str) -> None:
        """Ask what a look calls for, and no longer what it does not."""
        error = health.error
        if isinstance(error, FloorNotMet):
            self._below_floor.async_raise({"share": share}, error.cause)
        elif error is None:
            self._below_floor.async_clear()
        if health.facts is None:
            await self._async_tell_silence(error, share)
            return
        await self._store.async_keep_silence(None)
        self._unreachable.async_clear()
        self._tell_session(health.facts, share)

    @callback
    def async_tell_smb1(self, answer: Smb1, share: str) -> None:
        """Warn of the old protocol, until the server says that it does not speak it."""
        if answer is Smb1.OFFERED:
            self._smb1.async_raise({"share": share})
        elif answer is Smb1.REFUSED:
            self._smb1.async_clear()

    async def _async_tell_silence(self, error: SmbError | None, share: str) -> None:
        """Tell once it has been silent for long.

        What the account or the floor needs is told at once, elsewhere.
        """
        now = dt_util.utcnow()
        since = self._store.silent_since or now
        await self._store.async_keep_silence(since)
        if error is None or isinstance(error, AccountRefused | FloorNotMet):
            self._unreachable.async_clear()
        elif now - since >= LONG:
            self._unreachable.async_raise(
                {
                    "share": share,
                    "since": _told(since),
                    "reason": self._sentence("explanation", error),
                    "remedy": self._sentence("remedy", error),
                }
            )

    def _tell_session(self, facts: SessionFacts, share: str) -> None:
        placeholders = {"share": share, "address": facts.peer, "dialect": facts.dialect.value}
        for issue, holds in (
            (self._unencrypted, not facts.encrypted and not is_private(facts.peer)),
            (self._port_open, facts.address.port == DEFAULT_PORT and _is_public(facts.peer)),
            (self._old, facts.dialect in _OLD),
        ):
            if holds:
                issue.async_raise(placeholders)
            else:
                issue.async_clear()

    def _sentence(self, attribute: str, error: SmbError) -> str:
        """Return what the status says of a cause, in the language of the system."""
        texts = async_get_cached_translations(
            self._hass, self._hass.config.language, "entity", DOMAIN
        )
        return texts.get(f"{_SENTENCES}.{attribute}.state.{error.cause.value}", str(error))


def _is_public(peer: str) -> bool:
    """Tell whether an address is one of the Internet; those of a provider's customers are not."""
    return ip_address(peer.partition("%")[0]).is_global


def _told(moment: datetime) -> str:
    return f"{dt_util.as_local(moment):%Y-%m-%d %H:%M}"
