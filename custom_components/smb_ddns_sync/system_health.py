"""Four numbers for Home Assistant's system page: how much of what is set up does its work."""

from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .coordinator import PublicAddressRuntime, SmbDdnsConfigEntry
from .ddns.report import RecordStatus

if TYPE_CHECKING:
    from homeassistant.components import system_health


@callback
def async_register(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    register: system_health.SystemHealthRegistration,
) -> None:
    """Register with the system page."""
    register.async_register_info(_async_info)


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    entries: list[SmbDdnsConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    runtimes = [entry.runtime_data for entry in entries if entry.state is ConfigEntryState.LOADED]
    records, shares, jobs = [], [], []
    for runtime in runtimes:
        if isinstance(runtime, PublicAddressRuntime):
            records += [
                record.data is not None and record.data.status is RecordStatus.IN_SYNC
                for record in runtime.records
            ]
        else:
            health = runtime.share.data
            shares.append(health is not None and health.error is None)
            jobs += [job.data.trouble is None and job.data.hold is None for job in runtime.jobs]
    issues = ir.async_get(hass).issues.values()
    return {
        "records": _share_of(records),
        "shares": _share_of(shares),
        "jobs": _share_of(jobs),
        "repairs": sum(issue.domain == DOMAIN and issue.active for issue in issues),
    }


def _share_of(well: list[bool]) -> str:
    return f"{sum(well)} / {len(well)}"
