"""The form that asks for a record's secrets again, after its provider refused them."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult, ConfigSubentry
from homeassistant.data_entry_flow import AbortFlow
import probatio

from .const import CONF_NAMES, CONF_PROVIDER
from .ddns.names import DnsName
from .ddns.provider import FieldKind, ProviderDescription, ProviderId
from .ddns.providers import PROVIDERS
from .flow_record import async_resume_unchanged
from .form_fields import InputError
from .record_form import (
    Outcomes,
    async_build_provider,
    async_placeholders_of,
    objection,
    provider_fields,
)
from .slow_check import SlowCheck

if TYPE_CHECKING:
    from collections.abc import Mapping


class RecordReauthSteps(ConfigFlow):
    """Asks for the secrets of one record again, after its provider refused them."""

    _refused_record_id: str
    _record_data: Mapping[str, Any]  # as it will be saved
    _record_check: SlowCheck[Outcomes]
    _typed_secrets: Mapping[str, str] = MappingProxyType({})  # and not refused

    async def async_step_reauth_record(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the provider's secrets, and nothing else."""
        record, description = self._refused_record()
        if user_input is None:
            return await self._async_show_secrets()
        typed = {key: value for key, value in user_input.items() if value}
        self._typed_secrets = {**self._typed_secrets, **typed}
        self._record_data = {**record.data, **self._typed_secrets}
        try:
            client = await async_build_provider(self.hass, description, self._record_data)
        except InputError as refused:
            return await self._async_show_secrets(refused.errors)
        names = [DnsName(name) for name in record.data[CONF_NAMES]]
        self._record_check = SlowCheck(
            self, client.check(names), step="check_record", then="record_checked"
        )
        return await self.async_step_check_record()

    async def _async_show_secrets(
        self, errors: dict[str, str] | None = None, **placeholders: str
    ) -> ConfigFlowResult:
        record, description = self._refused_record()
        fields = [field for field in description.fields if field.kind is FieldKind.SECRET]
        return self.async_show_form(
            step_id="reauth_record",
            data_schema=probatio.Schema(provider_fields(fields, self._typed_secrets)),
            errors=errors,
            description_placeholders=await async_placeholders_of(
                self.hass, description, record=record.title, **placeholders
            ),
        )

    async def async_step_check_record(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Wait for the provider's answer."""
        return await self._record_check.async_go_on(self)

    async def async_step_record_checked(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Save secrets that the provider takes, or tell what speaks against them."""
        against = objection(self._record_check.result())
        if against is not None:
            if against.auth_rejected:
                self._typed_secrets = {}
            return await self._async_show_secrets({"base": against.error}, **against.placeholders)
        entry = self._get_reauth_entry()
        record, _ = self._refused_record()
        await async_resume_unchanged(entry, record, self._record_data)
        self.hass.config_entries.async_update_subentry(entry, record, data=self._record_data)
        return self.async_update_and_abort(entry)

    def _refused_record(self) -> tuple[ConfigSubentry, ProviderDescription]:
        """Return the record and its provider; end the flow where one of them is gone meanwhile."""
        record = self._get_reauth_entry().subentries.get(self._refused_record_id)
        if record is None:
            raise AbortFlow("record_gone")
        description = PROVIDERS.get(ProviderId(record.data[CONF_PROVIDER]))
        if description is None:
            raise AbortFlow("provider_gone")
        return record, description
