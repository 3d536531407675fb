"""The repair that shows conflicts and asks which version is meant, one file after the other."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from .coordinator import share_runtime
from .issues import ATTR_ENTRY_ID, ATTR_SUBENTRY_ID
from .job_sides import side_name, sides_of
from .responses import CHOICES
from .sync.endpoint import Kind
from .sync.names import display

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .job import JobCoordinator
    from .sync.conflicts import Choice, Conflict, Rival

_MOST: Final = 50
"""Conflicts that are shown at once; the rest comes once these are decided."""
_ALL: Final = "*"
"""In place of a path: all that are shown. No path of a file server is that."""


class ResolveConflicts(RepairsFlow):
    """Asks about conflicts until none is left, or the person has had enough."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._entry_id = str(data.get(ATTR_ENTRY_ID))
        self._subentry_id = str(data.get(ATTR_SUBENTRY_ID))
        self._shown: tuple[Conflict, ...] = ()

    async def async_step_init(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - Home Assistant's signature
    ) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_decide()

    async def async_step_decide(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask about the conflicts there are, and remember what is decided."""
        if (job := self._job) is None or not job.is_running:
            return self.async_abort(reason="not_running")
        try:
            if user_input is not None:
                await self._async_decide(job, user_input)
            waiting = await self._async_waiting(job)
        except HomeAssistantError:
            return self.async_abort(reason="not_running")
        if not waiting:
            if user_input is None:
                return self.async_abort(reason="no_longer_waiting")
            return self.async_create_entry(data={})
        self._shown = waiting
        return self._show(job)

    async def _async_decide(self, job: JobCoordinator, entered: Mapping[str, Any]) -> None:
        choice: Choice = CHOICES[entered["keep"]]
        still = {conflict.path for conflict in await self._async_waiting(job)}
        for number, conflict in enumerate(self._shown):
            # One that was decided or has ended meanwhile needs no word any more.
            if entered["conflict"] in {_ALL, str(number)} and conflict.path in still:
                await job.async_decide(conflict.path, choice)

    async def _async_waiting(self, job: JobCoordinator) -> tuple[Conflict, ...]:
        found = await job.async_list_conflicts()
        return tuple(each for each in found.waiting if each.choice is None)[:_MOST]

    def _show(self, job: JobCoordinator) -> RepairsFlowResult:
        # Which file is meant is told by its number: a name may hold what no form can send back.
        files = [
            SelectOptionDict(value=str(number), label=display(conflict.path))
            for number, conflict in enumerate(self._shown)
        ]
        files.append(SelectOptionDict(value=_ALL, label=f"{_ALL} ({len(self._shown)})"))
        schema = probatio.Schema(
            {
                probatio.Required("conflict", default="0"): SelectSelector(
                    SelectSelectorConfig(options=files, mode=SelectSelectorMode.DROPDOWN)
                ),
                probatio.Required("keep"): SelectSelector(
                    SelectSelectorConfig(
                        options=list(CHOICES), translation_key="keep", mode=SelectSelectorMode.LIST
                    )
                ),
            }
        )
        sides = sides_of(self._entry_id, job.subentry.data)
        return self.async_show_form(
            step_id="decide",
            data_schema=schema,
            description_placeholders={
                "job": job.subentry.title,
                "source": side_name(self.hass, sides.source),
                "target": side_name(self.hass, sides.target),
                "rows": "\n".join(map(_row, self._shown)),
            },
        )

    @property
    def _job(self) -> JobCoordinator | None:
        runtime = share_runtime(self.hass, self._entry_id)
        return None if runtime is None else runtime.jobs.get(self._subentry_id)


def _row(conflict: Conflict) -> str:
    name = display(conflict.path).replace("|", "\\|")
    return f"| `{name}` | {_told(conflict.source)} | {_told(conflict.target)} |"


def _told(rival: Rival) -> str:
    """Return a version in words of no language."""
    if rival.kind is not Kind.FILE:
        return "📁"
    moment = datetime.fromtimestamp(rival.version.modified / 1e9, UTC)
    return f"{rival.version.size:,} B, {moment:%Y-%m-%d %H:%M:%S} UTC"
