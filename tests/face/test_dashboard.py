"""The dashboard of the docs: Home Assistant loads it, and every entity in it is one of ours."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict

from custom_components.smb_ddns_sync.const import DOMAIN

from .site import Nas, job, load, public_address, record, share, unload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.typing import WebSocketGenerator

    from demo.dyndns2 import Dyndns2Server
    from demo.echo import AddressEcho

FILE = Path(__file__).parents[2] / "docs" / "dashboard.yaml"


def entities(tree: Any) -> Iterator[str]:
    """Yield every entity that a dashboard shows or asks about."""
    match tree:
        case dict():
            for key, value in tree.items():
                if key in {"entity", "entity_id", "entities"}:
                    yield from [value] if isinstance(value, str) else value
                else:
                    yield from entities(value)
        case list():
            for each in tree:
                yield from entities(each)


async def test_home_assistant_loads_the_dashboard(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator
) -> None:
    given = {"mode": "yaml", "title": "Sync", "filename": str(FILE)}
    assert await async_setup_component(
        hass, "lovelace", {"lovelace": {"dashboards": {"sync-overview": given}}}
    )
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "lovelace/config", "url_path": "sync-overview"})
    answer = await client.receive_json()

    assert answer["success"]
    assert [view["title"] for view in answer["result"]["views"]] == ["Overview"]


async def test_every_entity_of_the_dashboard_is_there_and_switched_on(
    hass: HomeAssistant,
    nas: Nas,
    photos: Path,
    echo: AddressEcho,
    provider: Dyndns2Server,
    entity_registry: er.EntityRegistry,
) -> None:
    site, nas_entry = public_address(echo, record(provider)), share(nas.server, job(photos))
    await load(hass, site)
    await load(hass, nas_entry)
    shown = set(entities(load_yaml_dict(str(FILE))))
    ours = {
        entity.entity_id
        for entry in (site, nas_entry)
        for entity in er.async_entries_for_config_entry(entity_registry, entry.entry_id)
        if entity.platform == DOMAIN and not entity.disabled
    }

    assert len(shown) > 15
    assert not shown - ours
    await unload(hass, nas_entry)


async def test_graphs_are_of_what_has_statistics(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry = share(nas.server, job(photos))
    await load(hass, entry)
    drawn = {
        entity
        for view in load_yaml_dict(str(FILE))["views"]
        for section in view["sections"]
        for card in section["cards"]
        if card["type"] == "statistics-graph"
        for entity in card["entities"]
    }

    classes = {}
    for entity in drawn:
        state = hass.states.get(entity)
        assert state is not None
        classes[entity] = state.attributes["state_class"]
    assert classes == {
        "sensor.nas_round_trip_time": "measurement",
        "sensor.photos_data_copied": "total",
    }
    await unload(hass, entry)
