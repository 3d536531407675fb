"""A share that was not named is chosen among those that the server offers, or typed."""

from threading import Event
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.smb_ddns_sync.smb import errors
from demo.samba import Account, SambaServer, Share

from .forms import fields, options, suggested
from .share_forms import SECRET, data, form, open_form, stored, submit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homeassistant.core import HomeAssistant

    from custom_components.smb_ddns_sync.smb.errors import SmbError
    from custom_components.smb_ddns_sync.smb.target import ShareTarget

pytestmark = pytest.mark.usefixtures("entry_setup", "texts_of_flows")

OFFERED: Final = "custom_components.smb_ddns_sync.flow_share_choice._offered"


@pytest.fixture(scope="module")
def samba(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SambaServer]:
    """Return a server with shares of which two are meant to be seen."""
    root = tmp_path_factory.mktemp("samba")
    for name in ("photos", "Archive", "secret", "unlisted"):
        (root / name).mkdir()
    shares = (
        Share("photos", root / "photos"),
        Share("Archive", root / "Archive"),
        Share("secret$", root / "secret"),
        Share("unlisted", root / "unlisted", listed=False),
    )
    with SambaServer(root / "state", shares, (Account("anna", SECRET),)) as server:
        yield server


def at(samba: SambaServer, **changes: Any) -> dict[str, Any]:
    return form(**({"host": samba.host, "port": samba.port, "share": ""} | changes))


async def test_what_the_server_offers_can_be_chosen(
    hass: HomeAssistant, samba: SambaServer
) -> None:
    shown = await submit(hass, await open_form(hass), at(samba))

    assert shown["step_id"] == "choose_share"
    assert not shown["errors"]
    assert options(shown, "share") == ["Archive", "photos"]
    assert suggested(shown) == {"share": ""}, "nothing is chosen unasked"
    result = await submit(hass, shown, {"share": "photos"})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == data(host=samba.host, port=samba.port)


@pytest.mark.parametrize("typed", ["unlisted", "secret$", "\\\\127.0.0.1\\unlisted"])
async def test_what_is_not_in_the_list_can_be_typed(
    hass: HomeAssistant, samba: SambaServer, typed: str
) -> None:
    shown = await submit(hass, await open_form(hass), at(samba))
    result = await submit(hass, shown, {"share": typed})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["share"] == typed.rpartition("\\")[2]


@pytest.mark.parametrize(
    ("typed", "error"),
    [(" ", "share_missing"), ("pho:tos", "invalid_share")],
)
async def test_what_cannot_be_a_share_is_told_and_can_be_put_right(
    hass: HomeAssistant, samba: SambaServer, typed: str, error: str
) -> None:
    shown = await submit(hass, await open_form(hass), at(samba))
    shown = await submit(hass, shown, {"share": typed})

    assert shown["errors"] == {"share": error}
    assert options(shown, "share") == ["Archive", "photos"]
    result = await submit(hass, shown, {"share": "photos"})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_share_that_is_not_there_leads_back_to_the_whole_form(
    hass: HomeAssistant, samba: SambaServer
) -> None:
    shown = await submit(hass, await open_form(hass), at(samba))
    shown = await submit(hass, shown, {"share": "missing"})

    assert shown["step_id"] == "share"
    assert shown["errors"] == {"base": "no_such_share"}
    assert suggested(shown)["share"] == "missing"
    result = await submit(hass, shown, at(samba, share="photos", password=""))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_wrong_password_is_told_before_anything_is_offered(
    hass: HomeAssistant, samba: SambaServer
) -> None:
    shown = await submit(hass, await open_form(hass), at(samba, password="wrong"))

    assert shown["step_id"] == "share"
    assert shown["errors"] == {"base": "wrong_password"}
    shown = await submit(hass, shown, at(samba, password=""))
    assert shown["errors"] == {"password": "password_missing"}
    shown = await submit(hass, shown, at(samba))
    assert shown["step_id"] == "choose_share"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (errors.AccessDenied("the list of shares"), "shares_not_for_account"),
        (errors.ShareAccessDenied("IPC$"), "shares_not_for_account"),
        (errors.Unsupported("the list of shares"), "shares_not_supported"),
        (errors.Unexpected("the list of shares"), "shares_not_told"),
    ],
)
@pytest.mark.usefixtures("looks")
async def test_a_server_that_does_not_tell_its_shares_is_no_obstacle(
    hass: HomeAssistant, error: SmbError, told: str
) -> None:
    with patch(OFFERED, side_effect=error):
        shown = await submit(hass, await open_form(hass), form(share=""))

    assert shown["step_id"] == "choose_share"
    assert shown["errors"] == {"base": told}
    assert fields(shown) == {"share"}
    assert "options" not in shown["data_schema"].schema["share"].config  # type: ignore[union-attr]  # a form has one
    result = await submit(hass, shown, {"share": "photos"})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == data()


