"""The form of a share: checked against a real Samba, and every cause has its own sentence."""

import socket
from threading import Event
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.smb_ddns_sync.const import DOMAIN
from custom_components.smb_ddns_sync.smb import errors
from custom_components.smb_ddns_sync.smb.errors import AccountRefused, Cause, SmbError
from custom_components.smb_ddns_sync.smb.health import Health
from custom_components.smb_ddns_sync.smb.target import EncryptionFloor
from demo.echo import AddressEcho
from demo.samba import Account, SambaServer, Share

from .forms import suggested
from .share_forms import LOOK, SECRET, data, form, open_form, stored, submit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homeassistant.core import HomeAssistant

    from custom_components.smb_ddns_sync.smb.target import ShareTarget

pytestmark = pytest.mark.usefixtures("entry_setup", "texts_of_flows")


@pytest.fixture(scope="module")
def samba(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SambaServer]:
    """Return a server whose shares and accounts are each good for another answer."""
    root = tmp_path_factory.mktemp("samba")
    for name in ("photos", "archive", "private"):
        (root / name).mkdir()
    shares = (
        Share("photos", root / "photos"),
        Share("archive", root / "archive", read_only=True),
        Share("private", root / "private", valid_users=("ben",)),
    )
    accounts = (
        Account("anna", SECRET),
        Account("ben", SECRET),
        Account("carl", SECRET, flags="D"),
    )
    with SambaServer(root / "state", shares, accounts) as server:
        yield server


def at(samba: SambaServer, **changes: Any) -> dict[str, Any]:
    return form(host=samba.host, port=samba.port, **changes)


async def test_a_share_that_can_be_used_is_set_up(hass: HomeAssistant, samba: SambaServer) -> None:
    result = await submit(hass, await open_form(hass), at(samba))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == f"photos ({samba.host})"
    assert result["data"] == data(host=samba.host, port=samba.port)
    assert result["result"].unique_id == f"share:127.0.0.1:{samba.port}/photos"


