"""The news of a share: that it cannot be reached, and that it can be again."""

from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import HomeAssistant, callback

from .news import News, NewsKind, async_tell
from .smb.errors import ConnectionFailed

if TYPE_CHECKING:
    from .smb.health import Health

_LOOKS: Final = 2
"""Looks that have to fail, one after the other, until a server that is silent is news.

Connections break and servers restart: most are back a minute later, and nobody wants to be woken.
"""


class ShareNews:
    """Follows the looks at one share."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._hass = hass
        self._entry_id = entry_id
        self._failed = 0
        self._told = False

    @callback
    def async_tell(self, health: Health, share: str) -> None:
        """Tell what the last look has changed."""
        if health.facts is not None:
            self._failed = 0
            if self._told:
                self._told = False
                self._tell(NewsKind.SHARE_RECOVERED, share, {"status": health.status})
            return
        self._failed += 1
        # What a server says of the account or the share will not pass by itself.
        enough = 1 if not isinstance(health.error, ConnectionFailed) else _LOOKS
        if not self._told and self._failed >= enough:
            self._told = True
            told = {"status": health.status, "reason": str(health.error)}
            self._tell(NewsKind.SHARE_UNREACHABLE, share, told)

    def _tell(self, kind: NewsKind, share: str, data: dict[str, Any]) -> None:
        async_tell(self._hass, News(kind, self._entry_id, None, share, {"share": share, **data}))
