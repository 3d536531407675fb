"""Servers that announce themselves: new ones are offered, known ones are followed, others left."""

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_ZEROCONF, ConfigFlowResult
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from homeassistant.setup import async_setup_component
import pytest

from custom_components.smb_ddns_sync.const import DOMAIN
from custom_components.smb_ddns_sync.diagnostics import async_get_config_entry_diagnostics
from custom_components.smb_ddns_sync.server_discovery import Announcement
from custom_components.smb_ddns_sync.smb.target import Address
from demo.proxy import Proxy
from demo.samba import Account, SambaServer, Share

from .forms import fields, suggested
from .share_forms import open_form, submit
from .site import OTHER_SHARE, PASSWORD, SHARE, USERNAME, Nas, load, settle, share, unload

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import WebSocketGenerator

pytestmark = pytest.mark.usefixtures("texts_of_flows")

KIND = "_smb._tcp.local."


def announcement(
    port: int | None, *addresses: str, hostname: str = "nas.local.", name: str = "Attic"
) -> ZeroconfServiceInfo:
    """Return what Home Assistant makes of a server's announcement."""
    found = [ip_address(each) for each in addresses or ("127.0.0.1",)]
    return ZeroconfServiceInfo(
        ip_address=found[0],
        ip_addresses=found,
        port=port,
        hostname=hostname,
        type=KIND,
        name=f"{name}.{KIND}",
        properties={},
    )


async def discover(
    hass: HomeAssistant, port: int | None, *addresses: str, **changes: Any
) -> ConfigFlowResult:
    """Let a server announce itself."""
    flow = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_ZEROCONF},
        data=announcement(port, *addresses, **changes),
    )
    await settle(hass)
    return flow


def reason(result: ConfigFlowResult) -> str | None:
    return result.get("reason")


ACCOUNT = {"username": USERNAME, "password": PASSWORD, "advanced": {}}


async def test_a_server_that_is_not_known_is_offered_and_set_up(
    hass: HomeAssistant, nas: Nas
) -> None:
    shown = await discover(hass, nas.server.port)

    assert (shown["type"], shown["step_id"]) == (FlowResultType.FORM, "share")
    assert suggested(shown)["host"] == "127.0.0.1"
    assert suggested(shown)["port"] == nas.server.port
    (card,) = hass.config_entries.flow.async_progress()
    assert card["context"]["title_placeholders"] == {
        "name": "Attic",
        "host": f"127.0.0.1:{nas.server.port}",
    }

    place = {"host": "127.0.0.1", "port": nas.server.port, "share": SHARE}
    done = await submit(hass, shown, {**place, **ACCOUNT})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert reason(await discover(hass, nas.server.port)) == "already_configured"
    await unload(hass, done["result"])


@pytest.mark.parametrize(
    ("port", "addresses", "told"),
    [
        (445, ("127.0.0.1",), "own_host"),
        (None, ("192.0.2.7", "127.0.0.1"), "own_host"),
        (445, ("fe80::1",), "no_address"),
        (445, ("0.0.0.0",), "no_address"),
    ],
)
async def test_what_is_of_no_use_is_not_offered(
    hass: HomeAssistant, port: int | None, addresses: tuple[str, ...], told: str
) -> None:
    assert reason(await discover(hass, port, *addresses)) == told


async def test_one_server_is_offered_once_whatever_its_address(hass: HomeAssistant) -> None:
    await discover(hass, 445, "192.0.2.7")

    assert reason(await discover(hass, 445, "192.0.2.8")) == "already_in_progress"
    assert reason(await discover(hass, 445, "192.0.2.8", hostname="other.local.")) is None


async def test_a_server_that_is_ignored_stays_ignored_at_another_address(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator
) -> None:
    shown = await discover(hass, 445, "192.0.2.7")
    card = hass.config_entries.flow.async_get(shown["flow_id"])
    await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_IGNORE},
        data={"unique_id": card["context"]["unique_id"], "title": "Attic"},
    )

    assert reason(await discover(hass, 445, "192.0.2.8")) == "already_configured"
    assert await async_setup_component(hass, "config", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "config_entries/get", "domain": DOMAIN})
    (entry,) = (await client.receive_json())["result"]
    assert (entry["source"], entry["supports_options"]) == ("ignore", False)
    menu = await open_form(hass)
    assert menu["step_id"] == "share", "an ignored server is none that is set up"


@pytest.mark.parametrize("host", ["127.0.0.1", "NAS", "nas.local"])
async def test_a_server_that_is_known_by_any_of_its_addresses_is_not_offered(
    hass: HomeAssistant, nas: Nas, host: str
) -> None:
    entry = share(nas.server, host="127.0.0.9", addresses=[f"{host}:{nas.server.port}"])
    entry.add_to_hass(hass)

    assert reason(await discover(hass, nas.server.port)) == "already_configured"


async def test_a_server_that_is_connected_to_by_another_name_is_not_offered(
    hass: HomeAssistant, nas: Nas
) -> None:
    entry = share(nas.server, host="localhost")
    await load(hass, entry)

    assert reason(await discover(hass, nas.server.port)) == "already_configured"
    assert entry.data["host"] == "localhost"
    await unload(hass, entry)


