"""Which records or jobs an action is about.

From entities, devices, areas and labels to what runs for them.
"""

from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

from .const import DOMAIN
from .coordinator import PublicAddressRuntime, ShareRuntime
from .parts import Part, Parts

if TYPE_CHECKING:
    from .job import JobCoordinator
    from .record import RecordCoordinator

type _Named = set[tuple[str | None, str | None]]
"""Pairs of an entry and a subentry; without a subentry all of the entry is meant."""


@callback
def async_targeted_records(hass: HomeAssistant, call: ServiceCall) -> list[RecordCoordinator]:
    """Return the records that a call names, in the order of their entry.

    All of them where it names nothing.
    """
    named = _async_named(hass, call)
    return [
        record
        for entry_id, runtime in _async_runtimes(hass)
        if isinstance(runtime, PublicAddressRuntime)
        for record in _chosen(entry_id, runtime.records, named)
    ]


@callback
def async_targeted_jobs(hass: HomeAssistant, call: ServiceCall) -> list[JobCoordinator]:
    """Return the jobs that a call names.

    A share stands for all of its jobs, and naming nothing for none.
    """
    named = _async_named(hass, call) or set()
    return [
        job
        for entry_id, runtime in _async_runtimes(hass)
        if isinstance(runtime, ShareRuntime)
        for job in _chosen(entry_id, runtime.jobs, named)
    ]


@callback
def async_jobs_of(call: ServiceCall) -> list[JobCoordinator]:
    """Return the jobs that an action is about.

    Raises `ServiceValidationError` where there are none.
    """
    if not (jobs := async_targeted_jobs(call.hass, call)):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_jobs_targeted")
    return jobs


def _chosen[PartT: Part](entry_id: str, parts: Parts[PartT], named: _Named | None) -> list[PartT]:
    return [
        part
        for part in parts
        if named is None
        or (entry_id, None) in named
        or (entry_id, part.subentry.subentry_id) in named
    ]


@callback
def _async_runtimes(
    hass: HomeAssistant,
) -> list[tuple[str, PublicAddressRuntime | ShareRuntime]]:
    return [
        (entry.entry_id, entry.runtime_data)
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.state is ConfigEntryState.LOADED
    ]


@callback
def _async_named(hass: HomeAssistant, call: ServiceCall) -> _Named | None:
    selection = TargetSelection(call.data)
    if not selection.has_any_target:
        return None
    selected = async_extract_referenced_entity_ids(hass, selection)
    entities, devices = er.async_get(hass), dr.async_get(hass)
    named: _Named = set()
    for entity_id in selected.referenced | selected.indirectly_referenced:
        if (entity := entities.async_get(entity_id)) is not None:
            named.add((entity.config_entry_id, entity.config_subentry_id))
    for device_id in selected.referenced_devices:
        device = devices.async_get(device_id)
        if isinstance(device, dr.DeviceEntry):
            named.add((device.config_entry_id, device.config_subentry_id))
    return named
