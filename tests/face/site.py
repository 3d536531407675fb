"""A site to test on: entries as the forms store them, and ways to wait for what happens to them."""

import asyncio
from dataclasses import dataclass
import os
import shutil
import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import ConfigSubentry, ConfigSubentryData
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smb_ddns_sync.const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from homeassistant.config_entries import ConfigEntry

    from demo.dyndns2 import Dyndns2Server
    from demo.echo import AddressEcho
    from demo.samba import SambaServer

PATIENCE: Final = 30.0
"""Seconds after which what should have happened is said not to."""

HOSTS: Final = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
"""Where an echo listens: each host counts as an operator of its own."""

FIRST: Final = "8.8.8.8"
SECOND: Final = "9.9.9.9"
"""Addresses that the world could reach; nobody is asked about them."""

USERNAME: Final = "anna"
PASSWORD: Final = "correct horse ?&=% battery"
SHARE: Final = "data"
OTHER_SHARE: Final = "archive"


def public_address(
    echo: AddressEcho, *records: ConfigSubentryData, **options: Any
) -> MockConfigEntry:
    """Return the entry of the public address, with the echo as all of its sources."""
    sources = [f"http://{host}:{echo.port}/" for host in HOSTS]
    return MockConfigEntry(
        domain=DOMAIN,
        title="Public address",
        unique_id="public_address",
        data={"kind": "public_address"},
        options={
            "ipv4": True,
            "ipv6": False,
            "sources": [],
            "custom_sources": sources,
            "quorum": 2,
            "interval": 5,
            **options,
        },
        subentries_data=records,
    )


def record(
    provider: Dyndns2Server, name: str = "home.example.com", **data: Any
) -> ConfigSubentryData:
    """Return a record at a dyndns2 server."""
    return ConfigSubentryData(
        subentry_type="record",
        title=name,
        unique_id=f"record_{name}",
        data={
            "provider": "dyndns2",
            "names": [name],
            "ipv4": True,
            "ipv6": False,
            "server": provider.url,
            "username": USERNAME,
            "password": PASSWORD,
            "both_at_once": True,
            **data,
        },
    )


def share(server: SambaServer, *jobs: ConfigSubentryData, **data: Any) -> MockConfigEntry:
    """Return the entry of a share."""
    name = data.get("share", SHARE)
    host, port = data.get("host", server.host), data.get("port", server.port)
    return MockConfigEntry(
        domain=DOMAIN,
        title="NAS" if name == SHARE else name,
        unique_id=f"share:{host}:{port}/{name}",
        data={
            "kind": "share",
            "host": host,
            "port": port,
            "share": SHARE,
            "username": USERNAME,
            "password": PASSWORD,
            "domain": "",
            "encryption": "public_address",
            **data,
        },
        subentries_data=jobs,
    )


def job(local_folder: Path, name: str = "Photos", **data: Any) -> ConfigSubentryData:
    """Return a job that mirrors a local folder to one of the job's name."""
    return ConfigSubentryData(
        subentry_type="job",
        title=name,
        unique_id=f"job_{name}",
        data={
            "name": name,
            "mode": "mirror",
            "local_folder": str(local_folder),
            "remote_folder": name.lower(),
            "interval": 15,
            "watch": True,
            "trash_days": 30,
            "max_delete_percent": 50,
            **data,
        },
    )


def subentry(data: ConfigSubentryData) -> ConfigSubentry:
    """Return what a subentry flow adds."""
    return ConfigSubentry(
        data=MappingProxyType(data["data"]),
        subentry_type=data["subentry_type"],
        title=data["title"],
        unique_id=data["unique_id"],
    )


def only_subentry(entry: MockConfigEntry, title: str | None = None) -> ConfigSubentry:
    """Return the entry's subentry, or the one of that title."""
    (found,) = (each for each in entry.subentries.values() if title in {None, each.title})
    return found


