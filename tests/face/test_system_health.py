"""The system page: how much of what is set up does its work."""

from typing import TYPE_CHECKING

from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import get_system_health_info

from custom_components.smb_ddns_sync.const import DOMAIN

from .site import Watched, job, load, public_address, record, share, unload

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant

    from demo.dyndns2 import Dyndns2Server
    from demo.echo import AddressEcho

    from .site import Nas


async def test_it_counts_what_is_well(
    hass: HomeAssistant, nas: Nas, echo: AddressEcho, provider: Dyndns2Server, photos: Path
) -> None:
    assert await async_setup_component(hass, "system_health", {})
    records = (record(provider), record(provider, "gone.example.com"))
    await load(hass, public_address(echo, *records))
    entry = share(nas.server, job(photos))
    await load(hass, entry)
    await Watched(hass, entry).until("watching")

    info = await get_system_health_info(hass, DOMAIN)

    # The provider does not know the second name, which a person is asked about.
    assert info == {"records": "1 / 2", "shares": "1 / 1", "jobs": "1 / 1", "repairs": 1}
    await unload(hass, entry)
