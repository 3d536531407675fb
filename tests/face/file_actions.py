"""What tests of the actions on files share: calls, and files to call them about."""

import os
from typing import TYPE_CHECKING, Any

from custom_components.smb_ddns_sync.const import DOMAIN

from .site import entity_id

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry


class Actions:
    """Calls actions on one share."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        self._hass = hass
        self.target = {"entity_id": entity_id(hass, "sensor", entry.entry_id, "share_status")}

    async def answer(self, action: str, **data: Any) -> dict[str, Any]:
        """Return the response of an action."""
        answer = await self._hass.services.async_call(
            DOMAIN, action, {**self.target, **data}, blocking=True, return_response=True
        )
        assert answer is not None
        return dict(answer)

    async def do(self, action: str, **data: Any) -> None:
        """Call an action without asking for its response."""
        await self._hass.services.async_call(DOMAIN, action, {**self.target, **data}, blocking=True)


def put(folder: Path, path: str, content: bytes = b"content", age_days: float = 0) -> None:
    """Write a file, with the folders that it is in."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    if age_days:
        then = file.stat().st_mtime - age_days * 86_400
        os.utime(file, (then, then))
