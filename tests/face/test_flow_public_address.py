"""The form of the public address: what it takes and refuses, and what it tells before it saves."""

import asyncio
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smb_ddns_sync.const import DOMAIN
from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.detect import Detection
from custom_components.smb_ddns_sync.ddns.source import Answer, NoAnswer, Operator, Source, SourceId
from custom_components.smb_ddns_sync.ddns.vote import vote
from demo.echo import AddressEcho
from demo.web_server import Page

from .forms import suggested

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from homeassistant.core import HomeAssistant

PUBLIC = "8.8.4.4"
OTHER = "9.9.9.9"
LOOK = "custom_components.smb_ddns_sync.flow_public_address.detect"

pytestmark = pytest.mark.usefixtures("entry_setup", "texts_of_flows")


@pytest.fixture
async def echoes() -> AsyncIterator[tuple[AddressEcho, AddressEcho]]:
    """Return two services of two operators that tell the same public address."""
    async with (
        AddressEcho(ipv4=PUBLIC, hosts=["127.0.0.1"]) as one,
        AddressEcho(ipv4=PUBLIC, hosts=["127.0.0.2"]) as other,
    ):
        yield one, other


def form(*echoes: AddressEcho, **changes: Any) -> dict[str, Any]:
    """Return a filled-in form that asks these services and no others."""
    return {
        "ipv4": True,
        "ipv6": False,
        "sources": [],
        "custom_sources": [echo.url for echo in echoes],
        "quorum": len(echoes) or 2,
        "interval": 5,
        "entities": [],
        "interface": "",
        "temporary_addresses": False,
    } | changes


def nested(options: dict[str, Any]) -> dict[str, Any]:
    """Return options as the form has them: some in its folded section."""
    advanced = ("entities", "interface", "temporary_addresses")
    inner = {key: options[key] for key in advanced if key in options}
    return {key: options[key] for key in options if key not in advanced} | {"advanced": inner}


