"""Waiting for Home Assistant to answer, to know us, and to have started."""

import asyncio
import time
from typing import TYPE_CHECKING

from .home_assistant import HomeAssistantEndedError, HomeAssistantProgram

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .home_assistant_client import HomeAssistantClient, User

_LIMIT = 240.0  # seconds; a first start compiles and creates a lot on a slow machine


async def until_ready(
    program: HomeAssistantProgram, client: HomeAssistantClient, user: User
) -> None:
    """Return once the user is logged in and start-up is over.

    Raises `HomeAssistantEndedError` where the program ends or does not get that far.
    """
    deadline = time.monotonic() + _LIMIT
    await _until(client.answers, program, deadline)
    await client.enter(user)
    await _until(client.is_running, program, deadline)


async def _until(
    condition: Callable[[], Awaitable[bool]], program: HomeAssistantProgram, deadline: float
) -> None:
    while not await condition():
        if not program.running:
            raise HomeAssistantEndedError(
                f"Home Assistant ended. Its last lines:\n{program.last_lines()}"
            )
        if time.monotonic() > deadline:
            raise HomeAssistantEndedError(
                f"Home Assistant did not get ready within {_LIMIT:.0f} s. Its last lines:\n"
                f"{program.last_lines()}"
            )
        await asyncio.sleep(0.1)
