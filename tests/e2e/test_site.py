"""What happens by itself, without any click."""

import asyncio
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from demo.home_assistant_events import connect
from demo.site import RECORD_NAME
from demo.story import Story

from .log import our_warnings
from .waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from demo.home_assistant_client import Json
    from demo.site import Site

# The servers on loopback live in the loop of the session, and answer only while it runs.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("secrets")]


class Reader:
    """Reads the states of our entities, each by its device and its key."""

    def __init__(self, site: Site, entity_ids: dict[tuple[str, str], str]) -> None:
        self._site = site
        self._entity_ids = entity_ids

    def entity_id(self, device: str, key: str) -> str:
        """Return the id of an entity."""
        return self._entity_ids[device, key]

    async def read(self, device: str, key: str) -> Json:
        """Return the state of an entity with its attributes."""
        found: Json = await self._site.client.get(f"/api/states/{self.entity_id(device, key)}")
        return found

    async def until(self, device: str, key: str, value: str, limit: float = 90) -> None:
        """Wait until an entity has this state."""

        async def is_so() -> bool:
            return bool((await self.read(device, key))["state"] == value)

        await until(is_so, f"{key} of {device} is {value}", limit)


@pytest_asyncio.fixture(loop_scope="session", name="reader")
async def reader_fixture(site: Site) -> AsyncIterator[Reader]:
    async with connect(site.session, site.client) as events:
        entities = await Story(events).entities()
    yield Reader(site, {(it.device, it.key): it.entity_id for it in entities})


SHARE_DEVICE = "demo (127.0.0.1)"


async def until_mirrored(site: Site) -> None:
    async def mirrored() -> bool:
        return (await asyncio.to_thread(site.compare)).equal

    await until(mirrored, "both folders hold the same")


async def test_a_file_dropped_into_the_folder_appears_on_the_share(site: Site) -> None:
    (site.sample / "Dropped.txt").write_text("No click was needed.\n")

    await until_mirrored(site)
    assert (site.copy / "Dropped.txt").read_text() == "No click was needed.\n"


async def until_published(site: Site, reader: Reader) -> None:
    async def published() -> bool:
        return site.provider.records[RECORD_NAME].get(4) == str(site.address)

    # Looked for once a minute; and the provider takes an update a minute.
    await until(published, f"the provider holds {site.address}", limit=180)
    await reader.until(RECORD_NAME, "published_ipv4", str(site.address))
    await reader.until(RECORD_NAME, "record_status", "in_sync")


async def test_a_dead_server_is_told_once_with_the_reason_and_comes_back_while_records_go_on(
    site: Site, reader: Reader
) -> None:
    told_before = len(our_warnings(site.program.log))

    site.set_address(site.address + 1)
    await asyncio.to_thread(site.samba.kill)
    await reader.until(SHARE_DEVICE, "reachable", "off")
    (site.sample / "While it was down.txt").write_text("This waits.\n")
    await reader.until("Sample", "job_status", "waiting")
    for _ in range(3):  # as many more cycles as minutes would bring
        await site.client.act(
            "homeassistant.update_entity",
            {"entity_id": reader.entity_id(SHARE_DEVICE, "share_status")},
        )
    await reader.until(SHARE_DEVICE, "share_status", "refused")
    await until_published(site, reader)
    told = [line.partition("[")[2] for line in our_warnings(site.program.log)[told_before:]]
    assert any("demo (127.0.0.1) cannot be used" in line for line in told)
    assert len(told) == len(set(told)), told

    await asyncio.to_thread(site.samba.start)
    await reader.until(SHARE_DEVICE, "share_status", "ok")
    await until_mirrored(site)
    assert (site.copy / "While it was down.txt").exists()
    await reader.until("Sample", "job_status", "watching")
