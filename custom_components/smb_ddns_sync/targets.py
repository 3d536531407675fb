"""Which records, shares or jobs an action, a trigger or a condition is about.

From entities, devices, areas and labels to what runs for them.
"""

from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

from .const import DOMAIN
from .coordinator import PublicAddressRuntime, ShareRuntime

if TYPE_CHECKING:
    from .job import JobCoordinator
    from .public_address import PublicAddressCoordinator
    from .record import RecordCoordinator
    from .share import ShareCoordinator

type Named = set[tuple[str | None, str | None]]
"""Pairs of an entry and a subentry; without a subentry all of the entry is meant."""


@callback
def async_targeted_records(hass: HomeAssistant, call: ServiceCall) -> list[RecordCoordinator]:
    """Return the records that a call names, in the order of their entry.

    All of them where it names nothing.
    """
    if TargetSelection(call.data).has_any_target:
        return async_records(hass, async_named(hass, call.data))
    everything: Named = {(entry_id, None) for entry_id, _ in _async_runtimes(hass)}
    return async_records(hass, everything)


@callback
def async_targeted_jobs(hass: HomeAssistant, call: ServiceCall) -> list[JobCoordinator]:
    """Return the jobs that a call names; naming nothing stands for none."""
    return async_jobs(hass, async_named(hass, call.data))


@callback
def async_jobs_of(call: ServiceCall) -> list[JobCoordinator]:
    """Return the jobs that an action is about.

    Raises `ServiceValidationError` where there are none.
    """
    if not (jobs := async_targeted_jobs(call.hass, call)):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_jobs_targeted")
    return jobs


@callback
def async_records(hass: HomeAssistant, named: Named) -> list[RecordCoordinator]:
    """Return the records that are named; the public address stands for all of its records."""
    return [
        record
        for entry_id, runtime in _async_runtimes(hass)
        if isinstance(runtime, PublicAddressRuntime)
        for record in runtime.records
        if is_named(named, entry_id, record.subentry.subentry_id)
    ]


@callback
def async_jobs(hass: HomeAssistant, named: Named) -> list[JobCoordinator]:
    """Return the jobs that are named; a share stands for all of its jobs."""
    return [
        job
        for entry_id, runtime in _async_runtimes(hass)
        if isinstance(runtime, ShareRuntime)
        for job in runtime.jobs
        if is_named(named, entry_id, job.subentry.subentry_id)
    ]


@callback
def async_shares(hass: HomeAssistant, named: Named) -> list[ShareCoordinator]:
    """Return the shares that are named; a job does not stand for its share."""
    return [
        runtime.share
        for entry_id, runtime in _async_runtimes(hass)
        if isinstance(runtime, ShareRuntime) and is_named(named, entry_id, None)
    ]


@callback
def async_addresses(hass: HomeAssistant, named: Named) -> list[PublicAddressCoordinator]:
    """Return the public address, if it is named; there is one at most."""
    return [
        runtime.address
        for entry_id, runtime in _async_runtimes(hass)
        if isinstance(runtime, PublicAddressRuntime) and is_named(named, entry_id, None)
    ]


def is_named(named: Named, entry_id: str, subentry_id: str | None) -> bool:
    """Tell whether an entry, or a subentry of it, is among what is named."""
    return (entry_id, None) in named or (entry_id, subentry_id) in named


@callback
def async_named(hass: HomeAssistant, target: dict[str, Any]) -> Named:
    """Return what the fields of a target name now: registries change while automations wait."""
    selected = async_extract_referenced_entity_ids(hass, TargetSelection(target))
    entities, devices = er.async_get(hass), dr.async_get(hass)
    named: Named = set()
    for entity_id in selected.referenced | selected.indirectly_referenced:
        if (entity := entities.async_get(entity_id)) is not None:
            named.add((entity.config_entry_id, entity.config_subentry_id))
    for device_id in selected.referenced_devices:
        device = devices.async_get(device_id)
        if isinstance(device, dr.DeviceEntry):
            named.add((device.config_entry_id, device.config_subentry_id))
    return named


@callback
def _async_runtimes(
    hass: HomeAssistant,
) -> list[tuple[str, PublicAddressRuntime | ShareRuntime]]:
    return [
        (entry.entry_id, entry.runtime_data)
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.state is ConfigEntryState.LOADED
    ]