def stored(*echoes: AddressEcho) -> MockConfigEntry:
    """Return an entry as it was saved with these services."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Public address",
        unique_id="public_address",
        data={"kind": "public_address"},
        options=form(*echoes),
    )


async def open_form(hass: HomeAssistant) -> ConfigFlowResult:
    menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["public_address", "share"]
    return await choose(hass, menu, "public_address")


async def submit(
    hass: HomeAssistant, shown: ConfigFlowResult, entered: dict[str, Any]
) -> ConfigFlowResult:
    entered = nested(entered) if "ipv4" in entered else entered
    result = await hass.config_entries.flow.async_configure(shown["flow_id"], entered)
    await hass.async_block_till_done()
    return result


async def choose(hass: HomeAssistant, shown: ConfigFlowResult, step: str) -> ConfigFlowResult:
    return await submit(hass, shown, {"next_step_id": step})


async def test_an_address_that_the_sources_agree_on_is_set_up(
    hass: HomeAssistant, echoes: tuple[AddressEcho, AddressEcho]
) -> None:
    shown = await open_form(hass)
    assert shown["type"] is FlowResultType.FORM
    assert shown["step_id"] == "public_address"

    result = await submit(hass, shown, form(*echoes))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Public address"
    assert result["data"] == {"kind": "public_address"}
    assert result["options"] == form(*echoes)
    assert result["result"].unique_id == "public_address"


async def test_whole_numbers_are_stored_whatever_the_browser_sends(
    hass: HomeAssistant, echoes: tuple[AddressEcho, AddressEcho]
) -> None:
    result = await submit(hass, await open_form(hass), form(*echoes, quorum=2.0, interval=7.9))

    assert result["options"]["quorum"] == 2
    assert result["options"]["interval"] == 7
    assert isinstance(result["options"]["interval"], int)


async def test_empty_and_repeated_sources_are_dropped(
    hass: HomeAssistant, echoes: tuple[AddressEcho, AddressEcho]
) -> None:
    urls = [f"  {echoes[0].url} ", echoes[1].url, "", echoes[0].url]

    result = await submit(hass, await open_form(hass), form(*echoes, custom_sources=urls))

    assert result["options"]["custom_sources"] == [echoes[0].url, echoes[1].url]


async def test_the_recommended_sources_are_chosen_to_begin_with(hass: HomeAssistant) -> None:
    schema = (await open_form(hass))["data_schema"]
    assert schema is not None
    defaults = schema({"advanced": {}})

    assert defaults["ipv4"] is True
    assert {"router", "interface", "cloudflare", "dns_google", "stun_google"} <= set(
        defaults["sources"]
    )
    assert defaults["advanced"]["temporary_addresses"] is False
    assert (defaults["quorum"], defaults["interval"]) == (3, 5)


async def test_there_is_one_public_address_only(
    hass: HomeAssistant, echoes: tuple[AddressEcho, AddressEcho]
) -> None:
    stored(*echoes).add_to_hass(hass)

    result = await open_form(hass)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"ipv4": False}, {"base": "no_family"}),
        ({"custom_sources": []}, {"sources": "no_sources"}),
        ({"interval": 0}, {"interval": "interval_too_short"}),
        ({"interval": -5}, {"interval": "interval_too_short"}),
        ({"interval": 0.5}, {"interval": "interval_too_short"}),
        ({"interval": float("nan")}, {"interval": "interval_too_short"}),
        ({"interval": 1441}, {"interval": "interval_longer_than_day"}),
        ({"quorum": 0}, {"quorum": "quorum_too_small"}),
        ({"quorum": 3}, {"quorum": "quorum_too_large"}),
        ({"quorum": 101}, {"quorum": "quorum_too_large"}),
        ({"interface": "no such thing"}, {"base": "interface_name"}),
        ({"interface": "a/b"}, {"base": "interface_name"}),
        ({"interface": "longer_than_linux_takes"}, {"base": "interface_name"}),
        ({"custom_sources": ["nonsense"]}, {"custom_sources": "source_not_a_url"}),
        ({"custom_sources": ["http://example.com"]}, {"custom_sources": "source_not_secure"}),
        (
            {"custom_sources": ["https://anna:secret@example.com"]},
            {"custom_sources": "source_holds_credentials"},
        ),
    ],
)
async def test_what_cannot_be_used_is_told_and_can_be_put_right(
    hass: HomeAssistant,
    echoes: tuple[AddressEcho, AddressEcho],
    changes: dict[str, Any],
    errors: dict[str, str],
) -> None:
    shown = await submit(hass, await open_form(hass), form(*echoes, **changes))

    assert shown["type"] is FlowResultType.FORM
    assert shown["errors"] == errors
    assert suggested(shown)["ipv6"] is False
    assert echoes[0].asked == 0

    result = await submit(hass, shown, form(*echoes))

    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_quorum_counts_operators_of_each_family(
    hass: HomeAssistant, echoes: tuple[AddressEcho, AddressEcho]
) -> None:
    built_in = form(
        sources=["cloudflare", "icanhazip", "amazon"], custom_sources=[], quorum=2, ipv6=True
    )

    shown = await submit(hass, await open_form(hass), built_in)

    assert shown["errors"] == {"quorum": "quorum_too_large"}
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert (placeholders["families"], placeholders["count"]) == ("IPv6", "1")
    assert (await submit(hass, shown, form(*echoes)))["type"] is FlowResultType.CREATE_ENTRY


async def test_too_few_answers_are_told_and_checking_again_may_heal(
    hass: HomeAssistant, echoes: tuple[AddressEcho, AddressEcho]
) -> None:
    echoes[1].misbehave(Page())

    shown = await submit(hass, await open_form(hass), form(*echoes))

    assert shown["type"] is FlowResultType.MENU
    assert shown["step_id"] == "address_unanswered"
    assert shown["menu_options"] == ["check_address", "change_address", "save_address"]
    assert shown["description_placeholders"] == {
        "families": "IPv4",
        "told": "IPv4: 1/2",
        "quorum": "2",
    }

    echoes[1].behave()
    result = await choose(hass, shown, "check_address")

    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_site_that_is_offline_can_be_set_up_all_the_same(
    hass: HomeAssistant, echoes: tuple[AddressEcho, AddressEcho]
) -> None:
    for echo in echoes:
        echo.misbehave(Page(status=503))

    shown = await submit(hass, await open_form(hass), form(*echoes))
    result = await choose(hass, shown, "save_address")

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["options"] == form(*echoes)


async def test_going_back_keeps_what_was_entered(
    hass: HomeAssistant, echoes: tuple[AddressEcho, AddressEcho]
) -> None:
    echoes[1].misbehave(Page())
    shown = await submit(hass, await open_form(hass), form(*echoes, interval=12))

    shown = await choose(hass, shown, "change_address")

    assert shown["step_id"] == "public_address"
    assert suggested(shown) == form(*echoes, interval=12)
    result = await submit(hass, shown, form(echoes[0]))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["options"] == form(echoes[0])


async def test_sources_that_disagree_are_told_with_what_each_says(
    hass: HomeAssistant, echoes: tuple[AddressEcho, AddressEcho]
) -> None:
    echoes[1].ipv4 = OTHER

    shown = await submit(hass, await open_form(hass), form(*echoes))

    assert shown["step_id"] == "address_disputed"
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert placeholders["told"] == f"{PUBLIC} (127.0.0.1); {OTHER} (127.0.0.2)"
    assert (await choose(hass, shown, "save_address"))["type"] is FlowResultType.CREATE_ENTRY


async def test_one_kind_that_another_contradicts_is_told(
    hass: HomeAssistant, echoes: tuple[AddressEcho, AddressEcho]
) -> None:
    hass.states.async_set("sensor.wan", OTHER)

    shown = await submit(hass, await open_form(hass), form(*echoes, entities=["sensor.wan"]))

    assert shown["step_id"] == "address_one_kind"
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert placeholders["told"] == f"{PUBLIC} (127.0.0.1, 127.0.0.2); {OTHER} (sensor.wan)"

    hass.states.async_set("sensor.wan", PUBLIC)
    result = await choose(hass, shown, "check_address")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["options"]["entities"] == ["sensor.wan"]


async def test_an_entity_alone_can_be_the_source(hass: HomeAssistant) -> None:
    hass.states.async_set("sensor.wan", PUBLIC)

    shown = await open_form(hass)
    only = form(custom_sources=[], quorum=1, entities=["sensor.wan"], interface=" eth0 ")
    result = await submit(hass, shown, only)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["options"]["interface"] == "eth0"


async def test_an_address_that_is_not_public_is_told(
    hass: HomeAssistant, echoes: tuple[AddressEcho, AddressEcho]
) -> None:
    for echo in echoes:
        echo.ipv4 = "100.64.7.7"

    shown = await submit(hass, await open_form(hass), form(*echoes))

    assert shown["step_id"] == "address_not_public"
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert placeholders["told"] == "100.64.7.7"
    assert (await choose(hass, shown, "save_address"))["type"] is FlowResultType.CREATE_ENTRY


async def test_a_line_without_a_family_is_told_apart_from_sources_that_are_silent(
    hass: HomeAssistant,
) -> None:
    async def no_route(
        _: tuple[Source, ...], family: Family, quorum: int, **_more: Any
    ) -> Detection:
        found = NoAnswer.UNREACHABLE if family is Family.IPV6 else NoAnswer.TIMED_OUT
        answers = [Answer(SourceId("a"), Operator("a"), family, found)]
        return Detection(family, vote(answers, quorum), tuple(answers))

    built_in = form(sources=["ipify", "ident_me"], ipv6=True, ipv4=False)
    with patch(LOOK, no_route):
        shown = await submit(hass, await open_form(hass), built_in)

        assert shown["step_id"] == "address_no_route"
        placeholders = shown["description_placeholders"]
        assert placeholders is not None
        assert placeholders["families"] == "IPv6"

        shown = await choose(hass, shown, "change_address")
        shown = await submit(hass, shown, built_in | {"ipv4": True, "ipv6": False})

        assert shown["step_id"] == "address_unanswered"
    assert (await choose(hass, shown, "save_address"))["type"] is FlowResultType.CREATE_ENTRY


async def test_a_menu_that_is_asked_for_again_is_the_same(
    hass: HomeAssistant, echoes: tuple[AddressEcho, AddressEcho]
) -> None:
    echoes[1].ipv4 = OTHER
    shown = await submit(hass, await open_form(hass), form(*echoes))

    again = await hass.config_entries.flow.async_configure(shown["flow_id"])

    assert again["step_id"] == shown["step_id"]
    assert again["description_placeholders"] == shown["description_placeholders"]


async def test_a_slow_look_shows_that_it_is_going_on(
    hass: HomeAssistant, echoes: tuple[AddressEcho, AddressEcho]
) -> None:
    go_on = asyncio.Event()

    async def slow(_: tuple[Source, ...], family: Family, quorum: int, **_more: Any) -> Detection:
        await go_on.wait()
        answers = [Answer(SourceId("a"), Operator("a"), family, NoAnswer.TIMED_OUT)]
        return Detection(family, vote(answers, quorum), tuple(answers))

    shown = await open_form(hass)
    with (
        patch(LOOK, slow),
        patch("custom_components.smb_ddns_sync.slow_check.PATIENCE", 0.01),
    ):
        result = await hass.config_entries.flow.async_configure(
            shown["flow_id"], nested(form(*echoes))
        )
        assert result["type"] is FlowResultType.SHOW_PROGRESS
        assert result["progress_action"] == "check_address"
        result = await hass.config_entries.flow.async_configure(shown["flow_id"])
        assert result["type"] is FlowResultType.SHOW_PROGRESS

        go_on.set()
        await hass.async_block_till_done()
        result = await hass.config_entries.flow.async_configure(shown["flow_id"])

    assert result["type"] is FlowResultType.MENU
    assert (await choose(hass, result, "save_address"))["type"] is FlowResultType.CREATE_ENTRY


async def test_a_look_that_breaks_is_told_and_logged(
    hass: HomeAssistant,
    echoes: tuple[AddressEcho, AddressEcho],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with patch(LOOK, side_effect=RuntimeError("broken in the test")):
        shown = await submit(hass, await open_form(hass), form(*echoes))

    assert shown["errors"] == {"base": "unknown"}
    assert suggested(shown) == form(*echoes)
    assert "broken in the test" in caplog.text
    assert (await submit(hass, shown, form(*echoes)))["type"] is FlowResultType.CREATE_ENTRY


async def test_options_show_what_is_stored_and_save_what_is_changed(
    hass: HomeAssistant, echoes: tuple[AddressEcho, AddressEcho]
) -> None:
    entry = stored(*echoes)
    entry.add_to_hass(hass)

    shown = await hass.config_entries.options.async_init(entry.entry_id)
    assert shown["step_id"] == "public_address"
    assert suggested(shown) == form(*echoes)
    shown = await hass.config_entries.options.async_configure(
        shown["flow_id"], nested(form(*echoes, interval=0))
    )
    assert shown["errors"] == {"interval": "interval_too_short"}
    result = await hass.config_entries.options.async_configure(
        shown["flow_id"], nested(form(*echoes, interval=30))
    )

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == form(*echoes, interval=30)


async def test_reconfiguring_is_the_same_as_the_options(
    hass: HomeAssistant, echoes: tuple[AddressEcho, AddressEcho]
) -> None:
    entry = stored(*echoes)
    entry.add_to_hass(hass)

    shown = await entry.start_reconfigure_flow(hass)
    assert shown["step_id"] == "public_address"
    assert suggested(shown) == form(*echoes)
    result = await submit(hass, shown, form(echoes[0], interval=60))

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert entry.options == form(echoes[0], interval=60)
    assert entry.data == {"kind": "public_address"}


async def test_only_the_public_address_has_options_and_records(
    hass: HomeAssistant, echoes: tuple[AddressEcho, AddressEcho]
) -> None:
    address = stored(*echoes)
    share = MockConfigEntry(domain=DOMAIN, data={"kind": "share"})
    for entry in (address, share):
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)

    assert address.supports_options
    assert set(address.supported_subentry_types) == {"record"}
    assert not share.supports_options
    assert set(share.supported_subentry_types) == {"job"}
