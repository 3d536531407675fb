"""The forms of a record: its provider, names and credentials, proved before anything is saved."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
import probatio

from .address_sources import detection_settings
from .const import CONF_NAMES, CONF_PROVIDER, SUBENTRY_RECORD
from .coordinator import PublicAddressRuntime, SmbDdnsConfigEntry
from .ddns.names import DnsName
from .ddns.provider import ProviderDescription, ProviderId
from .ddns.providers import PROVIDERS
from .form_fields import InputError
from .record_form import (
    Outcomes,
    async_build_provider,
    async_placeholders_of,
    objection,
    provider_selector,
    read_provider,
    read_record,
    record_schema,
    secret_keys,
)
from .record_sections import nested, refuse_many_names, refuse_untold_inner
from .slow_check import SlowCheck

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .ddns.address import Family


def _title(data: Mapping[str, Any]) -> str:
    return ", ".join(data[CONF_NAMES])


def _unique_id(data: Mapping[str, Any]) -> str:
    return f"{SUBENTRY_RECORD}:{data[CONF_PROVIDER]}:{','.join(sorted(data[CONF_NAMES]))}"


async def async_resume_unchanged(
    entry: SmbDdnsConfigEntry, subentry: ConfigSubentry, data: Mapping[str, Any]
) -> None:
    """Let a stopped record go on, because the user has acted, where no change will restart it."""
    if (
        subentry.data == data
        and entry.state is ConfigEntryState.LOADED
        and isinstance(runtime := entry.runtime_data, PublicAddressRuntime)
        and (record := runtime.records.get(subentry.subentry_id)) is not None
    ):
        await record.async_resume()


class RecordFlow(ConfigSubentryFlow):
    """Adds or changes a record.

    One step serves all providers: its fields are made from the provider's description.
    Invariant: no secret leaves the flow; an empty field stands for the secret that is known.
    """

    _provider: ProviderDescription
    _record_data: Mapping[str, Any] = MappingProxyType({})  # as it will be saved
    _record_check: SlowCheck[Outcomes]
    _typed_secrets: Mapping[str, str] = MappingProxyType({})  # and not refused

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the provider."""
        errors: dict[str, str] | None = None
        if user_input is not None:
            try:
                self._provider = read_provider(PROVIDERS, user_input[CONF_PROVIDER])
            except InputError as refused:
                errors = refused.errors
            else:
                return await self._async_show_credentials({})
        field = probatio.Required(CONF_PROVIDER)
        schema = probatio.Schema({field: provider_selector(PROVIDERS)})
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
        )

    async def async_step_reconfigure(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the provider's form with what is stored."""
        stored = self._stored()
        description = PROVIDERS.get(ProviderId(stored[CONF_PROVIDER]))
        if description is None:
            return self.async_abort(reason="provider_gone")
        self._provider = description
        return await self._async_show_credentials(stored)

    async def async_step_credentials(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Take what was entered for the provider, and ask the provider."""
        description = self._provider
        if user_input is None:
            return await self._async_show_credentials(self._record_data or self._stored())
        self._typed_secrets = {
            **self._typed_secrets,
            **{key: value for key in secret_keys(description) if (value := user_input.get(key))},
        }
        try:
            data = read_record(
                description, user_input, self._known_secrets(description), self._detected()
            )
            self._refuse_taken_names(data)
            refuse_many_names(data)
            refuse_untold_inner(data, detection_settings(self._get_entry().options))
            client = await async_build_provider(self.hass, description, data)
        except InputError as refused:
            return await self._async_show_credentials(
                user_input, refused.errors, **refused.placeholders
            )
        self._record_data = data
        names = [DnsName(name) for name in data[CONF_NAMES]]
        self._record_check = SlowCheck(
            self, client.check(names), step="check_record", then="record_checked"
        )
        return await self.async_step_check_record()

    async def _async_show_credentials(
        self,
        entered: Mapping[str, Any],
        errors: dict[str, str] | None = None,
        **placeholders: str,
    ) -> SubentryFlowResult:
        description = self._provider
        secrets = secret_keys(description)
        shown = {key: value for key, value in entered.items() if key not in secrets}
        schema = record_schema(description, self._known_secrets(description), self._detected())
        return self.async_show_form(
            step_id="credentials",
            data_schema=self.add_suggested_values_to_schema(schema, nested(shown)),
            errors=errors,
            description_placeholders=await async_placeholders_of(
                self.hass, description, **placeholders
            ),
        )

    async def async_step_check_record(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Wait for the provider's answer."""
        return await self._record_check.async_go_on(self)

    async def async_step_record_checked(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Save a record that the provider takes, or tell what speaks against it."""
        data = self._record_data
        against = objection(self._record_check.result())
        if against is not None:
            if against.auth_rejected:
                self._typed_secrets = {}
            return await self._async_show_credentials(
                data, {against.field: against.error}, **against.placeholders
            )
        if self.source != SOURCE_RECONFIGURE:
            return self.async_create_entry(
                title=_title(data), data=data, unique_id=_unique_id(data)
            )
        entry, subentry = self._get_entry(), self._get_reconfigure_subentry()
        await async_resume_unchanged(entry, subentry, data)
        renamed = subentry.title != _title(subentry.data)
        return self.async_update_and_abort(
            entry,
            subentry,
            unique_id=_unique_id(data),
            title=subentry.title if renamed else _title(data),
            data=data,
        )

    def _stored(self) -> Mapping[str, Any]:
        """Return the data of the record that is changed; empty for a new one."""
        if self.source != SOURCE_RECONFIGURE:
            return {}
        return self._get_reconfigure_subentry().data

    def _known_secrets(self, description: ProviderDescription) -> dict[str, str]:
        stored = self._stored()
        known = {key: stored[key] for key in secret_keys(description) if stored.get(key)}
        return {**known, **self._typed_secrets}

    def _detected(self) -> Collection[Family]:
        return detection_settings(self._get_entry().options).families

    def _refuse_taken_names(self, data: Mapping[str, Any]) -> None:
        """Raise `InputError` for a name that another record keeps at the same provider.

        Each would repeat what the other has said, which providers take for abuse.
        """
        own = self._get_reconfigure_subentry().subentry_id if self._stored() else None
        for other in self._get_entry().get_subentries_of_type(SUBENTRY_RECORD):
            if other.subentry_id == own or other.data[CONF_PROVIDER] != data[CONF_PROVIDER]:
                continue
            for name in data[CONF_NAMES]:
                if name in other.data[CONF_NAMES]:
                    raise InputError(CONF_NAMES, "name_in_use", name)
