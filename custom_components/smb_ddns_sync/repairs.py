"""What the buttons of our repairs do."""

from abc import abstractmethod
from typing import TYPE_CHECKING, override

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import issue_registry as ir

from .conflict_repair import ResolveConflicts
from .const import CONF_ENCRYPTION, DOMAIN
from .coordinator import PublicAddressRuntime, ShareRuntime, SmbDdnsConfigEntry
from .issues import (
    ATTR_ENTRY_ID,
    ATTR_SUBENTRY_ID,
    CONFLICTS_WAIT,
    DELETIONS_HELD,
    RECORD_ENDS,
    RECORD_REFUSED,
    SHARE_UNREACHABLE,
    SMB1_OFFERED,
    UNENCRYPTED_PUBLIC,
)
from .smb.legacy import Smb1
from .smb.target import EncryptionFloor

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import HomeAssistant

    from .record import RecordCoordinator
    from .share import ShareCoordinator

type _IssueData = dict[str, str | int | float | None] | None


class _AskFirst(RepairsFlow):
    """Shows what the repair says, and acts once it is submitted."""

    def __init__(self, data: _IssueData) -> None:
        self._data = data or {}

    async def async_step_init(
        self,
        user_input: dict[str, str] | None = None,  # noqa: ARG002 - Home Assistant's signature
    ) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask, then act."""
        if user_input is not None:
            if (obstacle := await self._async_act()) is not None:
                return self.async_abort(reason=obstacle)
            return self.async_create_entry(data={})
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        placeholders = None if issue is None else issue.translation_placeholders
        return self.async_show_form(step_id="confirm", description_placeholders=placeholders)

    @abstractmethod
    async def _async_act(self) -> str | None:
        """Do what was asked for, or return why it can't be done."""

    @property
    def _runtime(self) -> PublicAddressRuntime | ShareRuntime | None:
        entry: SmbDdnsConfigEntry | None = self.hass.config_entries.async_get_entry(
            str(self._data.get(ATTR_ENTRY_ID))
        )
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return None
        return entry.runtime_data

    @property
    def _subentry_id(self) -> str:
        return str(self._data.get(ATTR_SUBENTRY_ID))


class ReleaseHold(_AskFirst):
    """A person says that what looks like an accident is meant."""

    @override
    async def _async_act(self) -> str | None:
        runtime = self._runtime
        job = runtime.jobs.get(self._subentry_id) if isinstance(runtime, ShareRuntime) else None
        if job is None or not job.is_running:
            return "not_running"
        if job.data.hold is None:
            return "no_longer_held"
        job.release_hold()
        return None


class _AboutRecord(_AskFirst):
    """A person has done something about a record at its provider."""

    @property
    def _record(self) -> RecordCoordinator | None:
        runtime = self._runtime
        if not isinstance(runtime, PublicAddressRuntime):
            return None
        return runtime.records.get(self._subentry_id)


class TryRecordAgain(_AboutRecord):
    """A person has put right what the provider refused."""

    @override
    async def _async_act(self) -> str | None:
        if (record := self._record) is None:
            return "not_running"
        await record.async_resume()
        return None


class ConfirmRecord(_AboutRecord):
    """A person has confirmed the names at the provider, which would drop them otherwise."""

    @override
    async def _async_act(self) -> str | None:
        if (record := self._record) is None:
            return "not_running"
        await record.async_renewed()
        return None


class _AboutShare(_AskFirst):
    """A person has done something about a share, or wants it done."""

    @override
    async def _async_act(self) -> str | None:
        runtime = self._runtime
        if not isinstance(runtime, ShareRuntime):
            return "not_running"
        return await self._async_act_on(runtime.share)

    @abstractmethod
    async def _async_act_on(self, share: ShareCoordinator) -> str | None:
        """Do it, or return why it can't be done."""


class LookAgain(_AboutShare):
    """A person says that the share can be reached again."""

    @override
    async def _async_act_on(self, share: ShareCoordinator) -> str | None:
        await share.async_refresh()
        return None if share.data is not None and share.data.facts is not None else "still_silent"


class AskForSmb1(_AboutShare):
    """A person has switched SMB 1 off on the server."""

    @override
    async def _async_act_on(self, share: ShareCoordinator) -> str | None:
        answer = await share.async_look_at_smb1()
        return None if answer is Smb1.REFUSED else "still_offered"


class RequireEncryption(_AboutShare):
    """A person wants the share encrypted over public addresses."""

    @override
    async def _async_act_on(self, share: ShareCoordinator) -> str | None:
        entry = share.config_entry
        if entry is None:
            return "not_running"
        floor = EncryptionFloor.PUBLIC_ADDRESS.value
        self.hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_ENCRYPTION: floor}
        )
        return None


_ABOUT_SHARES: dict[str, Callable[[_IssueData], RepairsFlow]] = {
    SHARE_UNREACHABLE: LookAgain,
    SMB1_OFFERED: AskForSmb1,
    UNENCRYPTED_PUBLIC: RequireEncryption,
}


async def async_create_fix_flow(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    issue_id: str,
    data: _IssueData,
) -> RepairsFlow:
    """Return the flow behind the button of a repair."""
    if issue_id.startswith(DELETIONS_HELD):
        return ReleaseHold(data)
    if issue_id.startswith(CONFLICTS_WAIT):
        return ResolveConflicts(data or {})
    if issue_id.startswith(RECORD_REFUSED):
        return TryRecordAgain(data)
    if issue_id.startswith(RECORD_ENDS):
        return ConfirmRecord(data)
    for kind, flow in _ABOUT_SHARES.items():
        if issue_id.startswith(kind):
            return flow(data)
    raise ValueError(f"No repair of ours has a button: {issue_id}")