@pytest.mark.usefixtures("looks")
async def test_a_server_that_offers_nothing_is_told(hass: HomeAssistant) -> None:
    with patch(OFFERED, return_value=()):
        shown = await submit(hass, await open_form(hass), form(share=""))

    assert shown["errors"] == {"base": "shares_none"}
    result = await submit(hass, shown, {"share": "photos"})
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    "error",
    [errors.Refused("nas.local"), errors.NotEncrypted("nas.local"), errors.AccountLocked("anna")],
)
async def test_a_server_that_cannot_be_used_at_all_leads_back(
    hass: HomeAssistant, looks: list[SmbError | None], error: SmbError
) -> None:
    with patch(OFFERED, side_effect=error):
        shown = await submit(hass, await open_form(hass), form(share=""))

    assert not looks
    assert shown["step_id"] == "share"
    assert shown["errors"] == {"base": error.cause.value}
    assert (await submit(hass, shown, form()))["type"] is FlowResultType.CREATE_ENTRY


async def test_a_question_that_breaks_is_told_and_logged(
    hass: HomeAssistant, looks: list[SmbError | None], caplog: pytest.LogCaptureFixture
) -> None:
    with patch(OFFERED, side_effect=RuntimeError("broken in the test")):
        shown = await submit(hass, await open_form(hass), form(share=""))

    assert not looks
    assert shown["errors"] == {"base": "unknown"}
    assert "broken in the test" in caplog.text
    assert (await submit(hass, shown, form()))["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.usefixtures("looks")
async def test_a_slow_server_shows_that_it_is_asked(hass: HomeAssistant) -> None:
    go_on = Event()

    def offered(_: ShareTarget) -> tuple[str, ...]:
        go_on.wait(30)
        return ("photos",)

    shown = await open_form(hass)
    with (
        patch(OFFERED, offered),
        patch("custom_components.smb_ddns_sync.slow_check.PATIENCE", 0.01),
    ):
        shown = await hass.config_entries.flow.async_configure(shown["flow_id"], form(share=""))
        assert shown["type"] is FlowResultType.SHOW_PROGRESS
        assert shown["progress_action"] == "list_shares"
        go_on.set()
        await hass.async_block_till_done()
        shown = await hass.config_entries.flow.async_configure(shown["flow_id"])

    assert options(shown, "share") == ["photos"]
    again = await hass.config_entries.flow.async_configure(shown["flow_id"])
    assert again["step_id"] == "choose_share"
    result = await submit(hass, again, {"share": "photos"})
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.usefixtures("looks")
async def test_a_share_that_is_set_up_already_is_told(hass: HomeAssistant) -> None:
    stored().add_to_hass(hass)
    with patch(OFFERED, return_value=("photos",)):
        shown = await submit(hass, await open_form(hass), form(share=""))
    result = await submit(hass, shown, {"share": "photos"})

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


@pytest.mark.usefixtures("looks")
async def test_further_addresses_are_stored_as_they_are_meant(hass: HomeAssistant) -> None:
    entered = form(addresses=["10.8.0.2:445", " home.example.com:4450", ""])

    result = await submit(hass, await open_form(hass), entered)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == data(addresses=["10.8.0.2", "home.example.com:4450"])


async def test_a_share_is_found_at_its_further_address(
    hass: HomeAssistant, samba: SambaServer
) -> None:
    there = f"{samba.host}:{samba.port}"

    shown = await submit(
        hass, await open_form(hass), form(host="127.0.0.9", port=1, share="", addresses=[there])
    )
    result = await submit(hass, shown, {"share": "photos"})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == data(host="127.0.0.9", port=1, addresses=[there])
