"""No secret leaves its entry, and diagnostics tell nobody who or where the user is."""

from base64 import b64encode
from datetime import timedelta
import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.json import JSONEncoder
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.smb_ddns_sync.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from demo.web_server import Page

from .site import (
    FIRST,
    PASSWORD,
    SECOND,
    SHARE,
    USERNAME,
    Nas,
    Watched,
    job,
    load,
    public_address,
    record,
    settle,
    share,
    unload,
    write_old,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from freezegun.api import FrozenDateTimeFactory
    from homeassistant.core import HomeAssistant

    from demo.dyndns2 import Dyndns2Server
    from demo.echo import AddressEcho

NAME = "home.example.com"


def forms(secret: str) -> Iterator[str]:
    """Yield how a secret looks plain, in URLs, and in a header for basic authentication."""
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield b64encode(secret.encode()).decode()
    yield b64encode(f"{USERNAME}:{secret}".encode()).decode()
    yield json.dumps(secret)[1:-1]


def assert_hidden(text: str, *secrets: str) -> None:
    """Fail where any form of any secret is in the text."""
    for secret in secrets:
        for form in forms(secret):
            assert form not in text


def as_text(data: Any) -> str:
    return json.dumps(data, cls=JSONEncoder, ensure_ascii=False)


@pytest.fixture(name="loaded")
async def loaded_fixture(
    hass: HomeAssistant, nas: Nas, echo: AddressEcho, provider: Dyndns2Server, photos: Path
) -> tuple[MockConfigEntry, MockConfigEntry]:
    """Load everything there is, with a file of a telling name."""
    write_old(photos / "passport.jpg", b"p")
    first = public_address(echo, record(provider))
    second = share(nas.server, job(photos, "Holiday"))
    await load(hass, first)
    await load(hass, second)
    await Watched(hass, second, "Holiday").until("watching")
    return first, second


async def test_diagnostics_tell_how_things_are_and_hide_who_and_where(
    hass: HomeAssistant, loaded: tuple[MockConfigEntry, MockConfigEntry], photos: Path
) -> None:
    of_address = await async_get_config_entry_diagnostics(hass, loaded[0])
    of_share = await async_get_config_entry_diagnostics(hass, loaded[1])

    assert of_address["records"][0]["status"] == "in_sync"
    answer = {"source": "**REDACTED**", "kind": "http", "said": "agreed"}
    assert of_address["public_address"]["ipv4"]["answers"] == [answer] * 3
    assert of_share["share"]["status"] == "ok"
    assert of_share["share"]["dialect"] == "3.1.1"
    assert of_share["jobs"][0]["last_run"]["files_copied"] == 3
    hidden = (PASSWORD, USERNAME, NAME, FIRST, "127.0.0", "Holiday", "passport", str(photos))
    assert_hidden(as_text([of_address, of_share]), *hidden)
    # A word as short as the share's name may be a part of another: it is looked for as a value.
    assert f'"{SHARE}"' not in as_text(of_share).replace('"data":', "")
    await unload(hass, loaded[1])


async def test_diagnostics_of_each_device_hide_the_same(
    hass: HomeAssistant,
    loaded: tuple[MockConfigEntry, MockConfigEntry],
    device_registry: dr.DeviceRegistry,
) -> None:
    told = [
        await async_get_device_diagnostics(hass, entry, device)
        for entry in loaded
        for device in dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    ]

    assert [set(each) for each in told] == [
        {"public_address"},
        {"data", "record"},
        {"share"},
        {"data", "job"},
    ]
    assert_hidden(as_text(told), PASSWORD, USERNAME, NAME, FIRST, "127.0.0", "Holiday", "passport")
    await unload(hass, loaded[1])


async def test_diagnostics_can_be_had_while_nothing_works(
    hass: HomeAssistant, nas: Nas, echo: AddressEcho, provider: Dyndns2Server, photos: Path
) -> None:
    nas.server.stop()
    echo.misbehave(Page())
    entries = (public_address(echo, record(provider)), share(nas.server, job(photos)))
    for entry in entries:
        await load(hass, entry)
    await Watched(hass, entries[1]).until("waiting")

    told = [await async_get_config_entry_diagnostics(hass, entry) for entry in entries]

    assert told[0]["public_address"]["ipv4"]["detection"] == "too_few_answers"
    assert told[1]["share"]["status"] == "refused"
    assert told[1]["jobs"][0]["trouble"] == "refused"
    assert_hidden(as_text(told), PASSWORD, USERNAME, NAME, FIRST, "127.0.0")
    await unload(hass, entries[1])


async def test_no_secret_is_in_states_events_repairs_or_the_log(
    hass: HomeAssistant,
    nas: Nas,
    echo: AddressEcho,
    provider: Dyndns2Server,
    photos: Path,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    events = async_capture_events(hass, EVENT_STATE_CHANGED)
    wrong = "hunter2 with ümlaut & plus+"
    assert await async_setup_component(hass, "diagnostics", {})
    entries = [
        public_address(
            echo, record(provider), record(provider, "gone.example.com", password=wrong)
        ),
        share(nas.server, job(photos)),
        share(nas.server, job(photos, "Other"), password=wrong),
    ]
    for entry in entries:
        await load(hass, entry)
    await Watched(hass, entries[1]).until("watching")
    nas.server.kill()
    echo.ipv4 = SECOND
    provider.misbehave(Page(status=503))
    for _ in range(2):
        freezer.tick(timedelta(minutes=6))
        async_fire_time_changed(hass)
        await settle(hass)
    for entry in entries:
        await unload(hass, entry)

    told = [
        caplog.text,
        as_text([state.as_dict() for state in hass.states.async_all()]),
        as_text([event.as_dict() for event in events]),
        as_text([issue.translation_placeholders for issue in ir.async_get(hass).issues.values()]),
        as_text([flow["context"] for flow in hass.config_entries.flow.async_progress()]),
    ]
    for text in told:
        assert text
        assert_hidden(text, PASSWORD, wrong)
