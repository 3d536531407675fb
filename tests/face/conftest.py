"""What the tests of the face share: a Home Assistant that loads our integration."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock, patch

from homeassistant.data_entry_flow import FlowHandler, FlowManager
import pytest
from yarl import URL

from custom_components.smb_ddns_sync.const import DOMAIN
from custom_components.smb_ddns_sync.ddns.providers import PROVIDERS
from custom_components.smb_ddns_sync.ddns.providers.cloudflare import CLOUDFLARE, CloudflareProvider
from custom_components.smb_ddns_sync.ddns.providers.settings import secret_setting
from custom_components.smb_ddns_sync.smb.health import Health
from demo.dyndns2 import Dyndns2Server
from demo.echo import AddressEcho
from demo.samba import Account, SambaServer, Share
from tests.ddns.fakes.cloudflare import CloudflareApi

from .file_actions import Actions
from .record_forms import TOKEN
from .share_forms import LOOK
from .shown_texts import missing_texts, section_of
from .site import (
    FIRST,
    HOSTS,
    OTHER_SHARE,
    PASSWORD,
    SHARE,
    USERNAME,
    Nas,
    load,
    share,
    unload,
    write_old,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from aiohttp import ClientSession
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from custom_components.smb_ddns_sync.ddns.provider import Provider, Settings
    from custom_components.smb_ddns_sync.smb.errors import SmbError
    from custom_components.smb_ddns_sync.smb.target import ShareTarget


@pytest.fixture(autouse=True)
def _our_integration_is_loaded(enable_custom_integrations: None) -> None:
    """Let Home Assistant find the integration in this checkout."""


@pytest.fixture
async def entry_setup(hass: HomeAssistant) -> AsyncIterator[AsyncMock]:
    """Keep entries from being brought up; it is called once for each set-up."""
    with (
        patch(
            "custom_components.smb_ddns_sync.async_setup_entry", return_value=True
        ) as setup_entry,
        patch("custom_components.smb_ddns_sync.async_unload_entry", return_value=True),
    ):
        yield setup_entry
        for entry in hass.config_entries.async_loaded_entries(DOMAIN):
            await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def texts_of_flows(hass: HomeAssistant) -> Iterator[None]:
    """Fail where a flow shows something that has no text, whatever the test looks at."""
    managers = (
        hass.config_entries.flow,
        hass.config_entries.options,
        hass.config_entries.subentries,
    )
    handle_step = FlowManager._async_handle_step
    missing: list[str] = []

    async def looked_at(
        manager: FlowManager[Any, Any, Any], flow: FlowHandler[Any, Any, Any], *step: Any
    ) -> Any:
        shown = await handle_step(manager, flow, *step)
        if manager in managers:
            texts = section_of(hass.config_entries, manager, flow.handler)
            missing.extend(missing_texts(texts, flow, shown))
        return shown

    with patch.object(FlowManager, "_async_handle_step", looked_at):
        yield
    assert not missing


@pytest.fixture
def looks() -> Iterator[list[SmbError | None]]:
    """Return what each look at a share finds, in order; no fault where nothing is left."""
    found: list[SmbError | None] = []

    def look(_: ShareTarget) -> Health:
        return Health(found.pop(0) if found else None)

    with patch(LOOK, look):
        yield found


@pytest.fixture
async def cloudflare_api() -> AsyncIterator[CloudflareApi]:
    """Return a stand-in that the forms ask instead of Cloudflare."""

    def build(settings: Settings, session: ClientSession) -> Provider:
        token = secret_setting(settings, "api_token", ascii_only=True)
        return CloudflareProvider(session, token, api=URL(api.url) / "client/v4")

    description = replace(CLOUDFLARE, build=build)
    async with CloudflareApi(TOKEN, ["example.com"]) as api:
        providers = {**PROVIDERS, CLOUDFLARE.id: description}
        with (
            patch("custom_components.smb_ddns_sync.flow_record.PROVIDERS", providers),
            patch("custom_components.smb_ddns_sync.flow_record_reauth.PROVIDERS", providers),
        ):
            yield api


@pytest.fixture(name="echo")
async def echo_fixture() -> AsyncIterator[AddressEcho]:
    """Run three operators that tell from where they were asked."""
    async with AddressEcho(ipv4=FIRST, hosts=HOSTS) as echo:
        yield echo


@pytest.fixture(name="provider")
async def provider_fixture() -> AsyncIterator[Dyndns2Server]:
    """Run a provider with two names."""
    names = ["home.example.com", "office.example.com"]
    async with Dyndns2Server(USERNAME, PASSWORD, names) as provider:
        yield provider


@pytest.fixture(scope="session")
def nas_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nas]:
    """Run a Samba server for all tests of the face; use `nas`."""
    folder, other = tmp_path_factory.mktemp("shared"), tmp_path_factory.mktemp("archived")
    state = tmp_path_factory.mktemp("samba")
    accounts = (Account(USERNAME, PASSWORD),)
    shares = (Share(SHARE, folder), Share(OTHER_SHARE, other))
    with SambaServer(state, shares, accounts) as server:
        yield Nas(server, folder, other)


@pytest.fixture(name="nas")
def nas_fixture(nas_server: Nas) -> Nas:
    """Return a Samba server that runs, with an empty share."""
    nas_server.server.start()
    nas_server.clear()
    return nas_server


@pytest.fixture(name="photos")
def photos_fixture(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Make a local folder with two files, which Home Assistant may read."""
    folder = tmp_path / "photos"
    folder.mkdir()
    write_old(folder / "one.jpg", b"one")
    write_old(folder / "two.jpg", b"two")
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    return folder


@pytest.fixture(name="file_share")
async def file_share_fixture(hass: HomeAssistant, nas: Nas) -> AsyncIterator[MockConfigEntry]:
    """Load a share for actions on its files."""
    entry = share(nas.server)
    await load(hass, entry)
    yield entry
    await unload(hass, entry)


@pytest.fixture(name="actions")
def actions_fixture(hass: HomeAssistant, file_share: MockConfigEntry) -> Actions:
    """Call actions on the share that is loaded."""
    return Actions(hass, file_share)
