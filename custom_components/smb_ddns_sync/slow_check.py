"""A check that a form waits for, behind a progress display where it is slow."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.data_entry_flow import FlowHandler, FlowResult

if TYPE_CHECKING:
    from collections.abc import Coroutine

_LOGGER = logging.getLogger(__name__)

PATIENCE: Final = 1.0
"""Seconds that a form waits before it shows that something is going on."""


class SlowCheck[ResultT]:
    """One run of a check, between the step that started it and the step that judges its result.

    `step` is the step that waits, and the key of the text that the progress display shows; `then`
    is the step that judges.
    """

    def __init__(
        self,
        flow: FlowHandler[Any, Any, Any],
        check: Coroutine[Any, Any, ResultT],
        *,
        step: str,
        then: str,
    ) -> None:
        self._task = flow.hass.async_create_task(check, f"{flow.handler} {step}")
        self._step = step
        self._then = then
        self._shown = False

    async def async_go_on[FlowResultT: FlowResult[Any, Any]](
        self, flow: FlowHandler[Any, FlowResultT, Any]
    ) -> FlowResultT:
        """Return what the flow shows now: the progress, or what `then` makes of the result."""
        if not self._shown:
            await asyncio.wait({self._task}, timeout=PATIENCE)
        if not self._task.done():
            self._shown = True
            return flow.async_show_progress(
                step_id=self._step, progress_action=self._step, progress_task=self._task
            )
        if self._shown:
            # A flow that has shown progress may not go on to anything else.
            return flow.async_show_progress_done(next_step_id=self._then)
        result: FlowResultT = await getattr(flow, f"async_step_{self._then}")()
        return result

    def result(self) -> ResultT | None:
        """Return what was found, or None where the check itself broke; the log holds the reason.

        A flow that let the exception go would leave the user with progress that never ends.
        """
        if (broken := self._task.exception()) is not None:
            _LOGGER.error("The check that a form waits for broke", exc_info=broken)
            return None
        return self._task.result()
