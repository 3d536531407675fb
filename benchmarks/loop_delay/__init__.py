"""Home Assistant tells how late its own event loop is: an integration for `scripts/bench face`.

It lies inside because nobody outside can tell a late loop from a slow line.
"""

import asyncio
import time
from typing import TYPE_CHECKING, Final

from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.setup import async_get_setup_timings

if TYPE_CHECKING:
    from aiohttp import web
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.typing import ConfigType

DOMAIN: Final = "loop_delay"
_SAMPLE: Final = 0.002
"""Seconds that it sleeps between two looks at the clock."""


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:  # noqa: ARG001 - its signature
    """Begin to measure, until Home Assistant ends."""
    late: list[float] = []
    hass.http.register_view(LatenessView(late))
    hass.async_create_background_task(_measure(late), DOMAIN)
    return True


async def _measure(late: list[float]) -> None:
    while True:
        due = time.monotonic() + _SAMPLE
        await asyncio.sleep(_SAMPLE)
        late.append(max(0.0, time.monotonic() - due))


class LatenessView(HomeAssistantView):
    """Tells what was measured since it was asked before, in seconds, and how long set-ups took."""

    url = f"/api/{DOMAIN}"
    name = f"api:{DOMAIN}"

    def __init__(self, late: list[float]) -> None:
        self._late = late

    async def get(self, request: web.Request) -> web.Response:
        """Answer, and begin anew."""
        late = self._late.copy()
        self._late.clear()
        return self.json({"late": late, "setup": async_get_setup_timings(request.app[KEY_HASS])})
