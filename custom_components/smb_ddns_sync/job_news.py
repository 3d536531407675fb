"""The news of a job: what its runs came to, each told once."""

from typing import TYPE_CHECKING, Any

from homeassistant.core import HomeAssistant, callback

from .news import News, NewsKind, async_tell
from .sync.names import display
from .sync.status import Reason, Result

if TYPE_CHECKING:
    from datetime import datetime

    from .sync.status import Hold, HoldReason, RunReport


class JobNews:
    """Tells of the runs of one job. A run from before this start is none of them."""

    def __init__(self, hass: HomeAssistant, entry_id: str, subentry_id: str) -> None:
        self._hass = hass
        self._entry_id = entry_id
        self._subentry_id = subentry_id
        self._told: RunReport | None = None
        self._held: HoldReason | None = None

    @callback
    def async_tell(self, run: RunReport | None, job: str, since: datetime) -> None:
        """Tell of a run that has ended after `since`, unless it was told of."""
        if run is None or run == self._told or run.ended < since:
            return
        self._told = run
        self._tell_result(run, job)
        if run.conflicts:
            self._tell(NewsKind.CONFLICT_FOUND, job, {"conflicts": run.conflicts})
        self._tell_hold(run.hold, job)

    def _tell_result(self, run: RunReport, job: str) -> None:
        done = {
            "started_by": run.reason.value,
            "files_copied": run.files_copied,
            "files_trashed": run.files_trashed,
            "bytes_copied": run.bytes_copied,
        }
        if run.result is Result.COMPLETED:
            if run.reason is Reason.VERIFY:
                return  # nothing was synced; the event of the job tells of it
            # Most runs find nothing to do, every few minutes.
            is_logged = bool(run.files_copied or run.files_trashed or run.moved)
            self._tell(NewsKind.SYNC_COMPLETED, job, done, is_logged=is_logged)
        elif run.result in {Result.FAILED, Result.INCOMPLETE}:
            told = {**done, "result": run.result.value, "problems": run.problem_count}
            self._tell(NewsKind.SYNC_FAILED, job, {**told, "reason": _why(run)})

    def _tell_hold(self, hold: Hold | None, job: str) -> None:
        """Tell when a hold begins: each run finds it again until a person has decided."""
        before, self._held = self._held, None if hold is None else hold.reason
        if hold is not None and hold.reason is not before:
            told = {
                "cause": hold.reason.value,
                "deletions": hold.deletions,
                "examples": [display(path) for path in hold.examples],
            }
            self._tell(NewsKind.DELETIONS_HELD, job, told)

    def _tell(
        self, kind: NewsKind, job: str, data: dict[str, Any], *, is_logged: bool = True
    ) -> None:
        told = {"job": job, **data}
        news = News(kind, self._entry_id, self._subentry_id, job, told, is_logged)
        async_tell(self._hass, news)


def _why(run: RunReport) -> str:
    if run.trouble is not None:
        return run.trouble.detail
    if run.problems:
        first = run.problems[0]
        return f"{display(first.path)}: {first.detail}"
    return run.result.value
