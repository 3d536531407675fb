"""Where everything is set up: the public address and its records, shares and their jobs.

What each form asks is in `flow_public_address`, `flow_record`, `flow_share` and `flow_job`. They
change entries and subentries, and a listener follows what they change.
"""

from typing import TYPE_CHECKING, Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.core import callback

from .const import CONF_KIND, DOMAIN, SUBENTRY_JOB, SUBENTRY_RECORD, EntryKind
from .flow_discovery import ServerSteps, known_servers
from .flow_job import JobFlow
from .flow_public_address import PublicAddressOptionsFlow, PublicAddressSteps
from .flow_record import RecordFlow
from .flow_record_reauth import RecordReauthSteps
from .issues import ATTR_SUBENTRY_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

_PUBLIC_ADDRESS_TITLE = "Public address"


class SmbDdnsSyncConfigFlow(PublicAddressSteps, RecordReauthSteps, ServerSteps, domain=DOMAIN):
    """Adds and changes both kinds of entries."""

    VERSION = 1
    MINOR_VERSION = 1

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the forms of records for the public address, and those of jobs for a share."""
        match config_entry.data.get(CONF_KIND):
            case EntryKind.PUBLIC_ADDRESS:
                return {SUBENTRY_RECORD: RecordFlow}
            case EntryKind.SHARE:
                return {SUBENTRY_JOB: JobFlow}
        return {}  # a server that the user ignores: Home Assistant keeps an entry of that, too

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Only the public address has options."""
        return PublicAddressOptionsFlow()

    @classmethod
    @callback
    @override
    def async_supports_options_flow(cls, config_entry: ConfigEntry) -> bool:
        """Tell whether there are options: all that a share has is needed to reach it."""
        return bool(config_entry.data.get(CONF_KIND) == EntryKind.PUBLIC_ADDRESS)

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what is to be set up."""
        options = [kind.value for kind in EntryKind]
        if known_servers(self.hass):
            options.append("known_server")
        return self.async_show_menu(step_id="user", menu_options=options)

    @override
    async def async_step_public_address(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options of the public address, of which there is one."""
        if self.source != SOURCE_RECONFIGURE:
            await self.async_set_unique_id(EntryKind.PUBLIC_ADDRESS.value)
            self._abort_if_unique_id_configured()
        return await super().async_step_public_address(user_input)

    async def async_step_reconfigure(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the form that the entry was made with."""
        if self._get_reconfigure_entry().data[CONF_KIND] == EntryKind.PUBLIC_ADDRESS:
            return await self.async_step_public_address()
        return await self.async_step_share()

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Ask for the credentials that were refused: those of a share, or of one record."""
        if entry_data[CONF_KIND] == EntryKind.SHARE:
            return await self.async_step_reauth_share()
        self._refused_record_id = entry_data.get(ATTR_SUBENTRY_ID, "")
        return await self.async_step_reauth_record()

    @override
    def _known_options(self) -> Mapping[str, Any]:
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_entry().options
        return {}

    @override
    def _save_options(self, options: Mapping[str, Any]) -> ConfigFlowResult:
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(self._get_reconfigure_entry(), options=options)
        return self.async_create_entry(
            title=_PUBLIC_ADDRESS_TITLE,
            data={CONF_KIND: EntryKind.PUBLIC_ADDRESS.value},
            options=options,
        )
