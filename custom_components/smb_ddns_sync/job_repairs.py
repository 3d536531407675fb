"""What a person is asked about a job."""

from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .issues import (
    CONFLICTS_WAIT,
    CONTENT_DIFFERS,
    DELETIONS_HELD,
    JOB_NEEDS_PERSON,
    MISSING_SHARE,
    SETTINGS_UNUSABLE,
    WATCH_LIMIT,
    Issue,
)
from .other_share import GONE, NOT_LOADED
from .smb.errors import AccountRefused, FloorNotMet
from .sync.names import display
from .sync.status import Phase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .sync.status import Differing, Hold, JobStatus, Trouble, Unresolved

UNUSABLE_SETTINGS: Final = "unusable_settings"
"""The cause of a job that no engine can be made for."""

_TOLD_BY_SHARE: Final = frozenset(
    error.cause.value for group in (AccountRefused, FloorNotMet) for error in group.__subclasses__()
)
"""Causes that the share asks a person about, once for all of its jobs."""


class JobRepairs:
    """The repairs of one job: raised and taken back as its status says."""

    def __init__(self, hass: HomeAssistant, entry_id: str, subentry_id: str) -> None:
        self._held = Issue(hass, DELETIONS_HELD, entry_id, subentry_id, fixable=True)
        self._needs_person = Issue(hass, JOB_NEEDS_PERSON, entry_id, subentry_id)
        self._unusable = Issue(hass, SETTINGS_UNUSABLE, entry_id, subentry_id)
        self._missing_share = Issue(hass, MISSING_SHARE, entry_id, subentry_id)
        self._conflicts = Issue(
            hass,
            CONFLICTS_WAIT,
            entry_id,
            subentry_id,
            fixable=True,
            severity=ir.IssueSeverity.WARNING,
        )
        self._differing = Issue(hass, CONTENT_DIFFERS, entry_id, subentry_id)
        self._watch_limit = Issue(
            hass, WATCH_LIMIT, entry_id, subentry_id, severity=ir.IssueSeverity.WARNING
        )

    @callback
    def async_clear(self) -> None:
        """Take all of them back."""
        for issue in (
            self._held,
            self._needs_person,
            self._unusable,
            self._missing_share,
            self._conflicts,
            self._differing,
            self._watch_limit,
        ):
            issue.async_clear()

    @callback
    def async_tell(self, status: JobStatus, names: Mapping[str, str]) -> None:
        """Ask what the status calls for, and no longer what it does not.

        `names` are those of the job and of both sides: `job`, `source`, `target`.
        """
        job = names["job"]
        self._tell_hold(status.hold, names)
        trouble = status.trouble
        if trouble is None or not trouble.needs_person:
            trouble = None
        self._tell_trouble(trouble, job)
        self._tell_watch_limit(status.watch_trouble, job)
        if status.phase is not Phase.STOPPED:
            # A job that is switched off still has them, but nobody can carry out what is decided.
            self._tell_conflicts(status.unresolved, job)
            self._tell_differing(status.differing, names)

    def _tell_hold(self, hold: Hold | None, names: Mapping[str, str]) -> None:
        if hold is None:
            self._held.async_clear()
            return
        examples = "\n".join(f"- `{display(path)}`" for path in hold.examples)
        placeholders = {**names, "count": str(hold.deletions), "examples": examples}
        self._held.async_raise(placeholders, hold.reason)

    def _tell_conflicts(self, unresolved: Unresolved, job: str) -> None:
        if not unresolved.waiting:
            self._conflicts.async_clear()
            return
        examples = "\n".join(f"- `{display(path)}`" for path in unresolved.examples)
        count = str(unresolved.waiting)
        self._conflicts.async_raise({"job": job, "count": count, "examples": examples})

    def _tell_differing(self, differing: Differing, names: Mapping[str, str]) -> None:
        if not differing.count:
            self._differing.async_clear()
            return
        examples = "\n".join(f"- `{display(path)}`" for path in differing.examples)
        placeholders = {**names, "count": str(differing.count), "examples": examples}
        self._differing.async_raise(placeholders)

    def _tell_watch_limit(self, trouble: Trouble | None, job: str) -> None:
        if trouble is not None and trouble.cause == WATCH_LIMIT:
            self._watch_limit.async_raise({"job": job})
        else:
            self._watch_limit.async_clear()

    def _tell_trouble(self, trouble: Trouble | None, job: str) -> None:
        """Ask for help with a trouble that only a person can end."""
        if trouble is not None and trouble.cause == UNUSABLE_SETTINGS:
            self._unusable.async_raise({"name": job, "reason": trouble.detail})
        else:
            self._unusable.async_clear()
        if trouble is not None and trouble.cause in {GONE, NOT_LOADED}:
            self._missing_share.async_raise({"job": job, "detail": trouble.detail}, trouble.cause)
        else:
            self._missing_share.async_clear()
        told = {UNUSABLE_SETTINGS, GONE, NOT_LOADED, *_TOLD_BY_SHARE}
        if trouble is not None and trouble.cause not in told:
            self._needs_person.async_raise({"job": job, "detail": trouble.detail})
        else:
            self._needs_person.async_clear()