async def test_a_whole_path_in_the_servers_field_is_enough(
    hass: HomeAssistant, samba: SambaServer
) -> None:
    pasted = f"smb://{samba.host}:{samba.port}/photos/2026"

    result = await submit(
        hass, await open_form(hass), form(host=pasted, share="", username="WORKGROUP\\anna")
    )

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == data(host=samba.host, port=samba.port, domain="WORKGROUP")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"password": "wrong"}, "wrong_password"),
        ({"username": "nobody-here"}, "wrong_password"),
        ({"username": "carl"}, "account_disabled"),
        ({"share": "missing"}, "no_such_share"),
        ({"share": "private"}, "access_denied"),
        ({"encryption": "always"}, None),
    ],
)
async def test_a_real_server_refuses_with_the_cause_and_it_can_be_put_right(
    hass: HomeAssistant, samba: SambaServer, changes: dict[str, Any], error: str | None
) -> None:
    result = await submit(hass, await open_form(hass), at(samba, **changes))

    if error is not None:
        assert result["type"] is FlowResultType.FORM
        assert result["errors"] == {"base": error}
        result = await submit(hass, result, at(samba))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_port_where_nothing_listens_is_told(
    hass: HomeAssistant, samba: SambaServer
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        result = await submit(
            hass, await open_form(hass), at(samba) | {"port": unused.getsockname()[1]}
        )

    assert result["errors"] == {"base": "refused"}
    assert (await submit(hass, result, at(samba)))["type"] is FlowResultType.CREATE_ENTRY


async def test_a_server_that_speaks_something_else_is_told(
    hass: HomeAssistant, samba: SambaServer
) -> None:
    async with AddressEcho() as web:
        result = await submit(hass, await open_form(hass), at(samba) | {"port": web.port})

    assert result["errors"] == {"base": "not_smb"}
    assert (await submit(hass, result, at(samba)))["type"] is FlowResultType.CREATE_ENTRY


async def test_a_share_that_can_only_be_read_is_told_and_may_be_saved(
    hass: HomeAssistant, samba: SambaServer
) -> None:
    shown = await submit(hass, await open_form(hass), at(samba, share="archive"))

    assert shown["type"] is FlowResultType.MENU
    assert shown["step_id"] == "share_read_only"
    shown = await submit(hass, shown, {"next_step_id": "check_share"})
    assert shown["step_id"] == "share_read_only"
    result = await submit(hass, shown, {"next_step_id": "save_share"})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == data(host=samba.host, port=samba.port, share="archive")


async def test_a_full_share_is_told_and_the_settings_can_be_changed(
    hass: HomeAssistant, looks: list[SmbError | None]
) -> None:
    looks.append(errors.Full("photos"))
    shown = await submit(hass, await open_form(hass), form())
    assert shown["type"] is FlowResultType.MENU
    assert shown["step_id"] == "share_full"

    shown = await submit(hass, shown, {"next_step_id": "change_share"})

    assert shown["step_id"] == "share"
    assert suggested(shown) == {
        "host": "nas.local",
        "port": 445,
        "share": "photos",
        "username": "anna",
        "addresses": [],
        "domain": "",
        "encryption": "public_address",
        "backup_folder": "homeassistant-backups",
    }
    result = await submit(hass, shown, form(share="music", password=""))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == data(share="music")


def concrete(kind: type[SmbError]) -> Iterator[type[SmbError]]:
    """Return all errors below a kind that have a cause."""
    for error in kind.__subclasses__():
        if "cause" in vars(error):
            yield error
        yield from concrete(error)


TOLD_IN_THE_FORM = [
    error for error in concrete(SmbError) if error not in {errors.ReadOnly, errors.Full}
]


@pytest.mark.parametrize("error", TOLD_IN_THE_FORM, ids=lambda error: error.__name__)
async def test_every_cause_is_told_by_its_own_sentence(
    hass: HomeAssistant, looks: list[SmbError | None], error: type[SmbError]
) -> None:
    looks.append(error("photos", "the server said so"))

    shown = await submit(hass, await open_form(hass), form())

    assert shown["errors"] == {"base": error.cause.value}
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert placeholders["server"] == "nas.local"
    assert placeholders["detail"] == "the server said so"
    assert (await submit(hass, shown, form()))["type"] is FlowResultType.CREATE_ENTRY


def test_no_cause_is_left_out() -> None:
    assert {error.cause for error in concrete(SmbError)} == set(Cause)


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"host": "nas local"}, {"host": "invalid_host"}),
        ({"port": 0}, {"port": "invalid_port"}),
        ({"addresses": ["vpn:0"]}, {"base": "invalid_address"}),
        ({"backup_folder": "back:ups"}, {"base": "invalid_backup_folder"}),
        ({"backup_folder": "../elsewhere"}, {"base": "invalid_backup_folder"}),
        ({"share": "pho:tos"}, {"share": "invalid_share"}),
        ({"username": " "}, {"username": "username_missing"}),
        ({"password": ""}, {"password": "password_missing"}),
    ],
)
async def test_what_cannot_be_meant_is_refused_before_any_server_is_asked(
    hass: HomeAssistant,
    looks: list[SmbError | None],
    changes: dict[str, Any],
    errors: dict[str, str],
) -> None:
    looks.append(AssertionError("asked"))  # type: ignore[arg-type]

    shown = await submit(hass, await open_form(hass), form(**changes))

    assert shown["errors"] == errors
    looks.clear()
    assert (await submit(hass, shown, form()))["type"] is FlowResultType.CREATE_ENTRY


async def test_a_form_that_comes_back_keeps_all_but_the_password(
    hass: HomeAssistant, looks: list[SmbError | None]
) -> None:
    looks.append(errors.TimedOut("nas.local"))
    entered = form(port=1445, domain="HOME", encryption="always")

    shown = await submit(hass, await open_form(hass), entered)

    assert suggested(shown) == {
        "host": "nas.local",
        "port": 1445,
        "share": "photos",
        "username": "anna",
        "addresses": [],
        "domain": "HOME",
        "encryption": "always",
        "backup_folder": "homeassistant-backups",
    }
    result = await submit(hass, shown, entered | {"password": ""})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == data(port=1445, domain="HOME", encryption="always")