class Moving:
    """A server whose address can change: on loopback, that is its port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.shared = folder / "shared"
        self.shared.mkdir()

    def at(self, state: str, path: Path | None = None) -> SambaServer:
        """Return it at another address, with the same disk or with another one."""
        return SambaServer(
            self._folder / state,
            (Share(SHARE, path or self.shared),),
            (Account(USERNAME, PASSWORD),),
        )


@pytest.fixture(name="moving")
def moving_fixture(tmp_path: Path) -> Moving:
    """Make a server that moves."""
    return Moving(tmp_path)


async def known_at(hass: HomeAssistant, server: SambaServer, **data: Any) -> MockConfigEntry:
    """Set a share up whose server has announced itself once."""
    entry = share(server, **data)
    await load(hass, entry)
    assert reason(await discover(hass, server.port)) == "already_configured"
    return entry


async def look_again(entry: MockConfigEntry) -> None:
    for _ in range(2):
        await entry.runtime_data.share.async_refresh()


async def test_a_known_server_at_another_address_is_followed_and_names_stay_in_their_order(
    hass: HomeAssistant, moving: Moving
) -> None:
    with moving.at("one") as before:
        lan = f"127.0.0.1:{before.port}"
        names = {"host": "nas.invalid", "port": 1, "addresses": ["vpn.invalid", lan, "x.invalid"]}
        entry = await known_at(hass, before, **names)
    await look_again(entry)
    with moving.at("two") as after:
        assert reason(await discover(hass, after.port)) == "already_configured"

        assert entry.data["host"] == "nas.invalid"
        now = f"127.0.0.1:{after.port}"
        assert entry.data["addresses"] == ["vpn.invalid", now, "x.invalid"]
        await settle(hass)
        assert entry.runtime_data.share.is_well
        await unload(hass, entry)


async def test_diagnostics_say_what_is_known_of_a_server_and_neither_its_name_nor_address(
    hass: HomeAssistant, moving: Moving
) -> None:
    with moving.at("one") as server:
        entry = await known_at(hass, server)
        told = await async_get_config_entry_diagnostics(hass, entry)
        await look_again(entry)

    assert told["share"]["announced"]
    assert told["share"]["root_known"]
    assert told["share"]["silent_since"] is None
    assert "nas.local" not in str(told)
    assert "127.0.0.1" not in str(told)
    await look_again(entry)
    told = await async_get_config_entry_diagnostics(hass, entry)
    assert told["share"]["silent_since"]
    await unload(hass, entry)


async def test_a_first_address_that_moved_is_replaced_in_its_place(
    hass: HomeAssistant, moving: Moving
) -> None:
    with moving.at("one") as before:
        entry = await known_at(hass, before, addresses=["vpn.invalid"])
    await look_again(entry)
    with moving.at("two") as after:
        await discover(hass, after.port)

        assert (entry.data["port"], entry.data["addresses"]) == (after.port, ["vpn.invalid"])
        assert entry.unique_id == f"share:127.0.0.1:{after.port}/{SHARE}"
        assert entry.title == "NAS", "what the user called it"
        await unload(hass, entry)


async def test_an_address_that_the_user_has_removed_meanwhile_does_not_come_back(
    hass: HomeAssistant, moving: Moving
) -> None:
    with moving.at("one") as before:
        entry = await known_at(hass, before)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "host": "nas.invalid"})
    await settle(hass)
    await look_again(entry)
    with moving.at("two") as after:
        await discover(hass, after.port)

        assert entry.data["host"] == "nas.invalid"
        assert entry.data["addresses"] == [f"127.0.0.1:{after.port}"]
        await unload(hass, entry)


async def test_another_server_under_the_same_name_is_not_believed_and_asked_only_once(
    hass: HomeAssistant, moving: Moving, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with moving.at("one") as before:
        entry = await known_at(hass, before)
    await look_again(entry)
    data = dict(entry.data)
    (tmp_path / "another").mkdir()
    with moving.at("two", tmp_path / "another") as stranger:
        for _ in range(2):
            assert reason(await discover(hass, stranger.port)) == "already_configured"

    assert entry.data == data
    assert caplog.text.count("did not prove to be the share NAS") == 1
    await unload(hass, entry)


async def test_a_server_that_does_not_answer_yet_is_followed_once_it_does(
    hass: HomeAssistant, moving: Moving
) -> None:
    with moving.at("one") as before:
        entry = await known_at(hass, before)
    await look_again(entry)
    after = moving.at("two")
    await discover(hass, after.port)
    assert entry.data["port"] == before.port
    with after:
        await discover(hass, after.port)

        assert entry.data["port"] == after.port
        await unload(hass, entry)


async def test_a_server_that_answers_where_it_was_is_not_followed(
    hass: HomeAssistant, moving: Moving
) -> None:
    with moving.at("one") as before, moving.at("two") as after:
        entry = await known_at(hass, before)
        assert reason(await discover(hass, after.port)) == "already_configured"

        assert entry.data["port"] == before.port
        await unload(hass, entry)


async def test_a_share_that_is_set_up_under_another_name_gets_the_address_and_no_second_entry(
    hass: HomeAssistant, nas: Nas
) -> None:
    with Proxy(nas.server.host, nas.server.port) as far:
        entry = share(nas.server, port=far.port)
        await load(hass, entry)
        shown = await discover(hass, nas.server.port)
        place = {"host": "127.0.0.1", "port": nas.server.port, "share": SHARE}
        done = await submit(hass, shown, {**place, **ACCOUNT})
        await settle(hass)

        assert reason(done) == "address_added"
        assert entry.data["port"] == far.port
        assert entry.data["addresses"] == [f"127.0.0.1:{nas.server.port}"]
        await unload(hass, entry)


async def test_another_share_of_that_name_is_set_up_as_one_of_its_own(
    hass: HomeAssistant, nas: Nas, moving: Moving
) -> None:
    other = share(nas.server, host="localhost", share=OTHER_SHARE)
    with moving.at("one") as alike:
        known = share(alike)
        for entry in (known, other):
            await load(hass, entry)
        with Proxy(nas.server.host, nas.server.port) as far:
            shown = await discover(hass, far.port)
            place = {"host": "127.0.0.1", "port": far.port, "share": SHARE}
            done = await submit(hass, shown, {**place, **ACCOUNT})

            assert done["type"] is FlowResultType.CREATE_ENTRY
            for each in (known, other, done["result"]):
                await unload(hass, each)


async def open_menu(hass: HomeAssistant) -> ConfigFlowResult:
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"})


async def test_a_second_share_takes_over_the_servers_addresses_and_account(
    hass: HomeAssistant, nas: Nas
) -> None:
    first = share(nas.server, addresses=["vpn.invalid"], encryption="always", backup_folder="b")
    await load(hass, first)

    menu = await open_menu(hass)
    assert "known_server" in menu["menu_options"]
    shown = await submit(hass, menu, {"next_step_id": "known_server"})
    assert shown["step_id"] == "choose_share"
    assert set(fields(shown)) == {"share"}
    done = await submit(hass, shown, {"share": OTHER_SHARE})

    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["data"] == {
        key: value for key, value in first.data.items() if key != "backup_folder"
    } | {"share": OTHER_SHARE}
    await unload(hass, done["result"])
    await unload(hass, first)


async def test_with_several_servers_the_user_is_asked_which(hass: HomeAssistant, nas: Nas) -> None:
    for entry in (share(nas.server), share(nas.server, host="other.invalid", share=OTHER_SHARE)):
        entry.add_to_hass(hass)
    shown = await submit(hass, await open_menu(hass), {"next_step_id": "known_server"})

    assert shown["step_id"] == "known_server"
    assert shown["data_schema"] is not None
    (choice,) = shown["data_schema"].schema.values()
    labels = [option["label"] for option in choice.config["options"]]
    assert labels == [
        f"127.0.0.1:{nas.server.port} ({USERNAME})",
        f"other.invalid:{nas.server.port} ({USERNAME})",
    ]
    first = choice.config["options"][0]["value"]
    assert (await submit(hass, shown, {"server": first}))["step_id"] == "choose_share"


async def test_without_a_share_there_is_no_server_to_take_over_from(hass: HomeAssistant) -> None:
    assert "known_server" not in (await open_menu(hass))["menu_options"]


async def test_a_server_that_is_removed_meanwhile_ends_the_flow(
    hass: HomeAssistant, nas: Nas
) -> None:
    entry = share(nas.server)
    entry.add_to_hass(hass)
    menu = await open_menu(hass)
    await hass.config_entries.async_remove(entry.entry_id)

    assert reason(await submit(hass, menu, {"next_step_id": "known_server"})) == "no_servers"


async def test_the_card_of_a_server_goes_once_it_is_set_up_by_hand(
    hass: HomeAssistant, nas: Nas
) -> None:
    await discover(hass, nas.server.port)
    await discover(hass, 445, "192.0.2.9", hostname="other.local.", name="Other")
    place = {"host": "127.0.0.1", "port": nas.server.port, "share": SHARE}
    done = await submit(hass, await open_form(hass), {**place, **ACCOUNT})

    (left,) = hass.config_entries.flow.async_progress()
    assert left["context"]["title_placeholders"]["name"] == "Other"
    await unload(hass, done["result"])


def test_ipv4_is_preferred_and_the_usual_port_is_assumed() -> None:
    found = Announcement.of(announcement(None, "2001:db8::7", "192.0.2.7"))

    assert found is not None
    assert found.address == Address("192.0.2.7")
    assert found.hosts == ("192.0.2.7", "2001:db8::7")
    assert found.name == "Attic"


def test_a_server_at_an_address_of_this_machine_is_told_without_asking_anybody() -> None:
    found = Announcement.of(announcement(445, "127.0.0.1"))
    assert found is not None
    with patch("socket.socket.bind", side_effect=OSError):
        assert not found.is_ours
    assert found.is_ours
