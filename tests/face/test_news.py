"""What happens is told once: to automations by triggers, and to the logbook."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from homeassistant.core import Event
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_load_integrations
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.smb_ddns_sync.const import DOMAIN
from custom_components.smb_ddns_sync.logbook import async_describe_events
from custom_components.smb_ddns_sync.news import EVENT_NEWS, News, NewsKind, async_tell

from .shown_texts import TEXTS
from .site import (
    FIRST,
    SECOND,
    Nas,
    empty,
    load,
    load_job,
    public_address,
    record,
    settle,
    share,
    unload,
    until,
    write_old,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from freezegun.api import FrozenDateTimeFactory
    from homeassistant.core import HomeAssistant, ServiceCall

    from demo.dyndns2 import Dyndns2Server
    from demo.echo import AddressEcho


@pytest.fixture(name="told")
def told_fixture(hass: HomeAssistant) -> list[ServiceCall]:
    """Collect what the automations do."""
    return async_mock_service(hass, "test", "tell")


async def automate(hass: HomeAssistant, *kinds: NewsKind, **trigger: Any) -> None:
    """Have each of the kinds told, with all that its trigger knows."""
    words = "{{ trigger }}"
    automations = [
        {
            "id": kind.value,
            "triggers": [{"trigger": f"{DOMAIN}.{kind}", **trigger}],
            "actions": [{"action": "test.tell", "data": {"kind": kind.value, "words": words}}],
        }
        for kind in kinds
    ]
    assert await async_setup_component(hass, "automation", {"automation": automations})
    await hass.async_block_till_done()


def kinds_of(told: list[ServiceCall]) -> list[str]:
    return [call.data["kind"] for call in told]


def device_id(hass: HomeAssistant, owner: str) -> str:
    """Return the device of an entry or a subentry."""
    (found,) = (
        device.id for device in dr.async_get(hass).devices if (DOMAIN, owner) in device.identifiers
    )
    return found


async def a_while_later(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, minutes: int = 1
) -> None:
    freezer.tick(timedelta(minutes=minutes, seconds=1))
    async_fire_time_changed(hass)
    await settle(hass)


async def test_a_record_that_was_updated_is_told_with_its_address(
    hass: HomeAssistant,
    echo: AddressEcho,
    provider: Dyndns2Server,
    told: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    await automate(hass, NewsKind.RECORD_UPDATED)
    entry = public_address(echo, record(provider))
    await load(hass, entry)
    assert FIRST in told[0].data["words"]["ipv4"]

    assert await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert len(told) == 1, "nothing has happened but a reload"

    echo.ipv4 = SECOND
    await a_while_later(hass, freezer, 5)
    assert told[1].data["words"]["ipv4"] == SECOND
    assert told[1].data["words"]["names"] == ["home.example.com"]


async def test_a_record_that_breaks_is_told_with_the_reason_once(
    hass: HomeAssistant,
    echo: AddressEcho,
    provider: Dyndns2Server,
    told: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    await automate(hass, NewsKind.RECORD_FAILED)
    entry = public_address(echo, record(provider, "unknown.example.com"))
    await load(hass, entry)
    await a_while_later(hass, freezer, 5)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)

    (call,) = told
    assert call.data["words"]["status"] == "name_rejected"
    assert call.data["words"]["reason"]


async def test_a_share_that_is_silent_twice_is_told_and_so_is_its_return(
    hass: HomeAssistant,
    nas: Nas,
    told: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    await automate(hass, NewsKind.SHARE_UNREACHABLE, NewsKind.SHARE_RECOVERED)
    entry = share(nas.server)
    await load(hass, entry)
    nas.server.kill()

    await a_while_later(hass, freezer)
    assert not told, "a connection that broke is no news"
    for _ in range(2):
        await a_while_later(hass, freezer)
    assert kinds_of(told) == ["share_unreachable"]
    assert told[0].data["words"]["status"] == "refused"

    nas.server.start()
    for _ in range(2):
        await a_while_later(hass, freezer)
    assert kinds_of(told) == ["share_unreachable", "share_recovered"]
    await unload(hass, entry)


async def test_an_account_that_is_refused_is_told_at_once(
    hass: HomeAssistant, nas: Nas, told: list[ServiceCall]
) -> None:
    await automate(hass, NewsKind.SHARE_UNREACHABLE)
    entry = share(nas.server, password="wrong")
    await load(hass, entry)

    assert [call.data["words"]["status"] for call in told] == ["wrong_password"]
    await unload(hass, entry)


async def test_runs_of_a_job_are_told_by_what_they_came_to(
    hass: HomeAssistant, nas: Nas, photos: Path, told: list[ServiceCall]
) -> None:
    await automate(hass, NewsKind.SYNC_COMPLETED, NewsKind.SYNC_FAILED, NewsKind.DELETIONS_HELD)
    logged = async_capture_events(hass, EVENT_NEWS)
    entry, watched = await load_job(hass, nas, photos)
    assert kinds_of(told) == ["sync_completed"]
    assert told[0].data["words"]["files_copied"] == 2

    await watched.call("button", "press", "sync_now")
    await until(lambda: len(told) > 1)
    assert kinds_of(told) == ["sync_completed"] * 2
    assert len(logged) == 1, "a run without anything to do is no line in the logbook"

    empty(photos)
    await until(lambda: len(told) > 2)
    for _ in range(2):
        await watched.call("button", "press", "sync_now")
    await watched.until("held")
    await settle(hass)
    assert kinds_of(told) == [*["sync_completed"] * 2, "deletions_held"]
    assert told[2].data["words"]["cause"] == "source_emptied"
    assert told[2].data["words"]["deletions"] == 2
    assert sorted(told[2].data["words"]["examples"]) == ["one.jpg", "two.jpg"]

    write_old(photos / "one.jpg", b"one")
    write_old(photos / "two.jpg", b"two")
    await watched.call("button", "press", "sync_now")
    await watched.until("watching")
    nas.server.stop()
    await watched.call("button", "press", "sync_now")
    await until(lambda: "sync_failed" in kinds_of(told))
    failed = told[-1].data["words"]
    assert failed["result"] == "failed"
    assert failed["reason"]
    await unload(hass, entry)


def job_news(entry: MockConfigEntry, subentry_id: str) -> News:
    return News(NewsKind.SYNC_COMPLETED, entry.entry_id, subentry_id, "Photos", {"job": "Photos"})


@pytest.mark.parametrize(("named", "times"), [("job", 1), ("share", 2), ("nothing", 0)])
async def test_a_trigger_with_a_target_fires_for_what_it_names(
    hass: HomeAssistant,
    nas: Nas,
    photos: Path,
    told: list[ServiceCall],
    named: str,
    times: int,
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    owners = {"job": watched.id, "share": entry.entry_id}
    device = device_id(hass, owners[named]) if named in owners else "of nothing"
    await automate(hass, NewsKind.SYNC_COMPLETED, target={"device_id": device})

    async_tell(hass, job_news(entry, watched.id))
    async_tell(hass, job_news(entry, "another job of the share"))
    async_tell(hass, News(NewsKind.SYNC_COMPLETED, "another", "one", "Music", {}))
    await hass.async_block_till_done()

    assert len(told) == times
    await unload(hass, entry)


async def test_a_trigger_fires_only_for_the_result_that_is_asked_for(
    hass: HomeAssistant, told: list[ServiceCall]
) -> None:
    await automate(hass, NewsKind.SYNC_FAILED, options={"result": "failed"})
    for result in ("failed", "incomplete"):
        async_tell(hass, News(NewsKind.SYNC_FAILED, "x", "y", "Photos", {"result": result}))
    await hass.async_block_till_done()

    assert [call.data["words"]["result"] for call in told] == ["failed"]


def described(hass: HomeAssistant, data: dict[str, Any]) -> dict[str, str]:
    """Return the line of the logbook that an event becomes."""
    lines: dict[str, Callable[[Event[Any]], dict[str, str]]] = {}
    async_describe_events(
        hass, lambda domain, event, describe: lines.update({f"{domain} {event}": describe})
    )
    return lines[f"{DOMAIN} {EVENT_NEWS}"](Event(EVENT_NEWS, data))


@pytest.mark.parametrize("language", ["en", "de", "zh-Hans"])
async def test_the_logbook_tells_news_in_the_language_of_the_system(
    hass: HomeAssistant, language: str
) -> None:
    hass.config.language = language
    await async_load_integrations(hass, {DOMAIN})
    data = {"type": "public_address_changed", "name": "Zuhause", "old": FIRST, "new": SECOND}

    line = described(hass, data)

    assert line["name"] == "Zuhause"
    assert FIRST in line["message"]
    assert SECOND in line["message"]
    english = TEXTS["selector"]["news"]["options"]["public_address_changed"]
    is_english = line["message"] == english.format(old=FIRST, new=SECOND)
    assert is_english == (language == "en")


async def test_the_logbook_bears_with_an_event_that_somebody_else_has_fired(
    hass: HomeAssistant,
) -> None:
    await async_load_integrations(hass, {DOMAIN})

    assert described(hass, {"type": "something_new"}) == {
        "name": "None",
        "message": "something new",
    }


async def test_a_line_of_the_logbook_belongs_to_its_device(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server
) -> None:
    logged = async_capture_events(hass, EVENT_NEWS)
    entry = public_address(echo, record(provider))
    await load(hass, entry)

    (event,) = logged
    (subentry_id,) = entry.subentries
    assert event.data["type"] == "record_updated"
    assert event.data["device_id"] == device_id(hass, subentry_id)
