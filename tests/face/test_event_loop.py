"""Home Assistant stays quick: nothing of ours blocks its event loop."""

from datetime import timedelta
from pathlib import Path
import sys
from threading import get_ident
import traceback
from typing import TYPE_CHECKING

from homeassistant.components.media_source import MediaSourceItem
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.smb_ddns_sync.const import DOMAIN
from custom_components.smb_ddns_sync.media_source import async_get_media_source
from custom_components.smb_ddns_sync.state_files import make_folder

from .site import (
    Nas,
    Watched,
    job,
    load,
    only_subentry,
    public_address,
    record,
    settle,
    share,
    unload,
    until,
    write_old,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from demo.dyndns2 import Dyndns2Server
    from demo.echo import AddressEcho

    from .file_actions import Actions

BLOCKING = {
    "open",
    "os.chmod",
    "os.listdir",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.scandir",
    "os.truncate",
    "os.utime",
    "pathlib.Path.glob",
    "pathlib.Path.rglob",
    "shutil.rmtree",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "sqlite3.connect",
    "subprocess.Popen",
    "time.sleep",
}
"""What the interpreter reports of calls that wait for a disk or a server (sys.addaudithook)."""

OURS = str(Path(__file__).parents[2] / "custom_components" / "smb_ddns_sync")


class Guard:
    """Notes every blocking call that code of ours makes on one thread.

    A hook cannot be removed, so there is one for all tests, and it is switched.
    """

    def __init__(self) -> None:
        self.thread: int | None = None
        self.caught: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event not in BLOCKING or get_ident() != self.thread:
            return
        if event == "open" and str(arguments[0]).endswith(".py"):
            return  # asyncio's debug mode shows where a task was made, and reads the line
        self.thread, thread = None, self.thread
        stack = traceback.extract_stack()
        self.thread = thread
        ours = [frame for frame in stack if frame.filename.startswith(OURS)]
        if ours:
            self.caught.append(f"{event}{arguments} in {ours[-1].filename}:{ours[-1].lineno}")


GUARD = Guard()


@pytest.fixture(name="guard")
def guard_fixture() -> Iterator[Guard]:
    """Listen on the thread of the event loop, which is the test's own."""
    GUARD.caught.clear()
    GUARD.thread = get_ident()
    yield GUARD
    GUARD.thread = None


async def test_the_guard_hears_what_blocks(hass: HomeAssistant, guard: Guard) -> None:
    make_folder(hass)

    assert any(caught.startswith("os.mkdir") for caught in guard.caught)


async def test_nothing_of_ours_blocks_the_event_loop(
    hass: HomeAssistant,
    guard: Guard,
    nas: Nas,
    echo: AddressEcho,
    provider: Dyndns2Server,
    photos: Path,
) -> None:
    address = public_address(echo, record(provider))
    nas_entry = share(nas.server, job(photos))
    await load(hass, address)
    await load(hass, nas_entry)
    watched = Watched(hass, nas_entry)
    await watched.until("watching")
    await hass.async_add_executor_job(write_old, photos / "three.jpg", b"three")
    await watched.call("button", "press", "sync_now")
    await until((nas.folder / "photos" / "three.jpg").exists)
    await watched.call("switch", "turn_off", "enabled")
    await watched.call("switch", "turn_on", "enabled")
    await watched.until("watching")
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=6))
    await settle(hass)
    changed = only_subentry(nas_entry)
    hass.config_entries.async_update_subentry(
        nas_entry, changed, data={**changed.data, "interval": 30}
    )
    await settle(hass)
    assert await hass.config_entries.async_reload(nas_entry.entry_id)
    assert await hass.config_entries.async_reload(address.entry_id)
    await settle(hass)
    await hass.config_entries.async_remove(nas_entry.entry_id)
    await unload(hass, address)

    assert not guard.caught


async def test_neither_media_nor_actions_on_files_block_the_event_loop(
    hass: HomeAssistant,
    guard: Guard,
    photos: Path,
    actions: Actions,
    file_share: MockConfigEntry,
) -> None:
    await actions.do("upload", files=f"{photos}/*.jpg", to="album/")
    await actions.answer("list_files", files="**")
    await actions.do("download", files="album/*", to=f"{photos}/back/")
    await actions.do("delete_files", files="album/one.jpg")
    source = await async_get_media_source(hass)
    item = MediaSourceItem(hass, DOMAIN, f"{file_share.entry_id}/album", None)
    folder = await source.async_browse_media(item)
    item.identifier = f"{item.identifier}/two.jpg"
    played = await source.async_resolve_media(item)

    assert [child.title for child in folder.children or ()] == ["two.jpg"]
    assert played.mime_type == "image/jpeg"
    assert not guard.caught
