"""The steps of a share: where it is, as whom, and a look at it before anything is saved."""

from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import AbortFlow
import probatio

from .const import CONF_DOMAIN_NAME, CONF_SHARE
from .flow_share_choice import ShareChoiceSteps
from .form_fields import PASSWORD, USERNAME, InputError
from .share import share_target
from .share_form import (
    NO_PLACEHOLDERS,
    password_marker,
    placeholders_of,
    read_login,
    read_share,
    share_schema,
    share_title,
    share_unique_id,
    suggestions_of,
)
from .slow_check import SlowCheck
from .smb.client import ShareClient
from .smb.errors import AccountRefused, Full, ReadOnly, SmbError
from .smb.health import Health, probe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .smb.target import ShareTarget

_CHECK_DEADLINE: Final = 15.0
"""Seconds that a look at the share may take."""


def _look(target: ShareTarget) -> Health:
    """Look at the share. Blocks, no longer than its deadline."""
    client = ShareClient(target, deadline=_CHECK_DEADLINE)
    try:
        return probe(client)
    finally:
        client.close()


async def _async_look(hass: HomeAssistant, target: ShareTarget) -> Health:
    return await hass.async_add_executor_job(_look, target)


class ShareSteps(ShareChoiceSteps):
    """The steps that ask for a share, new or changed, and for its account once it was refused.

    Invariant: no password leaves the flow. A form that comes back does not hold the one that was
    typed; the flow remembers it unless it was refused, and an empty field stands for it.
    """

    _share_look: SlowCheck[Health] | None = None
    _share_password: str | None = None  # typed, and not refused

    async def async_step_share(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for everything, and look."""
        if user_input is None:
            return self._show_share(suggestions_of(self._share_data or self._stored_share()))
        self._share_password = user_input[CONF_PASSWORD] or self._share_password
        stored_password = self._stored_share().get(CONF_PASSWORD)
        try:
            data = read_share(user_input, self._share_password or stored_password)
        except InputError as refused:
            return self._show_share(user_input, refused.errors, refused.placeholders)
        if data[CONF_SHARE]:
            return await self._async_with_share(data)
        self._share_data = data
        return await self.async_step_list_shares()

    @override
    async def _async_with_share(self, data: Mapping[str, Any]) -> ConfigFlowResult:
        self._share_data = data
        await self._async_abort_if_known()
        return await self.async_step_check_share()

    def _show_share(
        self,
        entered: Mapping[str, Any],
        errors: dict[str, str] | None = None,
        placeholders: Mapping[str, str] | None = None,
    ) -> ConfigFlowResult:
        known = self._share_password or self._stored_share().get(CONF_PASSWORD)
        shown = {key: value for key, value in entered.items() if key != CONF_PASSWORD}
        return self.async_show_form(
            step_id="share",
            data_schema=self.add_suggested_values_to_schema(
                share_schema(password_required=not known), shown
            ),
            errors=errors,
            description_placeholders={**NO_PLACEHOLDERS, **(placeholders or {})},
        )

    async def async_step_reauth_share(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the account, because the server refused the one that is stored."""
        stored = self._stored_share()
        if user_input is None:
            return self._show_account((self._share_data or stored)[CONF_USERNAME])
        self._share_password = user_input[CONF_PASSWORD] or self._share_password
        try:
            account = read_login(user_input, stored[CONF_DOMAIN_NAME], self._share_password)
        except InputError as refused:
            return self._show_account(user_input[CONF_USERNAME], refused.errors)
        self._share_data = {**stored, **account}
        return await self.async_step_check_share()

    def _show_account(
        self,
        username: str,
        errors: dict[str, str] | None = None,
        placeholders: Mapping[str, str] | None = None,
    ) -> ConfigFlowResult:
        schema = probatio.Schema(
            {
                probatio.Required(CONF_USERNAME): USERNAME,
                password_marker(required=self._share_password is None): PASSWORD,
            }
        )
        stored = self._stored_share()
        return self.async_show_form(
            step_id="reauth_share",
            data_schema=self.add_suggested_values_to_schema(schema, {CONF_USERNAME: username}),
            errors=errors,
            description_placeholders={**placeholders_of(stored), **(placeholders or {})},
        )

    async def async_step_check_share(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Look at the share as it was entered."""
        if self._share_look is None:
            self._share_look = SlowCheck(
                self,
                _async_look(self.hass, share_target(self._share_data)),
                step="check_share",
                then="share_checked",
            )
        return await self._share_look.async_go_on(self)

    async def async_step_share_checked(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Save a share that can be used, or tell what speaks against it."""
        look, self._share_look = self._share_look, None
        health = None if look is None else look.result()
        if health is None:
            return self._show_refused(None)
        error = health.error
        if error is None:
            return await self.async_step_save_share()
        if isinstance(error, ReadOnly):
            return await self.async_step_share_read_only()
        if isinstance(error, Full):
            return await self.async_step_share_full()
        return self._show_refused(error)

    @override
    def _show_refused(self, error: SmbError | None) -> ConfigFlowResult:
        if error is None:
            return self._show_again({"base": "unknown"})
        if isinstance(error, AccountRefused):
            self._share_password = None
        return self._show_again({"base": error.cause.value}, error.detail)

    def _show_again(
        self, errors: dict[str, str] | None = None, detail: str = ""
    ) -> ConfigFlowResult:
        placeholders = {**placeholders_of(self._share_data), "detail": detail}
        if self.source == SOURCE_REAUTH:
            return self._show_account(self._share_data[CONF_USERNAME], errors, placeholders)
        return self._show_share(suggestions_of(self._share_data), errors, placeholders)

    async def async_step_share_read_only(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Let the user decide about a share that can be watched but not written."""
        return self._ask_whether_to_save("share_read_only")

    async def async_step_share_full(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Let the user decide about a share that has no room left."""
        return self._ask_whether_to_save("share_full")

    def _ask_whether_to_save(self, step: str) -> ConfigFlowResult:
        return self.async_show_menu(
            step_id=step,
            menu_options=["check_share", "change_share", "save_share"],
            description_placeholders=placeholders_of(self._share_data),
        )

    async def async_step_change_share(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Go back to the form with what was entered."""
        return self._show_again()

    async def async_step_save_share(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Save, because the share can be used or because the user says so."""
        data = self._share_data
        if self.source == SOURCE_REAUTH:
            return self._update_share(self._get_reauth_entry(), data)
        await self._async_abort_if_known()
        if self.source == SOURCE_RECONFIGURE:
            return self._update_share(self._get_reconfigure_entry(), data)
        return self.async_create_entry(title=share_title(data), data=data)

    @callback
    def _update_share(self, entry: ConfigEntry, data: Mapping[str, Any]) -> ConfigFlowResult:
        # A listener reloads the entry when it changes. Where none listens, because the set-up
        # failed, or where nothing changed, it is done here: the user has acted, so what was
        # refused may be tried again.
        if not entry.update_listeners or entry.data == data:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        renamed = entry.title != share_title(entry.data)
        return self.async_update_and_abort(
            entry,
            unique_id=share_unique_id(data),
            title=entry.title if renamed else share_title(data),
            data=data,
        )

    def _stored_share(self) -> Mapping[str, Any]:
        """Return the data of the entry that is changed; empty for a new one."""
        if self.source == SOURCE_REAUTH:
            return self._get_reauth_entry().data
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_entry().data
        return {}

    async def _async_abort_if_known(self) -> None:
        """End the flow where another entry stands for the same share."""
        other = await self.async_set_unique_id(
            share_unique_id(self._share_data), raise_on_progress=False
        )
        if other is not None and other.entry_id != self.context.get("entry_id"):
            raise AbortFlow("already_configured")
