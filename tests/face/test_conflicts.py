"""Conflicts of a two-way job: told, listed, decided by an action or in a repair."""

from typing import TYPE_CHECKING, Any

from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.smb_ddns_sync.const import DOMAIN

from .site import Nas, Watched, job, load, settle, share, state, tree, unload, until, write_old
from .test_actions import act
from .test_repairs import FIX, Frontend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator


@pytest.fixture(name="conflict")
async def conflict_fixture(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> AsyncIterator[tuple[Watched, Path, Path]]:
    """Return a job that asks about `one.jpg` and `two.jpg`, and both folders."""
    theirs = nas.folder / "photos"
    theirs.mkdir()
    write_old(theirs / "one.jpg", b"one of theirs")
    write_old(theirs / "two.jpg", b"two of theirs")
    entry = share(nas.server, job(photos, mode="two_way", conflicts="ask", watch=False))
    await load(hass, entry)
    watched = Watched(hass, entry)
    await watched.until("idle")
    yield watched, photos, theirs
    await unload(hass, entry)


async def listed(hass: HomeAssistant, watched: Watched) -> dict[str, Any]:
    target = {"entity_id": watched.entity("job_status")}
    answer = await act(hass, "list_conflicts", target, answer=True)
    (found,) = answer["jobs"]
    return dict(found)


async def resolve(hass: HomeAssistant, watched: Watched, path: str, keep: str) -> Any:
    target = {"entity_id": watched.entity("job_status"), "path": path, "keep": keep}
    return await act(hass, "resolve_conflict", target, answer=True)


async def test_conflicts_are_counted_listed_and_told(
    hass: HomeAssistant, conflict: tuple[Watched, Path, Path]
) -> None:
    watched, ours, theirs = conflict

    assert watched.shown("conflicts") == "2"
    told = state(hass, "event", watched.id, "run").attributes
    assert (told["event_type"], told["conflicts"]) == ("conflict", 2)
    found = (await listed(hass, watched))["conflicts"]
    assert [each["path"] for each in found] == ["one.jpg", "two.jpg"]
    assert found[0]["other_side"]["size"] == len(b"one")
    assert found[0]["this_share"]["size"] == len(b"one of theirs")
    assert tree(ours)["one.jpg"] == b"one"
    assert tree(theirs)["one.jpg"] == b"one of theirs"


async def test_an_action_decides_and_tells_what_came_of_it(
    hass: HomeAssistant, conflict: tuple[Watched, Path, Path]
) -> None:
    watched, ours, theirs = conflict

    (run,) = (await resolve(hass, watched, "one.jpg", "other_side"))["jobs"]
    await resolve(hass, watched, "two.jpg", "both")

    assert run["result"] == "completed"
    assert tree(theirs)["one.jpg"] == b"one"
    found = await listed(hass, watched)
    assert found["conflicts"] == []
    (copy,) = found["copies"]
    assert copy["original"] == "two.jpg"
    assert {tree(ours)["two.jpg"], tree(ours)[copy["path"]]} == {b"two", b"two of theirs"}
    assert tree(ours) == tree(theirs)
    await settle(hass)
    assert watched.shown("conflicts") == "0"
    assert state(hass, "sensor", watched.id, "conflicts").attributes["copies"] == 1


async def test_a_conflict_that_is_not_there_cannot_be_decided(
    hass: HomeAssistant, conflict: tuple[Watched, Path, Path]
) -> None:
    watched, _, _ = conflict

    with pytest.raises(ServiceValidationError) as refused:
        await resolve(hass, watched, "three.jpg", "both")

    assert refused.value.translation_key == "no_conflict"


async def test_a_conflict_is_of_one_job(
    hass: HomeAssistant, nas: Nas, photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "music").mkdir()
    entry = share(nas.server, job(photos), job(tmp_path / "music", "Music"))
    await load(hass, entry)
    (device,) = (
        each
        for each in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        if each.name == "NAS"
    )

    with pytest.raises(ServiceValidationError) as refused:
        await act(hass, "resolve_conflict", {"device_id": device.id, "path": "x", "keep": "both"})

    assert refused.value.translation_key == "one_job_only"
    await unload(hass, entry)


async def test_a_repair_asks_for_one_file_after_the_other(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    conflict: tuple[Watched, Path, Path],
) -> None:
    _, ours, theirs = conflict
    frontend = Frontend(hass, hass_client)

    shown = await frontend.open()
    assert shown["step_id"] == "decide"
    assert "one.jpg" in shown["description_placeholders"]["rows"]
    shown = await frontend._post(
        f"{FIX}/{shown['flow_id']}", {"conflict": "1", "keep": "this_share"}
    )
    assert "two.jpg" not in shown["description_placeholders"]["rows"]
    done = await frontend._post(f"{FIX}/{shown['flow_id']}", {"conflict": "*", "keep": "both"})

    assert done["type"] == "create_entry"
    await until(lambda: tree(ours) == tree(theirs) and len(tree(ours)) == 3)
    assert tree(ours)["two.jpg"] == b"two of theirs"
    await settle(hass)
    assert not ir.async_get(hass).issues


async def test_a_repair_about_what_has_ended_says_so(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    conflict: tuple[Watched, Path, Path],
) -> None:
    watched, _, theirs = conflict
    frontend = Frontend(hass, hass_client)
    for name in ("one.jpg", "two.jpg"):
        (theirs / name).unlink()
    (issue,) = ir.async_get(hass).issues.values()
    assert issue.translation_key == "conflicts_wait"
    shown = await frontend.open()
    await watched.call("button", "press", "sync_now")
    await until(lambda: len(tree(theirs)) == 2)
    await watched.until("idle")

    ended = await frontend._post(f"{FIX}/{shown['flow_id']}", {"conflict": "*", "keep": "both"})

    assert ended["type"] == "create_entry"
    assert tree(theirs) == {"one.jpg": b"one", "two.jpg": b"two"}


async def test_a_repair_of_a_job_that_does_not_run_cannot_decide(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    conflict: tuple[Watched, Path, Path],
) -> None:
    watched, _, _ = conflict
    frontend = Frontend(hass, hass_client)
    shown = await frontend.open()
    await watched.call("switch", "turn_off", "enabled")

    ended = await frontend._post(f"{FIX}/{shown['flow_id']}", {"conflict": "0", "keep": "both"})

    assert (ended["type"], ended["reason"]) == ("abort", "not_running")


async def test_an_automation_starts_with_a_new_conflict_of_its_job_only(
    hass: HomeAssistant, conflict: tuple[Watched, Path, Path]
) -> None:
    watched, ours, theirs = conflict
    of_job = er.async_get(hass).async_get(watched.entity("job_status"))
    assert of_job is not None
    calls = async_mock_service(hass, "test", "act")
    data = {"job": "{{ trigger.job }}", "conflicts": "{{ trigger.conflicts }}"}
    automations = [
        {
            "triggers": [
                {"trigger": f"{DOMAIN}.conflict_found", "options": {"device_id": device_id}}
            ],
            "actions": [{"action": "test.act", "data": data}],
        }
        for device_id in (of_job.device_id, "of another job")
    ]
    assert await async_setup_component(hass, "automation", {"automation": automations})
    write_old(ours / "three.jpg", b"three")
    write_old(theirs / "three.jpg", b"three of theirs")

    await watched.call("button", "press", "sync_now")
    await until(lambda: bool(calls))
    await settle(hass)

    assert [(call.data["job"], call.data["conflicts"]) for call in calls] == [("Photos", 1)]
