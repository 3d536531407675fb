"""Entries can be reloaded as often as anybody likes: nothing of an earlier time stays behind."""

import asyncio
from collections import Counter
from dataclasses import dataclass, fields
import gc
from pathlib import Path
import threading
from typing import TYPE_CHECKING, Any

import pytest

from custom_components.smb_ddns_sync.const import DOMAIN
from custom_components.smb_ddns_sync.sync import spelling

from .site import (
    Nas,
    Watched,
    job,
    load,
    public_address,
    record,
    settle,
    share,
    unload,
)

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from demo.dyndns2 import Dyndns2Server
    from demo.echo import AddressEcho

OURS = f"custom_components.{DOMAIN}"
WARM = 3
"""Reloads after which everything is there that is made only once."""

ROUNDS = 100
TOGETHER = 10
"""Reloads without waiting for what they begin."""

POOL = 8
"""Threads that a pool of ours or of Home Assistant may have."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the process holds, each by what tells one from another, and how many of it."""

    threads: Counter[str]
    files: Counter[str]
    tasks: Counter[str]
    timers: Counter[str]
    listeners: Counter[str]
    objects: Counter[str]

    def more_than(self, before: Held) -> dict[str, dict[str, int]]:
        """Return what is there more often than it was."""
        found = {
            field.name: dict(getattr(self, field.name) - getattr(before, field.name))
            for field in fields(self)
        }
        return {name: more for name, more in found.items() if more}


def held(hass: HomeAssistant) -> Held:
    """Look at everything that could be left behind."""
    for remembered in (spelling._spelled, spelling._true):
        remembered.cache_clear()  # it has a limit, and keeps what it was asked about
    gc.collect()
    timers = (timer for timer in hass.loop._scheduled if not timer.cancelled())  # type: ignore[attr-defined]
    return Held(
        threads=_threads(),
        files=Counter(_open_files()),
        tasks=Counter(task.get_name() for task in asyncio.all_tasks()),
        timers=Counter(_callback_name(timer._callback) for timer in timers),
        listeners=Counter(_listeners(hass)),
        objects=Counter(_name(type(each)) for each in gc.get_objects() if _is_ours(each)),
    )


def _threads() -> Counter[str]:
    """Count threads by what they are for; a pool counts as full, for it fills up as it is used."""
    found = Counter(thread.name.rstrip("0123456789") for thread in threading.enumerate())
    return Counter({name: max(n, POOL) if name.endswith("_") else n for name, n in found.items()})


def _open_files() -> list[str]:
    """Return what each descriptor is open for; sockets and watches by their kind alone."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:
            continue  # the one that the folder was read with
        found.append(target.partition(":[")[0])
    return found


def _listeners(hass: HomeAssistant) -> dict[str, int]:
    """Count who listens: to events, to signals, to states, and to our own news."""
    found = {f"event {event}": count for event, count in hass.bus.async_listeners().items()}
    for key, told in hass.data.items():
        kept = getattr(told, "callbacks", told)
        if isinstance(kept, dict):
            found.update({f"{key} {name}": len(each) for name, each in kept.items() if _many(each)})
        elif isinstance(kept, list):
            found[str(key)] = len(kept)
    return found


def _many(each: object) -> bool:
    return isinstance(each, dict | list | set)


def _callback_name(called: object) -> str:
    return getattr(called, "__qualname__", _name(type(called)))


def _name(kind: type[Any]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _is_ours(each: object) -> bool:
    return type(each).__module__.startswith(OURS)


@pytest.fixture(name="entries")
def entries_fixture(
    nas: Nas, echo: AddressEcho, provider: Dyndns2Server, photos: Path
) -> tuple[MockConfigEntry, MockConfigEntry]:
    """Return both kinds of entry: an address with a record, and a share with a job that watches."""
    return public_address(echo, record(provider)), share(nas.server, job(photos))


async def test_a_hundred_reloads_leave_nothing_behind(
    hass: HomeAssistant, entries: tuple[MockConfigEntry, MockConfigEntry]
) -> None:
    hass.loop.set_debug(False)  # it notes where each task was made, which takes most of the time
    for entry in entries:
        await load(hass, entry)
    await reload(hass, entries, WARM)
    before = held(hass)

    for _ in range(ROUNDS // TOGETHER):
        await reload(hass, entries, TOGETHER)
    more = held(hass).more_than(before)
    for entry in entries:
        await unload(hass, entry)

    assert not more


async def reload(
    hass: HomeAssistant, entries: tuple[MockConfigEntry, MockConfigEntry], times: int
) -> None:
    """Reload the share that often, also while its first look is under way, then the address.

    Ends with both as they are when they have settled.
    """
    address, nas_entry = entries
    for _ in range(times):
        assert await hass.config_entries.async_reload(nas_entry.entry_id)
    assert await hass.config_entries.async_reload(address.entry_id)
    await Watched(hass, nas_entry).until("watching")
    await settle(hass)
