"""The news of a record: that it was updated, and that it broke. Each is told and logged once."""

import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import HomeAssistant, callback

from .ddns.address import Family
from .ddns.report import REFUSED, RecordStatus
from .news import News, NewsKind, async_tell
from .public_address import FAMILY_KEYS

if TYPE_CHECKING:
    from datetime import datetime

    from .ddns.report import RecordReport

_LOGGER = logging.getLogger(__name__)

_BROKEN: Final = REFUSED | {RecordStatus.FAILING}


class RecordNews:
    """Compares each report with the last one.

    How a record stands at the start is logged, but no news: it was told before the restart.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str, subentry_id: str) -> None:
        self._hass = hass
        self._entry_id = entry_id
        self._subentry_id = subentry_id
        self._begun = False
        self._updated: datetime | None = None
        self._broken: RecordStatus | None = None

    @callback
    def async_tell(self, report: RecordReport, record: str) -> None:
        """Tell what has happened since the last report."""
        begun, self._begun = self._begun, True
        updated, self._updated = self._updated, report.last_update
        if begun and report.last_update is not None and report.last_update != updated:
            published = {
                FAMILY_KEYS[family]: str(address)
                for family in Family
                if (address := report.published(family)) is not None
            }
            names = sorted({each.name for each in report.records if each.published is not None})
            self._tell(NewsKind.RECORD_UPDATED, record, {"names": names, **published})
        if self._log_once(report, record) and begun:
            told = {"status": report.status.value, "reason": report.message or report.status.value}
            self._tell(NewsKind.RECORD_FAILED, record, told)

    def _log_once(self, report: RecordReport, record: str) -> bool:
        """Log when it breaks, in another way than before, and when it has healed.

        Return whether it broke.
        """
        before = self._broken
        if report.status in _BROKEN and report.status is not before:
            self._broken = report.status
            why = report.message or report.status
            _LOGGER.warning("The record %s is not up to date: %s", record, why)
            return True
        if report.status is RecordStatus.IN_SYNC and before is not None:
            self._broken = None
            _LOGGER.info("The record %s is up to date again", record)
        return False

    def _tell(self, kind: NewsKind, record: str, data: dict[str, Any]) -> None:
        told = {"record": record, **data}
        async_tell(self._hass, News(kind, self._entry_id, self._subentry_id, record, told))
