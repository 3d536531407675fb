"""Filled-in forms of a record, and how the tests of its flows go through them."""

from typing import TYPE_CHECKING, Any, Final
from unittest.mock import AsyncMock, patch

from homeassistant.config_entries import SOURCE_USER, ConfigSubentryData, SubentryFlowResult
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smb_ddns_sync.const import DOMAIN
from custom_components.smb_ddns_sync.ddns.providers.cloudflare import CloudflareProvider

from .forms import submit_subentry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from homeassistant.core import HomeAssistant

    from custom_components.smb_ddns_sync.ddns.names import DnsName
    from custom_components.smb_ddns_sync.ddns.outcome import Trouble

TOKEN: Final = "token-that-works"
UPDATE_KEY: Final = "update-key"

_OPTIONS: Final = {
    "ipv4": True,
    "ipv6": False,
    "sources": ["ipify", "ident_me"],
    "custom_sources": [],
    "quorum": 2,
    "interval": 5,
}


def cloudflare(**changes: Any) -> dict[str, Any]:
    """Return a filled-in form of a record at Cloudflare."""
    return {
        "names": ["home.example.com"],
        "ipv4": True,
        "ipv6": False,
        "api_token": TOKEN,
        "proxied": False,
    } | changes


def dyndns2(**changes: Any) -> dict[str, Any]:
    """Return a filled-in form of a record at a dyndns2 server."""
    return {
        "names": ["home.example.com"],
        "ipv4": True,
        "ipv6": False,
        "server": "https://dyn.example.net",
        "username": "anna",
        "password": UPDATE_KEY,
        "both_at_once": True,
    } | changes


def record(provider: str, data: dict[str, Any]) -> ConfigSubentryData:
    """Return a record as it was saved."""
    names = data["names"]
    return ConfigSubentryData(
        data={"provider": provider, **data},
        subentry_type="record",
        title=", ".join(names),
        unique_id=f"record:{provider}:{','.join(sorted(names))}",
    )


def public_address(*records: ConfigSubentryData, **options: Any) -> MockConfigEntry:
    """Return the entry of the public address with these records."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Public address",
        unique_id="public_address",
        data={"kind": "public_address"},
        options=_OPTIONS | options,
        subentries_data=records,
    )


async def open_form(
    hass: HomeAssistant, entry: MockConfigEntry, provider: str
) -> SubentryFlowResult:
    """Return the form of a provider."""
    shown = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "record"), context={"source": SOURCE_USER}
    )
    return await submit_subentry(hass, shown, {"provider": provider})


def answers(outcomes: Mapping[DnsName, Trouble | None]) -> AbstractContextManager[AsyncMock]:
    """Have the provider answer so whatever it is asked."""
    return patch.object(CloudflareProvider, "check", return_value=outcomes)