@pytest.mark.usefixtures("looks")
async def test_input_that_was_refused_comes_back_as_it_was_typed_without_the_password(
    hass: HomeAssistant,
) -> None:
    shown = await submit(hass, await open_form(hass), form(host="nas local", username="HOME\\anna"))

    assert suggested(shown)["host"] == "nas local"
    assert suggested(shown)["username"] == "HOME\\anna"
    assert "password" not in suggested(shown)
    result = await submit(hass, shown, form(password=""))
    assert result["data"]["password"] == SECRET


@pytest.mark.parametrize("error", concrete(AccountRefused), ids=lambda error: error.__name__)
async def test_a_refused_password_must_be_typed_again(
    hass: HomeAssistant, looks: list[SmbError | None], error: type[SmbError]
) -> None:
    looks.append(error("anna"))

    shown = await submit(hass, await open_form(hass), form())
    shown = await submit(hass, shown, form(password=""))

    assert shown["errors"] == {"password": "password_missing"}
    assert (await submit(hass, shown, form()))["type"] is FlowResultType.CREATE_ENTRY


async def test_a_slow_server_shows_that_it_is_asked(hass: HomeAssistant) -> None:
    go_on = Event()

    def look(_: ShareTarget) -> Health:
        go_on.wait(30)
        return Health(errors.NoSuchShare("photos"))

    shown = await open_form(hass)
    with patch(LOOK, look), patch("custom_components.smb_ddns_sync.slow_check.PATIENCE", 0.01):
        shown = await hass.config_entries.flow.async_configure(shown["flow_id"], form())
        assert shown["type"] is FlowResultType.SHOW_PROGRESS
        assert shown["progress_action"] == "check_share"
        shown = await hass.config_entries.flow.async_configure(shown["flow_id"])
        assert shown["type"] is FlowResultType.SHOW_PROGRESS
        go_on.set()
        await hass.async_block_till_done()
        shown = await hass.config_entries.flow.async_configure(shown["flow_id"])

    assert shown["type"] is FlowResultType.FORM
    assert shown["errors"] == {"base": "no_such_share"}
    again = await hass.config_entries.flow.async_configure(shown["flow_id"])
    assert suggested(again) == suggested(shown)


async def test_a_look_that_breaks_is_told_and_logged(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    with patch(LOOK, side_effect=RuntimeError("broken in the test")):
        shown = await submit(hass, await open_form(hass), form())

    assert shown["errors"] == {"base": "unknown"}
    assert "broken in the test" in caplog.text
    with patch(LOOK, return_value=Health()):
        result = await submit(hass, shown, form(password=""))
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.usefixtures("looks")
@pytest.mark.parametrize(
    "changes",
    [{}, {"host": "NAS.local", "share": "PHOTOS"}, {"username": "ben"}],
    ids=["same", "other case", "other account"],
)
async def test_a_share_is_set_up_once(hass: HomeAssistant, changes: dict[str, Any]) -> None:
    stored().add_to_hass(hass)

    result = await submit(hass, await open_form(hass), form(**changes))

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_the_second_dialog_for_a_share_ends_when_the_first_is_done(
    hass: HomeAssistant, looks: list[SmbError | None]
) -> None:
    looks.append(errors.Full("photos"))
    waiting = await submit(hass, await open_form(hass), form())
    assert waiting["step_id"] == "share_full"

    await submit(hass, await open_form(hass), form())

    assert len(hass.config_entries.async_entries(DOMAIN)) == 1
    assert not hass.config_entries.flow.async_progress()


@pytest.mark.usefixtures("looks")
async def test_two_shares_of_one_server_are_two_entries(hass: HomeAssistant) -> None:
    stored().add_to_hass(hass)

    result = await submit(hass, await open_form(hass), form(share="music"))

    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_no_password_is_logged(
    hass: HomeAssistant, looks: list[SmbError | None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    looks.append(errors.WrongPassword("anna"))

    shown = await submit(hass, await open_form(hass), form())
    await submit(hass, shown, form())

    assert SECRET not in caplog.text


async def test_encryption_is_required_over_public_addresses_unless_chosen_otherwise(
    hass: HomeAssistant,
) -> None:
    schema = (await open_form(hass))["data_schema"]
    assert schema is not None

    filled_in = schema(form())

    assert filled_in["advanced"] == {
        "addresses": [],
        "domain": "",
        "encryption": EncryptionFloor.PUBLIC_ADDRESS.value,
        "backup_folder": "homeassistant-backups",
    }
