"""Waiting for what comes by itself."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], Awaitable[bool]], what: str, limit: float = 90) -> None:
    """Return once the condition holds; fail where it does not within `limit` seconds."""
    try:
        async with asyncio.timeout(limit):
            while True:
                if await condition():
                    return
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"Waited {limit:.0f} s in vain: {what}") from None
