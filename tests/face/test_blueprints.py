"""The blueprints, loaded by Home Assistant, filled in as a person does, and run."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint, DomainBlueprints
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed, async_mock_service

from custom_components.smb_ddns_sync.const import DOMAIN

from .site import (
    FIRST,
    SECOND,
    Nas,
    load,
    load_job,
    public_address,
    settle,
    share,
    tree,
    unload,
    until,
)
from .test_news import a_while_later, device_id

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory
    from homeassistant.core import HomeAssistant, ServiceCall

    from demo.echo import AddressEcho

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "blueprints" / "automation" / DOMAIN
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read(name: str) -> Blueprint:
    return Blueprint(
        load_yaml_dict(str(FOLDER / f"{name}.yaml")),
        expected_domain="automation",
        path=f"{DOMAIN}/{name}.yaml",
        schema=AUTOMATION_BLUEPRINT_SCHEMA,
    )


async def use(hass: HomeAssistant, name: str, **inputs: Any) -> None:
    """Make an automation of a blueprint."""
    automation = {
        "alias": "Made of it",
        "use_blueprint": {"path": f"{DOMAIN}/{name}.yaml", "input": inputs},
    }

    def load_blueprint(_: DomainBlueprints, path: str) -> Blueprint:
        return read(Path(path).stem)

    with patch.object(DomainBlueprints, "_load_blueprint", load_blueprint):
        assert await async_setup_component(hass, "automation", {"automation": automation})
        await hass.async_block_till_done()
    state = hass.states.get("automation.made_of_it")
    assert state is not None
    assert state.state == "on"


@pytest.mark.parametrize("name", NAMES)
def test_a_blueprint_can_be_imported_and_says_where_it_comes_from(name: str) -> None:
    blueprint = read(name)

    assert blueprint.validate() is None
    assert blueprint.metadata["source_url"].endswith(f"/blueprints/automation/{DOMAIN}/{name}.yaml")
    assert blueprint.metadata["description"]
    for key, given in blueprint.inputs.items():
        assert given["name"], key


@pytest.mark.parametrize("name", NAMES)
def test_a_blueprint_is_told_in_the_docs(name: str) -> None:
    assert f"{name}.yaml" in (ROOT / "docs" / "automations.md").read_text()


@pytest.mark.parametrize(("family", "times"), [("any", 1), ("ipv4", 1), ("ipv6", 0)])
async def test_a_change_of_the_address_is_notified(
    hass: HomeAssistant,
    echo: AddressEcho,
    freezer: FrozenDateTimeFactory,
    family: str,
    times: int,
) -> None:
    told = async_mock_service(hass, "persistent_notification", "create")
    await load(hass, public_address(echo))
    await use(hass, "notify_address_change", family=family)

    echo.ipv4 = SECOND
    await a_while_later(hass, freezer, 5)

    messages = [call.data["message"] for call in told]
    assert messages == [f"We are at {SECOND} now (before: {FIRST})."] * times


@pytest.mark.parametrize("is_down", [False, True])
async def test_a_clip_of_a_camera_is_carried_to_the_share_or_what_was_chosen_is_done(
    hass: HomeAssistant, nas: Nas, tmp_path: Path, *, is_down: bool
) -> None:
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    recorded: list[ServiceCall] = []

    async def record(call: ServiceCall) -> None:
        recorded.append(call)
        path = Path(call.data["filename"])
        await hass.async_add_executor_job(path.write_bytes, b"a clip")

    hass.services.async_register("camera", "record", record)
    failed = async_mock_service(hass, "test", "failed")
    entry = share(nas.server)
    await load(hass, entry)
    await use(
        hass,
        "camera_clip_to_nas",
        camera="camera.door",
        motion=["binary_sensor.motion"],
        share={"device_id": device_id(hass, entry.entry_id)},
        local_folder=str(tmp_path),
        failed=[{"action": "test.failed"}],
    )
    if is_down:
        nas.server.stop()
    hass.states.async_set("binary_sensor.motion", "off")
    await hass.async_block_till_done()
    hass.states.async_set("binary_sensor.motion", "on")
    await until(lambda: bool(failed) if is_down else bool(tree(nas.folder)))
    await settle(hass)

    assert recorded[0].data["duration"] == 30
    assert len(failed) == is_down
    if not is_down:
        ((path, content),) = tree(nas.folder).items()
        day, name = path.removeprefix("Camera/").split("/")
        assert day == f"{dt_util.now():%Y-%m-%d}"
        assert name.endswith(" door.mp4")
        assert content == b"a clip"
    await unload(hass, entry)


async def test_a_replica_that_falls_behind_is_told_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    told = async_mock_service(hass, "persistent_notification", "create")
    hass.states.async_set("sensor.photos_last_success", dt_util.utcnow().isoformat())
    await use(hass, "replica_behind", last_success="sensor.photos_last_success", hours=2)

    for minutes in (60, 59, 2, 60):
        freezer.tick(timedelta(minutes=minutes))
        async_fire_time_changed(hass)
        await hass.async_block_till_done()

    # The test ends, the hour after it would not.
    off = {"entity_id": "automation.made_of_it"}
    await hass.services.async_call("automation", "turn_off", off, blocking=True)
    (call,) = told
    assert "sensor.photos_last_success was last synced" in call.data["message"]


async def test_jobs_rest_while_a_player_plays_and_go_on_once_all_are_quiet(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    players = ["media_player.tv", "media_player.radio"]
    for player in players:
        hass.states.async_set(player, "idle")
    await use(
        hass,
        "pause_while_streaming",
        players=players,
        jobs={"entity_id": watched.entity("job_status")},
        quiet={"seconds": 0},
    )

    for player in players:
        hass.states.async_set(player, "playing")
    await watched.until("paused")
    hass.states.async_set(players[0], "idle")
    await settle(hass)
    assert watched.shown("job_status") == "paused", "the other one still plays"

    hass.states.async_set(players[1], "off")
    await watched.until("watching")
    await unload(hass, entry)