async def load(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Add an entry and load it, with all that follows at once."""
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)


async def unload(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Unload an entry."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    await settle(hass)


async def settle(hass: HomeAssistant) -> None:
    """Wait for what Home Assistant has begun, the looks at the network included."""
    await hass.async_block_till_done(wait_background_tasks=True)


def entity_id(hass: HomeAssistant, platform: str, owner: str, key: str) -> str:
    """Return the entity of an entry or a subentry, by ids and not by names."""
    found = er.async_get(hass).async_get_entity_id(platform, DOMAIN, f"{owner}_{key}")
    assert found is not None, f"there is no {platform} {key}"
    return found


def state(hass: HomeAssistant, platform: str, owner: str, key: str) -> State:
    """Return the state of an entity of an entry or a subentry."""
    found = hass.states.get(entity_id(hass, platform, owner, key))
    assert found is not None
    return found


async def until_state(
    hass: HomeAssistant, entity: str, wanted: str | Callable[[State], bool]
) -> State:
    """Wait until an entity has a state, or one that the function says yes to."""
    reached: asyncio.Future[State] = hass.loop.create_future()

    @callback
    def look(state: State | None) -> None:
        if state is None or reached.done():
            return
        if state.state == wanted if isinstance(wanted, str) else wanted(state):
            reached.set_result(state)

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        look(event.data["new_state"])

    stop = async_track_state_change_event(hass, [entity], changed)
    look(hass.states.get(entity))
    try:
        async with asyncio.timeout(PATIENCE):
            return await reached
    except TimeoutError:
        raise AssertionError(f"{entity} never came to it: {hass.states.get(entity)}") from None
    finally:
        stop()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that nobody announces, such as a file on the server."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - nobody could set an event
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError("it never came to it") from None


@dataclass(frozen=True, slots=True)
class Nas:
    """A Samba server with two shares, and the folders that it shares; most tests want one."""

    server: SambaServer
    folder: Path
    other: Path

    def clear(self) -> None:
        """Leave nothing of an earlier test."""
        for each in (*self.folder.iterdir(), *self.other.iterdir()):
            if each.is_dir():
                shutil.rmtree(each)
            else:
                each.unlink()


class Watched:
    """One job of an entry, through its entities."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry, title: str = "Photos") -> None:
        self._hass = hass
        self.id = only_subentry(entry, title).subentry_id

    def entity(self, key: str, platform: str = "sensor") -> str:
        """Return the id of one of its entities."""
        return entity_id(self._hass, platform, self.id, key)

    def shown(self, key: str, platform: str = "sensor") -> str:
        """Return the state of one of its entities."""
        return state(self._hass, platform, self.id, key).state

    async def until(self, status: str) -> None:
        """Wait until it has a status."""
        await until_state(self._hass, self.entity("job_status"), status)

    async def until_told(self, result: str) -> None:
        """Wait until a run ended with a result."""
        await until_state(
            self._hass,
            self.entity("run", "event"),
            lambda told: told.attributes.get("event_type") == result,
        )

    async def call(self, platform: str, action: str, key: str) -> None:
        """Press its button or its switch."""
        target = {"entity_id": self.entity(key, platform)}
        await self._hass.services.async_call(platform, action, target, blocking=True)


async def load_job(hass: HomeAssistant, nas: Nas, local: Path) -> tuple[MockConfigEntry, Watched]:
    """Load a share with one job and wait for its first run."""
    entry = share(nas.server, job(local))
    await load(hass, entry)
    watched = Watched(hass, entry)
    await watched.until("watching")
    return entry, watched


def write_old(path: Path, content: bytes) -> None:
    """Write a file that has been at rest since yesterday: a job takes it at its first look."""
    path.write_bytes(content)
    yesterday = time.time() - 86_400
    os.utime(path, (yesterday, yesterday))


def empty(folder: Path) -> None:
    """Delete every file in a folder."""
    for path in list(folder.iterdir()):
        path.unlink()


def tree(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder but those of the engine itself."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _is_own(path.relative_to(folder).parts)
    }


def _is_own(parts: Iterable[str]) -> bool:
    return any(part.startswith(".smb_ddns_sync") for part in parts)
