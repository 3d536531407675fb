"""The steps for a server that has announced itself, and for another share of one that is known."""

from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.config_entries import SOURCE_ZEROCONF, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_USERNAME
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from .const import CONF_ADDRESSES, CONF_BACKUP_FOLDER, CONF_DOMAIN_NAME, CONF_SHARE, DOMAIN
from .flow_share import ShareSteps
from .same_share import share_entries
from .server_discovery import Announcement, async_add_to_same, async_follow_known
from .share_input import stored_address
from .smb.target import Address
from .sync.names import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

CONF_SERVER: Final = "server"
_ITS_OWN: Final = frozenset({CONF_SHARE, CONF_BACKUP_FOLDER})
"""What a share does not take over from another one of its server."""


class ServerSteps(ShareSteps):
    """Begins with a server instead of an empty form."""

    _found: Announcement | None = None

    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Offer a server that is not known yet; a known one tells where it is now."""
        found = Announcement.of(discovery_info)
        if found is None:
            return self.async_abort(reason="no_address")
        if found.is_ours:
            return self.async_abort(reason="own_host")
        await self.async_set_unique_id(found.unique_id)
        self._abort_if_unique_id_configured()  # where the user ignores it
        if await async_follow_known(self.hass, found):
            return self.async_abort(reason="already_configured")
        self._found = found
        # The address, and not the name: not every system can resolve names of multicast DNS, and
        # an address that changes is followed.
        self._share_data = {CONF_HOST: found.address.host, CONF_PORT: found.port}
        self.context["title_placeholders"] = {"name": found.name, "host": str(found.address)}
        return await self.async_step_share()

    async def async_step_known_server(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Take address and account over from a share of the same server, and ask for the share."""
        servers = known_servers(self.hass)
        if not servers:
            raise AbortFlow("no_servers")
        if user_input is None and len(servers) > 1:
            options = [
                SelectOptionDict(value=key, label=_label(entry)) for key, entry in servers.items()
            ]
            choice = SelectSelector(
                SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST)
            )
            return self.async_show_form(
                step_id="known_server",
                data_schema=probatio.Schema({probatio.Required(CONF_SERVER): choice}),
            )
        chosen = next(iter(servers)) if user_input is None else user_input[CONF_SERVER]
        taken = {k: v for k, v in servers[chosen].data.items() if k not in _ITS_OWN}
        self._share_data = {**taken, CONF_SHARE: ""}
        self._share_password = taken["password"]
        return await self.async_step_list_shares()

    @override
    async def async_step_save_share(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Save; a server that was found needs no card any more, and a share no second entry."""
        if self._found is not None:
            same = await async_add_to_same(self.hass, self._share_data)
            if same is not None:
                place = Address(self._share_data[CONF_HOST], self._share_data[CONF_PORT])
                return self.async_abort(
                    reason="address_added",
                    description_placeholders={"share": same, "address": str(place)},
                )
        result = await super().async_step_save_share()
        self._dismiss_cards(self._share_data)
        return result

    def _dismiss_cards(self, data: Mapping[str, Any]) -> None:
        """End the flows of servers that have announced themselves and are set up now."""
        places = (
            Address(data[CONF_HOST], data[CONF_PORT]),
            *(stored_address(text) for text in data.get(CONF_ADDRESSES, ())),
        )
        shown = {fold(str(place)) for place in places}
        flows = self.hass.config_entries.flow
        for card in flows.async_progress_by_handler(
            DOMAIN, match_context={"source": SOURCE_ZEROCONF}
        ):
            host = card["context"].get("title_placeholders", {}).get("host", "")
            if card["flow_id"] != self.flow_id and fold(host) in shown:
                flows.async_abort(card["flow_id"])


def known_servers(hass: HomeAssistant) -> dict[str, ConfigEntry[Any]]:
    """Return for each account on a server that is set up the first entry that uses it."""
    servers: dict[str, ConfigEntry[Any]] = {}
    for entry in share_entries(hass):
        data = entry.data
        account = (data[CONF_HOST], data[CONF_PORT], data[CONF_DOMAIN_NAME], data[CONF_USERNAME])
        servers.setdefault("\n".join(fold(str(part)) for part in account), entry)
    return servers


def _label(entry: ConfigEntry[Any]) -> str:
    address = Address(entry.data[CONF_HOST], entry.data[CONF_PORT])
    return f"{address} ({entry.data[CONF_USERNAME]})"
