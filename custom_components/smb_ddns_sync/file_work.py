"""Work on files that actions ask for: in threads, a few at a time, with an end."""

import asyncio
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .sync.endpoint import EndpointError

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import HomeAssistant

    from .share import ShareCoordinator

    type Stopped = Callable[[], bool]
    type _Places = WeakKeyDictionary[ShareCoordinator, asyncio.Semaphore]

AT_ONCE: Final = 2
"""Actions that work on one share at a time; others wait for their turn."""

_PLACES: HassKey[_Places] = HassKey(f"{DOMAIN}_file_work")


async def async_work[T](
    hass: HomeAssistant, share: ShareCoordinator, work: Callable[[Stopped], T], seconds: float
) -> T:
    """Return what the work returns, from a thread.

    It is told to stop where its time is up or nobody waits any more, and keeps its turn until it
    has. Raises `HomeAssistantError` where the share fails as a whole.
    """
    places = hass.data.setdefault(_PLACES, WeakKeyDictionary())
    turn = places.setdefault(share, asyncio.Semaphore(AT_ONCE))
    stop = Event()
    try:
        async with asyncio.timeout(seconds):
            await turn.acquire()
            future = hass.async_add_executor_job(work, stop.is_set)
            future.add_done_callback(partial(_ended, turn))
            await asyncio.wait({future})  # and not the future itself, which this would cancel
        return future.result()
    except TimeoutError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="files_took_too_long",
            translation_placeholders={"share": share.title, "seconds": f"{seconds:g}"},
        ) from error
    except EndpointError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="files_failed",
            translation_placeholders={"share": share.title, "reason": str(error)},
        ) from error
    finally:
        stop.set()


def _ended(turn: asyncio.Semaphore, future: asyncio.Future[Any]) -> None:
    """Let the next one have its turn; what the work raised may interest nobody by now."""
    turn.release()
    if not future.cancelled():
        future.exception()
