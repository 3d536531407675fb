"""Repairs: what only a person can decide.

Each is raised once and taken back when it no longer holds.
"""

from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

BEHIND_NAT: Final = "behind_nat"
CONFLICTS_WAIT: Final = "conflicts_wait"
CONTENT_DIFFERS: Final = "content_differs"
DELETIONS_HELD: Final = "deletions_held"
JOB_NEEDS_PERSON: Final = "job_needs_person"
MISSING_SHARE: Final = "missing_share"
RECORD_ENDS: Final = "record_ends"
RECORD_REFUSED: Final = "record_refused"
SETTINGS_UNUSABLE: Final = "settings_unusable"
STANDBY_ACTIVE: Final = "standby_active"
SERVER_OLD: Final = "server_old"
SHARE_BELOW_FLOOR: Final = "share_below_floor"
SHARE_UNREACHABLE: Final = "share_unreachable"
SMB1_OFFERED: Final = "smb1_offered"
SMB_PORT_OPEN: Final = "smb_port_open"
UNENCRYPTED_PUBLIC: Final = "unencrypted_public"
ENCRYPTION_OFF: Final = "encryption_off"
WATCH_LIMIT: Final = "watch_limit"

ATTR_ENTRY_ID: Final = "entry_id"
ATTR_SUBENTRY_ID: Final = "subentry_id"


class Issue:
    """One repair about an entry, a record or a job; what it says may change while it stands.

    `fixable` repairs offer a button; its flow is found by `kind` (`repairs.py`).
    """

    def __init__(
        self,
        hass: HomeAssistant,
        kind: str,
        entry_id: str,
        subentry_id: str | None = None,
        *,
        fixable: bool = False,
        severity: ir.IssueSeverity = ir.IssueSeverity.ERROR,
    ) -> None:
        self._hass = hass
        self._kind = kind
        self._fixable = fixable
        self._severity = severity
        self._id = f"{kind}_{subentry_id or entry_id}"
        self._data: dict[str, str | int | float | None] = {
            ATTR_ENTRY_ID: entry_id,
            ATTR_SUBENTRY_ID: subentry_id,
        }

    @callback
    def async_raise(self, placeholders: Mapping[str, str], variant: str | None = None) -> None:
        """Show the repair, or change what it says.

        `variant` chooses among the texts of its kind.
        """
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._id,
            data=self._data,
            is_fixable=self._fixable,
            severity=self._severity,
            translation_key=self._kind if variant is None else f"{self._kind}_{variant}",
            translation_placeholders=dict(placeholders),
        )

    @callback
    def async_clear(self) -> None:
        """Take the repair back; nothing happens where there is none."""
        ir.async_delete_issue(self._hass, DOMAIN, self._id)


@callback
def async_clear_all(hass: HomeAssistant, entry_id: str) -> None:
    """Take back every repair of an entry and of its records or jobs."""
    registry = ir.async_get(hass)
    for issue in list(registry.issues.values()):
        if issue.domain == DOMAIN and (issue.data or {}).get(ATTR_ENTRY_ID) == entry_id:
            ir.async_delete_issue(hass, DOMAIN, issue.issue_id)
